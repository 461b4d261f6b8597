#include "estimator/questions/search.h"

#include <algorithm>

#include "base/units.h"
#include "estimator/job/knobs.h"
#include "estimator/questions/choice.h"
#include "estimator/run/cost.h"

namespace traincost {
namespace {

using namespace unit;

// The choice before the others, and its idea once.
void put_first(std::vector<RankedLayout>& top, RankedLayout chosen) {
  const std::size_t most = top.size();
  std::erase_if(top, [&](const RankedLayout& each) {
    return idea_of(each.setup.layout) == idea_of(chosen.setup.layout);
  });
  top.insert(top.begin(), std::move(chosen));
  if (top.size() > most) top.resize(most);
}

// The knobs of a layout whose value is none of the space's, by name; those that turn nothing on one
// rank are left out there.
class Beyond {
 public:
  Beyond(const LayoutSpace& space, const StepSetup& setup) : space_(space), setup_(setup) {
    std::apply([&](const auto&... each) { (look_at(each), ...); }, kLayoutKnobs);
    std::apply([&](const auto&... each) { (look_at(each), ...); }, kBatchKnobs);
    add("offload_activations", space.offload_activations, setup.batch.offload_activations);
    add("offload_optimizer", space.offload_optimizer, setup.batch.offload_optimizer);
  }

  [[nodiscard]] std::vector<std::string> names() && { return std::move(names_); }

 private:
  template <auto Value, auto Stated, auto Listed>
  void look_at(const PlainKnob<Value, Stated, Listed>& knob) {
    if constexpr (!std::is_null_pointer_v<decltype(Listed)>) {
      if constexpr (requires { setup_.layout.*Value; }) {
        add(knob.name, space_.*Listed, setup_.layout.*Value);
      } else {
        add(knob.name, space_.*Listed, setup_.batch.*Value);
      }
    }
  }
  void look_at(const Knob& /*knob*/) {}  // recomputation, and offload as it is written

  template <typename List, typename Value>
  void add(std::string_view name, const List& list, Value value) {
    const bool of_tp = name == "sequence_parallel" || name == "tp_overlap";
    const bool idle =
        (of_tp && setup_.layout.tp == 1) || (name == "schedule" && setup_.layout.pp == 1);
    const bool listed = list.empty() || std::find(list.begin(), list.end(), value) != list.end();
    if (!idle && !listed) names_.emplace_back(name);
  }

  const LayoutSpace& space_;
  const StepSetup& setup_;
  std::vector<std::string> names_;
};

}  // namespace

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
    if (step.memory.fits()) than = sequence_time(given, job.platform(phase).reliability);
    // It says nothing of others' micro-batch and recomputation.
    question.pins = job.space;
    question.batch.reset();
  }
  const LayoutSpace& pins = question.pins;
  // The choice that every question makes, and with it the batch.
  const auto chosen = choose_layout(given, question);
  if (chosen && question.batch) {
    given.batch.global_batch = chosen->setup.batch.global_batch;
    settle_tokens(phase);
  }
  const double reserve = chosen && !chosen->in_reserve ? 0 : job.memory_reserve;
  StepSetup reserving = given;
  reserving.machine.memory_capacity = (1 - reserve) * given.machine.memory_capacity;
  // What the phase's steps cost where a sequence takes a second, failures included; what surrounds
  // them is the same for every layout.
  const double sequences = phase.tokens / (given.batch.sequence_length * token);
  const double cost = cost_without_losses(job, phase, sequences * second).value_or(Usd{}).in(usd);
  const auto describe = [&](const LayoutSpace& space, const FoundLayout& each) {
    Phase as_found = phase;
    as_found.setup = with_layout(given, space, each.key);
    return ranked_layout(job, as_found, each.step, each.required);
  };

  const LayoutSpace practice = closed(practical_space(pins, given));
  SearchOptions practical = options;
  practical.least = false;
  practical.fold_twins = true;
  practical.reliability = &job.platform(phase).reliability;
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
    all.reliability = &job.platform(phase).reliability;
    if (by_time && !answer.top.empty()) {
      const StepSetup& best = answer.top.front().setup;
      all.cutoff = sequence_time(best, job.platform(phase).reliability) / (1 + kTie);
    }
    const SearchResult found = search_layouts(reserving, whole, all, cost, than);
    for (const FoundLayout& each : found.top) {
      RankedLayout layout = describe(whole, each);
      layout.beyond = Beyond(practice, layout.setup).names();
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
  phase.setup = best;
  constexpr std::size_t kNext = 2;
  answer.next = advise(job, phase, *answer.best, kNext, false);
  if (answer.stated) {
    answer.stated->slower = answer.stated->layout.step / answer.top.front().step - 1;
    answer.stated->faster = faster;
  }
  if (!answer.top.empty()) {
    Phase first = phase;
    first.setup = answer.top.front().setup;
    const Seconds step = estimate_step(first.setup->context()).time;
    answer.iteration = step_in_phase(first, step).iteration;
  }
  return answer;
}

}  // namespace traincost
