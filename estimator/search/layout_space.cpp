#include "estimator/search/layout_space.h"

#include <algorithm>

namespace traincost {

void RecomputeChoice::apply(Batch& batch) const {
  batch.recompute = mode;
  batch.recompute_layers = layers;
  batch.modules = modules;
}

bool RecomputeChoice::is_of(const Batch& batch) const {
  return batch.recompute == mode && batch.recompute_layers == layers && batch.modules == modules;
}

int mechanisms(const LayoutKey& key) {
  int turned = 0;
  for (const bool each :
       {key.tp > 1, key.pp > 1, key.vp > 1, key.cp > 1, key.ep > 1, key.expert_tp > 1, key.zero > 1,
        key.zero_shards > 0, key.recompute > 0, key.offload_activations, key.offload_optimizer,
        key.schedule != Schedule::k1F1B && key.schedule != Schedule::kInterleaved}) {
    turned += each ? 1 : 0;
  }
  return turned;
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
