// The one result tree: what every renderer reads and nothing else. Internal to reports/.
#pragma once

#include <string>

#include "base/nlohmann.h"

namespace traincost {

using Tree = nlohmann::ordered_json;

// A text, or none where the member is null.
[[nodiscard]] inline std::string text_of(const Tree& value) {
  return value.is_null() ? "" : value.get<std::string>();
}

}  // namespace traincost
