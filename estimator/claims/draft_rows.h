// How the numbers of one sentence become figures: what the files draft_*.cpp share. Internal.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "estimator/claims/draft.h"

namespace traincost {

// One sentence as it was read.
struct ReadSentence {
  std::string_view text;
  std::string small;  // in small letters, byte for byte
  std::vector<NameMention> names;
  std::vector<NumberMention> numbers;
  std::string about;  // id of the chip that it is about, perhaps by the sentence before
  const ExchangeRates* rates = nullptr;

  // In small letters: the clause of a number, and so many bytes around it.
  [[nodiscard]] std::string_view clause(const NumberMention& number) const;
  [[nodiscard]] std::string_view around(const NumberMention& number, std::size_t bytes) const;
  // Of its clause, what stands before the number and behind the number before it; what stands
  // behind it and before the next.
  [[nodiscard]] std::string_view before(const NumberMention& number) const;
  [[nodiscard]] std::string_view behind(const NumberMention& number) const;
  // Whether a name is only what another is held against, or counted by: "faster than the H100".
  [[nodiscard]] bool is_compared(const NameMention& name) const;
  // The last chip, or other name, that ends before a byte; null where none does.
  [[nodiscard]] const NameMention* name_before(std::size_t byte, bool of_chip) const;
};

// A number as a figure of a run or a sale, or why it is none.
struct FigureOrReason {
  std::optional<Figure> figure;
  std::string text;  // as the figure is written in the claim, where its plain form will not do
  WhyUnused why = WhyUnused::kNoUnit;
};
[[nodiscard]] FigureOrReason figure_of(const ReadSentence& sentence, const NumberMention& number);

// Whether a number is a figure of the sheet of the chip that the sentence is about; written into
// `claim`.
[[nodiscard]] bool take_spec(const ReadSentence& sentence, const NumberMention& number,
                             DraftClaim& claim);

// Shares, fractions, multiples and growth: true where `number` was taken into `claim`, whose
// figures are there already.
[[nodiscard]] bool take_ratio(const ReadSentence& sentence, const NumberMention& number,
                              DraftClaim& claim, WhyUnused& why);

// What one sentence states; without its id and place.
[[nodiscard]] DraftClaim claim_of(const ReadSentence& sentence);

// "higher than the H100": a comparison without a number.
void take_comparisons(const ReadSentence& sentence, DraftClaim& claim);

}  // namespace traincost
