// A command's outcome, whatever happens: what main, a page and a service all do with an error.
#pragma once

#include <functional>

#include "commands/command.h"

namespace traincost {

// What `work` returns. Wrong use, bad input and what cannot be written become messages and their
// exit status; any other exception is a bug of ours, exit 1.
[[nodiscard]] Outcome answer(const std::function<Outcome()>& work);

// The HTTP status of an exit status: 200 of an answer, 400 of wrong use, 422 of bad input, 500.
[[nodiscard]] int http_status(ExitStatus status);

// What went wrong as application/problem+json has it (RFC 9457): type, title, status, detail, and
// our exit_status and faults, each with file, line, pointer, message and remedy.
[[nodiscard]] std::string problem_json(const Outcome& outcome);

}  // namespace traincost
