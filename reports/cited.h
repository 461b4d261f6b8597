// Which formulas an answer rests on: a report cites those and no others.
#pragma once

#include <vector>

#include "base/formula.h"
#include "estimator/job/job.h"

namespace traincost {

// Of a job whose steps were computed with these setups.
[[nodiscard]] std::vector<const Formula*> cited_formulas(
    const Job& job, const std::vector<const StepSetup*>& steps);

// Every formula that a report may cite.
[[nodiscard]] std::vector<const Formula*> all_formulas();

}  // namespace traincost
