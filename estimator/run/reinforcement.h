// An iteration of reinforcement learning: responses are generated, scored, and learned from.
#pragma once

#include "base/formula.h"
#include "base/quantity.h"
#include "estimator/step/generation.h"
#include "estimator/step/layout.h"
#include "estimator/step/setup.h"

namespace traincost {

// What an iteration does around its optimizer steps.
struct Reinforcement {
  Responses responses;
  int epochs = 1;  // over the responses of an iteration
  // Forward alone, over all of them: log-probabilities of the policy and of a frozen reference.
  double scoring_passes = 2;
  bool reference = true;  // that one is there; it waits on the host
  Seconds reward;         // of all responses, where it holds the others up
  Generator generator;
  // Accelerators that generate alone; those that train generate too where there are none.
  int apart = 0;
  bool asynchronous = false;  // they generate for the next iteration meanwhile
  bool offline = false;       // the responses are there already: nothing is generated or moved

  // Optimizer steps of one iteration.
  [[nodiscard]] double updates(const Batch& batch) const {
    return epochs * responses.count / static_cast<double>(batch.global_batch);
  }
};

// One iteration, by what it does. What runs beside something longer is in `hidden`.
struct IterationTime {
  GenerationTime generation;
  Seconds reward, scoring, training;
  Seconds moving;  // weights to who generates and, on shared ones, training's states to the host
  Seconds hidden;
  bool asynchronous = false;

  // Whether its generator fits; a phase that generates nothing does.
  [[nodiscard]] bool fits() const { return generation.total() <= Seconds{} || generation.fits(); }

  // The same where all that is computed takes so much longer, and what is stated does not.
  [[nodiscard]] IterationTime slowed(double factor) const;

  [[nodiscard]] Seconds total() const {
    return generation.total() + reward + scoring + training + moving - hidden;
  }
};

inline constexpr Formula kIterationFormula{
    "rl-iteration",
    "generation + reward + scoring + updates x step + moving; asynchronous: max(generation + "
    "reward, scoring + updates x step) + moving; scoring = passes x batches x step / 3, / 4 where "
    "all "
    "is computed again",
    "definition; a forward pass is 2 of the 6 FLOPs for each parameter and token, or of 8"};

// From the time of one optimizer step, on so many accelerators that train. Scoring takes a third of
// a step for each pass, since forward is 2 of 6 FLOPs, a quarter where the backward pass computes
// all of it again; pipelines fill and drain in it as in a step. Who generates receives all weights
// over the network or, where those that train generate and meet in one domain, over the links.
// Training's states go to the host and back while the same accelerators generate, and the
// reference's weights come from there to score.
[[nodiscard]] IterationTime iteration_time(const StepSetup& setup, const Reinforcement& plan,
                                           int accelerators, Seconds step);

}  // namespace traincost
