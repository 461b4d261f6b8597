#include "estimator/questions/optimal.h"

#include "base/parse_quantity.h"
#include "base/units.h"
#include "commands/size_arguments.h"
#include "commands/threads.h"

namespace traincost {
namespace {

using namespace unit;

// The shapes that stand for their kinds.
std::string shape_option(const Arguments& arguments) {
  const std::string shape = arguments.value("shape", "dense");
  if (shape == "dense") return "llama-3.1-70b";
  if (shape == "experts") return "deepseek-v3";
  return shape;
}

}  // namespace

// A budget without a model: what to train for it.
Outcome run_optimal(const Arguments& arguments) {
  for (const char* option : {"tokens", "global-batch", "power", "memory", "min-mfu", "confident",
                             "objective", "gpus", "accelerators", "exportable-as-of"}) {
    if (arguments.has(option)) {
      throw UsageError{"--" + std::string(option) + " needs a model: --model NAME",
                       "without one, --budget buys the model and the tokens that lose least"};
    }
  }
  const HardwareDb database = load_database(arguments);
  Arguments of_shape = arguments;
  of_shape.options["model"] = {shape_option(arguments)};
  of_shape.options["tokens"] = {"1T"};
  SizeArguments asked = size_arguments(of_shape, database);
  if (asked.chips.empty()) {
    throw UsageError{"--accelerator is missing", "such as --accelerator h100-sxm,h200-sxm"};
  }
  OptimalLimits limits;
  limits.budget = *asked.limits.budget;
  limits.most = asked.limits.most;
  limits.batch = asked.limits.batch;
  // Without a deadline: a quarter, and how the answer moves with time.
  limits.deadlines = {90 * day, 30 * day, 60 * day, 180 * day};
  if (asked.limits.deadline) limits.deadlines = {*asked.limits.deadline};
  const OptimalAnswer answer =
      optimal_runs(asked.spec, database, asked.chips, limits, on_threads(thread_count(arguments)));
  Outcome outcome;
  outcome.output = rendered(optimal_report(asked.question, answer), arguments);
  outcome.messages = warning_lines(answer.warnings);
  outcome.status = answer.best() != nullptr ? kOk : kInfeasible;
  return outcome;
}

}  // namespace traincost
