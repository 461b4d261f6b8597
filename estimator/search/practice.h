// What practitioners use of the space of layouts, and the choices that they make in it.
//
// A search that a user asks for looks at every legal layout; a question that only needs a layout to
// go on with (an estimate whose layout is open, a cluster to size) looks at these.
#pragma once

#include <optional>
#include <vector>

#include "estimator/search/layout_space.h"
#include "estimator/step/setup.h"

namespace traincost {

// What a stack calls selective recomputation: attention's core alone, or other modules.
[[nodiscard]] RecomputeChoice selective_recompute(const Stack& stack);

// Recompute modes that the stack has, from the least to the most. Where single modules can be
// recomputed, those come before whole layers that cost little for what they free. Source:
// NVIDIA/Megatron-LM@d98e8a6 megatron/training/arguments.py, --recompute-modules.
[[nodiscard]] std::vector<RecomputeChoice> recompute_steps(const Stack& stack,
                                                           const Architecture& model);

// The knobs that `open` leaves open, as practitioners turn them: tensor parallelism inside the
// scale-up domain, no expert tensor parallelism, what the setup moves to the host and no more, ZeRO
// 1 or 3 over all replicas, micro-batches up to 8, context parallelism for long sequences alone.
[[nodiscard]] LayoutSpace practical_space(LayoutSpace open, const StepSetup& setup);

// The setup with the fastest layout that fits of a coarse space, or with the one that lacks least
// where none does; nothing where no degrees divide the count, the model and the batch. `pins` are
// the micro-batch and the recompute mode where they are stated.
[[nodiscard]] std::optional<StepSetup> with_chosen_layout(StepSetup setup, LayoutSpace pins);

// The least recomputation under which the setup fits, or the most where it never does: what a
// practitioner would do.
[[nodiscard]] RecomputeChoice least_recompute(StepSetup setup);

}  // namespace traincost
