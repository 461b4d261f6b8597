// What a run costs, by named methods that are never mixed; and the energy it takes.
#pragma once

#include <optional>
#include <string>

#include "base/formula.h"
#include "base/quantity.h"
#include "hwdb/accelerator.h"
#include "hwdb/market.h"
#include "hwdb/system.h"

namespace traincost {

inline constexpr Formula kRentalFormula{"rental", "billed time x price, billed = busy / goodput",
                                        "definition"};

// Rented accelerator time: billed time x price. Nothing else is in it: no storage, staff, failed
// runs or research.
[[nodiscard]] Usd rental_cost(AcceleratorTime billed, RentalPrice price);

struct WantedQuote {
  std::string accelerator;
  std::string tier;
  std::string region;  // empty for any
  std::string as_of;   // the last month (YYYY-MM) whose quotes are known; empty for all
};

// The quote of a price book that a run takes where it states none: the newest of the region and
// tier; where that has none, of the region alone, of the tier alone, of any. Ties go to the lower
// price.
[[nodiscard]] std::optional<RentalQuote> find_rental_quote(const std::vector<PriceBook>& books,
                                                           const WantedQuote& wanted);

// Owned accelerator time, hardware alone: the purchase price, fallen since it was asked, with its
// share of the network, written off at the rate at which price-performance grows:
//
//   price x 10^(-0.14 years) / (1 - 0.19) x 0.14 ln 10 / year
//
// 0.14 orders of magnitude a year; the interconnect is 19% of a cluster's cost. `years` run from
// the price's date, or the chip's availability where that is later, to the start of training.
// Source: Cottier et al. 2024, arXiv:2405.21015, section 2, code
// epoch-research/training-cost-trends@263c40a, cost_analysis_standalone.py.
[[nodiscard]] RentalPrice amortised_price(PurchasePrice price, double years);

// The purchase of so many accelerators with their network. Source: as above.
[[nodiscard]] Usd acquisition_cost(PurchasePrice price, double accelerators);

// The purchase quote of an accelerator that lies nearest to a date in years (base/date.h); the
// first of those that are as near.
[[nodiscard]] std::optional<PurchaseQuote> nearest_purchase_quote(
    const std::vector<PriceBook>& books, const std::string& accelerator, double date);

inline constexpr Formula kEnergyFormula{
    "energy", "billed time x server rating / node size x average draw x PUE",
    "Cottier et al. 2024, arXiv:2405.21015, appendix A"};

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
