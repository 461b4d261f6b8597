// What nothing in a part of the space takes less than: the bounds that a search prunes by.
//
// Each holds for whatever knobs below are still open. Bounds and evaluations add the same terms in
// other orders, so that bounds are a billionth lower than their sums.
#pragma once

#include <array>
#include <vector>

#include "base/quantity.h"
#include "estimator/search/layout_walk.h"
#include "estimator/step/layer_terms.h"
#include "estimator/step/setup.h"
#include "hwdb/reliability.h"

namespace traincost {

inline constexpr double kRounding = 1 - 1e-9;

// How much longer a sequence takes on so many ranks, failures included, than on one that waits for
// none and never fails: (1 + straggler) / (ranks x goodput).
class Slowness {
 public:
  Slowness(const Machine& machine, const Reliability* reliability, int count, bool may_idle);

  [[nodiscard]] double of(int ranks) const;
  [[nodiscard]] double goodput_share(int ranks) const;
  // Nothing of at most so many ranks is less slow.
  [[nodiscard]] double least(int ranks) const { return grows_ ? of(ranks) : least_; }

 private:
  double sigma_;
  const Reliability* reliability_;
  bool grows_ = true;  // more ranks are never slower
  double least_ = 0;
};

// Refers to the setup and the walk, which must outlive it. Times are of a sequence, failures
// included (Figures::time).
class LayoutBounds {
 public:
  LayoutBounds(const StepSetup& setup, const LayoutWalk& walk, double slowness);

  // What the activations and the states of a model's ranks add up to, of a pipeline's depth.
  struct Depth {
    double sets;    // sum over ranks of 1 / micro-batches in flight there
    double states;  // ranks over the most micro-batches in flight
  };
  struct OfShape {
    std::array<Seconds, 2> time{};  // by pass
    Bytes required;
    std::vector<Depth> depths;  // of each that is legal
  };
  [[nodiscard]] OfShape of_shape(const Shape& shape) const;

  // Of any pipeline of a pass, under the context's experts, recomputation and overlap: on one rank
  // that is not slow at all, and on as many as make it least slow.
  [[nodiscard]] Seconds alone(const StepContext& context, const LayerTerms& terms,
                              std::size_t pass) const;
  [[nodiscard]] Seconds time(const StepContext& context, const LayerTerms& terms,
                             std::size_t pass) const {
    return slowness_ * alone(context, terms, pass);
  }
  // The same of memory; overlap needs none.
  [[nodiscard]] Bytes required(const StepContext& context, const std::vector<Depth>& depths,
                               const TimedModel& timed, const LayerTerms& terms) const;

 private:
  [[nodiscard]] std::vector<Depth> depths_of(const Layout& layout, const Batch& batch) const;

  const StepSetup& setup_;
  const LayoutWalk& walk_;
  double slowness_;
  std::vector<int> layers_of_kind_;
  std::vector<double> harmonic_;  // 1 + 1/2 + ... + 1/n
};

}  // namespace traincost
