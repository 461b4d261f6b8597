#include "estimator/questions/estimate.h"

#include <algorithm>

#include "base/units.h"
#include "estimator/model/flops.h"
#include "estimator/questions/layout_search.h"
#include "estimator/run/cost.h"

namespace traincost {
namespace {

using namespace unit;

PhaseEstimate predict(const Phase& phase, const PredictedPhase& chosen) {
  const StepContext context{chosen.model, chosen.machine, chosen.layout, chosen.batch};
  StepEstimate step = estimate_step(context);
  const Tokens per_step =
      static_cast<double>(chosen.batch.global_batch) * chosen.batch.sequence_length * token;
  const double steps = phase.tokens / per_step;
  const Accelerators count = static_cast<double>(phase.count) * accelerator;

  PhaseEstimate result;
  result.name = phase.name;
  result.tokens = phase.tokens;
  result.wall = steps * step.time;
  result.time = count * result.wall;
  result.throughput = per_step / step.time / count;
  const FlopsPerToken model_flops =
      model_flops_per_token(chosen.model, chosen.batch.sequence_length);
  const auto utilization = [&](FlopsPerToken flops, FlopRate peak) {
    return (flops * result.throughput) / (peak / accelerator);
  };
  result.mfu = utilization(model_flops, chosen.machine.bf16_peak);
  result.mfu_run_precision = utilization(model_flops, chosen.machine.run.peak);
  result.hfu = utilization(model_flops + step.recomputed, chosen.machine.bf16_peak);
  result.run_precision = chosen.machine.run_precision;
  result.doubt = chosen.doubt;
  result.layout = chosen.layout;
  result.batch = chosen.batch;
  result.step = std::move(step);
  return result;
}

PhaseEstimate state(const Job& job, const Phase& phase) {
  PhaseEstimate result;
  result.name = phase.name;
  result.tokens = phase.tokens;
  result.time = phase.stated->time;
  result.wall = result.time / (static_cast<double>(phase.count) * accelerator);
  if (phase.tokens > Tokens{}) {
    result.throughput = phase.tokens / result.time;
    const double length = phase.predicted ? phase.predicted->batch.sequence_length : 4096;
    const auto peak = job.accelerator.peak("bf16");
    if (peak) {
      result.mfu =
          model_flops_per_token(job.model, length) * result.throughput / (*peak / accelerator);
    }
  }
  return result;
}

}  // namespace

// Tensor parallelism inside a scale-up domain, every depth that is a power of two times a small odd
// divisor of the count, a few virtual stages.
LayoutSpace coarse_space(const Architecture& model, const Machine& machine, int count) {
  LayoutSpace space;
  constexpr int kMostTensorParallel = 8;
  for (int tp = 1; tp <= std::min(machine.scale_up_domain, kMostTensorParallel); tp *= 2) {
    space.tp.push_back(tp);
  }
  const int layers = model.layer_count();
  space.vp = {1};
  constexpr int kMostOdd = 15;
  for (int odd = 1; odd <= kMostOdd; odd += 2) {
    if (count % odd != 0) continue;
    for (int pp = odd; pp <= layers; pp *= 2) {
      space.pp.push_back(pp);
      if (pp > 1 && layers / pp > 1) space.vp.push_back(layers / pp);
    }
  }
  space.cp = {1};
  space.ep = {1, 8, 32, 64};
  space.expert_tp = {1};
  space.zero = {1};
  space.zero_shards = {0};
  space.micro_batch = {1, 2, 4};
  space.sequence_parallel = {true};
  space.tp_overlap = {machine.stack.overlaps_tp};
  space.offload_activations = space.offload_optimizer = {false};
  return space;
}

std::optional<PredictedPhase> with_chosen_layout(PredictedPhase phase, int count,
                                                 LayoutSpace pins) {
  LayoutSpace space = coarse_space(phase.model, phase.machine, count);
  if (!pins.micro_batch.empty()) space.micro_batch = std::move(pins.micro_batch);
  space.recompute = std::move(pins.recompute);
  std::optional<PredictedPhase> best;
  constexpr int kUsual = 1, kWhereNothingElseFits = 3;
  for (const int level : {kUsual, kWhereNothingElseFits}) {
    space.zero = {level};
    auto found = with_best_layout(phase, count, closed(space));
    if (!found) continue;
    const bool fits =
        step_memory({found->model, found->machine, found->layout, found->batch}).fits();
    if (fits) return found;
    if (!best) best = std::move(found);
  }
  if (best) return best;
  // Plain data parallelism is legal whatever the count, if the batch can be shared.
  phase.layout.dp = count;
  if (!layout_faults(phase.layout, phase.batch, phase.model, count).empty()) return std::nullopt;
  return phase;
}

PhaseTotals phase_totals(const Job& job, const Phase& phase, Seconds step) {
  const Batch& batch = phase.predicted->batch;
  const Goodput share = goodput(job.reliability, phase.count);
  PhaseTotals totals;
  totals.steps =
      phase.tokens / (static_cast<double>(batch.global_batch) * batch.sequence_length * token);
  totals.wall = totals.steps / share.share * step;
  totals.billed = static_cast<double>(phase.count) * accelerator * totals.wall;
  if (job.pricing) totals.cost = rental_cost(totals.billed, job.pricing->price).total;
  totals.energy =
      run_energy(totals.billed, mean_power(job.accelerator, job.system, job.grid), job.grid).total;
  return totals;
}

Estimate estimate(const Job& job) {
  Estimate result;
  AcceleratorTime predicted, stated;
  Seconds predicted_wall, stated_wall;
  double largest_count = 0;
  for (const Phase& phase : job.phases) {
    if (phase.stated) {
      result.phases.push_back(state(job, phase));
      stated += result.phases.back().time;
      stated_wall += result.phases.back().wall;
      continue;
    }
    result.phases.push_back(predict(phase, *phase.predicted));
    PhaseEstimate& each = result.phases.back();
    predicted += each.time;
    predicted_wall += each.wall;
    largest_count = std::max(largest_count, static_cast<double>(phase.count));
    const Memory& memory = each.step->memory;
    const bool tighter = !result.memory || memory.required / memory.available >
                                               result.memory->required / result.memory->available;
    if (tighter) {
      result.memory = memory;
      result.memory_phase = phase.name;
    }
  }

  double length = 4096;
  for (const Phase& phase : job.phases) {
    if (!phase.predicted) continue;
    length = phase.predicted->batch.sequence_length;
    break;
  }
  result.flops.sequence_length = length;
  result.flops.six_n = six_n_per_token(job.model);
  result.flops.six_n_attention =
      six_n_attention_per_token(job.model, length, AttentionCount::kFull);
  result.flops.causal = model_flops_per_token(job.model, length);
  result.flops.causal_mtp =
      model_flops_per_token(job.model, length, {AttentionCount::kCausal, true});
  result.flops.full = model_flops_per_token(job.model, length, {AttentionCount::kFull, false});

  if (largest_count > 0) result.goodput = goodput(job.reliability, largest_count);
  result.busy = predicted + stated;
  result.billed = predicted / result.goodput.share + stated;
  result.wall = predicted_wall / result.goodput.share + stated_wall;
  for (const PhaseEstimate& each : result.phases) {
    const double share = each.step ? result.goodput.share : 1;
    const auto add = [&](auto& spread, auto quantity) {
      spread.p5 += each.doubt.p5 / share * quantity;
      spread.p50 += each.doubt.p50 / share * quantity;
      spread.p95 += each.doubt.p95 / share * quantity;
    };
    add(result.billed_spread, each.time);
    add(result.wall_spread, each.wall);
  }
  if (job.pricing) result.cost = rental_cost(result.billed, job.pricing->price).total;
  const Energy energy =
      run_energy(result.billed, mean_power(job.accelerator, job.system, job.grid), job.grid);
  result.energy = energy.total;
  result.carbon = energy.carbon;
  return result;
}

}  // namespace traincost
