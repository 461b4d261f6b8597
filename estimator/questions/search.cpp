#include "estimator/questions/search.h"

#include <algorithm>
#include <tuple>

#include "base/units.h"
#include "estimator/model/flops.h"
#include "estimator/questions/choice.h"
#include "estimator/run/cost.h"

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
  if (!layout_faults(l, trial.batch, trial.model, l.ranks()).empty()) return;
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
      l.dp = count_ / (l.tp * l.pp * l.cp);
      if (l.dp < 1) continue;
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

// The choice before the others, and its idea once.
void put_first(std::vector<RankedLayout>& top, RankedLayout chosen) {
  const std::size_t most = top.size();
  const auto idea = [](const RankedLayout& each) {
    const Layout& l = each.setup.layout;
    return std::tuple(l.tp, l.pp, l.cp, l.ep, l.expert_tp, l.zero == 3);
  };
  std::erase_if(top, [&](const RankedLayout& each) { return idea(each) == idea(chosen); });
  top.insert(top.begin(), std::move(chosen));
  if (top.size() > most) top.resize(most);
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

SearchAnswer search(const Job& job, Phase phase, const SearchOptions& options, bool wide) {
  LayoutQuestion question = layout_question(job, phase);
  StepSetup& given = *phase.setup;
  SearchAnswer answer;
  answer.phase = phase.name;
  answer.objective = options.objective;
  answer.wide = wide;
  std::optional<Seconds> than;
  if (!phase.open.layout) {
    const StepEstimate step = estimate_step(given.context());
    StatedLayout stated;
    stated.layout = ranked_layout(job, phase, step.time, step.memory.required);
    answer.stated = std::move(stated);
    if (step.memory.fits()) than = sequence_time(given, job.reliability);
    // It says nothing of others' micro-batch and recomputation.
    question.pins = job.space;
    question.batch.reset();
  }
  const LayoutSpace& pins = question.pins;
  // The choice that every question makes, and with it the batch.
  const auto chosen = choose_layout(given, question);
  if (chosen && question.batch) {
    given.batch.global_batch = chosen->setup.batch.global_batch;
    if (phase.steps > 0) phase.tokens = phase.steps * tokens_per_step(given.batch);
  }
  const double reserve = chosen && !chosen->in_reserve ? 0 : job.memory_reserve;
  StepSetup reserving = given;
  reserving.machine.memory_capacity = (1 - reserve) * given.machine.memory_capacity;
  const PhaseTotals of_second = phase_totals(job, phase, 1 * second);
  // What a sequence costs that takes a second with failures.
  const double sequences = phase.tokens / tokens_per_step(given.batch) *
                           static_cast<double>(given.batch.global_batch);
  const double cost = of_second.cost
                          ? rental_cost(static_cast<double>(phase.count) * accelerator * sequences *
                                            (1 * second),
                                        job.platform(phase).pricing->price)
                                .in(usd)
                          : 0;
  const auto describe = [&](const LayoutSpace& space, const FoundLayout& each) {
    Phase as_found = phase;
    as_found.setup = with_layout(given, space, each.key);
    return ranked_layout(job, as_found, each.step, each.required);
  };

  const LayoutSpace practice = closed(practical_space(pins, given));
  SearchOptions practical = options;
  practical.least = false;
  practical.fold_twins = true;
  practical.reliability = &job.reliability;
  practical.progress = {};
  const SearchResult usual = search_layouts(reserving, practice, practical, cost, than);
  answer.practical = usual.stats.legal;
  for (const FoundLayout& each : usual.top) answer.top.push_back(describe(practice, each));
  const bool by_time = options.objective == Objective::kTime;
  if (by_time && chosen && chosen->fits && !answer.top.empty()) {
    Phase as_chosen = phase;
    as_chosen.setup = chosen->setup;
    const StepEstimate step = estimate_step(as_chosen.setup->context());
    put_first(answer.top, ranked_layout(job, as_chosen, step.time, step.memory.required));
  }
  for (const FoundLayout& each : usual.front) answer.front.push_back(describe(practice, each));
  answer.complete = usual.complete;
  answer.stats = usual.stats;
  std::int64_t faster = usual.faster;

  if (wide) {
    const LayoutSpace whole = closed(pins);
    SearchOptions all = options;
    all.fold_twins = true;
    all.front = false;
    all.reliability = &job.reliability;
    if (by_time && !answer.top.empty()) {
      const StepSetup& best = answer.top.front().setup;
      all.cutoff = sequence_time(best, job.reliability) / (1 + kTie);
    }
    const SearchResult found = search_layouts(reserving, whole, all, cost, than);
    for (const FoundLayout& each : found.top) {
      RankedLayout layout = describe(whole, each);
      layout.beyond = beyond(practice, each.key);
      if (!layout.beyond.empty()) answer.wider.push_back(std::move(layout));
    }
    if (found.least) answer.least = describe(whole, *found.least);
    answer.complete = answer.complete && found.complete;
    answer.stats = found.stats;
    faster = found.faster;
  } else if (chosen && !chosen->fits) {
    Phase lacking = phase;
    lacking.setup = chosen->setup;
    const StepEstimate step = estimate_step(lacking.setup->context());
    answer.least = ranked_layout(job, lacking, step.time, step.memory.required);
  }
  if (answer.top.empty()) return answer;
  const StepSetup& best = answer.top.front().setup;
  answer.best = estimate_step(best.context());
  answer.next = KnobTrial(job, phase, best, answer.best->time).best_two();
  if (answer.stated) {
    answer.stated->slower = answer.stated->layout.step / answer.top.front().step - 1;
    answer.stated->faster = faster;
  }
  return answer;
}

}  // namespace traincost
