#include "estimator/step/memory.h"

#include <algorithm>

#include "base/units.h"
#include "estimator/model/parameters.h"

namespace traincost {
namespace {

using namespace unit;

constexpr double kBf16 = 2;
// FP8 with one fp32 scale for each 128 elements, against bf16.
constexpr double kFp8Cache = 0.5 * (1 + 4.0 / 128);
// Gathered parameters of the layer at work and the next one, under ZeRO-3.
constexpr double kGatheredLayers = 2;

double layer_count(const std::vector<int>& sizes, int stage) {
  return sizes[static_cast<std::size_t>(stage)];
}

int first_layer(const std::vector<int>& sizes, int stage) {
  int first = 0;
  for (int i = 0; i < stage; ++i) first += sizes[static_cast<std::size_t>(i)];
  return first;
}

template <typename Visit>
void visit_layers(const StepContext& context, const std::vector<int>& sizes, int stage,
                  Visit visit) {
  const int first = first_layer(sizes, stage);
  for (int i = 0; i < static_cast<int>(layer_count(sizes, stage)); ++i) {
    visit(context.model.layer(first + i));
  }
}

double head_parameters(const Architecture& model) {
  return static_cast<double>(model.vocab * model.embedding_dim);
}

Bytes saved_bytes(const StepContext& context, const std::vector<Operator>& operators) {
  const bool cache = context.batch.fp8_activation_cache;
  Bytes kept;
  for (const Operator& op : operators) {
    if (op.saved_from != Module::kNone && context.batch.recomputes(op.saved_from)) continue;
    kept += (cache && op.cacheable ? kFp8Cache : 1.0) * op.saved;
  }
  return kept;
}

// Micro-batches of one virtual stage's activations that a rank holds at its fullest.
double slots(const Layout& layout, const Batch& batch, int rank) {
  const auto m = static_cast<double>(micro_batches(layout, batch));
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

// Gradients alive at once in the backward pass of a layer: of a product's output, of its input,
// and of what the next product reads, at the widest place.
Bytes working_set(const StepContext& context, const Layer& layer) {
  Bytes widest;
  double next_input = 0;
  const std::vector<Operator> operators =
      layer_operators(layer, context.model.hidden, context.sharding(), context.style());
  for (auto op = operators.rbegin(); op != operators.rend(); ++op) {
    if (op->kind != Operator::Kind::kGemm) continue;
    // What context parallelism gathers is worked off chunk by chunk.
    const double rows =
        op->groups > 1 ? op->groups * op->m : std::min(op->m, context.sharding().tokens);
    const double input = rows * op->k;
    const double output = rows * op->n;
    widest = max(widest, (output + input + next_input) * kBf16 * B);
    next_input = input;
  }
  return widest;
}

struct RankMemory {
  Bytes weights, gradients, optimizer, activations, logits, gathered, working;
  Bytes host;
};

RankMemory rank_memory(const StepContext& context, int rank) {
  const Layout& l = context.layout;
  const Machine& machine = context.machine;
  const std::vector<int> sizes = stage_sizes(l, context.model.layer_count());
  const LocalParameters parameters = rank_parameters(context, rank);
  const Shards shards = optimizer_shards(l);
  const double of_dense = l.zero > 0 ? shards.dense : 1;
  const double of_experts = l.zero > 0 ? shards.experts : 1;
  const auto sharded = [&](double bytes_each, bool split) {
    return bytes_each *
           (parameters.dense / (split ? of_dense : 1) +
            parameters.experts / (split ? of_experts : 1)) *
           B;
  };
  RankMemory memory;
  memory.weights = sharded(kBf16, l.zero >= 3);
  memory.gradients = sharded(machine.stack.gradient_bytes, l.zero >= 2);
  memory.optimizer = sharded(machine.stack.optimizer_bytes, l.zero >= 1);

  double largest_layer = 0;
  Bytes activations;
  Bytes largest_kept;
  bool has_last_stage = false;
  const Batch plain = context.batch.without_recompute();
  const StepContext expanded{context.model, context.machine, context.layout, plain};
  for (const int stage : stages_of_rank(l, rank)) {
    int treated = context.batch.treated_layers(sizes[static_cast<std::size_t>(stage)]);
    visit_layers(context, sizes, stage, [&](const Layer& layer) {
      const Bytes kept = layer_activations(treated-- > 0 ? context : expanded, layer);
      activations += kept;
      largest_kept = max(largest_kept, kept);
      largest_layer = std::max(largest_layer, local_layer_parameters(context, layer).total());
    });
    if (stage + 1 == l.pp * l.vp) has_last_stage = true;
  }
  if (has_last_stage && context.model.mtp_depth > 0) {
    const Layer& last = context.model.layer(context.model.layer_count() - 1);
    activations += context.model.mtp_depth * layer_activations(context, last);
  }
  // `slots` counts whole sets of a rank's virtual stages.
  memory.activations = slots(l, context.batch, rank) * activations;
  if (context.batch.offload_activations) {
    // One layer is worked on while its neighbour is copied.
    const Bytes staying = min(memory.activations, 2.0 * largest_kept);
    memory.host += memory.activations - staying;
    memory.activations = staying;
  }
  if (context.batch.offload_optimizer) {
    memory.host += memory.optimizer;
    memory.optimizer = {};
  }
  if (context.batch.recompute == Recompute::kFull && !context.model.layers.empty()) {
    // One layer at a time is expanded again.
    memory.activations +=
        layer_activations(expanded, context.model.layer(context.model.layer_count() - 1));
  }
  for (const Layer& layer : context.model.kinds) {
    memory.working = max(memory.working, working_set(context, layer));
  }
  if (has_last_stage) {
    memory.logits = saved_bytes(context, head_operators(context.model, context.sharding()));
  }
  if (l.zero >= 3) memory.gathered = kGatheredLayers * kBf16 * largest_layer * B;
  return memory;
}

Memory add_up(const StepContext& context, const RankMemory& rank, int index) {
  const Stack& stack = context.machine.stack;
  Memory memory;
  const auto add = [&](std::string_view name, Bytes bytes) {
    if (bytes > Bytes{}) memory.terms.push_back({name, bytes});
    memory.required += bytes;
  };
  add("activations", rank.activations);
  add("weights", rank.weights);
  add("gradients", rank.gradients);
  add("optimizer states", rank.optimizer);
  add("logits and loss", rank.logits);
  add("gathered parameters", rank.gathered);
  add("backward working set", rank.working);
  memory.allocated = memory.required;
  add("allocator slack", stack.allocator_slack * (rank.activations + rank.logits));
  add("context and workspaces", stack.context_memory);
  std::stable_sort(memory.terms.begin(), memory.terms.end(),
                   [](const MemoryTerm& a, const MemoryTerm& b) { return b.bytes < a.bytes; });
  memory.available = context.machine.memory_capacity;
  memory.most_loaded_rank = index;
  memory.host = rank.host;
  return memory;
}

}  // namespace

std::vector<int> stages_of_rank(const Layout& layout, int rank) {
  if (layout.schedule == Schedule::kDualPipe) {
    return {rank, layout.pp - 1 - rank};
  }
  if (is_v_shaped(layout.schedule)) return {rank, 2 * layout.pp - 1 - rank};
  std::vector<int> stages;
  stages.reserve(static_cast<std::size_t>(layout.vp));
  for (int chunk = 0; chunk < layout.vp; ++chunk) stages.push_back(chunk * layout.pp + rank);
  return stages;
}

Shards optimizer_shards(const Layout& layout) {
  const double replicas = static_cast<double>(layout.dp) * layout.cp;
  const double of_experts =
      std::max(1.0, replicas * layout.tp / (static_cast<double>(layout.ep) * layout.expert_tp));
  if (layout.zero_shards <= 0) return {replicas, of_experts};
  const double stated = layout.zero_shards;
  return {stated, std::min(stated, of_experts)};
}

LocalParameters local_layer_parameters(const StepContext& context, const Layer& layer) {
  const std::int64_t h = context.model.hidden;
  LocalParameters local;
  double routed = 0;
  if (layer.experts) {
    routed = static_cast<double>(layer.experts->routed) *
             static_cast<double>(expert_parameters(layer, h));
    local.experts = routed / (static_cast<double>(context.layout.ep) * context.layout.expert_tp);
  }
  // Norms and routers are replicated over the group; at these sizes that is below a thousandth.
  local.dense = (static_cast<double>(layer_parameters(layer, h)) - routed) / context.layout.tp;
  return local;
}

LocalParameters rank_parameters(const StepContext& context, int rank) {
  const Layout& l = context.layout;
  const Architecture& model = context.model;
  const std::vector<int> sizes = stage_sizes(l, model.layer_count());
  LocalParameters local;
  bool first = false;
  bool last = false;
  for (const int stage : stages_of_rank(l, rank)) {
    visit_layers(context, sizes, stage, [&](const Layer& layer) {
      const LocalParameters each = local_layer_parameters(context, layer);
      local.dense += each.dense;
      local.experts += each.experts;
    });
    first = first || stage == 0;
    last = last || stage + 1 == l.pp * l.vp;
  }
  if (last && model.mtp_depth > 0) {
    const LocalParameters each =
        local_layer_parameters(context, model.layer(model.layer_count() - 1));
    local.experts += model.mtp_depth * each.experts;
    local.dense += model.mtp_depth * (each.dense + 2.0 * static_cast<double>(model.hidden) *
                                                       static_cast<double>(model.hidden) / l.tp);
  }
  const double table = head_parameters(model) / l.tp;
  if (first) local.dense += table + static_cast<double>(model.position_rows * model.hidden);
  // A tied head needs its own copy only where it lies on another rank.
  if (last && !(model.tied_embeddings && first)) local.dense += table;
  return local;
}

Bytes layer_activations(const StepContext& context, const Layer& layer) {
  const Sharding sharding = context.sharding();
  if (context.batch.recompute == Recompute::kFull) {
    const double tokens =
        context.layout.sequence_parallel ? sharding.tokens / sharding.tp : sharding.tokens;
    return tokens * static_cast<double>(context.model.hidden) * kBf16 * B;
  }
  return saved_bytes(context,
                     layer_operators(layer, context.model.hidden, sharding, context.style()));
}

Memory rank_memory_of(const StepContext& context, int rank) {
  return add_up(context, rank_memory(context, rank), rank);
}

Memory step_memory(const StepContext& context) {
  Memory worst;
  const int ranks =
      context.layout.schedule == Schedule::kDualPipe ? context.layout.pp / 2 : context.layout.pp;
  for (int rank = 0; rank < std::max(1, ranks); ++rank) {
    Memory memory = rank_memory_of(context, rank);
    if (rank == 0 || memory.required > worst.required) worst = std::move(memory);
  }
  return worst;
}

}  // namespace traincost
