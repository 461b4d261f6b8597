// The job that a command line describes: a file, or the short form, with options laid over it.
#pragma once

#include <string>
#include <vector>

#include "commands/common.h"
#include "estimator/job/job.h"
#include "estimator/job/spec.h"

namespace traincost {

// The spec, and the faults that were found while it was read: resolve tells them with its own.
struct SpecArguments {
  JobSpec spec;
  Faults faults;
};
[[nodiscard]] SpecArguments spec_of(const Arguments& arguments);

// A job's document, "-" for standard input. Throws InputError, with one fault where the file is of
// another kind.
[[nodiscard]] JsonValue read_document(const Arguments& arguments, const std::string& file);

// What a search takes of options and --set: a stated micro-batch holds for every layout.
void pin_options(JobSpec& spec, const Arguments& arguments);

// Whether the question chooses layouts itself, or one that the job leaves open is chosen first.
enum class Layouts { kChosen, kLeftOpen };

// A job with the spec that it was resolved from.
struct AskedJob {
  JobSpec spec;
  Job job;
};
[[nodiscard]] AskedJob asked_job(const Arguments& arguments, const HardwareDb& database,
                                 Layouts layouts = Layouts::kChosen);

// Resolved, with what the user set on the command line among its assumptions.
[[nodiscard]] Job job_of(const Arguments& arguments, const HardwareDb& database,
                         Layouts layouts = Layouts::kChosen);

// Sets the members that --set names.
void set_members(JobSpec& spec, const Arguments& arguments, Faults& faults);

// "warning W0301: ..." for each, a line each.
// For questions that count by the hour, and at one value of each member: a method that has no hours
// is a fault; what they take of a range is said as a warning of the job.
void expect_hourly_method(const JobSpec& spec);
void warn_of_medians(const JobSpec& spec, std::vector<Warning>& warnings);

[[nodiscard]] std::string warning_lines(const std::vector<Warning>& warnings);

}  // namespace traincost
