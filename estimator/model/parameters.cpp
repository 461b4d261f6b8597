#include "estimator/model/parameters.h"

namespace traincost {
namespace {

std::int64_t sum(const std::vector<Linear>& maps) {
  std::int64_t parameters = 0;
  for (const Linear& map : maps) parameters += map.parameters();
  return parameters;
}

std::int64_t router_parameters(const Layer& layer, const LayerMaps& maps) {
  if (!layer.experts) return 0;
  return maps.router->parameters() + (layer.experts->correction_bias ? layer.experts->routed : 0);
}

}  // namespace

std::int64_t expert_parameters(const Layer& layer, std::int64_t hidden) {
  return layer.experts ? sum(layer_maps(layer, hidden).expert) : 0;
}

std::int64_t layer_parameters(const Layer& layer, std::int64_t hidden) {
  const LayerMaps maps = layer_maps(layer, hidden);
  const std::int64_t routed = layer.experts ? layer.experts->routed * sum(maps.expert) : 0;
  return sum(maps.attention) + sum(maps.dense) + routed + router_parameters(layer, maps) +
         layer.norm_parameters + layer.attention.norm_parameters + layer.attention.sinks;
}

ParameterCount count_parameters(const Architecture& model) {
  const std::int64_t h = model.hidden;
  ParameterCount count;
  count.input_embedding = model.vocab * model.embedding_dim;
  if (!model.tied_embeddings) count.output_head = model.vocab * model.embedding_dim;
  if (model.head_bias) count.output_head += model.vocab;
  count.norms = model.outer_norm_parameters;
  count.other = model.position_rows * h;
  if (model.embedding_dim != h) count.other += 2 * model.embedding_dim * h;  // project in, out

  std::int64_t inactive = 0;
  const std::vector<int> layers = model.layers_of_kind();
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const Layer& layer = model.kinds[i];
    const std::int64_t n = layers[i];
    if (n == 0) continue;
    const LayerMaps maps = layer_maps(layer, h);
    count.attention += n * sum(maps.attention);
    count.dense_feed_forward += n * sum(maps.dense);
    count.norms += n * (layer.norm_parameters + layer.attention.norm_parameters);
    count.other += n * layer.attention.sinks;
    count.routers += n * router_parameters(layer, maps);
    if (layer.experts) {
      const std::int64_t expert = sum(maps.expert);
      count.routed_experts += n * layer.experts->routed * expert;
      inactive += n * (layer.experts->routed - layer.experts->top_k) * expert;
    }
  }
  count.total = count.input_embedding + count.output_head + count.attention +
                count.dense_feed_forward + count.routed_experts + count.routers + count.norms +
                count.other;
  count.active_all = count.total - inactive;
  count.active_without_input_embedding = count.active_all - count.input_embedding;
  count.active_without_both = count.active_without_input_embedding - count.output_head;
  if (model.mtp_depth > 0 && !model.layers.empty()) {
    // A layer like the last one, a 2h x h projection, norms on both inputs and on the output.
    count.mtp = model.mtp_depth *
                (layer_parameters(model.layer(model.layer_count() - 1), h) + 2 * h * h + 3 * h);
  }
  return count;
}

std::string counting_convention(const Architecture& model) {
  std::string text = "total counts every parameter";
  if (model.tied_embeddings) text += ", the tied embedding once (output_head is then 0)";
  text += model.has_experts()
              ? "; active counts what one token meets: its top-k routed experts and all else"
              : "; the model is dense, so active equals total less what each key leaves out";
  if (model.mtp_depth > 0) text += "; multi-token prediction layers are outside all of them";
  text += ". 6ND uses active_without_input_embedding.";
  return text;
}

}  // namespace traincost
