// What hardware and energy cost, where and when: dated price books, grids, and what owning takes.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/quantity.h"
#include "hwdb/record.h"

namespace traincost {

// The offers that differ in price for the same hour; "stated" is somebody's own assumption.
inline constexpr Name<const char*> kRentalTiers[] = {
    {"hyperscaler", "hyperscaler"}, {"neocloud", "neocloud"}, {"long-tail", "long-tail"},
    {"reserved", "reserved"},       {"spot", "spot"},         {"stated", "stated"}};

// Where the accelerators stand. A grid of that name or alias, where there is one, is theirs.
inline constexpr Name<const char*> kRegions[] = {
    {"us", "us"}, {"europe", "europe"}, {"china", "china"}};

// One dated rental price of one accelerator.
struct RentalQuote {
  std::string accelerator;
  std::string provider;
  std::string tier;    // one of kRentalTiers
  std::string region;  // one of kRegions; empty where the source does not say
  std::string date;    // YYYY-MM
  RentalPrice price;
  std::string source;
  std::string note;
};

// What a purchase price buys: a chip on its own, or with its share of what it stands in. An
// equivalent is what a chip that nobody sells would cost by its making.
enum class PurchaseForm { kCard, kModule, kBaseboard, kServer, kRack, kEquivalent };

inline constexpr Name<PurchaseForm> kPurchaseForms[] = {
    {"card", PurchaseForm::kCard},           {"module", PurchaseForm::kModule},
    {"baseboard", PurchaseForm::kBaseboard}, {"server", PurchaseForm::kServer},
    {"rack", PurchaseForm::kRack},           {"equivalent", PurchaseForm::kEquivalent}};

// Whether the price holds the accelerator's share of a server. A baseboard's does: servers are sold
// by it. Source: epoch-research/training-cost-trends@263c40a, which adds nothing to DGX and HGX.
[[nodiscard]] constexpr bool includes_server(PurchaseForm form) {
  return form == PurchaseForm::kBaseboard || form == PurchaseForm::kServer ||
         form == PurchaseForm::kRack;
}

// One dated purchase price of one accelerator.
struct PurchaseQuote {
  std::string accelerator;
  PurchaseForm form = PurchaseForm::kCard;
  std::string date;  // YYYY-MM
  PurchasePrice price;
  std::string source;
  std::string note;
};

struct PriceBook {
  Record record;
  std::vector<RentalQuote> rental;
  std::vector<PurchaseQuote> purchase;
};

// Electricity, carbon and the share of power that does not reach the servers.
struct Grid {
  Record record;
  std::optional<EnergyPrice> electricity_price;
  std::optional<CarbonIntensity> carbon_intensity;
  // By the year of the run, where they are recorded; those above are of no year in particular.
  std::map<int, EnergyPrice> electricity_price_by_year;
  std::map<int, CarbonIntensity> carbon_intensity_by_year;
  std::optional<WaterIntensity> wue;  // drawn on site, of what the servers use
  double pue = 1.25;
  double average_draw = 0.75;  // mean draw of a busy server over its rating
  // Id of the grid that it is a part of, whose figures stand where it has none; empty for none.
  std::string within;
};

// What owning adds to the purchase of accelerators; what is absent is not in it.
struct Ownership {
  Record record;
  double server_over_chip = 1;         // a chip with its server, over the chip alone
  double network_share = 0;            // of the whole cluster's price
  Seconds life;                        // over which it is written off, straight-line
  double interest = 0;                 // a year
  double maintenance = 0;              // a year, of the purchase
  std::optional<EnergyPrice> hosting;  // of the servers' rating, used or not: USD/kW-month
  double staff = 0;                    // of the whole
  double utilisation = 1;              // hours that are used, of its life's
};

[[nodiscard]] PriceBook read_price_book(const JsonCursor& cursor);
[[nodiscard]] Grid read_grid(const JsonCursor& cursor);
// A part of `whole` with the figures that it lacks: a state of its country's carbon, say.
[[nodiscard]] Grid completed(Grid part, const Grid& whole);
// The grid as it was in a year, or in the nearest that is recorded.
[[nodiscard]] Grid in_year(Grid grid, int year);
[[nodiscard]] Ownership read_ownership(const JsonCursor& cursor);

}  // namespace traincost
