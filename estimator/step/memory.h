// Memory of the most loaded rank, term by term.
#pragma once

#include <algorithm>
#include <string_view>
#include <vector>

#include "base/formula.h"
#include "base/quantity.h"
#include "base/units.h"
#include "estimator/step/layer_terms.h"
#include "estimator/step/stage_plan.h"

namespace traincost {

inline constexpr Formula kZeroFormula{
    "zero",
    "optimizer states from level 1, gradients from 2, parameters from 3 divided by the "
    "ranks that share them",
    "Rajbhandari et al. 2020, arXiv:1910.02054"};

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

// What a group of ranks holds before ZeRO shards it; its first rank is the most loaded one, since
// no schedule keeps more micro-batches in flight on a later rank.
struct RankLoad {
  int rank = 0;
  LocalParameters parameters;
  double largest_layer = 0;  // parameters
  double largest_part = 0;   // the same of a layer, an embedding or a head
  Bytes activations;
  Bytes logits;
  Bytes offloaded;  // activations, to the host
  Bytes fixed;      // activations, logits, working set, slack and context: all but states
  Bytes context;    // of those, what stays between the passes
};
[[nodiscard]] RankLoad rank_load(const StepContext& context, const LayerTerms& terms,
                                 const RankGroup& group, double micro_batches);

// All that one pipeline rank holds: its virtual stages, embedding and head where they lie.
[[nodiscard]] LocalParameters rank_parameters(const StepContext& context, int rank);

// Ranks that share one copy of the optimizer states: of dense parameters, and of experts.
struct Shards {
  double dense = 1;
  double experts = 1;

  // What of the parameters one of them owns.
  [[nodiscard]] double owned(const LocalParameters& local) const {
    return local.dense / dense + local.experts / experts;
  }
};
[[nodiscard]] inline Shards optimizer_shards(const Layout& layout) {
  const double replicas = static_cast<double>(layout.dp) * layout.cp;
  const double of_experts =
      std::max(1.0, replicas * layout.tp / (static_cast<double>(layout.ep) * layout.expert_tp));
  if (layout.zero_shards <= 0) return {replicas, of_experts};
  const double stated = layout.zero_shards;
  return {stated, std::min(stated, of_experts)};
}

// How far apart, in ranks of a stage, those that share one copy of the states lie.
[[nodiscard]] int shard_stride(const Layout& layout);

// Bytes of weights, gradients and optimizer for each parameter of a rank: held whole, and held by
// its shard alone.
struct StateBytes {
  double whole = 0;
  double owned = 0;
  double gathered = 0;  // for each parameter of the largest layer
  double freed = 0;    // for each parameter of the largest part: gradients used where they are made
  double scratch = 0;  // for each parameter that the rank updates, when no activations are there
  bool updates_shard = true;  // those of its shard; else all that it holds

  [[nodiscard]] bool unusual() const { return freed > 0 || scratch > 0; }
};
// Where states live and the update runs, as a batch has it.
struct UpdatePlace {
  bool offload_optimizer = false;
  bool optimizer_in_backward = false;
  bool offload_parameters = false;
};
[[nodiscard]] inline UpdatePlace update_place(const Batch& batch) {
  return {batch.offload_optimizer, batch.optimizer_in_backward, batch.offload_parameters};
}
[[nodiscard]] StateBytes state_bytes(const Machine& machine, const Layout& layout,
                                     UpdatePlace place);

// What a rank needs in all; `owned` are Shards::owned of its parameters.
[[nodiscard]] inline Bytes required_memory(const RankLoad& load, const StateBytes& bytes,
                                           double owned) {
  const double whole = load.parameters.total();
  const double states =
      bytes.whole * whole + bytes.owned * owned + bytes.gathered * load.largest_layer;
  if (!bytes.unusual()) return load.fixed + states * unit::B;
  const double scratch = bytes.scratch * (bytes.updates_shard ? owned : whole);
  return (states + bytes.freed * load.largest_part) * unit::B +
         max(load.fixed, load.context + scratch * unit::B);
}

// The terms of the most loaded of `loads`.
[[nodiscard]] Memory most_loaded(const StepContext& context, const LayerTerms& terms,
                                 const std::vector<RankLoad>& loads);

}  // namespace traincost
