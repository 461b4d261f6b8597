// What a sentence states: each number with its unit, what it counts and how exactly it is meant.
//
// Table-driven (vocabulary.h); nothing is guessed: a number without a unit, a noun or a chip behind
// it stays a bare number.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/stated.h"
#include "estimator/prose/names.h"
#include "estimator/prose/sentences.h"
#include "estimator/prose/vocabulary.h"

namespace traincost {

struct NumberMention {
  Span span;            // with its qualifier and unit
  std::string text;     // as written
  std::string plain;    // as parse_stated reads it: "about $5.58M"
  std::string unit;     // as `plain` has it: "GPU-h/T tokens", "/GPU-h"
  Dimension dimension;  // of the unit
  Noun noun = Noun::kNone;
  bool bare = false;      // neither unit nor noun nor chip: it may be anything
  bool fraction = false;  // "1/20"
  bool times = false;     // "2.4 times"
  bool percent = false;
  bool unread = false;                  // beyond the range of numbers, or of no worth that is known
  bool changes = false;                 // one of two ends: "from 100,000 to 200,000"
  bool per_token = false;               // of a token or a trillion of them
  std::string of_chip;                  // id of the accelerator whose hours, or whose number, it is
  std::string currency;                 // code of money that is not dollars: its worth is not known
  std::vector<std::string> precisions;  // that it is said of: "int8", "fp8"
  Stated stated;                        // what `plain` is read as
};

// In the order of the sentence. `names` are those of the sentence: digits inside them are no
// numbers. Dates and years are left out.
[[nodiscard]] std::vector<NumberMention> numbers_in(std::string_view sentence,
                                                    const std::vector<NameMention>& names);

}  // namespace traincost
