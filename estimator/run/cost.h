// What rented time costs, and the energy that a run takes. What owning costs: ownership.h.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/cursor.h"
#include "base/formula.h"
#include "base/quantity.h"
#include "base/units.h"
#include "hwdb/accelerator.h"
#include "hwdb/market.h"
#include "hwdb/system.h"

namespace traincost {

// The ways to say what a run costs. They differ by more than any price and are never mixed.
enum class CostMethod {
  kRental,       // every hour at a rental price
  kOwnership,    // hours of bought hardware, with what owning it takes
  kAmortised,    // Epoch AI's: hardware written off at the trend of price-performance, and energy
  kAcquisition,  // the purchase of everything that the run stands on
};

inline constexpr Name<CostMethod> kCostMethods[] = {{"rental", CostMethod::kRental},
                                                    {"ownership", CostMethod::kOwnership},
                                                    {"amortised", CostMethod::kAmortised},
                                                    {"acquisition", CostMethod::kAcquisition}};

// What asks for all of them side by side.
inline constexpr const char* kAllMethods = "all";

inline constexpr Formula kRentalFormula{"rental", "billed time x price, billed = busy / goodput",
                                        "definition"};

// Rented accelerator time: billed time x price. Nothing else is in it: no storage, staff, failed
// runs or research.
[[nodiscard]] Usd rental_cost(AcceleratorTime billed, RentalPrice price);

inline constexpr std::string_view kSpotTier = "spot";

struct WantedQuote {
  std::string accelerator;
  std::string tier;
  std::string region;  // empty for any
  std::string as_of;   // the last month (YYYY-MM) whose quotes are known; empty for all
  bool oldest = false;  // the three months from the first quote on, instead of to the newest
};

// The quote of a price book that a run takes where it states none: of the region and tier; where
// that has none, of the region alone, of the tier alone, of any. Of those the middle one by price
// of the three months to the newest: what most would pay, not the lowest that some list has. Of two
// in the middle the lower. Spot capacity is interrupted: its quotes are for those who ask for it.
[[nodiscard]] std::optional<RentalQuote> find_rental_quote(const std::vector<PriceBook>& books,
                                                           const WantedQuote& wanted);

inline constexpr Formula kEnergyFormula{
    "energy", "billed time x server rating / node size x average draw x PUE",
    "Cottier et al. 2024, arXiv:2405.21015, appendix A"};

// Rating of one accelerator with its share of the server: server rating / node size, or where the
// system has none the board's power x 1.8. Its mean draw is that times the grid's average draw,
// before PUE. Source: Cottier et al. 2024, arXiv:2405.21015, appendix A, code
// epoch-research/training-cost-trends@263c40a.
[[nodiscard]] Power rated_power(const Accelerator& accelerator, const System& system);
[[nodiscard]] Power mean_power(const Accelerator& accelerator, const System& system,
                               const Grid& grid);

struct Energy {
  Joules total;  // at the grid's meter, PUE included
  Grams carbon;
  Volume water;  // on site, of what the servers use; zero where none is recorded
};

// The same by the boundary that model cards and papers often draw: boards alone, at their rating
// whatever they draw, no server and no PUE. Zero where the board's power is not recorded.
// Source: Luccioni et al. 2022, arXiv:2211.02001, section 4.2; Llama 3.1's model card.
[[nodiscard]] Energy board_energy(AcceleratorTime billed, const Accelerator& accelerator,
                                  const Grid& grid);
// Servers bought since 2023. Source: epoch-research/training-cost-trends@263c40a.
inline constexpr Seconds kServerLife = 5 * 365.25 * unit::day;

// The accelerators' share in what their making emitted, by the hours of a life that they are used;
// zero where it is not recorded.
[[nodiscard]] Grams embodied_carbon(AcceleratorTime billed, const Accelerator& accelerator,
                                    Seconds life);
[[nodiscard]] Energy run_energy(AcceleratorTime billed, Power each, const Grid& grid);

}  // namespace traincost
