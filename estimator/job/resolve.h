// A spec becomes a job: the only place that fills what a spec leaves open.
#pragma once

#include "estimator/job/job.h"
#include "estimator/job/members.h"

namespace traincost {

// Looks names up in `db` and fills defaults, each of which is an Assumption; what a layout leaves
// open stays open. A model given by a path is read relative to the spec's file. Throws InputError
// with every fault.
[[nodiscard]] Job resolve(const JobSpec& spec, const HardwareDb& db);

// The same of a spec that was read with `faults`: they are thrown with those found now.
[[nodiscard]] Job resolve(const JobSpec& spec, const HardwareDb& db, Faults& faults);

// Reads a document and resolves it.
[[nodiscard]] Job resolve(const JsonValue& document, const std::string& file, const HardwareDb& db);

}  // namespace traincost
