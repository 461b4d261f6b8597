// The job that a command line describes: a file, or the short form, with options laid over it.
#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "commands/common.h"
#include "estimator/job/job.h"

namespace traincost {

struct JobDocument {
  JsonValue document;
  std::string file;
};
[[nodiscard]] JobDocument job_document(const Arguments& arguments);

// Knobs given as options hold for a search, as they do for an estimate.
void pin_options(JsonValue& document, const Arguments& arguments);

// Read and checked, with what the user set on the command line among its assumptions.
[[nodiscard]] Job job_of(const Arguments& arguments, const HardwareDb& database,
                         OpenLayout open = OpenLayout::kChoose);

// Lays "layout.tp=8" or "/layout/tp=8" over a document. Throws UsageError where the path is none.
void set_value(JsonValue& document, const std::string& assignment);

// "warning W0301: ..." for each, a line each.
[[nodiscard]] std::string warning_lines(const std::vector<Warning>& warnings);

}  // namespace traincost
