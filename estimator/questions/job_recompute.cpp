#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "estimator/questions/job_reader.h"
#include "estimator/step/step.h"

namespace traincost {
namespace {

void add_module(ModuleSet& modules, std::string_view name) {
  for (const Name<Module>& each : kModuleNames) {
    if (name == each.name) modules.add(each.value);
  }
}

}  // namespace

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

// What a stack calls selective: attention's core alone, or other modules.
RecomputeChoice JobReader::selective() const {
  ModuleSet modules;
  for (const std::string& word : job_.stack.selective) add_module(modules, word);
  if (modules == ModuleSet{Module::kCoreAttention}) return {Recompute::kSelective, 0, {}};
  return {Recompute::kModules, 0, modules};
}

// From the least to the most. Where single modules can be recomputed, those come before whole
// layers that cost little for what they free. Source: NVIDIA/Megatron-LM@d98e8a6
// megatron/training/arguments.py, --recompute-modules.
std::vector<RecomputeChoice> JobReader::recompute_steps() const {
  std::vector<RecomputeChoice> steps = {{}, selective()};
  if (job_.stack.recomputes_modules) {
    ModuleSet cheap = {Module::kNorm, Module::kActivation};
    if (job_.model.has_latent_attention()) {
      steps.push_back({Recompute::kModules, 0, {Module::kLatentUpProjection}});
      cheap.add(Module::kLatentUpProjection);
    }
    steps.push_back({Recompute::kModules, 0, cheap});
  }
  steps.push_back({Recompute::kFull, 0, {}});
  return steps;
}

// What a search tries where the job names nothing: every step, and what the job's own run names.
std::vector<RecomputeChoice> JobReader::default_recompute() const {
  std::vector<RecomputeChoice> choices = recompute_steps();
  const auto own = run_modules();
  const auto named = [&](const RecomputeChoice& each) { return own && each.modules == *own; };
  if (own && std::none_of(choices.begin(), choices.end(), named)) {
    choices.push_back({Recompute::kModules, 0, *own});
  }
  return choices;
}

// The least recomputation that fits: what a practitioner would do.
void JobReader::choose_recompute(PredictedPhase& phase) {
  for (const RecomputeChoice& step : recompute_steps()) {
    step.apply(phase.batch);
    const StepContext context{phase.model, phase.machine, phase.layout, phase.batch};
    if (step_memory(context).fits()) break;
  }
  assume("/run/recompute", recompute_text(phase.batch), "the least recomputation that fits",
         Origin::kDerived);
}

}  // namespace traincost
