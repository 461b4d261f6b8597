#include "reports/cluster_tree.h"

#include <algorithm>
#include <utility>

#include "base/units.h"
#include "reports/format.h"
#include "reports/layout_tree.h"

namespace traincost {

using namespace unit;

namespace {

// "46 racks of 72 and 10 trays of 4", "a slice of 8 x 8 x 12"; null where it is nodes alone.
Tree had_as(const System& system, int count) {
  const CountHad had = count_had(system, count);
  if (!had.shape.empty()) {
    std::string shape;
    for (const int side : had.shape) shape += (shape.empty() ? "" : " x ") + std::to_string(side);
    return "a slice of " + shape;
  }
  const bool domains_are_had = system.scale_up_domain > system.node_size;
  if (!domains_are_had || had.domains + had.nodes == 0) return nullptr;
  const auto so_many = [](int number, const std::string& name, int size) {
    if (number == 0) return std::string();
    return std::to_string(number) + " " + name + (number == 1 ? "" : "s") + " of " +
           std::to_string(size);
  };
  const std::string whole = so_many(had.domains, system.domain_name, system.scale_up_domain);
  const std::string rest = so_many(had.nodes, system.node_name, system.node_size);
  return whole + (whole.empty() || rest.empty() ? "" : " and ") + rest;
}

}  // namespace

Tree cluster_tree(const SizedCluster& cluster) {
  Tree t;
  t["accelerator"] = cluster.accelerator;
  t["accelerators"] = cluster.count;
  t["had_as"] = had_as(cluster.system, cluster.count);
  t["feasible"] = cluster.fault == SizeFault::kNone;
  std::string why_not;
  for (const SizeFault each : cluster.faults) {
    why_not += (why_not.empty() ? "" : ", ") + std::string(size_fault_name(each));
  }
  t["why_not"] = why_not.empty() ? Tree(nullptr) : Tree(why_not);
  const RankedLayout* layout = cluster.layout ? &*cluster.layout : nullptr;
  const auto known = [&](auto figure) {
    return layout != nullptr ? Tree(figure(*layout)) : Tree();
  };
  const auto whole_run = [&](auto figure) {
    return layout != nullptr ? Tree(figure(cluster.totals)) : Tree();
  };
  t["wall_days"] = whole_run([](const PhaseTotals& all) { return all.wall.in(day); });
  for (const auto& [name, factor] :
       {std::pair{"wall_days_p5", cluster.doubt.p5}, std::pair{"wall_days_p50", cluster.doubt.p50},
        std::pair{"wall_days_p95", cluster.doubt.p95}}) {
    t[name] = layout != nullptr ? Tree(factor * cluster.totals.wall.in(day)) : Tree();
  }
  t["accelerator_hours"] =
      whole_run([](const PhaseTotals& all) { return all.billed.in(accelerator_hour); });
  t["cost_usd"] =
      layout != nullptr && cluster.totals.cost ? Tree(cluster.totals.cost->in(usd)) : Tree();
  for (const auto& [name, factor] :
       {std::pair{"cost_usd_p5", cluster.doubt.p5}, std::pair{"cost_usd_p95", cluster.doubt.p95}}) {
    t[name] = t["cost_usd"].is_null() ? Tree() : Tree(factor * t["cost_usd"].get<double>());
  }
  t["cost_usd_with_beyond"] = cluster.project ? Tree(cluster.project->in(usd)) : Tree();
  t["price_usd_per_accelerator_hour"] =
      cluster.price ? Tree(cluster.price->in(usd_per_accelerator_hour)) : Tree();
  t["price_basis"] = cluster.price ? Tree(cluster.price_basis) : Tree();
  t["energy_kwh"] = whole_run([](const PhaseTotals& all) { return all.energy.in(kWh); });
  t["power_kw"] = cluster.power.in(kW);
  t["step_time_s"] = known([](const RankedLayout& l) { return l.step.in(second); });
  t["steps_of_accelerator"] = cluster.evidence.accelerator;
  const auto& regimes = cluster.evidence.regimes;
  t["measured"] = layout != nullptr ? Tree(std::find(regimes.begin(), regimes.end(),
                                                     Regime::kUnmeasuredChip) == regimes.end())
                                    : Tree();
  const double highest = cluster.evidence.highest_mfu;
  t["highest_mfu"] = highest > 0 ? Tree(highest) : Tree();
  t["above_highest_mfu"] =
      known([&](const RankedLayout& l) { return cluster.evidence.is_above(l.mfu); });
  t["mfu"] = known([](const RankedLayout& l) { return l.mfu; });
  t["memory_required_bytes"] = known([](const RankedLayout& l) { return l.required.in(B); });
  const Tree knobs = layout != nullptr ? knobs_tree(layout->setup.layout, layout->setup.batch)
                                       : knobs_tree(Layout{}, Batch{});
  for (const auto& [key, value] : knobs.items()) t[key] = layout != nullptr ? value : Tree();
  t["accelerators_used"] = known([](const RankedLayout& l) { return l.setup.layout.ranks(); });
  t["global_batch"] = known([](const RankedLayout& l) { return l.setup.batch.global_batch; });
  t["global_batch_tokens"] = known([](const RankedLayout& l) {
    const Batch& batch = l.setup.batch;
    return static_cast<double>(batch.global_batch) * batch.sequence_length;
  });
  return t;
}

void add_basis(Tree& tree, const std::vector<Assumption>& assumptions,
               const std::vector<Warning>& warnings) {
  tree["assumptions"] = Tree::array();
  for (const Assumption& each : assumptions) {
    tree["assumptions"].push_back({{"what", each.what},
                                   {"value", each.value},
                                   {"why", each.why},
                                   {"origin", origin_name(each.origin)}});
  }
  tree["warnings"] = Tree::array();
  for (const Warning& warning : warnings) {
    tree["warnings"].push_back({{"code", warning.id()}, {"message", warning.message}});
  }
}

std::string money(const Tree& cost) { return cost.is_null() ? "-" : dollars(cost.get<double>()); }

std::string power_text(double kilowatts) {
  constexpr double kMega = 1000;
  return kilowatts < kMega ? significant(kilowatts, 3) + " kW"
                           : significant(kilowatts / kMega, 3) + " MW";
}

}  // namespace traincost
