// The operators of one layer and one micro-batch on one rank, with their shapes.
//
// The list is what time and memory are both computed from: an operator knows its products, the
// bytes it moves, what it keeps for the backward pass, and which module re-creates that when the
// module is recomputed. Communication between operators is the step's business, not the layer's.
#pragma once

#include <initializer_list>
#include <string_view>
#include <vector>

#include "base/quantity.h"
#include "estimator/model/architecture.h"

namespace traincost {

// Bytes of a number in bf16, in which activations, weights and gradients travel.
inline constexpr double kBf16Bytes = 2;

// What can be recomputed in the backward pass instead of being kept.
enum class Module {
  kNone,
  kNorm,
  kCoreAttention,
  kLatentUpProjection,  // MLA: queries, keys and values from their latents
  kActivation,          // SwiGLU, GELU: the product that feeds the down projection
  kFeedForward,         // a whole dense or shared block
  kExperts,             // a whole expert block
  kSecondProducts,      // every second product: each counts by half
};

class ModuleSet {
 public:
  constexpr ModuleSet(std::initializer_list<Module> modules = {}) {
    for (const Module each : modules) add(each);
  }
  constexpr void add(Module module) { bits_ |= bit(module); }
  [[nodiscard]] constexpr bool contains(Module module) const { return (bits_ & bit(module)) != 0; }
  friend constexpr bool operator==(const ModuleSet&, const ModuleSet&) = default;

 private:
  static constexpr unsigned bit(Module module) { return 1U << static_cast<unsigned>(module); }
  unsigned bits_ = 0;
};

// Where a product meets its tensor-parallel group: its input is gathered, or its output scattered.
enum class Seam { kNone, kGathered, kScattered };

struct Operator {
  enum class Kind { kGemm, kAttention, kElementWise };

  std::string_view name;
  Kind kind = Kind::kElementWise;
  Module module = Module::kNone;
  Module block =
      Module::kNone;  // in which it stands behind another part: what it reads is made there

  // Matrix product: m tokens, n outputs, k inputs, for each of `groups` experts.
  double m = 0, n = 0, k = 0, groups = 1;
  Seam seam = Seam::kNone;
  bool of_experts = false;     // depends on how experts are spread over ranks
  bool low_precision = false;  // runs in the run's precision; bf16 otherwise

  Flops forward_flops;        // of products and of the attention core (causal)
  double backward_ratio = 2;  // backward FLOPs over forward
  Bytes forward_bytes;        // moved by element-wise operators
  Bytes backward_bytes;
  double forward_kernels = 1;
  double backward_kernels = 2;

  Bytes saved;                        // kept for the backward pass, in bf16
  Module saved_from = Module::kNone;  // the module whose output that is
  bool cacheable = false;             // may be kept in FP8 instead
  bool input_kept_before = false;     // `saved` is also what the operator before keeps, in bf16

  bool operator==(const Operator&) const = default;
};

// How a layer is spread over ranks, as far as one rank's shapes depend on it.
struct Sharding {
  double tokens = 0;           // of one micro-batch after context parallelism
  double sequence_length = 0;  // of the whole sequence
  int tp = 1;
  bool sequence_parallel = false;
  int cp = 1;
  int ep = 1;
  int expert_tp = 1;
  double vocabulary = 0;        // rows of the output table on a rank, padding included
  double expert_imbalance = 1;  // tokens of the busiest expert rank over the mean
};

// Bytes that unfused softmax and dropout move for each score. Forward: softmax reads and writes,
// dropout reads, writes and keeps a byte of mask. Backward: the gradient passes through both with
// the outputs read again.
inline constexpr double kScoresForward = 9;
inline constexpr double kScoresBackward = 11;

// Kernel generations that keep the s x s scores ("eager") are memory-bound and save them.
struct OperatorStyle {
  double element_bytes = kBf16Bytes;  // of activations
  bool eager_attention = false;
  bool dropout = false;             // masks are kept: the practice before 2023
  double element_wise_passes = 1;   // memory traffic against fully fused kernels
  bool fused_loss = true;           // cross entropy in one kernel each way
  bool unfused_gate = false;        // SiLU and product apart: its value is kept too
  bool eager_element_wise = false;  // PyTorch's own kernels, one an operation
  // Queries, keys and values are three products and gate and up two, where the feed-forward is
  // gated.
  bool separate_projections = false;
};

[[nodiscard]] std::vector<Operator> layer_operators(const Layer& layer, std::int64_t hidden,
                                                    const Sharding& sharding,
                                                    const OperatorStyle& style);

// Embedding look-up; output head with its loss.
[[nodiscard]] std::vector<Operator> embedding_operators(const Architecture& model,
                                                        const Sharding& sharding,
                                                        const OperatorStyle& style);
[[nodiscard]] std::vector<Operator> head_operators(const Architecture& model,
                                                   const Sharding& sharding,
                                                   const OperatorStyle& style);

// Tokens that reach the experts of the busiest rank, and tokens per expert there.
struct ExpertLoad {
  double tokens = 0;
  double tokens_per_expert = 0;
  double local_experts = 0;
};
[[nodiscard]] ExpertLoad expert_load(const Experts& experts, const Sharding& sharding);

}  // namespace traincost
