#include "reports/price_record.h"

#include "base/units.h"
#include "reports/tree.h"

namespace traincost {

using namespace unit;

std::string price_record(const ImportedPrices& prices, const std::string& id,
                         const std::string& source, const std::string& where,
                         const std::string& retrieved) {
  Tree t;
  t["schema"] = "traincost.prices/1";
  t["id"] = id;
  t["name"] = "Imported: " + source;
  t["sources"]["list"] = {
      {"kind", "provider"}, {"title", source}, {"where", where}, {"retrieved", retrieved}};
  t["rental"] = Tree::array();
  for (const RentalQuote& quote : prices.quotes) {
    Tree row;
    row["accelerator"] = quote.accelerator;
    row["provider"] = quote.provider;
    row["tier"] = quote.tier;
    if (!quote.region.empty()) row["region"] = quote.region;
    row["date"] = quote.date;
    row["price"] = {{"value", quote.price.in(usd_per_accelerator_hour)}, {"unit", "USD/GPU-h"}};
    row["source"] = "list";
    if (!quote.note.empty()) row["note"] = quote.note;
    t["rental"].push_back(std::move(row));
  }
  // Bytes of a list that are no UTF-8 become U+FFFD.
  return t.dump(2, ' ', false, Tree::error_handler_t::replace) + "\n";
}

}  // namespace traincost
