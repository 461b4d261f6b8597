#include "estimator/questions/fit.h"

#include <algorithm>

#include "base/nearest.h"
#include "commands/job_arguments.h"

namespace traincost {
namespace {

Fit fit_option(const Arguments& arguments) {
  const std::string name = arguments.value("fit");
  std::vector<std::string> names;
  for (const Name<Fit>& each : kFitNames) {
    if (name == each.name) return each.value;
    names.emplace_back(each.name);
  }
  const std::string near = did_you_mean(name, names);
  throw UsageError{"unknown --fit \"" + name + "\"",
                   near.empty() ? "one of: micro-batch, sequence, model, count" : near};
}

// What the question itself finds need not be stated, nor how long the run is.
constexpr const char* kAnyTokens = "1T";

Arguments completed(Arguments arguments, Fit what) {
  if (!arguments.positional.empty()) return arguments;
  if (!arguments.has("tokens")) arguments.options["tokens"] = {kAnyTokens};
  const bool counted = arguments.has("accelerators") || arguments.has("gpus");
  if (what == Fit::kCount && !counted) arguments.options["accelerators"] = {"8"};
  return arguments;
}

}  // namespace

Outcome run_fit(const Arguments& arguments) {
  const Fit what = fit_option(arguments);
  for (const char* other :
       {"advise", "stamp", "explain", "samples", "seed", "deadline", "budget"}) {
    if (arguments.has(other)) {
      throw UsageError{"--" + std::string(other) + " says nothing beside --fit",
                       "drop one of them"};
    }
  }
  const HardwareDb db = load_database(arguments);
  SpecArguments read = spec_of(completed(arguments, what));
  read.faults.throw_if_any();
  FitAnswer answer = fit(read.spec, db, what);
  Job& shown = (answer.best ? *answer.best : *answer.beyond).job;
  const bool file = !arguments.positional.empty();
  if (!file && !arguments.has("tokens")) {
    assume(shown.assumptions,
           {"/run/tokens", kAnyTokens, "not stated; an open batch is chosen by it, and no more",
            Origin::kDefault});
  }
  // Of a layout that leaves no reserve nothing is said: the answer leaves it, and a no says so.
  std::erase_if(shown.warnings,
                [](const Warning& each) { return each.code == WarningCode::kNoReserve; });
  Outcome outcome;
  outcome.output = rendered(fit_report(answer), arguments);
  outcome.messages = warning_lines(shown.warnings);
  outcome.status = answer.best ? kOk : kInfeasible;
  return outcome;
}

}  // namespace traincost
