#include "estimator/job/uncertain.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <optional>
#include <utility>

#include "base/decimal.h"
#include "base/json_path.h"
#include "base/parse_quantity.h"

namespace traincost {
namespace {

constexpr std::string_view kKeys[] = {"low", "high", "p5", "p50", "p95"};
constexpr const char* kForms =
    R"(write {"low": A, "high": B}, {"p5": A, "p95": B} or {"p5": A, "p50": B, "p95": C})";

// No section of a job has a member of such a name: one of them is enough, and others are slips.
bool is_distribution(const JsonValue& value) {
  if (value.kind != JsonValue::Kind::kObject) return false;
  return std::any_of(value.members.begin(), value.members.end(), [](const JsonMember& member) {
    return std::find(std::begin(kKeys), std::end(kKeys), member.key) != std::end(kKeys);
  });
}

// A number with what stands around it.
struct Written {
  double number = 0;
  std::string before, after;
  bool whole = false;
};

std::optional<Written> written(const JsonValue& value) {
  if (value.kind == JsonValue::Kind::kNumber) return Written{value.number, "", "", value.integral};
  if (value.kind != JsonValue::Kind::kText) return std::nullopt;
  const std::string& text = value.text;
  const std::size_t begin = text.find_first_of("-.0123456789");
  if (begin == std::string::npos) return std::nullopt;
  Written found;
  const char* end = text.data() + text.size();
  const ReadDecimal read = read_decimal(text.data() + begin, end);
  if (!read.ok || !std::isfinite(read.value)) return std::nullopt;
  found.number = read.value;
  found.before = text.substr(0, begin);
  found.after = std::string(read.end, end);
  return found;
}

JsonValue put(double number, const std::string& before, const std::string& after, bool whole) {
  if (before.empty() && after.empty()) {
    JsonValue value = number_value(whole ? std::round(number) : number);
    value.integral = whole;
    return value;
  }
  return text_value(before + fixed_text(number, std::abs(number) < 1 ? 15 : 9) + after);
}

std::string shown(const JsonValue& value) {
  return value.kind == JsonValue::Kind::kText ? value.text : json_text(value);
}

std::optional<UncertainMember> read_one(const JsonValue& value, const JsonCursor& at) {
  const auto has = [&](std::string_view key) { return value.find(key) != nullptr; };
  const bool ends = has("low") && has("high") && value.members.size() == 2;
  const bool quantiles = has("p5") && has("p95") && value.members.size() == (has("p50") ? 3U : 2U);
  if (!ends && !quantiles) {
    at.fault("a range has two ends or its quantiles", kForms);
    return std::nullopt;
  }
  std::vector<std::pair<std::string, Written>> values;
  for (const std::string_view key : kKeys) {
    const JsonValue* one = value.find(key);
    if (one == nullptr) continue;
    const auto number = written(*one);
    if (!number) {
      at.moved(at.pointer() + "/" + std::string(key))
          .fault("expected a number, with its unit where the member has one");
      return std::nullopt;
    }
    values.emplace_back(key, *number);
  }
  const Written& first = values.front().second;
  for (std::size_t i = 1; i < values.size(); ++i) {
    Written& each = values[i].second;
    if (each.before != first.before || each.after != first.after) {
      const auto number = number_in_unit_of(shown(*value.find(values.front().first)),
                                            shown(*value.find(values[i].first)));
      const bool bare = each.before.empty() && each.after.empty();
      if (bare || (first.before.empty() && first.after.empty())) {
        at.fault((bare ? values[i].first : values.front().first) + " has no unit",
                 "write it as the other one");
        return std::nullopt;
      }
      if (!number) {
        at.fault(values.front().first + " and " + values[i].first + " are in different units",
                 "write both in one");
        return std::nullopt;
      }
      each = {*number, first.before, first.after, false};
    }
    if (each.number < values[i - 1].second.number) {
      at.fault(values[i - 1].first + " is above " + values[i].first, kForms);
      return std::nullopt;
    }
  }
  const double low = first.number, high = values.back().second.number;
  const auto middle = has("p50") ? std::optional(values[1].second.number) : std::optional<double>();
  UncertainMember member{
      "",
      ends ? Distribution::between(low, high) : Distribution::of_quantiles(low, middle, high),
      first.before,
      first.after,
      false,
      ""};
  member.whole =
      std::all_of(values.begin(), values.end(), [](const auto& each) { return each.second.whole; });
  member.says =
      shown(*value.find(ends ? "low" : "p5")) + " to " + shown(*value.find(ends ? "high" : "p95"));
  return member;
}

void take(JsonValue& value, const JsonCursor& at, const std::string& path,
          TakenDistributions& taken) {
  if (path == "model") return;  // a config has its own objects
  if (is_distribution(value)) {
    auto member = read_one(value, at);
    const int line = value.line;
    value = member ? member->at(0.5) : JsonValue{};  // faulty: as if it were not there
    value.line = line;
    taken.any = true;
    if (!member) return;
    member->path = path;
    taken.members.push_back(std::move(*member));
    return;
  }
  const auto inside = [&](JsonValue& part, const std::string& key) {
    take(part, at.with(part).moved(at.pointer() + "/" + key), path.empty() ? key : path + "." + key,
         taken);
  };
  for (JsonMember& member : value.members) inside(member.value, member.key);
  for (std::size_t i = 0; i < value.items.size(); ++i) inside(value.items[i], std::to_string(i));
}

}  // namespace

JsonValue UncertainMember::with(double number) const { return put(number, before, after, whole); }

TakenDistributions take_distributions(JsonValue& value, const JsonCursor& at) {
  TakenDistributions taken;
  std::string path = at.pointer();
  if (!path.empty() && path.front() == '/') path.erase(0, 1);
  std::replace(path.begin(), path.end(), '/', '.');
  take(value, at.with(value), path, taken);
  return taken;
}

}  // namespace traincost
