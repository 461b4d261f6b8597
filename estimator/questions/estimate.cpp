#include "estimator/questions/estimate.h"

#include <algorithm>
#include <set>

#include "base/units.h"
#include "estimator/model/flops.h"
#include "estimator/run/cost.h"

namespace traincost {
namespace {

using namespace unit;

constexpr Recompute kLeastFirst[] = {Recompute::kNone, Recompute::kSelective, Recompute::kFull};

// Orders candidates: what fits before what does not, then the faster, then the less overfull.
struct Candidate {
  PredictedPhase phase;
  Seconds time_per_sequence;
  double overfull = 0;  // required over available; at most 1 fits
};

bool better(const Candidate& a, const Candidate& b) {
  const bool a_fits = a.overfull <= 1;
  const bool b_fits = b.overfull <= 1;
  if (a_fits != b_fits) return a_fits;
  return a_fits ? a.time_per_sequence < b.time_per_sequence : a.overfull < b.overfull;
}

std::vector<int> divisors_up_to(int number, int limit) {
  std::vector<int> divisors;
  for (int i = 1; i <= std::min(number, limit); i *= 2) {
    if (number % i == 0) divisors.push_back(i);
  }
  return divisors;
}

// Tensor parallelism inside a scale-up domain, every power-of-two depth, a few virtual stages.
std::vector<Layout> coarse_layouts(const Architecture& model, const Machine& machine, int count) {
  std::vector<Layout> layouts;
  const int layers = model.layer_count();
  for (const int tp : divisors_up_to(count, std::min(machine.scale_up_domain, 8))) {
    for (const int pp : divisors_up_to(count / tp, layers)) {
      const int most_virtual = pp > 1 ? std::max(1, layers / pp) : 1;
      for (const int ep : {1, 8, 32, 64}) {
        if (ep > 1 && !model.has_experts()) continue;
        for (const int vp : std::set<int>{1, most_virtual}) {
          Layout layout;
          layout.tp = tp;
          layout.pp = pp;
          layout.vp = vp;
          layout.ep = ep;
          layout.dp = count / (tp * pp);
          layout.sequence_parallel = tp > 1;
          layout.tp_overlap = tp > 1;
          layout.schedule = vp > 1 ? Schedule::kInterleaved : Schedule::k1F1B;
          layouts.push_back(layout);
        }
      }
    }
  }
  return layouts;
}

Candidate evaluate(PredictedPhase phase) {
  const StepContext context{phase.model, phase.machine, phase.layout, phase.batch};
  const StepEstimate step = estimate_step(context);
  Candidate candidate;
  candidate.time_per_sequence = step.time / static_cast<double>(phase.batch.global_batch);
  candidate.overfull = step.memory.required / step.memory.available;
  candidate.phase = std::move(phase);
  return candidate;
}

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

PredictedPhase with_chosen_layout(PredictedPhase phase, int count) {
  const Architecture& model = phase.model;
  std::optional<Candidate> best;
  for (const Layout& layout : coarse_layouts(model, phase.machine, count)) {
    for (const int micro : {1, 2, 4}) {
      PredictedPhase trial = phase;
      trial.layout = layout;
      trial.batch.micro_batch = micro;
      if (!layout_faults(trial.layout, trial.batch, model, count).empty()) continue;
      for (const Recompute recompute : kLeastFirst) {
        trial.batch.recompute = recompute;
        Candidate candidate = evaluate(trial);
        const bool fits = candidate.overfull <= 1;
        if (!best || better(candidate, *best)) best = std::move(candidate);
        if (fits) break;  // more recomputation only costs time
      }
    }
  }
  if (best) return std::move(best->phase);
  // No power-of-two layout is legal: plain data parallelism is, whatever the count.
  phase.layout.dp = count;
  return phase;
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
