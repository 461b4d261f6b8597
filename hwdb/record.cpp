#include "hwdb/record.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstddef>

#include "base/date.h"
#include "base/nearest.h"

namespace traincost {
namespace {

std::vector<Source> read_sources(const JsonCursor& record) {
  std::vector<Source> sources;
  const auto list = record.require("sources");
  if (!list) return sources;
  for (const auto& [key, entry] : list->members()) {
    if (!entry.expect_object()) continue;
    Source source;
    source.key = key;
    entry.require("kind");
    source.kind = entry.one_of("kind", kSourceKinds).value_or(SourceKind::kAssumed);
    if (entry.require("title")) source.title = entry.text("title").value_or("");
    if (entry.require("where")) source.where = entry.text("where").value_or("");
    if (const auto date = entry.require("retrieved")) {
      source.retrieved = date->text().value_or("");
      if (!is_day(source.retrieved)) date->fault("expected a date as YYYY-MM-DD");
    }
    entry.finish();
    sources.push_back(std::move(source));
  }
  return sources;
}

}  // namespace

std::string_view source_kind_name(SourceKind kind) {
  for (const auto& row : kSourceKinds) {
    if (row.value == kind) return row.name;
  }
  return "";
}

const RecordKind& record_kind(std::string_view room) {
  for (const RecordKind& kind : kRecordKinds) {
    if (kind.room == room) return kind;
  }
  assert(false && "no room of that name");
  return kRecordKinds[0];
}

const Field* Record::field(std::string_view field_name) const {
  for (const Field& each : fields) {
    if (each.name == field_name) return &each;
  }
  return nullptr;
}

const Source* Record::source(std::string_view key) const {
  for (const Source& each : sources) {
    if (each.key == key) return &each;
  }
  return nullptr;
}

RecordReader::RecordReader(const JsonCursor& cursor, std::string_view room) : cursor_(cursor) {
  record_.room = room;
  if (!cursor_.expect_object()) return;
  const std::string_view schema = record_kind(room).schema;
  if (const auto found = cursor_.require("schema")) {
    const auto name = found->text();
    if (name && *name != schema) {
      found->fault("expected \"" + std::string(schema) + "\", found \"" + *name + "\"");
    }
  }
  if (cursor_.require("id")) record_.id = cursor_.text("id").value_or("");
  if (cursor_.require("name")) record_.name = cursor_.text("name").value_or("");
  if (const auto aliases = cursor_.find("aliases")) {
    for (const JsonCursor& alias : aliases->items()) {
      record_.aliases.push_back(alias.text().value_or(""));
    }
  }
  if (const auto notes = cursor_.find("notes")) {
    for (const JsonCursor& note : notes->items()) {
      record_.notes.push_back(note.text().value_or(""));
    }
  }
  record_.sources = read_sources(cursor_);
}

void RecordReader::use_source(const JsonCursor& at, const std::string& source) {
  if (record_.source(source) == nullptr) {
    std::vector<std::string> keys;
    for (const Source& each : record_.sources) keys.push_back(each.key);
    at.fault("no source \"" + source + "\" in this record", did_you_mean(source, keys));
  }
  used_.push_back(source);
}

std::optional<JsonCursor> RecordReader::cursor_find(const std::string& name) {
  if (!cursor_.is_object()) return std::nullopt;
  const std::size_t dot = name.find('.');
  if (dot == std::string::npos) return cursor_.find(name);
  const std::string outer = name.substr(0, dot);
  const auto known = std::find_if(nested_.begin(), nested_.end(),
                                  [&](const auto& each) { return each.first == outer; });
  if (known != nested_.end()) return known->second.find(name.substr(dot + 1));
  const auto object = cursor_.find(outer);
  if (!object || !object->expect_object()) return std::nullopt;
  nested_.emplace_back(outer, *object);
  return nested_.back().second.find(name.substr(dot + 1));
}

std::vector<std::string> RecordReader::names_in(const std::string& name) {
  std::vector<std::string> names;
  const auto object = cursor_.is_object() ? cursor_.find(name) : std::nullopt;
  if (!object) return names;
  for (const auto& [key, member] : object->members()) names.push_back(key);
  return names;
}

std::optional<RecordReader::Entry> RecordReader::open(const std::string& name, Field& field,
                                                      bool with_unit) {
  const auto member = cursor_find(name);
  if (!member || !member->expect_object()) return std::nullopt;
  const auto value = member->require("value");
  if (with_unit && member->require("unit")) field.unit = member->text("unit").value_or("");
  field.name = name;
  field.note = member->text("note").value_or("");
  if (const auto source = member->require("source")) {
    field.source = source->text().value_or("");
    use_source(*source, field.source);
  }
  member->finish();
  if (!value) return std::nullopt;
  return Entry{*member, *value};
}

std::optional<double> RecordReader::quantity_base(const std::string& name, Dimension dimension,
                                                  double low, double high) {
  Field field;
  const auto entry = open(name, field, true);
  if (!entry) return std::nullopt;
  const auto number = entry->value.number({-1e300, 1e300});
  if (!number) return std::nullopt;
  const ParsedQuantity unit = parse_unit(field.unit, dimension);
  if (!unit.base) {
    if (const auto at = entry->member.find("unit")) at->fault(unit.problem, unit.remedy);
    return std::nullopt;
  }
  field.value = number;
  field.base = *number * *unit.base;
  if (!(field.base >= low && field.base <= high)) {
    entry->value.fault("outside the plausible band for this field",
                       "check the unit, and that the value is dense and per direction");
    return std::nullopt;
  }
  record_.fields.push_back(field);
  return field.base;
}

std::optional<double> RecordReader::number(const std::string& name, Range range) {
  Field field;
  const auto entry = open(name, field, false);
  if (!entry) return std::nullopt;
  field.value = entry->value.number(range);
  if (!field.value) return std::nullopt;
  field.base = *field.value;
  record_.fields.push_back(field);
  return field.value;
}

std::optional<int> RecordReader::count(const std::string& name, Range range) {
  Field field;
  const auto entry = open(name, field, false);
  if (!entry) return std::nullopt;
  const auto value = entry->value.integer(range);
  if (!value) return std::nullopt;
  field.value = static_cast<double>(*value);
  field.base = *field.value;
  record_.fields.push_back(field);
  return static_cast<int>(*value);
}

std::optional<std::string> RecordReader::text(const std::string& name) {
  Field field;
  const auto entry = open(name, field, false);
  if (!entry) return std::nullopt;
  auto value = entry->value.text();
  if (!value) return std::nullopt;
  field.text = *value;
  record_.fields.push_back(field);
  return value;
}

std::optional<bool> RecordReader::flag(const std::string& name) {
  Field field;
  const auto entry = open(name, field, false);
  if (!entry) return std::nullopt;
  const auto value = entry->value.boolean();
  if (!value) return std::nullopt;
  field.text = *value ? "yes" : "no";
  record_.fields.push_back(field);
  return value;
}

Record RecordReader::finish() {
  if (cursor_.is_object()) cursor_.finish();
  for (const auto& [name, cursor] : nested_) cursor.finish();
  for (const Source& source : record_.sources) {
    if (std::find(used_.begin(), used_.end(), source.key) == used_.end()) {
      cursor_.fault("source \"" + source.key + "\" is used by no field");
    }
  }
  return std::move(record_);
}

}  // namespace traincost
