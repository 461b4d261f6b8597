#include "estimator/evidence/yardstick.h"

#include <cmath>
#include <optional>
#include <utility>

#include "base/median.h"
#include "base/units.h"
#include "estimator/model/flops.h"

namespace traincost {
namespace {

struct Reached {
  double utilization = 0;  // of the bf16 peak
  std::string accelerator;
};

Reached reached(const PublishedRun& run) {
  const Phase& phase = run.job->phases.front();
  const StepSetup& setup = *phase.setup;
  const Flops flops = model_flops_per_token(setup.model, setup.batch.sequence_length) *
                      tokens_per_step(setup.batch);
  const Flops possible = static_cast<double>(phase.count) * setup.machine.bf16_peak * run.step_time;
  return {flops / possible, setup.machine.accelerator_id};
}

using Utilizations = std::map<std::string, std::vector<Reached>>;

// The median of the families' medians; of one chip, or of all where it is empty.
std::optional<double> usual(const Utilizations& families, const std::string& without,
                            const std::string& accelerator) {
  std::vector<double> medians;
  for (const auto& [name, runs] : families) {
    if (name == without) continue;
    std::vector<double> own;
    for (const Reached& each : runs) {
      if (accelerator.empty() || each.accelerator == accelerator) own.push_back(each.utilization);
    }
    if (!own.empty()) medians.push_back(median(std::move(own)));
  }
  if (medians.empty()) return std::nullopt;
  return median(std::move(medians));
}

}  // namespace

std::map<std::string, double> constant_errors(const std::vector<PublishedRun>& runs) {
  Utilizations families;
  for (const PublishedRun& run : runs) {
    if (run.job && !run.regression) families[run.family].push_back(reached(run));
  }
  std::map<std::string, double> errors;
  for (const auto& [name, members] : families) {
    std::map<std::string, std::optional<double>> by_chip;
    double sum = 0;
    bool known = true;
    for (const Reached& each : members) {
      auto [found, is_new] = by_chip.try_emplace(each.accelerator);
      if (is_new) found->second = usual(families, name, each.accelerator);
      if (!found->second) found->second = usual(families, name, "");
      known = known && found->second.has_value();
      // Time goes as one over utilization.
      if (known) sum += std::fabs(each.utilization / *found->second - 1);
    }
    if (known) errors[name] = sum / static_cast<double>(members.size());
  }
  return errors;
}

}  // namespace traincost
