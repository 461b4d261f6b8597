#include "estimator/step/memory.h"

#include <algorithm>

#include "base/units.h"

namespace traincost {
namespace {

using namespace unit;

constexpr double kBf16 = 2;
// Gathered parameters of the layer at work and the next one, under ZeRO-3.
constexpr double kGatheredLayers = 2;

// Micro-batches of one virtual stage's activations that a rank holds at its fullest, in whole sets
// of its virtual stages.
double slots(const Layout& layout, double m, int rank) {
  const double p = layout.pp;
  switch (layout.schedule) {
    case Schedule::kGPipe: return m;
    case Schedule::k1F1B: return std::min(m, p - rank);
    case Schedule::kInterleaved: {
      // Narayanan et al. 2021: the first rank warms up (p-1) x 2 + (v-1) p chunks beyond one.
      const double v = layout.vp;
      const double chunks = std::min(m * v, 2 * (p - rank - 1) + (v - 1) * p + 1);
      return chunks / v;
    }
    // Inputs wait for the weight gradients that are put off, so that every rank holds what the
    // first one does.
    case Schedule::kZbH1:
    case Schedule::kZbV: return std::min(m, p);
    case Schedule::kDualPipe: return std::min(m, p + 1) / 2;
    case Schedule::kDualPipeV: return std::min(2 * m, 2 * p + 1) / 2;
  }
  return 1;
}

Memory add_up(const StepContext& context, const RankMemory& rank, int index) {
  Memory memory;
  const auto add = [&](std::string_view name, Bytes bytes) {
    if (bytes > Bytes{}) memory.terms.push_back({name, bytes});
  };
  add("activations", rank.activations);
  add("weights", rank.weights);
  add("gradients", rank.gradients);
  add("optimizer states", rank.optimizer);
  add("logits and loss", rank.logits);
  add("gathered parameters", rank.gathered);
  add("backward working set", rank.working);
  add("allocator slack", rank.slack);
  add("context and workspaces", rank.context);
  std::stable_sort(memory.terms.begin(), memory.terms.end(),
                   [](const MemoryTerm& a, const MemoryTerm& b) { return b.bytes < a.bytes; });
  memory.allocated = rank.allocated();
  memory.required = rank.required();
  memory.available = context.machine.memory_capacity;
  memory.most_loaded_rank = index;
  memory.host = rank.host;
  return memory;
}

struct Loads {
  LayerTerms terms;
  StagePlan plan;

  explicit Loads(const StepContext& context)
      : terms(layer_terms(context, timed_model(context))),
        plan(stage_plan(context.model, context.layout, context.batch)) {}

  [[nodiscard]] RankLoad of(const StepContext& context, RankGroup group, int rank) const {
    group.first_rank = rank;
    const auto m = static_cast<double>(micro_batches(context.layout, context.batch));
    return rank_load(context, terms, group, m);
  }
  [[nodiscard]] RankLoad of_rank(const StepContext& context, int rank) const {
    const int group = plan.group_of_rank[static_cast<std::size_t>(rank)];
    return of(context, plan.groups[static_cast<std::size_t>(group)], rank);
  }
};

}  // namespace

Shards optimizer_shards(const Layout& layout) {
  const double replicas = static_cast<double>(layout.dp) * layout.cp;
  const double of_experts =
      std::max(1.0, replicas * layout.tp / (static_cast<double>(layout.ep) * layout.expert_tp));
  if (layout.zero_shards <= 0) return {replicas, of_experts};
  const double stated = layout.zero_shards;
  return {stated, std::min(stated, of_experts)};
}

RankLoad rank_load(const StepContext& context, const LayerTerms& terms, const RankGroup& group,
                   double micro_batches) {
  RankLoad load;
  load.rank = group.first_rank;
  Bytes one;  // micro-batch
  Bytes largest_kept;
  for (std::size_t i = 0; i < terms.kinds.size(); ++i) {
    const KindTerms& kind = terms.kinds[i];
    const double layers = group.treated[i] + group.plain[i];
    if (layers <= 0) continue;
    one += group.treated[i] * kind.kept + group.plain[i] * kind.plain_kept;
    if (group.treated[i] > 0) largest_kept = max(largest_kept, kind.kept);
    if (group.plain[i] > 0) largest_kept = max(largest_kept, kind.plain_kept);
    load.parameters.add(layers, kind.parameters);
    load.largest_layer = std::max(load.largest_layer, kind.parameters.total());
  }
  const auto last_kind = static_cast<std::size_t>(context.model.layers.back());
  if (group.first) load.parameters.add(1, terms.first);
  if (group.last) {
    load.parameters.add(1, terms.last);
    // A tied head needs its own copy only where it lies on another rank.
    if (group.first) load.parameters.dense -= terms.tied;
    load.parameters.add(context.model.mtp_depth, terms.mtp_parameters);
    one += context.model.mtp_depth * terms.kinds[last_kind].kept;
    load.logits = terms.logits;
  }
  load.activations = slots(context.layout, micro_batches, group.first_rank) * one;
  if (context.batch.offload_activations) {
    // One layer is worked on while its neighbour is copied.
    const Bytes staying = min(load.activations, 2.0 * largest_kept);
    load.offloaded = load.activations - staying;
    load.activations = staying;
  }
  // One layer at a time is expanded again.
  if (context.batch.recompute == Recompute::kFull) {
    load.activations += terms.kinds[last_kind].plain_kept;
  }
  return load;
}

RankMemory rank_memory(const StepContext& context, const LayerTerms& terms, const RankLoad& load,
                       Shards shards) {
  const Layout& l = context.layout;
  const Stack& stack = context.machine.stack;
  const double whole = load.parameters.total();
  const double split =
      load.parameters.dense / shards.dense + load.parameters.experts / shards.experts;
  RankMemory memory;
  memory.activations = load.activations;
  memory.logits = load.logits;
  memory.weights = kBf16 * (l.zero >= 3 ? split : whole) * B;
  memory.gradients = stack.gradient_bytes * (l.zero >= 2 ? split : whole) * B;
  memory.optimizer = stack.optimizer_bytes * (l.zero >= 1 ? split : whole) * B;
  memory.host = load.offloaded;
  if (context.batch.offload_optimizer) {
    memory.host += memory.optimizer;
    memory.optimizer = {};
  }
  memory.working = terms.working;
  if (l.zero >= 3) memory.gathered = kGatheredLayers * kBf16 * load.largest_layer * B;
  memory.slack = stack.allocator_slack * (load.activations + load.logits);
  memory.context = stack.context_memory;
  return memory;
}

Memory most_loaded(const StepContext& context, const LayerTerms& terms,
                   const std::vector<RankLoad>& loads) {
  const Shards shards = optimizer_shards(context.layout);
  const RankLoad* worst = nullptr;
  RankMemory most;
  for (const RankLoad& load : loads) {
    const RankMemory memory = rank_memory(context, terms, load, shards);
    if (worst != nullptr && memory.required() <= most.required()) continue;
    worst = &load;
    most = memory;
  }
  return add_up(context, most, worst->rank);
}

LocalParameters rank_parameters(const StepContext& context, int rank) {
  return Loads(context).of_rank(context, rank).parameters;
}

Memory rank_memory_of(const StepContext& context, int rank) {
  const Loads all(context);
  return most_loaded(context, all.terms, {all.of_rank(context, rank)});
}

Memory step_memory(const StepContext& context) {
  const Loads all(context);
  std::vector<RankLoad> loads;
  for (const RankGroup& group : all.plan.groups) {
    loads.push_back(all.of(context, group, group.first_rank));
  }
  return most_loaded(context, all.terms, loads);
}

}  // namespace traincost
