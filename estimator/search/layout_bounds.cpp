#include "estimator/search/layout_bounds.h"

#include <algorithm>
#include <optional>

#include "base/units.h"
#include "estimator/run/goodput.h"
#include "estimator/step/memory.h"
#include "estimator/step/step.h"

namespace traincost {
namespace {

using namespace unit;

double as_double(std::int64_t value) { return static_cast<double>(value); }

}  // namespace

Slowness::Slowness(const Machine& machine, const Reliability* reliability, int count, bool may_idle)
    : sigma_(machine.engine.straggler * machine.stack.straggler), reliability_(reliability) {
  // It falls with the count until failures eat what ranks add, and rises from there.
  grows_ = !may_idle || count == 1 || of(count) <= of(count - 1);
  if (grows_) return;
  constexpr double kStep = 0.99;
  constexpr double kBetween = 0.98;  // of what lies between two counts that are looked at
  least_ = of(count);
  for (double ranks = count; ranks >= 1; ranks *= kStep) {
    least_ = std::min(least_, of(static_cast<int>(ranks)));
  }
  least_ *= kBetween;
}

double Slowness::goodput_share(int ranks) const {
  return reliability_ == nullptr ? 1 : goodput(*reliability_, ranks).share;
}

double Slowness::of(int ranks) const {
  return (1 + straggler_share(sigma_, ranks)) / (ranks * goodput_share(ranks));
}

LayoutBounds::LayoutBounds(const StepSetup& setup, const LayoutWalk& walk, double slowness)
    : setup_(setup),
      walk_(walk),
      slowness_(slowness),
      layers_of_kind_(setup.model.layers_of_kind()) {
  harmonic_.resize(static_cast<std::size_t>(setup.model.layer_count()) + 3);
  for (std::size_t n = 1; n < harmonic_.size(); ++n) {
    harmonic_[n] = harmonic_[n - 1] + 1 / static_cast<double>(n);
  }
}

// Recomputation, copies and sends only add to the plain passes, with overlap or without.
LayoutBounds::OfShape LayoutBounds::of_shape(const Shape& shape) const {
  Layout layout;
  Batch batch = setup_.batch;
  walk_.set_shape(shape, layout, batch);
  RecomputeChoice{}.apply(batch);
  const StepContext context{setup_.model, setup_.machine, layout, batch};
  TimedModel timed = timed_model(context);
  for (std::size_t i = 0; i < timed.kinds.size(); ++i) {
    if (!setup_.model.kinds[i].experts) continue;
    timed.kinds[i] = with_ideal_experts(context, setup_.model.kinds[i]);
  }
  OfShape bounds;
  bool first = true;
  for (const bool overlap : walk_.overlaps(shape.tp)) {
    layout.tp_overlap = overlap;
    const LayerTerms terms = layer_terms(context, timed);
    for (const std::size_t pass : {0U, 1U}) {
      const Seconds here = time(context, terms, pass);
      bounds.time[pass] = first ? here : min(bounds.time[pass], here);
    }
    first = false;
  }
  // Experts' products narrow with ep and expert-tp, so that what they are worked with may too.
  bounds.required = kRounding * setup_.machine.stack.context_memory;
  if (!setup_.model.has_experts()) bounds.required += kRounding * timed.working;
  bounds.depths = depths_of(layout, batch);
  return bounds;
}

std::vector<LayoutBounds::Depth> LayoutBounds::depths_of(const Layout& layout,
                                                         const Batch& batch) const {
  std::vector<Depth> depths;
  for (const int pp : walk_.pps()) {
    // Of the most replicas; fewer have more each.
    const int widest = setup_.machine.count / (layout.tp * layout.cp * pp);
    if (widest < 1) continue;
    std::int64_t m = walk_.most_sequences() / (widest * batch.micro_batch);
    if (m > 1 && m % 2 != 0) --m;  // what schedules of even numbers may have
    m = std::max<std::int64_t>(m, 1);
    const double deep = std::min<double>(as_double(m), pp);
    depths.push_back({(pp - deep) / deep + harmonic_[static_cast<std::size_t>(deep)], pp / deep});
  }
  return depths;
}

// All layers are passed through once for each micro-batch, by the ranks of one replica.
Seconds LayoutBounds::alone(const StepContext& context, const LayerTerms& terms,
                            std::size_t pass) const {
  const Layout& l = context.layout;
  const double ranks = static_cast<double>(l.tp) * l.cp;
  return kRounding * ranks / as_double(context.batch.micro_batch) *
         least_pass_time(context, terms, pass == 1);
}

// Whatever the pipeline and the shards are, some rank holds a mean share of all states, and a layer
// with the activations of one micro-batch. Where none leave for the host, rank r holds its share
// a_r of what a micro-batch leaves behind at least x_r = min(m, p - r) times, and states s_r beside
// it; the mean of x_r a_r + s_r with the weights 1 / x_r is no more than the most loaded rank's:
//
//   most >= (sum a + sum s / max x) / sum of 1 / x
Bytes LayoutBounds::required(const StepContext& context, const std::vector<Depth>& depths,
                             const TimedModel& timed, const LayerTerms& terms) const {
  const Layout& l = context.layout;
  const Batch& batch = context.batch;
  const Stack& stack = context.machine.stack;
  const int count = context.machine.count;
  Bytes all;
  std::optional<Bytes> least_layer;
  LocalParameters parameters;
  for (std::size_t i = 0; i < timed.kinds.size(); ++i) {
    if (layers_of_kind_[i] == 0) continue;
    const Bytes kept = terms.kinds[i].kept;
    all += layers_of_kind_[i] * kept;
    least_layer = least_layer ? min(*least_layer, kept) : kept;
    parameters.add(layers_of_kind_[i], timed.parameters[i]);
  }
  const double split =
      parameters.dense * l.tp / count + parameters.experts * l.ep * l.expert_tp / count;
  Layout sharded = l;
  sharded.zero = 3;
  const StateBytes bytes = state_bytes(context.machine, sharded, walk_.lightest_place(batch));
  const double slack = 1 + stack.allocator_slack;
  const Bytes states = split * bytes.owned * B;  // the mean over ranks
  Bytes held = max(slack * *least_layer, states);
  if (!batch.offload_activations) {
    std::optional<Bytes> shared;
    for (const Depth& depth : depths) {
      const Bytes here = (slack * all + depth.states * states) / depth.sets;
      shared = shared ? min(*shared, here) : here;
    }
    if (shared) held = max(held, *shared);
  }
  if (batch.recompute == Recompute::kFull) {
    const auto last = static_cast<std::size_t>(setup_.model.layers.back());
    held += slack * timed.saved[last];
  }
  return kRounding * (held + timed.working + stack.context_memory);
}

}  // namespace traincost
