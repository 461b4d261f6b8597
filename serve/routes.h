// What the service answers: a path becomes a command and its arguments, and the outcome a response.
// Nothing here knows of sockets.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "commands/command.h"

namespace traincost {

struct Request {
  std::string method;                                      // "GET", "POST"
  std::string path;                                        // "/v1/estimate"
  std::vector<std::pair<std::string, std::string>> query;  // decoded, in order
  std::string body;
};

struct Response {
  int status = 200;
  std::string type;  // "application/json"
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
};

// The decoded parameters of a request's target,
// "/v1/estimate?model=llama-3.1-8b&set=layout.tp%3D8".
[[nodiscard]] std::vector<std::pair<std::string, std::string>> query_of(const std::string& target);

// A route's name for metrics ("estimate", "hardware", "other"), whatever its parameters are.
[[nodiscard]] std::string route_name(const std::string& path);

// Whether the question may take seconds: so that only some of them run at once.
[[nodiscard]] bool takes_long(const Request& request);

// The same bytes as the command line's for the same arguments: 200 with the answer (exit status 4
// and 5 are answers too, told in X-Traincost-Exit), 400 for wrong use, 422 for bad input, 404 for
// what is not there, 405, 500. Faults are application/problem+json (RFC 9457).
[[nodiscard]] Response respond(const Request& request);

// A problem as RFC 9457 has it.
[[nodiscard]] Response problem(int status, const std::string& title, const std::string& detail);

// The API as OpenAPI 3.1, its bodies by reference to the schemas that it serves.
[[nodiscard]] std::string openapi();

}  // namespace traincost
