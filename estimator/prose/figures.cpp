#include "estimator/prose/figures.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/text.h"
#include "estimator/prose/numbers.h"
#include "estimator/prose/units.h"

namespace traincost {
namespace {

// Words of letters and digits before "hours" name a chip, whichever it is: "3,800 A100 hours",
// "A100-80GB hours".
std::vector<NameMention> chips_of_hours(std::string_view text) {
  std::vector<NameMention> chips;
  const auto in_word = [&](std::size_t at) {
    return at < text.size() && (is_letter(text[at]) || is_digit(text[at]));
  };
  const auto times = [&](std::size_t at) {
    constexpr std::string_view kTimes[] = {"gpu", "tpu", "npu", "hour", "day", "小时"};
    return std::any_of(std::begin(kTimes), std::end(kTimes),
                       [&](std::string_view word) { return begins(text, at, word); });
  };
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (!is_letter(text[at]) || (at > 0 && in_word(at - 1))) continue;
    std::size_t end = at;
    bool digit = false;
    for (; in_word(end) || (begins(text, end, "-") && in_word(end + 1) && !times(end + 1)); ++end) {
      digit = digit || is_digit(text[end]);
    }
    const bool blank = begins(text, end, " ") || begins(text, end, "-");
    if (digit && blank && times(end + 1)) {
      NameMention chip;
      chip.start = at;
      chip.length = end - at;
      chip.kind = NameKind::kAccelerator;
      chip.text = std::string(text.substr(at, end - at));
      chip.ids = {chip.text};
      chips.push_back(std::move(chip));
    }
    at = end;
  }
  return chips;
}

// "2,048 H800s" and "8 x A100" count chips, whichever they are: the number without them, where the
// words behind it are one name of letters and digits.
std::optional<std::string_view> counted_chips(std::string_view text) {
  std::size_t end = text.find_first_not_of("0123456789,.");
  if (end == 0 || end == std::string_view::npos) return std::nullopt;
  const std::string_view number = text.substr(0, end);
  for (const std::string_view times : {" x ", "x", " × ", "×", " "}) {
    if (!begins(text, end, times)) continue;
    end += times.size();
    break;
  }
  const std::string_view name = text.substr(end);
  bool letter = false, digit = false;
  for (const char each : name) {
    if (!is_letter(each) && !is_digit(each) && each != '-') return std::nullopt;
    letter = letter || is_letter(each);
    digit = digit || is_digit(each);
  }
  const bool chip = letter && digit && is_letter(name.front());
  return chip ? std::optional(number) : std::nullopt;
}

// Whether a text is a word that says how exactly the number behind it is meant.
bool is_qualifier(std::string_view text) {
  const auto same = [&](const Qualifier& row) { return !row.spun && row.text == text; };
  return std::any_of(qualifiers().begin(), qualifiers().end(), same);
}

// "about a quarter" as "about 1/4"; nothing where the text is no share by name.
std::optional<std::string> named_share(std::string_view text) {
  const std::string small = lower(std::string(text));
  for (const NumberWord& row : fraction_words()) {
    if (!small.ends_with(row.text)) continue;
    const std::string before = small.substr(0, small.size() - row.text.size());
    if (before.empty() || is_qualifier(trimmed(before))) return before + std::string(row.digits);
  }
  return std::nullopt;
}

// The one number that a text consists of.
std::optional<NumberMention> lone_number(std::string_view text) {
  const std::string small = lower(std::string(text));
  std::vector<NumberMention> numbers = numbers_in(text, chips_of_hours(small));
  if (numbers.size() != 1 || numbers.front().unread) return std::nullopt;
  NumberMention& number = numbers.front();
  const std::string_view before = trimmed(std::string_view(small).substr(0, number.span.start));
  // A sentence that goes "over two months" says how long; a figure alone is more than that.
  if (is_qualifier(before)) number.plain = std::string(before) + " " + number.plain;
  const bool starts = before.empty() || before == "between" || is_qualifier(before);
  const bool ends = skip_fillers(small, number.span.end()) == text.size();  // "2048块"
  if (!starts || !ends) return std::nullopt;
  return std::move(number);
}

}  // namespace

ParsedFigure parse_figure(std::string_view text, Dimension dimension, const ExchangeRates& rates) {
  ParsedFigure figure{parse_stated(text, dimension, rates), Noun::kNone};
  if (figure.read.stated) return figure;
  std::string plain_text(trimmed(text));
  // "A month" is one; in a sentence "a" seldom counts. Shares have names of their own.
  if (const auto share = named_share(plain_text); share && dimension == Dimension{}) {
    figure.read = parse_stated(*share, dimension);
    if (figure.read.stated) figure.read.stated->text = std::string(text);
    return figure;
  }
  if (const auto chips = counted_chips(plain_text); chips && dimension == Dimension{}) {
    figure = {parse_stated(*chips, dimension, rates), Noun::kAccelerators};
    if (figure.read.stated) figure.read.stated->text = std::string(text);
    return figure;
  }
  for (const auto& [words, digits] : {std::pair{"a couple of ", "2 "}, std::pair{"a ", "1 "}}) {
    const std::string_view article = words;
    if (begins(lower(plain_text), 0, article)) plain_text.replace(0, article.size(), digits);
  }
  const auto number = lone_number(plain_text);
  if (!number) return figure;
  ParsedStated plain = parse_stated(number->plain, dimension, rates);
  if (!plain.stated) {
    if (number->dimension == dimension) figure.read = std::move(plain);  // says what it lacks
    return figure;
  }
  plain.stated->text = std::string(text);
  return {std::move(plain), number->noun};
}

}  // namespace traincost
