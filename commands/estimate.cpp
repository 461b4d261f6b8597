#include <cstdlib>
#include <ctime>
#include <iterator>
#include <optional>

#include "base/parse_quantity.h"
#include "commands/job_arguments.h"
#include "estimator/questions/advice.h"
#include "estimator/questions/estimate.h"
#include "estimator/questions/nearest.h"
#include "estimator/questions/other_chip.h"

namespace traincost {
namespace {

constexpr const char* kSampleOptions[] = {"samples", "seed", "deadline", "budget"};

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

// On the predicted phase of most tokens: what gains most or, where all is asked for, every change,
// other accelerators among them. Where a job does not fit: what would, the fastest first.
std::vector<Advice> advice_on(const AskedJob& asked, const HardwareDb& db, const Estimate& result,
                              bool all) {
  constexpr std::size_t kFew = 5, kAll = 25;
  const Job& job = asked.job;
  const std::size_t most = all ? kAll : kFew;
  const Phase* phase = searched_phase(job, result.trains() ? "" : result.memory_phase);
  if (phase == nullptr) return {};
  const auto index = static_cast<std::size_t>(phase - job.phases.data());
  const StepEstimate& step = *result.phases[index].step;
  if (!result.trains()) return fitting_changes(job, *phase, step, most);
  std::vector<Advice> advice = advise(job, *phase, step, most, all);
  if (!all) return advice;
  constexpr std::size_t kChips = 5;
  std::vector<Advice> chips =
      other_accelerators(asked.spec, db, job, {.wall = result.wall, .cost = result.cost}, kChips);
  advice.insert(advice.begin(), std::make_move_iterator(chips.begin()),
                std::make_move_iterator(chips.end()));
  return advice;
}

// Sampled where the job states a range, or an option asks for what sampling alone can say.
std::optional<AskedSample> sampled(const Arguments& arguments, const AskedJob& asked,
                                   const HardwareDb& db, const Estimate& result) {
  const bool asks = std::any_of(std::begin(kSampleOptions), std::end(kSampleOptions),
                                [&](const char* name) { return arguments.has(name); });
  if (!result.fits() || (!asks && asked.spec.uncertain.empty())) return std::nullopt;
  constexpr int kFewest = 64;
  SampleOptions options;
  options.samples = count_option(arguments, "samples", options.samples);
  if (options.samples < kFewest) {
    throw UsageError{"--samples: fewer than " + std::to_string(kFewest) + " say little", ""};
  }
  options.seed = static_cast<std::uint64_t>(count_option(arguments, "seed", 1));
  options.deadline = quantity_option<Seconds>(arguments, "deadline");
  options.budget = quantity_option<Usd>(arguments, "budget");
  return AskedSample{sample(asked.spec, db, asked.job, result, options), options};
}

// The step of the phase that memory is told of, where a picture or a trace is asked for: a report
// then holds it, whatever format it is saved in.
std::optional<ShownStep> shown_step(const Arguments& arguments, const Job& job,
                                    const Estimate& result) {
  const std::string format = arguments.value("format");
  const bool asked = arguments.has("timetable") || format == "html" || format == "trace" ||
                     arguments.has("export-html") || arguments.has("export-trace");
  if (!asked || !result.fits()) return std::nullopt;
  const Phase* phase = searched_phase(job, "");
  if (phase == nullptr || !phase->setup) return std::nullopt;
  return ShownStep{phase->name, phase->setup->layout.schedule, play_step(phase->setup->context())};
}

}  // namespace

Outcome run_estimate(const Arguments& arguments) {
  if (arguments.has("fit")) return run_fit(arguments);
  if (arguments.has("explain")) {
    for (const char* name : kSampleOptions) {
      if (arguments.has(name)) {
        throw UsageError{"--explain takes the answer apart, and samples nothing",
                         "drop --explain, or --" + std::string(name)};
      }
    }
    return run_explain(arguments);
  }
  // Of several accelerators the answers stand beside each other.
  if (comma_list(arguments.value("accelerator")).size() > 1) return run_compare(arguments);
  const HardwareDb db = load_database(arguments);
  AskedJob asked = asked_job(arguments, db);
  const Job& job = asked.job;
  Estimate result = estimate(job);
  constexpr double kHalf = 0.5;
  if (result.goodput.share < kHalf) {
    asked.job.warnings.push_back({WarningCode::kLowGoodput,
                                  "most of the rented time makes no progress: failures, "
                                  "checkpoints, restarts and pauses take the rest"});
  }
  look_up(result, job, known_runs_of(db));
  const Report report = estimate_report(
      job, result, stamp(arguments), advice_on(asked, db, result, arguments.has("advise")),
      sampled(arguments, asked, db, result), shown_step(arguments, job, result));
  Outcome outcome;
  outcome.output = rendered(report, arguments);
  outcome.messages = warning_lines(job.warnings);
  outcome.status = result.fits() ? kOk : kInfeasible;
  return outcome;
}

}  // namespace traincost
