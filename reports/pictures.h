// What each question's answer looks like: its charts, from its report alone. Internal to reports/.
#pragma once

#include <vector>

#include "reports/chart.h"
#include "reports/tree.h"

namespace traincost {

// The one that tells most first; none where a question has no picture.
[[nodiscard]] std::vector<Chart> charts_of(const Tree& report);

}  // namespace traincost
