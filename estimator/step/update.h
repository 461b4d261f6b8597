// What a step does once, after its micro-batches: gradients exchanged, weights updated and cast.
#pragma once

#include "estimator/step/step.h"

namespace traincost {

// What replicas exchange in a step: gradients before the update, parameters after it where each
// rank updates its shard.
struct ReplicaExchange {
  Seconds gradients;
  Seconds parameters;
};

// Of a rank that holds so many parameters, in full: once a step, gradients with ZeRO-2 once a round
// of micro-batches. Levels 0 to 2 exchange the same whatever their shards.
[[nodiscard]] ReplicaExchange exchange_time(const StepContext& context, const LocalParameters& held,
                                            double micro_batches);

// What of them stays visible, beside what tied tables add. `pass` is one micro-batch on the rank.
[[nodiscard]] Seconds data_parallel_time(const StepContext& context,
                                         const ReplicaExchange& exchange, const RankPass& pass,
                                         double micro_batches);

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
