#include "estimator/questions/advice.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "base/units.h"
#include "estimator/questions/changes.h"

namespace traincost {
namespace {

Seconds sequence_of(const StepInPhase& step, const Phase& phase) {
  return step.time(1) / static_cast<double>(phase.setup->batch.global_batch);
}

// The phase as it is, which changes are held against.
struct Before {
  Before(const Job& job, const Phase& phase, const StepEstimate& step)
      : Before(job, phase, step, step_in_phase(phase, step.time)) {}
  Before(const Job& job, const Phase& phase, const StepEstimate& step, const StepInPhase& in_phase)
      : sequence(sequence_of(in_phase, phase)),
        totals(phase_totals(job, phase, in_phase.time(doubt_of(job, phase).p50),
                            draw_of(job, phase, step, in_phase.iteration))) {}

  Seconds sequence;
  PhaseTotals totals;
};

// A change with what it comes to.
Advice tried(const Job& job, Change change, const StepEstimate& step, const Before& before) {
  Advice advice;
  advice.gain =
      before.sequence / sequence_of(step_in_phase(change.phase, step.time), change.phase) - 1;
  advice.layout = ranked_layout(job, change.phase, step.time, step.memory.required);
  advice.change = std::move(change.change);
  set_saved(advice, before.totals);
  return advice;
}

// Knobs that trade time, or precision of the sums, for memory.
bool of_memory(std::string_view knob) {
  constexpr std::string_view kKnobsOfMemory[] = {"zero",
                                                 "recompute",
                                                 "micro_batch",
                                                 "offload_activations",
                                                 "offload_optimizer",
                                                 "gradients",
                                                 "reduction",
                                                 "optimizer_states",
                                                 "offload_parameters",
                                                 "count",
                                                 "tp",
                                                 "pp",
                                                 "cp"};
  return std::find(std::begin(kKnobsOfMemory), std::end(kKnobsOfMemory), knob) !=
         std::end(kKnobsOfMemory);
}

// Another cluster, or sums of other types: no first advice.
bool asks_more(std::string_view knob) {
  return knob == "count" || knob == "gradients" || knob == "reduction" ||
         knob == "optimizer_states";
}

void keep_best(std::vector<Advice>& found, std::size_t most) {
  std::stable_sort(found.begin(), found.end(),
                   [](const Advice& a, const Advice& b) { return a.gain > b.gain; });
  if (found.size() > most) found.resize(most);
}

}  // namespace

void set_saved(Advice& advice, const PhaseTotals& now) {
  const PhaseTotals& then = advice.layout.totals;
  advice.saved = now.wall - then.wall;
  if (now.cost && then.cost) advice.saved_cost = *now.cost - *then.cost;
}

std::vector<Advice> advise(const Job& job, const Phase& phase, const StepEstimate& step,
                           std::size_t most, bool all) {
  const Before before(job, phase, step);
  const Machine& machine = phase.setup->machine;
  // A layout that was chosen leaves a reserve, where it can.
  const double reserve = phase.open.layout ? job.memory_reserve : 0;
  const Bytes may_need = max(step.memory.required, (1 - reserve) * machine.memory_capacity);
  StepWorkspace workspace;
  std::string last_knob;
  std::vector<Advice> found;
  for (Change& change : changes_of(job, phase)) {
    if (!all && asks_more(change.knob)) continue;
    const StepEstimate then = estimate_step(change.phase.setup->context(), workspace);
    if (then.memory.required > may_need) continue;
    const bool same_knob = change.knob == last_knob;
    last_knob = change.knob;
    Advice advice = tried(job, std::move(change), then, before);
    if (!same_knob) {
      found.push_back(std::move(advice));
    } else if (advice.gain > found.back().gain) {
      found.back() = std::move(advice);
    }
  }
  keep_best(found, most);
  return found;
}

std::vector<Advice> memory_changes(const Job& job, const Phase& phase, const StepEstimate& step) {
  const Before before(job, phase, step);
  StepWorkspace workspace;
  std::vector<Advice> found;
  for (Change& change : changes_of(job, phase)) {
    if (!of_memory(change.knob)) continue;
    const StepEstimate then = estimate_step(change.phase.setup->context(), workspace);
    found.push_back(tried(job, std::move(change), then, before));
  }
  std::stable_sort(found.begin(), found.end(), [](const Advice& a, const Advice& b) {
    return a.layout.required < b.layout.required;
  });
  return found;
}

std::vector<Advice> fitting_changes(const Job& job, const Phase& phase, const StepEstimate& step,
                                    std::size_t most) {
  std::vector<Advice> found = memory_changes(job, phase, step);
  std::erase_if(found, [](const Advice& each) { return !each.fits(); });
  keep_best(found, most);
  return found;
}

}  // namespace traincost
