// What the training software does: kernels, fusion, overlap, precisions kept, overheads.
//
// The same chip and layout move by 1-4% between adjacent releases of one framework and by 25-40%
// in the first half year of a new chip, so a run names its stack and the database keeps them dated.
#pragma once

#include <string>
#include <vector>

#include "base/quantity.h"
#include "base/units.h"
#include "hwdb/record.h"

namespace traincost {

struct Stack {
  Record record;
  std::string framework;               // the family: "megatron-core", "llm-foundry"
  std::string version;                 // empty where the record stands for a period
  std::string date;                    // YYYY-MM from which the record holds
  std::vector<std::string> attention;  // kernel generations it ships, best first
  std::vector<std::string> schedules;  // pipeline schedules it ships; empty where it has none
  double element_wise_passes = 1;      // memory passes of unfused element-wise work, 1 = fused
  Bytes bucket;                        // gradients in one message between replicas; 0: Megatron's
  double tp_overlap = 0;               // share of tensor-parallel communication hidden, 0 to 1,
  double dp_overlap = 0;               //   where the layout asks for it
  double zero3_overlap = 0;
  double pp_overlap = 0;
  double cp_overlap = 0;
  double ep_overlap = 0;               // where the exchange crosses domains
  double pair_overlap = 0;             // in the pairs of a schedule that pairs passes
  bool overlaps_tp = false;            // layouts ask for that overlap unless they say otherwise
  bool saves_fp8_inputs = false;       // narrow products keep their inputs as multiplied
  bool recomputes_modules = false;     // single modules can be recomputed
  std::vector<std::string> selective;  // modules that selective recomputation runs again
  bool gathers_tensors = false;        // ZeRO-3 gathers each matrix by itself, rank by rank
  bool checkpoint_early_stop = false;  // full recomputation ends where nothing more is needed
  bool async_tp_backward = false;      // backward tensor-parallel reductions under the products
  bool fused_accumulation = false;     // weight gradients are added inside their product
  bool balances_stages = false;     // stages of equal work, the head counted, not of equal layers
  bool overlaps_gather = true;      // ZeRO-1's parameters return under the next forward pass
  bool pads_vocabulary = false;     // tables have a multiple of 128 x tp rows
  bool fused_loss = true;           // cross entropy in one kernel each way
  bool eager_element_wise = false;  // PyTorch's own kernels, one an operation, unless compiled
  bool compiles = false;  // its kernels are fused by a compiler, which a run may leave out
  bool separate_projections = false;  // queries, keys and values, gate and up: each a product
  bool unfused_gate = false;          // SiLU and product are two kernels, and the former is kept
  bool grouped_experts = false;       // one kernel for all experts of a rank, shapes static
  bool fused_dispatch = false;        // tokens are sent from where they are packed: DeepEP
  double expert_imbalance = 1;        // tokens of the busiest expert rank over the mean
  double overlap_tax = 0;             // slow-down of compute while communication runs beside it
  double gradient_bytes = 4;          // per parameter, as accumulated
  double raw_gradient_bytes = 0;      // of gradients as made, kept beside those accumulated
  double optimizer_bytes = 12;        // per parameter: master weights and moments
  // What follows from the update that a run states or a record has (estimator/machine/optimizer.h).
  double reduction_bytes = 0;          // per parameter, as replicas exchange gradients; 0: as above
  double unfused_update_bytes = 0;     // per parameter, moved beside what a fused update moves
  double update_scratch_bytes = 0;     // per parameter, while the update runs
  double update_flops = 0;             // per parameter, of products
  bool gradients_stated = false;       // whatever fp16 would have made of gradient_bytes
  double cast_passes = 0;              // memory passes over FP8 operands for scaling and casting
  bool tuned = false;                  // by a vendor or the run's own authors: fused, measured
  Seconds dispatch;                    // host time of one kernel, Python and autograd included
  bool fused_optimizer = true;         // one kernel an update, not one an operation
  bool cuda_graphs = false;            // kernels are launched as one graph, experts apart,
  std::vector<std::string> graphs_on;  //   on these architectures; on all where empty
  double straggler = 0;                // standard deviation of a rank's step, relative
  Bytes context_memory;                // driver, runtime and communicator state
  double allocator_slack = 0;          // of activations, lost to fragmentation
};

// As where it is set to overlap no communication.
void hide_nothing(Stack& stack);

// As where torch.compile fuses its element-wise kernels.
void compile(Stack& stack);

[[nodiscard]] Stack read_stack(const JsonCursor& cursor);

}  // namespace traincost
