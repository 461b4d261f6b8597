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
// one. What turns out not to be legal fits nowhere.
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
  [[nodiscard]] FitTrial tried(double value, Job job) const;
  [[nodiscard]] std::optional<FitTrial> trial(double value) const;
  [[nodiscard]] Edge micro_batch();
  [[nodiscard]] Edge sequence();
  [[nodiscard]] Edge model();
  [[nodiscard]] Edge count();

  JobSpec spec_;
  const HardwareDb& db_;
};

FitTrial Fitter::tried(double value, Job job) const {
  const bool stated = spec_.search && spec_.search->memory_reserve;
  const double reserve = stated || job.phases.front().open.layout ? job.memory_reserve : 0;
  FitTrial trial{value, std::move(job), {}, reserve, true};
  trial.step = estimate_step(trial.phase().setup->context());
  const StepInPhase in_phase = step_in_phase(trial.phase(), trial.step.time);
  trial.generates = !in_phase.iteration || in_phase.iteration->fits();
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
  const Phase* longest = &predicted_phase(job);
  const auto index = static_cast<std::size_t>(longest - job.phases.data());
  if (!spec_.phases.empty()) spec_.phases = {spec_.phases[index]};
  return *longest;
}

Edge Fitter::micro_batch() {
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
  Layout layout = phase.setup->layout;
  layout.stage_layers.clear();  // of other models
  of_layout([](LayoutSpec& stated) { stated.stage_layers.clear(); });
  const int heads = base.kinds.front().attention.heads;
  const int step = std::lcm(head_step(base), layout.tp);
  struct Size {
    int heads, layers;
  };
  const auto legal = [&](const Size& size) {
    const Architecture model = scaled(base, size.heads, size.layers);
    return phase.open.layout ||
           layout_faults(layout, phase.setup->batch, model, layout.ranks()).empty();
  };
  const auto edge_of = [&](const std::vector<Size>& sizes, Size& last) {
    const auto look = [&](std::int64_t n) {
      const Size& size = sizes[static_cast<std::size_t>(n - 1)];
      ImportedModel other{scaled(base, size.heads, size.layers), {}};
      other.model.name = "scaled " + base.name;
      const auto parameters = static_cast<double>(count_parameters(other.model).total);
      spec_.model = ModelSpec{};
      spec_.model->imported = std::move(other);
      std::optional<FitTrial> trial = this->trial(parameters);
      if (trial && trial->fits() && size.layers >= last.layers) last = size;
      return trial;
    };
    return edge(look, static_cast<std::int64_t>(sizes.size()), true);
  };
  // As deep for its width as the job's; then deeper.
  constexpr int kWidest = 1024, kDeepest = 4;
  std::vector<Size> sizes;
  for (int n = 1; n <= kWidest; ++n) {
    const double layers = static_cast<double>(base.layer_count()) * n * step / heads;
    const Size size{n * step, std::max(1, static_cast<int>(std::lround(layers)))};
    if (legal(size)) sizes.push_back(size);
  }
  Size last{0, 0};
  Edge found = edge_of(sizes, last);
  if (!found.below) return found;
  std::vector<Size> deeper;
  for (int layers = last.layers + 1; layers <= kDeepest * last.layers; ++layers) {
    if (legal({last.heads, layers})) deeper.push_back({last.heads, layers});
  }
  Edge beyond = edge_of(deeper, last);
  if (beyond.below) found.below = std::move(beyond.below);
  if (beyond.above) found.above = std::move(beyond.above);
  if (found.above && found.above->value <= found.below->value) found.above.reset();
  return found;
}

Edge Fitter::count() {
  const Phase phase = keep_one_phase();
  const StepSetup& setup = *phase.setup;
  const Layout& l = setup.layout;
  const std::int64_t replica = std::int64_t{l.tp} * l.pp * l.cp;
  const std::int64_t most = std::max<std::int64_t>(1, kMostAccelerators / replica);
  std::vector<std::int64_t> counts;
  if (phase.open.layout) {
    // 1, 2, 4 in a node, then what is had.
    const Job job = resolve(spec_, db_);
    System system = job.platform(job.phases.front()).system;
    system.node_size = setup.machine.node_size;
    for (std::int64_t count = 1; count < system.node_size; count *= 2) counts.push_back(count);
    const int joined = phase.cluster.joined;
    for (const int count : counts_had(system, joined > 0 ? joined : static_cast<int>(most))) {
      counts.push_back(count);
    }
  } else {
    of_layout([](LayoutSpec& layout) { layout.dp.reset(); });
    StepSetup wider = setup;
    for (std::int64_t dp = 1; dp <= most; ++dp) {
      wider.layout.dp = static_cast<int>(dp);
      const std::int64_t wave = dp * setup.batch.micro_batch;
      if (phase.open.batch) {
        wider.batch.global_batch = wave * least_micro_batches(l.schedule, l.pp);
      }
      const auto ranks = static_cast<int>(replica * dp);
      if (layout_faults(wider.layout, wider.batch, wider.model, ranks).empty()) {
        counts.push_back(ranks);
      }
    }
  }
  const auto look = [&](std::int64_t n) {
    const std::int64_t count = counts[static_cast<std::size_t>(n - 1)];
    set_count(count);
    return trial(static_cast<double>(count));
  };
  return edge(look, static_cast<std::int64_t>(counts.size()), false);
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
