#include "estimator/model/operators.h"

#include <algorithm>

#include "base/units.h"

namespace traincost {
namespace {

using namespace unit;

constexpr double kFp32 = 4;

// How often an element of 2 bytes is read or written, and by how many kernels.
struct Passes {
  double forward, backward;
  double forward_kernels = 1, backward_kernels = 1;
};

// What element-wise work moves where each operation has one kernel each way, and where PyTorch runs
// it operation by operation: the root mean square norm, whose parts run in fp32 (cast, square,
// mean, scale, cast, weight; backward a gradient of each), the rotary embedding in fp32 or with
// halves swapped (backward 10 or 15), the gate as SiLU and product, and the sum of a block's
// gradient and its shortcut's. PyTorch has a kernel for layer norms, but for the gradients of their
// weights, and for plain activations. Counted from huggingface/transformers modeling_llama.py and
// pytorch/torchtitan llama/model.py (recalled); an eager step of Llama 3.1 8B on H100 then takes
// 18 to 21% longer than a compiled one, where torchtitan's paper has 7% on 8 and 15% on 128
// (arXiv:2410.06511, tables 1 and 2, recalled).
struct ElementWisePasses {
  Passes norm{2, 3};
  Passes rotary{2, 2};
  Passes gate{3, 5};
  Passes residual{3, 1};
  Passes loss{5, 3, 4, 1};
  // Elements of 2 bytes kept beside those of fused kernels, and freed with what made them.
  double norm_keeps = 0, gate_keeps = 0;
  // Products that queries, keys and values are, and gate and up; and for each beyond the first what
  // adds its gradient of their input to the others': the product has written it, a sum reads it,
  // and as a kernel of its own reads and writes what is there.
  double qkv_products = 1, up_products = 1;
  Passes input_gradient{0, 2, 0, 0};
};
constexpr ElementWisePasses kFused;
constexpr ElementWisePasses kEager{.norm = {18, 46, 8, 16},
                                   .rotary = {10, 12, 9, 13},
                                   .gate = {5, 9, 2, 3},
                                   .residual = {3, 3},
                                   .loss = {7, 11, 3, 3},
                                   .norm_keeps = 2,
                                   .gate_keeps = 1,
                                   .input_gradient = {0, 4, 0, 1}};
constexpr Passes kEagerLayerNorm{2, 5, 1, 2};

// Models with gated feed-forwards have root mean square norms, others layer norms (Llama's kind and
// GPT's).
ElementWisePasses passes_of(const OperatorStyle& style, bool gated) {
  ElementWisePasses passes = style.eager_element_wise ? kEager : kFused;
  if (style.unfused_gate) {
    passes.gate = kEager.gate;
    passes.gate_keeps = kEager.gate_keeps;
  }
  if (style.eager_element_wise && !gated) {
    passes.norm = kEagerLayerNorm;
    passes.norm_keeps = 0;
  }
  if (style.separate_projections && gated) {
    passes.qkv_products = 3;
    passes.up_products = 2;
  }
  return passes;
}

bool is_gated(const Layer& layer) {
  return layer.experts ? layer.experts->expert.gated : layer.dense.gated;
}

// Collects operators; `scale` is the unfused share of element-wise traffic.
class List {
 public:
  List(double scale, double element_bytes) : scale_(scale), element_(element_bytes * B) {
    ops_.reserve(kUsual);
  }

  Operator& gemm(std::string_view name, double m, double n, double k, bool low_precision) {
    Operator op;
    op.name = name;
    op.kind = Operator::Kind::kGemm;
    op.m = m;
    op.n = n;
    op.k = k;
    op.low_precision = low_precision;
    op.forward_flops = 2 * m * n * k * FLOP;
    return add(op);
  }

  Operator& element_wise(std::string_view name, double elements, const Passes& passes,
                         Module module = Module::kNone) {
    Operator op;
    op.name = name;
    op.module = module;
    op.forward_bytes = scale_ * passes.forward * elements * element_;
    op.backward_bytes = scale_ * passes.backward * elements * element_;
    op.forward_kernels = passes.forward_kernels;
    op.backward_kernels = passes.backward_kernels;
    return add(op);
  }

  Operator& add(const Operator& op) {
    ops_.push_back(op);
    return ops_.back();
  }

  [[nodiscard]] Bytes element() const { return element_; }
  [[nodiscard]] std::size_t size() const { return ops_.size(); }
  void mark_experts_from(std::size_t first) {
    for (std::size_t i = first; i < ops_.size(); ++i) ops_[i].of_experts = true;
  }

  std::vector<Operator> take() { return std::move(ops_); }

 private:
  static constexpr std::size_t kUsual = 48;  // no layer that is known has more
  double scale_;
  Bytes element_;
  std::vector<Operator> ops_;
};

void keep(const List& list, Operator& op, double elements, Module from, bool cacheable) {
  op.saved = elements * list.element();
  op.saved_from = from;
  op.cacheable = cacheable;
}

// What eager kernels keep of their own parts, until `from` is computed again.
void keep_parts(List& list, double elements, Module from, Module block = Module::kNone) {
  if (elements <= 0) return;
  Operator parts;
  parts.name = "eager kernels' parts";
  parts.forward_kernels = parts.backward_kernels = 0;
  parts.block = block;
  keep(list, parts, elements, from, false);
  list.add(parts);
}

// Tokens that norms and residuals see: sequence parallelism splits them over the group.
double residual_tokens(const Sharding& s) {
  return s.sequence_parallel ? s.tokens / s.tp : s.tokens;
}

// A product that is several of the same input; their gradients of it, `elements` each, are added
// up.
void separate(List& list, Operator& product, double products, double elements,
              const Passes& input_gradient) {
  if (products <= 1) return;
  product.forward_kernels = products;
  product.backward_kernels = 2 * products;
  const double sums = products - 1;
  list.element_wise("sum of input gradients", sums * elements, input_gradient).backward_kernels =
      sums * input_gradient.backward_kernels;
}

void add_norm(List& list, std::string_view name, double hidden, const Sharding& s,
              const ElementWisePasses& passes) {
  const double elements = residual_tokens(s) * hidden;
  Operator& norm = list.element_wise(name, elements, passes.norm, Module::kNorm);
  keep(list, norm, elements, Module::kNone, false);
  keep_parts(list, passes.norm_keeps * elements, Module::kNorm);
}

void add_residual(List& list, double hidden, const Sharding& s, const OperatorStyle& style,
                  const ElementWisePasses& passes) {
  const double elements = residual_tokens(s) * hidden;
  Operator& add = list.element_wise("residual add", elements, passes.residual);
  if (style.dropout) add.saved = elements * B;  // one byte a mask element
}

void add_core_attention(List& list, const Attention& a, const Sharding& s,
                        const OperatorStyle& style) {
  const double heads = static_cast<double>(a.heads) / s.tp;
  const double kv_heads = std::max(1.0, static_cast<double>(a.kv_heads) / s.tp);
  const double keys = s.sequence_length;
  double seen = keys / 2;
  if (a.window > 0 && a.window < keys) {
    const double w = a.window;
    seen = w - w * w / (2 * keys);
  }
  Operator op;
  op.name = "attention core";
  op.kind = Operator::Kind::kAttention;
  op.module = Module::kCoreAttention;
  op.k = keys;
  op.n = a.qk_dim + a.v_dim;
  op.m = s.tokens;
  op.groups = heads;
  op.forward_flops = 2 * s.tokens * seen * heads * (a.qk_dim + a.v_dim) * FLOP;
  // Fused kernels recompute the scores in the backward pass: 5 products for 2.
  op.backward_ratio = style.eager_attention ? 2.0 : 2.5;
  const double inputs = s.tokens * (heads * a.qk_dim + kv_heads * (a.qk_dim + a.v_dim));
  op.saved = inputs * list.element();
  op.saved_from = a.latent ? Module::kLatentUpProjection : Module::kNone;
  op.forward_kernels = style.eager_attention ? 4 : 1;
  op.backward_kernels = style.eager_attention ? 6 : 2;
  list.add(op);
  if (style.eager_attention) {
    // Softmax output, dropout mask and dropout output: 5 a s^2 b bytes of 16-bit elements.
    // Source: Korthikanti et al. 2022, arXiv:2205.05198, section 4.1.
    Operator scores;
    scores.name = "softmax and dropout";
    scores.module = Module::kCoreAttention;
    const double elements = heads * s.tokens * keys;
    const double wider = style.element_bytes / kBf16Bytes;
    scores.forward_bytes = wider * kScoresForward * elements * B;
    scores.backward_bytes = wider * kScoresBackward * elements * B;
    scores.saved = (1 + 2 * style.element_bytes) * elements * B;
    scores.saved_from = Module::kCoreAttention;
    list.add(scores);
  }
}

void add_plain_attention(List& list, const Attention& a, double hidden, const Sharding& s,
                         const OperatorStyle& style, const ElementWisePasses& passes) {
  const double heads = static_cast<double>(a.heads) / s.tp;
  const double kv_heads = std::max(1.0, static_cast<double>(a.kv_heads) / s.tp);
  const double n = heads * a.qk_dim + kv_heads * (a.qk_dim + a.v_dim);
  Operator& qkv = list.gemm("qkv projection", s.tokens, n, hidden, true);
  qkv.seam = Seam::kGathered;
  keep(list, qkv, residual_tokens(s) * hidden, Module::kNorm, true);
  separate(list, qkv, passes.qkv_products, s.tokens * hidden, passes.input_gradient);
  if (a.rotary) {
    // Turned queries and keys are new tensors, which the core keeps; the projection stays for its
    // values where they are a view of it.
    const double turned = s.tokens * (heads + kv_heads) * a.qk_dim;
    Operator& rotary = list.element_wise("rotary embedding", turned, passes.rotary);
    if (passes.qkv_products == 1) keep(list, rotary, turned, Module::kNone, false);
  }
  if (a.norms > 0) {
    const double elements = s.tokens * (heads + kv_heads) * a.qk_dim;
    list.element_wise("query and key norms", elements, passes.norm, Module::kNorm);
    keep_parts(list, passes.norm_keeps * elements, Module::kNorm);
  }
  add_core_attention(list, a, s, style);
  Operator& out = list.gemm("output projection", s.tokens, hidden, heads * a.v_dim, true);
  out.seam = Seam::kScattered;
  // The projection keeps its input, whether or not the core that made it runs again.
  keep(list, out, s.tokens * heads * a.v_dim, Module::kNone, true);
  out.input_kept_before = !style.eager_attention;  // fused cores read their output backward
}

void add_latent_attention(List& list, const Attention& a, double hidden, const Sharding& s,
                          const OperatorStyle& style, const ElementWisePasses& passes) {
  const LatentProjections& l = *a.latent;
  const double heads = static_cast<double>(a.heads) / s.tp;
  const double latents = l.kv_rank + l.qk_rope_dim;
  // The low-rank projections are replicated over the tensor-parallel group.
  if (l.query_rank > 0) {
    Operator& q_down =
        list.gemm("query down projection", residual_tokens(s), l.query_rank, hidden, true);
    keep(list, q_down, residual_tokens(s) * hidden, Module::kNorm, true);
  }
  Operator& kv_down =
      list.gemm("key/value down projection", residual_tokens(s), latents, hidden, true);
  if (l.query_rank == 0) keep(list, kv_down, residual_tokens(s) * hidden, Module::kNorm, true);
  const double latent_elements = residual_tokens(s) * (l.query_rank + l.kv_rank);
  Operator& norms = list.element_wise("latent norms", latent_elements, passes.norm, Module::kNorm);
  keep(list, norms, latent_elements, Module::kNone, false);
  keep_parts(list, passes.norm_keeps * latent_elements, Module::kNorm);
  Operator& q_up = list.gemm("query up projection", s.tokens, heads * a.qk_dim,
                             l.query_rank > 0 ? l.query_rank : hidden, true);
  q_up.module = Module::kLatentUpProjection;
  keep(list, q_up, residual_tokens(s) * l.query_rank, Module::kNorm, true);
  // Under context parallelism the latents of the whole sequence are gathered and expanded here.
  Operator& kv_up = list.gemm("key/value up projection", s.tokens * s.cp,
                              heads * (l.qk_nope_dim + a.v_dim), l.kv_rank, true);
  kv_up.module = Module::kLatentUpProjection;
  keep(list, kv_up, residual_tokens(s) * l.kv_rank, Module::kNorm, true);
  // All of the queries and keys is put together, what rotates of it besides.
  const double turned = static_cast<double>(l.qk_rope_dim) / a.qk_dim;
  list.element_wise("rotary embedding", s.tokens * heads * a.qk_dim,
                    {3 + turned * (passes.rotary.forward - kFused.rotary.forward),
                     3 + turned * (passes.rotary.backward - kFused.rotary.backward),
                     1 + passes.rotary.forward_kernels, passes.rotary.backward_kernels},
                    Module::kLatentUpProjection);
  add_core_attention(list, a, s, style);
  Operator& out = list.gemm("output projection", s.tokens, hidden, heads * a.v_dim, true);
  out.seam = Seam::kScattered;
  keep(list, out, s.tokens * heads * a.v_dim, Module::kNone, false);
  out.input_kept_before = !style.eager_attention;
}

struct BlockNames {
  std::string_view up, activation, down;
};

// One feed-forward of `width` over `tokens`, for each of `groups` experts.
void add_block(List& list, const BlockNames& names, double tokens, double groups, double width,
               double hidden, bool gated, double input_elements, Module input_from, Module block,
               const ElementWisePasses& passes) {
  Operator& up = list.gemm(names.up, tokens, (gated ? 2 : 1) * width, hidden, true);
  if (groups == 1) up.seam = Seam::kGathered;
  up.groups = groups;
  up.forward_flops = groups * up.forward_flops;
  up.module = block;
  keep(list, up, input_elements, input_from, true);
  if (gated) {
    separate(list, up, passes.up_products, groups * tokens * hidden, passes.input_gradient);
  }
  const double inner = groups * tokens * width;
  constexpr Passes kPlainActivation{2, 3};
  Operator& act = list.element_wise(names.activation, inner, gated ? passes.gate : kPlainActivation,
                                    Module::kActivation);
  act.block = block;
  keep(list, act, inner * (gated ? 2 : 1), block, true);
  if (gated) keep_parts(list, passes.gate_keeps * inner, Module::kActivation, block);
  Operator& down = list.gemm(names.down, tokens, hidden, width, true);
  if (groups == 1) down.seam = Seam::kScattered;
  down.groups = groups;
  down.forward_flops = groups * down.forward_flops;
  down.module = down.block = block;
  keep(list, down, inner, Module::kActivation, true);
}

void add_experts(List& list, const Experts& e, double hidden, const Sharding& s,
                 const ElementWisePasses& passes) {
  const double tokens = residual_tokens(s);
  Operator& router = list.gemm("router", tokens, e.routed, hidden, false);
  keep(list, router, 0, Module::kNone, false);
  list.element_wise("top-k and load balance", tokens * e.routed, {6, 4, 6, 1});
  if (e.shared_width > 0) {
    add_block(list,
              {"shared expert up projection", "shared expert activation",
               "shared expert down projection"},
              s.tokens, 1, static_cast<double>(e.shared_width) / s.tp, hidden, e.expert.gated,
              tokens * hidden, Module::kNorm, Module::kFeedForward, passes);
  }
  const std::size_t first = list.size();
  const ExpertLoad load = expert_load(e, s);
  // By destination before the exchange, and by local expert after it where a rank has several.
  const double sorts = s.ep > 1 && load.local_experts > 1 ? 2 : 1;
  const Passes sorting{2 * sorts, 2 * sorts, 2 * sorts, 1};
  list.element_wise("token permutation", load.tokens * hidden, sorting);
  add_block(list, {"expert up projections", "expert activation", "expert down projections"},
            load.tokens_per_expert, load.local_experts,
            static_cast<double>(e.expert.width) / s.expert_tp, hidden, e.expert.gated,
            load.tokens * hidden, Module::kNone, Module::kExperts, passes);
  list.element_wise("token un-permutation", load.tokens * hidden, sorting);
  list.mark_experts_from(first);
}

}  // namespace

ExpertLoad expert_load(const Experts& experts, const Sharding& s) {
  // A tensor-parallel group that does not split the experts splits the tokens among its ranks.
  const double tokens = s.tokens / s.tp * s.expert_tp;
  ExpertLoad load;
  load.tokens = tokens * experts.top_k * (s.ep > 1 ? s.expert_imbalance : 1);
  load.local_experts = std::max(1.0, static_cast<double>(experts.routed) / s.ep);
  load.tokens_per_expert = load.tokens / load.local_experts;
  return load;
}

std::vector<Operator> layer_operators(const Layer& layer, std::int64_t hidden,
                                      const Sharding& sharding, const OperatorStyle& style) {
  const auto h = static_cast<double>(hidden);
  const ElementWisePasses passes = passes_of(style, is_gated(layer));
  List list(style.element_wise_passes, style.element_bytes);
  add_norm(list, "attention norm", h, sharding, passes);
  if (layer.attention.latent) {
    add_latent_attention(list, layer.attention, h, sharding, style, passes);
  } else {
    add_plain_attention(list, layer.attention, h, sharding, style, passes);
  }
  add_residual(list, h, sharding, style, passes);
  if (layer.norms > 1) add_norm(list, "feed-forward norm", h, sharding, passes);
  for (int extra = 2; extra < layer.norms; ++extra) {
    add_norm(list, "post norm", h, sharding, passes);
  }
  if (layer.experts) {
    add_experts(list, *layer.experts, h, sharding, passes);
  } else {
    add_block(list, {"up projection", "activation", "down projection"}, sharding.tokens, 1,
              static_cast<double>(layer.dense.width) / sharding.tp, h, layer.dense.gated,
              residual_tokens(sharding) * h, Module::kNorm, Module::kFeedForward, passes);
  }
  add_residual(list, h, sharding, style, passes);
  return list.take();
}

std::vector<Operator> embedding_operators(const Architecture& model, const Sharding& sharding,
                                          const OperatorStyle& style) {
  List list(1, style.element_bytes);
  list.element_wise("embedding look-up", sharding.tokens * static_cast<double>(model.hidden),
                    {2, 3});
  return list.take();
}

std::vector<Operator> head_operators(const Architecture& model, const Sharding& sharding,
                                     const OperatorStyle& style) {
  const auto h = static_cast<double>(model.hidden);
  const double vocab = sharding.vocabulary;
  List list(1, style.element_bytes);
  const ElementWisePasses passes =
      passes_of(style, !model.kinds.empty() && is_gated(model.kinds.front()));
  add_norm(list, "final norm", h, sharding, passes);
  Operator& head = list.gemm("output head", sharding.tokens, vocab, h, false);
  keep(list, head, residual_tokens(sharding) * h, Module::kNorm, false);
  // The loss reads the logits, writes them in fp32 and their gradient in bf16. Kernel by kernel it
  // casts, finds the greatest, subtracts, exponentiates, sums and divides in fp32, 38 bytes a
  // logit; backward it scales and casts, 14. Source: NVIDIA/Megatron-LM@d98e8a6
  // megatron/core/tensor_parallel/cross_entropy.py (recalled).
  constexpr Passes kUnfusedLoss{19, 7, 9, 1};
  // At its peak it holds the logits in bf16, their copy in fp32 and what it keeps of them in fp32.
  const bool apart = !style.fused_loss || style.eager_element_wise;
  const double held = apart ? style.element_bytes + 2 * kFp32 : kFp32;
  const double logits = sharding.tokens * vocab;
  Operator& loss =
      list.element_wise("cross entropy", logits, style.fused_loss ? passes.loss : kUnfusedLoss);
  // Its own values are fp32 whatever the run's: a wide run's logits and their gradient alone widen.
  const double wider = style.element_bytes - kBf16Bytes;
  loss.forward_bytes = kBf16Bytes / style.element_bytes * loss.forward_bytes + wider * logits * B;
  loss.backward_bytes = kBf16Bytes / style.element_bytes * loss.backward_bytes + wider * logits * B;
  loss.saved = logits * held * B;
  return list.take();
}

}  // namespace traincost
