// Claims drafted from what a text says: each sentence that states figures becomes a claim, each
// figure tied to its words.
//
// Nothing is guessed: a number that fits no figure is listed with the reason, and so is a sentence
// that states nothing to test. English and Chinese; the words are in estimator/prose.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "estimator/claims/claim.h"
#include "estimator/prose/numbers.h"

namespace traincost {

// A figure with the words of the sentence that state it.
struct DraftFigure {
  Figure figure = Figure::kCost;
  std::string text;  // as the claim file has it
  double value = 0;  // in base units
  Span words;
};

struct DraftSubject {
  std::string name;  // of a part; empty for the subject
  std::string accelerator;
  std::string model;
  std::vector<DraftFigure> figures;

  [[nodiscard]] const DraftFigure* figure(Figure which) const;
};

// A side of a ratio: an accelerator, or a value.
struct DraftSide {
  std::string name;
  std::string accelerator;
  std::string value;
  std::string value_of;  // whose it is, where the sentence lends another's
};

struct DraftRatio {
  std::string name;
  DraftSide a, b;
  std::string of;    // field of accelerators
  std::string text;  // "about 1/20"
  bool lower_by = false;
  Span words;
  Span sides;  // where the words of its sides are one: "1/28" beside "97% lower"
};

struct DraftSpec {
  std::string accelerator;
  std::string field;
  std::string text;
  Span words;
};

// A rate of growth whose ends the sentence does not say.
struct DraftGrowth {
  std::string name;
  std::string text;  // "50%", "2.4x"
  std::string over;  // "quarter", "year"
  Span words;
};

// A number that no figure took.
struct UnusedNumber {
  std::string text;
  std::string reason;
  Span words;
};

struct DraftClaim {
  std::string id;
  std::string statement;
  std::string language;  // IETF tag
  bool forecast = false;
  DraftSubject subject;
  std::vector<DraftSubject> parts;   // they sum to it
  std::vector<DraftSubject> others;  // beside it
  std::vector<DraftRatio> ratios;
  std::vector<DraftSpec> specs;
  std::vector<DraftGrowth> growth;
  std::vector<UnusedNumber> unused;
  std::vector<std::string> notes;  // what was chosen where the words leave it open

  [[nodiscard]] bool states_something() const;
};

// A sentence that states nothing to test.
struct UncheckableSentence {
  std::string text;
  std::string reason;
  std::vector<UnusedNumber> unused;
};

struct Draft {
  std::vector<DraftClaim> claims;
  std::vector<UncheckableSentence> uncheckable;
};

// `text` is UTF-8 (valid_utf8). Ids are "s1", "s2", ... by sentence; of a lone sentence "draft".
[[nodiscard]] Draft draft_claims(std::string_view text, const NameBook& names);

}  // namespace traincost
