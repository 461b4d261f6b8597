#include "commands/size_arguments.h"

#include "commands/common.h"
#include "commands/job_arguments.h"
#include "commands/threads.h"

namespace traincost {
namespace {

// The quantity of an option, noted among the limits as it was written.
template <typename Q>
std::optional<Q> limit(const Arguments& arguments, const char* name, SizeQuestion& question) {
  const auto asked = quantity_option<Q>(arguments, name);
  if (asked) question.limits.emplace_back(name, arguments.value(name));
  return asked;
}

// The accelerators and the count are the question's. A job file keeps the accelerator that it
// names, whose price and cluster it states; the short form stands on the first of those asked for.
Arguments with_cluster(Arguments arguments, const std::vector<std::string>& chips) {
  arguments.options.erase("accelerator");
  if (arguments.positional.empty() && !chips.empty()) {
    arguments.options["accelerator"] = {chips.front()};
  }
  arguments.options.erase("gpus");
  arguments.options.erase("accelerators");
  arguments.options.erase("max-batch");  // a limit of the question, over what the job says
  if (arguments.positional.empty()) arguments.options["accelerators"] = {"8"};
  return arguments;
}

// Accelerators for data centres that were on the market and need no licence on a day; those of the
// makers that the rules do not bind are left to the user to name.
std::vector<std::string> exportable_accelerators(const HardwareDb& db, const std::string& day) {
  const std::vector<ExportRule> rules = db.export_rules();
  std::vector<std::string> found;
  for (const Accelerator& each : db.accelerators()) {
    const Field* launch = each.record.field("launch");
    const bool sold = launch == nullptr || launch->text <= day;
    if (!sold || !each.datacenter) continue;
    if (export_answer(rules, export_measures(each), day).status == ExportStatus::kFree) {
      found.push_back(each.record.id);
    }
  }
  return found;
}

}  // namespace

SizeArguments size_arguments(const Arguments& arguments, const HardwareDb& database) {
  SizeArguments asked;
  std::vector<std::string>& chips = asked.chips;
  std::string shipped_on;
  if (arguments.has("exportable-as-of")) shipped_on = day_option(arguments, "exportable-as-of");
  if (arguments.has("accelerator")) {
    chips = comma_list(arguments.value("accelerator"));
  } else if (!shipped_on.empty() && arguments.positional.empty()) {
    chips = exportable_accelerators(database, shipped_on);
  }
  SpecArguments job = spec_of(with_cluster(arguments, chips));
  job.faults.throw_if_any();
  expect_hourly_method(job.spec);
  pin_options(job.spec, arguments);
  asked.spec = std::move(job.spec);
  if (!chips.empty() && (!asked.spec.cluster || !asked.spec.cluster->accelerator)) {
    if (!asked.spec.cluster) asked.spec.cluster.emplace();
    asked.spec.cluster->accelerator = chips.front();
  }
  SizeQuestion& question = asked.question;
  SizeLimits& limits = asked.limits;
  limits.deadline = limit<Seconds>(arguments, "deadline", question);
  limits.confident = arguments.has("confident");
  limits.budget = limit<Usd>(arguments, "budget", question);
  if (limits.confident && !limits.deadline && !limits.budget) {
    throw UsageError{"--confident is about a deadline or a budget", "add --deadline \"60 d\""};
  }
  if (limits.confident) question.limits.emplace_back("confidence", "95%");
  limits.power = limit<Power>(arguments, "power", question);
  limits.memory = limit<Bytes>(arguments, "memory", question);
  limits.batch = limit<Tokens>(arguments, "max-batch", question);
  if (arguments.has("max-accelerators")) {
    limits.most = count_option(arguments, "max-accelerators", limits.most);
    question.limits.emplace_back("max-accelerators", arguments.value("max-accelerators"));
  }
  const std::string stated = arguments.value("accelerators", arguments.value("gpus"));
  if (arguments.has("accelerators") && arguments.has("gpus")) {
    throw UsageError{"--accelerators and --gpus are the same", "give one of them"};
  }
  if (!stated.empty()) {
    const char* name = arguments.has("accelerators") ? "accelerators" : "gpus";
    limits.counts = {count_option(arguments, name, 8)};
    question.limits.emplace_back("accelerators", stated);
  }
  if (arguments.has("min-mfu")) {
    const auto share = parse_number(arguments.value("min-mfu"));
    if (!share || *share < 0 || *share > 1) throw UsageError{"--min-mfu expects 0 to 1", ""};
    limits.least_mfu = *share;
    question.limits.emplace_back("min-mfu", arguments.value("min-mfu"));
  }
  if (!shipped_on.empty()) {
    limits.exportable_as_of = shipped_on;
    question.limits.emplace_back("exportable-as-of", shipped_on);
  }
  for (const int count : limits.counts) {
    if (arguments.has("max-accelerators") && count > limits.most) {
      throw UsageError{"--accelerators " + stated + " is over --max-accelerators " +
                           arguments.value("max-accelerators"),
                       "give one of them"};
    }
  }
  return asked;
}

Outcome answered(const Arguments& arguments, const HardwareDb& database, const SizeArguments& asked,
                 SizeObjective objective,
                 Report (*report)(const SizeQuestion&, const SizeAnswer&)) {
  const SizeAnswer answer = size_cluster(asked.spec, database, asked.chips, asked.limits, objective,
                                         on_threads(thread_count(arguments)));
  Outcome outcome;
  outcome.output = rendered(report(asked.question, answer), arguments);
  std::vector<Warning> warnings = answer.warnings;
  warn_of_medians(asked.spec, warnings);
  outcome.messages = warning_lines(warnings);
  outcome.status = answer.best ? kOk : kInfeasible;
  return outcome;
}

}  // namespace traincost
