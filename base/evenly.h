// Some members of a list, evenly spaced.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

namespace traincost {

// At most `most` of them, in their order, the first among them.
template <typename T>
[[nodiscard]] std::vector<T> evenly(const std::vector<T>& all, std::size_t most) {
  const std::size_t count = std::min(most, all.size());
  std::vector<T> some;
  some.reserve(count);
  for (std::size_t i = 0; i < count; ++i) some.push_back(all[i * all.size() / count]);
  return some;
}

}  // namespace traincost
