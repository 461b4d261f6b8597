// A model given by its dimensions: the `model` object of a published run or a job.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "base/members.h"
#include "estimator/model/architecture.h"

namespace traincost {

// Multi-head latent attention.
struct NativeLatent {
  std::optional<int> q_lora_rank, kv_lora_rank, qk_nope_head_dim, qk_rope_head_dim, v_head_dim;
};

// A mixture of experts: which layers hold one, and what it is.
struct NativeExperts {
  std::optional<int> routed_experts, top_k, shared_experts, groups, top_groups;
  std::optional<std::int64_t> expert_ffn;  // width of one expert
  std::optional<int> first_dense_layers, moe_layers;
};

// Two-matrix blocks carry biases and LayerNorm, gated ones RMSNorm and none, and gated ones without
// learned positions are rotary unless `rotary` says otherwise (GPT-NeoX and Nemotron are, BLOOM is
// not): what most models of either kind do. stated_params and stated_active_params are kept out of
// every formula.
struct NativeModel {
  std::optional<std::string> name;
  std::optional<std::int64_t> hidden, vocab, ffn_hidden, position_rows;
  std::optional<int> layers, heads, kv_heads, head_dim, sliding_window, sliding_window_pattern;
  std::optional<int> mtp_depth;
  std::optional<bool> gated_mlp, tied_embeddings, learned_positions, rotary, qk_norm;
  std::optional<double> stated_params, stated_active_params;
  std::optional<NativeExperts> moe;
  std::optional<NativeLatent> mla;
};

template <>
struct MembersOf<NativeLatent> {
  static const std::span<const Member<NativeLatent>> table;
};
template <>
struct MembersOf<NativeExperts> {
  static const std::span<const Member<NativeExperts>> table;
};
template <>
struct MembersOf<NativeModel> {
  static const std::span<const Member<NativeModel>> table;
};

// What is wrong with dimensions: a member of a section ("moe", empty for the model) that is
// missing, or members that contradict each other.
struct NativeFault {
  std::string section;
  std::string missing;  // the member's name, where that is the fault
  std::string message;
  std::string remedy;
};
using TellNativeFault = std::function<void(const NativeFault& fault)>;

// The architecture of these dimensions; of faulty ones a harmless one, and faults.
[[nodiscard]] Architecture native_architecture(const NativeModel& model,
                                               const TellNativeFault& tell);

// Both at once, of a document.
[[nodiscard]] Architecture read_native_model(const JsonCursor& cursor);

}  // namespace traincost
