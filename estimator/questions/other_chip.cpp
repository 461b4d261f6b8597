#include "estimator/questions/other_chip.h"

#include <algorithm>
#include <cmath>

#include "base/units.h"
#include "estimator/job/lay_over.h"
#include "estimator/job/resolve.h"
#include "estimator/questions/size.h"
#include "estimator/search/practice.h"

namespace traincost {
namespace {

using namespace unit;

// Slices stay as large as the job's own, or as near below that as the count divides.
int slices_of(const ClusterSpec& own, int count) {
  const double largest =
      std::max(1.0, static_cast<double>(own.count.value_or(count)) / *own.slices);
  int needed = static_cast<int>(std::ceil(count / largest));
  while (count % needed != 0) ++needed;
  return needed;
}

// Whether a member, or a part of it, was set for the question: it is then of every accelerator,
// where what the job's document states is of the one that it names.
bool set_for_all(const JobSpec& spec, const std::string& pointer) {
  return std::any_of(spec.set.begin(), spec.set.end(), [&](const std::string& set) {
    const bool part = set.rfind(pointer + "/", 0) == 0, whole = pointer.rfind(set + "/", 0) == 0;
    return set == pointer || part || whole;
  });
}

bool price_is_its_own(const JobSpec& spec) {
  return spec.pricing && (spec.pricing->price || !spec.pricing->mix.empty()) &&
         !set_for_all(spec, "/pricing/price") && !set_for_all(spec, "/pricing/mix");
}

// What was agreed for the job's own chip.
void clear_price(PricingSpec& pricing) {
  pricing.price.reset();
  pricing.price_currency.reset();
  pricing.price_covers.reset();
  pricing.mix.clear();
}

// On another chip the cluster is what that is usually had in, but for the network of the question.
std::vector<std::string> clear_of_own_chip(const JobSpec& spec, ClusterSpec& cluster) {
  return clear_of_chip(cluster, [&](std::string_view member) {
    const bool of_network = member == "network" || member == "nic_gbps_per_accelerator";
    return of_network && set_for_all(spec, "/cluster/" + std::string(member));
  });
}

}  // namespace

std::string own_accelerator(const JobSpec& spec, const HardwareDb& db) {
  if (!spec.cluster || !spec.cluster->accelerator) return "";
  const auto known = db.accelerator(*spec.cluster->accelerator);
  return known ? known->record.id : "";
}

Job job_on(JobSpec spec, const HardwareDb& db, const std::string& accelerator, int count) {
  if (!spec.cluster) spec.cluster.emplace();
  ClusterSpec& cluster = *spec.cluster;
  if (!accelerator.empty() && accelerator != own_accelerator(spec, db)) {
    static_cast<void>(clear_of_own_chip(spec, cluster));
    cluster.accelerator = accelerator;
    if (price_is_its_own(spec)) clear_price(*spec.pricing);
  }
  if (cluster.slices) cluster.slices = slices_of(cluster, count);
  cluster.count = count;
  spec.layout = LayoutSpec{.search = true};
  for (PhaseSpec& phase : spec.phases) {
    phase.layout.reset();
    phase.cluster.reset();
  }
  return resolve(spec, db);
}

std::vector<Advice> other_accelerators(const JobSpec& spec, const HardwareDb& db, const Job& job,
                                       const PhaseTotals& now, std::size_t most) {
  const bool one_cluster =
      job.platforms.size() == 1 &&
      std::none_of(spec.phases.begin(), spec.phases.end(),
                   [](const PhaseSpec& phase) { return phase.cluster.has_value(); });
  if (!one_cluster) return {};
  const std::string own = job.platform().accelerator.record.id;
  const int count = job.phases.front().count;
  std::vector<std::string> chips;
  for (const Accelerator& each : db.accelerators()) {
    const bool runs = std::all_of(job.phases.begin(), job.phases.end(), [&](const Phase& phase) {
      return !phase.setup || each.runs(phase.setup->machine.run_precision);
    });
    const System system = db.usual_system(each.record.id);
    const bool had = system.torus_dimensions == 0 || is_had(system, count);
    if (each.datacenter && runs && had && each.record.id != own) chips.push_back(each.record.id);
  }
  if (chips.empty()) return {};
  SizeLimits limits;
  limits.counts = {count};
  const SizeAnswer answer = size_cluster(spec, db, chips, limits, SizeObjective::kFastest);
  std::vector<Advice> found;
  for (const SizedCluster& each : answer.curve) {
    const auto& regimes = each.evidence.regimes;
    const bool measured =
        std::find(regimes.begin(), regimes.end(), Regime::kUnmeasuredChip) == regimes.end();
    if (each.fault != SizeFault::kNone || !measured) continue;
    const bool faster = (1 + kTie) * each.totals.wall < now.wall;
    const bool cheaper = each.totals.cost && now.cost && (1 + kTie) * *each.totals.cost < *now.cost;
    if (!faster && !cheaper) continue;
    Advice advice;
    advice.change = "cluster.accelerator=" + each.accelerator;
    advice.layout_open = true;
    if (spec.cluster) {
      ClusterSpec cluster = *spec.cluster;
      for (const std::string& name : clear_of_own_chip(spec, cluster)) {
        advice.change += " cluster." + name + "=null";
      }
    }
    if (price_is_its_own(spec)) advice.change += " pricing.price=null";
    if (!job.phases.front().open.layout) advice.change += " layout=search";
    for (std::size_t i = 0; i < spec.phases.size(); ++i) {
      if (!spec.phases[i].layout) continue;
      advice.change += " phases." + std::to_string(i) + ".layout=null";
    }
    advice.gain = now.wall / each.totals.wall - 1;
    advice.layout = *each.layout;
    advice.layout.totals = each.totals;
    set_saved(advice, now);
    found.push_back(std::move(advice));
  }
  const auto faster = [](const Advice& a, const Advice& b) { return a.gain > b.gain; };
  std::stable_sort(found.begin(), found.end(), faster);
  if (found.size() <= most) return found;
  // Half of them for speed, and of the others the cheapest.
  const auto cost = [](const Advice& each) {
    constexpr double kUnknown = 1e18;
    const auto& known = each.layout.totals.cost;
    return known ? known->in(usd) : kUnknown;
  };
  const auto half = found.begin() + static_cast<std::ptrdiff_t>((most + 1) / 2);
  std::stable_sort(half, found.end(),
                   [&](const Advice& a, const Advice& b) { return cost(a) < cost(b); });
  found.resize(most);
  std::stable_sort(found.begin(), found.end(), faster);
  return found;
}

}  // namespace traincost
