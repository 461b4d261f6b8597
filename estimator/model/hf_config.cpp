#include "estimator/model/hf_config.h"

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <optional>

#include "base/nearest.h"

namespace traincost {
namespace {

constexpr double kLargestDimension = 1 << 24;
constexpr int kMostLayers = 4096;

// Reads a config's keys under their several names.
class Config {
 public:
  Config(const JsonCursor& cursor) : cursor_(cursor) {}

  [[nodiscard]] const JsonCursor& cursor() const { return cursor_; }

  [[nodiscard]] std::optional<std::int64_t> find(std::initializer_list<const char*> names,
                                                 double low = 1) const {
    std::optional<std::int64_t> found;
    for (const char* name : names) {
      const auto value = cursor_.integer(name, {low, kLargestDimension});
      if (!found) found = value;
    }
    return found;
  }

  // A fault where none of the names is there.
  [[nodiscard]] std::int64_t need(std::initializer_list<const char*> names) const {
    bool present = false;
    for (const char* name : names) present = present || cursor_.find(name).has_value();
    const auto found = find(names);
    if (!present) {
      std::string list;
      for (const char* name : names)
        list += (list.empty() ? "\"" : " or \"") + std::string(name) + "\"";
      cursor_.fault("missing member " + list);
    }
    return found.value_or(1);
  }

  [[nodiscard]] std::int64_t get(std::initializer_list<const char*> names, std::int64_t fallback,
                                 double low = 0) const {
    return find(names, low).value_or(fallback);
  }

  [[nodiscard]] int layers(std::initializer_list<const char*> names) const {
    const std::int64_t count = need(names);
    if (count > kMostLayers) cursor_.fault("more than 4096 layers");
    return static_cast<int>(std::min<std::int64_t>(count, kMostLayers));
  }

  [[nodiscard]] bool flag(const char* name, bool fallback) const {
    return cursor_.boolean(name).value_or(fallback);
  }

  [[nodiscard]] std::string text(const char* name) const {
    const auto member = cursor_.find(name);
    return member && member->is_text() ? member->text().value_or("") : "";
  }

  // The widths that an attention block follows from.
  [[nodiscard]] int head_dim(std::int64_t hidden, std::int64_t heads,
                             std::optional<std::int64_t> fallback = std::nullopt) const {
    const auto stated = find({"head_dim"});
    if (stated) return static_cast<int>(*stated);
    if (fallback) return static_cast<int>(*fallback);
    if (hidden % heads != 0) {
      cursor_.fault("the number of attention heads (" + std::to_string(heads) +
                        ") does not divide the hidden size (" + std::to_string(hidden) + ")",
                    "state \"head_dim\" where they are independent");
    }
    return static_cast<int>(hidden / heads);
  }

 private:
  const JsonCursor& cursor_;
};

struct NormStyle {
  bool bias;      // LayerNorm with bias: two parameters a channel
  int per_layer;  // norms on the residual stream
  bool final = true;
  bool embedding = false;
};

void set_norms(Architecture& model, const NormStyle& style) {
  const std::int64_t width = model.hidden * (style.bias ? 2 : 1);
  for (Layer& layer : model.kinds) {
    layer.norms = style.per_layer;
    layer.norm_parameters = width * style.per_layer;
  }
  model.outer_norm_parameters = width * ((style.final ? 1 : 0) + (style.embedding ? 1 : 0));
}

Attention plain_attention(std::int64_t heads, std::int64_t kv_heads, int head_dim) {
  Attention a;
  a.heads = static_cast<int>(heads);
  a.kv_heads = static_cast<int>(kv_heads);
  a.qk_dim = head_dim;
  a.v_dim = head_dim;
  return a;
}

void check_kv_heads(const Config& c, std::int64_t heads, std::int64_t kv_heads) {
  if (kv_heads > 0 && heads % kv_heads == 0) return;
  c.cursor().fault("the number of key/value heads (" + std::to_string(kv_heads) +
                   ") does not divide the number of attention heads (" + std::to_string(heads) +
                   ")");
}

// Every layer alike.
void uniform(Architecture& model, int layers, const Layer& layer) {
  model.kinds = {layer};
  model.layers.assign(static_cast<std::size_t>(layers), 0);
}

// A window for the layers that `layer_types` or the family's pattern names.
void alternate_windows(Architecture& model, const Config& c, int window, int period_full) {
  if (window <= 0) return;
  std::vector<bool> windowed(model.layers.size(), period_full == 0);
  if (const auto types = c.cursor().find("layer_types")) {
    const auto items = types->items();
    for (std::size_t i = 0; i < windowed.size() && i < items.size(); ++i) {
      windowed[i] = items[i].text().value_or("") == "sliding_attention";
    }
  } else if (period_full > 0) {
    for (std::size_t i = 0; i < windowed.size(); ++i) {
      windowed[i] = (i + 1) % static_cast<std::size_t>(period_full) != 0;
    }
  }
  const std::size_t plain = model.kinds.size();
  for (std::size_t kind = 0; kind < plain; ++kind) {
    Layer copy = model.kinds[kind];
    copy.attention.window = window;
    model.kinds.push_back(copy);
  }
  for (std::size_t i = 0; i < windowed.size(); ++i) {
    if (windowed[i]) model.layers[i] += static_cast<int>(plain);
  }
}

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

void set_qk_norm(Attention& a, LlamaStyle::QkNorm style) {
  if (style == LlamaStyle::QkNorm::kPerHead) a.norm_parameters = 2 * std::int64_t{a.qk_dim};
  if (style == LlamaStyle::QkNorm::kAllHeads) {
    a.norm_parameters = std::int64_t{a.heads + a.kv_heads} * a.qk_dim;
  }
  if (style != LlamaStyle::QkNorm::kNone) a.norms = 2;
}

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

Architecture read_qwen2_moe(const Config& c) { return read_qwen_moe(c, true); }
Architecture read_qwen3_moe(const Config& c) { return read_qwen_moe(c, false); }

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

Architecture read_deepseek(const Config& c) {
  LlamaStyle style;
  need_ffn(c);
  style.qkv_bias = style.out_bias = c.flag("attention_bias", false);
  Architecture m = llama_skeleton(c, style);
  place_deepseek_experts(m, c, false);
  return m;
}

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

// gpt2, gpt_bigcode, gptj, bloom, phi-msft: two-matrix blocks under the older names.
struct Gpt2Style {
  bool attention_bias = true;
  bool ffn_bias = true;
  NormStyle norms{true, 2};
  bool tied = true;
  bool positions = true;
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
  layer.dense = {c.get({"n_inner"}, 4 * m.hidden, 1), false, style.ffn_bias};
  uniform(m, layers, layer);
  set_norms(m, style.norms);
  m.tied_embeddings = c.flag("tie_word_embeddings", style.tied);
  if (style.positions) m.position_rows = c.need({"n_positions", "n_ctx"});
  return m;
}

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
  bool qk_norm = false;
  if (const auto attention = c.cursor().find("attn_config"); attention && attention->is_object()) {
    const Config inner(*attention);
    const std::string type = inner.text("attn_type");
    const std::int64_t stated_kv = inner.get({"kv_n_heads"}, heads, 1);
    if (type.empty() || type == "grouped_query_attention") kv_heads = stated_kv;
    if (type == "multiquery_attention") kv_heads = 1;
    positions = !inner.flag("alibi", false) && !inner.flag("rope", false);
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

struct Family {
  const char* model_type;
  const char* architecture;  // architectures[0]
  Architecture (*read)(const Config&);
};

constexpr Family kFamilies[] = {
    {"llama", "LlamaForCausalLM", read_llama},
    {"mistral", "MistralForCausalLM", read_mistral},
    {"ministral3", "Ministral3ForCausalLM", read_mistral},
    {"qwen2", "Qwen2ForCausalLM", read_qwen2},
    {"qwen3", "Qwen3ForCausalLM", read_qwen3},
    {"mixtral", "MixtralForCausalLM", read_mixtral},
    {"minimax_m2", "MiniMaxM2ForCausalLM", read_minimax_m2},
    {"qwen2_moe", "Qwen2MoeForCausalLM", read_qwen2_moe},
    {"qwen3_moe", "Qwen3MoeForCausalLM", read_qwen3_moe},
    {"deepseek", "DeepseekForCausalLM", read_deepseek},
    {"deepseek_v2", "DeepseekV2ForCausalLM", read_deepseek_v2},
    {"deepseek_v3", "DeepseekV3ForCausalLM", read_deepseek_v3},
    {"kimi_k2", "DeepseekV3ForCausalLM", read_deepseek_v3},
    {"gpt_oss", "GptOssForCausalLM", read_gpt_oss},
    {"llama4_text", "Llama4ForCausalLM", read_llama4},
    {"llama4", "Llama4ForConditionalGeneration", read_llama4},
    {"gemma", "GemmaForCausalLM", read_gemma},
    {"gemma2", "Gemma2ForCausalLM", read_gemma2},
    {"gemma3_text", "Gemma3ForCausalLM", read_gemma3},
    {"gemma3", "Gemma3ForConditionalGeneration", read_gemma3},
    {"olmo2", "Olmo2ForCausalLM", read_olmo2},
    {"cohere", "CohereForCausalLM", read_cohere},
    {"phi3", "Phi3ForCausalLM", read_phi3},
    {"phi", "PhiForCausalLM", read_phi},
    {"phi-msft", "MixFormerSequentialForCausalLM", read_phi_msft},
    {"mixformer-sequential", "MixFormerSequentialForCausalLM", read_phi_msft},
    {"gpt2", "GPT2LMHeadModel", read_gpt2},
    {"gpt_bigcode", "GPTBigCodeForCausalLM", read_gpt_bigcode},
    {"gptj", "GPTJForCausalLM", read_gptj},
    {"gpt_neox", "GPTNeoXForCausalLM", read_gpt_neox},
    {"opt", "OPTForCausalLM", read_opt},
    {"bloom", "BloomForCausalLM", read_bloom},
    {"falcon", "FalconForCausalLM", read_falcon},
    {"RefinedWeb", "RWForCausalLM", read_falcon},
    {"RefinedWebModel", "RWForCausalLM", read_falcon},
    {"mpt", "MPTForCausalLM", read_mpt},
    {"starcoder2", "Starcoder2ForCausalLM", read_starcoder2},
    {"dbrx", "DbrxForCausalLM", read_dbrx},
};

// Types that borrow a supported architecture class but add parts that are not counted here.
constexpr const char* kRefused[] = {"deepseek_v32", "deepseek_v3.2", "glm_moe_dsa", "deepseek_v4",
                                    "kimi_k3",      "nemotron_h",    "qwen3_5_moe", "gemma4"};

const Family* family_of_type(const std::string& type) {
  for (const Family& family : kFamilies) {
    if (type == family.model_type) return &family;
  }
  return nullptr;
}

bool refused(const std::string& type) {
  return std::any_of(std::begin(kRefused), std::end(kRefused),
                     [&](const char* each) { return type == each; });
}

// The class name decides only where the type says nothing known.
const Family* family_of(const JsonCursor& cursor, const std::string& type) {
  if (const Family* family = family_of_type(type)) return family;
  if (refused(type)) return nullptr;
  const auto classes = cursor.find("architectures");
  if (!classes || classes->kind() != JsonValue::Kind::kArray || classes->value().items.empty()) {
    return nullptr;
  }
  const std::string name = classes->value().items.front().text;
  for (const Family& family : kFamilies) {
    if (name == family.architecture) return &family;
  }
  return nullptr;
}

bool looks_structural(const std::string& key) {
  const auto has = [&](const char* part) { return key.find(part) != std::string::npos; };
  const bool layers =
      key.rfind("num_", 0) == 0 && key.size() > 7 && key.compare(key.size() - 7, 7, "_layers") == 0;
  return key.rfind("index_", 0) == 0 || key.rfind("compress_", 0) == 0 ||
         key.rfind("mamba_", 0) == 0 || key.rfind("linear_", 0) == 0 || has("_lora_rank") ||
         layers || key == "hybrid_override_pattern" || key == "layer_types" || has("_experts");
}

constexpr const char* kNested[] = {"text_config", "llm_config", "language_config"};

bool has_deepseek_native_keys(const JsonCursor& cursor) {
  const JsonValue& value = cursor.value();
  return value.find("model_type") == nullptr && value.find("dim") != nullptr &&
         value.find("inter_dim") != nullptr && value.find("n_activated_experts") != nullptr;
}

// Parts that a structural-looking key may name without changing a count.
constexpr const char* kHarmless[] = {
    "num_hidden_layers",   "max_window_layers", "output_router_logits", "router_aux_loss_coef",
    "num_experts_per_tok", "num_local_experts", "experts_per_token",    "n_limited_groups",
    "num_experts",         "n_expert_groups",   "n_routed_experts",     "n_shared_experts"};

void warn_of_unread(const JsonCursor& cursor, std::vector<std::string>& warnings) {
  for (const std::string& key : cursor.unknown_members()) {
    const bool harmless = std::any_of(std::begin(kHarmless), std::end(kHarmless),
                                      [&](const char* each) { return key == each; });
    const JsonValue* value = cursor.value().find(key);
    if (harmless || !looks_structural(key) || value->kind == JsonValue::Kind::kNull) continue;
    warnings.push_back("\"" + key + "\" looks structural but enters no formula here");
  }
}

// The class beside a known type: one of other parts is refused, one without a head is said.
void check_class(const JsonCursor& cursor, const Family& family,
                 std::vector<std::string>& warnings) {
  const auto classes = cursor.find("architectures");
  if (!classes || classes->kind() != JsonValue::Kind::kArray || classes->value().items.empty()) {
    return;
  }
  const std::string name = classes->value().items.front().text;
  const bool known = std::any_of(std::begin(kFamilies), std::end(kFamilies),
                                 [&](const Family& each) { return name == each.architecture; });
  if (name.empty() || known) return;
  for (const char* other : {"Bitnet", "Eagle", "Medusa"}) {
    if (name.find(other) == std::string::npos) continue;
    classes->fault("unsupported architecture \"" + name + "\"",
                   "model_type " + std::string(family.model_type) + " does not describe it");
    return;
  }
  warnings.push_back("class " + name + " is not " + family.architecture +
                     "; counted as that class, output head included");
}

// Beyond this the products of widths leave the integers; no model is near it.
void check_size(const JsonCursor& cursor, const Architecture& m) {
  constexpr double kMostParameters = 1e17;
  double total = 2.0 * static_cast<double>(m.hidden) * static_cast<double>(m.vocab);
  for (const int kind : m.layers) {
    const Layer& layer = m.kinds[static_cast<std::size_t>(kind)];
    const Attention& a = layer.attention;
    const auto h = static_cast<double>(m.hidden);
    total += 2.0 * h * (static_cast<double>(a.heads) + a.kv_heads) * (1.0 * a.qk_dim + a.v_dim);
    total += 3.0 * h * static_cast<double>(layer.dense.width);
    if (layer.experts) {
      total += 3.0 * h *
               (static_cast<double>(layer.experts->expert.width) * layer.experts->routed +
                static_cast<double>(layer.experts->shared_width));
    }
  }
  if (total > kMostParameters) cursor.fault("describes more than 10^17 parameters");
}

}  // namespace

std::vector<std::string> supported_families() {
  std::vector<std::string> names;
  for (const Family& family : kFamilies) names.emplace_back(family.model_type);
  return names;
}

bool looks_like_hf_config(const JsonCursor& cursor) {
  const JsonValue& value = cursor.value();
  if (has_deepseek_native_keys(cursor)) return true;
  for (const char* key : {"model_type", "architectures", "text_config", "hidden_size",
                          "num_hidden_layers", "transformers_version"}) {
    if (value.find(key) != nullptr) return true;
  }
  return false;
}

ImportedModel read_hf_config(const JsonCursor& cursor, const std::string& as) {
  ImportedModel imported;
  if (!cursor.expect_object()) return imported;
  if (as.empty() && has_deepseek_native_keys(cursor)) {
    const Config config(cursor);
    imported.model = read_deepseek_native(config);
    imported.model.family = "deepseek_v3";
    warn_of_unread(cursor, imported.warnings);
    return imported;
  }
  for (const char* key : kNested) {
    const auto nested = cursor.find(key);
    if (!nested || !nested->is_object()) continue;
    std::string inner_as = as;
    if (inner_as.empty() && nested->value().find("model_type") == nullptr) {
      const auto outer = cursor.text("model_type");
      if (outer && family_of_type(*outer) != nullptr) inner_as = *outer;
    }
    imported = read_hf_config(*nested, inner_as);
    // transformers 5 keeps the tie in the outer object; gemma3 reads the inner one.
    const bool inner_ties = nested->value().find("tie_word_embeddings") != nullptr;
    const auto outer_tie = cursor.boolean("tie_word_embeddings");
    if (!inner_ties && outer_tie && cursor.text("model_type").value_or("") != "gemma3") {
      imported.model.tied_embeddings = *outer_tie;
    }
    for (const auto& [name, member] : cursor.members()) {
      const bool tower = name != key && member.is_object() && name.size() > 7 &&
                         name.compare(name.size() - 7, 7, "_config") == 0 &&
                         name != "quantization_config";
      if (tower) imported.model.not_counted.push_back(name);
    }
    return imported;
  }

  const auto type_member = cursor.find("model_type");
  const std::string type =
      type_member && type_member->is_text() ? type_member->text().value_or("") : "";
  const Family* family = as.empty() ? family_of(cursor, type) : family_of_type(as);
  if (family == nullptr) {
    const std::string wanted = as.empty() ? type : as;
    const std::string near = nearest(wanted, supported_families());
    const std::string remedy =
        (near.empty() ? "" : "the nearest supported type is \"" + near + "\"; ") +
        std::string("`--as TYPE` forces one, at the price of a wrong count");
    const JsonCursor& at = type_member ? *type_member : cursor;
    at.fault(wanted.empty() ? "no model_type: not a config.json that can be counted"
                            : "unsupported architecture \"" + wanted + "\"",
             remedy);
    return imported;
  }
  const Config config(cursor);
  imported.model = family->read(config);
  imported.model.family = type.empty() ? family->model_type : type;
  warn_of_unread(cursor, imported.warnings);
  if (as.empty()) check_class(cursor, *family, imported.warnings);
  check_size(cursor, imported.model);
  return imported;
}

}  // namespace traincost
