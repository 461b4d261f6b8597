// nlohmann_json as this program takes it: what it would assert it throws, so that a member which a
// saved report lacks is a fault of that report. Included in no other way, so that all agree on it.
#pragma once

#include <stdexcept>

#ifdef INCLUDE_NLOHMANN_JSON_HPP_
#error "base/nlohmann.h comes before nlohmann/json.hpp"
#endif

namespace traincost {
inline void expect_of_json(bool holds, const char* condition) {
  if (!holds) throw std::out_of_range(condition);
}
}  // namespace traincost

#define JSON_ASSERT(condition) traincost::expect_of_json(static_cast<bool>(condition), #condition)

#include <nlohmann/json.hpp>
