#include "estimator/job/lay_over.h"

#include <optional>
#include <string>
#include <string_view>

namespace traincost {
namespace {

template <typename Section>
void lay_section(std::optional<Section>& base, const std::optional<Section>& over) {
  if (!over) return;
  if (!base) base.emplace();
  lay_members(*base, *over);
}

void lay_layout(std::optional<LayoutSpec>& base, const std::optional<LayoutSpec>& over) {
  if (over && (over->search || (base && base->search))) base = over;
  lay_section(base, over);
}

// A mode replaces the modules that were to be computed again, as modules replace a mode.
void lay_run(std::optional<RunSpec>& base, const std::optional<RunSpec>& over) {
  if (over && base && over->recompute && over->recompute_modules.empty()) {
    base->recompute_modules.clear();
    base->recompute_layers.reset();
  }
  lay_section(base, over);
}

template <typename Section>
void clear_stated(std::optional<Section>& section, std::string_view name, const std::string& path) {
  if (!section || path.rfind(std::string(name) + ".", 0) != 0) return;
  const std::string_view key = std::string_view(path).substr(name.size() + 1);
  for (const Member<Section>& member : MembersOf<Section>::table) {
    if (member.name == key) member.clear(*section);
  }
}

}  // namespace

void lay_over(JobSpec& base, const JobSpec& over) {
  if (over.name) base.name = over.name;
  if (over.start) base.start = over.start;
  if (over.model) base.model = over.model;
  lay_section(base.cluster, over.cluster);
  lay_section(base.stack, over.stack);
  lay_layout(base.layout, over.layout);
  lay_run(base.run, over.run);
  if (!over.phases.empty()) base.phases = over.phases;
  if (!over.beyond.empty()) base.beyond = over.beyond;
  lay_section(base.pricing, over.pricing);
  lay_section(base.reliability, over.reliability);
  lay_section(base.grid, over.grid);
  lay_section(base.search, over.search);
  base.uncertain.insert(base.uncertain.end(), over.uncertain.begin(), over.uncertain.end());
}

bool makes_platform(const ClusterSpec& cluster) {
  return cluster.accelerator || cluster.system || cluster.node_size || cluster.power_cap;
}

std::vector<std::string> clear_of_chip(ClusterSpec& cluster,
                                       const std::function<bool(std::string_view)>& keep) {
  std::vector<std::string> cleared;
  for (const Member<ClusterSpec>& member : MembersOf<ClusterSpec>::table) {
    const std::string_view name = member.name;
    if (name == "accelerator" || name == "count" || !member.stated(cluster)) continue;
    if (keep && keep(name)) continue;
    member.clear(cluster);
    cleared.emplace_back(name);
  }
  return cleared;
}

PhaseSections sections_of(const JobSpec& spec, const PhaseSpec& phase) {
  std::optional<ClusterSpec> cluster = spec.cluster;
  std::optional<StackSpec> stack = spec.stack;
  std::optional<LayoutSpec> layout = spec.layout;
  std::optional<RunSpec> run = spec.run;
  std::optional<PricingSpec> pricing = spec.pricing;
  for (const std::string& path : phase.cleared) {
    clear_stated(cluster, "cluster", path);
    clear_stated(stack, "stack", path);
    clear_stated(layout, "layout", path);
    clear_stated(run, "run", path);
    clear_stated(pricing, "pricing", path);
  }
  const bool other_chip = phase.cluster && phase.cluster->accelerator && cluster &&
                          phase.cluster->accelerator != cluster->accelerator;
  if (other_chip) clear_of_chip(*cluster);
  lay_section(cluster, phase.cluster);
  if (phase.stack && (phase.stack->record || phase.stack->framework)) stack.reset();
  lay_section(stack, phase.stack);
  lay_layout(layout, phase.layout);
  lay_run(run, phase.run);
  lay_section(pricing, phase.pricing);
  PhaseSections all;
  all.states_layout = layout.has_value();
  all.cluster = cluster.value_or(ClusterSpec{});
  all.stack = stack.value_or(StackSpec{});
  all.layout = layout.value_or(LayoutSpec{});
  all.run = run.value_or(RunSpec{});
  all.pricing = pricing.value_or(PricingSpec{});
  return all;
}

}  // namespace traincost
