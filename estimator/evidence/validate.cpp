#include "estimator/evidence/validate.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "base/median.h"
#include "estimator/questions/estimate.h"

namespace traincost {
namespace {

ValidatedCase predict(const PublishedRun& run) {
  const Phase& phase = run.job->phases.front();
  ValidatedCase result;
  result.id = run.id;
  result.family = run.family;
  result.measured = run.step_time;
  result.regression = run.regression;
  result.assumptions = run.job->assumptions;
  result.step = estimate_step(phase.setup->context());
  result.tuned = result.step.time;
  const Doubt doubt = doubt_of(*run.job, phase);
  result.p5 = doubt.p5 * result.tuned;
  result.predicted = doubt.p50 * result.tuned;
  result.p95 = doubt.p95 * result.tuned;
  result.error = result.predicted / result.measured - 1;
  if (run.allocated_memory) {
    result.memory_error = result.step.memory.allocated / *run.allocated_memory - 1;
  }
  if (run.reserved_memory) {
    const Bytes context = phase.setup->machine.stack.context_memory;
    result.reserved_error = (result.step.memory.required - context) / *run.reserved_memory - 1;
  }
  for (const StepPart& part : step_parts(result.step)) {
    for (const auto& [name, time] : run.parts) {
      if (name == part.name) result.parts.push_back({name, time, part.time});
    }
  }
  return result;
}

ValidatedRun predict_whole(const PublishedRun& run) {
  const Job& job = *run.whole;
  const Estimate predicted = estimate(job);
  ValidatedRun result;
  result.id = run.id;
  result.family = run.family;
  result.stated = run.whole_time;
  result.predicted = predicted.billed;
  result.p5 = predicted.billed_spread.p5;
  result.p95 = predicted.billed_spread.p95;
  result.ratio = result.stated / result.predicted;
  result.stack = job.platform().stack.record.id;
  result.names_software = job.platform().names_software;
  result.states_layout = !job.phases.front().open.layout;
  return result;
}

ValidatedIteration predict_iteration(const PublishedRun& run) {
  const PhaseEstimate predicted = estimate(*run.iteration).phases.front();
  ValidatedIteration result;
  result.id = run.id;
  result.family = run.family;
  result.measured = run.step_time;
  result.predicted = predicted.step_time;
  result.p5 = predicted.doubt.p5 * predicted.step_time;
  result.p95 = predicted.doubt.p95 * predicted.step_time;
  result.tuned = *predicted.iteration;
  result.error = result.predicted / result.measured - 1;
  return result;
}

}  // namespace

ErrorStatistics error_statistics(const std::vector<ValidatedCase>& cases,
                                 const std::string& family) {
  ErrorStatistics result;
  result.family = family;
  std::vector<double> sizes;
  std::vector<double> widths;
  for (const ValidatedCase& each : cases) {
    if (each.regression || (!family.empty() && each.family != family)) continue;
    sizes.push_back(std::fabs(each.error));
    result.mape += sizes.back();
    result.bias += each.error;
    result.max_ape = std::max(result.max_ape, sizes.back());
    result.coverage += each.measured >= each.p5 && each.measured <= each.p95 ? 1 : 0;
    widths.push_back((each.p95 - each.p5) / each.predicted);
  }
  result.n = static_cast<int>(sizes.size());
  if (result.n > 0) {
    result.mape /= result.n;
    result.bias /= result.n;
    result.coverage /= result.n;
  }
  result.median_ape = median(std::move(sizes));
  result.median_width = median(std::move(widths));
  return result;
}

Validation validate(const std::vector<PublishedRun>& runs) {
  Validation result;
  std::set<std::string> names;
  for (const PublishedRun& run : runs) {
    if (run.whole) result.runs.push_back(predict_whole(run));
    if (run.iteration) {
      result.iterations.push_back(predict_iteration(run));
      continue;
    }
    if (run.starved) {
      const StepSetup& setup = *run.starved->phases.front().setup;
      MemoryVerdicts& memory = result.memory[run.family];
      memory.starved += 1;
      memory.foretold += estimate_step(setup.context()).memory.fits() ? 0 : 1;
      continue;
    }
    if (!run.job) {
      result.unscored.push_back({run.id, run.family, run.unscored_reason});
      continue;
    }
    result.cases.push_back(predict(run));
    MemoryVerdicts& memory = result.memory[run.family];
    memory.ran += 1;
    memory.refused += result.cases.back().step.memory.fits() ? 0 : 1;
    if (!run.regression) names.insert(run.family);
  }
  result.all = error_statistics(result.cases, "");
  int counted = 0;
  for (const std::string& name : names) {
    result.families.push_back(error_statistics(result.cases, name));
    const ErrorStatistics& family = result.families.back();
    if (family.n < kSmallestFamily) continue;
    result.mean_family_mape += family.mape;
    ++counted;
  }
  if (counted > 0) result.mean_family_mape /= counted;
  return result;
}

}  // namespace traincost
