#include "estimator/model/architecture.h"

#include <algorithm>

namespace traincost {
namespace {

void add_feed_forward(std::vector<Linear>& maps, const FeedForward& block, std::int64_t hidden) {
  constexpr std::size_t kMost = 4;  // and a shared expert's gate
  maps.reserve(kMost);
  if (block.gated) maps.push_back({hidden, block.width, block.bias});
  maps.push_back({hidden, block.width, block.bias});
  maps.push_back({block.width, hidden, block.bias});
}

void add_attention(std::vector<Linear>& maps, const Attention& a, std::int64_t hidden) {
  constexpr std::size_t kUsual = 8;  // no attention that is known has more
  maps.reserve(kUsual);
  const std::int64_t query = std::int64_t{a.heads} * a.qk_dim;
  const std::int64_t value = std::int64_t{a.heads} * a.v_dim;
  if (a.latent) {
    const LatentProjections& l = *a.latent;
    if (l.query_rank > 0) {
      maps.push_back({hidden, l.query_rank, a.qkv_bias});
      maps.push_back({l.query_rank, query, false});
    } else {
      maps.push_back({hidden, query, false});
    }
    maps.push_back({hidden, l.kv_rank + l.qk_rope_dim, a.qkv_bias});
    maps.push_back({l.kv_rank, std::int64_t{a.heads} * (l.qk_nope_dim + a.v_dim), false});
  } else {
    maps.push_back({hidden, query, a.qkv_bias});
    maps.push_back({hidden, std::int64_t{a.kv_heads} * a.qk_dim, a.qkv_bias});
    maps.push_back({hidden, std::int64_t{a.kv_heads} * a.v_dim, a.qkv_bias});
  }
  maps.push_back({value, hidden, a.out_bias});
}

}  // namespace

void window_layers(Architecture& model, int window, const std::vector<bool>& windowed) {
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

std::vector<bool> all_but_every(std::size_t layers, int period) {
  std::vector<bool> marked(layers);
  for (std::size_t i = 0; i < layers; ++i) {
    marked[i] = (i + 1) % static_cast<std::size_t>(period) != 0;
  }
  return marked;
}

bool Architecture::has_experts() const {
  return std::any_of(kinds.begin(), kinds.end(),
                     [](const Layer& layer) { return layer.experts.has_value(); });
}

bool Architecture::has_latent_attention() const {
  return std::any_of(kinds.begin(), kinds.end(),
                     [](const Layer& layer) { return layer.attention.latent.has_value(); });
}

LayerMaps layer_maps(const Layer& layer, std::int64_t hidden) {
  LayerMaps maps;
  add_attention(maps.attention, layer.attention, hidden);
  if (!layer.experts) {
    add_feed_forward(maps.dense, layer.dense, hidden);
    return maps;
  }
  const Experts& e = *layer.experts;
  add_feed_forward(maps.expert, e.expert, hidden);
  maps.router = Linear{hidden, e.routed, e.router_bias};
  if (e.shared_width > 0) {
    add_feed_forward(maps.dense, {e.shared_width, e.expert.gated, e.expert.bias}, hidden);
  }
  if (e.shared_gate) maps.dense.push_back({hidden, 1, false});
  return maps;
}

}  // namespace traincost
