#include "hwdb/price_import.h"

#include <algorithm>
#include <boost/tokenizer.hpp>
#include <cstdlib>
#include <optional>
#include <sstream>
#include <tuple>

#include "base/date.h"
#include "base/parse_quantity.h"
#include "base/text.h"
#include "base/units.h"

namespace traincost {
namespace {

using namespace unit;

using Cells = std::vector<std::string>;

// A head's columns; -1 where it has none.
struct Columns {
  int accelerator = -1, count = -1, price = -1, spot = -1, provider = -1, tier = -1, region = -1,
      date = -1, note = -1;
  std::size_t width = 0;
  bool catalog = false;
};

std::optional<Cells> cells_of(const std::string& line) {
  try {
    const boost::tokenizer<boost::escaped_list_separator<char>> cells(line);
    return Cells(cells.begin(), cells.end());
  } catch (const boost::escaped_list_error&) {
    return std::nullopt;
  }
}

std::optional<Columns> columns_of(const Cells& head) {
  const auto find = [&](std::string_view name) {
    for (std::size_t i = 0; i < head.size(); ++i) {
      if (lower(head[i]) == name) return static_cast<int>(i);
    }
    return -1;
  };
  Columns columns;
  columns.width = head.size();
  columns.catalog = find("acceleratorname") >= 0;
  columns.accelerator = find(columns.catalog ? "acceleratorname" : "accelerator");
  columns.price = find("price");
  columns.region = find("region");
  if (columns.catalog) {
    columns.count = find("acceleratorcount");
    columns.spot = find("spotprice");
    if (columns.count < 0) return std::nullopt;
  } else {
    columns.provider = find("provider");
    columns.tier = find("tier");
    columns.date = find("date");
    columns.note = find("note");
  }
  if (columns.accelerator < 0 || columns.price < 0) return std::nullopt;
  return columns;
}

// "us-east-1" and "europe-west4" as ours; others are of no region.
std::string region_of(const std::string& name) {
  const std::string folded = lower(name);
  if (folded.rfind("us", 0) == 0) return "us";
  if (folded.rfind("eu", 0) == 0) return "europe";
  if (folded.rfind("cn", 0) == 0 || folded.rfind("china", 0) == 0) return "china";
  return "";
}

template <std::size_t N>
bool has_name(const Name<const char*> (&table)[N], const std::string& name) {
  return std::any_of(std::begin(table), std::end(table),
                     [&](const Name<const char*>& each) { return name == each.name; });
}

class Importer {
 public:
  Importer(const std::string& file, const PriceListTerms& terms, const HardwareDb& db,
           Faults& faults)
      : file_(file), terms_(terms), db_(db), faults_(faults) {}

  void read_row(const Cells& cells, const Columns& columns, int line) {
    ++imported_.rows;
    line_ = line;
    if (cells.size() != columns.width) {
      return fault("the row has " + std::to_string(cells.size()) + " cells and the head " +
                   std::to_string(columns.width));
    }
    const auto cell = [&](int column) {
      return column < 0 ? std::string() : cells[static_cast<std::size_t>(column)];
    };
    const std::string name = cell(columns.accelerator);
    if (columns.catalog && name.empty()) {
      ++imported_.unknown["instances without accelerators"];
      return;
    }
    const auto chip = db_.accelerator(lower(name));
    if (!chip) {
      ++imported_.unknown[name];
      return;
    }
    double count = 1;
    if (columns.catalog) {
      const auto number = parse_number(cell(columns.count));
      if (!number || *number <= 0) {
        return fault("\"" + cell(columns.count) + "\" is no number of accelerators");
      }
      count = *number;
    }
    RentalQuote quote;
    quote.accelerator = chip->record.id;
    quote.provider = cell(columns.provider).empty() ? terms_.provider : cell(columns.provider);
    quote.tier = cell(columns.tier).empty() ? terms_.tier : cell(columns.tier);
    quote.date = cell(columns.date).empty() ? terms_.date : cell(columns.date);
    quote.region = columns.catalog ? region_of(cell(columns.region)) : cell(columns.region);
    quote.note = cell(columns.note);
    if (!has_name(kRentalTiers, quote.tier)) return fault("unknown tier \"" + quote.tier + "\"");
    if (!quote.region.empty() && !has_name(kRegions, quote.region)) {
      return fault("unknown region \"" + quote.region + "\"");
    }
    if (is_day(quote.date)) quote.date.resize(std::string_view("YYYY-MM").size());
    if (quote.date.size() != std::string_view("YYYY-MM").size() || !date_in_years(quote.date)) {
      return fault(quote.date.empty() ? "the row has no date" : "\"" + quote.date + "\" is no date",
                   "a column \"date\", or --date YYYY-MM");
    }
    if (quote.provider.empty()) {
      return fault("the row has no provider", "a column \"provider\", or --provider NAME");
    }
    add(quote, cell(columns.price), count, !columns.catalog);
    if (columns.spot < 0) return;
    quote.tier = "spot";
    add(quote, cell(columns.spot), count, false);
  }

  ImportedPrices take() {
    for (auto& [key, quote] : best_) imported_.quotes.push_back(std::move(quote));
    return std::move(imported_);
  }

  void fault(std::string message, std::string remedy = "") {
    faults_.add({file_, line_, "", std::move(message), std::move(remedy)});
  }

 private:
  // Catalogs leave prices open that they do not know.
  void add(RentalQuote quote, const std::string& text, double count, bool needed) {
    if (text.empty() && !needed) return;
    const std::string digits = !text.empty() && text.front() == '$' ? text.substr(1) : text;
    const auto number = parse_number(digits);
    constexpr double kMost = 200;
    if (!number || *number <= 0 || *number / count > kMost) {
      return fault("\"" + text + "\" is no price above $0 and up to $200 an accelerator-hour");
    }
    quote.price = *number / count * usd_per_accelerator_hour;
    const auto key =
        std::tuple(quote.accelerator, quote.tier, quote.region, quote.date, quote.provider);
    const auto found = best_.find(key);
    if (found == best_.end() || quote.price < found->second.price) best_[key] = quote;
  }

  const std::string& file_;
  const PriceListTerms& terms_;
  const HardwareDb& db_;
  Faults& faults_;
  int line_ = 0;
  ImportedPrices imported_;
  std::map<std::tuple<std::string, std::string, std::string, std::string, std::string>, RentalQuote>
      best_;
};

}  // namespace

ImportedPrices import_prices(std::string_view csv, const std::string& file,
                             const PriceListTerms& terms, const HardwareDb& db, Faults& faults) {
  Importer importer(file, terms, db, faults);
  std::istringstream in{std::string(csv)};
  std::optional<Columns> columns;
  int number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    if (number == 1 && line.rfind("\xEF\xBB\xBF", 0) == 0) line.erase(0, 3);  // of spreadsheets
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (line.empty()) continue;
    const auto cells = cells_of(line);
    if (!cells) {
      faults.add(
          {file, number, "", "the row cannot be read: a quote or a backslash is left open", ""});
      continue;
    }
    if (columns) {
      importer.read_row(*cells, *columns, number);
      continue;
    }
    columns = columns_of(*cells);
    if (!columns) {
      faults.add({file, number, "", "the head has no columns of a price list",
                  "accelerator,price[,provider,tier,region,date,note], or a SkyPilot catalog: "
                  "AcceleratorName,AcceleratorCount,Price,SpotPrice,Region"});
      return importer.take();
    }
  }
  if (!columns) faults.add({file, 0, "", "holds no line", "expected a head and rows"});
  return importer.take();
}

}  // namespace traincost
