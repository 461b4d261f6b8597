// Dates as people write them: a day "2024-12-27", a month "2024-12" or a year "2024".
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/quantity.h"

namespace traincost {

// A day, month or year that exists. How much of it was written is part of it.
class Date {
 public:
  enum class Precision { kYear, kMonth, kDay };

  // Nothing where the text is no date of the calendar: "2027-02-30", "next week".
  [[nodiscard]] static std::optional<Date> parse(std::string_view text);
  [[nodiscard]] static Date today();  // of the clock, UTC

  [[nodiscard]] Precision precision() const { return precision_; }
  [[nodiscard]] std::string text() const;
  // Years since 1970 of the middle of what is written.
  [[nodiscard]] double in_years() const;
  // "2024-12": of a year its last, since what holds for a year holds at its end.
  [[nodiscard]] std::string month_text() const;
  // The day on which something ends that begins on this one (a day) and takes so long: a part of a
  // day counts as one.
  [[nodiscard]] Date after(Seconds duration) const;

 private:
  std::chrono::year_month_day day_;  // the first of what is written
  Precision precision_ = Precision::kYear;
};

// A real day written YYYY-MM-DD.
[[nodiscard]] bool is_day(std::string_view text);

// Date::in_years of a text; nothing where it is no date.
[[nodiscard]] std::optional<double> date_in_years(std::string_view text);

}  // namespace traincost
