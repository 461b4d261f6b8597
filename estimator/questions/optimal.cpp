#include "estimator/questions/optimal.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <tuple>
#include <utility>

#include "base/units.h"
#include "estimator/job/resolve.h"
#include "estimator/model/parameters.h"
#include "estimator/model/scaled.h"
#include "estimator/questions/other_chip.h"

namespace traincost {
namespace {

using namespace unit;

class Trials {
 public:
  Trials(const JobSpec& spec, const HardwareDb& db, const Architecture& shape, std::string chip,
         std::optional<Tokens> most_batch)
      : spec_(spec), db_(db), shape_(shape), chip_(std::move(chip)) {
    limits_.batch = most_batch;
  }

  // Sets the model and the tokens of what is tried next.
  void train(double active_parameters, double tokens, OptimalRun& run) {
    run.model = scaled_to(shape_, active_parameters);
    run.model.name = shape_.name + " shape";
    run.active_parameters = static_cast<double>(count_parameters(run.model).active_all);
    set_tokens(tokens, run);
  }
  void set_tokens(double tokens, OptimalRun& run) {
    constexpr double kLeast = 1;
    run.tokens = std::max(kLeast, tokens) * token;
    run.loss = loss(run.active_parameters, run.tokens.in(token));
  }

  // The whole run on so many.
  [[nodiscard]] SizedCluster on(int count, const OptimalRun& run) const {
    JobSpec spec = spec_;
    spec.model = ModelSpec{};
    spec.model->imported = ImportedModel{run.model, {}};
    if (!spec.run) spec.run.emplace();
    spec.run->tokens = run.tokens;
    spec.run->steps.reset();
    SizeLimits limits = limits_;
    limits.counts = {count};
    SizeAnswer answer = size_cluster(spec, db_, {chip_}, limits, SizeObjective::kFastest);
    return std::move(answer.curve.front());
  }

 private:
  const JobSpec& spec_;
  const HardwareDb& db_;
  const Architecture& shape_;
  std::string chip_;
  SizeLimits limits_;
};

// Whether the model follows the tokens, or only they the model.
enum class Follows { kEachOther, kTokens };

// Model and tokens follow each other: what they cost is nearly in proportion to FLOPs, so that a
// few rounds settle. Where layouts of two sizes take turns the model stays after some; one that
// does not fit shrinks. Says whether memory held it down.
bool settle(Trials& trials, int count, const OptimalLimits& limits, Follows follows,
            OptimalRun& run) {
  constexpr int kRounds = 40, kOfModel = 6;
  constexpr double kNearModel = 0.02, kNearTokens = 0.004, kWithin = 0.998, kSmaller = 0.85;
  double most = std::numeric_limits<double>::infinity();  // parameters that may fit
  int of_model = follows == Follows::kTokens ? kOfModel : 0;
  for (int round = 0; round < kRounds; ++round) {
    run.cluster = trials.on(count, run);
    const double tried = run.active_parameters;
    const double flops = 6 * tried * run.tokens.in(token);
    if (run.cluster.fault == SizeFault::kMemory && follows == Follows::kEachOther) {
      most = kSmaller * tried;
      trials.train(most, flops / (6 * most), run);
      if (run.active_parameters >= tried) break;  // the shape has no smaller one
      continue;
    }
    if (run.cluster.fault != SizeFault::kNone) break;
    const PhaseTotals& totals = run.cluster.totals;
    const double paid = std::min(limits.budget / *totals.cost, run.deadline / totals.wall);
    const double wanted = std::min(most, compute_optimal(paid * flops).parameters);
    const bool near = std::abs(std::log(wanted / tried)) < kNearModel || of_model++ >= kOfModel;
    if (near && paid >= 1 && paid < 1 + kNearTokens) break;
    if (near) {
      trials.set_tokens(kWithin * paid * run.tokens.in(token), run);
      continue;
    }
    trials.train(wanted, paid * flops / (6 * wanted), run);
    if (run.active_parameters == tried) of_model = kOfModel;  // the nearest that the shape has
  }
  run.why_not = std::string(size_fault_name(run.cluster.fault));
  if (run.cluster.totals.cost) run.left = limits.budget - *run.cluster.totals.cost;
  return std::isfinite(most);
}

// On so many, and of those on what a choice does not leave idle.
bool settle_on(Trials& trials, const std::vector<int>& had, int count, const OptimalLimits& limits,
               OptimalRun& run) {
  const bool held_down = settle(trials, count, limits, Follows::kEachOther, run);
  if (!run.cluster.layout) return held_down;
  const int used = run.cluster.layout->setup.layout.ranks();
  if (used >= count) return held_down;
  count = *std::lower_bound(had.begin(), had.end(), used);
  return settle(trials, count, limits, Follows::kEachOther, run);
}

OptimalRun optimal_run(const JobSpec& spec, const HardwareDb& db, const Architecture& shape,
                       const std::string& chip, Seconds deadline, const OptimalLimits& limits) {
  constexpr int kAny = 8;
  const Job job = job_on(spec, db, chip, kAny);
  const Platform& platform = job.platform();
  const Machine& machine = job.phases.front().setup->machine;
  OptimalRun none;
  none.accelerator = platform.accelerator.record.id;
  none.deadline = deadline;
  if (!platform.pricing) {
    none.why_not = "no price is known";
    return none;
  }
  System system = platform.system;
  system.node_size = machine.node_size;
  const int joined = job.phases.front().cluster.joined;
  const std::vector<int> had =
      counts_had(system, joined > 0 ? std::min(joined, limits.most) : limits.most);
  if (had.empty()) {
    none.why_not = "not one " + system.node_name + " of " + std::to_string(system.node_size);
    return none;
  }
  Trials trials(spec, db, shape, chip, limits.batch);
  const RentalPrice price = platform.pricing->price;
  const double rented = (limits.budget / price / deadline).in(accelerator);
  // As many as it rents for so long, and the next count that is had, for less long; more yet where
  // those have not the memory for what the budget trains.
  constexpr int kMostFactor = 16;
  std::optional<OptimalRun> best;
  const auto take = [&](const OptimalRun& run) {
    const bool better =
        !best || (run.why_not.empty() && (!best->why_not.empty() || run.loss < best->loss));
    if (better) best = run;
  };
  const auto settled = [&](int count) {
    OptimalRun run = none;
    // From a utilisation of two fifths: the rounds correct it.
    constexpr double kGuess = 0.4;
    const Seconds time =
        min(deadline, limits.budget / price / (static_cast<double>(count) * accelerator));
    const OptimalModel first =
        compute_optimal(kGuess * count * time.in(second)*machine.bf16_peak.in(FLOP / second));
    trials.train(first.parameters, first.tokens, run);
    const bool held_down = settle_on(trials, had, count, limits, run);
    take(run);
    return run.why_not.empty() && !held_down;
  };
  const auto rung = [&](double wanted) {
    const auto above = std::upper_bound(had.begin(), had.end(), wanted);
    return above == had.begin() ? above : std::prev(above);
  };
  auto at = rung(rented);
  bool good = settled(*at);
  if (std::next(at) != had.end()) good = settled(*++at) || good;
  for (int factor = 2; factor <= kMostFactor && !good; factor *= 2) {
    const auto next = rung(factor * rented);
    if (next <= at) continue;
    at = next;
    good = settled(*at);
  }
  // Layouts of other sizes may use the machine better.
  if (best->why_not.empty()) {
    for (const double factor : {0.85, 1.15}) {
      OptimalRun other = *best;
      trials.train(factor * best->active_parameters, best->tokens.in(token) / factor, other);
      settle(trials, best->cluster.count, limits, Follows::kTokens, other);
      take(other);
    }
  }
  return *best;
}

}  // namespace

OptimalAnswer optimal_runs(const JobSpec& spec, const HardwareDb& db,
                           const std::vector<std::string>& accelerators,
                           const OptimalLimits& limits, const ForEach& for_each) {
  OptimalAnswer answer;
  answer.budget = limits.budget;
  const Job job = resolve(spec, db);
  answer.shape = job.model;
  answer.names_software = job.platform().names_software;
  answer.assumptions = job.assumptions;
  answer.warnings = job.warnings;
  struct Task {
    std::string chip;
    Seconds deadline;
  };
  std::vector<Task> tasks;
  for (const Seconds deadline : limits.deadlines) {
    for (const std::string& chip : accelerators) tasks.push_back({chip, deadline});
  }
  answer.runs.resize(tasks.size());
  const auto work = [&](std::size_t i) {
    answer.runs[i] = optimal_run(spec, db, answer.shape, tasks[i].chip, tasks[i].deadline, limits);
  };
  if (for_each) {
    for_each(tasks.size(), work);
  } else {
    for (std::size_t i = 0; i < tasks.size(); ++i) work(i);
  }
  // What is done sooner is done within a longer deadline, too.
  for (OptimalRun& run : answer.runs) {
    for (const OptimalRun& sooner : answer.runs) {
      const bool of_it = sooner.accelerator == run.accelerator && sooner.deadline < run.deadline;
      const bool better =
          sooner.why_not.empty() && (!run.why_not.empty() || sooner.loss < run.loss);
      if (!of_it || !better) continue;
      const Seconds deadline = run.deadline;
      run = sooner;
      run.deadline = deadline;
    }
  }
  const auto rank = [&](const OptimalRun& run) {
    const auto of = std::find(limits.deadlines.begin(), limits.deadlines.end(), run.deadline);
    return std::tuple(of - limits.deadlines.begin(), !run.why_not.empty(), run.loss);
  };
  std::stable_sort(answer.runs.begin(), answer.runs.end(),
                   [&](const OptimalRun& a, const OptimalRun& b) { return rank(a) < rank(b); });
  return answer;
}

}  // namespace traincost
