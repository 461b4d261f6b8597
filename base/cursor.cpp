#include "base/cursor.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "base/nearest.h"

namespace traincost {
namespace {

// A number as a person would write it: no exponent below 10^15, no trailing zeros.
std::string plain(double value) {
  char buffer[40];
  std::snprintf(buffer, sizeof buffer, "%.15g", value);
  return buffer;
}

std::string escape(std::string_view key) {
  std::string text;
  for (const char c : key) {
    if (c == '~') {
      text += "~0";
    } else if (c == '/') {
      text += "~1";
    } else {
      text += c;
    }
  }
  return text;
}

// How a text such as "1,024", "8k" or "4M" is written as a whole number; empty for others.
std::string written_out(const std::string& text) {
  std::string digits;
  std::size_t i = 0;
  for (; i < text.size() && ((text[i] >= '0' && text[i] <= '9') || text[i] == ','); ++i) {
    if (text[i] != ',') digits += text[i];
  }
  constexpr std::size_t kLongest = 9;
  if (digits.empty() || digits.size() > kLongest || i + 1 < text.size()) return "";
  if (i == text.size()) return "write it as " + digits;
  const std::string zeros = text[i] == 'k' || text[i] == 'K'   ? "000"
                            : text[i] == 'M' || text[i] == 'm' ? "000000"
                                                               : "";
  if (zeros.empty()) return "";
  const std::int64_t binary = std::stoll(digits) * (zeros.size() == 3 ? 1 << 10 : 1 << 20);
  return "write it out: " + digits + zeros + ", or " + std::to_string(binary);
}

}  // namespace

void JsonCursor::fault(std::string message, std::string remedy) const {
  faults_->add({file_, value_->line, pointer_.empty() ? "/" : pointer_, std::move(message),
                std::move(remedy)});
}

bool JsonCursor::expect_object() const {
  if (is_object()) return true;
  fault("expected an object, found " + kind_name(kind()));
  return false;
}

std::optional<std::string> JsonCursor::text() const {
  if (is_text()) return value_->text;
  fault("expected a text, found " + kind_name(kind()));
  return std::nullopt;
}

std::optional<double> JsonCursor::number(Range range) const {
  if (kind() != JsonValue::Kind::kNumber) {
    fault("expected a number, found " + kind_name(kind()));
    return std::nullopt;
  }
  if (!(value_->number >= range.low && value_->number <= range.high)) {
    fault(plain(value_->number) + " is out of range: expected " + plain(range.low) + " to " +
          plain(range.high));
    return std::nullopt;
  }
  return value_->number;
}

std::optional<std::int64_t> JsonCursor::integer(Range range) const {
  if (kind() != JsonValue::Kind::kNumber) {
    fault("expected a whole number, found " + kind_name(kind()),
          kind() == JsonValue::Kind::kText ? written_out(value_->text) : "");
    return std::nullopt;
  }
  if (std::floor(value_->number) != value_->number) {
    fault("expected a whole number, found " + plain(value_->number));
    return std::nullopt;
  }
  const auto value = number(range);
  if (!value) return std::nullopt;
  return static_cast<std::int64_t>(*value);
}

std::optional<bool> JsonCursor::boolean() const {
  if (kind() == JsonValue::Kind::kBoolean) return value_->boolean;
  fault("expected true or false, found " + kind_name(kind()));
  return std::nullopt;
}

std::optional<Date> JsonCursor::date(Date::Precision least) const {
  const auto written = text();
  if (!written) return std::nullopt;
  auto date = Date::parse(*written);
  if (date && date->precision() >= least) return date;
  switch (least) {
    case Date::Precision::kDay:
      fault("expected a day, YYYY-MM-DD, found \"" + *written + "\"");
      break;
    case Date::Precision::kMonth:
      fault("expected a month, YYYY-MM, found \"" + *written + "\"");
      break;
    case Date::Precision::kYear:
      fault("expected a month such as 2024-07, found \"" + *written + "\"");
      break;
  }
  return std::nullopt;
}

void JsonCursor::unknown_member(const std::string& key,
                                const std::vector<std::string>& known) const {
  faults_->add_unknown_member({file_, value_->line, pointer_.empty() ? "/" : pointer_,
                               "unknown member \"" + key + "\"", did_you_mean(key, known)});
}

std::vector<JsonCursor> JsonCursor::items() const {
  std::vector<JsonCursor> cursors;
  if (kind() != JsonValue::Kind::kArray) {
    fault("expected an array, found " + kind_name(kind()));
    return cursors;
  }
  for (std::size_t i = 0; i < value_->items.size(); ++i) {
    cursors.emplace_back(value_->items[i], file_, *faults_, pointer_ + "/" + std::to_string(i));
  }
  return cursors;
}

std::vector<std::pair<std::string, JsonCursor>> JsonCursor::members() const {
  std::vector<std::pair<std::string, JsonCursor>> cursors;
  if (!expect_object()) return cursors;
  for (const auto& [key, member] : value_->members) {
    cursors.emplace_back(key, JsonCursor(member, file_, *faults_, pointer_ + "/" + escape(key)));
  }
  return cursors;
}

std::optional<JsonCursor> JsonCursor::find(std::string_view key) const {
  accept(key);
  const JsonValue* member = value_->find(key);
  if (member == nullptr || member->kind == JsonValue::Kind::kNull) return std::nullopt;
  return JsonCursor(*member, file_, *faults_, pointer_ + "/" + escape(key));
}

std::optional<JsonCursor> JsonCursor::require(std::string_view key) const {
  auto member = find(key);
  if (!member) fault("missing member \"" + std::string(key) + "\"");
  return member;
}

std::optional<std::string> JsonCursor::text(std::string_view key) const {
  const auto member = find(key);
  return member ? member->text() : std::nullopt;
}

std::optional<double> JsonCursor::number(std::string_view key, Range range) const {
  const auto member = find(key);
  return member ? member->number(range) : std::nullopt;
}

std::optional<std::int64_t> JsonCursor::integer(std::string_view key, Range range) const {
  const auto member = find(key);
  return member ? member->integer(range) : std::nullopt;
}

std::optional<bool> JsonCursor::boolean(std::string_view key) const {
  const auto member = find(key);
  return member ? member->boolean() : std::nullopt;
}

std::vector<std::string> JsonCursor::unknown_members() const {
  std::vector<std::string> unknown;
  for (const auto& [key, member] : value_->members) {
    if (std::find(asked_->begin(), asked_->end(), key) == asked_->end()) unknown.push_back(key);
  }
  return unknown;
}

void JsonCursor::finish() const {
  for (const std::string& key : unknown_members()) {
    const JsonValue* member = value_->find(key);
    faults_->add_unknown_member({file_, member->line, pointer_.empty() ? "/" : pointer_,
                                 "unknown member \"" + key + "\"", did_you_mean(key, *asked_)});
  }
}

std::optional<double> JsonCursor::quantity_base(Dimension dimension) const {
  if (is_object()) {
    const auto value = require("value");
    const auto unit = require("unit");
    if (!value || !unit) return std::nullopt;
    const auto number = value->number({-1e300, 1e300});
    const auto unit_name = unit->text();
    if (!number || !unit_name) return std::nullopt;
    const ParsedQuantity parsed = parse_unit(*unit_name, dimension);
    if (!parsed.base) {
      unit->fault(parsed.problem, parsed.remedy);
      return std::nullopt;
    }
    const double base = *number * *parsed.base;
    if (!std::isfinite(base)) {
      value->fault("out of the range of numbers");
      return std::nullopt;
    }
    return base;
  }
  std::string written;
  if (kind() == JsonValue::Kind::kNumber) {
    written = plain(value_->number);
  } else if (is_text()) {
    written = value_->text;
  } else {
    fault("expected " + dimension_name(dimension) + " with its unit, found " + kind_name(kind()));
    return std::nullopt;
  }
  const ParsedQuantity parsed = parse_quantity(written, dimension);
  if (!parsed.base) {
    fault(parsed.problem, parsed.remedy);
    return std::nullopt;
  }
  return parsed.base;
}

void JsonCursor::unknown_name(const std::string& name,
                              const std::vector<std::string>& names) const {
  std::string list;
  for (const std::string& each : names) list += (list.empty() ? "" : ", ") + each;
  const std::string near = did_you_mean(name, names);
  fault("unknown name \"" + name + "\"", (near.empty() ? "" : near + " ") + "one of: " + list);
}

}  // namespace traincost
