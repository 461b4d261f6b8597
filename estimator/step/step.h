// One optimizer step: its time by cause, and the memory of its most loaded rank.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "base/formula.h"
#include "base/quantity.h"
#include "estimator/step/layer_time.h"
#include "estimator/step/memory.h"
#include "estimator/step/pipeline.h"
#include "estimator/step/stage_plan.h"
#include "estimator/step/timetable.h"

namespace traincost {

struct StepTerm {
  Cause cause = Cause::kGemm;
  Seconds time;
};

struct StepEstimate {
  Seconds time;
  std::vector<StepTerm> terms;  // of the slowest pipeline rank, in the order of Cause; they sum
  double micro_batches = 0;
  Seconds forward;  // one micro-batch on the slowest rank
  Seconds backward;
  // How the slowest rank's time in the pipeline divides, where the schedule was played out.
  std::optional<RankParts> parts;
  Memory memory;
  FlopsPerToken recomputed;  // FLOPs spent again in the backward pass, over the whole model
  Seconds weight_casts;      // of the casts, what is done once a step
};

// A step as a profiler divides it, by what the slowest rank is doing: "1F", "1B" and "1W" alone,
// "1F1B" as a pair, "bubble" (waiting: for the pipeline, for sends and for the slowest of all
// ranks), "optimizer" (with the exchange of gradients and parameters that stays visible). They sum
// to the step; empty where the schedule was not played out. Source of the names: DeepSeek-AI 2025,
// arXiv:2505.09343, table 4.
struct StepPart {
  std::string_view name;
  Seconds time;
};
[[nodiscard]] std::vector<StepPart> step_parts(const StepEstimate& step);

struct StepWorkspace;

// Legal layouts only (layout_faults is empty). Whoever asks often hands a workspace in, one a
// thread, whose memory is used again; the answer does not depend on what it was used for before.
[[nodiscard]] StepEstimate estimate_step(const StepContext& context);
[[nodiscard]] StepEstimate estimate_step(const StepContext& context, StepWorkspace& workspace);

// ---- The same in parts, for whoever asks of many layouts (questions/search) ----
//
// layer_terms once per combination of the knobs that they depend on, pipeline_terms and
// pipeline_cost once for each pipeline of those, and the rest is a handful of operations:
//
//   step = (m (F + B) of the slowest rank + bubble + sends + gradients + optimizer) (1 + straggler)

// One micro-batch in each group of ranks, and what they hold: before the host, ZeRO-3 and the
// schedule have their say.
struct PipelineTerms {
  std::vector<LayerTotals> ranks;
  std::vector<LayerTotals> stages;  // played schedules only
  std::vector<LocalParameters> stage_parameters;
  std::vector<RankLoad> loads;
  double micro_batches = 0;
  // What a pass of each group shows in the end; of each stage, alone and in a pair, where the
  // schedule is played out.
  std::vector<RankPass> passes, paired;
};
void fill_loads(const StepContext& context, const LayerTerms& terms, const StagePlan& plan,
                PipelineTerms& filled);  // and micro_batches
// The same group by group, for whoever may have seen enough.
void begin_loads(const StepContext& context, PipelineTerms& filled);
const RankLoad& add_load(const StepContext& context, const LayerTerms& terms,
                         const RankGroup& group, PipelineTerms& filled);
void fill_times(const StepContext& context, const LayerTerms& terms, const StagePlan& plan,
                PipelineTerms& filled);  // ranks and stages
// And what the host, offload and the layout's ZeRO level add to those: once for each ZeRO level.
void fill_passes(const StepContext& context, const LayerTerms& terms, const StagePlan& plan,
                 PipelineTerms& filled);

struct PipelineCost {
  Seconds busy, bubble, sends;
  std::size_t slowest = 0;  // group of ranks
  int slowest_rank = 0;
  RankPass pass;  // one micro-batch on it
  std::optional<RankParts> parts;

  [[nodiscard]] Seconds total() const { return busy + bubble + sends; }
};
[[nodiscard]] PipelineCost pipeline_cost(const StepContext& context, const LayerTerms& terms,
                                         const StagePlan& plan, const PipelineTerms& pipeline,
                                         OrderBook& orders);

// Forward and backward of one micro-batch through all layers and ends, on the ranks that share it:
// no pipeline takes less than m / p times this, whatever its schedule, stages, ZeRO level and
// offload are. `paired` where expert-parallel communication may hide under other passes.
[[nodiscard]] Seconds least_pass_time(const StepContext& context, const LayerTerms& terms,
                                      bool paired);

// No played schedule lasts less: the work of its busiest rank, each pass as short as it gets.
[[nodiscard]] Seconds least_played_time(const StepContext& context, const PipelineTerms& pipeline);

// Scratch memory of estimate_step.
struct StepWorkspace {
  LayerTerms terms;
  StagePlan plan;
  PipelineTerms pipeline;
  OrderBook orders;
};

// The law of a step's time: estimate_step and the search add up by it.
[[nodiscard]] inline Seconds step_time(const PipelineCost& cost, Seconds data_parallel,
                                       Seconds optimizer, const LayerTerms& terms) {
  return (1 + terms.straggler) * (cost.total() + data_parallel + optimizer);
}

// A step told task by task, for pictures and traces: the fill, some of the steady state and the
// drain of its pipeline, then what follows it. Its parts add up to the step's time.
struct StepPlay {
  std::vector<std::vector<PlayedTask>> ranks;  // of the pipeline
  std::int64_t played = 0, micro_batches = 0;  // those that are told, of all
  Seconds pipeline;                            // that those take
  Seconds between;                             // and those that are not told
  std::vector<StepPart> after;                 // what nothing hides, after the pipeline
};
[[nodiscard]] StepPlay play_step(const StepContext& context);

}  // namespace traincost
