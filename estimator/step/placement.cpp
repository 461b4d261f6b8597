#include "estimator/step/placement.h"

namespace traincost {
namespace {

std::string meeting_point(const Machine& machine, const Group& group, const RankSpan& span) {
  if (group.inside >= group.size) return "scale-up domain";
  const std::size_t met = tiers_met(machine, span.size, span.stride);
  return met == 0 ? "network" : machine.fabric[met - 1].name;
}

}  // namespace

std::vector<PlacedGroup> placement(const StepContext& context) {
  const Layout& l = context.layout;
  struct Named {
    std::string_view name;
    RankSpan span;
  };
  const bool experts = l.ep * l.expert_tp > 1;
  const Named all[] = {{"tp", tensor_span(l)},
                       {"cp", context_span(l)},
                       {"ep", expert_span(l)},
                       {"dp", replica_span(l)},
                       {"expert dp", experts ? expert_replica_span(l) : RankSpan{}},
                       {"pp", stage_span(l)}};
  std::vector<PlacedGroup> groups;
  for (const Named& each : all) {
    if (each.span.size <= 1) continue;
    const Group group = make_group(context.machine, each.span);
    groups.push_back(
        {each.name, each.span, meeting_point(context.machine, group, each.span), group.cards});
  }
  return groups;
}

}  // namespace traincost
