// Fits the engine's parameters on published runs, and judges them on families that it did not see.
//
// The objective is the mean over families of the mean absolute log error of the step time, plus a
// pull of each parameter to its compiled default, so that a parameter that few runs inform stays
// put. Leave-one-family-out: each family is predicted by parameters fitted on all others.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "estimator/doubt/engine_error.h"
#include "estimator/evidence/first_contact.h"
#include "estimator/evidence/published.h"
#include "estimator/machine/engine.h"
#include "estimator/search/layout_search.h"
#include "estimator/step/step.h"

namespace traincost {

struct LearnOptions {
  int evaluations = 3000;          // of the objective, for each fit
  ForEach for_each;                // folds at a time; empty: one after the other
  std::set<std::string> held_out;  // families that are predicted but never fitted on
  // Where one is kept: families that it does not know, or that do not teach, are held out; its
  // first contacts are reported, no interval is made of them.
  const Ledger* ledger = nullptr;
};

struct UnseenCase {
  std::string id;
  std::string family;
  std::string report;    // title of its source
  double log_error = 0;  // ln(tuned / measured), family left out of the fit
  std::vector<Regime> regimes;
  bool inside = false;                // the interval that the other families' errors make
  std::optional<double> first_error;  // of what was answered at first contact
  double first_tuned = 0;             // of the physics alone then
  bool first_inside = false;          // the other families' interval around that prediction
};

// Of the outer quantiles about the middle, so that nine in ten lie inside.
struct Scales {
  double steps = 1;
  double runs = 1;  // of unnamed software
};

struct Learned {
  EngineParameters parameters;     // fitted on all that may teach
  std::set<std::string> held_out;  // families that did not
  double in_sample = 0;            // mean over families of the mean absolute error
  std::vector<UnseenCase> unseen;  // every scored case but regressions
  // Runs whose hours are stated and whose software is not named; those that one report states
  // are of one hand.
  std::vector<UnseenCase> runs;
  std::vector<UnseenCase> iterations;  // of reinforcement learning
  Scales scales;
  double inside = 0;        // of the unseen cases, families weighing the same
  double runs_inside = 0;   // of those runs, reports weighing the same
  double first_inside = 0;  // of the ledger's first contacts, likewise
  double first_width = 0;   // median of (p95 - p5) / p50 of those intervals
  Ledger opened;            // of the ledger, families that were sealed, as their opening met them
  EngineError error;        // of the unseen cases; its record is left empty
};

// `progress` hears of each finished fit: how many of how many, and the family left out.
using LearnProgress = std::function<void(int done, int of, const std::string& family)>;

[[nodiscard]] Learned learn(const std::vector<PublishedRun>& runs, const EngineParameters& start,
                            const LearnOptions& options, const LearnProgress& progress);

// The runs as they would be read under these parameters and this spread.
[[nodiscard]] std::vector<PublishedRun> with_engine(std::vector<PublishedRun> runs,
                                                    const EngineParameters& parameters,
                                                    EngineError error);

// The step of `run` under other engine parameters.
[[nodiscard]] Seconds step_time_with(const PublishedRun& run, const EngineParameters& parameters,
                                     StepWorkspace& workspace);

}  // namespace traincost
