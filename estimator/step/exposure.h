// What of a communication shows in a step: the law of overlap, the same for every kind of it.
#pragma once

#include <algorithm>

#include "base/formula.h"
#include "base/quantity.h"

namespace traincost {

inline constexpr Formula kExposureFormula{
    "exposure",
    "max(min(1, e (1 - o)) x communication, communication - compute beside it), o the share that "
    "the stack hides, e fitted for each kind",
    "definition; nothing hides under more compute than there is"};

// The share of a communication that a plain schedule shows, where the stack's record says that
// `overlap` of it hides; `exposure` is the engine's fitted factor for that kind.
[[nodiscard]] inline double exposed_share(double exposure, double overlap) {
  return std::min(1.0, exposure * (1 - overlap));
}

// At least that share shows, and all that outlasts the compute which runs beside it.
[[nodiscard]] inline Seconds exposed_time(double share, Seconds communication, Seconds beside) {
  return max(share * communication, communication - beside);
}

}  // namespace traincost
