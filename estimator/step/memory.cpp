#include "estimator/step/memory.h"

#include <algorithm>

#include "base/units.h"

namespace traincost {
namespace {

using namespace unit;

// Gathered parameters of the layer at work and the next one, under ZeRO-3.
constexpr double kGatheredLayers = 2;

Memory add_up(const StepContext& context, const LayerTerms& terms, const RankLoad& load) {
  const Stack& stack = context.machine.stack;
  const Layout& l = context.layout;
  const double whole = load.parameters.total();
  const double owned = optimizer_shards(l).owned(load.parameters);
  const auto states = [&](double bytes_each, int sharded_from) {
    return bytes_each * (l.zero >= sharded_from ? owned : whole) * B;
  };
  const Bytes optimizer = states(stack.optimizer_bytes, 1);
  const bool offload = context.batch.offload_optimizer;
  Memory memory;
  const auto add = [&](std::string_view name, Bytes bytes) {
    if (bytes > Bytes{}) memory.terms.push_back({name, bytes});
  };
  add("activations", load.activations);
  const double weight = context.machine.element_bytes;
  const Bytes weights = states(weight, 3);
  const bool weights_away = context.batch.offload_parameters;
  if (!weights_away) add("weights", weights);
  const StateBytes held = state_bytes(context.machine, l, update_place(context.batch));
  const Bytes leaving =
      l.zero == 2 ? (held.whole - weight) * whole * B + held.gathered * load.largest_layer * B
                  : Bytes{};
  const Bytes scratch = held.scratch * (held.updates_shard ? owned : whole) * B;
  if (held.freed > 0) {
    add("gradients", held.freed * load.largest_part * B);
  } else if (!context.batch.optimizer_in_backward) {
    add("gradients", states(stack.gradient_bytes + stack.raw_gradient_bytes, 2) + leaving);
  }
  if (!offload) add("optimizer states", optimizer);
  add("logits and loss", load.logits);
  if (l.zero >= 3) add("gathered parameters", kGatheredLayers * weight * load.largest_layer * B);
  add("backward working set", terms.working);
  add("allocator slack", stack.allocator_slack * (load.activations + load.logits));
  add("context and workspaces", stack.context_memory);
  add("scratch of the update", max(Bytes{}, load.context + scratch - load.fixed));
  std::stable_sort(memory.terms.begin(), memory.terms.end(),
                   [](const MemoryTerm& a, const MemoryTerm& b) { return b.bytes < a.bytes; });
  memory.required = required_memory(load, held, owned);
  // At the update no activations are there, nor what they lose to fragmentation.
  const bool at_update = load.context + scratch > load.fixed;
  memory.allocated =
      memory.required - stack.context_memory -
      (at_update ? Bytes{} : stack.allocator_slack * (load.activations + load.logits));
  memory.available = context.machine.memory_capacity;
  memory.most_loaded_rank = load.rank;
  memory.host =
      load.offloaded + (offload ? optimizer : Bytes{}) + (weights_away ? weights : Bytes{});
  return memory;
}

struct RankLoads {
  LayerTerms terms;
  StagePlan plan;

  explicit RankLoads(const StepContext& context)
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

int shard_stride(const Layout& layout) {
  if (!layout.shards_outside || layout.zero_shards <= 0) return layout.tp;
  return layout.tp * (layout.dp * layout.cp / layout.zero_shards);
}

RankLoad rank_load(const StepContext& context, const LayerTerms& terms, const RankGroup& group,
                   double micro_batches) {
  RankLoad load;
  load.rank = group.first_rank;
  Bytes one;  // micro-batch
  Bytes largest_kept;
  for (std::size_t i = 0; i < terms.kinds.size(); ++i) {
    const KindTerms& kind = terms.kinds[i];
    const double layers = group.recomputing[i] + group.plain[i];
    if (layers <= 0) continue;
    one += group.recomputing[i] * kind.kept + group.plain[i] * kind.plain_kept;
    if (group.recomputing[i] > 0) largest_kept = max(largest_kept, kind.kept);
    if (group.plain[i] > 0) largest_kept = max(largest_kept, kind.plain_kept);
    load.parameters.add(layers, kind.parameters);
    load.largest_layer = std::max(load.largest_layer, kind.parameters.total());
  }
  load.largest_part = load.largest_layer;
  const auto last_kind = static_cast<std::size_t>(context.model.layers.back());
  const auto add_end = [&](const LocalParameters& end) {
    load.parameters.add(1, end);
    load.largest_part = std::max(load.largest_part, end.total());
  };
  if (group.first) add_end(terms.first);
  if (group.last) {
    add_end(terms.last);
    // A tied head needs its own copy only where it lies on another rank.
    if (group.first) load.parameters.dense -= terms.tied;
    load.parameters.add(context.model.mtp_depth, terms.mtp_parameters);
    one += context.model.mtp_depth * terms.kinds[last_kind].kept;
    load.logits = terms.logits;
  }
  const Layout& l = context.layout;
  load.activations = rules_of(l.schedule).slots(l.pp, l.vp, micro_batches, group.first_rank) * one;
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
  const Stack& stack = context.machine.stack;
  load.fixed = load.activations + load.logits + terms.working +
               stack.allocator_slack * (load.activations + load.logits) + stack.context_memory;
  load.context = stack.context_memory;
  return load;
}

StateBytes state_bytes(const Machine& machine, const Layout& layout, UpdatePlace place) {
  const Stack& stack = machine.stack;
  const double weight = machine.element_bytes;
  const int zero = layout.zero;
  const bool alone = layout.dp * layout.cp == 1;
  const bool at_once = place.optimizer_in_backward && (alone || zero == 3);
  const double gradients = stack.gradient_bytes + stack.raw_gradient_bytes;
  StateBytes bytes;
  if (!place.offload_parameters) (zero >= 3 ? bytes.owned : bytes.whole) += weight;
  bytes.updates_shard = zero >= 1;
  if (!at_once) {
    (zero >= 2 ? bytes.owned : bytes.whole) += gradients;
  } else if (alone) {
    // Of shards only a layer's are there, beside what gathers it.
    bytes.freed = gradients + (place.offload_optimizer ? 0 : stack.update_scratch_bytes);
  }
  if (!place.offload_optimizer) {
    (zero >= 1 ? bytes.owned : bytes.whole) += stack.optimizer_bytes;
    if (!at_once) bytes.scratch = stack.update_scratch_bytes;
  }
  if (zero >= 3) bytes.gathered = kGatheredLayers * weight;
  // ZeRO-2's gradients are whole until they leave: a chunk's, or a layer's.
  if (zero == 2 && !alone) {
    if (layout.vp > 1) {
      bytes.whole += stack.gradient_bytes / layout.vp;
    } else {
      bytes.gathered = stack.gradient_bytes;
    }
  }
  return bytes;
}

Memory most_loaded(const StepContext& context, const LayerTerms& terms,
                   const std::vector<RankLoad>& loads) {
  const Shards shards = optimizer_shards(context.layout);
  const StateBytes bytes =
      state_bytes(context.machine, context.layout, update_place(context.batch));
  const RankLoad* worst = nullptr;
  Bytes most;
  for (const RankLoad& load : loads) {
    const Bytes required = required_memory(load, bytes, shards.owned(load.parameters));
    if (worst != nullptr && required <= most) continue;
    worst = &load;
    most = required;
  }
  return add_up(context, terms, *worst);
}

LocalParameters rank_parameters(const StepContext& context, int rank) {
  return RankLoads(context).of_rank(context, rank).parameters;
}

Memory rank_memory_of(const StepContext& context, int rank) {
  const RankLoads all(context);
  return most_loaded(context, all.terms, {all.of_rank(context, rank)});
}

Memory step_memory(const StepContext& context) {
  const RankLoads all(context);
  std::vector<RankLoad> loads;
  for (const RankGroup& group : all.plan.groups) {
    loads.push_back(all.of(context, group, group.first_rank));
  }
  return most_loaded(context, all.terms, loads);
}

}  // namespace traincost
