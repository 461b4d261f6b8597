// Which layers lie on which rank of a pipeline.
//
// Most ranks of a pipeline hold the same layers, so the ranks are kept in groups: what follows from
// a rank's layers is computed once for each group.
#pragma once

#include <vector>

#include "estimator/model/architecture.h"
#include "estimator/step/layout.h"

namespace traincost {

// Ranks, or one virtual stage, with the same layers.
struct RankGroup {
  int first_rank = 0;               // the lowest pipeline rank of the group
  int ranks = 1;                    // how many there are
  bool first = false;               // holds the embedding
  bool last = false;                // holds the head, and multi-token prediction
  std::vector<double> recomputing;  // layers of each kind, that recompute as the mode says
  std::vector<double> plain;        // those that keep all, where only some layers are recomputed
};

struct StagePlan {
  std::vector<RankGroup> groups;   // by their lowest rank
  std::vector<int> group_of_rank;  // pp of them
  std::vector<RankGroup> stages;   // each virtual stage in model order; played schedules only
};
[[nodiscard]] StagePlan stage_plan(const Architecture& model, const Layout& layout,
                                   const Batch& batch);
// The same into a plan whose memory is used again.
void fill_stage_plan(const Architecture& model, const Layout& layout, const Batch& batch,
                     StagePlan& filled);

// Layers of each virtual stage in model order, pp x vp of them, unless the layout names them. All
// stages are filled to the same number of slots, of which the embedding takes one, the loss one,
// and each multi-token prediction two (its layer, and its pass through the head); a slot more goes
// to the ends first, so that layers that divide are divided (without multi-token prediction).
// Source: NVIDIA-NeMo/Megatron-Bridge, DeepSeek-V3 on 16 stages: "Et*4|(t*4|)*14tmL" (recalled).
[[nodiscard]] std::vector<int> stage_sizes(const Layout& layout, int layers, int mtp_depth = 0);

// As software places them that weighs the work: layers in order, each stage closed once its share
// of all parameters, the head's counted, is reached. Source: huggingface/nanotron
// src/nanotron/models/ llama.py, get_block_compute_costs (recalled; how it rounds was not read:
// here to the nearer stage).
[[nodiscard]] std::vector<int> balanced_stage_sizes(const Architecture& model, int stages);

// The virtual stages that a pipeline rank holds, as indices in model order: evenly apart.
struct RankStages {
  int first, apart, count;

  [[nodiscard]] int operator[](int i) const { return first + i * apart; }
};
[[nodiscard]] RankStages stages_of_rank(const Layout& layout, int rank);

}  // namespace traincost
