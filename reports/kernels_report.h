// Measured kernels against the engine's, and fitted curves as records.
#pragma once

#include <string>

#include "estimator/evidence/kernel_comparison.h"
#include "reports/report.h"

namespace traincost {

// Median, mean and signed error by operation, accelerator and kernel; `groups` stands beside the
// report's own members.
[[nodiscard]] Report comparison_report(const Comparison& comparison);

// The curves of one chip as an overlay record of hwdb/data/accelerators.
[[nodiscard]] std::string kernels_record(const FittedKernels& kernels);

}  // namespace traincost
