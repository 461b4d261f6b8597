#include "estimator/search/layout_space.h"

#include <algorithm>

namespace traincost {

void RecomputeChoice::apply(Batch& batch) const {
  batch.recompute = mode;
  batch.recompute_layers = layers;
  batch.modules = modules;
}

LayoutSpace closed(LayoutSpace space) {
  if (space.recompute.empty()) {
    space.recompute = {
        {Recompute::kNone, 0, {}}, {Recompute::kSelective, 0, {}}, {Recompute::kFull, 0, {}}};
  }
  if (space.schedule.empty()) space.schedule = {Schedule::k1F1B, Schedule::kInterleaved};
  return space;
}

std::vector<std::int64_t> divisors(std::int64_t number) {
  std::vector<std::int64_t> low, high;
  for (std::int64_t i = 1; i * i <= number; ++i) {
    if (number % i != 0) continue;
    low.push_back(i);
    if (i * i != number) high.push_back(number / i);
  }
  low.insert(low.end(), high.rbegin(), high.rend());
  return low;
}

}  // namespace traincost
