#include "estimator/step/layer_terms.h"

#include <algorithm>
#include <cmath>

#include "base/units.h"
#include "estimator/machine/collectives.h"
#include "estimator/model/parameters.h"
#include "estimator/step/groups.h"

namespace traincost {
namespace {

using namespace unit;

// One fp32 scale for each 128 elements of a byte.
constexpr double kScales = 1 + 4.0 / 128;
constexpr double kFp8Cache = 0.5 * kScales;  // against bf16

// What operators leave behind, less what a recomputed module makes again; all of it where `plain`.
Bytes saved_bytes(const StepContext& context, const std::vector<Operator>& operators, bool plain) {
  const Batch& batch = context.batch;
  const Machine& machine = context.machine;
  // Inputs of narrow products are kept as they were multiplied, with their scales.
  const bool narrow = machine.stack.saves_fp8_inputs && machine.narrow();
  const double narrowed = narrow ? machine.run.operand_bytes / kBf16Bytes * kScales : 1;
  const bool recomputing = !plain && batch.recompute != Recompute::kNone;
  const auto made_again = [&](Module part) {
    return part != Module::kNone && batch.recomputes(part);
  };
  Bytes kept;
  for (const Operator& op : operators) {
    if (recomputing && (made_again(op.saved_from) || made_again(op.block))) continue;
    double share = 1;
    if (batch.fp8_activation_cache && op.cacheable) {
      share = kFp8Cache;
    } else if (narrow && op.kind == Operator::Kind::kGemm && op.low_precision) {
      // What the operator before keeps for itself stays whole beside the narrow copy.
      share = (op.input_kept_before ? 1 : 0) + narrowed;
    }
    kept += share * op.saved;
  }
  return kept;
}

// Gradients alive at once in the backward pass of a layer: of a product's output, of its input,
// and of what the next product reads, at the widest place.
Bytes working_set(const StepContext& context, const std::vector<Operator>& operators) {
  Bytes widest;
  double next_input = 0;
  const double tokens = context.sharding().tokens;
  for (auto op = operators.rbegin(); op != operators.rend(); ++op) {
    if (op->kind != Operator::Kind::kGemm) continue;
    // What context parallelism gathers is worked off chunk by chunk.
    const double rows = op->groups > 1 ? op->groups * op->m : std::min(op->m, tokens);
    const double input = rows * op->k;
    const double output = rows * op->n;
    widest = max(widest, (output + input + next_input) * context.machine.element_bytes * B);
    next_input = input;
  }
  return widest;
}

// Sends between stages: one micro-batch's activations, or their gradients. Each rank of a
// tensor-parallel group sends its share over its own card; where the sequence is not split the
// shares are gathered inside the group. Source: Narayanan et al. 2021, arXiv:2104.04473,
// section 4.1.
Seconds stage_send_time(const StepContext& context) {
  const Layout& l = context.layout;
  const Machine& machine = context.machine;
  const Bytes whole = context.hidden_states();
  const Group stages = make_group(machine, stage_span(l));
  const Seconds send = send_time(machine, stages, whole / l.tp);
  if (l.sequence_parallel) return send;
  return send + all_gather_time(machine, make_group(machine, tensor_span(l)), whole);
}

LayerParameters counted(const StepContext& context, const Layer& layer) {
  const std::int64_t h = context.model.hidden;
  LayerParameters counts;
  counts.all = static_cast<double>(layer_parameters(layer, h));
  if (layer.experts) {
    counts.routed = static_cast<double>(layer.experts->routed) *
                    static_cast<double>(expert_parameters(layer, h));
  }
  return counts;
}

// Norms and routers are replicated over the group; at these sizes that is below a thousandth.
LocalParameters on_one_rank(const Layout& l, const LayerParameters& counts) {
  return {.dense = (counts.all - counts.routed) / l.tp,
          .experts = counts.routed / (static_cast<double>(l.ep) * l.expert_tp)};
}

// What ep and expert-tp change beside times.
void spread(const StepContext& context, TimedModel& timed) {
  timed.working = {};
  for (std::size_t i = 0; i < timed.kinds.size(); ++i) {
    timed.parameters[i] = on_one_rank(context.layout, timed.counts[i]);
    timed.working = max(timed.working, working_set(context, timed.kinds[i].operators));
    timed.saved[i] = saved_bytes(context, timed.kinds[i].operators, true);
  }
}

// What a micro-batch leaves behind in a layer of these under the batch's recompute mode.
Bytes kept_bytes(const StepContext& context, const std::vector<Operator>& operators) {
  if (context.batch.recompute != Recompute::kFull) return saved_bytes(context, operators, false);
  const Bytes whole = context.hidden_states();
  return context.layout.sequence_parallel ? whole / context.layout.tp : whole;
}

}  // namespace

LocalParameters local_layer_parameters(const StepContext& context, const Layer& layer) {
  return on_one_rank(context.layout, counted(context, layer));
}

Bytes layer_activations(const StepContext& context, const Layer& layer) {
  return kept_bytes(
      context, layer_operators(layer, context.model.hidden, context.sharding(), context.style()));
}

TimedModel timed_model(const StepContext& context) {
  const Machine& machine = context.machine;
  const Sharding sharding = context.sharding();
  TimedModel timed_parts;
  timed_parts.kinds.reserve(context.model.kinds.size());
  for (const Layer& layer : context.model.kinds) {
    const TimedLayer* like = timed_parts.kinds.empty() ? nullptr : &timed_parts.kinds.back();
    timed_parts.kinds.push_back(timed_layer(context, layer, like));
    timed_parts.counts.push_back(counted(context, layer));
  }
  timed_parts.layers.resize(timed_parts.kinds.size());
  for (const int kind : context.model.layers) {
    timed_parts.layers[static_cast<std::size_t>(kind)] += 1;
  }
  timed_parts.parameters.resize(timed_parts.kinds.size());
  timed_parts.saved.resize(timed_parts.kinds.size());
  spread(context, timed_parts);
  timed_parts.embedding =
      timed(machine, embedding_operators(context.model, sharding, context.style()));
  timed_parts.head = timed(machine, head_operators(context.model, sharding, context.style()));
  if (context.model.mtp_depth > 0) {
    timed_parts.mtp_projection = timed(machine, {mtp_projection(context)});
  }
  return timed_parts;
}

void retime_experts(const StepContext& context, KnownProducts& known, TimedModel& timed) {
  for (std::size_t i = 0; i < timed.kinds.size(); ++i) {
    retime_experts(context, context.model.kinds[i], known, timed.kinds[i]);
  }
  spread(context, timed);
}

LayerTerms layer_terms(const StepContext& context, const TimedModel& timed) {
  LayerTerms terms;
  fill_layer_terms(context, timed, terms);
  return terms;
}

void refill_recomputation(const StepContext& context, const TimedModel& timed, LayerTerms& terms) {
  const bool none = context.batch.recompute == Recompute::kNone;
  for (std::size_t i = 0; i < timed.kinds.size(); ++i) {
    terms.kinds[i].kept = none ? timed.saved[i] : kept_bytes(context, timed.kinds[i].operators);
  }
  terms.logits = saved_bytes(context, timed.head.operators, false);
}

void refill_times(const StepContext& context, const TimedModel& timed, LayerTerms& terms) {
  const Architecture& model = context.model;
  for (std::size_t i = 0; i < model.kinds.size(); ++i) {
    const Layer& layer = model.kinds[i];
    const TimedLayer& each = timed.kinds[i];
    KindTerms& kind = terms.kinds[i];
    kind.time = layer_time(context, layer, each);
    kind.totals = totals(kind.time);
    if (context.batch.recompute_layers > 0) {
      const Batch batch = context.batch.without_recompute();
      kind.plain_time = layer_time({model, context.machine, context.layout, batch}, layer, each);
      kind.plain_totals = totals(kind.plain_time);
    }
  }
  if (model.mtp_depth > 0) {
    terms.mtp = terms.kinds[static_cast<std::size_t>(model.layers.back())].time;
    terms.mtp += timed.mtp_projection.sum;
    terms.mtp += terms.head;
    terms.mtp_totals = totals(terms.mtp);
  }
}

void fill_layer_terms(const StepContext& context, const TimedModel& timed, LayerTerms& terms) {
  const Architecture& model = context.model;
  terms.kinds.resize(model.kinds.size());
  for (std::size_t i = 0; i < model.kinds.size(); ++i) {
    KindTerms& kind = terms.kinds[i];
    kind.layers = timed.layers[i];
    kind.plain_kept = timed.saved[i];
    kind.plain_time = {};
    kind.plain_totals = {};
    kind.parameters = timed.parameters[i];
  }
  terms.embedding = timed.embedding.sum;
  terms.embedding_totals = totals(terms.embedding);
  terms.head = timed.head.sum;
  terms.head_totals = totals(terms.head);
  const auto h = static_cast<double>(model.hidden);
  const double table = context.vocabulary_of_rank() * static_cast<double>(model.embedding_dim);
  terms.tied = model.tied_embeddings ? table : 0;
  terms.first.dense = table + static_cast<double>(model.position_rows) * h;
  terms.last.dense = table;
  terms.mtp = {};
  terms.mtp_totals = {};
  terms.mtp_parameters = {};
  if (model.mtp_depth > 0) {
    terms.mtp_parameters = timed.parameters[static_cast<std::size_t>(model.layers.back())];
    terms.mtp_parameters.dense += 2 * h * h / context.layout.tp;
  }
  terms.working = timed.working;
  refill_ranks(context, terms);
  refill_recomputation(context, timed, terms);
  refill_times(context, timed, terms);
}

void refill_ranks(const StepContext& context, LayerTerms& terms) {
  const Machine& machine = context.machine;
  terms.send = stage_send_time(context);
  terms.straggler =
      straggler_share(machine.engine.straggler * machine.stack.straggler, context.layout.ranks());
}

double straggler_share(double sigma, double ranks) {
  return ranks > 1 ? sigma * std::sqrt(2 * std::log(ranks)) : 0;
}

}  // namespace traincost
