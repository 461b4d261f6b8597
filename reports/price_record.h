// Imported prices as a record of hwdb/data/prices.
#pragma once

#include <string>

#include "hwdb/price_import.h"

namespace traincost {

// `id` is the record's; `retrieved` a day, YYYY-MM-DD.
[[nodiscard]] std::string price_record(const ImportedPrices& prices, const std::string& id,
                                       const std::string& source, const std::string& where,
                                       const std::string& retrieved);

}  // namespace traincost
