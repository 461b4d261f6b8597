// What whoever has no engine would say: each chip reaches one share of its peak.
//
// Utilization of a chip is the median over families of the median over their runs, of model FLOPs
// over the bf16 peak; a family is predicted by the other families' runs on its chip, or by all
// chips' where there are none. A family where that is nearer than the engine is lost.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "estimator/evidence/published.h"

namespace traincost {

// Mean absolute error of the step time by that, for each family with scored runs; regressions left
// out. A family that is alone in all has none.
[[nodiscard]] std::map<std::string, double> constant_errors(const std::vector<PublishedRun>& runs);

}  // namespace traincost
