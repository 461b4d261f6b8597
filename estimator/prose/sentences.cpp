#include "estimator/prose/sentences.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/date.h"
#include "base/text.h"

namespace traincost {
std::string valid_utf8(std::string_view text) {
  std::string valid;
  valid.reserve(text.size());
  constexpr std::string_view kReplacement = "\uFFFD";
  for (std::size_t i = 0; i < text.size();) {
    const auto byte = static_cast<unsigned char>(text[i]);
    std::size_t length = byte < 0x80                   ? 1
                         : byte >= 0xC2 && byte < 0xE0 ? 2
                         : byte >= 0xE0 && byte < 0xF0 ? 3
                         : byte >= 0xF0 && byte < 0xF5 ? 4
                                                       : 0;
    bool whole = length > 0 && i + length <= text.size();
    for (std::size_t k = 1; whole && k < length; ++k) {
      whole = (static_cast<unsigned char>(text[i + k]) & 0xC0) == 0x80;
    }
    if (whole && length == 3) {  // neither overlong nor a surrogate
      const auto next = static_cast<unsigned char>(text[i + 1]);
      whole = !(byte == 0xE0 && next < 0xA0) && !(byte == 0xED && next >= 0xA0);
    }
    if (whole && length == 4) {
      const auto next = static_cast<unsigned char>(text[i + 1]);
      whole = !(byte == 0xF0 && next < 0x90) && !(byte == 0xF4 && next >= 0x90);
    }
    if (whole) {
      valid += text.substr(i, length);
      i += length;
    } else {
      valid += kReplacement;
      ++i;
    }
  }
  return valid;
}

std::size_t characters_before(std::string_view text, std::size_t byte) {
  const std::string_view before = text.substr(0, byte);
  return static_cast<std::size_t>(std::count_if(before.begin(), before.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

std::vector<Span> sentences_of(std::string_view text) {
  std::vector<Span> sentences;
  std::size_t start = 0;
  const auto close = [&](std::size_t end) {
    std::size_t first = start, last = end;
    while (first < last && is_blank(text[first])) ++first;
    while (last > first && is_blank(text[last - 1])) --last;
    if (last > first) sentences.push_back({first, last - first});
    start = end;
  };
  constexpr std::string_view kShort[] = {"e.g.",  "i.e.", "vs.",  "approx.", "no.", "fig.", "inc.",
                                         "corp.", "al.",  "u.s.", "st.",     "dr.", "mr.",  "ms."};
  for (std::size_t i = 0; i < text.size();) {
    bool ends = false;
    std::size_t length = 1;
    for (const std::string_view mark : {"。", "！", "？"}) {
      if (begins(text, i, mark)) {
        ends = true;
        length = mark.size();
      }
    }
    if (text[i] == '\n') ends = true;
    if (text[i] == '.' || text[i] == '!' || text[i] == '?') {
      const bool gap = i + 1 >= text.size() || is_blank(text[i + 1]) || begins(text, i + 1, "\"") ||
                       begins(text, i + 1, "”") || begins(text, i + 1, ")");
      const std::string before =
          lower(std::string(text.substr(i < 8 ? 0 : i - 8, i < 8 ? i + 1 : 9)));
      const bool shortened =
          text[i] == '.' &&
          std::any_of(std::begin(kShort), std::end(kShort), [&](std::string_view each) {
            return before.ends_with(each) && (before.size() == each.size() ||
                                              !is_letter(before[before.size() - each.size() - 1]));
          });
      ends = gap && !shortened;
    }
    i += length;
    if (!ends) continue;
    for (const std::string_view quote : {"\"", "”", ")", "）", "」"}) {  // closes with its sentence
      if (begins(text, i, quote)) i += quote.size();
    }
    close(i);
  }
  close(text.size());
  return sentences;
}

namespace {

// Digits at `at`, as many as `most`; the number, and `at` behind them. -1 where there are none.
int number_at(std::string_view text, std::size_t& at, std::size_t most) {
  int value = 0;
  const std::size_t start = at;
  while (at < text.size() && at - start < most && is_digit(text[at])) {
    value = 10 * value + (text[at++] - '0');
  }
  return at == start || (at < text.size() && is_digit(text[at])) ? -1 : value;
}

std::string dated(int year, int month, int day) {
  constexpr int kFirst = 1990, kLast = 2099, kOfYear = 12, kDays = 31;
  if (year < kFirst || year > kLast || month < 1 || month > kOfYear) return "";
  const auto two = [](int value) { return (value < 10 ? "0" : "") + std::to_string(value); };
  const std::string text = std::to_string(year) + "-" + two(month);
  return day >= 1 && day <= kDays && is_day(text + "-" + two(day)) ? text + "-" + two(day) : text;
}

// A year at `at` with its month behind: "2024-12-27", "2025年1月30日".
std::string date_from_year(std::string_view text, std::size_t at) {
  const int year = number_at(text, at, 4);
  for (const auto& [of_year, of_month] :
       {std::pair<std::string_view, std::string_view>{"-", "-"}, {"年", "月"}}) {
    if (!begins(text, at, of_year)) continue;
    std::size_t next = at + of_year.size();
    const int month = number_at(text, next, 2);
    if (!begins(text, next, of_month)) {
      if (of_year == "-" && month > 0) return dated(year, month, 0);
      continue;
    }
    next += of_month.size();
    return dated(year, month, number_at(text, next, 2));
  }
  return "";
}

// A month's name at `at` with its year behind: "December 2024", "January 30, 2025"; the day may
// stand before it.
std::string date_from_month(std::string_view text, std::size_t at, int month) {
  if (!begins(text, at, " ")) return "";
  ++at;
  std::size_t next = at;
  const int first = number_at(text, next, 4);
  if (first >= 1000) return dated(first, month, 0);
  if (first < 1 || !begins(text, next, ", ")) return "";
  next += 2;
  return dated(number_at(text, next, 4), month, first);
}

}  // namespace

std::string date_said(std::string_view text) {
  constexpr std::string_view kNames[] = {"january",   "february", "march",    "april",
                                         "may",       "june",     "july",     "august",
                                         "september", "october",  "november", "december"};
  const std::string small = lower(std::string(text));
  for (std::size_t at = 0; at < small.size(); ++at) {
    const bool starts = at == 0 || (!is_digit(small[at - 1]) && !is_letter(small[at - 1]));
    if (!starts) continue;
    if (is_digit(small[at])) {
      if (std::string date = date_from_year(small, at); !date.empty()) return date;
    }
    for (std::size_t month = 0; month < std::size(kNames); ++month) {
      if (!begins(small, at, kNames[month])) continue;
      std::string date =
          date_from_month(small, at + kNames[month].size(), static_cast<int>(month) + 1);
      if (!date.empty()) return date;
    }
  }
  return "";
}

Span clause_at(std::string_view sentence, std::size_t byte) {
  constexpr std::string_view kMarks[] = {",",  ";",  ":",  "(", ")",     "，",      "；",    "：",
                                         "（", "）", "、", "—", " and ", " while ", " but ", " 而"};
  std::size_t start = 0, end = sentence.size();
  for (const std::string_view mark : kMarks) {
    for (std::size_t at = sentence.find(mark); at != std::string_view::npos;
         at = sentence.find(mark, at + mark.size())) {
      const bool in_number = mark == "," && at > 0 && is_digit(sentence[at - 1]) &&
                             at + 1 < sentence.size() && is_digit(sentence[at + 1]);
      if (in_number) continue;
      if (at + mark.size() <= byte) start = std::max(start, at + mark.size());
      if (at >= byte) {
        end = std::min(end, at);
        break;
      }
    }
  }
  return {start, end > start ? end - start : 0};
}

bool says(std::string_view text, Cue cue) {
  for (std::string_view word : cue_words(cue)) {
    const bool stem = word.back() == '*';
    if (stem) word.remove_suffix(1);
    for (std::size_t at = text.find(word); at != std::string_view::npos;
         at = text.find(word, at + 1)) {
      const bool starts = at == 0 || !is_letter(word.front()) || !is_letter(text[at - 1]);
      const std::size_t end = at + word.size();
      const bool ends = stem || end >= text.size() || !is_letter(word.back()) ||
                        !(is_letter(text[end]) || is_digit(text[end]));
      if (starts && ends) return true;
    }
  }
  return false;
}

}  // namespace traincost
