#include "estimator/prose/digits.h"

#include <array>

namespace traincost {
namespace {

bool is_ascii(char c) { return static_cast<unsigned char>(c) < 0x80; }

}  // namespace

// Whether a word that ends at `end` ends there: no letter or digit follows one of ASCII.
bool word_ends(std::string_view text, std::size_t end) {
  if (end == 0 || end >= text.size() || !is_ascii(text[end - 1])) return true;
  const bool of_word = is_letter(text[end - 1]) || is_digit(text[end - 1]);
  return !of_word || !(is_letter(text[end]) || is_digit(text[end]));
}
bool word_starts(std::string_view text, std::size_t start) {
  if (start == 0 || start >= text.size() || !is_ascii(text[start])) return true;
  return !is_letter(text[start]) || !is_letter(text[start - 1]);
}

std::size_t digits_end(std::string_view text, std::size_t at) {
  while (at < text.size() && is_digit(text[at])) ++at;
  return at;
}

std::optional<Number> figure_at(std::string_view text, std::size_t at) {
  if (at >= text.size() || !is_digit(text[at])) return std::nullopt;
  Number number;
  std::size_t end = digits_end(text, at);
  number.digits = std::string(text.substr(at, end - at));
  if (number.digits.size() <= 3) {  // thousands apart, with commas of either width
    for (const std::string_view comma : {std::string_view(","), std::string_view("，")}) {
      while (begins(text, end, comma)) {
        const std::size_t group = end + comma.size();
        if (digits_end(text, group) != group + 3) break;
        number.digits += std::string(text.substr(group, 3));
        end = group + 3;
      }
    }
  }
  if (end + 1 < text.size() && text[end] == '.' && is_digit(text[end + 1])) {
    const std::size_t point = end;
    end = digits_end(text, end + 1);
    number.digits += std::string(text.substr(point, end - point));
  }
  const auto exponent = [&](std::size_t from) {
    std::size_t start = from;
    if (start < text.size() && (text[start] == '+' || text[start] == '-')) ++start;
    const std::size_t stop = digits_end(text, start);
    constexpr std::size_t kMostDigits = 3;
    if (stop == start || stop - start > kMostDigits) return;
    number.digits += "e" + std::string(text.substr(from, stop - from));
    end = stop;
  };
  if (end < text.size() && text[end] == 'e') exponent(end + 1);
  if (number.digits == "10" && begins(text, end, "^")) {  // "10^25"
    number.digits = "1";
    exponent(end + 1);
  }
  for (const std::string_view power : {"×10^", " × 10^", " x 10^", "x10^", "*10^", "·10^"}) {
    if (begins(text, end, power)) exponent(end + power.size());
  }
  // "2.1×10²⁵".
  constexpr std::array<std::string_view, 10> kRaised = {"⁰", "¹", "²", "³", "⁴",
                                                        "⁵", "⁶", "⁷", "⁸", "⁹"};
  for (const std::string_view ten : {"×10", " × 10", " x 10"}) {
    if (!begins(text, end, ten)) continue;
    std::string raised;
    std::size_t stop = end + ten.size();
    for (bool more = true; more;) {
      more = false;
      for (std::size_t digit = 0; digit < kRaised.size(); ++digit) {
        if (!begins(text, stop, kRaised[digit])) continue;
        raised += std::to_string(digit);
        stop += kRaised[digit].size();
        more = true;
      }
    }
    if (raised.empty() || raised.size() > 3) continue;
    number.digits += "e" + raised;
    end = stop;
  }
  number.end = end;
  return number;
}

std::optional<Number> clock_time_at(std::string_view text, std::size_t at) {
  const auto part = [&](std::size_t from, std::initializer_list<std::string_view> units,
                        bool last) -> std::optional<Number> {
    const std::size_t digits = digits_end(text, from);
    constexpr std::size_t kMostDigits = 4;
    if (digits == from || digits - from > kMostDigits) return std::nullopt;
    for (const std::string_view gap : {" ", ""}) {
      for (const std::string_view unit : units) {
        const std::size_t end = digits + gap.size() + unit.size();
        if (!begins(text, digits, gap) || !begins(text, digits + gap.size(), unit)) continue;
        if (end < text.size() && is_letter(text[end])) continue;
        if (last && !word_ends(text, end)) continue;
        return Number{end, std::string(text.substr(from, digits - from))};
      }
    }
    return std::nullopt;
  };
  const auto hours = part(at, {"hours", "hour", "hrs", "hr", "h", "个小时", "小时"}, false);
  if (!hours) return std::nullopt;
  for (const std::string_view gap : {" and ", ", ", " ", ""}) {
    if (!begins(text, hours->end, gap)) continue;
    const auto minutes = part(hours->end + gap.size(),
                              {"minutes", "minute", "mins", "min", "m", "分钟", "分"}, true);
    if (!minutes) continue;
    const int all = 60 * std::stoi(hours->digits) + std::stoi(minutes->digits);
    // Two decimals say a minute to within a third of one.
    const std::string whole = std::to_string(all / 60);
    const int hundredths = (all % 60 * 100 + 30) / 60;
    return Number{minutes->end,
                  whole + "." + (hundredths < 10 ? "0" : "") + std::to_string(hundredths)};
  }
  return std::nullopt;
}

namespace {

// Chinese numerals below ten thousand: "三百二十", "十二", "两千". The end of those at `at`, and
// their value; nothing where none stand there.
std::optional<Number> chinese_at(std::string_view text, std::size_t at) {
  constexpr std::string_view kDigits[] = {"零", "一", "二", "三", "四", "五",
                                          "六", "七", "八", "九", "两"};
  struct Place {
    std::string_view text;
    int value;
  };
  constexpr Place kPlaces[] = {{"千", 1000}, {"百", 100}, {"十", 10}};
  int sum = 0, digit = -1;
  std::size_t end = at;
  for (bool more = true; more;) {
    more = false;
    for (std::size_t i = 0; i < std::size(kDigits); ++i) {
      if (digit > 0 || !begins(text, end, kDigits[i])) continue;
      digit = i == std::size(kDigits) - 1 ? 2 : static_cast<int>(i);
      end += kDigits[i].size();
      more = true;
    }
    for (const Place& place : kPlaces) {
      const bool tens = place.value == 10 && digit < 0;  // "十二"
      if (!begins(text, end, place.text) || !(digit > 0 || tens)) continue;
      const std::size_t behind = end + place.text.size();
      sum += (digit > 0 ? digit : 1) * place.value;
      digit = -1;
      end = behind;
      more = true;
    }
    constexpr int kMost = 9999;
    if (sum > kMost) return std::nullopt;
  }
  if (end == at) return std::nullopt;
  return Number{end, std::to_string(sum + std::max(digit, 0)), true};
}

// "two", "twenty-five", "三百二十": a word is a number only before a unit, which the caller sees
// to.
std::optional<Number> written_at(std::string_view text, std::size_t at) {
  if (auto number = chinese_at(text, at)) return number;
  if (!word_starts(text, at)) return std::nullopt;
  // The tail of a number is none: "(thirty-)five".
  if (at > 0 && (text[at - 1] == '-' || is_digit(text[at - 1]))) return std::nullopt;
  const NumberWord* word = longest(number_words(), text, at);
  if (word == nullptr) return std::nullopt;
  Number number{at + word->text.size(), std::string(word->digits), true};
  const bool tens =
      number.digits.size() == 2 && number.digits.back() == '0' && number.digits != "10";
  if (tens && number.end < text.size() && (text[number.end] == '-' || text[number.end] == ' ')) {
    const NumberWord* ones = longest(number_words(), text, number.end + 1);
    if (ones != nullptr && ones->digits.size() == 1 && ones->text.size() > 2) {
      number.digits.back() = ones->digits.front();
      number.end += 1 + ones->text.size();
    }
  }
  constexpr std::string_view kHundred = " hundred";
  if (begins(text, number.end, kHundred) && word_ends(text, number.end + kHundred.size())) {
    number.digits += "00";
    number.end += kHundred.size();
  }
  return number;
}

// "558" and "e4" as "5.58M": the same digits, in thousands as English counts them.
std::string scaled_digits(const std::string& digits, std::string_view suffix) {
  const bool power = suffix.front() == 'e';
  if (!power || digits.find('e') != std::string::npos) return digits + std::string(suffix);
  const std::size_t point = std::min(digits.find('.'), digits.size());
  std::string plain = digits;
  if (point < plain.size()) plain.erase(point, 1);
  // Places before the point, once scaled.
  std::size_t places = point;
  const auto exponent = static_cast<std::size_t>(
      suffix.size() == 2 ? suffix[1] - '0' : 10 * (suffix[1] - '0') + (suffix[2] - '0'));
  places += exponent;
  constexpr std::string_view kSuffixes[] = {"", "K", "M", "B", "T"};
  const std::size_t thousands = std::min<std::size_t>((places - 1) / 3, std::size(kSuffixes) - 1);
  const std::size_t whole = places - 3 * thousands;
  if (plain.size() < whole) plain.append(whole - plain.size(), '0');
  std::string text = plain.substr(0, whole);
  std::string rest = plain.substr(whole);
  while (!rest.empty() && rest.back() == '0' && text.size() + rest.size() > 2) rest.pop_back();
  if (!rest.empty()) text += "." + rest;
  while (text.size() > 1 && text.front() == '0' && is_digit(text[1])) text.erase(0, 1);
  return text + std::string(kSuffixes[thousands]);
}

}  // namespace

std::optional<Amount> amount_at(std::string_view text, std::size_t at) {
  Amount amount;
  amount.start = at;
  if (const CurrencySign* sign = longest(currency_signs(), text, at)) {
    amount.currency = std::string(sign->code);
    at += sign->text.size();
    if (begins(text, at, " ")) ++at;
  }
  auto number = figure_at(text, at);
  if (!number && amount.currency.empty()) number = written_at(text, at);
  if (!number) return std::nullopt;
  amount.written = number->written;
  amount.digits = number->digits;
  amount.end = number->end;
  std::size_t scaled = number->end;
  // "100多万": more than that, which `qualifier` sees to.
  for (const std::string_view more : {"多", "余"}) {
    if (begins(text, scaled, more)) scaled += more.size();
  }
  for (const std::size_t from : {scaled, scaled + 1}) {
    if (from == scaled + 1 && !(begins(text, scaled, " ") || begins(text, scaled, "-"))) break;
    const ScaleWord* scale = longest(scale_words(), text, from);
    if (scale == nullptr) continue;
    // A letter stands at the digits; "b" before a unit that begins with it is that unit.
    if (scale->text.size() == 1 && from != scaled) continue;
    amount.digits = scaled_digits(amount.digits, scale->suffix);
    amount.scaled = true;
    amount.end = from + scale->text.size();
    break;
  }
  return amount;
}

namespace {

constexpr std::string_view kMonths[] = {
    "january",   "february", "march",    "april",    "may",  "june", "july", "august",
    "september", "october",  "november", "december", "jan",  "feb",  "mar",  "apr",
    "jun",       "jul",      "aug",      "sep",      "sept", "oct",  "nov",  "dec"};

}  // namespace

bool is_date(std::string_view text, const Number& number, std::size_t at, bool counts) {
  constexpr std::size_t kYear = 4;
  const bool year = number.digits.size() == kYear && number.end - at == kYear &&
                    number.digits >= "1990" && number.digits < "2040";
  const auto behind = [&](std::string_view word) { return begins(text, number.end, word); };
  if (year && (behind("年") || behind(" 年"))) return true;
  for (const std::string_view word : {"月", "日", "号", "季度"}) {
    if (behind(word)) return true;  // "3个月" has its measure between
  }
  for (const std::string_view month : kMonths) {
    if (behind(" ") && begins(text, number.end + 1, month) &&
        word_ends(text, number.end + 1 + month.size())) {
      return true;
    }
    const std::size_t length = month.size() + 1;
    if (at >= length && begins(text, at - length, month) && text[at - 1] == ' ' &&
        word_starts(text, at - length)) {
      return true;
    }
  }
  if (!year) return false;
  if (behind("-") && number.end + 1 < text.size() && is_digit(text[number.end + 1])) {
    return true;  // 2024-12
  }
  for (const std::string_view before : {"in ", "since ", "during ", "early ", "late ", "mid-"}) {
    if (at >= before.size() && begins(text, at - before.size(), before)) return true;
  }
  return !counts;
}

}  // namespace traincost
