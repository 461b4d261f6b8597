// The readers of all families, by the file that holds them.
#pragma once

#include "estimator/model/architecture.h"
#include "estimator/model/hf/config.h"

namespace traincost::hf {

// llama, mistral, qwen2, qwen3, gemma, olmo2, cohere, phi3, starcoder2: one skeleton.
struct LlamaStyle {
  bool qkv_bias = false;
  bool out_bias = false;
  bool ffn_bias = false;
  bool gated = true;
  bool tied = false;
  NormStyle norms{false, 2};
  enum class QkNorm { kNone, kPerHead, kAllHeads } qk_norm = QkNorm::kNone;
  std::optional<std::int64_t> head_dim;
  std::optional<std::int64_t> heads;
  std::optional<std::int64_t> kv_heads;
  std::optional<std::int64_t> vocab;
};
[[nodiscard]] Architecture llama_skeleton(const Config& c, const LlamaStyle& style);
void need_ffn(const Config& c);
[[nodiscard]] int qwen_window(const Config& c);

// llama_families.cpp: gated blocks, one skeleton.
[[nodiscard]] Architecture read_llama(const Config& c);
[[nodiscard]] Architecture read_mistral(const Config& c);
[[nodiscard]] Architecture read_qwen2(const Config& c);
[[nodiscard]] Architecture read_qwen3(const Config& c);
[[nodiscard]] Architecture read_gemma(const Config& c);
[[nodiscard]] Architecture read_gemma2(const Config& c);
[[nodiscard]] Architecture read_gemma3(const Config& c);
[[nodiscard]] Architecture read_olmo2(const Config& c);
[[nodiscard]] Architecture read_cohere(const Config& c);
[[nodiscard]] Architecture read_phi3(const Config& c);
[[nodiscard]] Architecture read_starcoder2(const Config& c);
[[nodiscard]] Architecture read_phi(const Config& c);

// expert_families.cpp: mixtures of experts.
[[nodiscard]] Architecture read_mixtral(const Config& c);
[[nodiscard]] Architecture read_minimax_m2(const Config& c);
[[nodiscard]] Architecture read_qwen2_moe(const Config& c);
[[nodiscard]] Architecture read_qwen3_moe(const Config& c);
[[nodiscard]] Architecture read_deepseek(const Config& c);
[[nodiscard]] Architecture read_deepseek_v2(const Config& c);
[[nodiscard]] Architecture read_deepseek_v3(const Config& c);
[[nodiscard]] Architecture read_deepseek_native(const Config& c);
[[nodiscard]] Architecture read_gpt_oss(const Config& c);
[[nodiscard]] Architecture read_llama4(const Config& c);
[[nodiscard]] Architecture read_dbrx(const Config& c);

// gpt_families.cpp: two-matrix blocks.
[[nodiscard]] Architecture read_gpt2(const Config& c);
[[nodiscard]] Architecture read_gpt_bigcode(const Config& c);
[[nodiscard]] Architecture read_gptj(const Config& c);
[[nodiscard]] Architecture read_bloom(const Config& c);
[[nodiscard]] Architecture read_phi_msft(const Config& c);
[[nodiscard]] Architecture read_gpt_neox(const Config& c);
[[nodiscard]] Architecture read_opt(const Config& c);
[[nodiscard]] Architecture read_falcon(const Config& c);
[[nodiscard]] Architecture read_mpt(const Config& c);

}  // namespace traincost::hf
