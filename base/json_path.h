// One member of a document by its path: "layout.tp" or "/layout/tp", a number steps into an array.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/json.h"

namespace traincost {

// Why a path leads nowhere, and the remedy.
struct PathFault {
  std::string message;
  std::string remedy;
};

// Sets the member, making the objects on the way; nothing is changed where the path is at fault.
[[nodiscard]] std::optional<PathFault> set_json(JsonValue& document, const std::string& path,
                                                JsonValue value);

// Values to set: a text, a whole or any number, an object without members.
[[nodiscard]] JsonValue text_value(std::string text);
[[nodiscard]] JsonValue number_value(double number);
[[nodiscard]] JsonValue object_value();

// The steps of a path.
[[nodiscard]] std::vector<std::string> path_steps(const std::string& path);

// The path in dots, however it was written.
[[nodiscard]] std::string dotted_path(const std::string& path);

// What a person wrote as a value: JSON where it is JSON, a text otherwise.
[[nodiscard]] JsonValue loose_json(const std::string& text);

}  // namespace traincost
