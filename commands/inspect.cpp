// The commands that show what is there: params, hw, prices, schema.
#include "base/nearest.h"
#include "base/parse_quantity.h"
#include "commands/common.h"
#include "estimator/model/named.h"
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

Outcome run_prices(const Arguments& arguments) {
  expect_positional(arguments, 0, 1, "one accelerator at most");
  const HardwareDb db = load_database(arguments);
  std::string id;
  if (!arguments.positional.empty()) {
    id = need_accelerator(db, arguments.positional.front()).record.id;
  }
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
