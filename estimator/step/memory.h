// Memory of the most loaded rank, term by term.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/quantity.h"
#include "estimator/step/layer_time.h"

namespace traincost {

struct MemoryTerm {
  std::string_view name;
  Bytes bytes;
};

struct Memory {
  std::vector<MemoryTerm> terms;
  Bytes required;
  Bytes allocated;  // of `required`, what the framework's allocator hands out to tensors
  Bytes available;
  Bytes host;                // what offloading keeps in the host's memory for this accelerator
  int most_loaded_rank = 0;  // pipeline rank, 0 the first

  [[nodiscard]] bool fits() const { return required <= available; }
};

// Weights, gradients and optimizer states are sharded as ZeRO says, experts over expert parallel x
// expert tensor parallel; activations are those of the micro-batches in flight on each pipeline
// rank: p - i on rank i for 1F1B, all for GPipe, p for ZB-H1 and ZB-V, (p + 1)/2 of both chunks for
// DualPipe and (2p + 1)/2 for DualPipeV, 1F1B x (1 + (p-1)/(p v)) for the interleaved schedule.
// Source: Rajbhandari et al. 2020 (ZeRO), arXiv:1910.02054; Korthikanti et al. 2022,
// arXiv:2205.05198, section 4; DeepSeek-V3, arXiv:2412.19437, Table 2.
[[nodiscard]] Memory step_memory(const StepContext& context);

// The same of one pipeline rank.
[[nodiscard]] Memory rank_memory_of(const StepContext& context, int rank);

// Bytes that one micro-batch leaves behind in one layer.
[[nodiscard]] Bytes layer_activations(const StepContext& context, const Layer& layer);

// Parameters that live on one rank of a group of layers: dense ones, and those of routed experts.
struct LocalParameters {
  double dense = 0;
  double experts = 0;
  [[nodiscard]] double total() const { return dense + experts; }
};
[[nodiscard]] LocalParameters local_layer_parameters(const StepContext& context,
                                                     const Layer& layer);

// All that one pipeline rank holds: its virtual stages, embedding and head where they lie.
[[nodiscard]] LocalParameters rank_parameters(const StepContext& context, int rank);

// Ranks that share one copy of the optimizer states: of dense parameters, and of experts.
struct Shards {
  double dense = 1;
  double experts = 1;
};
[[nodiscard]] Shards optimizer_shards(const Layout& layout);

// The virtual stages that a pipeline rank holds, as indices in model order.
[[nodiscard]] std::vector<int> stages_of_rank(const Layout& layout, int rank);

}  // namespace traincost
