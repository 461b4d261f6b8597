#include "estimator/model/scaled.h"

#include <algorithm>
#include <cmath>

#include "estimator/model/parameters.h"

namespace traincost {
namespace {

// Groups of queries that share keys and values.
bool is_grouped(const Attention& a) { return !a.latent && a.kv_heads < a.heads; }

}  // namespace

int head_step(const Architecture& model) {
  constexpr int kHeadsTogether = 8;
  const Attention& a = model.kinds.front().attention;
  return is_grouped(a) ? a.kv_heads : std::min(a.heads, kHeadsTogether);
}

Architecture scaled(const Architecture& model, int heads, int layers) {
  constexpr double kRound = 128;
  const double ratio = static_cast<double>(heads) / model.kinds.front().attention.heads;
  const auto width = [&](std::int64_t own) -> std::int64_t {
    if (own == 0) return 0;
    const double steps = std::round(ratio * static_cast<double>(own) / kRound);
    return static_cast<std::int64_t>(kRound * std::max(1.0, steps));
  };
  Architecture other = model;
  other.hidden = width(model.hidden);
  other.embedding_dim = model.embedding_dim == model.hidden ? other.hidden : model.embedding_dim;
  const double wider = static_cast<double>(other.hidden) / static_cast<double>(model.hidden);
  const auto with_hidden = [&](std::int64_t parameters) {
    return static_cast<std::int64_t>(std::llround(wider * static_cast<double>(parameters)));
  };
  other.outer_norm_parameters = with_hidden(model.outer_norm_parameters);
  for (Layer& layer : other.kinds) {
    layer.norm_parameters = with_hidden(layer.norm_parameters);
    Attention& a = layer.attention;
    const bool grouped = is_grouped(a);
    const int group = grouped ? a.kv_heads : 1;
    a.heads = group * std::max(1, static_cast<int>(std::lround(ratio * a.heads / group)));
    if (!grouped) a.kv_heads = a.heads;
    if (a.sinks > 0) a.sinks = a.heads;
    layer.dense.width = width(layer.dense.width);
    if (!layer.experts) continue;
    layer.experts->expert.width = width(layer.experts->expert.width);
    layer.experts->shared_width = width(layer.experts->shared_width);
  }
  other.layers.clear();
  const auto own = static_cast<std::int64_t>(model.layers.size());
  for (std::int64_t i = 0; i < layers; ++i) {
    other.layers.push_back(model.layers[static_cast<std::size_t>(i * own / layers)]);
  }
  return other;
}

Architecture scaled_to(const Architecture& model, double active_parameters) {
  const auto active = [](const Architecture& of) {
    return static_cast<double>(count_parameters(of).active_all);
  };
  const int heads = model.kinds.front().attention.heads;
  const int step = head_step(model);
  const double wider = heads * std::cbrt(active_parameters / active(model)) / step;
  const int wide = step * std::max(1, static_cast<int>(std::lround(wider)));
  // Of so many heads parameters grow with layers, all but the tables'.
  const double whole = active(scaled(model, wide, model.layer_count()));
  const double half = active(scaled(model, wide, std::max(1, model.layer_count() / 2)));
  const double more = model.layer_count() - std::max(1, model.layer_count() / 2);
  const double a_layer = more > 0 ? (whole - half) / more : whole;
  const double layers = model.layer_count() + (active_parameters - whole) / a_layer;
  return scaled(model, wide, std::max(1, static_cast<int>(std::lround(layers))));
}

}  // namespace traincost
