#include "hwdb/market.h"

#include "base/units.h"

namespace traincost {
namespace {

using namespace unit;

std::string required_text(const JsonCursor& row, const char* key) {
  return row.require(key) ? row.text(key).value_or("") : "";
}

// The source that a row of a price book names; a member, so that each row carries its own.
std::string row_source(RecordReader& reader, const JsonCursor& row) {
  const auto source = row.require("source");
  if (!source) return "";
  std::string key = source->text().value_or("");
  reader.use_source(*source, key);
  return key;
}

}  // namespace

PriceBook read_price_book(const JsonCursor& cursor) {
  RecordReader reader(cursor, "prices");
  PriceBook book;
  if (const auto rows = cursor.find("rental")) {
    for (const JsonCursor& row : rows->items()) {
      if (!row.expect_object()) continue;
      RentalQuote quote;
      quote.accelerator = required_text(row, "accelerator");
      quote.provider = required_text(row, "provider");
      row.require("tier");
      if (const auto tier = row.one_of("tier", kRentalTiers)) quote.tier = *tier;
      if (const auto region = row.one_of("region", kRegions)) quote.region = *region;
      quote.date = required_text(row, "date");
      row.require("price");
      quote.price =
          row.quantity<Dimension{.second = -1, .usd = 1, .accelerator = -1}>("price").value_or(
              RentalPrice{});
      if (quote.price <= RentalPrice{} || quote.price > 200 * usd_per_accelerator_hour) {
        row.fault("price is not between $0 and $200 per hour");
      }
      quote.source = row_source(reader, row);
      quote.note = row.text("note").value_or("");
      row.finish();
      book.rental.push_back(std::move(quote));
    }
  }
  if (const auto rows = cursor.find("purchase")) {
    for (const JsonCursor& row : rows->items()) {
      if (!row.expect_object()) continue;
      PurchaseQuote quote;
      quote.accelerator = required_text(row, "accelerator");
      row.require("form");
      quote.form = row.one_of("form", kPurchaseForms).value_or(PurchaseForm::kCard);
      quote.date = required_text(row, "date");
      row.require("price");
      quote.price =
          row.quantity<Dimension{.usd = 1, .accelerator = -1}>("price").value_or(PurchasePrice{});
      if (quote.price < 100 * usd / accelerator || quote.price > 200000 * usd / accelerator) {
        row.fault("price is not between $100 and $200,000");
      }
      quote.source = row_source(reader, row);
      quote.note = row.text("note").value_or("");
      row.finish();
      book.purchase.push_back(std::move(quote));
    }
  }
  book.record = reader.finish();
  return book;
}

Grid read_grid(const JsonCursor& cursor) {
  RecordReader reader(cursor, "grids");
  Grid grid;
  grid.electricity_price = reader.quantity("electricity_price", 0.001 * usd / kWh, 2 * usd / kWh);
  grid.carbon_intensity = reader.quantity("carbon_intensity", 1 * gram / kWh, 2000 * gram / kWh);
  grid.pue = reader.required("pue", reader.number("pue", {1, 3}));
  grid.average_draw = reader.required("average_draw", reader.number("average_draw", {0.1, 1}));
  grid.record = reader.finish();
  return grid;
}

Ownership read_ownership(const JsonCursor& cursor) {
  RecordReader reader(cursor, "ownership");
  Ownership o;
  o.server_over_chip =
      reader.required("server_over_chip", reader.number("server_over_chip", {1, 4}));
  o.network_share = reader.required("network_share", reader.number("network_share", {0, 0.9}));
  o.life = reader.required("life", reader.quantity("life", 30 * day, 7305 * day));
  o.interest = reader.number("interest", {0, 1}).value_or(0);
  o.maintenance = reader.number("maintenance", {0, 1}).value_or(0);
  o.hosting = reader.quantity("hosting", EnergyPrice{}, 2 * usd / kWh);
  o.staff = reader.number("staff", {0, 0.9}).value_or(0);
  o.utilisation = reader.number("utilisation", {0.01, 1}).value_or(1);
  o.record = reader.finish();
  return o;
}

}  // namespace traincost
