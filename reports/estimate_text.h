// An estimate as people read it, from its tree. Internal to reports/.
#pragma once

#include <string>

#include "reports/tree.h"

namespace traincost {

// The first screen: the answer with its range, phases, layout, evidence, what to change, memory,
// failures, energy, what is left out; or, where it does not fit, what is short and what would.
[[nodiscard]] std::string render_estimate(const Tree& tree);

}  // namespace traincost
