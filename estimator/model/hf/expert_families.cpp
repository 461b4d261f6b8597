#include "estimator/model/hf/families.h"

#include <algorithm>

namespace traincost::hf {

namespace {

Experts gated_experts(std::int64_t routed, std::int64_t top_k, std::int64_t width) {
  Experts e;
  e.routed = static_cast<int>(routed);
  e.top_k = static_cast<int>(top_k);
  e.expert = {width, true, false};
  return e;
}

void check_experts(const Config& c, const Experts& e) {
  if (e.top_k > e.routed) {
    c.cursor().fault("top_k (" + std::to_string(e.top_k) + ") exceeds the number of experts (" +
                     std::to_string(e.routed) + ")");
  }
}

// Puts experts into the layers that `moe` selects; the rest keep their dense block.
template <typename Select>
void place_experts(Architecture& m, const Experts& experts, Select moe) {
  Layer with = m.kinds.front();
  with.experts = experts;
  with.dense = {};
  m.kinds.push_back(with);
  bool any_dense = false;
  for (std::size_t i = 0; i < m.layers.size(); ++i) {
    m.layers[i] = moe(static_cast<int>(i)) ? 1 : 0;
    any_dense = any_dense || m.layers[i] == 0;
  }
  const bool any_moe = std::find(m.layers.begin(), m.layers.end(), 1) != m.layers.end();
  if (!any_moe) {
    m.kinds.pop_back();
  } else if (!any_dense) {
    m.kinds.erase(m.kinds.begin());
    std::fill(m.layers.begin(), m.layers.end(), 0);
  }
}

}  // namespace

Architecture read_mixtral(const Config& c) {
  LlamaStyle style;
  style.kv_heads = 8;
  Architecture m = llama_skeleton(c, style);
  const Experts e = gated_experts(c.need({"num_local_experts"}), c.need({"num_experts_per_tok"}),
                                  c.need({"intermediate_size"}));
  check_experts(c, e);
  place_experts(m, e, [](int) { return true; });
  alternate_windows(m, c, static_cast<int>(c.get({"sliding_window"}, 0)), 0);
  return m;
}

Architecture read_minimax_m2(const Config& c) {
  LlamaStyle style;
  style.kv_heads = 8;
  style.head_dim = 128;
  if (c.flag("use_qk_norm", true)) style.qk_norm = LlamaStyle::QkNorm::kAllHeads;
  Architecture m = llama_skeleton(c, style);
  Experts e = gated_experts(c.need({"num_local_experts"}), c.need({"num_experts_per_tok"}),
                            c.need({"intermediate_size"}));
  e.correction_bias = c.flag("use_routing_bias", true);
  check_experts(c, e);
  place_experts(m, e, [](int) { return true; });
  if (c.flag("use_mtp", false)) {
    m.mtp_depth = static_cast<int>(c.get({"num_mtp_modules", "num_nextn_predict_layers"}, 1));
  }
  return m;
}

namespace {

Architecture read_qwen_moe(const Config& c, bool with_shared) {
  LlamaStyle style;
  style.qkv_bias = with_shared ? c.flag("qkv_bias", true) : c.flag("attention_bias", false);
  style.out_bias = !with_shared && style.qkv_bias;
  if (!with_shared) {
    style.qk_norm = LlamaStyle::QkNorm::kPerHead;
    style.head_dim = c.find({"head_dim"});
    style.kv_heads = 4;
  } else {
    style.kv_heads = 16;
  }
  Architecture m = llama_skeleton(c, style);
  if (c.get({"num_experts", "num_local_experts"}, 1) == 0) {  // all dense
    need_ffn(c);
    return m;
  }
  Experts e = gated_experts(c.need({"num_experts", "num_local_experts"}),
                            c.need({"num_experts_per_tok"}), c.need({"moe_intermediate_size"}));
  if (with_shared) {
    e.shared_width = c.need({"shared_expert_intermediate_size"});
    e.shared_gate = true;
  }
  check_experts(c, e);
  const auto step = static_cast<int>(c.get({"decoder_sparse_step"}, 1, 1));
  std::vector<int> dense_only;
  if (const auto list = c.cursor().find("mlp_only_layers")) {
    for (const JsonCursor& item : list->items()) {
      dense_only.push_back(static_cast<int>(item.integer({0, kMostLayers}).value_or(-1)));
    }
  }
  place_experts(m, e, [&](int i) {
    const bool listed = std::find(dense_only.begin(), dense_only.end(), i) != dense_only.end();
    return !listed && (i + 1) % step == 0;
  });
  if (m.kinds.size() > 1) need_ffn(c);  // some layers stayed dense
  alternate_windows(m, c, qwen_window(c), 0);
  return m;
}

}  // namespace

Architecture read_qwen2_moe(const Config& c) { return read_qwen_moe(c, true); }
Architecture read_qwen3_moe(const Config& c) { return read_qwen_moe(c, false); }

namespace {

// deepseek (v1), v2, v3 and kimi_k2 share their feed-forward side.
void place_deepseek_experts(Architecture& m, const Config& c, bool correction_bias) {
  m.mtp_depth = static_cast<int>(c.get({"num_nextn_predict_layers"}, 0));
  const auto routed = c.find({"n_routed_experts"});
  if (!routed) return;
  const std::int64_t width = c.need({"moe_intermediate_size"});
  Experts e = gated_experts(*routed, c.need({"num_experts_per_tok"}), width);
  e.shared_width = c.get({"n_shared_experts"}, 0) * width;
  e.correction_bias = correction_bias;
  e.groups = static_cast<int>(c.get({"n_group"}, 0));
  e.top_groups = static_cast<int>(c.get({"topk_group"}, 0));
  check_experts(c, e);
  const auto first = static_cast<int>(c.get({"first_k_dense_replace"}, 0));
  const auto every = static_cast<int>(c.get({"moe_layer_freq"}, 1, 1));
  place_experts(m, e, [&](int i) { return i >= first && i % every == 0; });
}

}  // namespace

Architecture read_deepseek(const Config& c) {
  LlamaStyle style;
  need_ffn(c);
  style.qkv_bias = style.out_bias = c.flag("attention_bias", false);
  Architecture m = llama_skeleton(c, style);
  place_deepseek_experts(m, c, false);
  return m;
}

namespace {

void set_latent_attention(Architecture& m, const Config& c) {
  LatentProjections l;
  l.query_rank = static_cast<int>(c.get({"q_lora_rank"}, 0));  // 0 or null: projected directly
  l.kv_rank = static_cast<int>(c.need({"kv_lora_rank"}));
  l.qk_nope_dim = static_cast<int>(c.need({"qk_nope_head_dim"}));
  l.qk_rope_dim = static_cast<int>(c.need({"qk_rope_head_dim"}));
  const auto v_dim = static_cast<int>(c.need({"v_head_dim"}));
  for (Layer& layer : m.kinds) {
    Attention& a = layer.attention;
    a.kv_heads = a.heads;
    a.qk_dim = l.qk_nope_dim + l.qk_rope_dim;
    a.v_dim = v_dim;
    a.latent = l;
    a.norms = l.query_rank > 0 ? 2 : 1;
    a.norm_parameters = l.query_rank + l.kv_rank;
  }
}

// Refused by name: parts that these classes may carry and no formula here counts.
void refuse_uncounted(const Config& c) {
  for (const char* key : {"index_n_heads", "index_head_dim", "index_topk"}) {
    if (const auto found = c.cursor().find(key)) {
      found->fault("unsupported architecture: the sparse-attention indexer (\"" + std::string(key) +
                       "\") is not counted",
                   "supported without it: deepseek_v2, deepseek_v3");
    }
  }
  if (!c.flag("use_mla", true)) {
    c.cursor().fault("unsupported architecture: use_mla false is not counted");
  }
}

Architecture read_deepseek_mla(const Config& c, bool correction_bias) {
  refuse_uncounted(c);
  need_ffn(c);
  LlamaStyle style;
  style.qkv_bias = style.out_bias = c.flag("attention_bias", false);
  style.head_dim = 1;  // replaced by the latent dimensions
  Architecture m = llama_skeleton(c, style);
  set_latent_attention(m, c);
  place_deepseek_experts(m, c, correction_bias);
  return m;
}

}  // namespace

Architecture read_deepseek_v2(const Config& c) {
  return read_deepseek_mla(c, c.text("topk_method") == "noaux_tc");
}
Architecture read_deepseek_v3(const Config& c) { return read_deepseek_mla(c, true); }

// DeepSeek's own inference/configs form.
Architecture read_deepseek_native(const Config& c) {
  refuse_uncounted(c);
  Architecture m;
  m.hidden = c.need({"dim"});
  m.embedding_dim = m.hidden;
  m.vocab = c.need({"vocab_size"});
  const int layers = c.layers({"n_layers"});
  Layer layer;
  layer.attention = plain_attention(c.need({"n_heads"}), c.need({"n_heads"}), 1);
  layer.dense = {c.need({"inter_dim"}), true, false};
  uniform(m, layers, layer);
  set_norms(m, {false, 2});
  set_latent_attention(m, c);
  const std::int64_t width = c.need({"moe_inter_dim"});
  Experts e = gated_experts(c.need({"n_routed_experts"}), c.need({"n_activated_experts"}), width);
  e.shared_width = c.get({"n_shared_experts"}, 0) * width;
  // The sigmoid-scored router of V3 carries a correction bias; its source adds it at width 7168.
  e.correction_bias = c.text("score_func") == "sigmoid";
  e.groups = static_cast<int>(c.get({"n_expert_groups"}, 0));
  e.top_groups = static_cast<int>(c.get({"n_limited_groups"}, 0));
  check_experts(c, e);
  const auto first = static_cast<int>(c.get({"n_dense_layers"}, 1));
  place_experts(m, e, [&](int i) { return i >= first; });
  return m;
}

Architecture read_gpt_oss(const Config& c) {
  LlamaStyle style;
  style.qkv_bias = style.out_bias = c.flag("attention_bias", true);
  style.head_dim = 64;
  style.kv_heads = 8;
  Architecture m = llama_skeleton(c, style);
  for (Layer& layer : m.kinds) layer.attention.sinks = layer.attention.heads;
  Experts e = gated_experts(c.need({"num_local_experts"}),
                            c.need({"num_experts_per_tok", "experts_per_token"}),
                            c.need({"intermediate_size"}));
  e.expert.bias = true;
  e.router_bias = true;
  check_experts(c, e);
  place_experts(m, e, [](int) { return true; });
  alternate_windows(m, c, static_cast<int>(c.get({"sliding_window"}, 128)), 2);
  return m;
}

Architecture read_llama4(const Config& c) {
  LlamaStyle style;
  style.qkv_bias = style.out_bias = c.flag("attention_bias", false);
  style.head_dim = 128;
  style.kv_heads = 8;
  Architecture m = llama_skeleton(c, style);
  const std::int64_t width = c.need({"intermediate_size"});
  m.kinds.front().dense = {c.get({"intermediate_size_mlp"}, 16384, 1), true, false};
  // A file whose list of expert layers is empty may state no experts at all.
  if (const auto list = c.cursor().find("moe_layers"); list && list->items().empty()) return m;
  Experts e =
      gated_experts(c.need({"num_local_experts"}), c.get({"num_experts_per_tok"}, 1, 1), width);
  e.shared_width = width;
  check_experts(c, e);
  if (const auto list = c.cursor().find("moe_layers")) {
    std::vector<int> moe;
    for (const JsonCursor& item : list->items()) {
      moe.push_back(static_cast<int>(item.integer({0, kMostLayers}).value_or(-1)));
    }
    place_experts(m, e, [&](int i) { return std::find(moe.begin(), moe.end(), i) != moe.end(); });
  } else {
    const auto step = static_cast<int>(c.get({"interleave_moe_layer_step"}, 1, 1));
    place_experts(m, e, [&](int i) { return (i + 1) % step == 0; });
  }
  return m;
}

Architecture read_dbrx(const Config& c) {
  Architecture m;
  m.hidden = c.need({"d_model"});
  m.embedding_dim = m.hidden;
  m.vocab = c.need({"vocab_size"});
  const std::int64_t heads = c.need({"n_heads"});
  Layer layer;
  std::int64_t kv_heads = 1;
  if (const auto attention = c.cursor().require("attn_config");
      attention && attention->expect_object()) {
    kv_heads = Config(*attention).get({"kv_n_heads"}, 1, 1);
  }
  check_kv_heads(c, heads, kv_heads);
  layer.attention = plain_attention(heads, kv_heads, c.head_dim(m.hidden, heads));
  if (const auto ffn = c.cursor().require("ffn_config"); ffn && ffn->expect_object()) {
    const Config inner(*ffn);
    layer.experts = gated_experts(inner.get({"moe_num_experts"}, 4, 1),
                                  inner.get({"moe_top_k"}, 1, 1), inner.need({"ffn_hidden_size"}));
    check_experts(inner, *layer.experts);
  }
  uniform(m, c.layers({"n_layers"}), layer);
  set_norms(m, {false, 2});
  m.tied_embeddings = c.flag("tie_word_embeddings", false);
  return m;
}

}  // namespace traincost::hf
