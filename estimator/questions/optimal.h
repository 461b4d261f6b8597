// What a budget alone buys: the model and tokens that lose least for it, on what, for how long.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/quantity.h"
#include "estimator/job/spec.h"
#include "estimator/questions/size.h"

namespace traincost {

struct OptimalLimits {
  Usd budget;                      // rental
  std::vector<Seconds> deadlines;  // each answered by itself; the first is the question's
  int most = 65536;                // accelerators that can be had
  std::optional<Tokens> batch;     // in one step; else what the tokens suggest
};

// On one accelerator, within one deadline.
struct OptimalRun {
  std::string accelerator;
  Seconds deadline;
  std::string why_not;  // empty where there is an answer
  Architecture model;
  double active_parameters = 0;  // N of the scaling law
  Tokens tokens;                 // that the budget pays in the median of what such runs take
  double loss = 0;               // nats a token
  Usd left;                      // of the budget
  SizedCluster cluster;

  // In the same time, where such runs are slower or faster than their median.
  [[nodiscard]] Tokens tokens_p5() const { return 1 / cluster.doubt.p95 * tokens; }
  [[nodiscard]] Tokens tokens_p95() const { return 1 / cluster.doubt.p5 * tokens; }
};

struct OptimalAnswer {
  Usd budget;
  Architecture shape;
  std::vector<OptimalRun> runs;  // by deadline, then those that lose least first, noes last
  bool names_software = false;
  std::vector<Assumption> assumptions;
  std::vector<Warning> warnings;

  // The one that loses least within the question's deadline; nothing where there is none.
  [[nodiscard]] const OptimalRun* best() const {
    const bool any = !runs.empty() && runs.front().why_not.empty();
    return any ? &runs.front() : nullptr;
  }
};

// The job gives the shape of the model (scaled.h) and all but tokens and count. Accelerators are
// those that the budget rents for the deadline, in counts that are had, less what a choice leaves
// idle; more for less time where so many have not the memory. Model and tokens follow the scaling
// law at the time that they take there, with a batch that so many tokens make worth
// (run/batch_size.h). Throws InputError for a faulty job.
[[nodiscard]] OptimalAnswer optimal_runs(const JobSpec& spec, const HardwareDb& db,
                                         const std::vector<std::string>& accelerators,
                                         const OptimalLimits& limits, const ForEach& for_each = {});

}  // namespace traincost
