// How long a pipeline takes over its micro-batches, in closed form.
//
// Symbols: p stages, v virtual stages per rank, m micro-batches; F, B and W the time of a forward
// pass, a full backward pass and its weight-gradient part, of one micro-batch on one rank.
#pragma once

#include <cstdint>
#include <vector>

#include "base/quantity.h"
#include "estimator/step/layout.h"

namespace traincost {

// Time of one micro-batch on one rank, all its virtual stages together.
struct RankPass {
  Seconds forward;
  Seconds backward;
  Seconds weight_gradient;
  Seconds overlapped;  // a forward and a backward run as one, for DualPipe; else their sum

  [[nodiscard]] Seconds both() const { return forward + backward; }
};

struct PipelineTime {
  Seconds busy;    // of the slowest rank: m passes of it
  Seconds bubble;  // what the pipeline adds
  int slowest_rank = 0;
};

// One fill and one drain pass through every other rank besides the slowest one's work:
//
//   GPipe, 1F1B       sum over the others of F + B            ((p-1)(F+B) where ranks are equal)
//   interleaved       the same / v
//   DualPipe          (p/2 - 1)(F&B + B - 3W), of the mean rank
//
// Source: Narayanan et al. 2021, arXiv:2104.04473, section 2.2; deepseek-ai/DualPipe README.
[[nodiscard]] PipelineTime pipeline_time(const std::vector<RankPass>& ranks, const Layout& layout,
                                         std::int64_t micro_batches);

}  // namespace traincost
