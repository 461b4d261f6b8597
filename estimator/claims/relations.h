// Which figures of a run follow from which: products and quotients, solved for any one of them.
//
// Every law here is a monomial, so that it is linear in logarithms. A circuit is a smallest set of
// figures that a combination of laws ties together; where all of them are stated, one is redundant,
// and where all but one are, that one is implied.
#pragma once

#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "base/stated.h"
#include "estimator/claims/claim.h"

namespace traincost {

// Variables: the figures, then what is known of the machine and of counting.
inline constexpr int kPeak = kFigures;                   // dense peak of one accelerator, FLOP/s
inline constexpr int kFlopsPerParameter = kFigures + 1;  // and token: 6, more with attention
inline constexpr int kHardwareFactor = kFigures + 2;     // hardware over model FLOPs
inline constexpr int kGoodputShare = kFigures + 3;       // share of the time that steps take
inline constexpr int kVariables = kFigures + 4;

// Names of variables as reports have them: "cost", "peak_dense".
[[nodiscard]] const char* variable_name(int variable);

// The product of variable^exponent over `terms` is 1.
struct Circuit {
  std::vector<std::pair<int, double>> terms;  // by variable

  [[nodiscard]] double exponent(int variable) const;
};

// The laws, for the record of what a check may use:
//
//   accelerator_time = accelerators x wall_time
//   cost = accelerator_time x price
//   accelerator_time = accelerator_time_per_token x tokens
//   accelerator_time_per_token x throughput x goodput = 1
//   cluster_throughput = throughput x accelerators
//   flops = flops_per_token x tokens,  flops_per_token = 6 x active_parameters
//   flops = flop_rate x accelerator_time x goodput
//   flop_rate = mfu x peak,  hfu = mfu x hardware factor
//   tokens = steps x batch_tokens,  wall_time x goodput = steps x step_time,
//   batch_tokens = cluster_throughput x step_time
//   energy = accelerator_time x power x pue,  carbon = energy x carbon_intensity
//   cluster_power = accelerators x power x pue
//   energy_cost = energy x energy_price,  water = energy x water_intensity
//   flops = flops_per_usd x cost
//   revenue = units x unit_price
//
// Rates are of the steps, times of the run: goodput lies between them.
//
// The circuits whose every variable is known; where a claim states so much that there would be
// thousands, those of at most four laws. `known` says which are.
[[nodiscard]] std::vector<Circuit> circuits(const std::array<bool, kVariables>& known);

// What the others of a circuit say of one of its variables.
[[nodiscard]] Interval solve(const Circuit& circuit, int variable,
                             const std::array<Interval, kVariables>& values);

}  // namespace traincost
