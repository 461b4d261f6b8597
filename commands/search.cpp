#include "estimator/questions/search.h"

#include <chrono>

#include "base/nearest.h"
#include "commands/job_arguments.h"
#include "commands/threads.h"

namespace traincost {
namespace {

Objective objective_option(const Arguments& arguments) {
  const std::string name = arguments.value("objective", "time");
  std::vector<std::string> names;
  for (const Objective each :
       {Objective::kTime, Objective::kCost, Objective::kEnergy, Objective::kMemory}) {
    if (name == objective_name(each)) return each;
    names.emplace_back(objective_name(each));
  }
  throw UsageError{"unknown objective \"" + name + "\"", "one of: time, cost, energy, memory"};
}

const Phase& phase_option(const Job& job, const std::string& name) {
  if (const Phase* phase = searched_phase(job, name)) return *phase;
  std::vector<std::string> names;
  for (const Phase& phase : job.phases) {
    if (phase.setup) names.push_back(phase.name);
  }
  if (names.empty()) return predicted_phase(job);
  std::string known;
  for (const std::string& each : names) known += (known.empty() ? "" : ", ") + each;
  const std::string near = did_you_mean(name, names);
  throw UsageError{"no predicted phase \"" + name + "\"", near.empty() ? "one of: " + known : near};
}

}  // namespace

Outcome run_search(const Arguments& arguments) {
  const Job job = job_of(arguments, load_database(arguments), Layouts::kLeftOpen);
  const Phase& phase = phase_option(job, arguments.value("phase"));
  const int threads = thread_count(arguments);
  ProgressLine line("searching");
  SearchOptions options;
  options.objective = objective_option(arguments);
  options.top = static_cast<std::size_t>(count_option(arguments, "top", 10));
  options.exhaustive = arguments.has("exhaustive");
  options.for_each = on_threads(threads);
  options.stop = &heard_interrupt();
  options.progress = [&](const SearchProgress& at) { line.show(at.done, at.of); };
  const auto started = std::chrono::steady_clock::now();
  const SearchAnswer answer = search(job, phase, options, !arguments.has("practical"));
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - started;

  Outcome outcome;
  outcome.output = rendered(search_report(job, answer, taken.count(), threads), arguments);
  outcome.messages = warning_lines(job.warnings);
  outcome.status = !answer.complete                            ? kInterrupted
                   : answer.top.empty() || !answer.generates() ? kInfeasible
                                                               : kOk;
  return outcome;
}

}  // namespace traincost
