// What every report about a job says of it: what was asked, and what the answer rests on. Internal.
#pragma once

#include <vector>

#include "estimator/job/job.h"
#include "reports/tree.h"

namespace traincost {

[[nodiscard]] Tree job_inputs_tree(const Job& job);

// Adds "assumptions", "sources" and "warnings".
void add_job_basis(Tree& tree, const Job& job, const std::vector<const StepSetup*>& steps);

}  // namespace traincost
