// The commands that show what is there: params, hw, prices, schema.
#include <cctype>
#include <filesystem>

#include "base/nearest.h"
#include "base/parse_quantity.h"
#include "base/read_file.h"
#include "base/text.h"
#include "commands/common.h"
#include "estimator/model/named.h"
#include "hwdb/price_import.h"
#include "reports/price_record.h"
#include "reports/schemas.h"

namespace traincost {
namespace {

Fault unknown(const HardwareDb& db, const std::string& room, const std::string& name) {
  const auto fault = db.name_fault(room, name);
  return {"", 0, "", fault.message, fault.remedy};
}

Accelerator need_accelerator(const HardwareDb& db, const std::string& name) {
  auto found = db.accelerator(name);
  if (!found) throw InputError(unknown(db, "accelerators", name));
  return std::move(*found);
}

// A record of any room, accelerators first.
Report show(const HardwareDb& db, const std::string& id) {
  if (const auto found = db.accelerator(id)) return record_report(found->record, &*found);
  if (const auto found = db.find_record(id)) return record_report(*found);
  if (Engine engine = engine_of(db); engine.record.id == id) return record_report(engine.record);
  if (EngineError error = engine_error_of(db); error.record.id == id) {
    return record_report(error.record);
  }
  if (KnownRuns known = known_runs_of(db); known.record.id == id) {
    return record_report(known.record);
  }
  throw InputError(unknown(db, "accelerators", id));
}

Report list(const HardwareDb& db, const std::string& room) {
  std::string rooms;
  for (const RecordKind& kind : kRecordKinds) {
    if (kind.fitted) continue;
    if (kind.room == room) return list_report(db, room);
    rooms += std::string(kind.room) + ", ";
  }
  throw UsageError{"no room \"" + room + "\"", "one of: " + rooms + "models"};
}

}  // namespace

Outcome run_params(const Arguments& arguments) {
  expect_positional(arguments, 1, 1, "one model name or config file");
  const std::string written = arguments.value("sequence-length", "4096");
  const auto length = parse_number(written);
  constexpr double kLongest = 1e9;
  if (!length || *length < 1 || *length > kLongest) {
    throw UsageError{"--sequence-length expects a number from 1, found \"" + written + "\"", ""};
  }
  const ImportedModel imported = load_model(arguments.positional.front(), arguments.value("as"));
  return {rendered(parameters_report(imported.model, *length, imported.warnings), arguments), "",
          kOk};
}

Outcome run_hw(const Arguments& arguments) {
  const std::vector<std::string>& words = arguments.positional;
  const std::string verb = words.empty() ? "" : words.front();
  if (verb == "list") {
    expect_positional(arguments, 1, 2, "a room at most");
    if (arguments.has("exportable-as-of")) {
      const std::string day = day_option(arguments, "exportable-as-of");
      return {rendered(exportable_report(load_database(arguments), day), arguments), "", kOk};
    }
    const std::string room = words.size() > 1 ? words[1] : "accelerators";
    if (arguments.has("models") || room == "models") {
      return {rendered(models_report(), arguments), "", kOk};
    }
    return {rendered(list(load_database(arguments), room), arguments), "", kOk};
  }
  if (verb == "show") {
    expect_positional(arguments, 2, 2, "the id of one record");
    if (arguments.has("as-of") && !arguments.has("export")) {
      throw UsageError{"--as-of is about --export", ""};
    }
    const HardwareDb db = load_database(arguments);
    if (!arguments.has("export")) return {rendered(show(db, words[1]), arguments), "", kOk};
    const std::string day = arguments.has("as-of") ? day_option(arguments, "as-of") : data_day();
    return {rendered(export_report(db, need_accelerator(db, words[1]), day), arguments), "", kOk};
  }
  if (verb == "compare") {
    expect_positional(arguments, 3, 3, "the ids of two accelerators");
    const HardwareDb db = load_database(arguments);
    const Report report =
        compare_report(need_accelerator(db, words[1]), need_accelerator(db, words[2]));
    return {rendered(report, arguments), "", kOk};
  }
  const std::string near = did_you_mean(verb, {"list", "show", "compare"});
  throw UsageError{
      verb.empty() ? "expected list, show or compare" : "unknown verb \"" + verb + "\" for hw",
      near.empty() ? "one of: list, show, compare" : near};
}

namespace {

// A price list as an overlay's record: DIR/prices/NAME.json.
Outcome import_price_list(const Arguments& arguments, const std::string& file) {
  const HardwareDb db = load_database(arguments);
  if (!arguments.has("out")) {
    throw UsageError{"prices import needs --out", "a folder for --hwdb-overlay, such as --out my"};
  }
  PriceListTerms terms;
  terms.provider = arguments.value("provider");
  terms.tier = arguments.value("tier", terms.tier);
  terms.date = arguments.value("date");
  Faults faults;
  const ImportedPrices prices = import_prices(read_file(file), file, terms, db, faults);
  faults.throw_if_any();
  const std::string month = prices.quotes.empty() ? "" : prices.quotes.back().date;
  if (prices.quotes.empty()) {
    throw InputError(Fault{file, 0, "", "holds no price of a known accelerator",
                           "`traincost hw list` shows the names"});
  }
  std::string id = lower(std::filesystem::path(file).stem().string());
  for (char& c : id) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '-';
  }
  const auto path = std::filesystem::path(arguments.value("out")) / "prices" / (id + ".json");
  const bool replaced = std::filesystem::exists(path);
  write_file(path.string(),
             price_record(prices, id, arguments.value("provider", id), file,
                          (month.size() == 7 ? month : month.substr(0, 4) + "-01") + "-01"));
  Outcome outcome;
  outcome.output = "quotes " + std::to_string(prices.quotes.size()) + ", of " +
                   std::to_string(prices.rows) +
                   " rows the lowest of each offer and month: " + path.string() +
                   (replaced ? " (replaced)" : "") + "\n  traincost prices --hwdb-overlay " +
                   arguments.value("out") + "\n";
  for (const auto& [name, rows] : prices.unknown) {
    outcome.messages +=
        "passed over, rows of no known accelerator: " + std::to_string(rows) + " of " + name + "\n";
  }
  return outcome;
}

}  // namespace

// All quotes, one accelerator's, or another's list made a record: prices [list | [show] ID |
// import FILE].
Outcome run_prices(const Arguments& arguments) {
  expect_positional(arguments, 0, 2, "list, show and an accelerator, or import and a file");
  std::vector<std::string> words = arguments.positional;
  const auto follows = [&](const char* what) {
    if (words.size() == 2) return;
    throw UsageError{"prices " + words.front() + " needs " + what, ""};
  };
  if (!words.empty() && words.front() == "import") {
    follows("a file");
    return import_price_list(arguments, words.back());
  }
  if (!words.empty() && words.front() == "show") {
    follows("an accelerator");
    words.erase(words.begin());
  } else if (words.size() == 2) {
    throw UsageError{"prices " + words.front() + ": list, show or import", ""};
  } else if (!words.empty() && words.front() == "list") {
    words.clear();
  }
  const HardwareDb db = load_database(arguments);
  const std::string id = words.empty() ? "" : need_accelerator(db, words.front()).record.id;
  return {rendered(prices_report(db, id), arguments), "", kOk};
}

Outcome run_schema(const Arguments& arguments) {
  expect_positional(arguments, 0, 1, "one schema name at most");
  std::vector<std::string> names;
  std::string listing;
  for (const EmbeddedFile& file : embedded_schemas()) {
    names.emplace_back(file.id);
    listing += std::string(file.id) + " (" + std::string(file.room) + ")\n";
    if (!arguments.positional.empty() && arguments.positional.front() == file.id) {
      return {std::string(file.text), "", kOk};
    }
  }
  if (arguments.positional.empty()) return {listing, "", kOk};
  throw InputError(Fault{"", 0, "", "no schema \"" + arguments.positional.front() + "\"",
                         did_you_mean(arguments.positional.front(), names)});
}

}  // namespace traincost
