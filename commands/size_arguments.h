// What `size` and `compare` are asked: a job, the accelerators to choose from, and limits.
#pragma once

#include <string>
#include <vector>

#include "commands/job_arguments.h"
#include "estimator/questions/size.h"
#include "reports/report.h"

namespace traincost {

struct SizeArguments {
  JobSpec spec;
  std::vector<std::string> chips;  // empty: the job's own
  SizeLimits limits;
  SizeQuestion question;  // the limits as they were written
};
// Throws UsageError, or InputError with all faults of the job.
[[nodiscard]] SizeArguments size_arguments(const Arguments& arguments, const HardwareDb& database);

// Asks, and renders what `report` makes of it.
[[nodiscard]] Outcome answered(const Arguments& arguments, const HardwareDb& database,
                               const SizeArguments& asked, SizeObjective objective,
                               Report (*report)(const SizeQuestion&, const SizeAnswer&));

}  // namespace traincost
