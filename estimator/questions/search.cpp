#include "estimator/questions/search.h"

#include <algorithm>

#include "base/units.h"
#include "estimator/model/flops.h"

namespace traincost {
namespace {

using namespace unit;

// Tries changes to the winner one by one, all else held.
class KnobTrial {
 public:
  KnobTrial(const Job& job, const PredictedPhase& winner, int count, Seconds step)
      : job_(job),
        winner_(winner),
        count_(count),
        before_(step / static_cast<double>(winner.batch.global_batch)) {}

  std::vector<NextKnob> best_two();

 private:
  void consider(const std::string& knob, const std::string& change, const PredictedPhase& trial);
  void try_layout();
  void try_batch();
  void try_precision();

  const Job& job_;
  const PredictedPhase& winner_;
  int count_;
  Seconds before_;
  std::string last_knob_;
  std::vector<NextKnob> found_;  // the best change of each knob
};

void KnobTrial::consider(const std::string& knob, const std::string& change,
                         const PredictedPhase& trial) {
  const Layout& l = trial.layout;
  if (!layout_faults(l, trial.batch, trial.model, count_).empty()) return;
  const StepEstimate step = estimate_step({trial.model, trial.machine, l, trial.batch});
  if (!step.memory.fits()) return;
  NextKnob next;
  next.change = change;
  next.per_sequence = step.time / static_cast<double>(trial.batch.global_batch);
  next.gain = before_ / next.per_sequence - 1;
  next.required = step.memory.required;
  if (knob != last_knob_) {
    found_.push_back(next);
  } else if (next.per_sequence < found_.back().per_sequence) {
    found_.back() = next;
  }
  last_knob_ = knob;
}

void KnobTrial::try_layout() {
  struct Degree {
    const char* name;
    int Layout::*member;
  };
  for (const Degree& degree :
       {Degree{"tp", &Layout::tp}, Degree{"pp", &Layout::pp}, Degree{"vp", &Layout::vp},
        Degree{"cp", &Layout::cp}, Degree{"ep", &Layout::ep}, Degree{"zero", &Layout::zero}}) {
    const int now = winner_.layout.*degree.member;
    for (const int value : {now / 2, now - 1, now + 1, now * 2}) {
      const bool level = degree.member == &Layout::zero;
      if (value == now || value < (level ? 0 : 1) || (level && value > 3)) continue;
      PredictedPhase trial = winner_;
      Layout& l = trial.layout;
      l.*degree.member = value;
      l.zero_shards = 0;
      if (degree.member == &Layout::vp) {
        l.schedule = value > 1 ? Schedule::kInterleaved : Schedule::k1F1B;
      }
      if (l.pp == 1) {
        if (degree.member == &Layout::vp) continue;
        l.vp = 1;
        l.schedule = Schedule::k1F1B;
      }
      if (count_ % (l.tp * l.pp * l.cp) != 0) continue;
      l.dp = count_ / (l.tp * l.pp * l.cp);
      l.sequence_parallel = l.sequence_parallel && l.tp > 1;
      l.tp_overlap = l.tp_overlap && l.tp > 1;
      consider(degree.name, std::string("search.") + degree.name + "=" + std::to_string(value),
               trial);
    }
  }
}

void KnobTrial::try_batch() {
  PredictedPhase trial = winner_;
  trial.batch.micro_batch *= 2;
  consider("micro_batch", "search.micro_batch=" + std::to_string(trial.batch.micro_batch), trial);
  trial = winner_;
  trial.batch.global_batch *= 2;
  consider("global_batch", "run.global_batch=" + std::to_string(trial.batch.global_batch), trial);
}

void KnobTrial::try_precision() {
  if (winner_.machine.run.operand_bytes < 2) return;
  const bool blackwell = job_.accelerator.architecture.rfind("Blackwell", 0) == 0;
  const std::string precision = blackwell ? "mxfp8" : "fp8";
  const auto peak = job_.accelerator.peak(precision);
  if (!peak || *peak <= winner_.machine.run.peak) return;
  PredictedPhase trial = winner_;
  trial.machine = make_machine(job_.accelerator, job_.system, job_.stack, job_.engine.parameters,
                               winner_.cluster, precision);
  consider("precision", "run.precision=" + precision, trial);
}

std::vector<NextKnob> KnobTrial::best_two() {
  try_layout();
  try_batch();
  try_precision();
  std::stable_sort(found_.begin(), found_.end(), [](const NextKnob& a, const NextKnob& b) {
    return a.per_sequence < b.per_sequence;
  });
  constexpr std::size_t kShown = 2;
  if (found_.size() > kShown) found_.resize(kShown);
  return found_;
}

}  // namespace

RankedLayout ranked_layout(const Job& job, const Phase& phase, Seconds step, Bytes required) {
  const PredictedPhase& chosen = *phase.predicted;
  RankedLayout layout;
  layout.step = step;
  layout.required = required;
  layout.totals = phase_totals(job, phase, step);
  const Tokens per_step =
      static_cast<double>(chosen.batch.global_batch) * chosen.batch.sequence_length * token;
  const Flops flops = model_flops_per_token(chosen.model, chosen.batch.sequence_length) * per_step;
  layout.mfu = flops / (static_cast<double>(phase.count) * chosen.machine.bf16_peak * step);
  layout.phase = chosen;
  return layout;
}

const Phase* searched_phase(const Job& job, const std::string& name) {
  const Phase* found = nullptr;
  for (const Phase& phase : job.phases) {
    if (!phase.predicted || (!name.empty() && phase.name != name)) continue;
    if (found == nullptr || phase.tokens > found->tokens) found = &phase;
  }
  return found;
}

SearchAnswer search(const Job& job, const Phase& phase, const SearchOptions& options) {
  const PredictedPhase& given = *phase.predicted;
  const LayoutSpace space = closed(job.space);
  SearchAnswer answer;
  answer.phase = phase.name;
  answer.objective = options.objective;
  std::optional<Seconds> than;
  if (!given.search_layout) {
    const StepEstimate step =
        estimate_step({given.model, given.machine, given.layout, given.batch});
    StatedLayout stated;
    stated.layout = ranked_layout(job, phase, step.time, step.memory.required);
    answer.stated = std::move(stated);
    if (step.memory.fits()) than = step.time;
  }
  const PhaseTotals of_second = phase_totals(job, phase, 1 * second);
  const double cost = of_second.cost ? of_second.cost->in(usd) : 0;
  const SearchResult found = search_layouts(given, phase.count, space, options, cost, than);
  const auto describe = [&](const FoundLayout& each) {
    Phase chosen = phase;
    chosen.predicted = with_layout(given, phase.count, space, each.key);
    return ranked_layout(job, chosen, each.step, each.required);
  };
  for (const FoundLayout& each : found.top) answer.top.push_back(describe(each));
  for (const FoundLayout& each : found.front) answer.front.push_back(describe(each));
  if (found.least) answer.least = describe(*found.least);
  answer.stats = found.stats;
  answer.complete = found.complete;
  if (!answer.top.empty()) {
    const PredictedPhase& best = answer.top.front().phase;
    answer.best = estimate_step({best.model, best.machine, best.layout, best.batch});
    answer.next = KnobTrial(job, best, phase.count, answer.best->time).best_two();
    if (answer.stated) {
      answer.stated->slower = answer.stated->layout.step / answer.top.front().step - 1;
      answer.stated->faster = found.faster;
    }
  }
  return answer;
}

LayoutSpace practical_space(LayoutSpace space, const PredictedPhase& phase) {
  constexpr int kMostTensorParallel = 16;
  constexpr int kMostContextParallel = 64;
  constexpr double kLongSequence = 32768;
  const auto up_to = [](int most) {
    std::vector<int> powers;
    for (int i = 1; i <= most; i *= 2) powers.push_back(i);
    return powers;
  };
  if (space.tp.empty()) {
    space.tp = up_to(std::min(phase.machine.scale_up_domain, kMostTensorParallel));
  }
  if (space.cp.empty()) {
    space.cp = phase.batch.sequence_length >= kLongSequence ? up_to(kMostContextParallel)
                                                            : std::vector<int>{1};
  }
  if (space.expert_tp.empty()) space.expert_tp = {1};
  if (space.zero.empty()) space.zero = {1, 3};
  if (space.zero_shards.empty()) space.zero_shards = {0};
  if (space.micro_batch.empty()) space.micro_batch = {1, 2, 4, 8};
  if (space.sequence_parallel.empty()) space.sequence_parallel = {true};
  if (space.tp_overlap.empty()) space.tp_overlap = {phase.machine.stack.overlaps_tp};
  if (space.offload_activations.empty()) space.offload_activations = {false};
  if (space.offload_optimizer.empty()) space.offload_optimizer = {false};
  if (space.vp.empty()) {
    for (int vp = 1; vp <= 12; ++vp) space.vp.push_back(vp);
  }
  return space;
}

}  // namespace traincost
