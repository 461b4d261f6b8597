// A law as reports cite it: its text and where it is from. It stands beside the function that
// computes it, and a test holds the one to the other.
#pragma once

#include <string_view>

namespace traincost {

struct Formula {
  std::string_view id;
  std::string_view text;
  std::string_view citation;
};

}  // namespace traincost
