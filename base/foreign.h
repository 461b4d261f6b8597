// Documents of other kinds that people hand to a reader: one fault that names them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/json.h"

namespace traincost {

// What a document is instead of what was expected, and what to do.
struct ForeignDocument {
  std::string what;    // "is a LoRA adapter's configuration"
  std::string remedy;  // "give the config.json of its base model"
};

// A JSON object of another tool, by keys that only it has; nothing where none is known.
[[nodiscard]] std::optional<ForeignDocument> foreign_json(const JsonValue& document);

// A text that is no JSON but YAML, TOML or a shell script, by its name and first lines.
[[nodiscard]] std::optional<ForeignDocument> foreign_text(std::string_view text,
                                                          std::string_view file);

}  // namespace traincost
