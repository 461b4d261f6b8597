// Claims drafted from what a text says: each sentence that states figures becomes a claim, each
// figure tied to its words; sentences that go on about the same run ("It took 39 days.") join it.
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

// Why a number is no figure of the claim.
enum class WhyUnused {
  kNoUnit,
  kUnread,  // beyond the range of numbers
  kNotAboveZero,
  kExchange,      // its currency is worth nobody says what
  kService,       // what a service costs its users
  kFunding,       // raised, invested, valued, lost
  kByTheDay,      // money for each day, month or year
  kSaved,         // money or time that is not spent
  kUnnamedMoney,  // it does not say what it pays for
  kOfASystem,     // of a server, rack or instance, not of one accelerator
  kOneOfThem,     // "one H800 costs": no count
  kDenied,        // the sentence says that it is not so
  kFromTo,        // one of two ends of a change
  kOtherTime,     // a time that is not the run's
  kUnnamedTime,   // it does not say what took so long
  kOfADay,        // hours of a day
  kOfASequence,   // tokens or sequences of a batch
  kOfARate,       // what a rate is of: "for each trillion tokens"
  kUnnamedChip,   // whose memory or peak it could be
  kNoPrecision,   // a peak without its precision
  kMass,          // of nothing named
  kNoFigure,      // no figure has its unit
  kSecond,        // another figure of the same kind, of nothing else that is named
  kSize,          // a name's size
  kShare,         // of which figure?
  kSides,         // a ratio without both of its sides
  kGrowthTime,    // a growth over no time that is said
  kGrowthOf,      // a growth of nothing named
};

// A number that no figure took.
struct UnusedNumber {
  std::string text;
  WhyUnused why = WhyUnused::kNoUnit;
  Span words;
};

// A chip taken where the words leave a choice.
struct DraftChoice {
  std::string said;    // "H20"; empty where the sentence names several chips
  std::string taken;   // id
  std::size_t of = 0;  // that it may be
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
  std::vector<DraftChoice> choices;
  std::size_t first_character = 0;  // of the sentence in its text

  [[nodiscard]] bool states_something() const;
};

// Why a sentence states nothing to test.
enum class WhyUncheckable { kNoNumber, kNoFigure, kTooLong, kRefused };

struct UncheckableSentence {
  std::string text;
  WhyUncheckable why = WhyUncheckable::kNoNumber;
  std::string fault;  // of the claim file, where that refuses the draft
  std::vector<UnusedNumber> unused;
};

struct Draft {
  std::size_t sentences = 0;  // of the text
  std::vector<DraftClaim> claims;
  std::vector<UncheckableSentence> uncheckable;
};

// `text` is UTF-8 (valid_utf8). Ids are "s1", "s2", ... by sentence; of a lone sentence "draft".
// `rates`: what other currencies are worth; their sums are no figures without.
[[nodiscard]] Draft draft_claims(std::string_view text, const NameBook& names,
                                 const ExchangeRates& rates = {});

}  // namespace traincost
