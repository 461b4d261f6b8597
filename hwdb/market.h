// What hardware and energy cost, where and when: dated price books and grids.
#pragma once

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

// One dated purchase price of one accelerator, its share of the server included where `form` says.
struct PurchaseQuote {
  std::string accelerator;
  std::string form;
  std::string date;
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
  double pue = 1.25;
  double average_draw = 0.75;  // mean draw of a busy server over its rating
};

[[nodiscard]] PriceBook read_price_book(const JsonCursor& cursor);
[[nodiscard]] Grid read_grid(const JsonCursor& cursor);

}  // namespace traincost
