#include "estimator/step/setup.h"

#include <algorithm>
#include <cmath>

#include "base/units.h"

namespace traincost {

Sharding StepContext::sharding() const {
  return {.tokens = static_cast<double>(batch.micro_batch) * batch.sequence_length / layout.cp,
          .sequence_length = batch.sequence_length,
          .tp = layout.tp,
          .sequence_parallel = layout.sequence_parallel,
          .cp = layout.cp,
          .ep = layout.ep,
          .expert_tp = layout.expert_tp,
          .vocabulary = vocabulary_of_rank(),
          .expert_imbalance = machine.stack.expert_imbalance};
}

Bytes StepContext::hidden_states() const {
  return sharding().tokens * static_cast<double>(model.hidden) * machine.element_bytes * unit::B;
}

// Source: NVIDIA/Megatron-LM@d98e8a6 megatron/training/tokenizer, make_vocab_size_divisible_by.
double StepContext::vocabulary_of_rank() const {
  constexpr double kPadded = 128;
  const double multiple = machine.stack.pads_vocabulary ? kPadded : 1;
  return multiple * std::ceil(static_cast<double>(model.vocab) / (multiple * layout.tp));
}

double StepContext::layers_of_a_rank() const {
  return std::max(1.0, std::ceil(model.layer_count() / (1.0 * layout.pp)));
}

OperatorStyle StepContext::style() const {
  const bool eager = machine.attention_generation == kEagerAttention;
  return {.element_bytes = machine.element_bytes,
          .eager_attention = eager,
          .dropout = eager,
          .element_wise_passes =
              1 + machine.engine.unfused_traffic * (machine.stack.element_wise_passes - 1),
          .fused_loss = machine.stack.fused_loss,
          .unfused_gate = machine.stack.unfused_gate,
          .eager_element_wise = machine.stack.eager_element_wise,
          .separate_projections = machine.stack.separate_projections};
}

}  // namespace traincost
