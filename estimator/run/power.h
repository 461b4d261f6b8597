// What accelerators and their servers draw, by what they do.
#pragma once

#include "base/formula.h"
#include "base/quantity.h"
#include "estimator/run/reinforcement.h"
#include "estimator/step/step.h"
#include "hwdb/accelerator.h"
#include "hwdb/system.h"

namespace traincost {

// What an accelerator does, as shares of its time; it waits for the rest.
struct Activity {
  double products = 0;  // matrix products and attention
  double memory = 0;    // element-wise work, casts, the optimizer, decoding
  double links = 0;     // exchanges that no compute hides, mostly inside a domain
  double network = 0;   // or between domains
};

[[nodiscard]] Activity activity_of(const StepEstimate& step);
// Of those that train in an iteration of reinforcement learning, whose steps are active as that,
// and of those that generate apart from them.
[[nodiscard]] Activity activity_of(const IterationTime& iteration, const Activity& step,
                                   bool generates);
[[nodiscard]] Activity activity_of_generators(const IterationTime& iteration);

inline constexpr Formula kPowerFormula{
    "power",
    "board x (0.90 products + 0.60 memory + 0.37 links + 0.26 network + 0.21 waiting) + 0.65 x "
    "(server rating / node size - board)",
    "FlagOpen/FlagPerf base benchmarks, A100; arXiv:2412.08602; arXiv:2506.14551"};

// Shares of the board's rating that an A100 of 400 W drew in the mean: 338 to 384 W under matrix
// products (H100's limit is met under them: 698 of 700 W), 239 W under copies of its memory, 146 W
// under collectives inside the server and 103 W across servers, 85 W while the host copied. The
// rest of a server draws 0.65 of its part of the rating: eight H100 took 8.4 kW at most and 7.8 kW
// in heavy training of the 10.2 kW that their server is rated. Other chips are taken to be alike.
// Source: FlagOpen/FlagPerf base/benchmarks, A100; arXiv:2412.08602; arXiv:2506.14551 (excerpts).
[[nodiscard]] double board_draw(const Activity& activity);

// A board and its share of the server, over their rating (rated_power).
[[nodiscard]] double draw_of(const Accelerator& accelerator, const System& system,
                             const Activity& activity);

}  // namespace traincost
