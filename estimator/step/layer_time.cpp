#include "estimator/step/layer_time.h"

#include <algorithm>
#include <cmath>
#include <functional>

#include "base/units.h"
#include "estimator/machine/collectives.h"
#include "estimator/machine/kernels.h"
#include "estimator/model/operators.h"
#include "estimator/step/exposure.h"
#include "estimator/step/groups.h"

namespace traincost {
namespace {

using namespace unit;

// Reading bf16 and writing 8 bits, per element and pass; blocks' scales are within rounding.
constexpr double kCastBytes = 3;

OperatorTime gemm_operator_time(const Machine& machine, const Operator& op) {
  const GemmRate& rate = op.low_precision ? machine.run : machine.base;
  const bool input_rows = loads_whole(op.k, rate.operand_bytes);
  const Loads forward = loads_of(input_rows);
  const Loads backward = loads_of(input_rows && loads_whole(op.n, rate.operand_bytes));
  OperatorTime time;
  time.forward = gemm_time(machine, rate, {op.m, op.n, op.k, op.groups, forward});
  time.input_gradient =
      gemm_time(machine, rate, {op.m, op.k, op.n, op.groups, backward}) / rate.backward_rate;
  time.weight_gradient =
      gemm_time(machine, rate, {op.k, op.n, op.m, op.groups, backward}) / rate.backward_rate;
  // The weight gradient is added to what earlier micro-batches left: one read and one write of the
  // accumulated precision for each parameter, whatever the number of tokens. Fused, they are partly
  // covered by their product; else another kernel reads the product's result as well.
  const Stack& stack = machine.stack;
  const double exposure = stack.fused_accumulation ? machine.engine.accumulation_exposure : 1;
  const double bytes_each =
      2 * stack.gradient_bytes + (stack.fused_accumulation ? 0 : machine.element_bytes);
  time.weight_gradient += exposure * bytes_time(machine, bytes_each * op.groups * op.n * op.k * B);
  if (op.low_precision && machine.narrow()) {
    const double passes = machine.engine.cast_traffic * machine.stack.cast_passes;
    const double inputs = op.groups * op.m * op.k;
    const double outputs = op.groups * op.m * op.n;
    time.cast_forward = bytes_time(machine, passes * kCastBytes * inputs * B);
    // The gradient in both orders, and the input transposed for the weight gradient.
    time.cast_backward =
        bytes_time(machine, passes * ((kCastBytes + 1) * outputs + kCastBytes * inputs) * B);
  }
  return time;
}

// The backward pass has two products for each of the forward one's.
OperatorTime eager_attention_time(const Machine& machine, const Operator& op) {
  OperatorTime time;
  time.forward = eager_products_time(machine, op.groups * op.m / op.k, op.k, 0.5 * op.n);
  time.input_gradient = 2 * time.forward;
  return time;
}

OperatorTime operator_time(const Machine& machine, const Operator& op) {
  switch (op.kind) {
    case Operator::Kind::kGemm: return gemm_operator_time(machine, op);
    case Operator::Kind::kAttention: {
      if (machine.attention_generation == kEagerAttention) return eager_attention_time(machine, op);
      OperatorTime time;
      AttentionWork work{.flops = op.forward_flops,
                         .queries = op.m,
                         .heads = op.groups,
                         .keys = op.forward_flops.in(FLOP) / (2 * op.m * op.groups * op.n),
                         .causal = true,
                         .head_dim = 0.5 * op.n};
      const AttentionCurves& curves = machine.attention;
      time.forward = attention_time(machine, curves, curves.forward, work);
      work.flops = op.backward_ratio * op.forward_flops;
      time.input_gradient = attention_time(machine, curves, curves.backward, work);
      return time;
    }
    case Operator::Kind::kElementWise: {
      OperatorTime time;
      time.forward = element_wise_time(machine, op.forward_bytes, op.forward_kernels);
      time.input_gradient = element_wise_time(machine, op.backward_bytes, op.backward_kernels);
      return time;
    }
  }
  return {};
}

Cause cause_of(const Operator& op) {
  switch (op.kind) {
    case Operator::Kind::kGemm: return Cause::kGemm;
    case Operator::Kind::kAttention: return Cause::kAttention;
    case Operator::Kind::kElementWise: return Cause::kElementWise;
  }
  return Cause::kElementWise;
}

// How much of an operator's forward pass the backward pass computes again. Which of the products
// are every second one depends on how a framework lays them out: each counts by half.
double share_again(const Batch& batch, const Operator& op) {
  if (batch.recompute == Recompute::kFull) return 1;
  const auto again = [&](Module part) { return part != Module::kNone && batch.recomputes(part); };
  if (again(op.module) || again(op.block)) return 1;
  constexpr double kEverySecond = 0.5;
  const bool product = op.kind == Operator::Kind::kGemm;
  return product && batch.recomputes(Module::kSecondProducts) ? kEverySecond : 0;
}

void sum_operators(const Machine& machine, TimedLayer& timed) {
  LayerTime& time = timed.sum = {};
  for (std::size_t index = 0; index < timed.operators.size(); ++index) {
    const Operator& op = timed.operators[index];
    const OperatorTime& each = timed.times[index];
    const Cause cause = cause_of(op);
    time.forward.compute[cause] += each.forward;
    time.forward.compute[Cause::kCast] += each.cast_forward;
    // Each expert of a group has a product and casts of its own.
    const bool product = op.kind == Operator::Kind::kGemm;
    const bool apart = product && op.groups > 1 && !machine.stack.grouped_experts;
    if (apart) {
      const double casts = each.cast_forward > Seconds{} ? 1 : 0;
      time.forward.expert_kernels += op.groups * (op.forward_kernels + casts);
      time.backward.expert_kernels += op.groups * (op.backward_kernels + 2 * casts);
    }
    // What adds a weight's gradient to what earlier micro-batches left, unless its product does.
    if (product && !machine.stack.fused_accumulation) {
      (apart ? time.backward.expert_kernels : time.backward.kernels) +=
          op.forward_kernels * (apart ? op.groups : 1);
    }
    time.forward.kernels += op.forward_kernels + (each.cast_forward > Seconds{} ? 1 : 0);
    time.backward.compute[cause] += each.input_gradient + each.weight_gradient;
    time.backward.compute[Cause::kCast] += each.cast_backward;
    time.backward.kernels += op.backward_kernels + (each.cast_backward > Seconds{} ? 2 : 0);
    time.weight_gradient += each.weight_gradient;
  }
}

void add_recomputation(const StepContext& context, const TimedLayer& timed, LayerTime& time) {
  if (context.batch.recompute == Recompute::kNone) return;
  const std::vector<Operator>& operators = timed.operators;
  std::size_t needed = operators.size();
  if (context.batch.recompute == Recompute::kFull && context.machine.stack.checkpoint_early_stop) {
    // The last product's output is saved by nobody.
    while (needed > 0 && operators[needed - 1].kind != Operator::Kind::kGemm) --needed;
    if (needed > 0) --needed;
  }
  for (std::size_t index = 0; index < needed; ++index) {
    const Operator& op = operators[index];
    const double share = share_again(context.batch, op);
    if (share <= 0) continue;
    const OperatorTime& each = timed.times[index];
    time.backward.compute[Cause::kRecompute] += share * (each.forward + each.cast_forward);
    time.backward.kernels += share * op.forward_kernels;
  }
}

// Before a tensor- or expert-parallel collective moves a byte, its ranks and streams meet, which
// the calls of a benchmark, back to back, do not show: called from PyTorch, eight B200 need 87 us
// for nothing, and 20 us in nccl-tests. Source: MooreThreads/SimuMax@4dcaae5
// configs/system/b200_bf16_ceperm.json.
Seconds meeting_time(const Machine& machine) {
  return machine.engine.collective_dispatch * machine.stack.dispatch;
}

// All-gather before and reduce-scatter after each block with sequence parallelism; one all-reduce
// of the same volume without. Two blocks a layer, forward and backward.
// Source: Korthikanti et al. 2022, arXiv:2205.05198, section 4.2.2.
Seconds tensor_parallel_time(const StepContext& context) {
  const Layout& l = context.layout;
  if (l.tp <= 1) return {};
  const Machine& machine = context.machine;
  const Group group = make_group(machine, tensor_span(l));
  const Bytes bytes = context.hidden_states();
  if (l.sequence_parallel) {
    return all_gather_time(machine, group, bytes) + reduce_scatter_time(machine, group, bytes) +
           2 * meeting_time(machine);
  }
  return all_reduce_time(machine, group, bytes) + meeting_time(machine);
}

// Overlapped, a product runs in pieces, as a rank's part of the tokens arrives or leaves after
// another: those whose input is gathered or whose output is scattered, and of gradients those of
// the inputs where the output's gradient is gathered. The other gradient's exchange runs under a
// whole product. Source: NVIDIA/TransformerEngine, userbuffers' ring exchange and bulk overlap
// (recalled).
void time_cuts(const StepContext& context, TimedLayer& timed) {
  const int tp = context.layout.tp;
  if (tp <= 1) return;
  const Machine& machine = context.machine;
  for (std::size_t i = 0; i < timed.operators.size(); ++i) {
    const Operator& op = timed.operators[i];
    if (op.seam == Seam::kNone || op.of_experts) continue;
    const GemmRate& rate = op.low_precision ? machine.run : machine.base;
    const bool inputs = loads_whole(op.k, rate.operand_bytes);
    const bool outputs = loads_whole(op.n, rate.operand_bytes);
    const auto more = [&](double n, double k, bool loads, Seconds whole) {
      const Seconds piece = gemm_time(machine, rate, {op.m / tp, n, k, 1, loads_of(loads)});
      return max(Seconds{}, tp * piece - (tp - 1) * rate.curve.gap - whole);
    };
    const OperatorTime& time = timed.times[i];
    timed.cut_forward += more(op.n, op.k, inputs, time.forward);
    if (op.seam != Seam::kScattered) continue;
    const Seconds whole = rate.backward_rate * time.input_gradient;
    timed.cut_backward += more(op.k, op.n, inputs && outputs, whole) / rate.backward_rate;
  }
}

void add_tensor_parallel(const StepContext& context, const Layer& layer, const TimedLayer& timed,
                         LayerTime& time) {
  const Layout& l = context.layout;
  if (l.tp <= 1) return;
  const Machine& machine = context.machine;
  const bool experts_split = !layer.experts || l.expert_tp > 1 || layer.experts->shared_width > 0;
  const double blocks = experts_split ? 2 : 1;
  const double shown =
      l.tp_overlap ? exposed_share(machine.engine.tp_exposure, machine.stack.tp_overlap) : 1;
  const Seconds pair = timed.tensor_parallel;
  time.forward.exposed[Cause::kTensorParallel] += shown * blocks * pair;
  // The backward pass gathers the saved inputs once more. Where it is asynchronous only the gather
  // of the incoming gradient is waited for; the rest runs under the two products.
  double again = l.sequence_parallel ? 1.5 : 1;
  if (machine.stack.async_tp_backward) again = l.sequence_parallel ? 0.5 : 0;
  double repeated = 0;
  if (context.batch.recompute == Recompute::kFull) repeated = 1;
  time.backward.exposed[Cause::kTensorParallel] += shown * (again + repeated) * blocks * pair;
  time.forward.kernels += 2 * blocks;
  time.backward.kernels += 3 * blocks;
  if (!l.tp_overlap) return;
  time.forward.compute[Cause::kGemm] += timed.cut_forward;
  time.backward.compute[Cause::kGemm] += timed.cut_backward;
  time.backward.compute[Cause::kRecompute] += repeated * timed.cut_forward;
}

// Dispatch in the run's precision, combine in bf16; in the backward pass the other way round.
Seconds expert_parallel_time(const StepContext& context, const Layer& layer) {
  const Layout& l = context.layout;
  if (!layer.experts || l.ep * l.expert_tp <= 1) return {};
  const Machine& machine = context.machine;
  const Experts& e = *layer.experts;
  // Expert groups lie along data parallelism: inside the tensor-parallel group first.
  const Group group = make_group(machine, expert_span(l));
  const double tokens = expert_load(e, context.sharding()).tokens / l.expert_tp;
  const auto width = static_cast<double>(context.model.hidden);
  const double outside = outside_share(e, group);
  const double narrow_bytes = machine.narrow() ? 1 : machine.element_bytes;
  const Bytes dispatch = tokens * width * narrow_bytes * B;
  const Bytes combine = tokens * width * machine.element_bytes * B;
  return all_to_all_time(machine, group, dispatch, outside) +
         all_to_all_time(machine, group, combine, outside) + 2 * meeting_time(machine);
}

void add_expert_parallel(const StepContext& context, const Layer& layer, Seconds exchange,
                         LayerTime& time) {
  const Layout& l = context.layout;
  if (!layer.experts || l.ep * l.expert_tp <= 1) return;
  const Machine& machine = context.machine;
  // Recipes turn the overlap on where the exchange crosses the network; inside a domain it is
  // plain. Source: NVIDIA-NeMo/Megatron-Bridge scripts/performance, moe_a2a_overlap (recalled).
  const bool across = l.ep * l.expert_tp > machine.scale_up_domain;
  const double overlap = across ? machine.stack.ep_overlap : 0;
  const double shown = exposed_share(machine.engine.ep_exposure, overlap);
  for (PassTime* pass : {&time.forward, &time.backward}) {
    pass->communication += exchange;
    pass->exposed[Cause::kExpertParallel] += shown * exchange;
    pass->kernels += 4;
  }
}

// Ring exchange of keys and values (of latents, where attention has them) under the attention
// core; the backward pass sends gradients as well.
Seconds context_parallel_time(const StepContext& context, const Layer& layer) {
  const Layout& l = context.layout;
  if (l.cp <= 1) return {};
  const Machine& machine = context.machine;
  const Attention& a = layer.attention;
  const double width =
      a.latent ? a.latent->kv_rank + a.latent->qk_rope_dim
               : std::max(1.0, static_cast<double>(a.kv_heads) / l.tp) * (a.qk_dim + a.v_dim);
  const Bytes bytes = l.cp * context.sharding().tokens * width * machine.element_bytes * B;
  return all_gather_time(machine, make_group(machine, context_span(l)), bytes);
}

void add_context_parallel(const StepContext& context, Seconds once, LayerTime& time) {
  if (context.layout.cp <= 1) return;
  const Machine& machine = context.machine;
  const double shown = exposed_share(machine.engine.cp_exposure, machine.stack.cp_overlap);
  time.forward.exposed[Cause::kContextParallel] +=
      exposed_time(shown, once, time.forward.compute[Cause::kAttention]);
  time.backward.exposed[Cause::kContextParallel] +=
      exposed_time(shown, 2 * once, time.backward.compute[Cause::kAttention]);
}

PassTotals pass_totals(const PassTime& pass) {
  return {.compute = pass.compute.total(),
          .exposed = pass.exposed.total(),
          .expert_exposed = pass.exposed[Cause::kExpertParallel],
          .communication = pass.communication,
          .kernels = pass.kernels,
          .expert_kernels = pass.expert_kernels};
}

}  // namespace

double outside_share(const Experts& experts, const Group& group) {
  const double domains = std::ceil(static_cast<double>(group.size) / group.inside);
  if (domains <= 1) return 1;
  double reached = domains * (1 - std::pow(1 - 1 / domains, experts.top_k));
  if (experts.top_groups > 0 && experts.groups > experts.top_groups) {
    const double limit = std::max(1.0, domains * experts.top_groups / experts.groups);
    reached = std::min(reached, limit);
  }
  return std::min(1.0, reached / experts.top_k);
}

std::string_view cause_name(Cause cause) {
  switch (cause) {
    case Cause::kGemm: return "matrix products";
    case Cause::kAttention: return "attention core";
    case Cause::kElementWise: return "element-wise";
    case Cause::kCast: return "casts and scaling";
    case Cause::kRecompute: return "recomputation";
    case Cause::kTensorParallel: return "tensor parallel communication";
    case Cause::kExpertParallel: return "expert parallel communication";
    case Cause::kContextParallel: return "context parallel communication";
    case Cause::kShardedData: return "sharded parameter gathers";
    case Cause::kDispatch: return "host dispatch";
    case Cause::kOffload: return "host offload";
    case Cause::kBubble: return "pipeline bubble";
    case Cause::kPipelineSend: return "pipeline sends";
    case Cause::kDataParallel: return "data parallel communication";
    case Cause::kOptimizer: return "optimizer";
    case Cause::kStraggler: return "stragglers";
    case Cause::kCount: break;
  }
  return "";
}

Seconds TimeByCause::total() const {
  Seconds sum;
  for (const Seconds each : by_) sum += each;
  return sum;
}

TimeByCause& TimeByCause::operator+=(const TimeByCause& other) {
  for (std::size_t i = 0; i < by_.size(); ++i) by_[i] += other.by_[i];
  return *this;
}

PassTime& PassTime::operator+=(const PassTime& other) {
  compute += other.compute;
  exposed += other.exposed;
  communication += other.communication;
  kernels += other.kernels;
  expert_kernels += other.expert_kernels;
  return *this;
}

LayerTime& LayerTime::operator+=(const LayerTime& other) {
  forward += other.forward;
  backward += other.backward;
  weight_gradient += other.weight_gradient;
  return *this;
}

void PassTotals::add(double times, const PassTotals& other) {
  compute += times * other.compute;
  exposed += times * other.exposed;
  expert_exposed += times * other.expert_exposed;
  communication += times * other.communication;
  kernels += times * other.kernels;
  expert_kernels += times * other.expert_kernels;
}

void LayerTotals::add(double times, const LayerTotals& other) {
  forward.add(times, other.forward);
  backward.add(times, other.backward);
  weight_gradient += times * other.weight_gradient;
}

LayerTotals totals(const LayerTime& time) {
  return {pass_totals(time.forward), pass_totals(time.backward), time.weight_gradient};
}

TimedLayer timed(const Machine& machine, std::vector<Operator> operators, const TimedLayer* like) {
  TimedLayer layer;
  layer.operators = std::move(operators);
  layer.times.reserve(layer.operators.size());
  for (std::size_t i = 0; i < layer.operators.size(); ++i) {
    const Operator& op = layer.operators[i];
    const bool known = like != nullptr && i < like->operators.size() && op == like->operators[i];
    layer.times.push_back(known ? like->times[i] : operator_time(machine, op));
  }
  sum_operators(machine, layer);
  return layer;
}

TimedLayer timed_layer(const StepContext& context, const Layer& layer, const TimedLayer* like) {
  TimedLayer result = timed(
      context.machine,
      layer_operators(layer, context.model.hidden, context.sharding(), context.style()), like);
  result.tensor_parallel = tensor_parallel_time(context);
  time_cuts(context, result);
  result.expert_parallel = expert_parallel_time(context, layer);
  result.context_parallel = context_parallel_time(context, layer);
  return result;
}

std::size_t KnownProducts::Hash::operator()(const Key& key) const {
  constexpr std::size_t kMix = 0x9e3779b97f4a7c15;
  std::size_t hash = key.low_precision ? 1 : 0;
  for (const double each : {key.m, key.n, key.k, key.groups}) {
    hash = hash * kMix + std::hash<double>{}(each);
  }
  return hash;
}

const OperatorTime& KnownProducts::of(const Machine& machine, const Operator& product) {
  const Key key{product.m, product.n, product.k, product.groups, product.low_precision};
  const auto [found, added] = times_.try_emplace(key);
  if (added) found->second = gemm_operator_time(machine, product);
  return found->second;
}

void retime_experts(const StepContext& context, const Layer& layer, KnownProducts& known,
                    TimedLayer& timed) {
  if (!layer.experts) return;
  timed.operators =
      layer_operators(layer, context.model.hidden, context.sharding(), context.style());
  for (std::size_t i = 0; i < timed.operators.size(); ++i) {
    const Operator& op = timed.operators[i];
    if (!op.of_experts) continue;
    timed.times[i] = op.kind == Operator::Kind::kGemm ? known.of(context.machine, op)
                                                      : operator_time(context.machine, op);
  }
  sum_operators(context.machine, timed);
  timed.expert_parallel = expert_parallel_time(context, layer);
}

TimedLayer with_ideal_experts(const StepContext& context, const Layer& layer) {
  TimedLayer ideal = timed_layer(context, layer);
  for (std::size_t i = 0; i < ideal.operators.size(); ++i) {
    Operator& op = ideal.operators[i];
    if (!op.of_experts) continue;
    op.groups =
        std::min(op.groups, 1.0);  // a rank that holds one expert launches its kernels alone
    OperatorTime& time = ideal.times[i] = {};
    if (op.kind != Operator::Kind::kGemm) continue;
    const GemmRate& rate = op.low_precision ? context.machine.run : context.machine.base;
    time.forward = least_gemm_time(rate, op.forward_flops);
    time.input_gradient = time.weight_gradient = time.forward / rate.backward_rate;
  }
  ideal.expert_parallel = {};
  sum_operators(context.machine, ideal);
  return ideal;
}

LayerTime layer_time(const StepContext& context, const Layer& layer, const TimedLayer& timed) {
  LayerTime time = timed.sum;
  add_recomputation(context, timed, time);
  add_tensor_parallel(context, layer, timed, time);
  add_expert_parallel(context, layer, timed.expert_parallel, time);
  add_context_parallel(context, timed.context_parallel, time);
  return time;
}

Operator mtp_projection(const StepContext& context) {
  Operator projection;
  projection.name = "multi-token projection";
  projection.kind = Operator::Kind::kGemm;
  projection.m = context.sharding().tokens;
  projection.n = static_cast<double>(context.model.hidden) / context.layout.tp;
  projection.k = 2 * static_cast<double>(context.model.hidden);
  projection.low_precision = true;
  return projection;
}

Flops recomputed_flops(const Batch& batch, const std::vector<Operator>& operators) {
  Flops again;
  if (batch.recompute == Recompute::kNone) return again;
  for (const Operator& op : operators) {
    again += share_again(batch, op) * op.forward_flops;
  }
  return again;
}

}  // namespace traincost
