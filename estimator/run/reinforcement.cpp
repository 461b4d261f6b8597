#include "estimator/run/reinforcement.h"

#include <algorithm>

#include "base/units.h"
#include "estimator/model/parameters.h"

namespace traincost {
namespace {

using namespace unit;

// All weights to whoever generates; and what the training's machines move to their hosts and back.
Seconds moving_time(const StepSetup& setup, const Reinforcement& plan, int accelerators) {
  const Machine& generator = plan.generator.machine;
  const Machine& machine = setup.machine;
  const auto parameters = static_cast<double>(count_parameters(setup.model).total);
  const bool meet = plan.apart == 0 && accelerators <= machine.scale_up_domain;
  const Bandwidth link =
      meet || machine.scale_out <= Bandwidth{} ? machine.scale_up : machine.scale_out;
  const Seconds sent = parameters * generator.run.operand_bytes * B / link;
  const double states =
      machine.stack.optimizer_bytes + machine.stack.gradient_bytes + machine.element_bytes;
  const double bytes = (plan.apart > 0 ? 0 : states) + (plan.reference ? machine.element_bytes : 0);
  return sent + 2 * (bytes * parameters / accelerators * B / machine.host);
}

}  // namespace

IterationTime iteration_time(const StepSetup& setup, const Reinforcement& plan, int accelerators,
                             Seconds step) {
  const Batch& batch = setup.batch;
  const bool all_again = batch.recompute == Recompute::kFull && batch.recompute_layers == 0;
  const double forward = all_again ? 1.0 / 4 : 1.0 / 3;
  IterationTime time;
  const double updates = plan.updates(batch);
  time.reward = plan.reward;
  time.training = updates * step;
  time.scoring = plan.scoring_passes * updates / plan.epochs * forward * step;
  if (plan.offline) return time;
  time.generation = generation_time(setup.model, plan.generator,
                                    plan.apart > 0 ? plan.apart : accelerators, plan.responses);
  time.moving = moving_time(setup, plan, accelerators);
  time.asynchronous = plan.asynchronous;
  return time.slowed(1);
}

IterationTime IterationTime::slowed(double factor) const {
  IterationTime time = *this;
  for (Seconds* each : {&time.generation.prefill, &time.generation.decode, &time.scoring,
                        &time.training, &time.moving}) {
    *each = factor * *each;
  }
  if (asynchronous) {
    time.hidden = min(time.generation.total() + time.reward, time.scoring + time.training);
  }
  return time;
}

}  // namespace traincost
