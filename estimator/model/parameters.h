// Exact parameter counts, under each convention that the world quotes.
#pragma once

#include <cstdint>
#include <string>

#include "estimator/model/architecture.h"

namespace traincost {

// Counts are exact integers. `active` counts what one token meets: all parameters less the routed
// experts that it is not sent to. Multi-token prediction layers are outside every count but `mtp`.
struct ParameterCount {
  std::int64_t total = 0;
  std::int64_t input_embedding = 0;  // vocabulary rows only; positions are in `other`
  std::int64_t output_head = 0;      // 0 where it is tied to the input embedding
  std::int64_t active_all = 0;
  std::int64_t active_without_input_embedding = 0;
  std::int64_t active_without_both = 0;

  std::int64_t attention = 0;
  std::int64_t dense_feed_forward = 0;  // shared experts included
  std::int64_t routed_experts = 0;
  std::int64_t routers = 0;
  std::int64_t norms = 0;
  std::int64_t other = 0;  // positions, embedding projections, sinks
  std::int64_t mtp = 0;    // multi-token prediction layers, embedding and head shared
};

[[nodiscard]] ParameterCount count_parameters(const Architecture& model);

// Parameters of one layer, and of one of its routed experts.
[[nodiscard]] std::int64_t layer_parameters(const Layer& layer, std::int64_t hidden);
[[nodiscard]] std::int64_t expert_parameters(const Layer& layer, std::int64_t hidden);

// In words, which count enters 6ND and what the names mean for this model.
[[nodiscard]] std::string counting_convention(const Architecture& model);

}  // namespace traincost
