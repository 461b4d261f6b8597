#include "base/day.h"

#include <charconv>
#include <chrono>

namespace traincost {
namespace {

namespace chrono = std::chrono;

std::optional<int> digits(std::string_view text, std::size_t from, std::size_t length) {
  if (from + length > text.size()) return std::nullopt;
  int value = 0;
  const char* first = text.data() + from;
  for (std::size_t i = 0; i < length; ++i) {
    if (first[i] < '0' || first[i] > '9') return std::nullopt;
  }
  std::from_chars(first, first + length, value);
  return value;
}

std::optional<chrono::year_month_day> parsed_day(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  const auto year = digits(text, 0, 4), month = digits(text, 5, 2), day = digits(text, 8, 2);
  if (!year || !month || !day) return std::nullopt;
  const chrono::year_month_day date{chrono::year{*year},
                                    chrono::month{static_cast<unsigned>(*month)},
                                    chrono::day{static_cast<unsigned>(*day)}};
  return date.ok() ? std::optional(date) : std::nullopt;
}

}  // namespace

bool is_day(std::string_view text) { return parsed_day(text).has_value(); }

std::optional<double> date_in_years(std::string_view text) {
  constexpr double kDaysOfYear = 365.25;
  if (const auto day = parsed_day(text)) {
    const auto since = chrono::sys_days(*day).time_since_epoch();
    return static_cast<double>(since.count()) / kDaysOfYear;
  }
  const auto year = digits(text, 0, 4);
  if (!year) return std::nullopt;
  if (text.size() == 4) return *year - 1970 + 0.5;
  const auto month = digits(text, 5, 2);
  if (text.size() != 7 || text[4] != '-' || !month || *month < 1 || *month > 12) {
    return std::nullopt;
  }
  return *year - 1970 + (*month - 0.5) / 12;
}

}  // namespace traincost
