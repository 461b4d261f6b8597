// One figure that stands alone, in plain units or in the words of a sentence.
#pragma once

#include <string_view>

#include "base/stated.h"
#include "estimator/prose/vocabulary.h"

namespace traincost {

struct ParsedFigure {
  ParsedStated read;
  Noun noun = Noun::kNone;  // what its words say that it counts: "2048 nodes"
};

// Reads a text as parse_stated does ("2.788M GPU-h") or as a sentence has it: "15 trillion tokens",
// "3,800 A100 hours", "half a million GPU hours", "$2 an hour", "8 cents per kWh", "€3M",
// "约2400 GPU小时", "278.8万", "7800美元", "两个月". The words are all of the text. What is neither
// is refused as parse_stated does. Never throws.
[[nodiscard]] ParsedFigure parse_figure(std::string_view text, Dimension dimension,
                                        const ExchangeRates& rates = {});

}  // namespace traincost
