// All that the layers of a model cost one rank, whatever the pipeline, the replicas and ZeRO are.
//
// It depends on tp, cp, ep, expert-tp, sequence parallelism, tensor-parallel overlap, the
// micro-batch and the recompute mode alone: computed once for each combination of those, it serves
// every pipeline depth, schedule, ZeRO level and offload.
#pragma once

#include <vector>

#include "base/formula.h"
#include "base/quantity.h"
#include "estimator/step/layer_time.h"

namespace traincost {

// Parameters that live on one rank of a group of layers: dense ones, and those of routed experts.
struct LocalParameters {
  double dense = 0;
  double experts = 0;

  [[nodiscard]] double total() const { return dense + experts; }
  friend bool operator==(const LocalParameters&, const LocalParameters&) = default;
  void add(double times, const LocalParameters& other) {
    dense += times * other.dense;
    experts += times * other.experts;
  }
};
// The same of a whole layer.
struct LayerParameters {
  double all = 0;
  double routed = 0;
};
[[nodiscard]] LocalParameters local_layer_parameters(const StepContext& context,
                                                     const Layer& layer);

// Bytes that one micro-batch leaves behind in one layer.
[[nodiscard]] Bytes layer_activations(const StepContext& context, const Layer& layer);

// Operators and collectives of every kind of layer, timed: the recompute mode and overlap apart.
struct TimedModel {
  std::vector<TimedLayer> kinds;
  std::vector<double> layers;               // of each kind
  std::vector<LayerParameters> counts;      // of a layer of each kind, whole
  std::vector<LocalParameters> parameters;  // and on one rank
  std::vector<Bytes> saved;  // what a micro-batch leaves behind in each kind, nothing recomputed
  Bytes working;  // gradients alive at once in the backward pass, at the widest place of any layer
  TimedLayer embedding, head, mtp_projection;
};
[[nodiscard]] TimedModel timed_model(const StepContext& context);

// The same after ep or expert-tp have changed alone.
void retime_experts(const StepContext& context, KnownProducts& known, TimedModel& timed);

struct KindTerms {
  double layers = 0;     // of the model
  LayerTime time;        // one micro-batch
  LayerTime plain_time;  // without recomputation, where only some layers are recomputed
  LayerTotals totals, plain_totals;
  Bytes kept;  // what a micro-batch leaves behind
  Bytes plain_kept;
  LocalParameters parameters;
};

struct LayerTerms {
  std::vector<KindTerms> kinds;
  LayerTime embedding, head, mtp;  // mtp: one prediction layer
  LayerTotals embedding_totals, head_totals, mtp_totals;
  LocalParameters first, last;  // beyond its layers, on the rank that holds embedding or head
  LocalParameters mtp_parameters;
  double tied = 0;  // of `last`, what a rank with both ends holds once
  Bytes logits;
  Bytes working;         // gradients alive at once in a layer's backward pass, at the widest place
  Seconds send;          // one micro-batch's activations to the next pipeline rank
  double straggler = 0;  // of a step
};
[[nodiscard]] LayerTerms layer_terms(const StepContext& context, const TimedModel& timed);
// The same over terms of an earlier layout of the same model, whose memory is used again.
void fill_layer_terms(const StepContext& context, const TimedModel& timed, LayerTerms& terms);
// The same in parts, for whoever changes recomputation and overlap alone once they are filled: what
// recomputation keeps, then the times, which depend on both.
void refill_recomputation(const StepContext& context, const TimedModel& timed, LayerTerms& terms);
void refill_times(const StepContext& context, const TimedModel& timed, LayerTerms& terms);
// What depends on how many ranks the layout has in all.
void refill_ranks(const StepContext& context, LayerTerms& terms);

inline constexpr Formula kStragglersFormula{
    "stragglers", "step x (1 + sigma sqrt(2 ln N)), sigma a rank's relative deviation",
    "Cramer 1946, Mathematical Methods of Statistics, section 28.6"};

// A step waits for the slowest of N ranks: sigma sqrt(2 ln N), the mean of the largest of N normal
// deviates to first order. Source: Cramer 1946, Mathematical Methods of Statistics, section 28.6.
[[nodiscard]] double straggler_share(double sigma, double ranks);

}  // namespace traincost
