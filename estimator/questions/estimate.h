// What will this run take: memory, time, accelerator-hours, dollars, energy?
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "base/quantity.h"
#include "estimator/job/job.h"
#include "estimator/questions/totals.h"
#include "estimator/run/cost.h"
#include "estimator/run/goodput.h"
#include "estimator/step/placement.h"
#include "estimator/step/step.h"

namespace traincost {

// Quantiles of a headline figure, by the engine's own error on runs that it has not seen.
template <typename Q>
struct Spread {
  Q p5, p50, p95;
};

struct PhaseEstimate {
  std::string name;
  Tokens tokens;
  AcceleratorTime time;  // without failures
  Seconds wall;
  std::optional<Layout> layout;  // where predicted; chosen where the job left it open
  std::optional<Batch> batch;
  std::vector<PlacedGroup> placement;      // where the layout's groups meet
  std::optional<StepEstimate> step;        // as the physics has it, tuned
  Seconds step_time;                       // the median of what such software makes of it; of
                                           //   reinforcement learning an iteration's
  std::optional<IterationTime> iteration;  // where it is that, as the physics has it, tuned
  TokenRatePerAccelerator throughput;      // zero where a stated phase names no tokens
  double mfu = 0;                          // model FLOPs over the dense bf16 peak; 0 where unknown
  double mfu_run_precision = 0;
  double hfu = 0;  // recomputed FLOPs included
  std::string run_precision;
  // Bytes for each parameter of the update: what it keeps beside weights and gradients, gradients
  // as they are added up, and as replicas exchange them.
  double optimizer_bytes = 0, gradient_bytes = 0, reduction_bytes = 0;
  std::optional<Usd> cost;         // of `time`, where a price is known
  Goodput goodput;                 // 1 where the stated time contains what is lost
  double interruptions = 0;        // expected
  bool contains_failures = false;  // in its stated time
  PhaseDraw draw;                  // of its servers, over their rating
  double held = 1;                 // accelerators paid for, spares included, over those it has
  Doubt doubt;                     // factors on time; 1 where the phase is stated
  double tuned = 1;                // what the physics alone says of time
  Evidence evidence;               // none where the phase is stated
};

// FLOPs per token under each convention that the world quotes, at the first phase's sequence.
struct FlopsByConvention {
  double sequence_length = 0;
  FlopsPerToken six_n, six_n_attention, causal, causal_mtp, full;
};

// The whole run's cost by one method; absent where a platform has no price by it.
struct CostByMethod {
  CostMethod method = CostMethod::kRental;
  std::optional<Usd> cost;
  Spread<Usd> spread;
};

// A line beside the final run.
struct BeyondCost {
  std::string name;
  Usd cost;
};

struct Estimate {
  std::vector<PhaseEstimate> phases;
  FlopsByConvention flops;
  AcceleratorTime busy;      // phases as they stand, in the median
  Goodput goodput;           // over the predicted phases; the interval is the longest one's
  double interruptions = 0;  // expected, of those
  Spread<double> interruptions_spread{};  // by chance, and by other clusters where none is named
  AcceleratorTime billed;                 // goodput included
  AcceleratorTime tuned;                  // the same, as the physics alone has it
  Seconds wall;
  std::optional<Usd> cost;  // by the job's method
  Joules energy;
  Power mean_power;  // of an accelerator with its share of the server, before PUE
  Grams carbon;
  Volume water;    // drawn on site; zero where none is recorded
  Grams embodied;  // the accelerators' making, by the share of their life that this takes
  Energy boards;   // by the boundary of model cards: boards alone, at their rating
  Spread<AcceleratorTime> billed_spread;  // the phases' errors taken as one: they share the engine
  Spread<Seconds> wall_spread;
  std::optional<Spread<Usd>> cost_spread;
  std::vector<BeyondCost> beyond;             // empty where the cost is not known
  std::optional<Spread<Usd>> project_spread;  // the run with those
  std::vector<CostByMethod> methods;          // where the job asks for all of them
  std::optional<Memory> memory;               // of the phase that needs most of what it has
  std::string memory_phase;

  // Training, in every phase; and all that is generated.
  [[nodiscard]] bool trains() const { return !memory || memory->fits(); }
  [[nodiscard]] bool fits() const {
    return trains() && std::all_of(phases.begin(), phases.end(), [](const PhaseEstimate& each) {
             return !each.iteration || each.iteration->fits();
           });
  }
};

// The job's layouts must be legal (choice.h makes them so). Total; cannot fail.
[[nodiscard]] Estimate estimate(const Job& job);
// The same in scratch memory that is used again, one a thread.
[[nodiscard]] Estimate estimate(const Job& job, StepWorkspace& workspace);

}  // namespace traincost
