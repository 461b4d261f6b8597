// What of the published runs the engine takes along: features of some, and the knobs of all.
#pragma once

#include <vector>

#include "estimator/doubt/known_runs.h"
#include "estimator/evidence/published.h"
#include "estimator/evidence/validate.h"

namespace traincost {

// Of the scored runs, at most 20 of a family, evenly spaced, with what `validation`, of the same
// runs, has of them. The record is left empty.
[[nodiscard]] KnownRuns remembered(const std::vector<PublishedRun>& runs,
                                   const Validation& validation);

}  // namespace traincost
