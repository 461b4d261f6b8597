#include "reports/csv.h"

#include <set>
#include <string_view>

namespace traincost {
namespace {

std::string cell(const Tree& value) {
  if (value.is_null()) return "";
  return value.is_string() ? csv_cell(value.get<std::string>()) : value.dump();
}

}  // namespace

std::string csv_cell(const std::string& given) {
  constexpr std::string_view kFormula = "=+-@\t\r";
  std::string text = given;
  if (!text.empty() && kFormula.find(text.front()) != std::string_view::npos) {
    text.insert(0, 1, '\'');
  }
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string cell = "\"";
  for (const char c : text) {
    if (c == '"') cell += '"';
    cell += c;
  }
  return cell + "\"";
}

std::string json_string(const std::string& text) {
  return Tree(text).dump(-1, ' ', false, Tree::error_handler_t::replace);
}

std::string csv_table(const Tree& rows) {
  std::string text;
  if (rows.empty()) return text;
  // A list has no cell, in no row: also where a row has null for it.
  std::set<std::string> lists;
  for (const Tree& row : rows) {
    for (const auto& [key, value] : row.items()) {
      if (value.is_structured()) lists.insert(key);
    }
  }
  const auto line = [&](const Tree& row, bool header) {
    const char* separator = "";
    for (const auto& [key, value] : row.items()) {
      if (lists.contains(key)) continue;
      text += separator + (header ? csv_cell(key) : cell(value));
      separator = ",";
    }
    text += "\r\n";
  };
  line(rows.front(), true);
  for (const Tree& row : rows) line(row, false);
  return text;
}

}  // namespace traincost
