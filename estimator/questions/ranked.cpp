#include "estimator/questions/ranked.h"

#include "estimator/model/flops.h"

namespace traincost {

RankedLayout ranked_layout(const Job& job, const Phase& phase, Seconds tuned, Bytes required) {
  const StepSetup& setup = *phase.setup;
  const StepEstimate whole = estimate_step(setup.context());
  const Doubt doubt = doubt_of(job, phase, whole, evidence_of(job, phase, whole));
  const StepInPhase in_phase = step_in_phase(phase, tuned);
  const Seconds step = in_phase.time(doubt.p50);
  RankedLayout layout;
  layout.step = step;
  layout.doubt = in_phase.around(doubt);
  layout.required = required;
  layout.totals = phase_totals(job, phase, step, draw_of(job, phase, whole, in_phase.iteration));
  const Flops flops = model_flops_per_token(setup.model, setup.batch.sequence_length) *
                      tokens_per_step(setup.batch);
  layout.mfu = flops / (phase.used() / (1 * unit::accelerator) * setup.machine.bf16_peak * step);
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

const Phase& predicted_phase(const Job& job) {
  if (const Phase* phase = searched_phase(job, "")) return *phase;
  throw InputError(Fault{job.file, 0, "/phases", "the time of every phase is stated",
                         "leave out the time or the rate that is stated (accelerator_hours, wall; "
                         "run.mfu, flop_rate, throughput): what is stated is not looked for"});
}

}  // namespace traincost
