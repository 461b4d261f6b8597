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
  const bool meet = accelerators + plan.apart <= machine.scale_up_domain;
  const Bandwidth link =
      meet || machine.scale_out <= Bandwidth{} ? machine.scale_up : machine.scale_out;
  const Seconds sent = parameters * machine.run.operand_bytes * B / link;
  if (plan.apart > 0) return sent;
  const Bytes states = plan.state_bytes * parameters / accelerators * B;
  return sent + 2 * (states / machine.host);
}

}  // namespace

IterationTime iteration_time(const Architecture& model, const Reinforcement& plan,
                             const Batch& batch, int accelerators, Seconds step) {
  constexpr double kForward = 1.0 / 3;
  IterationTime time;
  const double updates = plan.updates(batch);
  time.reward = plan.reward;
  time.training = updates * step;
  time.scoring = plan.scoring_passes * updates / plan.epochs * kForward * step;
  if (plan.offline) return time;
  time.generation = generation_time(model, plan.generator,
                                    plan.apart > 0 ? plan.apart : accelerators, plan.responses);
  time.moving = moving_time(model, plan, accelerators);
  if (plan.asynchronous) {
    time.hidden = min(time.generation.total() + time.reward, time.scoring + time.training);
  }
  return time;
}

}  // namespace traincost
