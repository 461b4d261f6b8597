// What every record of the database has: a name, sources, and fields that each name their source.
//
// A Record keeps its fields as they were written, for `hw show` and `hw compare`; the rooms
// (accelerator.h, system.h, ...) keep the same values typed, for the engine. RecordReader fills
// both in one pass, so they cannot differ.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/cursor.h"

namespace traincost {

// How much a figure can be trusted. `secondary` is a table or an article that quotes a vendor;
// `recalled` was written from memory and wants a look at the source; `assumed` is a choice of ours.
enum class SourceKind { kVendor, kPaper, kMeasured, kProvider, kSecondary, kRecalled, kAssumed };

inline constexpr Name<SourceKind> kSourceKinds[] = {
    {"vendor", SourceKind::kVendor},       {"paper", SourceKind::kPaper},
    {"measured", SourceKind::kMeasured},   {"provider", SourceKind::kProvider},
    {"secondary", SourceKind::kSecondary}, {"recalled", SourceKind::kRecalled},
    {"assumed", SourceKind::kAssumed},
};

[[nodiscard]] std::string_view source_kind_name(SourceKind kind);

// The kinds of records, one line each.
struct RecordKind {
  std::string_view room;    // its folder, here and under --hwdb and --hwdb-overlay
  std::string_view one;     // what one is called in messages
  std::string_view schema;  // what its member "schema" says
  bool fitted = false;      // read by the engine: what it learned, not what is known of hardware
};

inline constexpr RecordKind kRecordKinds[] = {
    {"accelerators", "accelerator", "traincost.accelerator/1"},
    {"systems", "system", "traincost.system/1"},
    {"stacks", "stack", "traincost.stack/1"},
    {"prices", "price book", "traincost.prices/1"},
    {"grids", "grid", "traincost.grid/1"},
    {"ownership", "ownership record", "traincost.ownership/1"},
    {"reliability", "reliability record", "traincost.reliability/1"},
    {"export_rules", "export rule", "traincost.export_rule/1"},
    {"engine", "engine record", "traincost.engine/1", true},
    {"engine_error", "engine error record", "traincost.engine_error/1", true},
    {"known_runs", "record of known runs", "traincost.known_runs/1", true},
};

// The kind of a room, which must be one of them.
[[nodiscard]] const RecordKind& record_kind(std::string_view room);

struct Source {
  std::string key;  // unique within its record
  SourceKind kind = SourceKind::kAssumed;
  std::string title;
  std::string where;
  std::string retrieved;  // date, YYYY-MM-DD
};

struct Field {
  std::string name;             // path inside the record: "peak_dense.bf16"
  std::optional<double> value;  // as written; absent where the field is a text
  std::string unit;             // as written; empty for counts, ratios and texts
  std::string text;
  double base = 0;  // value in base units, for comparison
  std::string source;
  std::string note;
};

struct Record {
  std::string room;  // "accelerators", "systems", ...
  std::string id;
  std::string name;
  std::vector<std::string> aliases;
  std::vector<Source> sources;
  std::vector<Field> fields;
  std::vector<std::string> notes;

  [[nodiscard]] const Field* field(std::string_view name) const;
  [[nodiscard]] const Source* source(std::string_view key) const;
};

// Reads the fields {"value", "unit", "source", "note"} of one record.
//
// Faults: a missing or unknown unit, a value outside its plausible band, a source that does not
// resolve, and at the end (`finish`) unknown members and sources that no field uses.
class RecordReader {
 public:
  RecordReader(const JsonCursor& cursor, std::string_view room);

  // Fields of the record; a dotted name reads a nested member.
  template <Dimension D>
  std::optional<Quantity<D>> quantity(const std::string& name, Quantity<D> low, Quantity<D> high) {
    const auto base = quantity_base(name, D, low.in(Quantity<D>::from_base(1)),
                                    high.in(Quantity<D>::from_base(1)));
    if (!base) return std::nullopt;
    return Quantity<D>::from_base(*base);
  }
  std::optional<double> number(const std::string& name, Range range);
  std::optional<int> count(const std::string& name, Range range);
  std::optional<std::string> text(const std::string& name);
  std::optional<bool> flag(const std::string& name);

  // The members of a nested object, for fields whose names are data ("peak_dense").
  [[nodiscard]] std::vector<std::string> names_in(const std::string& name);

  // A fault unless the value was there.
  template <typename T>
  T required(const std::string& name, const std::optional<T>& value) {
    if (!value && !cursor_find(name)) cursor_.fault("missing member \"" + name + "\"");
    return value.value_or(T{});
  }

  // Marks `source` as used by what was read without a field of its own.
  void use_source(const JsonCursor& at, const std::string& source);

  [[nodiscard]] const JsonCursor& cursor() const { return cursor_; }

  // Checks what is left and hands the record over. Call once, last.
  [[nodiscard]] Record finish();

 private:
  struct Entry {
    JsonCursor member;
    JsonCursor value;
  };
  [[nodiscard]] std::optional<JsonCursor> cursor_find(const std::string& name);
  std::optional<Entry> open(const std::string& name, Field& field, bool with_unit);
  std::optional<double> quantity_base(const std::string& name, Dimension dimension, double low,
                                      double high);

  JsonCursor cursor_;
  Record record_;
  std::vector<std::pair<std::string, JsonCursor>> nested_;
  std::vector<std::string> used_;
};

}  // namespace traincost
