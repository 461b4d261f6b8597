// Shares, fractions, multiples, growth and comparisons of a sentence.
#include <algorithm>

#include "base/text.h"
#include "estimator/claims/draft_rows.h"

namespace traincost {
namespace {

// The field of a chip that a clause compares; empty where it names none.
std::string compared_field(std::string_view clause) {
  if (says(clause, Cue::kBandwidth)) return "memory_bandwidth";
  if (says(clause, Cue::kMemory)) return "memory_capacity";
  if (says(clause, Cue::kCompute)) return "peak_dense";
  return "";
}

const char* field_words(std::string_view field) {
  return field == "memory_bandwidth"  ? "memory bandwidth"
         : field == "memory_capacity" ? "memory"
                                      : "compute";
}

// Another chip than the one the sentence is about, in a clause.
const NameMention* other_chip(const ReadSentence& sentence, Span clause) {
  for (const NameMention& name : sentence.names) {
    if (name.kind != NameKind::kAccelerator || name.ids.front() == sentence.about) continue;
    if (name.start >= clause.start && name.end() <= clause.end()) return &name;
  }
  return nullptr;
}

// "less than 15% of the H100's compute".
bool take_chip_share(const ReadSentence& sentence, const NumberMention& number, DraftClaim& claim) {
  if (sentence.about.empty()) return false;
  const Span clause = clause_at(sentence.small, number.span.start);
  const NameMention* chip = other_chip(sentence, clause);
  const std::string field = compared_field(sentence.clause(number));
  if (chip == nullptr || field.empty()) return false;
  DraftRatio ratio;
  ratio.name = field_words(field);
  ratio.a = {sentence.about, sentence.about, "", ""};
  // A family's name is each of its members: the reader says against which it holds.
  const std::string family = family_of(chip->ids.front());
  ratio.b = {chip->text, lower(chip->text) == family ? family : chip->ids.front(), "", ""};
  ratio.of = field;
  ratio.text = number.plain;
  // "43% more than" is 1.43 times it, "43% less" 57% of it.
  const std::string_view behind = std::string_view(sentence.small).substr(number.span.end(), 12);
  const bool bound = number.plain.find("than ") != std::string::npos;
  const bool of_it = behind.rfind(" of ", 0) == 0;
  if (number.percent && !bound && !of_it &&
      (says(behind, Cue::kLower) || begins(behind, 0, " less")))
    ratio.lower_by = true;
  // "6.7 times lower" is a 6.7th of it.
  if (number.times && says(behind, Cue::kLower)) {
    const std::size_t digits = number.plain.find_first_of("0123456789");
    ratio.text = number.plain.substr(0, digits) + "1/" +
                 number.plain.substr(digits, number.plain.size() - digits - 1);
  }
  if (number.percent && !bound && !of_it && !ratio.lower_by && says(behind, Cue::kHigher)) {
    const std::size_t digits = number.plain.find_first_of("0123456789");
    const double more = 1 + number.stated.value;
    std::string times = std::to_string(more);
    times.erase(times.find_last_not_of('0') + 1);
    ratio.text = number.plain.substr(0, digits) + times + "x";
  }
  ratio.words = number.span;
  claim.ratios.push_back(std::move(ratio));
  return true;
}

bool take_growth(const ReadSentence& sentence, const NumberMention& number, DraftClaim& claim,
                 WhyUnused& why) {
  const std::string_view clause = sentence.clause(number);
  if (!says(clause, Cue::kGrowth) || number.fraction) return false;
  if (!says(sentence.small, Cue::kPeriod)) {
    why = WhyUnused::kGrowthTime;
    return false;
  }
  DraftGrowth growth;
  const NameMention* chip = sentence.name_before(number.span.start, true);
  const NameMention* other = sentence.name_before(number.span.start, false);
  const NameMention* name = chip != nullptr ? chip : other;
  if (name == nullptr) {
    why = WhyUnused::kGrowthOf;
    return false;
  }
  const bool sales = says(sentence.small, Cue::kSold) || says(sentence.small, Cue::kRevenue);
  growth.name = name->text + (sales ? " sales" : "");
  const auto found = [&](std::string_view word) {
    return sentence.small.find(word) != std::string::npos;
  };
  growth.over = found("环比") || found("quarter") || found("季度") ? "quarter"
                : found("a month") || found("month-on-month")      ? "month"
                                                                   : "year";
  growth.text = number.plain;
  growth.words = number.span;
  claim.growth.push_back(std::move(growth));
  return true;
}

// The name that a ratio's other side has: "of OpenAI o1's", "后者" (the latter).
const NameMention* other_side(const ReadSentence& sentence, const NumberMention& number) {
  const std::string_view small = sentence.small;
  const bool latter = sentence.clause(number).find("后者") != std::string_view::npos ||
                      sentence.clause(number).find("the latter") != std::string_view::npos;
  if (latter) return sentence.name_before(number.span.start, false);
  for (const NameMention& name : sentence.names) {
    if (name.start < number.span.end() || name.kind == NameKind::kAccelerator) continue;
    const std::string_view between =
        small.substr(number.span.end(), name.start - number.span.end());
    return between.size() <= 12 ? &name : nullptr;
  }
  return nullptr;
}

// Two sides that the sentence states in one figure: its subject's, and another's.
bool take_ratio_of_figures(const ReadSentence& sentence, const NumberMention& number, bool lower_by,
                           DraftClaim& claim) {
  constexpr Figure kCompared[] = {Figure::kCost, Figure::kAcceleratorTimePerToken,
                                  Figure::kAcceleratorTime, Figure::kPrice, Figure::kTokens};
  for (const Figure each : kCompared) {
    const DraftFigure* own = claim.subject.figure(each);
    const DraftFigure* other = nullptr;
    std::string whose;
    for (const DraftSubject& subject : claim.others) {
      if (const DraftFigure* found = subject.figure(each)) {
        if (own == nullptr) {
          own = found;
          continue;
        }
        other = found;
        whose = subject.name;
      }
    }
    if (own == nullptr || other == nullptr) continue;
    DraftRatio ratio;
    ratio.name = kind_of(each).words;
    const NameMention* subject = nullptr;
    for (const NameMention& name : sentence.names) {  // a run is of what it is called first
      if (name.kind == NameKind::kAccelerator || !name.versioned()) continue;
      if (name.start > own->words.start) break;  // the other's
      subject = &name;
      break;
    }
    const NameMention* side = other_side(sentence, number);
    ratio.a = {subject == nullptr ? "" : subject->text, "", own->text, ""};
    ratio.b = {side == nullptr ? whose : side->text, "", other->text, ""};
    // The sentence's only other figure may be a third one's.
    if (side != nullptr && side->text != whose) ratio.b.value_of = whose;
    if (ratio.a.name == ratio.b.name) ratio.a.name.clear();
    ratio.text = number.plain;
    ratio.lower_by = lower_by;
    ratio.words = number.span;
    claim.ratios.push_back(std::move(ratio));
    return true;
  }
  return false;
}

// "148 of 419 were faulty (30.1%)": a share of two counts that stand before it.
bool take_share_of_counts(const ReadSentence& sentence, const NumberMention& number,
                          DraftClaim& claim) {
  const auto counts = [&](const NumberMention& each) {
    return each.span.start < number.span.start && (each.bare || each.noun == Noun::kEvents);
  };
  const NumberMention* whole = nullptr;
  const NumberMention* part = nullptr;
  for (const NumberMention& each : sentence.numbers) {
    const std::string_view before = std::string_view(sentence.small).substr(0, each.span.start);
    if (counts(each) && before.ends_with("of ")) whole = &each;
  }
  for (const NumberMention& each : sentence.numbers) {
    if (counts(each) && &each != whole) part = &each;  // the nearest
  }
  if (whole == nullptr || part == nullptr || part->stated.value >= whole->stated.value)
    return false;
  DraftRatio ratio;
  ratio.name = "share";
  ratio.a = {part->text, "", "exactly " + part->plain, ""};
  ratio.b = {whole->text, "", "exactly " + whole->plain, ""};
  ratio.text = number.plain;
  ratio.words = number.span;
  claim.ratios.push_back(std::move(ratio));
  return true;
}

}  // namespace

bool take_ratio(const ReadSentence& sentence, const NumberMention& number, DraftClaim& claim,
                WhyUnused& why) {
  if (!number.percent && !number.fraction && !number.times) return false;
  if (take_chip_share(sentence, number, claim)) return true;
  if (take_growth(sentence, number, claim, why)) return true;
  if (says(sentence.clause(number), Cue::kGrowth)) return false;
  const std::string_view clause = sentence.clause(number);
  const bool lower_by =
      number.percent && says(clause, Cue::kLower) && !(number.plain.rfind("less than ", 0) == 0);
  // "priced at 1/28, about 97% lower": the one says the other.
  const auto& numbers = sentence.numbers;
  const auto fraction = std::find_if(numbers.rbegin(), numbers.rend(), [&](const auto& each) {
    return each.fraction && each.span.start < number.span.start;
  });
  if (lower_by && fraction != numbers.rend()) {
    const std::size_t stroke = fraction->plain.rfind('/');
    const std::size_t space = fraction->plain.rfind(' ');
    const std::size_t from = space == std::string::npos ? 0 : space + 1;
    DraftRatio ratio;
    ratio.name = fraction->text + " as a reduction";
    ratio.a = {"", "", "exactly " + fraction->plain.substr(from, stroke - from), ""};
    ratio.b = {"", "", "exactly " + fraction->plain.substr(stroke + 1), ""};
    ratio.text = number.plain;
    ratio.lower_by = true;
    ratio.words = number.span;
    ratio.sides = fraction->span;
    claim.ratios.push_back(std::move(ratio));
    return true;
  }
  if (number.fraction && says(clause, Cue::kApi)) {
    // Taken as the sides of "lower by", where the sentence says both.
    const bool both = std::any_of(numbers.begin(), numbers.end(), [&](const auto& each) {
      return each.percent && each.span.start > number.span.start &&
             says(sentence.clause(each), Cue::kLower);
    });
    why = WhyUnused::kSides;
    return both;
  }
  if (take_ratio_of_figures(sentence, number, lower_by, claim)) return true;
  if (number.percent && take_share_of_counts(sentence, number, claim)) return true;
  why = number.percent ? WhyUnused::kShare : WhyUnused::kSides;
  return false;
}

void take_comparisons(const ReadSentence& sentence, DraftClaim& claim) {
  if (sentence.about.empty()) return;
  struct Comparison {
    std::string_view before, behind;  // of the chip
    const char* ratio;
  };
  constexpr Comparison kComparisons[] = {{"higher than the ", "", "more than 1x"},
                                         {"higher than ", "", "more than 1x"},
                                         {"larger than the ", "", "more than 1x"},
                                         {"more than the ", "", "more than 1x"},
                                         {"lower than the ", "", "less than 1x"},
                                         {"lower than ", "", "less than 1x"},
                                         {"smaller than the ", "", "less than 1x"},
                                         {"比", "更高", "more than 1x"},
                                         {"比", "更大", "more than 1x"},
                                         {"比", "更快", "more than 1x"},
                                         {"比", "更低", "less than 1x"},
                                         {"高于", "", "more than 1x"},
                                         {"低于", "", "less than 1x"}};
  const std::string_view small = sentence.small;
  std::size_t last = 0;  // a chip is compared once
  for (const NameMention& chip : sentence.names) {
    if (chip.kind != NameKind::kAccelerator || chip.ids.front() == sentence.about) continue;
    // A number says it better: "6.7 times lower than the H100".
    const bool told = std::any_of(claim.ratios.begin(), claim.ratios.end(), [&](const auto& ratio) {
      constexpr std::size_t kNear = 40;  // bytes: the same words
      return ratio.b.name == chip.text && ratio.words.end() <= chip.start &&
             chip.start - ratio.words.end() < kNear;
    });
    if (told) continue;
    for (const Comparison& each : kComparisons) {
      if (!small.substr(0, chip.start).ends_with(each.before)) continue;
      if (!begins(small, chip.end(), each.behind) || chip.start < last) continue;
      // Of what was said last: the sheet's figure before, or the clause's word.
      const std::size_t from = chip.start - each.before.size();
      std::string field = compared_field(small.substr(0, from));
      for (const DraftSpec& spec : claim.specs) {
        const bool memory = spec.field.rfind("memory", 0) == 0;
        if (memory && spec.words.end() <= from) field = spec.field;
      }
      if (field.empty()) continue;
      DraftRatio ratio;
      ratio.name = field_words(field);
      ratio.a = {sentence.about, sentence.about, "", ""};
      ratio.b = {chip.text, chip.ids.front(), "", ""};
      ratio.of = field;
      ratio.text = each.ratio;
      ratio.words = {from, chip.end() + each.behind.size() - from};
      claim.ratios.push_back(std::move(ratio));
      last = chip.end();
      break;
    }
  }
}

}  // namespace traincost
