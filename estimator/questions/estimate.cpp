#include "estimator/questions/estimate.h"

#include <algorithm>

#include "base/units.h"
#include "estimator/model/flops.h"
#include "estimator/run/cost.h"

namespace traincost {
namespace {

using namespace unit;

PhaseEstimate predict(const Phase& phase) {
  const StepSetup& setup = *phase.setup;
  StepEstimate step = estimate_step(setup.context());
  const Tokens per_step = tokens_per_step(setup.batch);
  const double steps = phase.tokens / per_step;
  const Accelerators count = static_cast<double>(phase.count) * accelerator;

  PhaseEstimate result;
  result.name = phase.name;
  result.tokens = phase.tokens;
  result.wall = steps * step.time;
  result.time = count * result.wall;
  result.throughput = per_step / step.time / count;
  const FlopsPerToken model_flops = model_flops_per_token(setup.model, setup.batch.sequence_length);
  const auto utilization = [&](FlopsPerToken flops, FlopRate peak) {
    return (flops * result.throughput) / (peak / accelerator);
  };
  result.mfu = utilization(model_flops, setup.machine.bf16_peak);
  result.mfu_run_precision = utilization(model_flops, setup.machine.run.peak);
  result.hfu = utilization(model_flops + step.recomputed, setup.machine.bf16_peak);
  result.run_precision = setup.machine.run_precision;
  result.doubt = phase.doubt;
  result.layout = setup.layout;
  result.batch = setup.batch;
  result.step = std::move(step);
  return result;
}

PhaseEstimate state(const Job& job, const Phase& phase) {
  PhaseEstimate result;
  result.name = phase.name;
  result.tokens = phase.tokens;
  result.time = *phase.stated;
  result.wall = result.time / (static_cast<double>(phase.count) * accelerator);
  if (phase.tokens > Tokens{}) {
    result.throughput = phase.tokens / result.time;
    const double length = phase.setup ? phase.setup->batch.sequence_length : 4096;
    const auto peak = job.accelerator.peak("bf16");
    if (peak) {
      result.mfu =
          model_flops_per_token(job.model, length) * result.throughput / (*peak / accelerator);
    }
  }
  return result;
}

}  // namespace

PhaseTotals phase_totals(const Job& job, const Phase& phase, Seconds step) {
  const Goodput share = goodput(job.reliability, phase.count);
  PhaseTotals totals;
  totals.steps = phase.tokens / tokens_per_step(phase.setup->batch);
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
    result.phases.push_back(predict(phase));
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
    if (!phase.setup) continue;
    length = phase.setup->batch.sequence_length;
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
