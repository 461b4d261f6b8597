// What stands behind a number: its unit, what it counts, whose hours, of which precision, for each
// what. Texts are in small letters. Internal to this room.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "estimator/prose/numbers.h"

namespace traincost {

// Behind the words that may stand between a number and what it counts: "of the", "张".
[[nodiscard]] std::size_t skip_fillers(std::string_view text, std::size_t at);

// Behind a precision that stands at `at` ("296 INT8 TOPS"), which is added to the mention's; `at`
// where none does.
[[nodiscard]] std::size_t skip_precision(std::string_view text, std::size_t at,
                                         NumberMention& mention);

// The end of the unit of an amount that ends at `at`, and what it is: written into `mention`.
[[nodiscard]] std::size_t unit_end(std::string_view text, std::size_t at,
                                   const std::vector<NameMention>& names, std::string& unit,
                                   NumberMention& mention);

// What money is of ("/GPU-h", "/GPU"), by the words behind it or before it, which the ends then
// hold; empty where nothing says.
[[nodiscard]] std::string per_of_money(std::string_view text, std::size_t& start, std::size_t& end,
                                       const std::vector<NameMention>& names);

// Makes hours those of a trillion tokens, and FLOPs those of one, where the words say so: moves
// `end` behind them, and writes the unit and the mention's dimension.
void take_per_token(std::string_view text, std::size_t start, std::size_t& end, std::string& unit,
                    NumberMention& mention);

}  // namespace traincost
