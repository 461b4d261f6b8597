// What a check is said in: figures, arithmetic that a reader can repeat, one sentence for each row
// and one for the claim. Internal to reports/.
#pragma once

#include <string>
#include <vector>

#include "estimator/claims/check.h"

namespace traincost {

// "cannot_tell" as people say it.
[[nodiscard]] std::string verdict_text(const std::string& verdict);

// A value of a figure in its unit, short: "$5.576M", "54.2 d", "34.6%"; and a range of it.
[[nodiscard]] std::string figure_text(double value, const std::string& figure,
                                      const std::string& unit);
[[nodiscard]] std::string range_text(Interval range, const std::string& figure,
                                     const std::string& unit);

// "2.788M", "198", to four digits.
[[nodiscard]] std::string short_number(double value);

// A factor as it is said in a product, with what it counts: "2,048 GPUs", "PUE 1.10 (assumed)".
[[nodiscard]] std::string factor_text(const Factor& factor);

// What a figure is called in a sentence: "GPU-hours" for accelerator_time; others by their name.
[[nodiscard]] std::string figure_words(const std::string& figure);

// "a, b and c".
[[nodiscard]] std::string joined(const std::vector<std::string>& words);

// "648 GPUs x 198 h x $2/GPU-h = $256,608; stated $202K (the product is 27% more)"; empty where
// nothing is multiplied.
[[nodiscard]] std::string arithmetic_text(const CheckRow& row);

// What the row holds against what, in one sentence with its subject.
[[nodiscard]] std::string row_text(const CheckRow& row);
// How far a bad row lies outside of what it is held against, rounding allowed: "by at least 20%".
[[nodiscard]] std::string degree_text(const CheckRow& row);
// "a cost of at most $3M, or at least 541 GPUs": what would turn the row; empty where nothing.
[[nodiscard]] std::string turns_text(const CheckRow& row);
// The mistake that would explain a bad row: "hours for days"; or empty.
[[nodiscard]] std::string slip_text(const CheckRow& row);

// The figures that would let a claim be tested: "the chip, cost and tokens".
[[nodiscard]] std::string wanted_text(const CheckAnswer& answer);

// The claim's answer in one plain sentence.
[[nodiscard]] std::string answer_text(const CheckAnswer& answer);

}  // namespace traincost
