#include "estimator/questions/totals.h"

#include <algorithm>

#include "base/units.h"
#include "estimator/run/ownership.h"
#include "estimator/run/power.h"

namespace traincost {
namespace {

using namespace unit;

// Accelerators of a phase by platform: those that train, so many that stand by, and those that
// generate for them.
template <typename Function>
void each_platform(const Phase& phase, int spares, Function function) {
  function(phase.platform, (phase.count + spares) * accelerator);
  if (phase.apart() > 0) function(phase.generator_platform, phase.apart() * accelerator);
}

int working_ranks(const Phase& phase) {
  return phase.setup ? phase.setup->layout.ranks() : phase.count;
}

Energy phase_energy(const Job& job, const Phase& phase, Seconds wall, const PhaseDraw& draw,
                    const Grid& grid) {
  const auto of = [&](std::size_t platform, int count, double share) {
    const Platform& on = job.platforms[platform];
    return run_energy(wall * (count * accelerator), share * rated_power(on.accelerator, on.system),
                      grid);
  };
  Energy energy = of(phase.platform, phase.count + phase.spares, draw.train);
  if (phase.apart() > 0) {
    const Energy others = of(phase.generator_platform, phase.apart(), draw.generate);
    energy.total += others.total;
    energy.carbon += others.carbon;
    energy.water += others.water;
  }
  return energy;
}

PhaseTotals totals_of(const Job& job, const Phase& phase, Seconds work, const PhaseDraw& draw) {
  PhaseTotals totals;
  totals.wall = work / phase_goodput(job, phase, work).share;
  std::vector<AcceleratorTime> held(job.platforms.size());
  each_platform(phase, phase.spares, [&](std::size_t platform, Accelerators count) {
    held[platform] += totals.wall * count;
  });
  for (const AcceleratorTime each : held) totals.billed += each;
  if (job.cost_method != CostMethod::kAcquisition) {
    totals.cost = cost_of(job, held, job.cost_method, prices_by(job, job.cost_method));
  }
  totals.energy = phase_energy(job, phase, totals.wall, draw, job.grid).total;
  return totals;
}

// An hour of a platform by a method.
const Pricing* pricing_by(const Platform& platform, CostMethod method) {
  if (platform.pricing && platform.pricing->method == method) return &*platform.pricing;
  for (const Pricing& each : platform.compared) {
    if (each.method == method) return &each;
  }
  return nullptr;
}

}  // namespace

Goodput phase_goodput(const Job& job, const Phase& phase, Seconds work) {
  return phase_goodput(phase, job.platform(phase).reliability, failure_rates(job), work);
}

Goodput phase_goodput(const Phase& phase, const Reliability& reliability,
                      const std::vector<double>& failures, Seconds work) {
  if (phase.stated && !phase.fails) return {};
  const int ranks = working_ranks(phase) + phase.apart();
  const double rate = failure_rate(phase, failures);
  return with_pauses(goodput(reliability, rate, ranks, work), work, phase.pauses);
}

std::vector<double> failure_rates(const Job& job) {
  std::vector<double> rates;
  for (const Platform& each : job.platforms) {
    rates.push_back(each.reliability.failures_per_node_day);
  }
  return rates;
}

double failure_rate(const Phase& phase, const std::vector<double>& failures) {
  const double own = failures[phase.platform];
  if (phase.apart() == 0) return own;
  const double train = working_ranks(phase), generate = phase.apart();
  return (train * own + generate * failures[phase.generator_platform]) / (train + generate);
}

std::vector<AcceleratorTime> held_time(const Job& job, const std::vector<Seconds>& walls) {
  std::vector<AcceleratorTime> held(job.platforms.size());
  for (std::size_t i = 0; i < walls.size(); ++i) {
    each_platform(
        job.phases[i], job.phases[i].spares,
        [&](std::size_t platform, Accelerators count) { held[platform] += walls[i] * count; });
  }
  return held;
}

Prices prices_by(const Job& job, CostMethod method) {
  Prices prices;
  for (const Platform& each : job.platforms) {
    const Pricing* pricing = pricing_by(each, method);
    prices.push_back(pricing != nullptr ? std::optional(pricing->price) : std::nullopt);
  }
  return prices;
}

std::optional<Usd> cost_of(const Job& job, const std::vector<AcceleratorTime>& held,
                           CostMethod method, const Prices& prices) {
  Usd cost;
  for (std::size_t i = 0; i < held.size(); ++i) {
    if (held[i] <= AcceleratorTime{}) continue;  // phases have other platforms
    const Platform& platform = job.platforms[i];
    if (method == CostMethod::kAcquisition) {
      if (!platform.purchase) return std::nullopt;
      cost += acquisition_cost(platform.purchase->price, most_held(job, i), platform.ownership);
      continue;
    }
    if (!prices[i]) return std::nullopt;
    cost += rental_cost(held[i], *prices[i]);
  }
  return cost;
}

PhaseDraw average_draw(const Job& job) { return {job.grid.average_draw, job.grid.average_draw}; }

PhaseDraw draw_of(const Job& job, const Phase& phase, const StepEstimate& step,
                  const std::optional<IterationTime>& iteration) {
  if (job.states_draw) return average_draw(job);
  const Platform& platform = job.platform(phase);
  Activity activity = activity_of(step);
  PhaseDraw draw;
  if (iteration) {
    activity = activity_of(*iteration, activity, phase.apart() == 0);
    const Platform& others = job.platforms[phase.generator_platform];
    draw.generate = draw_of(others.accelerator, others.system, activity_of_generators(*iteration));
  }
  draw.train = draw_of(platform.accelerator, platform.system, activity);
  return draw;
}

Energy energy_of(const Job& job, const std::vector<Seconds>& walls,
                 const std::vector<PhaseDraw>& draws, const Grid& grid) {
  Energy sum;
  for (std::size_t i = 0; i < walls.size(); ++i) {
    const Energy each = phase_energy(job, job.phases[i], walls[i], draws[i], grid);
    sum.total += each.total;
    sum.carbon += each.carbon;
    sum.water += each.water;
  }
  return sum;
}

Usd beyond_cost(const BeyondRun& line, Usd run, std::optional<RentalPrice> price) {
  return line.share * run + line.cost + (price ? rental_cost(line.time, *price) : Usd{});
}

Usd project_cost(const Job& job, Usd run, std::optional<RentalPrice> price) {
  Usd all = run;
  for (const BeyondRun& each : job.beyond) all += beyond_cost(each, run, price);
  return all;
}

std::optional<Usd> cost_without_losses(const Job& job, const Phase& phase, Seconds wall) {
  Usd cost;
  bool priced = true;
  each_platform(phase, 0, [&](std::size_t platform, Accelerators count) {
    const auto& pricing = job.platforms[platform].pricing;
    priced = priced && pricing;
    if (priced) cost += rental_cost(wall * count, pricing->price);
  });
  return priced ? std::optional(cost) : std::nullopt;
}

std::vector<Accelerators> held_by_platform(const Job& job, const Phase& phase) {
  std::vector<Accelerators> held(job.platforms.size());
  each_platform(phase, phase.spares,
                [&](std::size_t platform, Accelerators count) { held[platform] += count; });
  return held;
}

double most_held(const Job& job, std::size_t platform) {
  double most = 0;
  for (const Phase& phase : job.phases) {
    most = std::max(most, held_by_platform(job, phase)[platform].in(accelerator));
  }
  return most;
}

PhaseTotals phase_totals(const Job& job, const Phase& phase, Seconds step, const PhaseDraw& draw) {
  const double steps = phase.tokens / tokens_per_step(phase.setup->batch);
  PhaseTotals totals = totals_of(job, phase, steps * step, draw);
  totals.steps = steps;
  return totals;
}

PhaseTotals stated_totals(const Job& job, const Phase& phase) {
  return totals_of(job, phase, *phase.stated / phase.used(), average_draw(job));
}

}  // namespace traincost
