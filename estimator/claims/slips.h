// The mistake behind a figure that is off by a telling factor: hours for days, a superchip for a
// GPU. Internal.
#pragma once

#include "estimator/claims/check.h"

namespace traincost {

// The slip that would bring what a failing row holds to what follows; nothing where none would, or
// where its intervals are too wide to tell.
[[nodiscard]] std::optional<Slip> likely_slip(const Claim& claim, const CheckRow& row);

}  // namespace traincost
