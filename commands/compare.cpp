#include "commands/size_arguments.h"

namespace traincost {

// On a count of each; by a deadline the fewest that meet it; by a budget the fastest it buys.
Outcome run_compare(const Arguments& arguments) {
  const HardwareDb database = load_database(arguments);
  SizeArguments asked = size_arguments(arguments, database);
  SizeLimits& limits = asked.limits;
  if (limits.counts.empty() && !limits.deadline && !limits.budget) {
    const bool stated =
        !arguments.positional.empty() && asked.spec.cluster && asked.spec.cluster->count;
    if (!stated) {
      throw UsageError{"compare needs a count, a deadline or a budget",
                       "--gpus 512, --deadline \"60 d\" or --budget '$10M'"};
    }
    limits.counts = {*asked.spec.cluster->count};
    asked.question.limits.emplace_back("accelerators", std::to_string(limits.counts.front()));
  }
  const bool fewest = limits.deadline && limits.counts.empty();
  return answered(arguments, database, asked,
                  fewest ? SizeObjective::kSmallest : SizeObjective::kFastest, comparison_report);
}

}  // namespace traincost
