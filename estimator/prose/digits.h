// Numbers as they are written, without their units: digits and words, scales, money's signs, and
// what is a date. Texts are in small letters. Internal to this room.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/text.h"
#include "estimator/prose/vocabulary.h"

namespace traincost {

// Whether a word of ASCII that ends, or starts, at a byte does so there.
[[nodiscard]] bool word_ends(std::string_view text, std::size_t end);
[[nodiscard]] bool word_starts(std::string_view text, std::size_t start);

// The longest entry of a table that stands at `at`, as a whole word; null where none does.
template <typename Row>
[[nodiscard]] const Row* longest(std::span<const Row> table, std::string_view text,
                                 std::size_t at) {
  const Row* best = nullptr;
  for (const Row& row : table) {
    if (best != nullptr && row.text.size() <= best->text.size()) continue;
    if (begins(text, at, row.text) && word_ends(text, at + row.text.size())) best = &row;
  }
  return best;
}

struct Number {
  std::size_t end = 0;
  std::string digits;    // "1234.5", "1e25"
  bool written = false;  // in words
};

// The end of the digits at `at`.
[[nodiscard]] std::size_t digits_end(std::string_view text, std::size_t at);

// "12,000", "2.788", "3.14e23", "2.1 x 10^25"; nothing where no digit stands at `at`.
[[nodiscard]] std::optional<Number> figure_at(std::string_view text, std::size_t at);

// "3 hours 51 minutes", "3h51m", "3小时51分钟" as hours; nothing where no such time stands at `at`.
[[nodiscard]] std::optional<Number> clock_time_at(std::string_view text, std::size_t at);

struct Amount {
  std::size_t start = 0, end = 0;
  std::string currency;  // code
  std::string digits;    // with its scale as K, M, B or T
  bool scaled = false;   // by a word or letter: "million", "亿"
  bool written = false;
};

// Money's sign, the number in digits or words, its scale.
[[nodiscard]] std::optional<Amount> amount_at(std::string_view text, std::size_t at);

// Days, months and years: "11 march", "december 2024", "2024-12-27", "1月30日", "in 2024".
// A year counts nothing; where a unit or a chip stands behind (`counts`), it is none but after
// "in".
[[nodiscard]] bool is_date(std::string_view text, const Number& number, std::size_t at,
                           bool counts);

}  // namespace traincost
