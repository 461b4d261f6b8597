#include "estimator/questions/optimal.h"

#include <algorithm>
#include <cmath>
#include <tuple>
#include <utility>

#include "base/units.h"
#include "estimator/job/resolve.h"
#include "estimator/model/parameters.h"
#include "estimator/model/scaled.h"

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
    spec.phases.clear();
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

// Model and tokens follow each other: what they cost is nearly in proportion to FLOPs, so that a
// few rounds settle. Where layouts of two sizes take turns the model stays after some.
void settle(Trials& trials, int count, const OptimalLimits& limits, OptimalRun& run) {
  constexpr int kRounds = 12, kOfModel = 6;
  constexpr double kNearModel = 0.02, kNearTokens = 0.002;
  bool model_settled = false;
  for (int round = 0; round < kRounds; ++round) {
    run.cluster = trials.on(count, run);
    if (run.cluster.fault != SizeFault::kNone) return;
    const PhaseTotals& totals = run.cluster.totals;
    const double paid = std::min(limits.budget / *totals.cost, run.deadline / totals.wall);
    const double tokens = paid * run.tokens.in(token);
    const OptimalModel best = compute_optimal(6 * run.active_parameters * tokens);
    const double off = std::abs(std::log(best.parameters / run.active_parameters));
    model_settled = model_settled || off < kNearModel || round >= kOfModel;
    if (model_settled && std::abs(paid - 1) < kNearTokens) return;
    if (model_settled) {
      trials.set_tokens(tokens, run);
      continue;
    }
    const double before = run.active_parameters;
    trials.train(best.parameters, best.tokens, run);
    model_settled = run.active_parameters == before;  // the nearest that the shape has
  }
}

OptimalRun optimal_run(const JobSpec& spec, const HardwareDb& db, const Architecture& shape,
                       const std::string& chip, Seconds deadline, const OptimalLimits& limits) {
  OptimalRun run;
  run.deadline = deadline;
  Trials trials(spec, db, shape, chip, limits.batch);
  constexpr double kFirstTokens = 1e9;
  trials.train(static_cast<double>(count_parameters(shape).active_all), kFirstTokens, run);
  constexpr int kAny = 8;
  const SizedCluster some = trials.on(kAny, run);
  run.accelerator = some.accelerator;
  if (!some.price) {
    run.why_not = "no price is known";
    return run;
  }
  const double rented = (limits.budget / *some.price / deadline).in(accelerator);
  const std::vector<int> had = counts_had(
      some.system,
      std::max(some.system.node_size, static_cast<int>(std::min<double>(limits.most, rented))));
  if (had.empty()) {
    run.why_not = "not one " + some.system.node_name + " can be had";
    return run;
  }
  int count = had.back();
  // From a utilisation of two fifths: the rounds correct it.
  constexpr double kGuess = 0.4;
  const double flops =
      kGuess * some.layout->setup.machine.bf16_peak.in(FLOP / second) * count *
      std::min(deadline, limits.budget / *some.price / (static_cast<double>(count) * accelerator))
          .in(second);
  const OptimalModel first = compute_optimal(flops);
  trials.train(first.parameters, first.tokens, run);
  settle(trials, count, limits, run);
  if (run.cluster.layout && run.cluster.layout->setup.layout.ranks() < count) {
    const int used = run.cluster.layout->setup.layout.ranks();
    count = *std::lower_bound(had.begin(), had.end(), used);
    settle(trials, count, limits, run);
  }
  if (run.cluster.fault != SizeFault::kNone) {
    run.why_not = std::string(size_fault_name(run.cluster.fault));
  }
  return run;
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
  const auto rank = [&](const OptimalRun& run) {
    const auto of = std::find(limits.deadlines.begin(), limits.deadlines.end(), run.deadline);
    return std::tuple(of - limits.deadlines.begin(), !run.why_not.empty(), run.loss);
  };
  std::stable_sort(answer.runs.begin(), answer.runs.end(),
                   [&](const OptimalRun& a, const OptimalRun& b) { return rank(a) < rank(b); });
  return answer;
}

}  // namespace traincost
