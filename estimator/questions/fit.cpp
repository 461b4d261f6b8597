#include "estimator/questions/fit.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <utility>

#include "base/units.h"
#include "estimator/job/resolve.h"
#include "estimator/model/parameters.h"
#include "estimator/model/scaled.h"
#include "estimator/questions/choice.h"

namespace traincost {
namespace {

using namespace unit;

constexpr std::int64_t kLongest = 1 << 27;  // tokens of a sequence, as a job may state them
constexpr std::int64_t kMostAccelerators = 65536;
constexpr std::int64_t kMostTogether = 65536;  // sequences of a pass

// A trial that is legal, for a value that grows with n = 1, 2, ...; nothing where none is.
using Look = std::function<std::optional<FitTrial>(std::int64_t n)>;

struct Edge {
  std::optional<FitTrial> below, above;  // the last of one kind, the first of the other
};

// The n from 1 to `most` after which `fits` is no longer what it was: doubled, then halved to the
// one. What is not legal counts as beyond.
Edge edge(const Look& look, std::int64_t most, bool fits_first) {
  Edge found;
  std::int64_t low = 0, high = most + 1;
  const auto try_at = [&](std::int64_t n) {
    std::optional<FitTrial> trial = look(n);
    const bool below = trial ? trial->fits() == fits_first : !fits_first;
    (below ? low : high) = n;
    if (trial) (below ? found.below : found.above) = std::move(trial);
  };
  for (std::int64_t n = 1; n <= most && high > most; n *= 2) try_at(n);
  if (high > most && low < most) try_at(most);
  while (high - low > 1) try_at(low + (high - low) / 2);
  return found;
}

class Fitter {
 public:
  Fitter(JobSpec spec, const HardwareDb& db) : spec_(std::move(spec)), db_(db) {}

  FitAnswer answer(Fit what);

 private:
  // The phase of most tokens as it stands; the others have no say from then on.
  [[nodiscard]] Phase keep_one_phase();
  // A section of the job and of its phase, where they are stated.
  template <typename Section, typename Set>
  void of_both(std::optional<Section> JobSpec::*jobs, std::optional<Section> PhaseSpec::*phases,
               Set set) {
    if (spec_.*jobs) set(*(spec_.*jobs));
    for (PhaseSpec& phase : spec_.phases) {
      if (phase.*phases) set(*(phase.*phases));
    }
  }
  template <typename Set>
  void of_run(Set set) {
    if (!spec_.run) spec_.run.emplace();
    of_both(&JobSpec::run, &PhaseSpec::run, set);
  }
  void set_count(std::int64_t count) {
    if (!spec_.cluster) spec_.cluster.emplace();
    of_both(&JobSpec::cluster, &PhaseSpec::cluster, [&](ClusterSpec& cluster) {
      cluster.count = static_cast<int>(count);
      cluster.slices.reset();
    });
  }
  template <typename Set>
  void of_layout(Set set) {
    of_both(&JobSpec::layout, &PhaseSpec::layout, set);
  }
  [[nodiscard]] Job chosen() const { return with_chosen_layouts(resolve(spec_, db_)); }
  [[nodiscard]] std::optional<FitTrial> trial(double value) const;
  [[nodiscard]] Edge micro_batch();
  [[nodiscard]] Edge sequence();
  [[nodiscard]] Edge model();
  [[nodiscard]] Edge count();

  JobSpec spec_;
  const HardwareDb& db_;
};

FitTrial tried(double value, Job job) {
  FitTrial trial{value, std::move(job), {}};
  trial.step = estimate_step(trial.phase().setup->context());
  return trial;
}

// Of the spec as it now is.
std::optional<FitTrial> Fitter::trial(double value) const {
  try {
    return tried(value, chosen());
  } catch (const InputError&) {
    return std::nullopt;  // what was legal before is not legal so
  }
}

Phase Fitter::keep_one_phase() {
  const Job job = resolve(spec_, db_);
  const Phase* longest = searched_phase(job, "");
  if (longest == nullptr) {
    throw InputError(Fault{spec_.file, 0, "/phases", "no phase is left to predict", ""});
  }
  const auto index = static_cast<std::size_t>(longest - job.phases.data());
  if (!spec_.phases.empty()) spec_.phases = {spec_.phases[index]};
  return *longest;
}

Edge Fitter::micro_batch() {
  of_run([](RunSpec& run) { run.micro_batch.reset(); });
  static_cast<void>(keep_one_phase());
  const Job job = chosen();
  const Phase& phase = job.phases.front();
  const StepSetup& setup = *phase.setup;
  const Layout& l = setup.layout;
  // Where the batch is open it holds so many; else those that divide a replica's part.
  const auto with = [&](std::int64_t micro) {
    Batch batch = setup.batch;
    batch.micro_batch = micro;
    if (!phase.open.batch) return batch;
    const std::int64_t wave = l.dp * micro;
    std::int64_t passes = std::max(least_micro_batches(l.schedule, l.pp),
                                   (phase.open.batch->least + wave - 1) / wave);
    while (legal_micro_batches(l.schedule, l.pp, passes) != passes) ++passes;
    batch.global_batch = passes * wave;
    return batch;
  };
  const std::int64_t whole =
      (phase.open.batch ? phase.open.batch->most : setup.batch.global_batch) / l.dp;
  std::vector<Batch> batches;
  for (std::int64_t micro = 1; micro <= std::min(whole, kMostTogether); ++micro) {
    const Batch batch = with(micro);
    if (phase.open.batch && batch.global_batch > phase.open.batch->most) break;
    if (layout_faults(l, batch, setup.model, l.ranks()).empty()) batches.push_back(batch);
  }
  if (batches.empty()) batches = {setup.batch};
  const auto look = [&](std::int64_t n) -> std::optional<FitTrial> {
    Job other = job;
    Phase& changed = other.phases.front();
    changed.setup->batch = batches[static_cast<std::size_t>(n - 1)];
    settle_tokens(changed);
    return tried(static_cast<double>(changed.setup->batch.micro_batch), std::move(other));
  };
  return edge(look, static_cast<std::int64_t>(batches.size()), true);
}

Edge Fitter::sequence() {
  constexpr std::int64_t kStep = 1024;
  const std::int64_t step = std::lcm(kStep, std::int64_t{keep_one_phase().setup->layout.cp});
  const auto look = [&](std::int64_t n) {
    of_run([&](RunSpec& run) { run.sequence_length = n * step; });
    return trial(static_cast<double>(n * step));
  };
  return edge(look, kLongest / step, true);
}

Edge Fitter::model() {
  const Phase phase = keep_one_phase();
  const Architecture& base = phase.setup->model;
  if (!phase.setup->layout.stage_layers.empty()) {
    of_layout([](LayoutSpec& layout) { layout.stage_layers.clear(); });
  }
  const int heads = base.kinds.front().attention.heads;
  const int step = std::lcm(head_step(base), phase.setup->layout.tp);
  // As deep for its width as the job's.
  const auto depth = [&](std::int64_t n) {
    const double layers = static_cast<double>(base.layer_count()) * static_cast<double>(n) * step;
    return std::max(1, static_cast<int>(std::lround(layers / heads)));
  };
  const auto of_shape = [&](std::int64_t n, int layers) {
    ImportedModel other{scaled(base, static_cast<int>(n) * step, layers), {}};
    other.model.name = "scaled " + base.name;
    const auto parameters = static_cast<double>(count_parameters(other.model).total);
    spec_.model = ModelSpec{};
    spec_.model->imported = std::move(other);
    return trial(parameters);
  };
  constexpr std::int64_t kWidest = 1024, kDeepest = 4;
  std::int64_t widest = 0;
  Edge found = edge(
      [&](std::int64_t n) {
        std::optional<FitTrial> trial = of_shape(n, depth(n));
        if (trial && trial->fits()) widest = std::max(widest, n);
        return trial;
      },
      kWidest, true);
  if (!found.below) return found;
  const int least = depth(widest);
  Edge deeper = edge([&](std::int64_t n) { return of_shape(widest, least + static_cast<int>(n)); },
                     kDeepest * least, true);
  if (deeper.below) found.below = std::move(deeper.below);
  if (deeper.above) found.above = std::move(deeper.above);
  return found;
}

Edge Fitter::count() {
  const Phase phase = keep_one_phase();
  const StepSetup& setup = *phase.setup;
  const Layout& l = setup.layout;
  const std::int64_t replica = std::int64_t{l.tp} * l.pp * l.cp;
  std::function<std::int64_t(std::int64_t)> of;
  std::int64_t most = std::max<std::int64_t>(1, kMostAccelerators / replica);
  std::vector<std::int64_t> degrees;
  if (phase.open.layout) {
    // 1, 2, 4 in a node, then nodes.
    const std::int64_t node = setup.machine.node_size;
    std::int64_t parts = 0;
    while ((std::int64_t{1} << parts) < node) ++parts;
    of = [=](std::int64_t n) {
      return n <= parts ? std::int64_t{1} << (n - 1) : (n - parts) * node;
    };
    most = parts + kMostAccelerators / node;
  } else {
    of_layout([](LayoutSpec& layout) { layout.dp.reset(); });
    of = [=](std::int64_t n) { return replica * n; };
    if (!phase.open.batch) {
      degrees = divisors(setup.batch.global_batch / setup.batch.micro_batch);
      while (degrees.back() > most) degrees.pop_back();
      of = [&](std::int64_t n) { return replica * degrees[static_cast<std::size_t>(n - 1)]; };
      most = static_cast<std::int64_t>(degrees.size());
    }
  }
  const auto look = [&](std::int64_t n) {
    set_count(of(n));
    return trial(static_cast<double>(of(n)));
  };
  return edge(look, most, false);
}

FitAnswer Fitter::answer(Fit what) {
  FitAnswer answer;
  answer.fit = what;
  Edge found;
  switch (what) {
    case Fit::kMicroBatch: found = micro_batch(); break;
    case Fit::kSequence: found = sequence(); break;
    case Fit::kModel: found = model(); break;
    case Fit::kCount:
      found = count();
      std::swap(found.below, found.above);
      break;
  }
  answer.best = std::move(found.below);
  answer.beyond = std::move(found.above);
  if (!answer.best && !answer.beyond) {
    // No count is legal, and this says why.
    answer.beyond = tried(static_cast<double>(kMostAccelerators), chosen());
  }
  const FitTrial& shown = answer.shown();
  answer.changes = memory_changes(shown.job, shown.phase(), shown.step);
  return answer;
}

}  // namespace

FitAnswer fit(const JobSpec& spec, const HardwareDb& db, Fit what) {
  return Fitter(spec, db).answer(what);
}

}  // namespace traincost
