// An iteration of reinforcement learning as reports show it. Internal to reports/.
#pragma once

#include <string>

#include "estimator/run/reinforcement.h"
#include "reports/tree.h"

namespace traincost {

// {"prefill_s", "decode_s", "reward_s", "scoring_s", "training_s", "moving_s", "hidden_s",
// "total_s", "replicas", ...}: the times sum to the total, what is hidden taken off.
[[nodiscard]] Tree iteration_tree(const IterationTime& iteration);

// Why a generator does not fit, and what would change it.
[[nodiscard]] std::string short_generator_text(const Tree& iteration);

// "generation 53%, moving weights 43%, ...; 16.0 replicas, 32.0 responses at once in each".
[[nodiscard]] std::string iteration_text(const Tree& iteration);

}  // namespace traincost
