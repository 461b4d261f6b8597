// The one parser for a number with its unit: "15.6T tokens", "80 GB", "400 Gb/s", "$2/GPU-h".
//
// The unit is never guessed. A count of tokens may be bare ("1.5e13", "15.6T"), since it can mean
// nothing else; everything else names its unit. Units are case-sensitive where case carries
// meaning: b is a bit, B a byte; k, M, G, T, P, E are 10^3 to 10^18 and Ki, Mi, Gi, Ti are powers
// of 1024. After tokens "B" means 10^9.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/quantity.h"

namespace traincost {

// What a text was read as: a value in base units, or the reason why not and the remedy.
struct ParsedQuantity {
  std::optional<double> base;
  std::string problem;
  std::string remedy;
};

// Reads `text` as a quantity of `dimension`. Never throws. The value is finite.
[[nodiscard]] ParsedQuantity parse_quantity(std::string_view text, Dimension dimension);

// Reads "<number> <unit>" whose unit must be one of this dimension's; for {value, unit} records.
[[nodiscard]] ParsedQuantity parse_unit(std::string_view unit_name, Dimension dimension);

// How many of the unit of `one` the value of `other` is, where some dimension has both: "5 min" and
// "1 h" give 60. None where they measure different things.
[[nodiscard]] std::optional<double> number_in_unit_of(std::string_view one, std::string_view other);

// "an amount of memory", "a duration": how an error message calls the dimension.
[[nodiscard]] std::string dimension_name(Dimension dimension);

// A decimal number that fills the whole text; no thousands separators, NaN, infinity or hex.
[[nodiscard]] std::optional<double> parse_number(std::string_view text);

}  // namespace traincost
