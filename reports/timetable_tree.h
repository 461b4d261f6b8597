// A step told task by task, as reports and traces show it. Internal to reports/.
#pragma once

#include <string>

#include "reports/report.h"
#include "reports/tree.h"

namespace traincost {

// {"phase", "schedule", "micro_batches", "played", "kinds", "ranks": [{"rank", "slots": [[start,
// end, kind, text], ...]}], "pipeline_s", "between_s", "after"}: seconds from the step's start. Of
// many ranks some are left out, evenly.
[[nodiscard]] Tree timetable_tree(const ShownStep& shown);

// The report's timetable as a Chrome trace, which Perfetto and chrome://tracing open: a track for
// each rank, whose events add up to the step, and one for what it waits for of the network. Throws
// InputError where the report has no timetable.
[[nodiscard]] std::string trace_of(const Tree& report);

}  // namespace traincost
