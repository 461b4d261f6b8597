// One optimizer step: its time by cause, and the memory of its most loaded rank.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "base/quantity.h"
#include "estimator/step/layer_time.h"
#include "estimator/step/memory.h"
#include "estimator/step/timetable.h"

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
  // How the slowest rank's time in the pipeline divides, where the schedule was played out.
  std::optional<RankParts> parts;
  Memory memory;
  FlopsPerToken recomputed;  // FLOPs spent again in the backward pass, over the whole model
};

// A step as a profiler divides it, by what the slowest rank is doing: "1F", "1B" and "1W" alone,
// "1F1B" as a pair, "bubble" (waiting: for the pipeline, for sends and for the slowest of all
// ranks), "optimizer" (with the exchange of gradients and parameters that stays visible). They sum
// to the step; empty where the schedule was not played out. Source of the names: DeepSeek-AI 2025,
// arXiv:2505.09343, table 4.
struct StepPart {
  std::string_view name;
  Seconds time;
};
[[nodiscard]] std::vector<StepPart> step_parts(const StepEstimate& step);

// Legal layouts only (layout_faults is empty).
[[nodiscard]] StepEstimate estimate_step(const StepContext& context);

// A step waits for the slowest of N ranks: sigma sqrt(2 ln N), the mean of the largest of N normal
// deviates to first order. Source: Cramer 1946, Mathematical Methods of Statistics, section 28.6.
[[nodiscard]] double straggler_share(double sigma, double ranks);

}  // namespace traincost
