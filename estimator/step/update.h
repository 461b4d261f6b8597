// What a step does once, after its micro-batches: gradients exchanged, weights updated and cast.
#pragma once

#include "estimator/step/step.h"

namespace traincost {

// Gradients and parameters exchanged once a step that stay visible. Of ZeRO 1 and 2 the same.
[[nodiscard]] Seconds data_parallel_time(const StepContext& context, const PipelineTerms& pipeline,
                                         const PipelineCost& cost);

// Of a rank that updates so many parameters itself.
[[nodiscard]] Seconds optimizer_time(const StepContext& context, double owned);

// Weights are cast once a step, in both orders, where products are narrow: `held` parameters.
[[nodiscard]] Seconds weight_cast_time(const StepContext& context, double held);

// Parameters that a rank updates: its shard under ZeRO, else all.
[[nodiscard]] inline double updated_parameters(int zero, const Shards& shards,
                                               const LocalParameters& local) {
  return zero > 0 ? shards.owned(local) : local.total();
}

}  // namespace traincost
