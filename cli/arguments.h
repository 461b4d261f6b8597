// argv becomes Arguments by a command's own option table; wrong use becomes a UsageError.
#pragma once

#include <string>
#include <vector>

#include "commands/command.h"

namespace traincost {

// No abbreviations, no guessing: a new option must not change what an old script means.
[[nodiscard]] Arguments parse_arguments(const Command& command,
                                        const std::vector<std::string>& words);

// `traincost --help` and `traincost help COMMAND`, from the same tables.
[[nodiscard]] std::string help_text();
[[nodiscard]] std::string help_text(const Command& command);

}  // namespace traincost
