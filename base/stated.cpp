#include "base/stated.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "base/decimal.h"
#include "base/parse_quantity.h"
#include "base/text.h"

namespace traincost {
namespace {

constexpr double kInfinite = std::numeric_limits<double>::infinity();

// The longest qualifier that a text begins with, as a whole word; null where none.
const Qualifier* qualifier_of(std::string_view text) {
  const Qualifier* best = nullptr;
  const std::string small = lower(std::string(text.substr(0, 16)));
  for (const Qualifier& row : qualifiers()) {
    if (row.spun || !begins(small, 0, row.text)) continue;
    const bool word = is_letter(row.text.back());
    if (word && !begins(small, row.text.size(), " ")) continue;
    if (best == nullptr || row.text.size() > best->text.size()) best = &row;
  }
  return best;
}

// Thousands separators go: "12,000" is 12000; other commas stay, and are a fault later.
std::string without_separators(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto digit_at = [&](std::size_t at) { return at < text.size() && is_digit(text[at]); };
    const bool separator = text[i] == ',' && i > 0 && is_digit(text[i - 1]) && digit_at(i + 1) &&
                           digit_at(i + 2) && digit_at(i + 3) && !digit_at(i + 4);
    if (!separator) plain += text[i];
  }
  return plain;
}

// The length of a decimal number without a sign; 0 where there is none.
std::size_t unsigned_length(std::string_view text) {
  std::size_t i = 0;
  bool any = false;
  const auto digits = [&] {
    const std::size_t before = i;
    while (i < text.size() && is_digit(text[i])) ++i;
    return i > before;
  };
  any = digits();
  if (i + 1 < text.size() && text[i] == '.' && is_digit(text[i + 1])) {
    ++i;
    any = digits() || any;
  }
  if (!any) return 0;
  if (i < text.size() && (text[i] == 'e' || text[i] == 'E')) {
    std::size_t exponent = i + 1;
    if (exponent < text.size() && (text[exponent] == '-' || text[exponent] == '+')) ++exponent;
    if (exponent < text.size() && is_digit(text[exponent])) {
      i = exponent;
      static_cast<void>(digits());
    }
  }
  return i;
}

// The unit of the last digit that counts, over the number itself: 0.1 / 14.8 for "14.8".
double last_digit_share(std::string_view number, double value) {
  if (value == 0) return 0;
  const std::size_t e = number.find_first_of("eE");
  const std::string_view mantissa = number.substr(0, e);
  const std::size_t point = mantissa.find('.');
  double unit = 1;
  if (point != std::string_view::npos) {
    unit = std::pow(10, -static_cast<double>(mantissa.size() - point - 1));
  } else {
    std::size_t zeros = 0;
    while (zeros + 2 < mantissa.size() && mantissa[mantissa.size() - 1 - zeros] == '0') ++zeros;
    unit = std::pow(10, static_cast<double>(zeros));
  }
  const double whole = parse_number(mantissa).value_or(1);
  return whole == 0 ? 0 : unit / whole;
}

// One number with its unit, without words.
struct Plain {
  double base = 0;
  Interval printed;
};

// Digits may have been rounded to the nearest, or cut off where there are two or more.
Plain printed(double value, double share) {
  constexpr double kOneDigit = 0.1;
  const double above = share > kOneDigit ? share / 2 : share;
  // Below 1 the next figure of one digit is 0.9.
  const double below = share == 1 ? share / 20 : share / 2;
  return {value, {value * (1 - below), value * (1 + above)}};
}

struct PlainOrFault {
  std::optional<Plain> plain;
  std::string problem;
  std::string remedy;
};

PlainOrFault plain_ratio(std::string_view text, std::string_view number, double value) {
  std::string_view rest = trimmed(text.substr(number.size()));
  const double share = last_digit_share(number, value);
  const std::string remedy = "write it as 15%, 0.15, 1/28, 2.4x or 405B";
  if (rest.empty() || rest == "x" || rest == "times") return {printed(value, share), "", ""};
  if (rest == "%") return {printed(value / 100, share), "", ""};
  if (rest.front() == '/') {
    rest = trimmed(rest.substr(1));
    const std::size_t length = unsigned_length(rest);
    const auto under = parse_number(rest.substr(0, length));
    if (length == 0 || length != rest.size() || !under || *under == 0) {
      return {std::nullopt, "not a fraction", remedy};
    }
    const Plain below = printed(*under, last_digit_share(rest, *under));
    return {Plain{value / *under, {value / below.printed.high, value / below.printed.low}}, "", ""};
  }
  double scale = 0;
  if (rest.size() == 1) {
    switch (rest.front()) {
      case 'k':
      case 'K': scale = 1e3; break;
      case 'M': scale = 1e6; break;
      case 'B': scale = 1e9; break;
      case 'T': scale = 1e12; break;
      default: break;
    }
  }
  if (scale == 0) return {std::nullopt, "unknown unit \"" + std::string(rest) + "\"", remedy};
  return {printed(value * scale, share), "", ""};
}

PlainOrFault plain_figure(std::string_view text, Dimension dimension, const ExchangeRates& rates) {
  text = trimmed(text);
  std::string_view rest = text;
  if (!rest.empty() && rest.front() == '$') {
    if (dimension == Dimension{}) return {std::nullopt, "money is no ratio or count", ""};
    rest = trimmed(rest.substr(1));
  }
  const std::size_t length = unsigned_length(rest);
  if (length == 0) {
    return {std::nullopt, "\"" + std::string(text.substr(0, 60)) + "\" is not a number",
            "a figure is a number with its unit; before it exactly, about, more than, less than, "
            "nearly; or a range"};
  }
  const std::string_view number = rest.substr(0, length);
  const auto value = parse_number(number);
  if (!value) return {std::nullopt, "the number is out of range", ""};
  if (dimension == Dimension{}) return plain_ratio(rest, number, *value);
  std::string written(text);
  double rate = 1;
  for (const auto& [code, dollars] : rates) {
    const std::size_t at = written.find(code);
    if (at == std::string::npos) continue;
    written.replace(at, code.size(), "USD");
    rate = dollars;
  }
  const ParsedQuantity parsed = parse_quantity(written, dimension);
  if (!parsed.base && dimension.usd == 1 && written.size() > 3) {
    const std::string code = written.substr(written.size() - 3);
    const auto capital = [](char c) { return c >= 'A' && c <= 'Z'; };
    if (code != "USD" && std::all_of(code.begin(), code.end(), capital)) {
      return {std::nullopt, "nothing says what " + code + " was worth",
              "add \"exchange\": {\"" + code + "\": {\"usd\": ..., \"source\": ...}}"};
    }
  }
  if (!parsed.base) return {std::nullopt, parsed.problem, parsed.remedy};
  const double base = *parsed.base * rate;
  if (!std::isfinite(base)) return {std::nullopt, "the number is out of range", ""};
  return {printed(base, last_digit_share(number, *value)), "", ""};
}

// "$12000-13000/GPU" in its two ends, each with the unit; nothing where it is no range.
std::optional<std::array<std::string, 2>> range_ends(const std::string& text) {
  std::size_t i = !text.empty() && text.front() == '$' ? 1 : 0;
  const std::size_t length = unsigned_length(std::string_view(text).substr(i));
  if (length == 0) return std::nullopt;
  const std::size_t number_end = i + length;
  // Between the numbers: at most a unit of the first, then the separator.
  std::size_t separator = std::string::npos, separator_length = 0;
  for (const std::string_view each :
       {std::string_view(" to "), std::string_view("-"), std::string_view("\u2013")}) {
    const std::size_t at = text.find(each, number_end);
    if (at != std::string::npos && at < separator) {
      separator = at;
      separator_length = each.size();
    }
  }
  if (separator == std::string::npos) return std::nullopt;
  std::string low = text.substr(0, separator);
  const std::string high(trimmed(text.substr(separator + separator_length)));
  std::size_t j = !high.empty() && high.front() == '$' ? 1 : 0;
  const std::size_t high_length = unsigned_length(std::string_view(high).substr(j));
  if (high_length == 0) return std::nullopt;  // the minus of a unit: "5000 GPU-h"
  std::string full_high = high;
  if (text.front() == '$' && high.front() != '$') full_high = "$" + high;
  if (trimmed(low).size() == number_end) low += high.substr(j + high_length);
  return std::array<std::string, 2>{low, full_high};
}

ParsedStated refused(std::string problem, std::string remedy) {
  return {std::nullopt, std::move(problem), std::move(remedy)};
}

}  // namespace

ParsedStated parse_stated(std::string_view text, Dimension dimension, const ExchangeRates& rates) {
  Stated stated;
  stated.text = std::string(text);
  std::string_view rest = trimmed(text);
  Meant means = Meant::kAsPrinted;
  if (const Qualifier* qualifier = qualifier_of(rest)) {
    means = qualifier->means;
    rest = trimmed(rest.substr(qualifier->text.size()));
  }
  const std::string plain_text = without_separators(rest);
  if (const auto ends = range_ends(plain_text)) {
    const PlainOrFault low = plain_figure((*ends)[0], dimension, rates);
    const PlainOrFault high = plain_figure((*ends)[1], dimension, rates);
    if (!low.plain) return refused(low.problem, low.remedy);
    if (!high.plain) return refused(high.problem, high.remedy);
    if (low.plain->base > high.plain->base) {
      return refused("the range \"" + std::string(rest.substr(0, 60)) + "\" runs backwards",
                     "write the lower end first");
    }
    if (means != Meant::kAsPrinted && means != Meant::kAbout) {
      return refused("a range takes no other word than about", "");
    }
    stated.range = true;
    stated.printed = {low.plain->base, high.plain->base};
    stated.value = (stated.printed.low + stated.printed.high) / 2;
  } else {
    const PlainOrFault read = plain_figure(plain_text, dimension, rates);
    if (!read.plain) return refused(read.problem, read.remedy);
    const double value = read.plain->base;
    stated.value = value;
    stated.printed = read.plain->printed;
    if (means == Meant::kExactly) stated.printed = {value, value};
    if (means == Meant::kOver) stated.printed = {value, kInfinite};
    if (means == Meant::kUnder) stated.printed = {0, value};
    if (means == Meant::kNearly) stated.printed = {(1 - kAbout) * value, value};
  }
  stated.meant = stated.printed;
  if (means == Meant::kAbout) {
    stated.meant.low = std::min(stated.printed.low, (1 - kAbout) * stated.value);
    stated.meant.high = std::max(stated.printed.high, (1 + kAbout) * stated.value);
  }
  stated.vague = means != Meant::kAsPrinted && means != Meant::kExactly;
  return {std::move(stated), "", ""};
}

ParsedStated stated_number(double number) {
  if (!(number >= 0) || !std::isfinite(number)) {
    return refused("a figure is not negative", "");
  }
  const bool is_whole = number < 1e15 && number == std::floor(number);
  const std::string written =
      is_whole ? std::to_string(static_cast<long long>(number)) : decimal_text(number);
  Stated stated;
  stated.text = written;
  stated.value = number;
  stated.printed = printed(number, last_digit_share(written, number)).printed;
  stated.meant = stated.printed;
  return {std::move(stated), "", ""};
}

}  // namespace traincost
