// Sentences and clauses of a text, in English and Chinese, and where they stand in it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "estimator/prose/vocabulary.h"

namespace traincost {

// A stretch of a text, in bytes.
struct Span {
  std::size_t start = 0, length = 0;
  [[nodiscard]] std::size_t end() const { return start + length; }
};

// The sentences of a text, without what stands between them. A point inside a number or behind an
// abbreviation ends none.
[[nodiscard]] std::vector<Span> sentences_of(std::string_view text);

// How many characters (Unicode code points) there are before a byte.
[[nodiscard]] std::size_t characters_before(std::string_view text, std::size_t byte);

// `text` with each byte that is no UTF-8 replaced by U+FFFD.
[[nodiscard]] std::string valid_utf8(std::string_view text);

// The first date with a year and a month that a text says: "2024-12-27", "2025年1月30日", "January
// 30, 2025", "December 2024"; as YYYY-MM or YYYY-MM-DD, empty where there is none.
[[nodiscard]] std::string date_said(std::string_view text);

// The clause that a byte lies in: between commas, semicolons, colons, brackets and dashes.
[[nodiscard]] Span clause_at(std::string_view sentence, std::size_t byte);

// Whether a text, in small letters, holds one of a cue's words.
[[nodiscard]] bool says(std::string_view text, Cue cue);

}  // namespace traincost
