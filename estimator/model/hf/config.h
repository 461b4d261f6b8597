// A config.json as the families read it: keys under their several names, and what several
// families build from them. Internal to the importer.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>

#include "base/cursor.h"
#include "estimator/model/architecture.h"

namespace traincost::hf {

inline constexpr int kMostLayers = 4096;

// Reads a config's keys under their several names.
class Config {
 public:
  explicit Config(const JsonCursor& cursor) : cursor_(cursor) {}

  [[nodiscard]] const JsonCursor& cursor() const { return cursor_; }

  [[nodiscard]] std::optional<std::int64_t> find(std::initializer_list<const char*> names,
                                                 double low = 1) const;
  // A fault where none of the names is there.
  [[nodiscard]] std::int64_t need(std::initializer_list<const char*> names) const;
  [[nodiscard]] std::int64_t get(std::initializer_list<const char*> names, std::int64_t fallback,
                                 double low = 0) const;
  [[nodiscard]] int layers(std::initializer_list<const char*> names) const;
  [[nodiscard]] bool flag(const char* name, bool fallback) const;
  [[nodiscard]] std::string text(const char* name) const;
  // As stated, else `fallback`, else the hidden size over the heads, which must divide it.
  [[nodiscard]] int head_dim(std::int64_t hidden, std::int64_t heads,
                             std::optional<std::int64_t> fallback = std::nullopt) const;

 private:
  const JsonCursor& cursor_;
};

struct NormStyle {
  bool bias;      // LayerNorm with bias: two parameters a channel
  int per_layer;  // norms on the residual stream
  bool final = true;
  bool embedding = false;
};
void set_norms(Architecture& model, const NormStyle& style);

[[nodiscard]] Attention plain_attention(std::int64_t heads, std::int64_t kv_heads, int head_dim);
void check_kv_heads(const Config& c, std::int64_t heads, std::int64_t kv_heads);

// Every layer alike.
void uniform(Architecture& model, int layers, const Layer& layer);

// A window for the layers that `layer_types` or the family's pattern names.
void alternate_windows(Architecture& model, const Config& c, int window, int period_full);

}  // namespace traincost::hf
