#include "estimator/evidence/remember.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "base/evenly.h"
#include "base/units.h"
#include "estimator/model/flops.h"
#include "estimator/questions/nearest.h"

namespace traincost {

KnownRuns remembered(const std::vector<PublishedRun>& runs, const Validation& validation) {
  constexpr std::size_t kOfFamily = 20;
  std::map<std::string, std::vector<KnownRun>> families;
  std::map<std::string, int> knobs;
  std::map<std::string, double> reached;
  std::map<std::pair<std::string, std::string>, const ValidatedCase*> cases;
  for (const ValidatedCase& each : validation.cases) cases[{each.family, each.id}] = &each;
  for (const PublishedRun& run : runs) {
    const auto found = cases.find({run.family, run.id});
    if (!run.job || run.regression || found == cases.end()) continue;
    const Phase& phase = run.job->phases.front();
    KnownRun known = described(*run.job, phase);
    known.id = run.id;
    std::replace_if(
        known.id.begin(), known.id.end(), [](char c) { return c == ' ' || c == ';'; }, '-');
    known.measured = found->second->measured.in(unit::second);
    known.predicted = found->second->predicted.in(unit::second);
    const Flops flops =
        model_flops_per_token(phase.setup->model, phase.setup->batch.sequence_length) *
        tokens_per_step(phase.setup->batch);
    const FlopRate peak = static_cast<double>(phase.count) * phase.setup->machine.bf16_peak;
    double& mfu = reached[known.accelerator + "/" + known.precision];
    mfu = std::max(mfu, flops / (found->second->measured * peak));
    families[run.family].push_back(std::move(known));
    for (const std::string& knob : used_knobs(phase.setup->layout, phase.setup->batch)) {
      ++knobs[knob];
    }
  }
  KnownRuns result;
  for (const auto& [family, all] : families) {
    for (KnownRun& run : evenly(all, kOfFamily)) result.runs.push_back(std::move(run));
  }
  result.knobs.assign(knobs.begin(), knobs.end());
  result.reached.assign(reached.begin(), reached.end());
  return result;
}

}  // namespace traincost
