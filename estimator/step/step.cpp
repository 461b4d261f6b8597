#include "estimator/step/step.h"

#include <algorithm>
#include <cmath>

#include "base/units.h"
#include "estimator/machine/collectives.h"
#include "estimator/machine/kernels.h"
#include "estimator/step/pipeline.h"

namespace traincost {
namespace {

using namespace unit;

constexpr double kBf16 = 2;
// Gradients leave in buckets. Source: NVIDIA/Megatron-LM@d98e8a6 distributed_data_parallel.py.
constexpr double kBucketParameters = 40e6;
constexpr double kBucketPerReplica = 1e6;

// The layer times of each kind, computed once.
struct Times {
  std::vector<LayerTime> kinds;
  std::vector<LayerTime> untreated;  // layers that are not recomputed where others are
  std::vector<Bytes> kept;           // what a micro-batch leaves behind in a layer of each kind
  std::vector<Bytes> kept_untreated;
  LayerTime embedding, head, mtp;
};

Times all_times(const StepContext& context) {
  Times times;
  const Batch plain = context.batch.without_recompute();
  const StepContext whole{context.model, context.machine, context.layout, plain};
  for (const Layer& layer : context.model.kinds) {
    times.kinds.push_back(layer_time(context, layer));
    if (context.batch.recompute_layers > 0) times.untreated.push_back(layer_time(whole, layer));
    if (!context.batch.offload_activations) continue;
    times.kept.push_back(layer_activations(context, layer));
    times.kept_untreated.push_back(layer_activations(whole, layer));
  }
  times.embedding = embedding_time(context);
  times.head = head_time(context);
  if (context.model.mtp_depth > 0) times.mtp = mtp_time(context);
  return times;
}

// ZeRO-3: parameters are gathered before each pass and gradients scattered after the backward one,
// for every micro-batch; what compute does not cover stays exposed.
void add_sharded_data(const StepContext& context, int rank, LayerTime& time) {
  const Layout& l = context.layout;
  const int group_size = l.zero_shards > 0 ? l.zero_shards : l.dp * l.cp;
  if (l.zero < 3 || group_size <= 1) return;
  const Machine& machine = context.machine;
  const double parameters = rank_parameters(context, rank).total();
  const Group group = make_group(machine, group_size, l.tp);
  // One message a layer.
  const double messages = std::max(1.0, std::ceil(context.model.layer_count() / (1.0 * l.pp)));
  const auto exchange = [&](double bytes_each) {
    return messages / machine.engine.sharded_bandwidth *
           all_gather_time(machine, group, parameters / messages * bytes_each * B);
  };
  const Seconds gather = exchange(kBf16);
  const Seconds scatter = exchange(std::min(4.0, machine.stack.gradient_bytes));
  const double shown =
      std::min(1.0, machine.engine.sharded_exposure * (1 - machine.stack.zero3_overlap));
  const auto expose = [&](PassTime& pass, Seconds communication) {
    pass.exposed[Cause::kShardedData] +=
        max(shown * communication, communication - pass.compute.total());
  };
  expose(time.forward, gather);
  expose(time.backward, gather + scatter);
}

LayerTime stage_time(const StepContext& context, const Times& times, const std::vector<int>& sizes,
                     int stage) {
  LayerTime time;
  int first = 0;
  for (int i = 0; i < stage; ++i) first += sizes[static_cast<std::size_t>(i)];
  const int layers = sizes[static_cast<std::size_t>(stage)];
  const int treated = context.batch.treated_layers(layers);
  std::vector<int> of_kind(times.kinds.size(), 0);
  std::vector<int> untreated(times.kinds.size(), 0);
  Bytes kept;
  for (int i = 0; i < layers; ++i) {
    const auto layer = static_cast<std::size_t>(first) + static_cast<std::size_t>(i);
    const auto kind = static_cast<std::size_t>(context.model.layers[layer]);
    ++(i < treated ? of_kind : untreated)[kind];
    if (context.batch.offload_activations) {
      kept += (i < treated ? times.kept : times.kept_untreated)[kind];
    }
  }
  for (std::size_t kind = 0; kind < of_kind.size(); ++kind) {
    if (of_kind[kind] > 0) time += static_cast<double>(of_kind[kind]) * times.kinds[kind];
    if (untreated[kind] > 0) time += static_cast<double>(untreated[kind]) * times.untreated[kind];
  }
  // Out under the forward pass, back under the backward one; what does not fit under them shows.
  const Seconds copy = kept / context.machine.host;
  for (PassTime* pass : {&time.forward, &time.backward}) {
    const Seconds cover = pass->compute.total() + pass->exposed.total();
    if (copy > cover) pass->exposed[Cause::kOffload] += copy - cover;
  }
  if (stage == 0) time += times.embedding;
  if (stage + 1 == static_cast<int>(sizes.size())) {
    time += times.head;
    if (context.model.mtp_depth > 0) time += context.model.mtp_depth * times.mtp;
  }
  return time;
}

Seconds pass_total(const PassTime& pass) { return pass.compute.total() + pass.exposed.total(); }

// A forward and a backward chunk run as one (DualPipe): communication hides under compute and
// compute is slowed by the units that communication takes; a share of the shorter stays visible.
// Returns the pass with that in place of what a plain schedule would show.
LayerTime overlapped_pair(const Machine& machine, const LayerTime& time) {
  const Seconds compute = time.forward.compute.total() + time.backward.compute.total();
  const Seconds communication = time.forward.communication + time.backward.communication;
  const Seconds under = min(compute, communication);
  const double o = machine.stack.ep_overlap;
  const Seconds extra = max(communication - compute, Seconds{}) + (1 - o) * under +
                        machine.stack.overlap_tax * o * under;
  LayerTime shown = time;
  shown.forward.exposed[Cause::kExpertParallel] = 0.5 * extra;
  shown.backward.exposed[Cause::kExpertParallel] = 0.5 * extra;
  return shown;
}

// One micro-batch in some virtual stages of a rank, with what the host and ZeRO-3 add.
LayerTime settled(const StepContext& context, int rank, LayerTime time) {
  add_sharded_data(context, rank, time);
  apply_dispatch_limit(context.machine, time.forward);
  apply_dispatch_limit(context.machine, time.backward);
  return time;
}

RankPass pass_of(const LayerTime& time) {
  return {pass_total(time.forward), pass_total(time.backward), time.weight_gradient};
}

// What the step is made of: the pipeline's time, and one micro-batch on its slowest rank.
struct Pipeline {
  PipelineTime time;
  LayerTime slowest;
};

Pipeline plain_pipeline(const StepContext& context, const Times& times,
                        const std::vector<int>& sizes, std::int64_t m) {
  const Layout& l = context.layout;
  std::vector<LayerTime> ranks;
  std::vector<RankPass> passes;
  for (int rank = 0; rank < l.pp; ++rank) {
    LayerTime time;
    for (const int stage : stages_of_rank(l, rank)) {
      time += stage_time(context, times, sizes, stage);
    }
    ranks.push_back(settled(context, rank, time));
    passes.push_back(pass_of(ranks.back()));
  }
  const PipelineTime time = pipeline_time(passes, l, m);
  return {time, ranks[static_cast<std::size_t>(time.slowest_rank)]};
}

// DualPipe shares a rank between two stages, each with half of the micro-batches; V-shaped
// schedules pass every micro-batch through both.
Pipeline played_pipeline(const StepContext& context, const Times& times,
                         const std::vector<int>& sizes, std::int64_t m) {
  const Layout& l = context.layout;
  const bool pairs = l.schedule != Schedule::kZbV;
  std::vector<LayerTime> stages;
  std::vector<StagePass> passes;
  Seconds alone, paired;
  for (int stage = 0; stage < static_cast<int>(sizes.size()); ++stage) {
    const int rank = stage < l.pp ? stage : 2 * l.pp - 1 - stage;
    const LayerTime time = settled(context, rank, stage_time(context, times, sizes, stage));
    const RankPass pass = pass_of(time);
    passes.push_back({pass.forward, pass.backward - pass.weight_gradient, pass.weight_gradient});
    stages.push_back(pairs ? overlapped_pair(context.machine, time) : time);
    alone += pass.both();
    paired += pass_of(stages.back()).both();
  }
  Pipeline pipeline;
  pipeline.time = played_pipeline_time(passes, l, m, paired / alone);
  for (const int stage : stages_of_rank(l, pipeline.time.slowest_rank)) {
    pipeline.slowest += stages[static_cast<std::size_t>(stage)];
  }
  if (l.schedule == Schedule::kDualPipe) pipeline.slowest = 0.5 * pipeline.slowest;
  // What lone passes show beyond pairs is fill and drain, as the bubble is.
  const Seconds lasts = pipeline.time.busy + pipeline.time.bubble;
  pipeline.time.busy = static_cast<double>(m) * pass_of(pipeline.slowest).both();
  pipeline.time.bubble = max(lasts - pipeline.time.busy, Seconds{});
  return pipeline;
}

// Sends between stages: one micro-batch's activations and their gradients, each boundary crossed
// v times. In the steady state a share hides under compute; fill and drain pay in full.
Seconds pipeline_send_time(const StepContext& context) {
  const Layout& l = context.layout;
  if (l.pp <= 1) return {};
  const Machine& machine = context.machine;
  const Sharding sharding = context.sharding();
  // Each rank of a tensor-parallel group sends its share over its own card; where the sequence is
  // not split the shares are gathered inside the group. Source: Narayanan et al. 2021,
  // arXiv:2104.04473, section 4.1.
  const Bytes whole = sharding.tokens * static_cast<double>(context.model.hidden) * kBf16 * B;
  const bool across = machine.count > machine.scale_up_domain;
  Seconds send = send_time(machine, across, whole / l.tp);
  if (!l.sequence_parallel) {
    send += all_gather_time(machine, make_group(machine, l.tp, 1), whole);
  }
  const auto m = static_cast<double>(micro_batches(l, context.batch));
  const double shown = std::min(1.0, machine.engine.pp_exposure * (1 - machine.stack.pp_overlap));
  return 2 * l.vp * shown * m * send + 2.0 * (l.pp - 1) * send;
}

// Gradients are reduced and (ZeRO-1, 2) parameters gathered once a step. They can hide under the
// last micro-batch's backward pass and the first one's forward pass (`cover`) and no longer.
Seconds data_parallel_time(const StepContext& context, int rank, Seconds cover) {
  const Layout& l = context.layout;
  const Machine& machine = context.machine;
  const int replicas = l.dp * l.cp;
  if (replicas <= 1) return {};
  const LocalParameters local = rank_parameters(context, rank);
  const Shards shards = optimizer_shards(l);
  const double gradient = machine.stack.gradient_bytes;
  const auto exchange = [&](double parameters, int size, int stride) {
    if (size <= 1 || parameters <= 0) return Seconds{};
    const Group group = make_group(machine, size, stride);
    const double bucket = std::max(kBucketParameters, kBucketPerReplica * size);
    const double messages = std::max(1.0, parameters / bucket);
    const Bytes gradients = parameters / messages * gradient * B;
    if (l.zero == 0) return messages * all_reduce_time(machine, group, gradients);
    return messages * (reduce_scatter_time(machine, group, gradients) +
                       all_gather_time(machine, group, parameters / messages * kBf16 * B));
  };
  const int expert_replicas = static_cast<int>(std::max(
      1.0, static_cast<double>(l.tp) * replicas / (static_cast<double>(l.ep) * l.expert_tp)));
  Seconds total = exchange(local.experts, expert_replicas, l.ep * l.expert_tp);
  if (l.zero < 3) {
    total += exchange(local.dense, replicas, l.tp);
  } else if (shards.dense < replicas) {
    // Hybrid sharding: gradients are also reduced between the shard groups.
    const int groups = static_cast<int>(replicas / shards.dense);
    total =
        all_reduce_time(machine, make_group(machine, groups, l.tp * static_cast<int>(shards.dense)),
                        local.total() / shards.dense * gradient * B);
  } else {
    total = {};
  }
  const double shown = machine.engine.dp_exposure * (1 - machine.stack.dp_overlap);
  return max(std::min(1.0, shown) * total, total - cover);
}

Seconds optimizer_time(const StepContext& context, int rank) {
  const Layout& l = context.layout;
  const Machine& machine = context.machine;
  const LocalParameters local = rank_parameters(context, rank);
  const Shards shards = l.zero > 0 ? optimizer_shards(l) : Shards{};
  const double owned = local.dense / shards.dense + local.experts / shards.experts;
  if (context.batch.offload_optimizer) {
    // Gradients go down and weights come up; the update runs at the host's memory bandwidth, of
    // which an accelerator's share is assumed. Source: Ren et al. 2021 (ZeRO-Offload),
    // arXiv:2101.06840, section 4.
    constexpr Bandwidth kHostMemory = 30 * GB_per_s;
    return owned * (machine.stack.gradient_bytes + kBf16) * B / machine.host +
           owned * (2 * machine.stack.optimizer_bytes + machine.stack.gradient_bytes) * B /
               kHostMemory;
  }
  // States are read and written, gradients read (twice: norm and update), weights written.
  const double bytes_each =
      2 * machine.stack.optimizer_bytes + 2 * machine.stack.gradient_bytes + kBf16;
  return bytes_time(machine, machine.engine.optimizer_traffic * owned * bytes_each * B);
}

void add_term(StepEstimate& estimate, Cause cause, Seconds time) {
  if (time <= Seconds{}) return;
  estimate.terms.push_back({cause, time});
  estimate.time += time;
}

}  // namespace

double straggler_share(double sigma, double ranks) {
  return ranks > 1 ? sigma * std::sqrt(2 * std::log(ranks)) : 0;
}

std::vector<StepPart> step_parts(const StepEstimate& step) {
  if (!step.parts) return {};
  const RankParts& parts = *step.parts;
  Seconds waiting = parts.idle;
  Seconds updating;
  for (const StepTerm& term : step.terms) {
    if (term.cause == Cause::kStraggler || term.cause == Cause::kPipelineSend) waiting += term.time;
    if (term.cause == Cause::kOptimizer || term.cause == Cause::kDataParallel) {
      updating += term.time;
    }
  }
  return {{"1F", parts.forward},  {"1B", parts.backward}, {"1W", parts.weight_gradient},
          {"1F1B", parts.paired}, {"bubble", waiting},    {"optimizer", updating}};
}

StepEstimate estimate_step(const StepContext& context) {
  const Layout& l = context.layout;
  const Times times = all_times(context);
  const std::vector<int> sizes = stage_sizes(l, context.model.layer_count());
  const std::int64_t m = micro_batches(l, context.batch);
  const Pipeline pipeline = is_played(l.schedule) ? played_pipeline(context, times, sizes, m)
                                                  : plain_pipeline(context, times, sizes, m);
  const RankPass slowest = pass_of(pipeline.slowest);

  StepEstimate estimate;
  estimate.micro_batches = static_cast<double>(m);
  estimate.forward = slowest.forward;
  estimate.backward = slowest.backward;
  estimate.parts = pipeline.time.parts;
  TimeByCause busy = pipeline.slowest.forward.compute;
  busy += pipeline.slowest.backward.compute;
  busy += pipeline.slowest.forward.exposed;
  busy += pipeline.slowest.backward.exposed;
  busy = static_cast<double>(m) * busy;
  for (std::size_t i = 0; i < static_cast<std::size_t>(Cause::kBubble); ++i) {
    add_term(estimate, static_cast<Cause>(i), busy[static_cast<Cause>(i)]);
  }
  add_term(estimate, Cause::kBubble, pipeline.time.bubble);
  add_term(estimate, Cause::kPipelineSend, pipeline_send_time(context));
  // The interleaved schedule works its chunks off one after the other, a pipeline's depth of
  // micro-batches each, so that all but the last chunk's gradients leave early.
  const double covering = l.vp > 1 ? static_cast<double>(std::min<std::int64_t>(m, l.pp)) : 1.0;
  add_term(estimate, Cause::kDataParallel,
           data_parallel_time(context, pipeline.time.slowest_rank, covering * slowest.both()));
  add_term(estimate, Cause::kOptimizer, optimizer_time(context, pipeline.time.slowest_rank));
  const double share = straggler_share(
      context.machine.engine.straggler * context.machine.stack.straggler, context.machine.count);
  add_term(estimate, Cause::kStraggler, share * estimate.time);
  Flops again;
  std::size_t layer = 0;
  for (const int size : sizes) {
    const int treated = context.batch.treated_layers(size);
    for (int i = 0; i < size; ++i, ++layer) {
      const auto kind = static_cast<std::size_t>(context.model.layers[layer]);
      if (i < treated) again += recomputed_flops(context, context.model.kinds[kind]);
    }
  }
  estimate.recomputed = static_cast<double>(l.tp) * again / (context.sharding().tokens * token);
  estimate.memory = step_memory(context);
  return estimate;
}

}  // namespace traincost
