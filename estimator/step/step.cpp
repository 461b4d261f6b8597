#include "estimator/step/step.h"

#include <algorithm>
#include <cassert>
#include <cmath>

#include "base/units.h"
#include "estimator/machine/collectives.h"
#include "estimator/step/exposure.h"
#include "estimator/step/pipeline.h"
#include "estimator/step/update.h"

namespace traincost {
namespace {

using namespace unit;

double as_double(std::int64_t value) { return static_cast<double>(value); }

// What a pass shows beyond its own layers.
struct AddedTime {
  Seconds offload, sharded, dispatch;
};

// ZeRO-3: parameters are gathered before each pass and gradients scattered after the backward one,
// for every micro-batch; what compute does not cover stays exposed.
class ShardedData {
 public:
  explicit ShardedData(const StepContext& context) {
    const Layout& l = context.layout;
    const int size = l.zero_shards > 0 ? l.zero_shards : l.dp * l.cp;
    if (l.zero < 3 || size <= 1) return;
    const Machine& machine = context.machine;
    gather_ = all_gather(machine, make_group(machine, size, shard_stride(l)));
    // One message a layer.
    messages_ = context.layers_of_a_rank();
    if (machine.stack.gathers_tensors) {
      // Each matrix by itself, through a list that has a view and a copy for every rank, so that
      // all bytes are read and written once more; what is recomputed is gathered once more.
      // Sources: microsoft/DeepSpeed of 2021, runtime/zero/partition_parameters.py,
      // _allgather_param; PyTorch's ProcessGroupNCCL, collectives of lists (both recalled).
      constexpr double kMatrices = 4, kLaunches = 2, kCopy = 2;
      constexpr Seconds kLaunch = 7 * microsecond;  // from C++, in a loop
      messages_ *= kMatrices;
      listing_ = kLaunches * size * kLaunch;
      copying_ = kCopy / machine.memory_stream;
      if (context.batch.recompute == Recompute::kFull) {
        const int layers = std::max(1, context.model.layer_count() / (l.pp * l.vp));
        again_ = static_cast<double>(context.batch.recomputing_layers(layers)) / layers;
      }
    }
    slowdown_ = 1 / machine.engine.sharded_bandwidth;
    element_bytes_ = machine.element_bytes;
    gradient_bytes_ = std::min(4.0, machine.stack.reduction_bytes);
    shown_ = exposed_share(machine.engine.sharded_exposure, machine.stack.zero3_overlap);
  }

  // Adds to both passes of what holds `parameters` on one rank.
  void expose(double parameters, LayerTotals& time, AddedTime& forward, AddedTime& backward) const {
    if (messages_ <= 0) return;
    const Seconds gather = exchange(parameters, element_bytes_);
    add(time.forward, forward, gather);
    add(time.backward, backward, (1 + again_) * gather + exchange(parameters, gradient_bytes_));
  }

 private:
  [[nodiscard]] Seconds exchange(double parameters, double bytes_each) const {
    const Bytes bytes = parameters / messages_ * bytes_each * B;
    return messages_ * (slowdown_ * gather_(bytes) + listing_ + copying_ * bytes);
  }
  void add(PassTotals& pass, AddedTime& added, Seconds communication) const {
    added.sharded = exposed_time(shown_, communication, pass.compute);
    pass.exposed += added.sharded;
  }

  Collective gather_;
  Seconds listing_;  // of a message, on the host
  Collective::TimePerByte copying_;
  double messages_ = 0, again_ = 0, slowdown_ = 1, shown_ = 0;
  double element_bytes_ = 0, gradient_bytes_ = 0;
};

// Out under the forward pass, back under the backward one; what does not fit under them shows.
void expose_copy(Seconds copy, PassTotals& pass, AddedTime& added) {
  const Seconds cover = pass.total();
  if (copy <= cover) return;
  added.offload = copy - cover;
  pass.exposed += added.offload;
}

// What the host needs to dispatch a pass. Graphs replay without it, but not what depends on where
// the router sends tokens.
Seconds dispatch_time(const StepContext& context, const PassTotals& pass) {
  const Stack& stack = context.machine.stack;
  const double kernels = (stack.cuda_graphs ? 0 : pass.kernels) + pass.expert_kernels;
  return kernels * context.machine.engine.dispatch * stack.dispatch;
}

// Device time against the host's, for one pass; the excess shows.
void expose_dispatch(const StepContext& context, PassTotals& pass, AddedTime& added) {
  added.dispatch = max(dispatch_time(context, pass) - pass.total(), Seconds{});
  pass.exposed += added.dispatch;
}

// One micro-batch in a group of ranks or a stage, with what offload, ZeRO-3 and the host add.
struct ExposedPasses {
  LayerTotals time;
  AddedTime forward, backward;

  [[nodiscard]] RankPass pass() const {
    return {time.forward.total(), time.backward.total(), time.weight_gradient};
  }
};

// Over the host link: activations that are kept, and of ZeRO-3's parameters a rank's own shard,
// which the others gather from it. Sources: Rajbhandari et al. 2021 (ZeRO-Infinity),
// arXiv:2104.07857, section 6.1.
Bytes moved_in_a_pass(const StepContext& context, const LayerTerms& terms, const RankGroup& group,
                      double parameters) {
  Bytes moved;
  if (context.batch.offload_activations) {
    for (std::size_t i = 0; i < terms.kinds.size(); ++i) {
      moved +=
          group.recomputing[i] * terms.kinds[i].kept + group.plain[i] * terms.kinds[i].plain_kept;
    }
  }
  const Layout& l = context.layout;
  if (context.batch.offload_parameters && l.zero == 3) {
    const double shards = l.zero_shards > 0 ? l.zero_shards : l.dp * l.cp;
    moved += parameters / shards * context.machine.element_bytes * B;
  }
  return moved;
}

ExposedPasses exposed_passes(const StepContext& context, const LayerTerms& terms,
                             const RankGroup& group, const LayerTotals& time, double parameters,
                             const ShardedData& sharded) {
  ExposedPasses result{time, {}, {}};
  const Bytes moved = moved_in_a_pass(context, terms, group, parameters);
  if (moved > Bytes{}) {
    const Seconds copy = moved / context.machine.host;
    expose_copy(copy, result.time.forward, result.forward);
    expose_copy(copy, result.time.backward, result.backward);
  }
  sharded.expose(parameters, result.time, result.forward, result.backward);
  expose_dispatch(context, result.time.forward, result.forward);
  expose_dispatch(context, result.time.backward, result.backward);
  return result;
}

LayerTotals group_totals(const StepContext& context, const LayerTerms& terms,
                         const RankGroup& group) {
  LayerTotals time;
  for (std::size_t i = 0; i < terms.kinds.size(); ++i) {
    if (group.recomputing[i] > 0) time.add(group.recomputing[i], terms.kinds[i].totals);
    if (group.plain[i] > 0) time.add(group.plain[i], terms.kinds[i].plain_totals);
  }
  if (group.first) time.add(1, terms.embedding_totals);
  if (group.last) {
    time.add(1, terms.head_totals);
    if (context.model.mtp_depth > 0) time.add(context.model.mtp_depth, terms.mtp_totals);
  }
  return time;
}

// A forward and a backward chunk run as one (DualPipe): communication hides under compute and
// compute is slowed by the units that communication takes; a share of the shorter stays visible.
// Returns what each of the two passes then shows of it.
Seconds paired_exposure(const Machine& machine, const PassTotals& forward,
                        const PassTotals& backward) {
  const Seconds compute = forward.compute + backward.compute;
  const Seconds communication = forward.communication + backward.communication;
  const Seconds under = min(compute, communication);
  const double o = machine.stack.pair_overlap;
  const Seconds extra = max(communication - compute, Seconds{}) + (1 - o) * under +
                        machine.stack.overlap_tax * o * under;
  return 0.5 * extra;
}

void show_exchange(Seconds shown, PassTotals& pass) {
  pass.exposed += shown - pass.expert_exposed;
  pass.expert_exposed = shown;
}

// A schedule that pairs passes hides expert-parallel communication in pairs alone: a pass beside
// its partner, the other stage of its rank, shows half of what the pair does; a lone one, in fill
// and drain, shows it all. What else hides under a pass (offload, the host) finds it like that.
ExposedPasses exposed_stage(const StepContext& context, const LayerTerms& terms,
                            const StagePlan& plan, const PipelineTerms& pipeline, std::size_t stage,
                            bool paired, const ShardedData& sharded) {
  LayerTotals time = pipeline.stages[stage];
  if (rules_of(context.layout.schedule).pairs_passes) {
    const LayerTotals& partner = pipeline.stages[pipeline.stages.size() - 1 - stage];
    const Machine& machine = context.machine;
    show_exchange(paired ? paired_exposure(machine, time.forward, partner.backward)
                         : time.forward.communication,
                  time.forward);
    show_exchange(paired ? paired_exposure(machine, partner.forward, time.backward)
                         : time.backward.communication,
                  time.backward);
  }
  return exposed_passes(context, terms, plan.stages[stage], time,
                        pipeline.stage_parameters[stage].total(), sharded);
}

PipelineCost plain_pipeline(const StepContext& context, const StagePlan& plan,
                            const PipelineTerms& pipeline) {
  const PipelineTime time = pipeline_time(pipeline.passes, context.layout,
                                          static_cast<std::int64_t>(pipeline.micro_batches));
  PipelineCost cost;
  cost.busy = time.busy;
  cost.bubble = time.bubble;
  cost.slowest = static_cast<std::size_t>(time.slowest);
  cost.slowest_rank = plan.groups[cost.slowest].first_rank;
  cost.pass = pipeline.passes[cost.slowest];
  return cost;
}

// DualPipe shares a rank between two stages, each with half of the micro-batches; V-shaped
// schedules pass every micro-batch through both.
double stage_share(Schedule schedule) { return rules_of(schedule).mirrored ? 0.5 : 1; }

// One micro-batch in each virtual stage, in model order; where the schedule has a closed form,
// ranks share their time evenly among their stages.
std::vector<StagePass> stage_passes(const Layout& l, const StagePlan& plan,
                                    const PipelineTerms& pipeline) {
  std::vector<StagePass> stages;
  const auto add = [&](const RankPass& alone, const RankPass& paired, double share) {
    stages.push_back({share * alone.forward, share * (alone.backward - alone.weight_gradient),
                      share * alone.weight_gradient, share * paired.forward,
                      share * paired.backward});
  };
  if (rules_of(l.schedule).played) {
    for (std::size_t i = 0; i < plan.stages.size(); ++i) {
      add(pipeline.passes[i], pipeline.paired[i], 1);
    }
    return stages;
  }
  for (int stage = 0; stage < l.pp * l.vp; ++stage) {
    const int group = plan.group_of_rank[static_cast<std::size_t>(stage % l.pp)];
    const RankPass& pass = pipeline.passes[static_cast<std::size_t>(group)];
    add(pass, pass, 1.0 / l.vp);
  }
  return stages;
}

PipelineCost played_pipeline(const StepContext& context, const StagePlan& plan,
                             const PipelineTerms& pipeline, OrderBook& orders) {
  const Layout& l = context.layout;
  const PipelineTime time =
      played_pipeline_time(stage_passes(l, plan, pipeline), l,
                           static_cast<std::int64_t>(pipeline.micro_batches), orders);
  PipelineCost cost;
  cost.slowest_rank = time.slowest;
  cost.slowest =
      static_cast<std::size_t>(plan.group_of_rank[static_cast<std::size_t>(time.slowest)]);
  cost.parts = time.parts;
  const double share = stage_share(l.schedule);
  const RankStages held = stages_of_rank(l, time.slowest);
  for (int stage = 0; stage < held.count; ++stage) {
    const RankPass& pass = pipeline.paired[static_cast<std::size_t>(held[stage])];
    cost.pass.forward += share * pass.forward;
    cost.pass.backward += share * pass.backward;
    cost.pass.weight_gradient += share * pass.weight_gradient;
  }
  // What lone passes show beyond pairs is fill and drain, as the bubble is.
  const Seconds lasts = time.busy + time.bubble;
  cost.busy = pipeline.micro_batches * cost.pass.both();
  cost.bubble = max(lasts - cost.busy, Seconds{});
  return cost;
}

// Each boundary is crossed v times each way. In the steady state a share hides under compute; fill
// and drain pay in full.
Seconds pipeline_sends(const StepContext& context, const LayerTerms& terms, double micro_batches) {
  const Layout& l = context.layout;
  if (l.pp <= 1) return {};
  const Machine& machine = context.machine;
  const double shown = exposed_share(machine.engine.pp_exposure, machine.stack.pp_overlap);
  return (2 * l.vp * shown * micro_batches + 2.0 * (l.pp - 1)) * terms.send;
}

// The causes of one micro-batch's passes in the layers of a group or stage, both ways.
TimeByCause causes_of(const StepContext& context, const LayerTerms& terms, const RankGroup& group,
                      const ExposedPasses& shown) {
  TimeByCause causes;
  const auto add = [&](double layers, const LayerTime& time) {
    if (layers <= 0) return;
    for (const PassTime* pass : {&time.forward, &time.backward}) {
      causes += layers * pass->compute;
      causes += layers * pass->exposed;
    }
  };
  for (std::size_t i = 0; i < terms.kinds.size(); ++i) {
    add(group.recomputing[i], terms.kinds[i].time);
    add(group.plain[i], terms.kinds[i].plain_time);
  }
  if (group.first) add(1, terms.embedding);
  if (group.last) {
    add(1, terms.head);
    add(context.model.mtp_depth, terms.mtp);
  }
  causes[Cause::kExpertParallel] =
      shown.time.forward.expert_exposed + shown.time.backward.expert_exposed;
  for (const AddedTime* added : {&shown.forward, &shown.backward}) {
    causes[Cause::kOffload] += added->offload;
    causes[Cause::kShardedData] += added->sharded;
    causes[Cause::kDispatch] += added->dispatch;
  }
  return causes;
}

// The same of the slowest rank.
TimeByCause slowest_causes(const StepContext& context, const LayerTerms& terms,
                           const StagePlan& plan, const PipelineTerms& pipeline,
                           const PipelineCost& cost) {
  const Layout& l = context.layout;
  const ShardedData sharded(context);
  if (!rules_of(l.schedule).played) {
    const RankGroup& group = plan.groups[cost.slowest];
    return causes_of(context, terms, group,
                     exposed_passes(context, terms, group, pipeline.ranks[cost.slowest],
                                    pipeline.loads[cost.slowest].parameters.total(), sharded));
  }
  TimeByCause causes;
  const RankStages held = stages_of_rank(l, cost.slowest_rank);
  for (int stage = 0; stage < held.count; ++stage) {
    const auto i = static_cast<std::size_t>(held[stage]);
    const ExposedPasses shown = exposed_stage(context, terms, plan, pipeline, i,
                                              rules_of(l.schedule).pairs_passes, sharded);
    causes += stage_share(l.schedule) * causes_of(context, terms, plan.stages[i], shown);
  }
  return causes;
}

void add_term(StepEstimate& estimate, Cause cause, Seconds time) {
  if (time <= Seconds{}) return;
  estimate.terms.push_back({cause, time});
}

}  // namespace

std::vector<StepPart> step_parts(const StepEstimate& step) {
  if (!step.parts) return {};
  const RankParts& parts = *step.parts;
  Seconds waiting = parts.idle;
  Seconds updating = step.weight_casts;
  for (const StepTerm& term : step.terms) {
    if (term.cause == Cause::kStraggler || term.cause == Cause::kPipelineSend) waiting += term.time;
    if (term.cause == Cause::kOptimizer || term.cause == Cause::kDataParallel) {
      updating += term.time;
    }
  }
  return {{"1F", parts.forward},  {"1B", parts.backward}, {"1W", parts.weight_gradient},
          {"1F1B", parts.paired}, {"bubble", waiting},    {"optimizer", updating}};
}

void fill_loads(const StepContext& context, const LayerTerms& terms, const StagePlan& plan,
                PipelineTerms& filled) {
  begin_loads(context, filled);
  for (const RankGroup& group : plan.groups) add_load(context, terms, group, filled);
}

void begin_loads(const StepContext& context, PipelineTerms& filled) {
  filled.loads.clear();
  filled.micro_batches = as_double(micro_batches(context.layout, context.batch));
}

const RankLoad& add_load(const StepContext& context, const LayerTerms& terms,
                         const RankGroup& group, PipelineTerms& filled) {
  return filled.loads.emplace_back(rank_load(context, terms, group, filled.micro_batches));
}

void fill_times(const StepContext& context, const LayerTerms& terms, const StagePlan& plan,
                PipelineTerms& filled) {
  filled.ranks.clear();
  filled.stages.clear();
  filled.stage_parameters.clear();
  filled.ranks.reserve(plan.groups.size());
  filled.stages.reserve(plan.stages.size());
  filled.stage_parameters.reserve(plan.stages.size());
  for (const RankGroup& group : plan.groups) {
    filled.ranks.push_back(group_totals(context, terms, group));
  }
  for (const RankGroup& stage : plan.stages) {
    filled.stages.push_back(group_totals(context, terms, stage));
    filled.stage_parameters.push_back(
        rank_load(context, terms, stage, filled.micro_batches).parameters);
  }
}

void fill_passes(const StepContext& context, const LayerTerms& terms, const StagePlan& plan,
                 PipelineTerms& filled) {
  const ShardedData sharded(context);
  const ScheduleRules& rules = rules_of(context.layout.schedule);
  filled.passes.clear();
  filled.paired.clear();
  if (!rules.played) {
    for (std::size_t i = 0; i < plan.groups.size(); ++i) {
      filled.passes.push_back(exposed_passes(context, terms, plan.groups[i], filled.ranks[i],
                                             filled.loads[i].parameters.total(), sharded)
                                  .pass());
      filled.passes.back().ranks = plan.groups[i].ranks;
    }
    return;
  }
  for (std::size_t i = 0; i < plan.stages.size(); ++i) {
    const auto pass = [&](bool paired) {
      return exposed_stage(context, terms, plan, filled, i, paired, sharded).pass();
    };
    filled.passes.push_back(pass(false));
    filled.paired.push_back(rules.pairs_passes ? pass(true) : filled.passes.back());
  }
}

PipelineCost pipeline_cost(const StepContext& context, const LayerTerms& terms,
                           const StagePlan& plan, const PipelineTerms& pipeline,
                           OrderBook& orders) {
  PipelineCost cost = rules_of(context.layout.schedule).played
                          ? played_pipeline(context, plan, pipeline, orders)
                          : plain_pipeline(context, plan, pipeline);
  cost.sends = pipeline_sends(context, terms, pipeline.micro_batches);
  return cost;
}

Seconds least_pass_time(const StepContext& context, const LayerTerms& terms, bool paired) {
  LayerTotals all;
  const Batch& batch = context.batch;
  const bool some = batch.recompute == Recompute::kFull && batch.recompute_layers > 0;
  for (const KindTerms& kind : terms.kinds) {
    all.add(kind.layers, some ? kind.plain_totals : kind.totals);
  }
  all.add(1, terms.embedding_totals);
  all.add(1, terms.head_totals);
  if (context.model.mtp_depth > 0) all.add(context.model.mtp_depth, terms.mtp_totals);
  const auto least = [&](const PassTotals& pass) {
    const Seconds device = paired ? pass.total() - pass.expert_exposed : pass.total();
    return max(device, dispatch_time(context, pass));
  };
  return least(all.forward) + least(all.backward);
}

Seconds least_played_time(const StepContext& context, const PipelineTerms& pipeline) {
  const Layout& l = context.layout;
  Seconds most;
  for (int rank = 0; rank < l.pp; ++rank) {
    const RankStages held = stages_of_rank(l, rank);
    Seconds once;
    for (int stage = 0; stage < held.count; ++stage) {
      const auto i = static_cast<std::size_t>(held[stage]);
      const RankPass& alone = pipeline.passes[i];
      const RankPass& paired = pipeline.paired[i];
      once += min(alone.forward, paired.forward) + min(alone.backward, paired.backward);
    }
    most = max(most, once);
  }
  return pipeline.micro_batches * stage_share(l.schedule) * most;
}

StepEstimate estimate_step(const StepContext& context) {
  StepWorkspace workspace;
  return estimate_step(context, workspace);
}

StepEstimate estimate_step(const StepContext& context, StepWorkspace& workspace) {
  const Layout& l = context.layout;
  assert(layout_faults(l, context.batch, context.model, l.ranks()).empty());
  auto& [terms, plan, pipeline, orders] = workspace;
  const TimedModel timed = timed_model(context);
  fill_layer_terms(context, timed, terms);
  fill_stage_plan(context.model, l, context.batch, plan);
  fill_loads(context, terms, plan, pipeline);
  fill_times(context, terms, plan, pipeline);
  fill_passes(context, terms, plan, pipeline);
  const PipelineCost cost = pipeline_cost(context, terms, plan, pipeline, orders);
  const double m = pipeline.micro_batches;

  StepEstimate estimate;
  estimate.micro_batches = m;
  estimate.forward = cost.pass.forward;
  estimate.backward = cost.pass.backward;
  estimate.parts = cost.parts;

  const LocalParameters& local = pipeline.loads[cost.slowest].parameters;
  const Seconds casting = estimate.weight_casts = weight_cast_time(context, local.total());
  const TimeByCause causes = slowest_causes(context, terms, plan, pipeline, cost);
  for (std::size_t i = 0; i < static_cast<std::size_t>(Cause::kBubble); ++i) {
    const auto cause = static_cast<Cause>(i);
    add_term(estimate, cause, m * causes[cause] + (cause == Cause::kCast ? casting : Seconds{}));
  }
  const Seconds exchanged =
      data_parallel_time(context, exchange_time(context, local, m), cost.pass, m);
  const Seconds updating =
      optimizer_time(context, updated_parameters(l.zero, optimizer_shards(l), local));
  const Seconds together = cost.total() + exchanged + updating + casting;
  estimate.time = step_time(cost, exchanged, updating + casting, terms);
  add_term(estimate, Cause::kBubble, cost.bubble);
  add_term(estimate, Cause::kPipelineSend, cost.sends);
  add_term(estimate, Cause::kDataParallel, exchanged);
  add_term(estimate, Cause::kOptimizer, updating);
  add_term(estimate, Cause::kStraggler, estimate.time - together);

  Flops again;
  for (std::size_t i = 0; i < timed.kinds.size(); ++i) {
    double layers = 0;
    for (const RankGroup& group : plan.groups) layers += group.ranks * group.recomputing[i];
    again += layers * recomputed_flops(context.batch, timed.kinds[i].operators);
  }
  if (rules_of(l.schedule).mirrored) again = 0.5 * again;  // every layer is counted twice
  estimate.recomputed = static_cast<double>(l.tp) * again / (context.sharding().tokens * token);
  estimate.memory = most_loaded(context, terms, pipeline.loads);
  return estimate;
}

std::int64_t micro_batches_to_see(const Layout& layout, std::int64_t micro_batches) {
  const ScheduleRules& rules = rules_of(layout.schedule);
  std::int64_t few = std::max<std::int64_t>(8, std::int64_t{2} * layout.pp);
  if (rules.whole_rounds) few += (layout.pp - few % layout.pp) % layout.pp;
  if (rules.even_micro_batches) few += few % 2;
  return std::min(few, micro_batches);
}

StepPlay play_step(const StepContext& context) {
  StepWorkspace workspace;
  const StepEstimate step = estimate_step(context, workspace);
  const Layout& l = context.layout;
  StepPlay play;
  play.micro_batches = static_cast<std::int64_t>(step.micro_batches);
  play.played = micro_batches_to_see(l, play.micro_batches);
  play.ranks = played_tasks(l.schedule, stage_passes(l, workspace.plan, workspace.pipeline), l.pp,
                            play.played);
  Seconds told;
  for (const auto& rank : play.ranks) {
    if (!rank.empty()) told = max(told, rank.back().end);
  }
  play.pipeline = told;
  for (const StepTerm& term : step.terms) {
    const bool after = term.cause == Cause::kPipelineSend || term.cause == Cause::kDataParallel ||
                       term.cause == Cause::kOptimizer || term.cause == Cause::kStraggler;
    if (!after) continue;
    play.after.push_back({cause_name(term.cause), term.time});
    told += term.time;
  }
  // What the schedule of all micro-batches takes beyond those that are told, casts of weights too.
  play.between = step.time - told;
  if (play.between >= Seconds{}) return play;
  // All are told, and the closed form, which the step is of, says a little less.
  const double less = (play.pipeline + play.between) / play.pipeline;
  for (auto& rank : play.ranks) {
    for (PlayedTask& each : rank) each.start = less * each.start, each.end = less * each.end;
  }
  play.pipeline = less * play.pipeline;
  play.between = Seconds{};
  return play;
}

}  // namespace traincost
