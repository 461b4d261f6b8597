// The job on another accelerator: what of it stays, and what that gains.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "estimator/job/job.h"
#include "estimator/job/spec.h"
#include "estimator/questions/advice.h"
#include "hwdb/hwdb.h"

namespace traincost {

// The id of the accelerator that the job names; empty where it names none that is known.
[[nodiscard]] std::string own_accelerator(const JobSpec& spec, const HardwareDb& db);

// The job on so many of an accelerator (empty: its own), its layout open. What another than its own
// is put into is what that is usually had in, and its price its own.
[[nodiscard]] Job job_on(JobSpec spec, const HardwareDb& db, const std::string& accelerator,
                         int count);

// The job's run on as many of every other accelerator for data centres that is measured, each at
// its best layout, where that is faster or cheaper than `now` by more than a tie: the fastest and
// the cheapest, `most` at the most, the faster first. Nothing where phases have clusters of their
// own.
[[nodiscard]] std::vector<Advice> other_accelerators(const JobSpec& spec, const HardwareDb& db,
                                                     const Job& job, const PhaseTotals& now,
                                                     std::size_t most);

}  // namespace traincost
