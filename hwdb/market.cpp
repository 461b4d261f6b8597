#include "hwdb/market.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "base/parse_quantity.h"
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

template <typename Q>
std::map<int, Q> by_year(RecordReader& reader, const std::string& name, Q low, Q high) {
  std::map<int, Q> table;
  for (const std::string& year : reader.names_in(name)) {
    const auto number = parse_number(year);
    if (!number || *number < 1990 || *number > 2100 || *number != std::floor(*number)) {
      reader.cursor().fault("\"" + name + "\" has a member \"" + year + "\" that is no year");
      continue;
    }
    if (const auto value = reader.quantity(name + "." + year, low, high)) {
      table[static_cast<int>(*number)] = *value;
    }
  }
  return table;
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
  grid.electricity_price_by_year =
      by_year<EnergyPrice>(reader, "electricity_price_by_year", 0.001 * usd / kWh, 2 * usd / kWh);
  grid.carbon_intensity_by_year = by_year<CarbonIntensity>(reader, "carbon_intensity_by_year",
                                                           1 * gram / kWh, 2000 * gram / kWh);
  grid.wue = reader.quantity("wue", 0 * litre / kWh, 10 * litre / kWh);
  const auto pue = reader.number("pue", {1, 3});
  const auto draw = reader.number("average_draw", {0.1, 1});
  grid.within = cursor.text("within").value_or("");
  if (grid.within.empty()) {
    grid.pue = reader.required("pue", pue);
    grid.average_draw = reader.required("average_draw", draw);
  }
  grid.record = reader.finish();
  if (!grid.within.empty())
    grid.record.notes.push_back("within " + grid.within +
                                ", whose figures stand where it has none");
  return grid;
}

Grid completed(Grid part, const Grid& whole) {
  // A figure is by year, in all years, or both: it is taken as a whole where the part has neither.
  const auto take = [&](const std::string& name, auto... member) {
    const auto is_of = [&](const Field& field) {
      return field.name == name || field.name.starts_with(name + "_by_year.");
    };
    auto& own = part.record;
    if (std::any_of(own.fields.begin(), own.fields.end(), is_of)) return;
    ((part.*member = whole.*member), ...);
    for (const Field& field : whole.record.fields) {
      if (!is_of(field)) continue;
      const Source& source = *whole.record.source(field.source);
      const Source* mine = own.source(field.source);
      own.fields.push_back(field);
      if (mine != nullptr && mine->title == source.title) continue;
      Source taken = source;
      if (mine != nullptr)
        taken.key = own.fields.back().source = whole.record.id + "-" + source.key;
      if (own.source(taken.key) == nullptr) own.sources.push_back(taken);
    }
  };
  take("electricity_price", &Grid::electricity_price, &Grid::electricity_price_by_year);
  take("carbon_intensity", &Grid::carbon_intensity, &Grid::carbon_intensity_by_year);
  take("wue", &Grid::wue);
  take("pue", &Grid::pue);
  take("average_draw", &Grid::average_draw);
  return part;
}

Grid in_year(Grid grid, int year) {
  const auto nearest = [year](const auto& table, auto& value) {
    const auto away = [year](const auto& each) { return std::abs(each.first - year); };
    const auto best =
        std::min_element(table.begin(), table.end(),
                         [&](const auto& a, const auto& b) { return away(a) < away(b); });
    if (best != table.end()) value = best->second;
  };
  nearest(grid.electricity_price_by_year, grid.electricity_price);
  nearest(grid.carbon_intensity_by_year, grid.carbon_intensity);
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
