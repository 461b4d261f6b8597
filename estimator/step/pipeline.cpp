#include "estimator/step/pipeline.h"

#include <cstddef>

namespace traincost {

PipelineTime pipeline_time(const std::vector<RankPass>& ranks, const Layout& layout,
                           std::int64_t micro_batches) {
  PipelineTime time;
  const auto m = static_cast<double>(micro_batches);
  const bool dual = layout.schedule == Schedule::kDualPipe;
  Seconds all;
  Seconds slowest;
  for (std::size_t i = 0; i < ranks.size(); ++i) {
    const Seconds pass = dual ? ranks[i].overlapped : ranks[i].both();
    all += pass;
    if (i == 0 || pass > slowest) {
      slowest = pass;
      time.slowest_rank = static_cast<int>(i);
    }
  }
  time.busy = m * slowest;
  if (!dual) {
    time.bubble = (all - slowest) / layout.vp;
    return time;
  }
  // Per chunk: a DualPipe rank holds two, and each micro-batch visits one of them.
  const auto n = static_cast<double>(ranks.size());
  Seconds chain;
  for (const RankPass& rank : ranks) {
    chain += rank.overlapped + rank.backward - 3 * rank.weight_gradient;
  }
  time.bubble = (layout.pp / 2.0 - 1) * max(chain / n, Seconds{});
  return time;
}

}  // namespace traincost
