#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "estimator/job/job_reader.h"
#include "estimator/search/practice.h"

namespace traincost {

// As "full", or "selective (norm, activation)".
std::string JobReader::recompute_text(const Batch& batch) {
  std::string text(recompute_name(batch.recompute));
  std::string names;
  for (const std::string_view name : module_names(batch.modules)) {
    names += (names.empty() ? "" : ", ") + std::string(name);
  }
  return names.empty() ? text : text + " (" + names + ")";
}

// The modules that the job's own run names.
std::optional<ModuleSet> JobReader::run_modules() const {
  const auto run = root_.find("run");
  const auto list = run && run->is_object() ? run->find("recompute_modules") : std::nullopt;
  if (!list || list->kind() != JsonValue::Kind::kArray) return std::nullopt;
  ModuleSet modules;
  // What is no name of a module is a fault where the batch is read.
  for (const JsonValue& item : list->value().items) add_module(modules, item.text);
  return modules;
}

// What a search tries where the job names nothing: every step, and what the job's own run names.
std::vector<RecomputeChoice> JobReader::default_recompute() const {
  std::vector<RecomputeChoice> choices = recompute_steps(job_.stack, job_.model);
  const auto own = run_modules();
  const auto named = [&](const RecomputeChoice& each) { return own && each.modules == *own; };
  if (own && std::none_of(choices.begin(), choices.end(), named)) {
    choices.push_back({Recompute::kModules, 0, *own});
  }
  return choices;
}

void JobReader::choose_recompute(StepSetup& setup) {
  least_recompute(setup).apply(setup.batch);
  assume("/run/recompute", recompute_text(setup.batch), "the least recomputation that fits",
         Origin::kDerived);
}

}  // namespace traincost
