#include "base/json_path.h"

#include <cmath>
#include <utility>

#include "base/parse_quantity.h"

namespace traincost {
namespace {

JsonValue& member(JsonValue& object, const std::string& key) {
  if (JsonValue* found = object.find(key)) return *found;
  object.members.push_back({key, {}});
  return object.members.back().value;
}

}  // namespace

std::vector<std::string> path_steps(const std::string& path) {
  std::vector<std::string> steps;
  const char separator = !path.empty() && path.front() == '/' ? '/' : '.';
  std::string step;
  for (std::size_t i = separator == '/' ? 1 : 0; i <= path.size(); ++i) {
    if (i < path.size() && path[i] != separator) {
      step += path[i];
      continue;
    }
    steps.push_back(step);
    step.clear();
  }
  return steps;
}

std::optional<PathFault> set_json(JsonValue& document, const std::string& path, JsonValue value) {
  JsonValue* at = &document;
  for (const std::string& step : path_steps(path)) {
    if (step.empty()) return PathFault{"empty step in path \"" + path + "\"", ""};
    if (at->kind == JsonValue::Kind::kArray) {
      const auto index = parse_number(step);
      if (!index || *index < 0 || *index >= static_cast<double>(at->items.size())) {
        return PathFault{"path \"" + path + "\": no item \"" + step + "\"",
                         "the array has " + std::to_string(at->items.size()) + " items, from 0"};
      }
      at = &at->items[static_cast<std::size_t>(*index)];
      continue;
    }
    if (at->kind != JsonValue::Kind::kObject) {
      *at = {};
      at->kind = JsonValue::Kind::kObject;
    }
    at = &member(*at, step);
  }
  *at = std::move(value);
  return std::nullopt;
}

JsonValue text_value(std::string text) {
  JsonValue value;
  value.kind = JsonValue::Kind::kText;
  value.text = std::move(text);
  return value;
}

JsonValue number_value(double number) {
  JsonValue value;
  value.kind = JsonValue::Kind::kNumber;
  value.number = number;
  value.integral = number == std::floor(number);
  return value;
}

JsonValue object_value() {
  JsonValue value;
  value.kind = JsonValue::Kind::kObject;
  return value;
}

std::string dotted_path(const std::string& path) {
  std::string dotted;
  for (const std::string& step : path_steps(path)) dotted += (dotted.empty() ? "" : ".") + step;
  return dotted;
}

JsonValue loose_json(const std::string& text) {
  JsonValue value;
  if (const auto number = parse_number(text)) {
    value.kind = JsonValue::Kind::kNumber;
    value.number = *number;
    return value;
  }
  try {
    return parse_json(text, "value");
  } catch (const InputError&) {
    value.kind = JsonValue::Kind::kText;
    value.text = text;
    return value;
  }
}

}  // namespace traincost
