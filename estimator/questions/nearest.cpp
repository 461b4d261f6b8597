#include "estimator/questions/nearest.h"

#include <algorithm>
#include <cmath>

#include "estimator/job/knobs.h"
#include "estimator/model/parameters.h"

namespace traincost {
namespace {

bool same_model(const KnownRun& a, const KnownRun& b) {
  constexpr double kSame = 0.01;
  return a.software == b.software && a.accelerator == b.accelerator && a.count == b.count &&
         std::fabs(a.active_parameters / b.active_parameters - 1) < kSame;
}

// What a knob's value adds to the names, where it is turned.
struct Naming {
  std::string_view name;
  std::vector<std::string>& used;

  void add(std::string_view value) const {
    used.push_back(std::string(name) + (value.empty() ? "" : "=") + std::string(value));
  }
  void operator()(std::int64_t value) const {
    if (name == "zero") {
      if (value > 0) add(std::to_string(value));
    } else if (value > (name == "zero_shards" || name == "recompute_layers" ? 0 : 1)) {
      add("");
    }
  }
  void operator()(bool on) const {
    if (on) add("");
  }
  void operator()(std::string_view value) const {
    if (!value.empty() && value != "none") add(value);
  }
  void operator()(const std::vector<std::string_view>& values) const {
    for (const std::string_view value : values) add(value);
  }
};

}  // namespace

KnownRun described(const Job& job, const Phase& phase) {
  const StepSetup& setup = *phase.setup;
  const Platform& platform = job.platform(phase);
  KnownRun run;
  run.software = platform.names_software ? platform.stack.framework : "unnamed";
  run.accelerator = platform.accelerator.record.id;
  run.precision = setup.machine.run_precision;
  run.count = phase.count;
  run.experts = setup.model.has_experts();
  run.active_parameters = static_cast<double>(count_parameters(setup.model).active_all);
  run.sequence_length = setup.batch.sequence_length;
  run.tp = setup.layout.tp;
  run.pp = setup.layout.pp;
  run.cp = setup.layout.cp;
  run.ep = setup.layout.ep;
  run.zero = setup.layout.zero;
  return run;
}

std::vector<std::string> used_knobs(const Layout& layout, const Batch& batch) {
  std::vector<std::string> used;
  for (const Knob& knob : kKnobs) {
    const bool plain = knob.name == "dp" || knob.name == "micro_batch" ||
                       (knob.name == "schedule" && layout.pp == 1);
    if (!plain) std::visit(Naming{knob.name, used}, knob.value(layout, batch));
  }
  return used;
}

double distance(const KnownRun& a, const KnownRun& b) {
  constexpr double kOther = 2, kPrecision = 1, kParallel = 0.25, kSixteen = 16;
  const auto decades = [](double x, double y) { return std::fabs(std::log10(x / y)); };
  double far = (a.software != b.software ? kOther : 0) + (a.experts != b.experts ? kOther : 0) +
               (a.accelerator != b.accelerator ? kOther : 0) +
               (a.precision != b.precision ? kPrecision : 0);
  far += decades(a.active_parameters, b.active_parameters) + decades(a.count, b.count);
  far += std::fabs(std::log(a.sequence_length / b.sequence_length)) / std::log(kSixteen);
  for (const int KnownRun::*degree : {&KnownRun::tp, &KnownRun::pp, &KnownRun::cp, &KnownRun::ep}) {
    far += (a.*degree > 1) != (b.*degree > 1) ? kParallel : 0;
  }
  return far + ((a.zero == 3) != (b.zero == 3) ? kParallel : 0);
}

std::vector<KnownRun> nearest_runs(const KnownRuns& known, const KnownRun& plan, std::size_t most) {
  std::vector<std::pair<double, const KnownRun*>> order;
  order.reserve(known.runs.size());
  for (const KnownRun& run : known.runs) order.emplace_back(distance(plan, run), &run);
  std::stable_sort(order.begin(), order.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<KnownRun> nearest;
  for (const auto& [far, run] : order) {
    if (nearest.size() == most) break;
    const bool told = std::any_of(nearest.begin(), nearest.end(), [&, other = run](const auto& n) {
      return same_model(n, *other);
    });
    if (!told) nearest.push_back(*run);
  }
  return nearest;
}

void look_up(Estimate& estimate, const Job& job, const KnownRuns& known) {
  constexpr std::size_t kShown = 3;
  if (known.runs.empty()) return;
  for (std::size_t i = 0; i < estimate.phases.size(); ++i) {
    if (!estimate.phases[i].step || job.phases[i].rl) continue;  // no published step is like it
    const Phase& phase = job.phases[i];
    Evidence& evidence = estimate.phases[i].evidence;
    evidence.nearest = nearest_runs(known, described(job, phase), kShown);
    evidence.highest_mfu = known.highest_mfu(job.platform(phase).accelerator.record.id,
                                             phase.setup->machine.run_precision);
    evidence.unknown_knobs.clear();
    for (std::string& knob : used_knobs(phase.setup->layout, phase.setup->batch)) {
      const bool met = std::any_of(known.knobs.begin(), known.knobs.end(),
                                   [&](const auto& each) { return each.first == knob; });
      if (!met) evidence.unknown_knobs.push_back(std::move(knob));
    }
  }
}

}  // namespace traincost
