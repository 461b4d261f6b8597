// Where the groups of a layout meet: inside the fast links, or over which switches.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "estimator/step/groups.h"
#include "estimator/step/setup.h"

namespace traincost {

struct PlacedGroup {
  std::string_view name;  // "tp", "cp", "ep", "dp", "expert dp", "pp"
  RankSpan span;
  std::string meets;    // "scale-up domain", a tier's name, or "network"
  double of_cards = 1;  // share of the cards' rate that it reaches; 1 inside the domain
};

// Every group of more than one rank, the innermost first. Replicas are those of dense parameters
// ("dp", those of context parallelism among them) and of experts ("expert dp").
[[nodiscard]] std::vector<PlacedGroup> placement(const StepContext& context);

}  // namespace traincost
