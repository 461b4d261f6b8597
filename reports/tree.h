// The one result tree: what every renderer reads and nothing else. Internal to reports/.
#pragma once

#include <nlohmann/json.hpp>

namespace traincost {

using Tree = nlohmann::ordered_json;

}  // namespace traincost
