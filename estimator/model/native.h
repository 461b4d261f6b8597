// A model given by its dimensions: the `model` object of a published run or a job.
#pragma once

#include "base/cursor.h"
#include "estimator/model/architecture.h"

namespace traincost {

// Keys: name, layers, hidden, ffn_hidden, heads, kv_heads, head_dim, vocab, gated_mlp,
// tied_embeddings, learned_positions, rotary, qk_norm, sliding_window, mtp_depth, moe
// {routed_experts, shared_experts, top_k, expert_ffn, first_dense_layers, moe_layers}, mla
// {q_lora_rank, kv_lora_rank, qk_nope_head_dim, qk_rope_head_dim, v_head_dim}; stated_params and
// stated_active_params are read and kept out of every formula. Two-matrix blocks carry biases and
// LayerNorm, gated ones RMSNorm and none, and gated ones without learned positions are rotary
// unless `rotary` says otherwise (GPT-NeoX and Nemotron are, BLOOM is not): what most models of
// either kind do.
[[nodiscard]] Architecture read_native_model(const JsonCursor& cursor);

}  // namespace traincost
