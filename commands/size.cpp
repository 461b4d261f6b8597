#include "commands/size_arguments.h"

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
  const bool trains = arguments.has("model") || !arguments.positional.empty();
  if (!trains && arguments.has("budget")) return run_optimal(arguments);
  if (arguments.has("shape")) {
    throw UsageError{"--shape is of a budget without a model", "drop --shape or the model"};
  }
  const HardwareDb database = load_database(arguments);
  const SizeArguments asked = size_arguments(arguments, database);
  return answered(arguments, database, asked, objective_option(arguments, asked.limits),
                  size_report);
}

}  // namespace traincost
