// A run's cost by each method, side by side, and when buying is cheaper than renting.
#pragma once

#include <string>

#include "estimator/job/job.h"
#include "estimator/questions/estimate.h"
#include "reports/tree.h"

namespace traincost {

// What an hour of bought hardware pays for, in USD; null where it is rented.
[[nodiscard]] Tree price_parts_tree(const Pricing& pricing);

// A row for each method; null where the job asks for one alone.
[[nodiscard]] Tree methods_tree(const Job& job, const Estimate& estimate);

// Months of full use until what renting costs has bought it, and the use of its life above which
// buying is cheaper; null where nothing is compared, or on several platforms.
[[nodiscard]] Tree break_even_tree(const Job& job);

// Both as lines of the report, without their caption.
[[nodiscard]] std::string methods_text(const Tree& total);

}  // namespace traincost
