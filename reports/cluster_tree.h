// Sized clusters as reports show them: size has curves of them, compare one of each accelerator.
// Internal to reports/.
#pragma once

#include <string>

#include "estimator/questions/size.h"
#include "reports/tree.h"

namespace traincost {

// Flat: the cluster, the whole run's figures, the layout's knobs, how well the chip is known. Null
// where no layout is known.
[[nodiscard]] Tree cluster_tree(const SizedCluster& cluster);

// Adds "assumptions" and "warnings".
void add_basis(Tree& tree, const std::vector<Assumption>& assumptions,
               const std::vector<Warning>& warnings);

// "$10.9M", or "-" where none is known.
[[nodiscard]] std::string money(const Tree& cost);
[[nodiscard]] std::string power_text(double kilowatts);

}  // namespace traincost
