#include "estimator/step/placement.h"

#include <algorithm>

namespace traincost {
namespace {

std::string meeting_point(const Machine& machine, const Group& group, int stride) {
  if (group.inside >= group.size) return "scale-up domain";
  std::string name = "network";
  for (const FabricTier& tier : machine.fabric) {
    const std::int64_t below = std::max(tier.below, machine.scale_up_domain);
    if (below >= std::int64_t{group.size} * stride) break;
    name = tier.name;
  }
  return name;
}

}  // namespace

std::vector<PlacedGroup> placement(const StepContext& context) {
  const Layout& l = context.layout;
  struct Placed {
    std::string_view name;
    int size, stride;
    Traffic traffic;
  };
  const Placed all[] = {{"tp", l.tp, 1, Traffic::kRing},
                        {"cp", l.cp, l.tp, Traffic::kRing},
                        {"ep", l.ep * l.expert_tp, 1, Traffic::kExchange},
                        {"dp", l.dp, l.tp * l.cp, Traffic::kRing},
                        {"pp", l.pp, l.tp * l.cp * l.dp, Traffic::kPath}};
  std::vector<PlacedGroup> groups;
  for (const Placed& each : all) {
    if (each.size <= 1) continue;
    const Group group = make_group(context.machine, each.size, each.stride, each.traffic);
    groups.push_back({each.name, each.size, each.stride,
                      meeting_point(context.machine, group, each.stride), group.cards});
  }
  return groups;
}

}  // namespace traincost
