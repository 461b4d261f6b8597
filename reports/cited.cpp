#include "reports/cited.h"

#include <algorithm>

#include "estimator/doubt/doubt.h"
#include "estimator/machine/collectives.h"
#include "estimator/machine/kernels.h"
#include "estimator/model/flops.h"
#include "estimator/questions/size.h"
#include "estimator/run/batch_size.h"
#include "estimator/run/cost.h"
#include "estimator/run/goodput.h"
#include "estimator/run/power.h"
#include "estimator/step/exposure.h"
#include "estimator/step/layer_time.h"
#include "estimator/step/memory.h"
#include "estimator/step/pipeline.h"
#include "estimator/step/step.h"

namespace traincost {
namespace {

// A formula, and whether one step rests on it.
struct StepFormula {
  const Formula* formula;
  bool (*used)(const StepSetup& step);
};

bool pipelined(const StepSetup& s, Schedule schedule) {
  return s.layout.pp > 1 && s.layout.schedule == schedule;
}

constexpr StepFormula kOfSteps[] = {
    {&kGemmTimeFormula, [](const StepSetup&) { return true; }},
    {&kAttentionTimeFormula,
     [](const StepSetup& s) { return s.machine.attention_generation != kEagerAttention; }},
    {&kRingFormula, [](const StepSetup& s) { return s.layout.ranks() > 1; }},
    {&kFabricFormula,
     [](const StepSetup& s) {
       return !s.machine.fabric.empty() && s.layout.ranks() > s.machine.scale_up_domain;
     }},
    {&kExposureFormula, [](const StepSetup& s) { return s.layout.ranks() > 1; }},
    {&kSequenceParallelFormula,
     [](const StepSetup& s) { return s.layout.tp > 1 && s.layout.sequence_parallel; }},
    {&k1F1BFormula,
     [](const StepSetup& s) {
       return pipelined(s, Schedule::k1F1B) || pipelined(s, Schedule::kInterleaved);
     }},
    {&kGPipeFormula, [](const StepSetup& s) { return pipelined(s, Schedule::kGPipe); }},
    {&kZbH1Formula, [](const StepSetup& s) { return pipelined(s, Schedule::kZbH1); }},
    {&kPlayedFormula,
     [](const StepSetup& s) { return s.layout.pp > 1 && rules_of(s.layout.schedule).played; }},
    {&kAccumulationFormula, [](const StepSetup&) { return true; }},
    {&kZeroFormula,
     [](const StepSetup& s) { return s.layout.zero > 0 && s.layout.dp * s.layout.cp > 1; }},
    {&kMeetingFormula,
     [](const StepSetup& s) { return s.layout.tp > 1 || s.layout.ep * s.layout.expert_tp > 1; }},
    {&kStragglersFormula, [](const StepSetup& s) { return s.layout.ranks() > 1; }},
    {&kEngineErrorFormula, [](const StepSetup&) { return true; }},
};

constexpr std::pair<CostMethod, const Formula*> kOfOwning[] = {
    {CostMethod::kOwnership, &kOwnershipFormula},
    {CostMethod::kAmortised, &kAmortisedFormula},
    {CostMethod::kAcquisition, &kAcquisitionFormula}};

}  // namespace

std::vector<const Formula*> cited_formulas(const Job& job,
                                           const std::vector<const StepSetup*>& steps) {
  std::vector<const Formula*> cited = {&kModelFlopsFormula, &kSixNFormula, &kSixNAttentionFormula};
  for (const StepFormula& each : kOfSteps) {
    const bool used = std::any_of(steps.begin(), steps.end(),
                                  [&](const StepSetup* step) { return each.used(*step); });
    if (used) cited.push_back(each.formula);
  }
  if (!steps.empty() && job.reliability.failures_per_node_day > 0) {
    cited.push_back(&kGoodputFormula);
  }
  const bool learns = std::any_of(job.phases.begin(), job.phases.end(),
                                  [](const Phase& phase) { return phase.rl.has_value(); });
  const bool generates = std::any_of(job.phases.begin(), job.phases.end(), [](const Phase& phase) {
    return phase.rl && !phase.rl->offline;
  });
  if (learns) cited.push_back(&kIterationFormula);
  if (generates) cited.push_back(&kGenerationFormula);
  const bool open_batch = std::any_of(job.phases.begin(), job.phases.end(), [](const Phase& phase) {
    return phase.open.batch.has_value();
  });
  if (open_batch) cited.push_back(&kBestBatchFormula);
  const bool priced = std::any_of(job.platforms.begin(), job.platforms.end(),
                                  [](const Platform& each) { return each.pricing.has_value(); });
  const auto uses = [&](CostMethod method) { return job.all_methods || job.cost_method == method; };
  const bool bought = std::any_of(job.platforms.begin(), job.platforms.end(),
                                  [](const Platform& each) { return each.purchase.has_value(); });
  if (priced && uses(CostMethod::kRental)) cited.push_back(&kRentalFormula);
  for (const auto& [method, formula] : kOfOwning) {
    if (bought && uses(method)) cited.push_back(formula);
  }
  if (bought && job.all_methods) cited.push_back(&kBreakEvenFormula);
  cited.push_back(&kEnergyFormula);
  if (!steps.empty() && !job.states_draw) cited.push_back(&kPowerFormula);
  return cited;
}

std::vector<const Formula*> all_formulas() {
  std::vector<const Formula*> all = {
      &kModelFlopsFormula, &kSixNFormula,       &kSixNAttentionFormula,  &kGoodputFormula,
      &kRentalFormula,     &kEnergyFormula,     &kComputeOptimalFormula, &kBestBatchFormula,
      &kIterationFormula,  &kGenerationFormula, &kPowerFormula};
  for (const auto& [method, formula] : kOfOwning) all.push_back(formula);
  all.push_back(&kBreakEvenFormula);
  for (const StepFormula& each : kOfSteps) all.push_back(each.formula);
  return all;
}

}  // namespace traincost
