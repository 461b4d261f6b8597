// What to change next: one change at a time to a phase as it is, all else held, each estimated
// again.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "estimator/questions/ranked.h"

namespace traincost {

// A change that is legal, fits and keeps the batch in its range.
struct Advice {
  std::string change;   // "layout.tp=4", as options of `estimate --set` would make it
  double gain = 0;      // of tokens per second; negative where it loses
  RankedLayout layout;  // the phase with it
};

// The best change of each knob, the better first, `most` at the most: degrees, ZeRO, recomputation,
// micro-batch and batch, overlap, precision; and `count`, twice the accelerators. `step` is the
// phase's.
[[nodiscard]] std::vector<Advice> advise(const Job& job, const Phase& phase,
                                         const StepEstimate& step, std::size_t most, bool count);

}  // namespace traincost
