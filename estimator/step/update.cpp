#include "estimator/step/update.h"

#include <algorithm>
#include <cmath>

#include "base/units.h"
#include "estimator/machine/collectives.h"
#include "estimator/machine/kernels.h"
#include "estimator/step/exposure.h"
#include "estimator/step/groups.h"

namespace traincost {
namespace {

using namespace unit;

// Gradients leave in buckets, each a message that pays for its start: as the stack's record says,
// or as Megatron has it. Source: NVIDIA/Megatron-LM@d98e8a6 distributed_data_parallel.py.
double bucket_parameters(const Stack& stack, int replicas) {
  constexpr double kParameters = 40e6, kPerReplica = 1e6;
  if (stack.bucket > Bytes{}) return stack.bucket / (stack.reduction_bytes * B);
  return std::max(kParameters, kPerReplica * replicas);
}

// A table that the first and the last stage share has its two gradients added, seen by nobody's
// compute. Source: NVIDIA/Megatron-LM@d98e8a6 finalize_model_grads.py.
Seconds tied_gradients_time(const StepContext& context) {
  const Layout& l = context.layout;
  const Architecture& model = context.model;
  const ScheduleRules& rules = rules_of(l.schedule);
  const bool apart = l.pp > 1 && !rules.v_shaped && !rules.mirrored;
  if (!model.tied_embeddings || !apart) return {};
  const Group ends = make_group(context.machine, 2, (l.pp - 1) * l.tp * l.cp * l.dp);
  const double table = context.vocabulary_of_rank() * static_cast<double>(model.embedding_dim);
  return all_reduce_time(context.machine, ends, table * context.machine.stack.reduction_bytes * B);
}

// ZeRO-2 keeps no whole gradients, so that each micro-batch's leave at once, or those of the
// micro-batches that a chunk of the interleaved schedule works off in a row. Sources: DeepSpeed's
// stage 2 (Rajbhandari et al. 2020, arXiv:1910.02054, section 5.2); Chu et al. 2025, Scaling Llama
// 3 Training with Efficient Parallelism Strategies, ISCA, section 3.1.3 (recalled).
double gradient_rounds(const Layout& l, double micro_batches) {
  if (l.zero != 2) return 1;
  return l.vp > 1 ? std::ceil(micro_batches / l.pp) : micro_batches;
}

// Of an update that also makes matrices orthogonal. Apart, since few have it.
[[gnu::noinline]] Seconds orthogonal_update_time(const Machine& machine, Bytes moved, Flops flops) {
  constexpr double kSide = 4096;
  const Gemm cube{.m = kSide, .n = kSide, .k = kSide};
  return bytes_time(machine, moved) +
         flops / (2 * kSide * kSide * kSide * FLOP) * gemm_time(machine, machine.base, cube);
}

}  // namespace

ReplicaExchange exchange_time(const StepContext& context, const LocalParameters& held,
                              double micro_batches) {
  const Layout& l = context.layout;
  const Machine& machine = context.machine;
  const int replicas = l.dp * l.cp;
  if (replicas <= 1) return {};
  const double gradient = machine.stack.reduction_bytes;
  if (l.zero == 3) {
    const Shards shards = optimizer_shards(l);
    if (shards.dense >= replicas) return {};
    // Hybrid sharding: gradients are also reduced between the shard groups, layer by layer.
    const int shard = static_cast<int>(shards.dense);
    const int stride = l.shards_outside ? l.tp : l.tp * shard;
    const Group groups = make_group(machine, replicas / shard, stride);
    const double layers = context.layers_of_a_rank();
    return {layers * all_reduce_time(machine, groups, held.total() / shard / layers * gradient * B),
            {}};
  }
  const double rounds = gradient_rounds(l, micro_batches);
  const auto exchange = [&](double parameters, const RankSpan& span) {
    if (span.size <= 1 || parameters <= 0) return ReplicaExchange{};
    const Group group = make_group(machine, span);
    const double messages = std::max(1.0, parameters / bucket_parameters(machine.stack, span.size));
    const Bytes gradients = parameters / messages * gradient * B;
    if (l.zero == 0) {
      return ReplicaExchange{messages * all_reduce_time(machine, group, gradients), {}};
    }
    const Collective ring = all_gather(machine, group);  // a reduce-scatter takes as long
    // A gather that nothing runs beside is one call for all parameters.
    const double gathers = machine.stack.overlaps_gather ? messages : 1;
    return ReplicaExchange{messages * rounds * ring(gradients),
                           gathers * ring(parameters / gathers * machine.element_bytes * B)};
  };
  const ReplicaExchange experts = exchange(held.experts, expert_replica_span(l));
  const ReplicaExchange dense = exchange(held.dense, replica_span(l));
  return {experts.gradients + dense.gradients, experts.parameters + dense.parameters};
}

// Gradients can hide under the last micro-batch's backward pass, parameters under the first one's
// forward pass where the stack lets them, and no longer. The interleaved schedule works its chunks
// off one after the other, a pipeline's depth of micro-batches each, so that all but the last
// chunk's gradients leave early.
Seconds data_parallel_time(const StepContext& context, const ReplicaExchange& exchange,
                           const RankPass& pass, double micro_batches) {
  const Layout& l = context.layout;
  const Machine& machine = context.machine;
  const double rounds = gradient_rounds(l, micro_batches);
  const double shown = exposed_share(machine.engine.dp_exposure, machine.stack.dp_overlap);
  const double covering = l.vp > 1 ? std::min<double>(micro_batches, l.pp) : 1.0;
  const Seconds gathered = machine.stack.overlaps_gather
                               ? exposed_time(shown, exchange.parameters, covering * pass.forward)
                               : exchange.parameters;
  return tied_gradients_time(context) + gathered +
         exposed_time(shown, exchange.gradients, rounds * covering * pass.backward);
}

// Source: NVIDIA/TransformerEngine, is_first_microbatch (recalled).
Seconds weight_cast_time(const StepContext& context, double held) {
  const Machine& machine = context.machine;
  if (!machine.narrow()) return {};
  return bytes_time(machine, machine.engine.cast_traffic * machine.stack.cast_passes * held *
                                 (kBf16Bytes + 2 * machine.run.operand_bytes) * B);
}

Seconds optimizer_time(const StepContext& context, double owned) {
  const Machine& machine = context.machine;
  const Stack& stack = machine.stack;
  if (context.batch.offload_optimizer) {
    // Gradients go down and weights come up; the accelerators of a host share what its processors
    // update: 28 bytes of 11.6 billion parameters in 8.2 s (a V100 node of 2021), and of 7 billion,
    // with their copies, in more than 4 s beside four A100. Sources: Ren et al. 2021
    // (ZeRO-Offload), arXiv:2101.06840, section 4; github.com/deepspeedai/DeepSpeed/pull/735;
    // deepspeedai/DeepSpeed@edaa7221 blogs/deepspeed-zenflow.
    constexpr Bandwidth kHostUpdate = 40 * GB_per_s;
    const double sharing = std::min(machine.count, machine.node_size);
    return owned * (stack.gradient_bytes + machine.element_bytes) * B / machine.host +
           sharing * owned * (2 * stack.optimizer_bytes + stack.gradient_bytes) * B / kHostUpdate;
  }
  // States are read and written, gradients read (twice: norm and update), weights written.
  const double bytes_each = 2 * stack.optimizer_bytes + 2 * stack.gradient_bytes +
                            machine.element_bytes + stack.unfused_update_bytes;
  const Bytes moved = machine.engine.optimizer_traffic * owned * bytes_each * B;
  if (stack.update_flops > 0) [[unlikely]] {
    return orthogonal_update_time(machine, moved, owned * stack.update_flops * FLOP);
  }
  return bytes_time(machine, moved);
}

}  // namespace traincost
