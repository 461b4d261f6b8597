// How often a cluster that nobody has measured may fail: as the recorded ones do.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "estimator/doubt/distribution.h"
#include "hwdb/reliability.h"

namespace traincost {

// Failures of a node and day on the next cluster: normal in the logarithm of the records' rates,
// as wide as their spread and their number say (a prediction interval of Student's t). `except` is
// a record that is left out; none that never fails counts. Nothing of fewer than three records.
[[nodiscard]] std::optional<Distribution> failure_rate_elsewhere(
    const std::vector<Reliability>& records, std::string_view except = "");

// The number of interruptions where `expected` are: by chance (Poisson) and, for those that are
// `of_rate`, the doubt of the rate around its median, both taken as normal in the logarithm.
[[nodiscard]] Distribution interruptions(double expected, double of_rate,
                                         const std::optional<Distribution>& rate);

}  // namespace traincost
