// What a run keeps and moves to update its weights, where it says so over its software's record.
#pragma once

#include <optional>

#include "base/cursor.h"
#include "estimator/model/architecture.h"
#include "hwdb/stack.h"

namespace traincost {

enum class Optimizer { kAdamW, kAdafactor, kLion, kMuon, kSgd };

inline constexpr Name<Optimizer> kOptimizerNames[] = {{"adamw", Optimizer::kAdamW},
                                                      {"adafactor", Optimizer::kAdafactor},
                                                      {"lion", Optimizer::kLion},
                                                      {"muon", Optimizer::kMuon},
                                                      {"sgd", Optimizer::kSgd}};

// Bytes of one value. 8 bits: a byte, and an fp32 scale for each block of 2,048 values.
// Source: Dettmers et al. 2021, 8-bit Optimizers via Block-wise Quantization, arXiv:2110.02861.
inline constexpr Name<double> kStateBytes[] = {{"fp32", 4}, {"bf16", 2}, {"int8", 1 + 4.0 / 2048}};
inline constexpr Name<double> kGradientBytes[] = {{"fp32", 4}, {"bf16", 2}, {"fp16", 2}};

// What is unset stays as the stack's record has it.
struct UpdateSpec {
  std::optional<Optimizer> optimizer;
  std::optional<double> optimizer_states;  // bytes of a moment's value
  std::optional<bool> master_weights;      // an fp32 copy of the weights
  std::optional<double> gradients;         // bytes of a value, as accumulated
  std::optional<double> reduction;         // bytes of a value, as replicas exchange it
  std::optional<bool> fused_optimizer;     // one kernel an update, not one an operation

  [[nodiscard]] bool states_kept() const { return optimizer || optimizer_states || master_weights; }
};

// What an update keeps for each parameter, in bytes.
struct KeptStates {
  double master = 0;
  double moment = 0;   // one value of a moment
  double moments = 0;  // how many

  [[nodiscard]] double bytes() const { return master + moments * moment; }
};

// Of `stack`, with what `update` says over it. A record gives one sum: from 8 bytes on four are the
// fp32 weights, and the rest AdamW's two moments.
//
// AdamW keeps two moments, Lion and SGD (with momentum) one, Adafactor none that counts (rows and
// columns of the second); Muon one, and AdamW's two for embedding, head and norms.
// Sources: Loshchilov and Hutter 2019, arXiv:1711.05101; Chen et al. 2023 (Lion), arXiv:2302.06675;
// Shazeer and Stern 2018 (Adafactor, without momentum), arXiv:1804.04235; Jordan et al. 2024, Muon;
// Liu et al. 2025 (Moonlight), arXiv:2502.16982, section 2.
[[nodiscard]] KeptStates kept_states(const Stack& stack, const UpdateSpec& update,
                                     const Architecture& model);

// Sets in `stack` what `update` says: bytes kept, moved and exchanged, and Muon's products.
void set_update(Stack& stack, const UpdateSpec& update, const Architecture& model);

// FLOPs for each parameter of Muon's five Newton-Schulz iterations, over all parameters: of an m x
// n matrix, m <= n, 5 (4 m^2 n + 2 m^3). Whole matrices, each made orthogonal once by the ranks
// that share its states. Source: Jordan et al. 2024, Muon; arXiv:2502.16982, Algorithm 1.
[[nodiscard]] double orthogonalization_flops(const Architecture& model);

}  // namespace traincost
