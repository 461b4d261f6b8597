// Days and less exact dates: "2024-12-27", "2024-12", "2024".
#pragma once

#include <optional>
#include <string_view>

namespace traincost {

// A real day written YYYY-MM-DD.
[[nodiscard]] bool is_day(std::string_view text);

// A day, a month or a year that exists, as years since 1970; the middle of what is written.
[[nodiscard]] std::optional<double> date_in_years(std::string_view text);

}  // namespace traincost
