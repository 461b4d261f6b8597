#include <cstdlib>
#include <ctime>
#include <optional>

#include "base/parse_quantity.h"
#include "commands/job_arguments.h"
#include "estimator/questions/estimate.h"
#include "estimator/questions/nearest.h"

namespace traincost {
namespace {

// RFC 3339; SOURCE_DATE_EPOCH where set, now where --stamp asks for it, nothing otherwise.
std::optional<std::string> stamp(const Arguments& arguments) {
  std::time_t when = 0;
  if (const char* epoch = std::getenv("SOURCE_DATE_EPOCH")) {
    const auto seconds = parse_number(epoch);
    if (!seconds) throw UsageError{"SOURCE_DATE_EPOCH is not a number", ""};
    when = static_cast<std::time_t>(*seconds);
  } else if (arguments.has("stamp")) {
    when = std::time(nullptr);
  } else {
    return std::nullopt;
  }
  char text[40];
  std::tm parts{};
  gmtime_r(&when, &parts);
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

}  // namespace

Outcome run_estimate(const Arguments& arguments) {
  // Of several accelerators the answers stand beside each other.
  if (comma_list(arguments.value("accelerator")).size() > 1) return run_compare(arguments);
  const HardwareDb db = load_database(arguments);
  const Job job = job_of(arguments, db);
  Estimate result = estimate(job);
  look_up(result, job, known_runs_of(db));
  Outcome outcome;
  outcome.output = rendered(estimate_report(job, result, stamp(arguments)), arguments);
  outcome.messages = warning_lines(job.warnings);
  outcome.status = result.fits() ? kOk : kInfeasible;
  return outcome;
}

}  // namespace traincost
