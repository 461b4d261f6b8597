// Price lists of others, as comma-separated values with a head line, made rental quotes.
//
// Two heads are read, their columns in any order: our own (accelerator, price, and where they are
// there provider, tier, region, date, note), and that of SkyPilot's catalogs (AcceleratorName,
// AcceleratorCount, Price, SpotPrice, Region). A catalog's price is an instance's and is divided by
// its accelerators; instances without any are passed over.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/fault.h"
#include "hwdb/hwdb.h"

namespace traincost {

// What a list does not say itself.
struct PriceListTerms {
  std::string provider;
  std::string tier = "neocloud";  // one of kRentalTiers
  std::string date;               // YYYY-MM
};

struct ImportedPrices {
  std::vector<RentalQuote> quotes;     // of one offer and month the lowest; by accelerator and tier
  int rows = 0;                        // of the list, its head apart
  std::map<std::string, int> unknown;  // names that the database does not have, with their rows
};

// Faults name the line: a head without its columns, a row of another length, a price that is no
// number or not above 0, a date that is none, an unknown tier or region of our own head. A
// catalog's regions are taken where they are one of ours by their name ("us-east-1",
// "europe-west4").
[[nodiscard]] ImportedPrices import_prices(std::string_view csv, const std::string& file,
                                           const PriceListTerms& terms, const HardwareDb& db,
                                           Faults& faults);

}  // namespace traincost
