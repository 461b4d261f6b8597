// What is trained: the shape of a decoder-only transformer, exact enough to count every parameter.
//
// Layers may differ (leading dense layers before experts, windows that alternate), so an
// Architecture lists its layer kinds and names one for each layer. What the description leaves
// out: vision and audio towers, dropout, initialisation, anything without parameters or FLOPs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace traincost {

// A linear map from `in` to `out` features.
struct Linear {
  std::int64_t in = 0;
  std::int64_t out = 0;
  bool bias = false;

  [[nodiscard]] std::int64_t weights() const { return in * out; }
  [[nodiscard]] std::int64_t parameters() const { return in * out + (bias ? out : 0); }
};

// Latent attention (MLA): queries and keys/values pass through low-rank projections.
struct LatentProjections {
  int query_rank = 0;  // 0: queries are projected directly
  int kv_rank = 0;
  int qk_nope_dim = 0;
  int qk_rope_dim = 0;
};

struct Attention {
  int heads = 0;
  int kv_heads = 0;  // equal to heads in multi-head and latent attention
  int qk_dim = 0;    // per head; nope + rope in latent attention
  int v_dim = 0;     // per head
  bool qkv_bias = false;
  bool out_bias = false;
  int window = 0;                    // keys that a query sees; 0 is all before it
  std::int64_t norm_parameters = 0;  // norms on queries, keys and latents, all together
  int norms = 0;                     // how many such norms run
  std::int64_t sinks = 0;            // learned logits, one per head where there are any
  bool rotary = true;  // positions turn queries and keys, and are not learned or ALiBi
  std::optional<LatentProjections> latent;
};

// A feed-forward block; gated ones (SwiGLU, GeGLU) have three matrices, plain ones two.
struct FeedForward {
  std::int64_t width = 0;
  bool gated = true;
  bool bias = false;
};

struct Experts {
  int routed = 0;
  int top_k = 0;
  FeedForward expert;             // one routed expert
  std::int64_t shared_width = 0;  // of all shared experts together; 0 where there are none
  bool shared_gate = false;       // a hidden -> 1 gate on the shared expert
  bool router_bias = false;
  bool correction_bias = false;  // one load-balancing term per expert
  int groups = 0;      // node-limited routing: a token goes to experts of at most top_groups of
  int top_groups = 0;  //   `groups` groups; 0 where there is no limit
};

struct Layer {
  Attention attention;
  FeedForward dense;  // where `experts` is empty
  std::optional<Experts> experts;
  int norms = 2;  // on the residual stream
  std::int64_t norm_parameters = 0;
};

struct Architecture {
  std::string name;
  std::string family;  // "llama", "deepseek_v3", ...; "native" where given by its dimensions
  std::int64_t hidden = 0;
  std::int64_t vocab = 0;
  std::vector<Layer> kinds;
  std::vector<int> layers;  // index into `kinds`, one for each layer, first to last
  bool tied_embeddings = false;
  bool head_bias = false;
  std::int64_t position_rows = 0;          // learned positions, 0 where there are none
  std::int64_t embedding_dim = 0;          // where it differs from hidden, else equal to it
  std::int64_t outer_norm_parameters = 0;  // embedding norm and final norm
  int mtp_depth = 0;                       // multi-token prediction layers, outside the count
  std::vector<std::string> not_counted;    // parts of the file left out: "vision_config"

  [[nodiscard]] int layer_count() const { return static_cast<int>(layers.size()); }
  // How many layers are of each kind; what a layer costs is then computed once for a kind.
  [[nodiscard]] std::vector<int> layers_of_kind() const {
    std::vector<int> counts(kinds.size());
    for (const int kind : layers) ++counts[static_cast<std::size_t>(kind)];
    return counts;
  }
  [[nodiscard]] const Layer& layer(int index) const {
    return kinds[static_cast<std::size_t>(layers[static_cast<std::size_t>(index)])];
  }
  [[nodiscard]] bool has_experts() const;
  [[nodiscard]] bool has_latent_attention() const;
};

// Gives the layers that `windowed` marks (one mark a layer) a window of so many keys.
void window_layers(Architecture& model, int window, const std::vector<bool>& windowed);

// Marks all of so many layers but the last of every `period`.
[[nodiscard]] std::vector<bool> all_but_every(std::size_t layers, int period);

// The linear maps of a layer, in the order in which a token meets them. Routed experts appear once
// each in `expert`; a token meets top_k of them.
struct LayerMaps {
  std::vector<Linear> attention;
  std::vector<Linear> dense;   // of the dense block, or of the shared experts
  std::vector<Linear> expert;  // of one routed expert
  std::optional<Linear> router;
};
[[nodiscard]] LayerMaps layer_maps(const Layer& layer, std::int64_t hidden);

}  // namespace traincost
