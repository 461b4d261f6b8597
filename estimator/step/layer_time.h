// The time of one pass of one micro-batch through a layer, a stage's ends included, by cause.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/formula.h"
#include "base/quantity.h"
#include "estimator/machine/collectives.h"
#include "estimator/step/setup.h"

namespace traincost {

inline constexpr Formula kSequenceParallelFormula{
    "sequence-parallel", "all-gather and reduce-scatter of b s h around each block",
    "Korthikanti et al. 2022, arXiv:2205.05198, section 4.2.2"};

inline constexpr Formula kAccumulationFormula{
    "accumulation", "2 x bytes of the accumulated gradient for each parameter and micro-batch",
    "definition; the exposed share is fitted"};

inline constexpr Formula kMeetingFormula{
    "meeting", "dispatch x fitted wait for each tensor- and expert-parallel collective",
    "MooreThreads/SimuMax@4dcaae5 configs/system/b200_bf16_ceperm.json"};

// Causes that a step's time is split into; they add up to it. Those before the bubble are of a pass
// of one micro-batch, the others of the whole step.
enum class Cause : std::size_t {
  kGemm,
  kAttention,
  kElementWise,
  kCast,
  kRecompute,
  kTensorParallel,
  kExpertParallel,
  kContextParallel,
  kShardedData,  // ZeRO-3 gathers and scatters that stay exposed
  kDispatch,     // the host's share above the device's
  kOffload,      // copies to and from the host that compute does not cover
  kBubble,
  kPipelineSend,
  kDataParallel,
  kOptimizer,
  kStraggler,
  kCount,
};

[[nodiscard]] std::string_view cause_name(Cause cause);

// The time of a pass, by its causes.
class TimeByCause {
 public:
  [[nodiscard]] Seconds& operator[](Cause cause) { return by_[static_cast<std::size_t>(cause)]; }
  [[nodiscard]] Seconds operator[](Cause cause) const {
    return by_[static_cast<std::size_t>(cause)];
  }
  [[nodiscard]] Seconds total() const;
  TimeByCause& operator+=(const TimeByCause& other);
  friend TimeByCause operator*(double factor, TimeByCause time) {
    for (Seconds& each : time.by_) each = factor * each;
    return time;
  }

 private:
  std::array<Seconds, static_cast<std::size_t>(Cause::kBubble)> by_{};
};

// One pass of one micro-batch, by cause. Compute and communication are kept apart, so that a
// schedule that overlaps them (DualPipe) can; `exposed` holds what a plain schedule cannot hide.
struct PassTime {
  TimeByCause compute;
  Seconds communication;  // expert-parallel, in full, before hiding
  TimeByCause exposed;
  double kernels = 0;
  double expert_kernels = 0;  // those that the host must launch for each expert

  PassTime& operator+=(const PassTime& other);
};

struct LayerTime {
  PassTime forward;
  PassTime backward;        // of inputs and weights, with what is recomputed
  Seconds weight_gradient;  // the part of `backward` that a zero-bubble schedule may delay

  LayerTime& operator+=(const LayerTime& other);
};

// The same without its causes: what a pipeline is computed from.
struct PassTotals {
  Seconds compute;
  Seconds exposed;
  Seconds expert_exposed;  // of `exposed`, expert-parallel
  Seconds communication;
  double kernels = 0;
  double expert_kernels = 0;

  [[nodiscard]] Seconds total() const { return compute + exposed; }
  void add(double times, const PassTotals& other);
};

struct LayerTotals {
  PassTotals forward, backward;
  Seconds weight_gradient;

  void add(double times, const LayerTotals& other);
};
[[nodiscard]] LayerTotals totals(const LayerTime& time);

struct OperatorTime {
  Seconds forward, input_gradient, weight_gradient;
  Seconds cast_forward, cast_backward;
};

// Of an exchange with experts, the share of the plain volume that leaves a scale-up domain: a token
// crosses to a domain once, however many of its experts live there.
[[nodiscard]] double outside_share(const Experts& experts, const Group& group);

// One layer under one sharding, its operators and collectives timed: what neither recomputation nor
// overlap changes.
struct TimedLayer {
  std::vector<Operator> operators;
  std::vector<OperatorTime> times;    // of each operator
  LayerTime sum;                      // of all, nothing recomputed, without communication
  Seconds tensor_parallel;            // one gather and scatter, or all-reduce, around a block
  Seconds cut_forward, cut_backward;  // more that products cost in pieces, to overlap those with
  Seconds expert_parallel;            // dispatch and combine
  Seconds context_parallel;           // one exchange of keys and values
};
[[nodiscard]] TimedLayer timed_layer(const StepContext& context, const Layer& layer,
                                     const TimedLayer* like = nullptr);

// Products timed before, all on one machine: many shapes leave experts the same work.
class KnownProducts {
 public:
  [[nodiscard]] const OperatorTime& of(const Machine& machine, const Operator& product);

 private:
  struct Key {
    double m, n, k, groups;
    bool low_precision;

    bool operator==(const Key&) const = default;
  };
  struct Hash {
    std::size_t operator()(const Key& key) const;
  };
  std::unordered_map<Key, OperatorTime, Hash> times_;
};

// The same layer after ep or expert-tp have changed alone; all but the experts' share is kept.
void retime_experts(const StepContext& context, const Layer& layer, KnownProducts& known,
                    TimedLayer& timed);

// A layer that no ep and expert-tp can beat: experts' products at the full rate, all else that is
// theirs for nothing.
[[nodiscard]] TimedLayer with_ideal_experts(const StepContext& context, const Layer& layer);

// Operators alone, as embedding and head have them. Those that `like` has at the same place take
// its times: kinds of layers share their attention.
[[nodiscard]] TimedLayer timed(const Machine& machine, std::vector<Operator> operators,
                               const TimedLayer* like = nullptr);

[[nodiscard]] LayerTime layer_time(const StepContext& context, const Layer& layer,
                                   const TimedLayer& timed);
// The projection that a multi-token prediction layer adds to a layer and a pass through the head.
[[nodiscard]] Operator mtp_projection(const StepContext& context);

// FLOPs that the recompute mode spends again on one micro-batch in one layer, on one rank.
[[nodiscard]] Flops recomputed_flops(const Batch& batch, const std::vector<Operator>& operators);

}  // namespace traincost
