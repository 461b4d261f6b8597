#include "commands/size_arguments.h"
#include "commands/threads.h"

namespace traincost {
namespace {

// Within a deadline few accelerators are wanted, within a budget much speed.
SizeObjective objective_option(const Arguments& arguments, const SizeLimits& limits) {
  const std::string usual = limits.deadline ? "smallest" : limits.budget ? "fastest" : "cheapest";
  const std::string name = arguments.value("objective", usual);
  for (const SizeObjective each :
       {SizeObjective::kSmallest, SizeObjective::kCheapest, SizeObjective::kFastest}) {
    if (name == size_objective_name(each)) return each;
  }
  throw UsageError{"unknown objective \"" + name + "\"", "one of: smallest, cheapest, fastest"};
}

}  // namespace

Outcome run_size(const Arguments& arguments) {
  const HardwareDb database = load_database(arguments);
  const SizeArguments asked = size_arguments(arguments, database);
  const SizeObjective objective = objective_option(arguments, asked.limits);
  const SizeAnswer answer = size_cluster(asked.spec, database, asked.chips, asked.limits, objective,
                                         on_threads(thread_count(arguments)));
  Outcome outcome;
  outcome.output = rendered(size_report(asked.question, answer), arguments);
  outcome.messages = warning_lines(answer.warnings);
  outcome.status = answer.best ? kOk : kInfeasible;
  return outcome;
}

}  // namespace traincost
