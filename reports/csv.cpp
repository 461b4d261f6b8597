#include "reports/csv.h"

#include <set>
#include <string_view>
#include <vector>

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
  // A list has no cell, in no row: also where a row has null for it.
  std::set<std::string> lists, known;
  std::vector<std::string> keys;
  for (const Tree& row : rows) {
    for (const auto& [key, value] : row.items()) {
      if (value.is_structured()) lists.insert(key);
      if (known.insert(key).second) keys.push_back(key);
    }
  }
  std::erase_if(keys, [&](const std::string& key) { return lists.contains(key); });
  std::string text;
  const auto line = [&](const auto& cell_of) {
    const char* separator = "";
    for (const std::string& key : keys) {
      text += separator + cell_of(key);
      separator = ",";
    }
    text += "\r\n";
  };
  if (keys.empty()) return text;
  line([](const std::string& key) { return csv_cell(key); });
  for (const Tree& row : rows) {
    line([&](const std::string& key) { return row.contains(key) ? cell(row[key]) : ""; });
  }
  return text;
}

std::string json_lines(const Tree& rows) {
  std::string text;
  for (const Tree& row : rows) text += row.dump() + "\n";
  return text;
}

}  // namespace traincost
