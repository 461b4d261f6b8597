// One optimizer step: its time by cause, and the memory of its most loaded rank.
#pragma once

#include <vector>

#include "base/quantity.h"
#include "estimator/step/layer_time.h"
#include "estimator/step/memory.h"

namespace traincost {

struct StepTerm {
  Cause cause = Cause::kGemm;
  Seconds time;
};

struct StepEstimate {
  Seconds time;
  std::vector<StepTerm> terms;  // of the slowest pipeline rank, in the order of Cause; they sum
  double micro_batches = 0;
  Seconds forward;  // one micro-batch on the slowest rank
  Seconds backward;
  Memory memory;
  FlopsPerToken recomputed;  // FLOPs spent again in the backward pass, over the whole model
};

// Legal layouts only (layout_faults is empty).
[[nodiscard]] StepEstimate estimate_step(const StepContext& context);

// A step waits for the slowest of N ranks: sigma sqrt(2 ln N), the mean of the largest of N normal
// deviates to first order. Source: Cramer 1946, Mathematical Methods of Statistics, section 28.6.
[[nodiscard]] double straggler_share(double sigma, double ranks);

}  // namespace traincost
