// Reads a JSON tree into validated values, and says of each fault where it is.
//
// A JsonCursor stands on one value of a document. Its readers never throw: what is missing, of the
// wrong kind or out of range is added to the document's Faults and a harmless value is returned,
// so that one pass finds every fault. `finish` reports the members that nobody asked for.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/date.h"
#include "base/fault.h"
#include "base/json.h"
#include "base/parse_quantity.h"
#include "base/quantity.h"

namespace traincost {

// A closed range for numbers, both ends allowed.
struct Range {
  double low;
  double high;
};

// A row of the tables that `one_of` reads.
template <typename T>
struct Name {
  const char* name;
  T value;
};

// The first name of a value in a table of them; empty where it has none.
template <typename T, std::size_t N>
[[nodiscard]] constexpr std::string_view name_of(const Name<T> (&table)[N], const T& value) {
  for (const Name<T>& each : table) {
    if (each.value == value) return each.name;
  }
  return "";
}

class JsonCursor {
 public:
  JsonCursor(const JsonValue& value, std::string file, Faults& faults, std::string pointer = "")
      : value_(&value), file_(std::move(file)), faults_(&faults), pointer_(std::move(pointer)) {}

  [[nodiscard]] const JsonValue& value() const { return *value_; }
  [[nodiscard]] JsonValue::Kind kind() const { return value_->kind; }
  [[nodiscard]] bool is_object() const { return kind() == JsonValue::Kind::kObject; }
  [[nodiscard]] bool is_text() const { return kind() == JsonValue::Kind::kText; }
  [[nodiscard]] const std::string& file() const { return file_; }
  [[nodiscard]] const std::string& pointer() const { return pointer_; }

  // Adds a fault at this value.
  void fault(std::string message, std::string remedy = "") const;

  // The value itself, as what it must be.
  [[nodiscard]] bool expect_object() const;
  [[nodiscard]] std::optional<std::string> text() const;
  [[nodiscard]] std::optional<double> number(Range range) const;
  [[nodiscard]] std::optional<std::int64_t> integer(Range range) const;
  [[nodiscard]] std::optional<bool> boolean() const;
  [[nodiscard]] std::vector<JsonCursor> items() const;  // a fault where this is no array
  [[nodiscard]] std::vector<std::pair<std::string, JsonCursor>> members() const;

  // A text with its unit ("80 GB"), or {"value": 80, "unit": "GB"}. Never a bare number, except
  // for counts of tokens.
  template <Dimension D>
  [[nodiscard]] std::optional<Quantity<D>> quantity() const {
    const std::optional<double> base = quantity_base(D);
    if (!base) return std::nullopt;
    return Quantity<D>::from_base(*base);
  }

  // A date that the calendar has, written at least to the day, the month or the year.
  [[nodiscard]] std::optional<Date> date(Date::Precision least) const;

  // The same value as if it stood elsewhere in the document.
  [[nodiscard]] JsonCursor moved(std::string pointer) const {
    return {*value_, file_, *faults_, std::move(pointer)};
  }
  // Another value in this one's place.
  [[nodiscard]] JsonCursor with(const JsonValue& value) const {
    return {value, file_, *faults_, pointer_};
  }
  // A fault here: an object has no such member.
  void unknown_member(const std::string& key, const std::vector<std::string>& known) const;

  // Members of an object. `find` gives nothing where the member is absent or null; `require` adds
  // a fault there.
  [[nodiscard]] std::optional<JsonCursor> find(std::string_view key) const;
  std::optional<JsonCursor> require(std::string_view key) const;

  [[nodiscard]] std::optional<std::string> text(std::string_view key) const;
  [[nodiscard]] std::optional<double> number(std::string_view key, Range range) const;
  [[nodiscard]] std::optional<std::int64_t> integer(std::string_view key, Range range) const;
  [[nodiscard]] std::optional<bool> boolean(std::string_view key) const;
  template <Dimension D>
  [[nodiscard]] std::optional<Quantity<D>> quantity(std::string_view key) const {
    const auto member = find(key);
    return member ? member->quantity<D>() : std::nullopt;
  }

  // The value's text looked up in a table of {name, value} rows; the fault lists the names.
  template <typename Table>
  [[nodiscard]] auto one_of(const Table& table) const -> std::optional<decltype(table[0].value)> {
    const auto name = text();
    if (!name) return std::nullopt;
    std::vector<std::string> names;
    for (const auto& row : table) {
      if (*name == row.name) return row.value;
      names.emplace_back(row.name);
    }
    unknown_name(*name, names);
    return std::nullopt;
  }
  template <typename Table>
  [[nodiscard]] auto one_of(std::string_view key, const Table& table) const
      -> std::optional<decltype(table[0].value)> {
    const auto member = find(key);
    return member ? member->one_of(table) : std::nullopt;
  }

  // Marks a member as known without reading it.
  void accept(std::string_view key) const { asked_->emplace_back(key); }

  // The members that were asked for or accepted, however often.
  [[nodiscard]] const std::vector<std::string>& asked() const { return *asked_; }

  // A fault for each member that was not asked for; call it last.
  void finish() const;
  // The members that were not asked for, for readers that only warn.
  [[nodiscard]] std::vector<std::string> unknown_members() const;

 private:
  [[nodiscard]] std::optional<double> quantity_base(Dimension dimension) const;
  void unknown_name(const std::string& name, const std::vector<std::string>& names) const;

  const JsonValue* value_;
  std::string file_;
  Faults* faults_;
  std::string pointer_;
  // Shared by copies, so that a reader may be handed on by value.
  std::shared_ptr<std::vector<std::string>> asked_ = std::make_shared<std::vector<std::string>>();
};

}  // namespace traincost
