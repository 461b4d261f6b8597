// What published runs say of a plan: those that it is nearest to, and what of it no run had.
#pragma once

#include <string>
#include <vector>

#include "estimator/doubt/known_runs.h"
#include "estimator/job/job.h"
#include "estimator/questions/estimate.h"

namespace traincost {

// The features of a predicted phase's step; its id and times are left empty. The phase must have a
// setup.
[[nodiscard]] KnownRun described(const Job& job, const Phase& phase);

// The knobs that it turns away from one rank's plain step, by the names of kKnobs: "pp", "zero=3",
// "schedule=dualpipe", "recompute=full", "offload_optimizer".
[[nodiscard]] std::vector<std::string> used_knobs(const Layout& layout, const Batch& batch);

// How far apart two steps are: 2 for another software, chip or kind of model, 1 for another
// precision and for each factor of ten in parameters or accelerators and of sixteen in sequence
// length, a quarter for each kind of parallelism that one has and the other has not. A judgement.
[[nodiscard]] double distance(const KnownRun& a, const KnownRun& b);

// At most `most` of them, nearest first; of runs that share software, chip, count and model the
// nearest alone.
[[nodiscard]] std::vector<KnownRun> nearest_runs(const KnownRuns& known, const KnownRun& plan,
                                                 std::size_t most);

// Sets what `known` says of each predicted phase in `estimate`, the estimate of `job`: nearest,
// unknown_knobs and highest_mfu of its evidence.
void look_up(Estimate& estimate, const Job& job, const KnownRuns& known);

}  // namespace traincost
