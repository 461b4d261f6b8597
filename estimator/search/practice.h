// What practitioners use of the space of layouts, and the choice that they make in it.
//
// Every question whose layout or batch is open takes this choice from this space: one search, so
// that they agree. A search that a user asks for may look beyond it, at every legal layout.
#pragma once

#include <optional>
#include <vector>

#include "estimator/search/layout_search.h"
#include "estimator/search/layout_space.h"
#include "estimator/step/setup.h"
#include "hwdb/reliability.h"

namespace traincost {

// What a stack calls selective recomputation: attention's core alone, or other modules.
[[nodiscard]] RecomputeChoice selective_recompute(const Stack& stack);

// Recompute modes that the stack has, from the least to the most. Where single modules can be
// recomputed, those come before whole layers that cost little for what they free. Source:
// NVIDIA/Megatron-LM@d98e8a6 megatron/training/arguments.py, --recompute-modules.
[[nodiscard]] std::vector<RecomputeChoice> recompute_steps(const Stack& stack,
                                                           const Architecture& model);

// The knobs that `open` leaves open, as practitioners turn them: tensor parallelism inside the
// scale-up domain, pipelines of one to three times a power of two or of even stages, context
// parallelism of long sequences alone, what the setup moves to the host and no more, ZeRO over all
// replicas. Degrees need not divide the count: what is left of it idles. The lists do not depend on
// the count, so that what is there for few accelerators is there for more.
[[nodiscard]] LayoutSpace practical_space(LayoutSpace open, const StepSetup& setup);

// A layout that is as fast as another but for so much of time is as good.
inline constexpr double kTie = 0.005;

// Where a layout, and perhaps a batch, is open.
struct LayoutQuestion {
  LayoutSpace pins;                 // what the job pins or lists
  std::optional<BatchRange> batch;  // none: the setup's own
  double memory_reserve = 0;        // share of the memory that is to be left
  Reliability reliability;
};

// The layout that one would run, with the smallest batch of the range that is as fast: of those
// within a tie of the fastest that leave the reserve the one of fewest mechanisms. Where none
// leaves it, of those that fit; where none fits, the one that lacks least.
struct ChosenLayout {
  StepSetup setup;
  bool fits = false;
  bool in_reserve = false;
};
// Nothing where no layout is legal.
[[nodiscard]] std::optional<ChosenLayout> choose_layout(const StepSetup& setup,
                                                        const LayoutQuestion& question);

// The options under which a search's `simplest` is that choice.
[[nodiscard]] SearchOptions choice_options(const LayoutQuestion& question);

// The step of a legal setup, and how long a sequence takes with failures (Figures::time).
[[nodiscard]] Seconds sequence_time(const StepSetup& setup, const Reliability& reliability);

// The same setup with the smallest batch of the range under which a sequence takes no longer than
// `limit`; as it is where none is smaller.
[[nodiscard]] StepSetup with_smallest_batch(StepSetup setup, const BatchRange& range,
                                            const Reliability& reliability, Seconds limit);

// The least recomputation under which the setup fits, or the most where it never does: what a
// practitioner would do.
[[nodiscard]] RecomputeChoice least_recompute(StepSetup setup);

}  // namespace traincost
