#include "estimator/model/flops.h"

#include <algorithm>

#include "base/units.h"
#include "estimator/model/parameters.h"

namespace traincost {
namespace {

using namespace unit;

constexpr double kFlopPerMultiplyAdd = 2;
constexpr double kForwardAndBackward = 3;

double weights(const std::vector<Linear>& maps) {
  double total = 0;
  for (const Linear& map : maps) total += static_cast<double>(map.weights());
  return total;
}

// Weights of the linear maps that one token meets in a layer.
double weights_met(const Layer& layer, std::int64_t hidden) {
  const LayerMaps maps = layer_maps(layer, hidden);
  double met = weights(maps.attention) + weights(maps.dense);
  if (layer.experts) {
    met += layer.experts->top_k * weights(maps.expert);
    met += static_cast<double>(maps.router->weights());
  }
  return met;
}

FlopsPerToken layer_forward(const Layer& layer, std::int64_t hidden, double sequence_length,
                            AttentionCount count) {
  return kFlopPerMultiplyAdd * weights_met(layer, hidden) * FLOP / token +
         attention_core_forward(layer.attention, sequence_length, count);
}

Flops gpt_flops(const GptShape& shape, double attention_share) {
  const double B = shape.sequences, s = shape.sequence_length;
  const double L = shape.layers, h = shape.hidden, v = shape.vocab;
  return 72 * B * L * s * h * h * (1 + attention_share * s / h + v / (12 * h * L)) * FLOP;
}

double head_weights(const Architecture& model) {
  return static_cast<double>(model.vocab) * static_cast<double>(model.embedding_dim);
}

}  // namespace

FlopsPerToken attention_core_forward(const Attention& attention, double sequence_length,
                                     AttentionCount count) {
  const double s = sequence_length;
  double keys = count == AttentionCount::kCausal ? s / 2 : s;
  if (attention.window > 0 && attention.window < s) {
    // A query sees min(position, window) keys; full counting sees the window.
    const double w = attention.window;
    keys = count == AttentionCount::kCausal ? w - w * w / (2 * s) : w;
  }
  return kFlopPerMultiplyAdd * keys * attention.heads * (attention.qk_dim + attention.v_dim) *
         FLOP / token;
}

FlopsPerToken model_flops_per_token(const Architecture& model, double sequence_length,
                                    FlopsConvention convention) {
  FlopsPerToken forward = kFlopPerMultiplyAdd * head_weights(model) * FLOP / token;
  if (model.embedding_dim != model.hidden) {
    forward += kFlopPerMultiplyAdd * 2 * static_cast<double>(model.embedding_dim * model.hidden) *
               FLOP / token;
  }
  const std::vector<int> layers = model.layers_of_kind();
  for (std::size_t i = 0; i < layers.size(); ++i) {
    if (layers[i] == 0) continue;
    forward += layers[i] *
               layer_forward(model.kinds[i], model.hidden, sequence_length, convention.attention);
  }
  if (convention.mtp && model.mtp_depth > 0 && !model.layers.empty()) {
    const double projection = 2.0 * static_cast<double>(model.hidden * model.hidden);
    forward +=
        model.mtp_depth * (layer_forward(model.layer(model.layer_count() - 1), model.hidden,
                                         sequence_length, convention.attention) +
                           kFlopPerMultiplyAdd * (projection + head_weights(model)) * FLOP / token);
  }
  return kForwardAndBackward * forward;
}

FlopsPerToken six_n_per_token(const Architecture& model) {
  const ParameterCount count = count_parameters(model);
  const std::int64_t head = model.tied_embeddings ? model.vocab * model.embedding_dim : 0;
  return 6.0 * static_cast<double>(count.active_without_input_embedding + head) * FLOP / token;
}

FlopsPerToken six_n_attention_per_token(const Architecture& model, double sequence_length,
                                        AttentionCount attention) {
  FlopsPerToken total = six_n_per_token(model);
  const std::vector<int> layers = model.layers_of_kind();
  for (std::size_t i = 0; i < layers.size(); ++i) {
    total += layers[i] * kForwardAndBackward *
             attention_core_forward(model.kinds[i].attention, sequence_length, attention);
  }
  return total;
}

Flops gpt_model_flops(const GptShape& shape) { return gpt_flops(shape, 1.0 / 6); }

Flops gpt_hardware_flops(const GptShape& shape) { return gpt_flops(shape, 1.0 / 3); }

std::string convention_text(FlopsConvention convention) {
  std::string text = convention.attention == AttentionCount::kCausal
                         ? "causal attention (s/2 keys a query)"
                         : "full attention (s keys a query)";
  text += ", router and output head included, multi-token prediction ";
  text += convention.mtp ? "included" : "not";
  text += ", no recomputation";
  return text;
}

}  // namespace traincost
