#include "estimator/model/hf/config.h"

#include <algorithm>

namespace traincost::hf {
namespace {

constexpr double kLargestDimension = 1 << 24;

}  // namespace

std::optional<std::int64_t> Config::find(std::initializer_list<const char*> names,
                                         double low) const {
  std::optional<std::int64_t> found;
  for (const char* name : names) {
    const auto value = cursor_.integer(name, {low, kLargestDimension});
    if (!found) found = value;
  }
  return found;
}

std::int64_t Config::need(std::initializer_list<const char*> names) const {
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

std::int64_t Config::get(std::initializer_list<const char*> names, std::int64_t fallback,
                         double low) const {
  return find(names, low).value_or(fallback);
}

int Config::layers(std::initializer_list<const char*> names) const {
  const std::int64_t count = need(names);
  if (count > kMostLayers) cursor_.fault("more than 4096 layers");
  return static_cast<int>(std::min<std::int64_t>(count, kMostLayers));
}

bool Config::flag(const char* name, bool fallback) const {
  return cursor_.boolean(name).value_or(fallback);
}

std::string Config::text(const char* name) const {
  const auto member = cursor_.find(name);
  return member && member->is_text() ? member->text().value_or("") : "";
}

int Config::head_dim(std::int64_t hidden, std::int64_t heads,
                     std::optional<std::int64_t> fallback) const {
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

void uniform(Architecture& model, int layers, const Layer& layer) {
  model.kinds = {layer};
  model.layers.assign(static_cast<std::size_t>(layers), 0);
}

void alternate_windows(Architecture& model, const Config& c, int window, int period_full) {
  if (window <= 0) return;
  std::vector<bool> windowed(model.layers.size(), period_full == 0);
  if (const auto types = c.cursor().find("layer_types")) {
    const auto items = types->items();
    for (std::size_t i = 0; i < windowed.size() && i < items.size(); ++i) {
      windowed[i] = items[i].text().value_or("") == "sliding_attention";
    }
  } else if (period_full > 0) {
    windowed = all_but_every(windowed.size(), period_full);
  }
  window_layers(model, window, windowed);
}

}  // namespace traincost::hf
