#include "estimator/questions/estimate.h"

#include <algorithm>
#include <numeric>

#include "base/units.h"
#include "estimator/doubt/failure_rates.h"
#include "estimator/model/flops.h"
#include "estimator/questions/totals.h"
#include "estimator/run/cost.h"

namespace traincost {

namespace {

using namespace unit;

void add_failures(const Job& job, const Phase& phase, PhaseEstimate& result) {
  result.goodput = phase_goodput(job, phase, result.wall);
  result.held = phase.held() / phase.used();
  if (result.goodput.time_to_interruption <= Seconds{}) return;
  result.interruptions = result.wall / result.goodput.share / result.goodput.time_to_interruption;
}

PhaseEstimate predict(const Job& job, const Phase& phase, StepWorkspace& workspace) {
  const StepSetup& setup = *phase.setup;
  StepEstimate step = estimate_step(setup.context(), workspace);
  const Tokens per_step = tokens_per_step(setup.batch);
  const double steps = phase.tokens / per_step;
  const Accelerators count = phase.used();

  PhaseEstimate result;
  result.name = phase.name;
  result.tokens = phase.tokens;
  result.evidence = evidence_of(job, phase, step);
  const Doubt doubt = doubt_of(job, phase, step, result.evidence);
  const StepInPhase in_phase = step_in_phase(phase, step.time);
  const Seconds one = in_phase.time(doubt.p50);
  result.iteration = in_phase.iteration;
  result.step_time = one / in_phase.share;
  result.tuned = in_phase.time(1) / one;
  result.doubt = in_phase.around(doubt);
  result.wall = steps * one;
  result.time = count * result.wall;
  result.draw = draw_of(job, phase, step, result.iteration);
  add_failures(job, phase, result);
  result.throughput = per_step / one / count;
  const FlopsPerToken model_flops = model_flops_per_token(setup.model, setup.batch.sequence_length);
  const auto utilization = [&](FlopsPerToken flops, FlopRate peak) {
    return (flops * result.throughput) / (peak / accelerator);
  };
  result.mfu = utilization(model_flops, setup.machine.bf16_peak);
  result.mfu_run_precision = utilization(model_flops, setup.machine.run.peak);
  result.hfu = utilization(model_flops + step.recomputed, setup.machine.bf16_peak);
  result.run_precision = setup.machine.run_precision;
  const Stack& stack = setup.machine.stack;
  result.optimizer_bytes = stack.optimizer_bytes;
  result.gradient_bytes = stack.gradient_bytes;
  result.reduction_bytes = stack.reduction_bytes;
  result.layout = setup.layout;
  result.placement = placement(setup.context());
  result.batch = setup.batch;
  result.step = std::move(step);
  return result;
}

PhaseEstimate state(const Job& job, const Phase& phase) {
  PhaseEstimate result;
  result.name = phase.name;
  result.tokens = phase.tokens;
  result.time = *phase.stated;
  result.wall = result.time / phase.used();
  result.contains_failures = !phase.fails;
  result.draw = average_draw(job);
  add_failures(job, phase, result);
  if (phase.tokens > Tokens{}) {
    result.throughput = phase.tokens / result.time;
    const double length = phase.sequence_length;
    const auto peak = job.platform(phase).accelerator.peak("bf16");
    if (peak) {
      result.mfu =
          model_flops_per_token(job.model, length) * result.throughput / (*peak / accelerator);
    }
  }
  return result;
}

}  // namespace

namespace {

// The time for which each phase holds its accelerators, in the median and where the engine's error
// makes it shortest and longest: the errors of phases are taken as one, since they share the
// engine.
struct Walls {
  std::vector<Seconds> median;
  Spread<std::vector<Seconds>> spread;
};

Walls walls_of(const Estimate& estimate) {
  Walls walls;
  for (const PhaseEstimate& each : estimate.phases) {
    const Seconds wall = each.wall / each.goodput.share;
    walls.median.push_back(wall);
    walls.spread.p5.push_back(each.doubt.p5 * wall);
    walls.spread.p50.push_back(each.doubt.p50 * wall);
    walls.spread.p95.push_back(each.doubt.p95 * wall);
  }
  return walls;
}

template <typename Q>
Q sum(const std::vector<Q>& all) {
  return std::accumulate(all.begin(), all.end(), Q{});
}

// `of` of each quantile.
template <typename Function>
auto spread_of(const Spread<std::vector<Seconds>>& walls, Function of) {
  return Spread<decltype(of(walls.p5))>{of(walls.p5), of(walls.p50), of(walls.p95)};
}

CostByMethod cost_by(const Job& job, const Walls& walls, CostMethod method) {
  CostByMethod result;
  result.method = method;
  const Prices prices = prices_by(job, method);
  const auto of = [&](const std::vector<Seconds>& wall) {
    return cost_of(job, held_time(job, wall), method, prices);
  };
  result.cost = of(walls.median);
  if (!result.cost) return result;
  result.spread =
      spread_of(walls.spread, [&](const std::vector<Seconds>& wall) { return *of(wall); });
  return result;
}

void add_up_energy(const Job& job, const Walls& walls, const std::vector<AcceleratorTime>& held,
                   Estimate& result) {
  std::vector<PhaseDraw> draws;
  for (const PhaseEstimate& each : result.phases) draws.push_back(each.draw);
  const Energy energy = energy_of(job, walls.median, draws, job.grid);
  result.energy = energy.total;
  const Seconds all = sum(held) / (1 * accelerator);
  if (all > Seconds{}) result.mean_power = 1 / job.grid.pue * (energy.total / all);
  result.carbon = energy.carbon;
  result.water = energy.water;
  for (std::size_t i = 0; i < held.size(); ++i) {
    const Accelerator& chip = job.platforms[i].accelerator;
    result.embodied += embodied_carbon(held[i], chip, kServerLife);
    const Energy boards = board_energy(held[i], chip, job.grid);
    result.boards.total += boards.total;
    result.boards.carbon += boards.carbon;
  }
}

// Over the phases that do not already contain what they lost.
void add_up_failures(const Job& job, Estimate& result) {
  Seconds wall, written, lost, paused, longest;
  Goodput& all = result.goodput;
  double of_hardware = 0;  // interruptions, beside the provider's
  const std::vector<double> rates = failure_rates(job);
  for (std::size_t i = 0; i < result.phases.size(); ++i) {
    const PhaseEstimate& each = result.phases[i];
    if (each.contains_failures) continue;
    const Seconds rented = each.wall / each.goodput.share;
    wall += rented;
    written += each.goodput.writing * rented;
    lost += each.goodput.lost * rented;
    paused += each.goodput.paused * rented;
    result.interruptions += each.interruptions;
    const double all_failures = failure_rate(job.phases[i], rates);
    if (all_failures > 0) {
      of_hardware += job.reliability.failures_per_node_day / all_failures * each.interruptions;
    }
    if (rented <= longest) continue;
    longest = rented;
    all.checkpoint_interval = each.goodput.checkpoint_interval;
  }
  if (wall <= Seconds{}) return;
  all.writing = written / wall;
  all.lost = lost / wall;
  all.paused = paused / wall;
  all.share = 1 - all.writing - all.lost - all.paused;
  if (result.interruptions <= 0) return;
  all.time_to_interruption = wall / result.interruptions;
  const Distribution count = interruptions(result.interruptions, of_hardware, job.failure_rate);
  constexpr double kLow = 0.05, kHigh = 0.95;
  result.interruptions_spread = {count.quantile(kLow), count.median(), count.quantile(kHigh)};
}

void add_up_money(const Job& job, const Walls& walls, Estimate& result) {
  const CostByMethod own = cost_by(job, walls, job.cost_method);
  if (own.cost) {
    result.cost = own.cost;
    result.cost_spread = own.spread;
  }
  if (own.cost) {
    const auto price = prices_by(job, job.cost_method).front();
    for (const BeyondRun& each : job.beyond) {
      result.beyond.push_back({each.name, beyond_cost(each, *own.cost, price)});
    }
    result.project_spread = {project_cost(job, own.spread.p5, price),
                             project_cost(job, own.spread.p50, price),
                             project_cost(job, own.spread.p95, price)};
  }
  if (!job.all_methods) return;
  for (const auto& each : kCostMethods) {
    result.methods.push_back(cost_by(job, walls, each.value));
  }
}

}  // namespace

Estimate estimate(const Job& job) {
  StepWorkspace workspace;
  return estimate(job, workspace);
}

Estimate estimate(const Job& job, StepWorkspace& workspace) {
  Estimate result;
  for (const Phase& phase : job.phases) {
    result.phases.push_back(phase.stated ? state(job, phase) : predict(job, phase, workspace));
    PhaseEstimate& each = result.phases.back();
    each.cost = cost_without_losses(job, phase, each.wall);
    if (!each.step) continue;
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
    if (!phase.setup && phase.sequence_length <= 0) continue;
    length = phase.setup ? phase.setup->batch.sequence_length : phase.sequence_length;
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

  const Walls walls = walls_of(result);
  const std::vector<AcceleratorTime> held = held_time(job, walls.median);
  const auto all_held = [&](const std::vector<Seconds>& wall) { return sum(held_time(job, wall)); };
  result.wall = sum(walls.median);
  result.wall_spread = spread_of(walls.spread, sum<Seconds>);
  result.billed = sum(held);
  result.billed_spread = spread_of(walls.spread, all_held);
  std::vector<Seconds> tuned = walls.median;
  for (std::size_t i = 0; i < tuned.size(); ++i) {
    result.busy += result.phases[i].time;
    tuned[i] = result.phases[i].tuned * tuned[i];
  }
  result.tuned = all_held(tuned);
  add_up_failures(job, result);
  add_up_energy(job, walls, held, result);
  add_up_money(job, walls, result);
  return result;
}

}  // namespace traincost
