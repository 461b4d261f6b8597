#include "estimator/model/hf/families.h"

namespace traincost::hf {

namespace {

// gpt2, gpt_bigcode, gptj, bloom, phi-msft: two-matrix blocks under the older names.
struct Gpt2Style {
  bool attention_bias = true;
  bool ffn_bias = true;
  NormStyle norms{true, 2};
  bool tied = true;
  bool positions = true;
  bool rotary = false;
};

Architecture gpt2_skeleton(const Config& c, const Gpt2Style& style,
                           std::optional<std::int64_t> kv_heads = std::nullopt) {
  Architecture m;
  m.hidden = c.need({"n_embd", "n_embed", "hidden_size"});
  m.embedding_dim = m.hidden;
  m.vocab = c.need({"vocab_size"});
  const int layers = c.layers({"n_layer", "num_hidden_layers"});
  const std::int64_t heads = c.need({"n_head", "num_attention_heads"});
  check_kv_heads(c, heads, kv_heads.value_or(heads));
  Layer layer;
  layer.attention = plain_attention(heads, kv_heads.value_or(heads), c.head_dim(m.hidden, heads));
  layer.attention.qkv_bias = layer.attention.out_bias = style.attention_bias;
  layer.attention.rotary = style.rotary;
  layer.dense = {c.get({"n_inner"}, 4 * m.hidden, 1), false, style.ffn_bias};
  uniform(m, layers, layer);
  set_norms(m, style.norms);
  m.tied_embeddings = c.flag("tie_word_embeddings", style.tied);
  if (style.positions) m.position_rows = c.need({"n_positions", "n_ctx"});
  return m;
}

}  // namespace

Architecture read_gpt2(const Config& c) {
  if (c.flag("add_cross_attention", false)) {
    c.cursor().fault("unsupported architecture: cross-attention is not counted");
  }
  return gpt2_skeleton(c, {});
}

Architecture read_gpt_bigcode(const Config& c) {
  const bool multi_query = c.flag("multi_query", true);
  return gpt2_skeleton(c, {}, multi_query ? std::optional<std::int64_t>(1) : std::nullopt);
}

Architecture read_gptj(const Config& c) {
  Gpt2Style style;
  style.attention_bias = false;
  style.norms.per_layer = 1;
  style.tied = false;
  style.positions = false;
  style.rotary = true;
  Architecture m = gpt2_skeleton(c, style);
  m.head_bias = true;
  return m;
}

Architecture read_bloom(const Config& c) {
  Gpt2Style style;
  style.norms.embedding = true;
  style.positions = false;
  return gpt2_skeleton(c, style);
}

Architecture read_phi_msft(const Config& c) {
  Gpt2Style style;
  style.norms.per_layer = 1;
  style.tied = false;
  style.positions = false;
  style.rotary = true;
  Architecture m = gpt2_skeleton(c, style, c.find({"n_head_kv"}));
  m.head_bias = true;
  return m;
}

Architecture read_gpt_neox(const Config& c) {
  need_ffn(c);
  LlamaStyle style;
  style.qkv_bias = style.out_bias = c.flag("attention_bias", true);
  style.ffn_bias = true;
  style.gated = false;
  style.norms.bias = true;
  return llama_skeleton(c, style);
}

Architecture read_opt(const Config& c) {
  Architecture m;
  m.hidden = c.need({"hidden_size"});
  m.embedding_dim = c.get({"word_embed_proj_dim"}, m.hidden, 1);
  m.vocab = c.need({"vocab_size"});
  const std::int64_t heads = c.need({"num_attention_heads"});
  const bool bias = c.flag("enable_bias", true);
  Layer layer;
  layer.attention = plain_attention(heads, heads, c.head_dim(m.hidden, heads));
  layer.attention.qkv_bias = layer.attention.out_bias = bias;
  layer.attention.rotary = false;
  layer.dense = {c.need({"ffn_dim"}), false, bias};
  uniform(m, c.layers({"num_hidden_layers"}), layer);
  const bool affine = c.flag("layer_norm_elementwise_affine", true);
  const bool final_norm =
      c.flag("do_layer_norm_before", true) && !c.flag("_remove_final_layer_norm", false);
  set_norms(m, {true, 2, final_norm});
  if (!affine) {
    m.outer_norm_parameters = 0;
    for (Layer& each : m.kinds) each.norm_parameters = 0;
  }
  m.position_rows = c.need({"max_position_embeddings"}) + 2;
  m.tied_embeddings = c.flag("tie_word_embeddings", true);
  return m;
}

Architecture read_falcon(const Config& c) {
  Architecture m;
  m.hidden = c.need({"hidden_size", "n_embed"});
  m.embedding_dim = m.hidden;
  m.vocab = c.need({"vocab_size"});
  const std::int64_t heads = c.need({"num_attention_heads", "n_head"});
  // The original classes, RWConfig, had other defaults; 40B's code always had grouped heads and
  // two norms.
  const std::string type = c.text("model_type");
  const bool new_decoder = c.flag("new_decoder_architecture", type == "RefinedWeb");
  const bool multi_query = c.flag("multi_query", type != "RefinedWebModel");
  const bool parallel = c.flag("parallel_attn", type != "RefinedWebModel");
  const std::int64_t stated = c.get({"num_kv_heads", "n_head_kv"}, heads, 1);
  const bool bias = c.flag("bias", false);
  const std::int64_t kv_heads = new_decoder ? stated : (multi_query ? 1 : heads);
  check_kv_heads(c, heads, kv_heads);
  Layer layer;
  layer.attention = plain_attention(heads, kv_heads, c.head_dim(m.hidden, heads));
  layer.attention.qkv_bias = layer.attention.out_bias = bias;
  layer.attention.rotary = !c.flag("alibi", false);
  layer.dense = {c.get({"ffn_hidden_size"}, 4 * m.hidden, 1), false, bias};
  uniform(m, c.layers({"num_hidden_layers", "n_layer"}), layer);
  const std::int64_t in_parallel = c.get({"num_ln_in_parallel_attn"}, new_decoder ? 2 : 1, 1);
  const int norms = (!parallel && type != "RefinedWeb") || in_parallel == 2 ? 2 : 1;
  set_norms(m, {true, norms});
  m.tied_embeddings = c.flag("tie_word_embeddings", true);
  return m;
}

Architecture read_mpt(const Config& c) {
  Architecture m;
  m.hidden = c.need({"d_model"});
  m.embedding_dim = m.hidden;
  m.vocab = c.need({"vocab_size"});
  const std::int64_t heads = c.need({"n_heads"});
  std::int64_t kv_heads = heads;
  bool positions = false;  // without attn_config the class takes ALiBi
  bool rotary = false;
  bool qk_norm = false;
  if (const auto attention = c.cursor().find("attn_config"); attention && attention->is_object()) {
    const Config inner(*attention);
    const std::string type = inner.text("attn_type");
    const std::int64_t stated_kv = inner.get({"kv_n_heads"}, heads, 1);
    if (type.empty() || type == "grouped_query_attention") kv_heads = stated_kv;
    if (type == "multiquery_attention") kv_heads = 1;
    rotary = inner.flag("rope", false);
    positions = !inner.flag("alibi", false) && !rotary;
    qk_norm = inner.flag("qk_ln", false);
    if (inner.flag("qk_gn", false)) attention->fault("unsupported: qk_gn is not counted");
  }
  std::optional<std::int64_t> stated_width;
  if (const auto ffn = c.cursor().find("ffn_config"); ffn && ffn->is_object()) {
    const Config inner(*ffn);
    const std::string type = inner.text("ffn_type");
    if (!type.empty() && type != "mptmlp") ffn->fault("unsupported ffn_type \"" + type + "\"");
    stated_width = inner.find({"ffn_hidden_size"});
  }
  check_kv_heads(c, heads, kv_heads);
  const bool bias = !c.flag("no_bias", true);
  const double ratio = c.cursor().number("expansion_ratio", {0.01, 64}).value_or(4);
  Layer layer;
  layer.attention = plain_attention(heads, kv_heads, c.head_dim(m.hidden, heads));
  layer.attention.qkv_bias = layer.attention.out_bias = bias;
  layer.attention.rotary = rotary;
  if (qk_norm) {
    layer.attention.norms = 2;
    layer.attention.norm_parameters = (heads + kv_heads) * layer.attention.qk_dim * (bias ? 2 : 1);
  }
  const auto width = static_cast<std::int64_t>(ratio * static_cast<double>(m.hidden));
  layer.dense = {stated_width.value_or(width), false, bias};
  uniform(m, c.layers({"n_layers"}), layer);
  const bool root_mean_square = c.text("norm_type").find("rmsnorm") != std::string::npos;
  set_norms(m, {bias && !root_mean_square, 2});
  if (c.flag("learned_pos_emb", true) && positions) m.position_rows = c.need({"max_seq_len"});
  m.tied_embeddings = c.flag("tie_word_embeddings", true);
  return m;
}

}  // namespace traincost::hf
