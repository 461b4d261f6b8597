// What a run costs, by named methods that are never mixed; and the energy it takes.
#pragma once

#include <optional>
#include <string>

#include "base/quantity.h"
#include "hwdb/accelerator.h"
#include "hwdb/market.h"
#include "hwdb/system.h"

namespace traincost {

// Rented accelerator time: billed = busy / goodput, total = billed x price. Nothing else is in it:
// no storage, staff, failed runs or research.
struct RentalCost {
  AcceleratorTime billed;
  Usd total;
};
[[nodiscard]] RentalCost rental_cost(AcceleratorTime billed, RentalPrice price);

// The quote of a price book that a run takes where it states none: the newest of the tier, or of
// any tier where that has none. Ties go to the lower price. `as_of`, where not empty, is the last
// month (YYYY-MM) whose quotes are known.
[[nodiscard]] std::optional<RentalQuote> find_rental_quote(const std::vector<PriceBook>& books,
                                                           const std::string& accelerator,
                                                           const std::string& tier,
                                                           const std::string& as_of = "");

// Mean draw of one accelerator with its share of the server: server rating / node size, or where
// the system has none the board's power x 1.8, times the grid's average draw; before PUE.
// Source: Cottier et al. 2024, arXiv:2405.21015, appendix A, code
// epoch-research/training-cost-trends@263c40a.
[[nodiscard]] Power mean_power(const Accelerator& accelerator, const System& system,
                               const Grid& grid);

struct Energy {
  Joules total;  // at the grid's meter, PUE included
  Grams carbon;
};
[[nodiscard]] Energy run_energy(AcceleratorTime billed, Power each, const Grid& grid);

}  // namespace traincost
