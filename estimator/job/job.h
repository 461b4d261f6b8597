// A job: what is trained, on what, how, in which phases, at which price.
//
// Every name is resolved when a Job exists. What the spec left open was filled by a default, and
// each default is an Assumption; what a layout leaves open stays open until a question chooses
// (questions/choice.h).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/date.h"
#include "base/units.h"
#include "estimator/doubt/distribution.h"
#include "estimator/doubt/doubt.h"
#include "estimator/job/warnings.h"
#include "estimator/machine/engine.h"
#include "estimator/machine/optimizer.h"
#include "estimator/model/architecture.h"
#include "estimator/run/cost.h"
#include "estimator/run/ownership.h"
#include "estimator/run/reinforcement.h"
#include "estimator/search/layout_space.h"
#include "estimator/step/setup.h"
#include "hwdb/hwdb.h"

namespace traincost {

enum class Origin { kUser, kFile, kDefault, kDerived };
[[nodiscard]] std::string_view origin_name(Origin origin);

struct Assumption {
  std::string what;   // JSON pointer or name of the value
  std::string value;  // as a person reads it
  std::string why;
  Origin origin = Origin::kDefault;
};

// Adds it unless the same is there.
void assume(std::vector<Assumption>& assumptions, Assumption assumption);

// The basis of a price that the job states.
inline constexpr const char* kStatedPrice = "stated by the job";

// What an hour costs by one method.
struct Pricing {
  CostMethod method = CostMethod::kRental;
  RentalPrice price;
  std::string basis;               // where the price is from, in words
  std::optional<OwnedHour> owned;  // what it pays for, where it was bought
};

// What phases run on: a chip in a system, its software, and what an hour of it costs.
struct Platform {
  Accelerator accelerator;
  System system;
  Stack stack;
  bool names_software = false;     // the stack is the spec's choice, not an assumption
  std::optional<Pricing> pricing;  // by the job's method; absent where no quote is known, or where
                                   //   hours cost nothing: acquisition
  std::vector<Pricing> compared;   // by each method that has hours, where all are asked for
  std::optional<Purchase> purchase;     // where a method asks for it and a quote is known
  std::optional<BreakEven> break_even;  // of buying it against `pricing`, where all are asked for
  Ownership ownership;
  Reliability reliability;  // the job's, with what the provider interrupts
};

// What a phase's layout leaves to whoever asks. Until it is chosen the setup has the simplest:
// data parallelism alone (legal or not), one sequence a pass, nothing recomputed.
struct OpenKnobs {
  bool layout = false;  // all of it, but for what follows where that is stated
  bool micro_batch = false;
  bool virtual_stages = false;  // and the schedule, if it is open
  bool schedule = false;
  bool recompute = false;
  std::optional<BatchRange> batch;  // what the global batch is chosen from
  std::string pointer;              // of the layout, for assumptions: "/layout"
  std::string batch_pointer;        // of the global batch or of the run, for faults
  int batch_line = 0;
};

struct Phase {
  std::string name;
  std::string path;                // of its spec, in dots: "phases.1"; empty where it has none
  Tokens tokens;                   // zero where a stated phase names none
  double steps = 0;                // where it states those instead: tokens follow the batch
  std::size_t platform = 0;        // index into the job's
  int count = 0;                   // accelerators that it has; its layout may leave some idle
  std::optional<StepSetup> setup;  // of one step, where its time is predicted
  std::optional<AcceleratorTime> stated;  // where the spec states it, or a rate:
  bool fails = false;                     //   then failures are not in it
  double sequence_length = 0;             // of a stated phase
  ClusterOverrides cluster;               // what the machine was made with, beside its records,
  UpdateSpec update;                      //   how this run updates, where it says,
  Stack stack;                            //   and the platform's software as it then does
  OpenKnobs open;
  bool assumed = false;  // the spec marks its layout as assumed
  Seconds pauses;        // start-up and evaluations
  int spares = 0;        // accelerators held beside its count

  // What surrounds its steps, where it learns by reinforcement; and what those run on that generate
  // apart from those that train.
  std::optional<Reinforcement> rl;
  std::size_t generator_platform = 0;

  // Accelerators that generate alone.
  [[nodiscard]] int apart() const { return rl ? rl->apart : 0; }
  // All that work in it, and all that it pays for.
  [[nodiscard]] Accelerators used() const { return (count + apart()) * unit::accelerator; }
  [[nodiscard]] Accelerators held() const { return used() + spares * unit::accelerator; }
};

// The tokens of a phase that states steps, once its batch is chosen; others' stay.
inline void settle_tokens(Phase& phase) {
  if (phase.steps > 0) phase.tokens = phase.steps * tokens_per_step(phase.setup->batch);
}

// A currency beside the dollar.
struct Currency {
  std::string code;
  double per_usd = 1;
  std::string date;  // of the rate; empty where the job does not say
};

// What a project pays for beside the final run; one of the three is above 0.
struct BeyondRun {
  std::string name;
  double share = 0;  // of the run's own cost
  Usd cost;
  AcceleratorTime time;  // at the run's price
};

struct Job {
  std::string name;
  std::vector<Phase> phases;        // one at least
  std::vector<Platform> platforms;  // the job's own first; others are phases' own
  Architecture model;               // of every phase
  Engine engine;                    // fitted parameters, and
  EngineError engine_error;         //   how far they were off elsewhere
  CostMethod cost_method = CostMethod::kRental;
  std::optional<Currency> currency;          // in which sums are said too
  bool all_methods = false;                  // that one first, the others beside it
  Reliability reliability;                   // of the hardware alone
  std::optional<Distribution> failure_rate;  // of other clusters, where the job states none
  Grid grid;
  bool states_draw = false;  // the grid's average draw is the job's own
  LayoutSpace space;         // what a search may choose from
  double memory_reserve = 0;
  std::optional<Date> start;
  std::vector<Assumption> assumptions;
  std::vector<Warning> warnings;
  std::vector<BeyondRun> beyond;
  std::vector<std::string> leaves_out;
  std::string file;  // of the spec, for faults of what is chosen later

  [[nodiscard]] const Platform& platform() const { return platforms.front(); }
  [[nodiscard]] const Platform& platform(const Phase& phase) const {
    return platforms[phase.platform];
  }
};

// An iteration of a phase that learns by reinforcement, from the time of an optimizer step.
[[nodiscard]] IterationTime iteration_of(const Phase& phase, Seconds step);
// What an optimizer step comes to in its phase, from the time of the step itself: of an iteration
// its share, generation in it.
struct StepInPhase {
  Seconds step;                            // alone, as the physics has it
  std::optional<IterationTime> iteration;  // likewise, of a phase that learns by reinforcement
  double share = 1;                        // of an iteration that is a step's

  // Where such software takes `factor` of what the physics says.
  [[nodiscard]] Seconds time(double factor) const {
    return iteration ? share * iteration->slowed(factor).total() : factor * step;
  }
  // The doubt of its median, where the physics is doubted so.
  [[nodiscard]] Doubt around(const Doubt& doubt) const {
    const Seconds median = time(doubt.p50);
    return {time(doubt.p5) / median, 1, time(doubt.p95) / median};
  }
};
[[nodiscard]] StepInPhase step_in_phase(const Phase& phase, Seconds step);

// What an accelerator of the platform draws, and what that costs on a grid.
[[nodiscard]] OwnedPower owned_power(const Platform& platform, const Grid& grid);

// The doubt of a phase's predicted time, by its setup as it is; 1 where the time is stated.
[[nodiscard]] Doubt doubt_of(const Job& job, const Phase& phase);
// What speaks for a predicted phase, whose step is that, and the doubt of it.
[[nodiscard]] Evidence evidence_of(const Job& job, const Phase& phase, const StepEstimate& step);
[[nodiscard]] Doubt doubt_of(const Job& job, const Phase& phase, const StepEstimate& step,
                             const Evidence& evidence);

}  // namespace traincost
