// Arithmetic that one token of training requires, under each convention that the world quotes.
//
// "Model FLOPs" count what the mathematics needs, not what an implementation spends: recomputed
// activations are excluded. One multiply-add is 2 FLOP; the backward pass is twice the forward.
#pragma once

#include <string>

#include "base/formula.h"
#include "base/quantity.h"
#include "estimator/model/architecture.h"

namespace traincost {

// How attention over a causal mask is counted: the half that the mask leaves (exactly s/2 keys a
// query), or all s keys.
enum class AttentionCount { kCausal, kFull };

struct FlopsConvention {
  AttentionCount attention = AttentionCount::kCausal;
  bool mtp = false;  // count the multi-token prediction layers and their head
};

inline constexpr Formula kModelFlopsFormula{
    "model-flops", "3 x 2 x (weights a token meets + QK and PV over s/2 keys)",
    "DeepSeek-V3 Technical Report, arXiv:2412.19437, convention of the reported MFU"};

// Forward plus backward FLOPs per token at sequence length s:
//
//   3 x 2 x (weights of every linear map a token meets + QK and PV over the keys it sees)
//
// Counted: attention projections, dense and shared feed-forwards, top-k routed experts, router,
// output head once. Not counted: input embedding, norms, softmax, recomputation. An MTP layer adds
// one more layer, a 2h x h projection and a second pass through the head. A window bounds the keys.
//
// Source: DeepSeek-V3 Technical Report, arXiv:2412.19437, by the convention of its reported MFU;
// for dense models it equals Korthikanti et al. 2022 (below) but for the attention count.
[[nodiscard]] FlopsPerToken model_flops_per_token(const Architecture& model, double sequence_length,
                                                  FlopsConvention convention = {});

inline constexpr Formula kSixNFormula{"six-n", "6 N per token",
                                      "Kaplan et al. 2020, arXiv:2001.08361, section 2.1"};

// 6 N per token, N the active parameters without the input embedding; a table that embedding and
// head share counts once, as the head's product.
// Source: Kaplan et al. 2020, arXiv:2001.08361, section 2.1.
[[nodiscard]] FlopsPerToken six_n_per_token(const Architecture& model);

inline constexpr Formula kSixNAttentionFormula{
    "six-n-attention", "6 N + 12 L s a d_head per token",
    "Chowdhery et al. 2022, arXiv:2204.02311, appendix B"};

// 6 N + 12 L s a d_head, non-causal attention (half of that where causal).
// Source: Chowdhery et al. 2022 (PaLM), arXiv:2204.02311, appendix B.
[[nodiscard]] FlopsPerToken six_n_attention_per_token(const Architecture& model,
                                                      double sequence_length,
                                                      AttentionCount attention);

// A dense GPT with two-matrix feed-forwards of 4h, attention counted in full:
//
//   model     72 B L s h^2 (1 + s / 6h + v / 12hL)
//   hardware  72 B L s h^2 (1 + s / 3h + v / 12hL), attention core recomputed
//
// FLOPs of one step of B sequences. Source: Korthikanti et al. 2022, arXiv:2205.05198, appendix A.
struct GptShape {
  double layers, hidden, vocab, sequence_length, sequences;
};
[[nodiscard]] Flops gpt_model_flops(const GptShape& shape);
[[nodiscard]] Flops gpt_hardware_flops(const GptShape& shape);

// Forward FLOPs per token of the attention core (QK and PV) of one layer.
[[nodiscard]] FlopsPerToken attention_core_forward(const Attention& attention,
                                                   double sequence_length, AttentionCount count);

// "causal attention (s/2 keys), output head and router included, MTP not, no recomputation".
[[nodiscard]] std::string convention_text(FlopsConvention convention);

}  // namespace traincost
