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
  KnobTrial(const Job& job, const Phase& phase, const StepSetup& winner, Seconds step)
      : job_(job),
        phase_(phase),
        winner_(winner),
        count_(winner.machine.count),
        before_(step / static_cast<double>(winner.batch.global_batch)) {}

  std::vector<NextKnob> best_two();

 private:
  void consider(const std::string& knob, const std::string& change, const StepSetup& trial);
  void try_layout();
  void try_batch();
  void try_precision();

  const Job& job_;
  const Phase& phase_;
  const StepSetup& winner_;
  int count_;
  Seconds before_;
  std::string last_knob_;
  std::vector<NextKnob> found_;  // the best change of each knob
};

void KnobTrial::consider(const std::string& knob, const std::string& change,
                         const StepSetup& trial) {
  const Layout& l = trial.layout;
  if (!layout_faults(l, trial.batch, trial.model, count_).empty()) return;
  const StepEstimate step = estimate_step(trial.context());
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
      StepSetup trial = winner_;
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
  StepSetup trial = winner_;
  trial.batch.micro_batch *= 2;
  consider("micro_batch", "search.micro_batch=" + std::to_string(trial.batch.micro_batch), trial);
  trial = winner_;
  trial.batch.global_batch *= 2;
  consider("global_batch", "run.global_batch=" + std::to_string(trial.batch.global_batch), trial);
}

void KnobTrial::try_precision() {
  if (winner_.machine.narrow()) return;
  const Platform& platform = job_.platform(phase_);
  const std::string precision = platform.accelerator.runs("mxfp8") ? "mxfp8" : "fp8";
  const auto peak = platform.accelerator.peak(precision);
  if (!peak || *peak <= winner_.machine.run.peak) return;
  StepSetup trial = winner_;
  trial.machine = make_machine(platform.accelerator, platform.system, phase_.stack,
                               job_.engine.parameters, phase_.cluster, precision);
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

RankedLayout ranked_layout(const Job& job, const Phase& phase, Seconds tuned, Bytes required) {
  const StepSetup& setup = *phase.setup;
  const Seconds step = doubt_of(job, phase).p50 * tuned;
  RankedLayout layout;
  layout.step = step;
  layout.required = required;
  layout.totals = phase_totals(job, phase, step);
  const Flops flops = model_flops_per_token(setup.model, setup.batch.sequence_length) *
                      tokens_per_step(setup.batch);
  layout.mfu = flops / (static_cast<double>(phase.count) * setup.machine.bf16_peak * step);
  layout.setup = setup;
  return layout;
}

const Phase* searched_phase(const Job& job, const std::string& name) {
  const Phase* found = nullptr;
  for (const Phase& phase : job.phases) {
    if (!phase.setup || (!name.empty() && phase.name != name)) continue;
    if (found == nullptr || phase.tokens > found->tokens) found = &phase;
  }
  return found;
}

SearchAnswer search(const Job& job, const Phase& phase, const SearchOptions& options) {
  const StepSetup& given = *phase.setup;
  const LayoutSpace space = closed(job.space);
  SearchAnswer answer;
  answer.phase = phase.name;
  answer.objective = options.objective;
  std::optional<Seconds> than;
  if (!phase.open.layout) {
    const StepEstimate step = estimate_step(given.context());
    StatedLayout stated;
    stated.layout = ranked_layout(job, phase, step.time, step.memory.required);
    answer.stated = std::move(stated);
    if (step.memory.fits()) than = step.time;
  }
  const PhaseTotals of_second = phase_totals(job, phase, 1 * second);
  const double cost = of_second.cost ? of_second.cost->in(usd) : 0;
  const SearchResult found = search_layouts(given, space, options, cost, than);
  const auto describe = [&](const FoundLayout& each) {
    Phase chosen = phase;
    chosen.setup = with_layout(given, space, each.key);
    return ranked_layout(job, chosen, each.step, each.required);
  };
  for (const FoundLayout& each : found.top) answer.top.push_back(describe(each));
  for (const FoundLayout& each : found.front) answer.front.push_back(describe(each));
  if (found.least) answer.least = describe(*found.least);
  answer.stats = found.stats;
  answer.complete = found.complete;
  if (!answer.top.empty()) {
    const StepSetup& best = answer.top.front().setup;
    answer.best = estimate_step(best.context());
    answer.next = KnobTrial(job, phase, best, answer.best->time).best_two();
    if (answer.stated) {
      answer.stated->slower = answer.stated->layout.step / answer.top.front().step - 1;
      answer.stated->faster = found.faster;
    }
  }
  return answer;
}

}  // namespace traincost
