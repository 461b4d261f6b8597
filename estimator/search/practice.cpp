#include "estimator/search/practice.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "estimator/run/goodput.h"
#include "estimator/step/memory.h"
#include "estimator/step/step.h"

namespace traincost {
namespace {

// Pipelines are cut into these many ranks: powers of two and three times those, as clusters are
// built, and what shares the layers evenly.
std::vector<int> usual_depths(int layers) {
  std::vector<int> depths;
  for (int pp = 1; pp <= layers; ++pp) {
    const auto power = [](int number) { return (number & (number - 1)) == 0; };
    const bool built = power(pp) || (pp % 3 == 0 && power(pp / 3));
    if (built || layers % pp == 0) depths.push_back(pp);
  }
  return depths;
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
  constexpr int kMostExpertTensorParallel = 8;
  constexpr int kMostVirtualStages = 12;
  constexpr double kSequenceOfARank = 4096;  // that is worth splitting no further
  const auto up_to = [](int most) {
    std::vector<int> powers;
    for (int i = 1; i <= most; i *= 2) powers.push_back(i);
    return powers;
  };
  const Batch& batch = setup.batch;
  space.may_idle = true;
  if (space.tp.empty()) {
    space.tp = up_to(std::min(setup.machine.scale_up_domain, kMostTensorParallel));
  }
  if (space.pp.empty()) space.pp = usual_depths(setup.model.layer_count());
  if (space.cp.empty()) {
    const double most = batch.sequence_length / kSequenceOfARank;
    space.cp = up_to(std::clamp(static_cast<int>(most), 1, kMostContextParallel));
  }
  if (space.expert_tp.empty()) space.expert_tp = up_to(kMostExpertTensorParallel);
  if (space.zero.empty()) space.zero = {1, 2, 3};
  if (space.zero_shards.empty()) space.zero_shards = {0};
  if (space.micro_batch.empty()) {
    if (batch.optimizer_in_backward) {
      space.micro_batch = whole_batches(batch);
    } else {
      for (std::int64_t i = 1; i <= 16; i *= 2) space.micro_batch.push_back(i);
    }
  }
  if (space.sequence_parallel.empty()) space.sequence_parallel = {true};
  if (space.tp_overlap.empty()) {
    space.tp_overlap = {false};
    if (setup.machine.stack.overlaps_tp) space.tp_overlap.push_back(true);
  }
  if (space.offload_activations.empty()) space.offload_activations = {batch.offload_activations};
  if (space.offload_optimizer.empty()) space.offload_optimizer = {batch.offload_optimizer};
  if (space.vp.empty()) {
    for (int vp = 1; vp <= kMostVirtualStages; ++vp) space.vp.push_back(vp);
  }
  return space;
}

SearchOptions choice_options(const LayoutQuestion& question) {
  SearchOptions options;
  options.top = 1;
  options.front = false;
  options.least = false;
  options.tie = kTie;
  options.reliability = &question.reliability;
  return options;
}

Seconds sequence_time(const StepSetup& setup, const Reliability& reliability) {
  const double sequences = static_cast<double>(setup.batch.global_batch);
  const double share = goodput(reliability, setup.layout.ranks()).share;
  return 1 / (sequences * share) * estimate_step(setup.context()).time;
}

// A sequence takes the longer the fewer micro-batches share what a step costs.
StepSetup with_smallest_batch(StepSetup setup, const BatchRange& range,
                              const Reliability& reliability, Seconds limit) {
  const Layout& l = setup.layout;
  const std::int64_t wave = l.dp * setup.batch.micro_batch;
  std::int64_t enough = micro_batches(l, setup.batch);
  std::int64_t low = (range.least + wave - 1) / wave;  // no fewer than those
  while (low < enough) {
    const std::int64_t middle = low + (enough - low) / 2;
    const std::int64_t taken = legal_micro_batches(l.schedule, l.pp, middle);
    StepSetup trial = setup;
    trial.batch.global_batch = taken * wave;
    const bool legal = taken > 0 && trial.batch.global_batch >= range.least;
    if (legal && sequence_time(trial, reliability) <= limit) {
      enough = taken;
    } else {
      low = middle + 1;
    }
  }
  setup.batch.global_batch = enough * wave;
  return setup;
}

std::optional<ChosenLayout> choose_layout(const StepSetup& setup, const LayoutQuestion& question) {
  LayoutSpace space = closed(practical_space(question.pins, setup));
  space.batch = question.batch;
  StepSetup reserving = setup;
  SearchOptions options = choice_options(question);
  std::vector<double> reserves = {question.memory_reserve};
  if (question.memory_reserve > 0) reserves.push_back(0);
  for (const double reserve : reserves) {
    reserving.machine.memory_capacity = (1 - reserve) * setup.machine.memory_capacity;
    const SearchResult found = search_layouts(reserving, space, options);
    if (!found.simplest) {
      if (found.stats.legal == 0) return std::nullopt;
      continue;
    }
    ChosenLayout chosen{with_layout(setup, space, found.simplest->layout.key), true,
                        reserve == question.memory_reserve};
    if (question.batch) {
      chosen.setup = with_smallest_batch(std::move(chosen.setup), *question.batch,
                                         question.reliability, found.simplest->limit);
    }
    return chosen;
  }
  options.least = true;
  const SearchResult lacking = search_layouts(setup, space, options);
  return ChosenLayout{with_layout(setup, space, lacking.least->key)};
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
