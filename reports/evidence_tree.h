// What speaks for an estimate, as its report shows it. Internal to reports/.
#pragma once

#include <string>

#include "estimator/doubt/doubt.h"
#include "reports/tree.h"

namespace traincost {

// `mfu`: of the phase that it is of.
[[nodiscard]] Tree evidence_tree(const Evidence& evidence, double mfu);

// The lines of an estimate's "result": published steps, the nearest of them, knobs that none
// turned, a mark on a utilisation that none reached. Empty where there is no evidence.
[[nodiscard]] std::string evidence_lines(const Tree& result);

}  // namespace traincost
