// What bought accelerators cost: their purchase with servers and network, an hour of them by two
// methods, and when buying is cheaper than renting.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/formula.h"
#include "base/quantity.h"
#include "hwdb/market.h"

namespace traincost {

// What one accelerator costs to buy with its share of the server; the network is not in it.
struct Purchase {
  PurchasePrice price;
  std::string basis;  // where it is from, in words
  std::string date;   // YYYY-MM of the quote; empty where a job states the price
  bool sold = true;   // else what it would cost to make: nobody can buy it
};

// The quote of an accelerator that lies nearest to a date in years (base/date.h), of those that
// hold the server; where none does, of the others, times server_over_chip. Ties go to the first.
[[nodiscard]] std::optional<Purchase> nearest_purchase(const std::vector<PriceBook>& books,
                                                       const std::string& accelerator, double date,
                                                       const Ownership& ownership);

// An accelerator with its share of server and network: price / (1 - network share).
[[nodiscard]] PurchasePrice with_network(PurchasePrice price, const Ownership& ownership);

inline constexpr Formula kAcquisitionFormula{
    "acquisition", "accelerators x price with server / (1 - network share)",
    "Cottier et al. 2024, arXiv:2405.21015, section 2"};

// The purchase of so many accelerators with their network.
[[nodiscard]] Usd acquisition_cost(PurchasePrice price, double accelerators,
                                   const Ownership& ownership);

// An hour of one bought accelerator, by what it pays for.
struct OwnedHour {
  RentalPrice hardware, network, interest, maintenance, hosting, energy, staff;

  [[nodiscard]] RentalPrice total() const;
};

struct OwnedHourLine {
  const char* name;
  RentalPrice OwnedHour::*value;
};
inline constexpr OwnedHourLine kOwnedHourLines[] = {
    {"hardware", &OwnedHour::hardware}, {"network", &OwnedHour::network},
    {"interest", &OwnedHour::interest}, {"maintenance", &OwnedHour::maintenance},
    {"hosting", &OwnedHour::hosting},   {"energy", &OwnedHour::energy},
    {"staff", &OwnedHour::staff},
};

// What an accelerator and its server draw, and what that costs.
struct OwnedPower {
  Power rating;       // that a host must provide
  Power mean;         // while it trains
  double pue = 1;     // meter over servers
  EnergyPrice price;  // 0 where none is known
};

inline constexpr Formula kOwnershipFormula{
    "ownership",
    "((P r/(1 - (1 + r)^-n) + maintenance + hosting)/(utilisation x year) + energy)/(1 - staff), P "
    "with the network, over n years; P/n where r = 0",
    "annuity of a loan; straight-line depreciation"};

// Over the life of what was bought: depreciation in equal parts, interest on what is not yet paid
// off (annuity), hosting and maintenance every hour, used or not; energy by hours that are used;
// staff as a share of the whole. All but energy are spread over the hours that are used.
[[nodiscard]] OwnedHour owned_hour(PurchasePrice price, const OwnedPower& power,
                                   const Ownership& ownership);

inline constexpr Formula kAmortisedFormula{
    "amortised", "P x 10^(-0.14 years)/(1 - network share) x 0.14 ln 10/year + energy",
    "Cottier et al. 2024, arXiv:2405.21015, section 2"};

// Epoch AI's method: the purchase price, fallen since it was asked, with its share of the network,
// written off at the rate at which price-performance grows, 0.14 orders of magnitude a year; and
// energy. `years` run from the price's date, or 90 days after the chip's launch where that is
// later, to the start of training.
// Source: Cottier et al. 2024, arXiv:2405.21015, section 2, code
// epoch-research/training-cost-trends@263c40a, cost_analysis_standalone.py.
[[nodiscard]] OwnedHour amortised_hour(PurchasePrice price, double years, const OwnedPower& power,
                                       const Ownership& ownership);

// Between dates in years (base/date.h): how long the price of `amortised_hour` has fallen.
[[nodiscard]] double years_fallen(double quoted, std::optional<double> launch, double start);

// From when on buying is cheaper than renting at a price.
struct BreakEven {
  std::optional<Seconds> time;        // of full use until renting has cost as much; none: never
  std::optional<double> utilisation;  // of the whole life; none: not even at 1
};

inline constexpr Formula kBreakEvenFormula{
    "break-even",
    "time x (rent - what an hour of full use runs on) = purchase with network and its whole loan's "
    "interest; utilisation x (rent - energy) = what stands still costs, over the life",
    "definition"};

// `time` pays the interest of the whole loan, however early it is, and takes no resale.
[[nodiscard]] BreakEven break_even(PurchasePrice price, RentalPrice rent, const OwnedPower& power,
                                   const Ownership& ownership);

}  // namespace traincost
