#include "estimator/model/native.h"

#include <algorithm>
#include <string>

namespace traincost {
namespace {

constexpr Range kDimension{1, 1 << 24};
constexpr Range kCount{1, 1 << 20};
constexpr Range kParameters{0, 1e18};
constexpr std::int64_t kDefaultPositions = 2048;

constexpr Member<NativeLatent> kLatentMembers[] = {
    number<&NativeLatent::q_lora_rank>("q_lora_rank", {0, 1 << 20}, "0: queries have no latent"),
    number<&NativeLatent::kv_lora_rank>("kv_lora_rank", kCount, "latent of keys and values"),
    number<&NativeLatent::qk_nope_head_dim>("qk_nope_head_dim", kCount, "of a head, unrotated"),
    number<&NativeLatent::qk_rope_head_dim>("qk_rope_head_dim", kCount, "of a head, rotated"),
    number<&NativeLatent::v_head_dim>("v_head_dim", kCount, "of a head"),
};

constexpr Member<NativeExperts> kExpertMembers[] = {
    number<&NativeExperts::routed_experts>("routed_experts", kCount, "experts of a layer"),
    number<&NativeExperts::top_k>("top_k", kCount, "experts that a token is sent to"),
    number<&NativeExperts::expert_ffn>("expert_ffn", kDimension, "width of one expert"),
    number<&NativeExperts::shared_experts>("shared_experts", {0, 1024}, "that each token meets"),
    number<&NativeExperts::groups>("groups", kCount, "of experts, in group-limited routing"),
    number<&NativeExperts::top_groups>("top_groups", kCount, "groups that a token is sent to"),
    number<&NativeExperts::first_dense_layers>("first_dense_layers", {0, 4096},
                                               "layers before the first with experts"),
    number<&NativeExperts::moe_layers>("moe_layers", {0, 4096}, "layers with experts"),
};

constexpr Member<NativeModel> kModelMembers[] = {
    text<&NativeModel::name>("name", "of the model"),
    number<&NativeModel::layers>("layers", {1, 4096}, "transformer layers"),
    number<&NativeModel::hidden>("hidden", kDimension, "hidden size"),
    number<&NativeModel::ffn_hidden>("ffn_hidden", kDimension, "width of a dense feed-forward"),
    number<&NativeModel::heads>("heads", kCount, "attention heads"),
    number<&NativeModel::kv_heads>("kv_heads", kCount, "key and value heads; default: heads"),
    number<&NativeModel::head_dim>("head_dim", kCount, "default: hidden / heads"),
    number<&NativeModel::vocab>("vocab", kDimension, "vocabulary size"),
    truth<&NativeModel::gated_mlp>("gated_mlp", "three matrices a feed-forward; default true"),
    truth<&NativeModel::tied_embeddings>("tied_embeddings", "default: unless gated"),
    truth<&NativeModel::learned_positions>("learned_positions", "a table of positions"),
    number<&NativeModel::position_rows>("position_rows", kDimension, "of that table"),
    truth<&NativeModel::rotary>("rotary", "rotary embeddings"),
    truth<&NativeModel::qk_norm>("qk_norm", "norms on queries and keys"),
    number<&NativeModel::sliding_window>("sliding_window", {0, 1 << 24}, "0: none"),
    number<&NativeModel::sliding_window_pattern>(
        "sliding_window_pattern", {2, 1024},
        "the last of so many layers sees all keys; default: every layer has the window"),
    number<&NativeModel::mtp_depth>("mtp_depth", {0, 16}, "multi-token prediction layers"),
    number<&NativeModel::stated_params>("stated_params", kParameters, "as the source says"),
    number<&NativeModel::stated_active_params>("stated_active_params", kParameters,
                                               "as the source says"),
    section<&NativeModel::moe>("moe", "mixture of experts"),
    section<&NativeModel::mla>("mla", "multi-head latent attention"),
};

// A dimension that must be there, by its name and value.
template <typename T>
T need(const TellNativeFault& tell, const std::string& section, const char* name,
       const std::optional<T>& value) {
  if (!value) tell({section, name, "missing member \"" + std::string(name) + "\"", ""});
  return value.value_or(1);
}

LatentProjections latent_of(const NativeLatent& mla, const TellNativeFault& tell, Attention& a) {
  LatentProjections l;
  l.query_rank = mla.q_lora_rank.value_or(0);
  l.kv_rank = need(tell, "mla", "kv_lora_rank", mla.kv_lora_rank);
  l.qk_nope_dim = need(tell, "mla", "qk_nope_head_dim", mla.qk_nope_head_dim);
  l.qk_rope_dim = need(tell, "mla", "qk_rope_head_dim", mla.qk_rope_head_dim);
  a.v_dim = need(tell, "mla", "v_head_dim", mla.v_head_dim);
  a.qk_dim = l.qk_nope_dim + l.qk_rope_dim;
  a.kv_heads = a.heads;
  a.norms = l.query_rank > 0 ? 2 : 1;
  a.norm_parameters = l.query_rank + l.kv_rank;
  return l;
}

Attention attention_of(const NativeModel& n, const TellNativeFault& tell, std::int64_t hidden,
                       bool biases) {
  Attention a;
  a.heads = need(tell, "", "heads", n.heads);
  a.kv_heads = n.kv_heads.value_or(a.heads);
  if (n.mla) {
    a.latent = latent_of(*n.mla, tell, a);
    return a;
  }
  if (a.heads % a.kv_heads != 0) {
    tell({"", "",
          "kv_heads (" + std::to_string(a.kv_heads) + ") does not divide heads (" +
              std::to_string(a.heads) + ")",
          ""});
  }
  if (!n.head_dim && hidden % a.heads != 0) {
    tell({"", "",
          "heads (" + std::to_string(a.heads) + ") does not divide hidden (" +
              std::to_string(hidden) + ")",
          "state \"head_dim\" where they are independent"});
  }
  const auto even = static_cast<int>(std::max<std::int64_t>(1, hidden / a.heads));
  a.qk_dim = a.v_dim = n.head_dim.value_or(even);
  a.qkv_bias = a.out_bias = biases;
  if (!n.sliding_window_pattern) a.window = n.sliding_window.value_or(0);
  if (n.qk_norm.value_or(false)) {
    a.norms = 2;
    a.norm_parameters = 2 * std::int64_t{a.qk_dim};
  }
  return a;
}

// The layers with experts: their kind, and where they lie.
void add_experts(const NativeExperts& moe, const TellNativeFault& tell, const Layer& dense,
                 bool gated, Architecture& m) {
  Experts e;
  e.routed = need(tell, "moe", "routed_experts", moe.routed_experts);
  e.top_k = need(tell, "moe", "top_k", moe.top_k);
  const std::int64_t width = need(tell, "moe", "expert_ffn", moe.expert_ffn);
  e.expert = {width, gated, false};
  e.shared_width = moe.shared_experts.value_or(0) * width;
  e.groups = moe.groups.value_or(0);
  e.top_groups = moe.top_groups.value_or(0);
  e.correction_bias = dense.attention.latent.has_value();
  if (e.top_k > e.routed) tell({"moe", "", "top_k exceeds routed_experts", ""});
  const auto layers = static_cast<int>(m.layers.size());
  const int first = moe.first_dense_layers.value_or(0);
  const int with = moe.moe_layers.value_or(std::max(0, layers - first));
  Layer moe_layer = dense;
  moe_layer.experts = e;
  moe_layer.dense = {};
  m.kinds.push_back(moe_layer);
  for (int i = first; i < std::min(layers, first + with); ++i) {
    m.layers[static_cast<std::size_t>(i)] = 1;
  }
}

}  // namespace

constinit const std::span<const Member<NativeLatent>> MembersOf<NativeLatent>::table =
    kLatentMembers;
constinit const std::span<const Member<NativeExperts>> MembersOf<NativeExperts>::table =
    kExpertMembers;
constinit const std::span<const Member<NativeModel>> MembersOf<NativeModel>::table = kModelMembers;

Architecture native_architecture(const NativeModel& n, const TellNativeFault& tell) {
  Architecture m;
  m.family = "native";
  m.name = n.name.value_or("unnamed");
  m.hidden = need(tell, "", "hidden", n.hidden);
  m.embedding_dim = m.hidden;
  m.vocab = need(tell, "", "vocab", n.vocab);
  const int layers = need(tell, "", "layers", n.layers);
  const bool gated = n.gated_mlp.value_or(true);
  m.tied_embeddings = n.tied_embeddings.value_or(!gated);
  if (n.learned_positions.value_or(false)) {
    m.position_rows = n.position_rows.value_or(kDefaultPositions);
  }
  m.mtp_depth = n.mtp_depth.value_or(0);

  Layer layer;
  layer.attention = attention_of(n, tell, m.hidden, !gated);
  layer.attention.rotary = n.rotary.value_or(gated && m.position_rows == 0);
  const std::int64_t norm = m.hidden * (gated ? 1 : 2);
  layer.norms = 2;
  layer.norm_parameters = 2 * norm;
  m.outer_norm_parameters = norm;
  if (!n.moe) static_cast<void>(need(tell, "", "ffn_hidden", n.ffn_hidden));
  layer.dense = {n.ffn_hidden.value_or(4 * m.hidden), gated, !gated};
  m.kinds = {layer};
  m.layers.assign(static_cast<std::size_t>(layers), 0);
  if (n.moe) add_experts(*n.moe, tell, layer, gated, m);
  if (n.sliding_window_pattern) {
    if (n.mla) {
      tell({"", "", "sliding_window_pattern: latent attention has no window", "leave it out"});
    } else if (n.sliding_window.value_or(0) == 0) {
      tell({"", "", "sliding_window_pattern needs a sliding_window", ""});
    }
    window_layers(m, n.sliding_window.value_or(0),
                  all_but_every(m.layers.size(), *n.sliding_window_pattern));
  }
  return m;
}

Architecture read_native_model(const JsonCursor& cursor) {
  NativeModel model;
  read_members(cursor, model);
  return native_architecture(model, [&](const NativeFault& fault) {
    const auto home = fault.section.empty() ? cursor : cursor.find(fault.section).value_or(cursor);
    // A dimension that is there and faulty is a fault already.
    if (!fault.missing.empty() && home.find(fault.missing)) return;
    home.fault(fault.message, fault.remedy);
  });
}

}  // namespace traincost
