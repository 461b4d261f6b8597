// A layout of a phase with all that a report says of it: what search, size and advice hand out.
#pragma once

#include <string>
#include <vector>

#include "estimator/questions/totals.h"

namespace traincost {

// A layout with all that a report says of it.
struct RankedLayout {
  StepSetup setup;
  Seconds step;
  Bytes required;
  PhaseTotals totals;
  double mfu = 0;
  Doubt doubt;                      // of the median, which step and totals are
  std::vector<std::string> beyond;  // knobs that are turned beyond what practitioners use
};

// The phase's own layout, whose step takes `tuned` as the physics has it; in the median of what its
// software makes of it.
[[nodiscard]] RankedLayout ranked_layout(const Job& job, const Phase& phase, Seconds tuned,
                                         Bytes required);

// The phase that a search is about: the one named, or of those predicted the one with most tokens.
// Nothing where there is none.
[[nodiscard]] const Phase* searched_phase(const Job& job, const std::string& name);
// That one of all. Throws InputError where every phase's time is stated: nothing is left to ask.
[[nodiscard]] const Phase& predicted_phase(const Job& job);

}  // namespace traincost
