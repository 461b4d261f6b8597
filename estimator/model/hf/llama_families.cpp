#include "estimator/model/hf/families.h"

namespace traincost::hf {

namespace {

void set_qk_norm(Attention& a, LlamaStyle::QkNorm style) {
  if (style == LlamaStyle::QkNorm::kPerHead) a.norm_parameters = 2 * std::int64_t{a.qk_dim};
  if (style == LlamaStyle::QkNorm::kAllHeads) {
    a.norm_parameters = std::int64_t{a.heads + a.kv_heads} * a.qk_dim;
  }
  if (style != LlamaStyle::QkNorm::kNone) a.norms = 2;
}

}  // namespace

Architecture llama_skeleton(const Config& c, const LlamaStyle& style) {
  Architecture m;
  m.hidden = c.need({"hidden_size"});
  m.embedding_dim = m.hidden;
  m.vocab = style.vocab ? c.get({"vocab_size"}, *style.vocab, 1) : c.need({"vocab_size"});
  const int layers = c.layers({"num_hidden_layers"});
  const std::int64_t heads = style.heads ? c.get({"num_attention_heads"}, *style.heads, 1)
                                         : c.need({"num_attention_heads"});
  // Null means "as many as heads"; an absent key takes the class default.
  const bool written = c.cursor().value().find("num_key_value_heads") != nullptr;
  const std::int64_t kv_heads =
      c.get({"num_key_value_heads"}, written ? heads : style.kv_heads.value_or(heads), 1);
  check_kv_heads(c, heads, kv_heads);
  Layer layer;
  layer.attention = plain_attention(heads, kv_heads, c.head_dim(m.hidden, heads, style.head_dim));
  layer.attention.qkv_bias = style.qkv_bias;
  layer.attention.out_bias = style.out_bias;
  set_qk_norm(layer.attention, style.qk_norm);
  layer.dense = {c.get({"intermediate_size"}, 0), style.gated, style.ffn_bias};
  uniform(m, layers, layer);
  set_norms(m, style.norms);
  m.tied_embeddings = c.flag("tie_word_embeddings", style.tied);
  return m;
}

void need_ffn(const Config& c) { static_cast<void>(c.need({"intermediate_size"})); }

Architecture read_llama(const Config& c) {
  need_ffn(c);
  LlamaStyle style;
  style.qkv_bias = style.out_bias = c.flag("attention_bias", false);
  style.ffn_bias = c.flag("mlp_bias", false);
  return llama_skeleton(c, style);
}

// Mistral's class has no biases, whatever the file says.
Architecture read_mistral(const Config& c) {
  need_ffn(c);
  Architecture m = llama_skeleton(c, {});
  alternate_windows(m, c, static_cast<int>(c.get({"sliding_window"}, 0)), 0);
  return m;
}

int qwen_window(const Config& c) {
  const auto window = static_cast<int>(c.get({"sliding_window"}, 0));
  return c.flag("use_sliding_window", false) ? window : 0;
}

Architecture read_qwen2(const Config& c) {
  need_ffn(c);
  LlamaStyle style;
  style.qkv_bias = true;
  Architecture m = llama_skeleton(c, style);
  alternate_windows(m, c, qwen_window(c), 0);
  return m;
}

Architecture read_qwen3(const Config& c) {
  need_ffn(c);
  LlamaStyle style;
  style.qkv_bias = style.out_bias = c.flag("attention_bias", false);
  style.qk_norm = LlamaStyle::QkNorm::kPerHead;
  style.head_dim = 128;
  Architecture m = llama_skeleton(c, style);
  alternate_windows(m, c, qwen_window(c), 0);
  return m;
}

Architecture read_gemma(const Config& c) {
  need_ffn(c);
  LlamaStyle style;
  style.qkv_bias = style.out_bias = c.flag("attention_bias", false);
  style.tied = true;
  style.head_dim = 256;
  style.vocab = 256000;
  return llama_skeleton(c, style);
}

Architecture read_gemma2(const Config& c) {
  need_ffn(c);
  LlamaStyle style;
  style.qkv_bias = style.out_bias = c.flag("attention_bias", false);
  style.tied = true;
  style.head_dim = 256;
  style.kv_heads = 4;
  style.vocab = 256000;
  style.norms.per_layer = 4;
  Architecture m = llama_skeleton(c, style);
  alternate_windows(m, c, static_cast<int>(c.get({"sliding_window"}, 4096)), 2);
  return m;
}

Architecture read_gemma3(const Config& c) {
  need_ffn(c);
  LlamaStyle style;
  style.qkv_bias = style.out_bias = c.flag("attention_bias", false);
  style.tied = true;
  style.head_dim = 256;
  style.heads = 8;
  style.kv_heads = 4;
  style.vocab = 262208;
  style.norms.per_layer = 4;
  style.qk_norm = LlamaStyle::QkNorm::kPerHead;
  Architecture m = llama_skeleton(c, style);
  const auto period = static_cast<int>(c.get({"sliding_window_pattern"}, 6, 1));
  alternate_windows(m, c, static_cast<int>(c.get({"sliding_window"}, 4096)), period);
  return m;
}

Architecture read_olmo2(const Config& c) {
  need_ffn(c);
  LlamaStyle style;
  style.qkv_bias = style.out_bias = c.flag("attention_bias", false);
  style.qk_norm = LlamaStyle::QkNorm::kAllHeads;
  return llama_skeleton(c, style);
}

Architecture read_cohere(const Config& c) {
  need_ffn(c);
  LlamaStyle style;
  style.qkv_bias = style.out_bias = c.flag("attention_bias", false);
  style.tied = true;
  style.norms.per_layer = 1;
  if (c.flag("use_qk_norm", false)) style.qk_norm = LlamaStyle::QkNorm::kAllHeads;
  return llama_skeleton(c, style);
}

Architecture read_phi3(const Config& c) {
  need_ffn(c);
  Architecture m = llama_skeleton(c, {});
  alternate_windows(m, c, static_cast<int>(c.get({"sliding_window"}, 0)), 0);
  return m;
}

Architecture read_starcoder2(const Config& c) {
  need_ffn(c);
  LlamaStyle style;
  const bool bias = c.flag("use_bias", true);
  style.qkv_bias = style.out_bias = style.ffn_bias = bias;
  style.gated = false;
  style.tied = true;
  style.norms.bias = true;
  style.kv_heads = 2;
  Architecture m = llama_skeleton(c, style);
  alternate_windows(m, c, static_cast<int>(c.get({"sliding_window"}, 0)), 0);
  return m;
}

// HF-native phi-1, phi-1.5, phi-2: one LayerNorm a layer, biases everywhere, on the head too.
Architecture read_phi(const Config& c) {
  need_ffn(c);
  LlamaStyle style;
  style.qkv_bias = style.out_bias = style.ffn_bias = true;
  style.gated = false;
  style.norms = {true, 1};
  Architecture m = llama_skeleton(c, style);
  if (c.flag("qk_layernorm", false)) {
    for (Layer& layer : m.kinds) {
      layer.attention.norm_parameters = 4 * std::int64_t{layer.attention.qk_dim};
      layer.attention.norms = 2;
    }
  }
  m.head_bias = true;
  return m;
}

}  // namespace traincost::hf
