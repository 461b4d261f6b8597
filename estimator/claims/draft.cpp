#include "estimator/claims/draft.h"

#include <algorithm>

#include "base/text.h"
#include "estimator/claims/draft_rows.h"

namespace traincost {

const DraftFigure* DraftSubject::figure(Figure which) const {
  const auto found = std::find_if(figures.begin(), figures.end(),
                                  [&](const DraftFigure& each) { return each.figure == which; });
  return found == figures.end() ? nullptr : &*found;
}

bool DraftClaim::states_something() const {
  return !subject.figures.empty() || !parts.empty() || !others.empty() || !ratios.empty() ||
         !specs.empty() || !growth.empty();
}

namespace {

constexpr std::size_t kLongest = 4000;  // bytes of a sentence

// Whether a sentence goes on telling of what the one before told: "It took 39 days.", "In total
// ...". One that names something begins anew.
bool goes_on(const ReadSentence& sentence) {
  constexpr std::string_view kOpenings[] = {
      "it ",      "its ",   "the run ",  "the training ", "training ", "this ", "that ",
      "in total", "in all", "the total", "at ",           "total",     "该",    "其",
      "它",       "总",     "共",        "训练"};
  const bool names =
      std::any_of(sentence.names.begin(), sentence.names.end(), [](const NameMention& name) {
        return name.kind != NameKind::kAccelerator && name.versioned();
      });
  const bool opens =
      std::any_of(std::begin(kOpenings), std::end(kOpenings),
                  [&](std::string_view word) { return begins(sentence.small, 0, word); });
  const bool sums_up = !sentence.numbers.empty() && says(sentence.small, Cue::kTotal);
  return !names && (opens || sums_up);
}

// Whether two sentences state one run together: neither has parts, and no figure is in both.
bool may_join(const DraftClaim& a, const DraftClaim& b) {
  constexpr std::size_t kMost = 1000;  // bytes of a statement
  const auto plain = [](const DraftClaim& claim) {
    return !claim.subject.figures.empty() && claim.parts.empty() && claim.others.empty() &&
           claim.ratios.empty() && claim.specs.empty() && claim.growth.empty();
  };
  const bool collide = std::any_of(
      b.subject.figures.begin(), b.subject.figures.end(),
      [&](const DraftFigure& each) { return a.subject.figure(each.figure) != nullptr; });
  const auto agree = [](const std::string& x, const std::string& y) {
    return x.empty() || y.empty() || x == y;
  };
  return plain(a) && plain(b) && !collide && a.forecast == b.forecast && a.language == b.language &&
         agree(a.subject.accelerator, b.subject.accelerator) &&
         agree(a.subject.model, b.subject.model) && a.statement.size() + b.statement.size() < kMost;
}

// `next`, whose statement begins `offset` bytes into that of the two together.
void join(DraftClaim& claim, DraftClaim&& next, std::size_t offset, std::string statement) {
  claim.statement = std::move(statement);
  for (DraftFigure& figure : next.subject.figures) {
    figure.words.start += offset;
    claim.subject.figures.push_back(std::move(figure));
  }
  for (UnusedNumber& number : next.unused) {
    number.words.start += offset;
    claim.unused.push_back(std::move(number));
  }
  if (claim.subject.accelerator.empty()) claim.subject.accelerator = next.subject.accelerator;
  if (claim.subject.model.empty()) claim.subject.model = next.subject.model;
  claim.choices.insert(claim.choices.end(), next.choices.begin(), next.choices.end());
}

ReadSentence read_sentence(std::string_view text, const NameBook& names,
                           const ExchangeRates& rates) {
  ReadSentence sentence;
  sentence.rates = &rates;
  sentence.text = text;
  sentence.small = lower(std::string(text));
  sentence.names = names.in(text);
  sentence.numbers = numbers_in(text, sentence.names);
  return sentence;
}

// The chip that a sentence is about: "its" and "其" go on with that of the sentence before; else
// the first that is told of, and not only compared with.
std::string chip_of(const ReadSentence& sentence, const std::string& before) {
  constexpr std::size_t kOpening = 24;  // bytes
  const bool its = begins(sentence.small, 0, "its ") || begins(sentence.small, 0, "it ") ||
                   sentence.small.substr(0, kOpening).find("其") != std::string::npos;
  if (its && !before.empty()) return before;
  for (const NameMention& name : sentence.names) {
    if (name.kind == NameKind::kAccelerator && !sentence.is_compared(name)) return name.ids.front();
  }
  return "";
}

}  // namespace

Draft draft_claims(std::string_view text, const NameBook& names, const ExchangeRates& rates) {
  Draft draft;
  const std::vector<Span> sentences = sentences_of(text);
  draft.sentences = sentences.size();
  std::string about;
  std::size_t counted = 0, characters = 0;  // bytes, and what they hold
  std::size_t began = 0;                    // the last claim's first byte
  bool adjoins = false;                     // the sentence before is the last claim's
  int count = 0;
  for (const Span& span : sentences) {
    ++count;
    const std::string_view words = text.substr(span.start, span.length);
    if (span.length > kLongest) {
      draft.uncheckable.push_back({std::string(words), WhyUncheckable::kTooLong, "", {}});
      adjoins = false;
      continue;
    }
    ReadSentence sentence = read_sentence(words, names, rates);
    about = chip_of(sentence, about);
    sentence.about = about;
    DraftClaim claim = claim_of(sentence);
    characters += characters_before(text.substr(counted), span.start - counted);
    counted = span.start;
    claim.first_character = characters;
    claim.id = sentences.size() == 1 ? "draft" : "s" + std::to_string(count);
    if (!claim.states_something()) {
      const auto why =
          sentence.numbers.empty() ? WhyUncheckable::kNoNumber : WhyUncheckable::kNoFigure;
      draft.uncheckable.push_back({claim.statement, why, "", std::move(claim.unused)});
      adjoins = false;
      continue;
    }
    if (adjoins && goes_on(sentence) && may_join(draft.claims.back(), claim)) {
      join(draft.claims.back(), std::move(claim), span.start - began,
           std::string(text.substr(began, span.end() - began)));
      continue;
    }
    began = span.start;
    adjoins = true;
    draft.claims.push_back(std::move(claim));
  }
  return draft;
}

}  // namespace traincost
