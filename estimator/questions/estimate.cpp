#include "estimator/questions/estimate.h"

#include <algorithm>

#include "base/units.h"
#include "estimator/doubt/failure_rates.h"
#include "estimator/model/flops.h"
#include "estimator/run/cost.h"

namespace traincost {

Goodput phase_goodput(const Job& job, const Phase& phase, Seconds work) {
  if (phase.stated && !phase.fails) return {};
  const int ranks = phase.setup ? phase.setup->layout.ranks() : phase.count;
  return with_pauses(goodput(job.platform(phase).reliability, ranks, work), work, phase.pauses);
}

namespace {

using namespace unit;

void add_failures(const Job& job, const Phase& phase, PhaseEstimate& result) {
  result.goodput = phase_goodput(job, phase, result.wall);
  result.held = phase.held();
  if (result.goodput.time_to_interruption <= Seconds{}) return;
  result.interruptions = result.wall / result.goodput.share / result.goodput.time_to_interruption;
}

PhaseEstimate predict(const Job& job, const Phase& phase, StepWorkspace& workspace) {
  const StepSetup& setup = *phase.setup;
  StepEstimate step = estimate_step(setup.context(), workspace);
  const Tokens per_step = tokens_per_step(setup.batch);
  const double steps = phase.tokens / per_step;
  const Accelerators count = static_cast<double>(phase.count) * accelerator;

  PhaseEstimate result;
  result.name = phase.name;
  result.tokens = phase.tokens;
  result.evidence = evidence_of(job, phase, step);
  const Doubt doubt = doubt_of(job, phase, step, result.evidence);
  result.step_time = doubt.p50 * step.time;
  result.tuned = 1 / doubt.p50;
  result.doubt = doubt.of_median();
  result.wall = steps * result.step_time;
  result.time = count * result.wall;
  add_failures(job, phase, result);
  result.throughput = per_step / result.step_time / count;
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
  result.wall = result.time / (static_cast<double>(phase.count) * accelerator);
  result.contains_failures = !phase.fails;
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

PhaseTotals stated_totals(const Job& job, const Phase& phase, AcceleratorTime billed) {
  const Platform& platform = job.platform(phase);
  PhaseTotals totals;
  totals.billed = billed;
  totals.wall = billed / (phase.held() * static_cast<double>(phase.count) * accelerator);
  if (platform.pricing) totals.cost = rental_cost(billed, platform.pricing->price);
  totals.energy =
      run_energy(billed, mean_power(platform.accelerator, platform.system, job.grid), job.grid)
          .total;
  return totals;
}

PhaseTotals phase_totals(const Job& job, const Phase& phase, Seconds step) {
  const double steps = phase.tokens / tokens_per_step(phase.setup->batch);
  const Seconds work = steps * step;
  const Seconds wall = 1 / phase_goodput(job, phase, work).share * work;
  PhaseTotals totals = stated_totals(
      job, phase, phase.held() * static_cast<double>(phase.count) * accelerator * wall);
  totals.steps = steps;
  totals.wall = wall;
  return totals;
}

namespace {

// What phases of one platform come to.
struct PlatformTime {
  AcceleratorTime billed;
  Spread<AcceleratorTime> spread;
  int most = 0;  // accelerators of a phase
};

// An hour of a platform by a method; none where its price is not known or hours cost nothing.
const Pricing* pricing_by(const Platform& platform, CostMethod method) {
  if (platform.pricing && platform.pricing->method == method) return &*platform.pricing;
  for (const Pricing& each : platform.compared) {
    if (each.method == method) return &each;
  }
  return nullptr;
}

// Money, platform by platform: each has a price of its own.
CostByMethod cost_by(const Job& job, const std::vector<PlatformTime>& times, CostMethod method) {
  CostByMethod result;
  result.method = method;
  Usd cost;
  for (std::size_t i = 0; i < times.size(); ++i) {
    const Platform& platform = job.platforms[i];
    const PlatformTime& time = times[i];
    if (time.billed <= AcceleratorTime{}) continue;  // phases have other platforms
    if (method == CostMethod::kAcquisition) {
      if (!platform.purchase) return result;
      const Usd bought = acquisition_cost(platform.purchase->price, time.most, platform.ownership);
      for (Usd* each : {&cost, &result.spread.p5, &result.spread.p50, &result.spread.p95}) {
        *each += bought;
      }
      continue;
    }
    const Pricing* pricing = pricing_by(platform, method);
    if (pricing == nullptr) return result;
    cost += rental_cost(time.billed, pricing->price);
    result.spread.p5 += rental_cost(time.spread.p5, pricing->price);
    result.spread.p50 += rental_cost(time.spread.p50, pricing->price);
    result.spread.p95 += rental_cost(time.spread.p95, pricing->price);
  }
  result.cost = cost;
  return result;
}

// Energy, platform by platform: each has a draw of its own.
void add_up_energy(const Job& job, const std::vector<PlatformTime>& times, Estimate& result) {
  for (std::size_t i = 0; i < times.size(); ++i) {
    const Platform& platform = job.platforms[i];
    const Energy energy = run_energy(
        times[i].billed, mean_power(platform.accelerator, platform.system, job.grid), job.grid);
    result.energy += energy.total;
    result.carbon += energy.carbon;
    result.water += energy.water;
    result.embodied += embodied_carbon(times[i].billed, platform.accelerator, kServerLife);
    const Energy boards = board_energy(times[i].billed, platform.accelerator, job.grid);
    result.boards.total += boards.total;
    result.boards.carbon += boards.carbon;
  }
}

// Over the phases that do not already contain what they lost.
void add_up_failures(const Job& job, Estimate& result) {
  Seconds wall, written, lost, paused, longest;
  Goodput& all = result.goodput;
  double of_hardware = 0;  // interruptions, beside the provider's
  for (std::size_t i = 0; i < result.phases.size(); ++i) {
    const PhaseEstimate& each = result.phases[i];
    if (each.contains_failures) continue;
    const Seconds rented = each.wall / each.goodput.share;
    wall += rented;
    written += each.goodput.writing * rented;
    lost += each.goodput.lost * rented;
    paused += each.goodput.paused * rented;
    result.interruptions += each.interruptions;
    const double all_failures = job.platform(job.phases[i]).reliability.failures_per_node_day;
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

void add_up_money(const Job& job, const std::vector<PlatformTime>& times, Estimate& result) {
  const CostByMethod own = cost_by(job, times, job.cost_method);
  if (own.cost) {
    result.cost = own.cost;
    result.cost_spread = own.spread;
  }
  if (own.cost) {
    for (const BeyondRun& each : job.beyond) {
      const auto& pricing = job.platform().pricing;
      const Usd hours = pricing ? rental_cost(each.time, pricing->price) : Usd{};
      result.beyond.push_back({each.name, each.share * *own.cost + each.cost + hours});
    }
  }
  if (!job.all_methods) return;
  for (const auto& each : kCostMethods) {
    result.methods.push_back(cost_by(job, times, each.value));
  }
}

}  // namespace

Estimate estimate(const Job& job) {
  StepWorkspace workspace;
  return estimate(job, workspace);
}

Estimate estimate(const Job& job, StepWorkspace& workspace) {
  Estimate result;
  std::vector<PlatformTime> times(job.platforms.size());
  for (const Phase& phase : job.phases) {
    PlatformTime& time = times[phase.platform];
    time.most = std::max(time.most, phase.count + phase.spares);
    result.phases.push_back(phase.stated ? state(job, phase) : predict(job, phase, workspace));
    PhaseEstimate& each = result.phases.back();
    const auto& pricing = job.platform(phase).pricing;
    if (pricing) each.cost = rental_cost(each.time, pricing->price);
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

  for (std::size_t i = 0; i < result.phases.size(); ++i) {
    const PhaseEstimate& each = result.phases[i];
    PlatformTime& time = times[job.phases[i].platform];
    const double share = each.goodput.share;
    const auto add = [&](auto& spread, auto quantity) {
      spread.p5 += each.doubt.p5 / share * quantity;
      spread.p50 += each.doubt.p50 / share * quantity;
      spread.p95 += each.doubt.p95 / share * quantity;
    };
    result.busy += each.time;
    result.billed += each.held / share * each.time;
    result.wall += each.wall / share;
    result.tuned += each.tuned * each.held / share * each.time;
    time.billed += each.held / share * each.time;
    add(result.billed_spread, each.held * each.time);
    add(result.wall_spread, each.wall);
    add(time.spread, each.held * each.time);
  }
  add_up_failures(job, result);
  add_up_energy(job, times, result);
  add_up_money(job, times, result);
  return result;
}

}  // namespace traincost
