#include "estimator/search/practice.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "estimator/search/layout_search.h"
#include "estimator/step/memory.h"

namespace traincost {
namespace {

// Tensor parallelism inside a scale-up domain, every depth that is a power of two times a small odd
// divisor of the count, a few virtual stages.
LayoutSpace coarse_space(const Architecture& model, const Machine& machine) {
  LayoutSpace space;
  constexpr int kMostTensorParallel = 8;
  for (int tp = 1; tp <= std::min(machine.scale_up_domain, kMostTensorParallel); tp *= 2) {
    space.tp.push_back(tp);
  }
  const int layers = model.layer_count();
  space.vp = {1};
  constexpr int kMostOdd = 15;
  for (int odd = 1; odd <= kMostOdd; odd += 2) {
    if (machine.count % odd != 0) continue;
    for (int pp = odd; pp <= layers; pp *= 2) {
      space.pp.push_back(pp);
      if (pp > 1 && layers / pp > 1) space.vp.push_back(layers / pp);
    }
  }
  space.cp = {1};
  space.ep = {1, 8, 32, 64};
  space.expert_tp = {1};
  space.zero = {1};
  space.zero_shards = {0};
  space.micro_batch = {1, 2, 4};
  space.sequence_parallel = {true};
  space.tp_overlap = {machine.stack.overlaps_tp};
  return space;
}

// Micro-batches of which one may be all of a replica's batch: where gradients are not kept.
std::vector<std::int64_t> whole_batches(const Batch& batch) {
  constexpr std::int64_t kMost = 256;
  std::vector<std::int64_t> sizes;
  for (const std::int64_t each : divisors(batch.global_batch)) {
    if (each <= kMost) sizes.push_back(each);
  }
  return sizes;
}

}  // namespace

RecomputeChoice selective_recompute(const Stack& stack) {
  ModuleSet modules;
  for (const std::string& word : stack.selective) add_module(modules, word);
  if (modules == ModuleSet{Module::kCoreAttention}) return {Recompute::kSelective, 0, {}};
  return {Recompute::kModules, 0, modules};
}

std::vector<RecomputeChoice> recompute_steps(const Stack& stack, const Architecture& model) {
  std::vector<RecomputeChoice> steps = {{}, selective_recompute(stack)};
  if (stack.recomputes_modules) {
    ModuleSet cheap = {Module::kNorm, Module::kActivation};
    if (model.has_latent_attention()) {
      steps.push_back({Recompute::kModules, 0, {Module::kLatentUpProjection}});
      cheap.add(Module::kLatentUpProjection);
    }
    steps.push_back({Recompute::kModules, 0, cheap});
  }
  steps.push_back({Recompute::kFull, 0, {}});
  return steps;
}

LayoutSpace practical_space(LayoutSpace space, const StepSetup& setup) {
  constexpr int kMostTensorParallel = 16;
  constexpr int kMostContextParallel = 64;
  constexpr double kLongSequence = 32768;
  const auto up_to = [](int most) {
    std::vector<int> powers;
    for (int i = 1; i <= most; i *= 2) powers.push_back(i);
    return powers;
  };
  if (space.tp.empty()) {
    space.tp = up_to(std::min(setup.machine.scale_up_domain, kMostTensorParallel));
  }
  if (space.cp.empty()) {
    space.cp = setup.batch.sequence_length >= kLongSequence ? up_to(kMostContextParallel)
                                                            : std::vector<int>{1};
  }
  if (space.expert_tp.empty()) space.expert_tp = {1};
  if (space.zero.empty()) space.zero = {1, 3};
  if (space.zero_shards.empty()) space.zero_shards = {0};
  if (space.micro_batch.empty()) {
    space.micro_batch = setup.batch.optimizer_in_backward ? whole_batches(setup.batch)
                                                          : std::vector<std::int64_t>{1, 2, 4, 8};
  }
  if (space.sequence_parallel.empty()) space.sequence_parallel = {true};
  if (space.tp_overlap.empty()) space.tp_overlap = {setup.machine.stack.overlaps_tp};
  const Batch& batch = setup.batch;
  if (space.offload_activations.empty()) space.offload_activations = {batch.offload_activations};
  if (space.offload_optimizer.empty()) space.offload_optimizer = {batch.offload_optimizer};
  if (space.vp.empty()) {
    for (int vp = 1; vp <= 12; ++vp) space.vp.push_back(vp);
  }
  return space;
}

std::optional<StepSetup> with_chosen_layout(StepSetup setup, LayoutSpace pins) {
  LayoutSpace space = coarse_space(setup.model, setup.machine);
  if (setup.batch.optimizer_in_backward) space.micro_batch = whole_batches(setup.batch);
  if (!pins.micro_batch.empty()) space.micro_batch = std::move(pins.micro_batch);
  space.recompute = std::move(pins.recompute);
  space.offload_activations = {setup.batch.offload_activations};
  space.offload_optimizer = {setup.batch.offload_optimizer};
  std::optional<StepSetup> best;
  constexpr int kUsual = 1, kWhereNothingElseFits = 3;
  for (const int level : {kUsual, kWhereNothingElseFits}) {
    space.zero = {level};
    auto found = with_best_layout(setup, closed(space));
    if (!found) continue;
    if (step_memory(found->context()).fits()) return found;
    if (!best) best = std::move(found);
  }
  if (best) return best;
  // Plain data parallelism is legal whatever the count, if the batch can be shared.
  setup.layout.dp = setup.machine.count;
  if (!layout_faults(setup.layout, setup.batch, setup.model, setup.machine.count).empty()) {
    return std::nullopt;
  }
  return setup;
}

RecomputeChoice least_recompute(StepSetup setup) {
  RecomputeChoice last;
  for (const RecomputeChoice& step : recompute_steps(setup.machine.stack, setup.model)) {
    step.apply(setup.batch);
    last = step;
    if (step_memory(setup.context()).fits()) break;
  }
  return last;
}

}  // namespace traincost
