#include "base/date.h"

#include <charconv>
#include <cmath>
#include <cstdio>

#include "base/units.h"

namespace traincost {
namespace {

namespace chrono = std::chrono;

std::optional<int> digits(std::string_view text, std::size_t from, std::size_t length) {
  if (from + length > text.size()) return std::nullopt;
  const char* first = text.data() + from;
  for (std::size_t i = 0; i < length; ++i) {
    if (first[i] < '0' || first[i] > '9') return std::nullopt;
  }
  int value = 0;
  std::from_chars(first, first + length, value);
  return value;
}

}  // namespace

std::optional<Date> Date::parse(std::string_view text) {
  constexpr std::size_t kYear = 4, kMonth = 7, kDay = 10;
  if (text.size() != kYear && text.size() != kMonth && text.size() != kDay) return std::nullopt;
  const auto year = digits(text, 0, 4);
  if (!year) return std::nullopt;
  int month = 1, day = 1;
  Date date;
  if (text.size() >= kMonth) {
    const auto written = digits(text, 5, 2);
    if (text[kYear] != '-' || !written) return std::nullopt;
    month = *written;
    date.precision_ = Precision::kMonth;
  }
  if (text.size() == kDay) {
    const auto written = digits(text, 8, 2);
    if (text[kMonth] != '-' || !written) return std::nullopt;
    day = *written;
    date.precision_ = Precision::kDay;
  }
  date.day_ =
      chrono::year_month_day{chrono::year{*year}, chrono::month{static_cast<unsigned>(month)},
                             chrono::day{static_cast<unsigned>(day)}};
  return date.day_.ok() ? std::optional(date) : std::nullopt;
}

Date Date::today() {
  Date date;
  date.day_ = std::chrono::floor<std::chrono::days>(std::chrono::system_clock::now());
  date.precision_ = Precision::kDay;
  return date;
}

std::string Date::text() const {
  char text[24];
  const int year = static_cast<int>(day_.year());
  const auto month = static_cast<unsigned>(day_.month());
  if (precision_ == Precision::kYear) {
    std::snprintf(text, sizeof text, "%04d", year);
  } else if (precision_ == Precision::kMonth) {
    std::snprintf(text, sizeof text, "%04d-%02u", year, month);
  } else {
    std::snprintf(text, sizeof text, "%04d-%02u-%02u", year, month,
                  static_cast<unsigned>(day_.day()));
  }
  return text;
}

double Date::in_years() const {
  const int year = static_cast<int>(day_.year()) - 1970;
  switch (precision_) {
    case Precision::kYear: return year + 0.5;
    case Precision::kMonth: return year + (static_cast<unsigned>(day_.month()) - 0.5) / 12;
    case Precision::kDay: break;
  }
  constexpr double kDaysOfYear = 365.25;
  const auto since = chrono::sys_days(day_).time_since_epoch();
  return static_cast<double>(since.count()) / kDaysOfYear;
}

std::string Date::month_text() const {
  Date end = *this;
  if (precision_ == Precision::kYear) {
    end.day_ = day_.year() / chrono::December / chrono::day{1};
  }
  end.precision_ = Precision::kMonth;
  return end.text();
}

Date Date::after(Seconds duration) const {
  Date end = *this;
  const auto taken = static_cast<long>(std::ceil(duration.in(unit::day)));
  end.day_ = chrono::year_month_day{chrono::sys_days{day_} + chrono::days{taken}};
  end.precision_ = Precision::kDay;
  return end;
}

bool is_day(std::string_view text) {
  const auto date = Date::parse(text);
  return date && date->precision() == Date::Precision::kDay;
}

std::optional<double> date_in_years(std::string_view text) {
  const auto date = Date::parse(text);
  return date ? std::optional(date->in_years()) : std::nullopt;
}

}  // namespace traincost
