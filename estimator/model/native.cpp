#include "estimator/model/native.h"

#include <algorithm>
#include <string>

namespace traincost {
namespace {

constexpr Range kDimension{1, 1 << 24};
constexpr Range kCount{1, 1 << 20};
constexpr std::int64_t kDefaultPositions = 2048;

std::int64_t need(const JsonCursor& cursor, const char* key, Range range) {
  cursor.require(key);
  return cursor.integer(key, range).value_or(1);
}

int small(const JsonCursor& cursor, const char* key, Range range, std::int64_t fallback) {
  return static_cast<int>(cursor.integer(key, range).value_or(fallback));
}

LatentProjections read_latent(const JsonCursor& mla, Attention& a) {
  LatentProjections l;
  l.query_rank = small(mla, "q_lora_rank", {0, 1 << 20}, 0);
  l.kv_rank = static_cast<int>(need(mla, "kv_lora_rank", kCount));
  l.qk_nope_dim = static_cast<int>(need(mla, "qk_nope_head_dim", kCount));
  l.qk_rope_dim = static_cast<int>(need(mla, "qk_rope_head_dim", kCount));
  a.v_dim = static_cast<int>(need(mla, "v_head_dim", kCount));
  a.qk_dim = l.qk_nope_dim + l.qk_rope_dim;
  a.kv_heads = a.heads;
  a.norms = l.query_rank > 0 ? 2 : 1;
  a.norm_parameters = l.query_rank + l.kv_rank;
  mla.finish();
  return l;
}

Attention read_attention(const JsonCursor& cursor, std::int64_t hidden, bool biases) {
  Attention a;
  a.heads = static_cast<int>(need(cursor, "heads", kCount));
  a.kv_heads = small(cursor, "kv_heads", kCount, a.heads);
  const auto stated = cursor.integer("head_dim", kCount);
  const auto mla = cursor.find("mla");
  if (mla && mla->expect_object()) {
    a.latent = read_latent(*mla, a);
    return a;
  }
  if (a.heads % a.kv_heads != 0) {
    cursor.fault("kv_heads (" + std::to_string(a.kv_heads) + ") does not divide heads (" +
                 std::to_string(a.heads) + ")");
  }
  if (!stated && hidden % a.heads != 0) {
    cursor.fault("heads (" + std::to_string(a.heads) + ") does not divide hidden (" +
                     std::to_string(hidden) + ")",
                 "state \"head_dim\" where they are independent");
  }
  a.qk_dim = a.v_dim =
      static_cast<int>(stated.value_or(std::max<std::int64_t>(1, hidden / a.heads)));
  a.qkv_bias = a.out_bias = biases;
  a.window = small(cursor, "sliding_window", {0, 1 << 24}, 0);
  if (cursor.boolean("qk_norm").value_or(false)) {
    a.norms = 2;
    a.norm_parameters = 2 * std::int64_t{a.qk_dim};
  }
  return a;
}

}  // namespace

Architecture read_native_model(const JsonCursor& cursor) {
  Architecture m;
  m.family = "native";
  if (!cursor.expect_object()) return m;
  m.name = cursor.text("name").value_or("unnamed");
  m.hidden = need(cursor, "hidden", kDimension);
  m.embedding_dim = m.hidden;
  m.vocab = need(cursor, "vocab", kDimension);
  const int layers = static_cast<int>(need(cursor, "layers", {1, 4096}));
  const bool gated = cursor.boolean("gated_mlp").value_or(true);
  m.tied_embeddings = cursor.boolean("tied_embeddings").value_or(!gated);
  if (cursor.boolean("learned_positions").value_or(false)) {
    m.position_rows = cursor.integer("position_rows", kDimension).value_or(kDefaultPositions);
  } else {
    cursor.accept("position_rows");
  }
  m.mtp_depth = small(cursor, "mtp_depth", {0, 16}, 0);
  for (const char* key : {"stated_params", "stated_active_params"}) {
    static_cast<void>(cursor.number(key, {0, 1e18}));
  }

  Layer layer;
  layer.attention = read_attention(cursor, m.hidden, !gated);
  layer.attention.rotary = cursor.boolean("rotary").value_or(gated && m.position_rows == 0);
  const std::int64_t norm = m.hidden * (gated ? 1 : 2);
  layer.norms = 2;
  layer.norm_parameters = 2 * norm;
  m.outer_norm_parameters = norm;
  const auto moe = cursor.find("moe");
  const auto ffn = cursor.integer("ffn_hidden", kDimension);
  if (!moe) cursor.require("ffn_hidden");
  layer.dense = {ffn.value_or(4 * m.hidden), gated, !gated};
  m.kinds = {layer};
  m.layers.assign(static_cast<std::size_t>(layers), 0);
  if (moe && moe->expect_object()) {
    Experts e;
    e.routed = static_cast<int>(need(*moe, "routed_experts", kCount));
    e.top_k = static_cast<int>(need(*moe, "top_k", kCount));
    const std::int64_t width = need(*moe, "expert_ffn", kDimension);
    e.expert = {width, gated, false};
    e.shared_width = moe->integer("shared_experts", {0, 1024}).value_or(0) * width;
    e.groups = small(*moe, "groups", kCount, 0);
    e.top_groups = small(*moe, "top_groups", kCount, 0);
    e.correction_bias = layer.attention.latent.has_value();
    if (e.top_k > e.routed) moe->fault("top_k exceeds routed_experts");
    const int first = small(*moe, "first_dense_layers", {0, 4096}, 0);
    const int with = small(*moe, "moe_layers", {0, 4096}, std::max(0, layers - first));
    moe->finish();
    Layer moe_layer = layer;
    moe_layer.experts = e;
    moe_layer.dense = {};
    m.kinds.push_back(moe_layer);
    for (int i = first; i < std::min(layers, first + with); ++i) {
      m.layers[static_cast<std::size_t>(i)] = 1;
    }
  }
  cursor.finish();
  return m;
}

}  // namespace traincost
