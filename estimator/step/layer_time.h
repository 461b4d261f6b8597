// The time of one pass of one micro-batch through a layer, a stage's ends included, by cause.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "base/quantity.h"
#include "estimator/machine/machine.h"
#include "estimator/step/layout.h"

namespace traincost {

// Causes that a step's time is split into; they add up to it.
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
  std::array<Seconds, static_cast<std::size_t>(Cause::kCount)> by_{};
};

// One pass of one micro-batch. Compute and communication are kept apart, so that a schedule that
// overlaps them (DualPipe) can; `exposed` holds what a plain schedule cannot hide.
struct PassTime {
  TimeByCause compute;
  Seconds communication;  // expert-parallel, in full, before hiding
  TimeByCause exposed;
  double kernels = 0;
  double expert_kernels = 0;  // those that the host must launch for each expert

  PassTime& operator+=(const PassTime& other);
  friend PassTime operator*(double factor, PassTime pass);
};

struct LayerTime {
  PassTime forward;
  PassTime backward;        // of inputs and weights, with what is recomputed
  Seconds weight_gradient;  // the part of `backward` that a zero-bubble schedule may delay

  LayerTime& operator+=(const LayerTime& other);
  friend LayerTime operator*(double factor, LayerTime time);
};

// What every layer of a step shares.
struct StepContext {
  const Architecture& model;
  const Machine& machine;
  const Layout& layout;
  const Batch& batch;

  [[nodiscard]] Sharding sharding() const;
  [[nodiscard]] OperatorStyle style() const;
};

[[nodiscard]] LayerTime layer_time(const StepContext& context, const Layer& layer);
[[nodiscard]] LayerTime embedding_time(const StepContext& context);
[[nodiscard]] LayerTime head_time(const StepContext& context);
// One multi-token prediction layer with its projection and its pass through the head.
[[nodiscard]] LayerTime mtp_time(const StepContext& context);

// FLOPs that the recompute mode spends again on one micro-batch in one layer, on one rank.
[[nodiscard]] Flops recomputed_flops(const StepContext& context, const Layer& layer);

// Device time against what the host can dispatch, for one pass; the excess goes to kDispatch.
void apply_dispatch_limit(const Machine& machine, PassTime& pass);

}  // namespace traincost
