// A command's outcome, whatever happens: what main, a page and a service all do with an error.
#pragma once

#include <functional>

#include "commands/command.h"

namespace traincost {

// What `work` returns. Wrong use, bad input and what cannot be written become messages and their
// exit status; any other exception is a bug of ours, exit 1.
[[nodiscard]] Outcome answer(const std::function<Outcome()>& work);

}  // namespace traincost
