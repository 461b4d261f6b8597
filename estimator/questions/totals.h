// What phases come to once the time of each is known: hours, money, energy. Whoever asks of a run
// (estimate, size, search, sample) adds up by these.
#pragma once

#include <optional>
#include <vector>

#include "base/quantity.h"
#include "estimator/job/job.h"
#include "estimator/run/cost.h"
#include "estimator/run/goodput.h"

namespace traincost {

// By the accelerators that work: those that idle fail nobody. 1 of a phase whose stated time
// contains what is lost.
// `work` is its time without failures and pauses.
[[nodiscard]] Goodput phase_goodput(const Job& job, const Phase& phase, Seconds work);
// The same at other rates than those of its platforms, of each of which `failures` has a rate: of a
// node and day, whoever's fault they are.
[[nodiscard]] Goodput phase_goodput(const Phase& phase, const Reliability& reliability,
                                    const std::vector<double>& failures, Seconds work);
[[nodiscard]] std::vector<double> failure_rates(const Job& job);
// Of a node of those that a phase uses, in the mean.
[[nodiscard]] double failure_rate(const Phase& phase, const std::vector<double>& failures);

// Accelerator time of each of the job's platforms, from the time for which each phase holds its
// accelerators: what it loses is in it.
[[nodiscard]] std::vector<AcceleratorTime> held_time(const Job& job,
                                                     const std::vector<Seconds>& walls);

// What an hour of each platform costs by a method; none where no price is known by it, or where
// hours cost nothing.
using Prices = std::vector<std::optional<RentalPrice>>;
[[nodiscard]] Prices prices_by(const Job& job, CostMethod method);

// Of all platforms; none where one that is held has no price by that method.
[[nodiscard]] std::optional<Usd> cost_of(const Job& job, const std::vector<AcceleratorTime>& held,
                                         CostMethod method, const Prices& prices);

// What a phase's accelerators draw with their servers, over their rating: those that train, and
// those that generate apart from them.
struct PhaseDraw {
  double train = 0, generate = 0;
};
// By what they do in a step of that kind, or in an iteration of reinforcement learning; as the
// grid's record says where the time is stated, and as the job does where it states it.
[[nodiscard]] PhaseDraw draw_of(const Job& job, const Phase& phase, const StepEstimate& step,
                                const std::optional<IterationTime>& iteration);
[[nodiscard]] PhaseDraw average_draw(const Job& job);

// Of phases that hold their accelerators for so long and draw so much.
[[nodiscard]] Energy energy_of(const Job& job, const std::vector<Seconds>& walls,
                               const std::vector<PhaseDraw>& draws, const Grid& grid);

// Accelerators that a phase holds of each of the job's platforms, those that stand by included.
[[nodiscard]] std::vector<Accelerators> held_by_platform(const Job& job, const Phase& phase);

// The most accelerators of a platform that a phase holds, those that stand by included.
[[nodiscard]] double most_held(const Job& job, std::size_t platform);

// A line that is paid for beside the run: a share of the run's cost, a sum, or hours at the price
// of the job's own platform, nothing where they have none.
[[nodiscard]] Usd beyond_cost(const BeyondRun& line, Usd run, std::optional<RentalPrice> price);
// The run with all of them.
[[nodiscard]] Usd project_cost(const Job& job, Usd run, std::optional<RentalPrice> price);

// Of one phase by its wall time alone: no spares, nothing lost. None where hours have no price.
[[nodiscard]] std::optional<Usd> cost_without_losses(const Job& job, const Phase& phase,
                                                     Seconds wall);

// One phase: what `estimate` says of a job with that phase alone.
struct PhaseTotals {
  double steps = 0;  // 0 of a stated phase
  Seconds wall;      // goodput included, as the rest
  AcceleratorTime billed;
  std::optional<Usd> cost;
  Joules energy;
};
// From what an optimizer step comes to in a predicted phase, in the median.
[[nodiscard]] PhaseTotals phase_totals(const Job& job, const Phase& phase, Seconds step,
                                       const PhaseDraw& draw);
[[nodiscard]] PhaseTotals stated_totals(const Job& job, const Phase& phase);

}  // namespace traincost
