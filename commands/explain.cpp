#include "estimator/questions/explain.h"
#include "base/nearest.h"
#include "commands/common.h"
#include "commands/job_arguments.h"
#include "estimator/questions/advice.h"
#include "estimator/questions/estimate.h"

namespace traincost {

// A job, or the short form, and perhaps the path of one figure.
Outcome run_explain(const Arguments& arguments) {
  constexpr std::size_t kMost = 2;
  expect_positional(arguments, 0, kMost, "a job file, and the path of a figure");
  Arguments of_job = arguments;
  std::string path;
  const bool short_form = arguments.has("model");
  if (arguments.positional.size() > (short_form ? 0U : 1U)) {
    path = arguments.positional.back();
    of_job.positional.pop_back();
  }
  const HardwareDb db = load_database(arguments);
  const AskedJob asked = asked_job(of_job, db);
  const Job& job = asked.job;
  const Estimate answer = estimate(job);
  const Explanation explanation = explain(asked.spec, job, answer);
  const std::string asked_for = path;
  if (!path.empty()) path = figure_path(explanation, path);
  if (path.empty() && !asked_for.empty()) {
    const std::vector<std::string> known = figure_paths(explanation);
    constexpr std::size_t kShown = 12;
    std::string all, near = did_you_mean(asked_for, known);
    for (std::size_t i = 0; near.empty() && i < kShown && i < known.size(); ++i)
      all += (i == 0 ? "such as " : ", ") + known[i];
    throw UsageError{"no figure \"" + asked_for + "\" in the answer", near.empty() ? all : near};
  }
  constexpr std::size_t kFew = 3;
  std::vector<Advice> advice;
  if (const Phase* phase = searched_phase(job, answer.trains() ? "" : answer.memory_phase)) {
    const auto index = static_cast<std::size_t>(phase - job.phases.data());
    advice = advise(job, *phase, *answer.phases[index].step, kFew, false);
  }
  Outcome outcome;
  outcome.output = rendered(explain_report(job, explanation, advice, path), arguments);
  outcome.messages = warning_lines(job.warnings);
  outcome.status = answer.fits() ? kOk : kInfeasible;
  return outcome;
}

}  // namespace traincost
