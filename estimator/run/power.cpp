#include "estimator/run/power.h"

#include <algorithm>

#include "base/units.h"
#include "estimator/run/cost.h"

namespace traincost {
namespace {

using namespace unit;

constexpr double kProducts = 0.90, kMemory = 0.60, kLinks = 0.37, kNetwork = 0.26, kWaiting = 0.21;
constexpr double kRestOfServer = 0.65;

double Activity::*kind_of(Cause cause) {
  switch (cause) {
    case Cause::kGemm:
    case Cause::kAttention:
    case Cause::kRecompute: return &Activity::products;
    case Cause::kElementWise:
    case Cause::kCast:
    case Cause::kOptimizer: return &Activity::memory;
    case Cause::kTensorParallel:
    case Cause::kExpertParallel:
    case Cause::kContextParallel: return &Activity::links;
    case Cause::kShardedData:
    case Cause::kPipelineSend:
    case Cause::kDataParallel: return &Activity::network;
    default: return nullptr;  // waits
  }
}

void add(double share, const Activity& of, Activity& sum) {
  sum.products += share * of.products;
  sum.memory += share * of.memory;
  sum.links += share * of.links;
  sum.network += share * of.network;
}

}  // namespace

Activity activity_of(const StepEstimate& step) {
  Activity activity;
  for (const StepTerm& term : step.terms) {
    if (double Activity::*kind = kind_of(term.cause)) activity.*kind += term.time / step.time;
  }
  return activity;
}

Activity activity_of(const IterationTime& iteration, const Activity& step, bool generates) {
  const Seconds all = iteration.total();
  Activity activity;
  add((iteration.scoring + iteration.training) / all, step, activity);
  if (generates) {
    add(1, activity_of_generators(iteration), activity);
  } else {
    activity.network += iteration.moving / all;
  }
  return activity;
}

Activity activity_of_generators(const IterationTime& iteration) {
  const Seconds all = iteration.total();
  return {.products = iteration.generation.prefill / all,
          .memory = iteration.generation.decode / all,
          .network = iteration.moving / all};
}

double board_draw(const Activity& activity) {
  const double waits =
      std::max(0.0, 1 - activity.products - activity.memory - activity.links - activity.network);
  return kProducts * activity.products + kMemory * activity.memory + kLinks * activity.links +
         kNetwork * activity.network + kWaiting * waits;
}

double draw_of(const Accelerator& accelerator, const System& system, const Activity& activity) {
  const Power rated = rated_power(accelerator, system);
  if (rated <= Power{}) return 0;
  const Power board = min(rated, accelerator.board_power.value_or(rated));
  return (board_draw(activity) * board + kRestOfServer * (rated - board)) / rated;
}

}  // namespace traincost
