#include "estimator/machine/optimizer.h"

#include <algorithm>

#include "estimator/model/parameters.h"

namespace traincost {
namespace {

constexpr double kFp32 = 4;

double moments_of(Optimizer optimizer, const Architecture& model) {
  switch (optimizer) {
    case Optimizer::kAdamW: return 2;
    case Optimizer::kAdafactor: return 0;
    case Optimizer::kLion:
    case Optimizer::kSgd: return 1;
    case Optimizer::kMuon: break;
  }
  const ParameterCount all = count_parameters(model);
  const std::int64_t by_adamw = all.input_embedding + all.output_head + all.norms + all.other;
  return 1 + static_cast<double>(by_adamw) / static_cast<double>(all.total);
}

double orthogonalized(const std::vector<Linear>& maps) {
  constexpr double kIterations = 5;
  double flops = 0;
  for (const Linear& map : maps) {
    const auto m = static_cast<double>(std::min(map.in, map.out));
    const auto n = static_cast<double>(std::max(map.in, map.out));
    flops += kIterations * (4 * m * m * n + 2 * m * m * m);
  }
  return flops;
}

}  // namespace

KeptStates kept_states(const Stack& stack, const UpdateSpec& update, const Architecture& model) {
  constexpr double kOfRecord = 2, kWithMaster = 8;
  KeptStates kept;
  kept.master = stack.optimizer_bytes >= kWithMaster ? kFp32 : 0;
  kept.moment = (stack.optimizer_bytes - kept.master) / kOfRecord;
  kept.moments = update.optimizer ? moments_of(*update.optimizer, model) : kOfRecord;
  kept.moment = update.optimizer_states.value_or(kept.moment);
  if (update.master_weights) kept.master = *update.master_weights ? kFp32 : 0;
  return kept;
}

double orthogonalization_flops(const Architecture& model) {
  double flops = 0;
  const std::vector<int> layers = model.layers_of_kind();
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const Layer& layer = model.kinds[i];
    const LayerMaps maps = layer_maps(layer, model.hidden);
    const double experts = layer.experts ? layer.experts->routed : 0;
    flops += layers[i] * (orthogonalized(maps.attention) + orthogonalized(maps.dense) +
                          experts * orthogonalized(maps.expert));
  }
  return flops / static_cast<double>(count_parameters(model).total);
}

void set_update(Stack& stack, const UpdateSpec& update, const Architecture& model) {
  const KeptStates kept = kept_states(stack, update, model);
  if (update.states_kept()) stack.optimizer_bytes = kept.bytes();
  if (update.gradients) {
    stack.gradient_bytes = *update.gradients;
    stack.gradients_stated = true;
    // Gradients are made in bf16: nothing is kept beside those that are accumulated so.
    if (*update.gradients < kFp32) stack.raw_gradient_bytes = 0;
  }
  stack.reduction_bytes = update.reduction.value_or(0);
  stack.fused_optimizer = update.fused_optimizer.value_or(stack.fused_optimizer);
  if (!stack.fused_optimizer) {
    // One kernel an operation: AdamW's fourteen come to 21 passes over fp32 values where a fused
    // one makes 7, and keep the root of the second moment meanwhile, of its type.
    // Source: PyTorch 2.x, torch/optim/adamw.py, _multi_tensor_adamw; its documentation: "foreach
    // uses ~ sizeof(params) more peak memory" (both recalled).
    constexpr double kPasses = 7;  // for each moment
    stack.unfused_update_bytes = kPasses * kept.moments * kept.moment;
    stack.update_scratch_bytes = std::max(0.0, kept.moments - 1) * kept.moment;
  }
  if (update.optimizer == Optimizer::kMuon) stack.update_flops = orthogonalization_flops(model);
}

}  // namespace traincost
