// How far the engine is from what was measured: one prediction a run, and their statistics.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/quantity.h"
#include "estimator/evidence/published.h"
#include "estimator/step/step.h"

namespace traincost {

struct ValidatedCase {
  std::string id;
  std::string family;
  Seconds measured;
  Seconds predicted;                     // the answer: the median of what such software makes of it
  Seconds tuned;                         // as the physics alone has it
  Seconds p5, p95;                       // the interval that the engine gives its prediction
  double error = 0;                      // predicted / measured - 1
  StepEstimate step;                     // what the prediction is made of
  std::optional<double> memory_error;    // of allocated memory, where it was measured
  std::optional<double> reserved_error;  // of what the allocator took from the device
  struct Part {
    std::string name;
    Seconds measured, predicted;
  };
  std::vector<Part> parts;  // of the step, where they were measured
  bool regression = false;  // listed apart, outside every statistic
  std::vector<Assumption> assumptions;
};

// Errors are of the step time, as shares: 0.1 is 10%.
struct ErrorStatistics {
  std::string family;  // empty for all together
  int n = 0;
  double mape = 0;  // mean of absolute errors
  double median_ape = 0;
  double bias = 0;  // mean of signed errors
  double max_ape = 0;
  double coverage = 0;      // share of measurements inside p5 to p95
  double median_width = 0;  // of (p95 - p5) / predicted
};

// Whether runs are told to fit: those that ran, and those that ended out of memory.
struct MemoryVerdicts {
  int ran = 0;       // steps that were measured,
  int refused = 0;   //   and are predicted not to fit
  int starved = 0;   // runs that ended out of memory,
  int foretold = 0;  //   and are predicted not to fit
};

struct UnscoredRun {
  std::string id;
  std::string family;
  std::string reason;
};

// A run's accelerator time from its first token to its last, restarts and all.
struct ValidatedRun {
  std::string id;
  std::string family;
  AcceleratorTime stated, predicted;
  AcceleratorTime p5, p95;
  double ratio = 0;   // stated / predicted
  std::string stack;  // id; of what is assumed where `software` is not named
  bool names_software = false;
  bool states_layout = false;
};

// An iteration of reinforcement learning.
struct ValidatedIteration {
  std::string id;
  std::string family;
  Seconds measured, predicted, p5, p95;
  IterationTime tuned;  // as the physics alone has it
  double error = 0;     // predicted / measured - 1
};

struct Validation {
  std::vector<ValidatedCase> cases;            // in the order of the files
  std::vector<ValidatedRun> runs;              // whole ones; they enter no statistic of steps
  std::vector<ValidatedIteration> iterations;  // they neither
  std::vector<UnscoredRun> unscored;
  std::vector<ErrorStatistics> families;  // by name
  ErrorStatistics all;
  // Over families of at least kSmallestFamily runs, so that a large one does not decide.
  double mean_family_mape = 0;
  std::map<std::string, MemoryVerdicts> memory;  // by family
};

inline constexpr int kSmallestFamily = 5;

// Predicts each run that has a job. Total; cannot fail.
[[nodiscard]] Validation validate(const std::vector<PublishedRun>& runs);

// The statistics of the cases of `family`, or of all where it is empty; regressions left out.
[[nodiscard]] ErrorStatistics error_statistics(const std::vector<ValidatedCase>& cases,
                                               const std::string& family);

}  // namespace traincost
