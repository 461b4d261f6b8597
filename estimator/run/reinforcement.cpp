#include "estimator/run/reinforcement.h"

#include <algorithm>

#include "base/units.h"
#include "estimator/model/parameters.h"

namespace traincost {
namespace {

using namespace unit;

Seconds moving_time(const Architecture& model, const Reinforcement& plan, int accelerators) {
  const Machine& machine = plan.generator.machine;
  const auto parameters = static_cast<double>(count_parameters(model).total);
  const bool meet = plan.apart == 0 && accelerators <= machine.scale_up_domain;
  const Bandwidth link =
      meet || machine.scale_out <= Bandwidth{} ? machine.scale_up : machine.scale_out;
  const Seconds sent = parameters * machine.run.operand_bytes * B / link;
  const double bytes =
      (plan.apart > 0 ? 0 : plan.state_bytes) + (plan.reference ? machine.element_bytes : 0);
  return sent + 2 * (bytes * parameters / accelerators * B / machine.host);
}

}  // namespace

IterationTime iteration_time(const Architecture& model, const Reinforcement& plan,
                             const Batch& batch, int accelerators, Seconds step) {
  const bool all_again = batch.recompute == Recompute::kFull && batch.recompute_layers == 0;
  const double forward = all_again ? 1.0 / 4 : 1.0 / 3;
  IterationTime time;
  const double updates = plan.updates(batch);
  time.reward = plan.reward;
  time.training = updates * step;
  time.scoring = plan.scoring_passes * updates / plan.epochs * forward * step;
  if (plan.offline) return time;
  time.generation = generation_time(model, plan.generator,
                                    plan.apart > 0 ? plan.apart : accelerators, plan.responses);
  time.moving = moving_time(model, plan, accelerators);
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
