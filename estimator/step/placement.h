// Where the groups of a layout meet: inside the fast links, or over which switches.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "estimator/machine/collectives.h"
#include "estimator/step/setup.h"

namespace traincost {

struct PlacedGroup {
  std::string_view name;  // "tp", "cp", "ep", "dp", "pp"
  int size = 1;
  int stride = 1;       // ranks between neighbours
  std::string meets;    // "scale-up domain", a tier's name, or "network"
  double of_cards = 1;  // share of the cards' rate that it reaches; 1 inside the domain
};

// Every group of more than one rank, the innermost first. Ranks are numbered as Megatron does
// unless it is told otherwise: tensor parallelism innermost, then context, data and pipeline
// parallelism; experts lie along the first three. Source: NVIDIA/Megatron-LM@d98e8a6
// megatron/core/parallel_state.py, order "tp-cp-ep-dp-pp".
[[nodiscard]] std::vector<PlacedGroup> placement(const StepContext& context);

}  // namespace traincost
