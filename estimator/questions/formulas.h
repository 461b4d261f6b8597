// Every public formula once, with its text and citation: what a report's sources are made of.
#pragma once

#include <string_view>
#include <vector>

namespace traincost {

struct Formula {
  std::string_view id;
  std::string_view text;
  std::string_view citation;
  std::string_view file;  // where it is computed
};

[[nodiscard]] const std::vector<Formula>& formulas();

}  // namespace traincost
