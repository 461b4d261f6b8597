// A figure as somebody printed it, and what the printing leaves open.
//
// "2.788M GPU-h" may stand for anything that rounds or, from two digits on, truncates to it; "about
// two months" for more; "more than $100M" for everything above; "12,000-13,000" says its own
// interval; "exactly $2" is a point. Trailing zeros of a whole number count as rounded, down to two
// digits: "25,000" may be 24,500. Months are a twelfth of a year. Words of prose for units and
// numbers, "15 trillion tokens", are read by estimator/prose/figures.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/quantity.h"

namespace traincost {

// Both ends belong to it; the upper may be infinite.
struct Interval {
  double low = 0;
  double high = 0;

  [[nodiscard]] bool meets(Interval other) const { return low <= other.high && other.low <= high; }
  [[nodiscard]] bool holds(double value) const { return low <= value && value <= high; }
};

// How exactly a number is meant, by the word before it.
enum class Meant { kAsPrinted, kExactly, kAbout, kOver, kUnder, kNearly };

struct Qualifier {
  std::string_view text;  // in small letters; of ASCII a whole word
  Meant means = Meant::kAsPrinted;
  bool spun = false;  // in texts alone that a synonym spinner has changed (estimator/prose)
};
[[nodiscard]] std::span<const Qualifier> qualifiers();
// The plain word for it, with its blank: "about ", "more than "; empty for what is as printed.
[[nodiscard]] std::string_view plain_word(Meant means);

// What "about" widens a figure by, each way.
inline constexpr double kAbout = 0.10;

struct Stated {
  std::string text;    // as written
  double value = 0;    // what it says in base units; the middle of a range, the end of a bound
  Interval printed;    // what rounding or truncation may have hidden
  Interval meant;      // wider where a word such as "about" says so
  bool vague = false;  // such a word, or a bound ("under", "more than")
  bool range = false;  // it says both of its ends
  int line = 0;        // of the document it stands in; 0 where it stands in none
};

struct ParsedStated {
  std::optional<Stated> stated;
  std::string problem;
  std::string remedy;
};

// Dollars that one unit of a currency is worth, by its ISO code.
using ExchangeRates = std::map<std::string, double, std::less<>>;

// Reads `text` as a figure of `dimension`; Dimension{} is a ratio or a count: "15%", "1/28",
// "2.4x", "405B", "0.35". Never throws; values are finite and not negative.
[[nodiscard]] ParsedStated parse_stated(std::string_view text, Dimension dimension,
                                        const ExchangeRates& rates = {});

// A bare number of a JSON document, as it would be printed shortest.
[[nodiscard]] ParsedStated stated_number(double number);

}  // namespace traincost
