// One sentence as a claim: whose each figure is, parts and totals, chips and models.
#include <algorithm>
#include <cmath>
#include <map>

#include "base/text.h"
#include "estimator/claims/draft_rows.h"

namespace traincost {
namespace {

// A number that became a figure.
struct Taken {
  const NumberMention* number;
  Figure figure;
  std::string text;
  Stated stated;  // the number's own, or in the unit that another lends it
};

DraftFigure drafted(const Taken& taken) {
  return {taken.figure, taken.text, taken.stated.value, taken.number->span};
}

// Two readings of one figure agree: "4 days, or 80 hours" do not.
bool same(const Taken& a, const Taken& b) {
  const Interval x = a.stated.meant, y = b.stated.meant;
  return x.meets(y);
}

// ---- who a figure is of ----

// A stretch of the sentence that tells of one thing, from its name to the next one's.
struct Segment {
  std::size_t start = 0;
  std::string name;
};

bool is_size(const NumberMention& number) {
  return number.bare && number.plain.ends_with("B") && number.stated.value >= 1e8;
}

// What the clause of a number calls it behind: "119K for context extension".
std::string name_behind(const ReadSentence& sentence, const NumberMention& number) {
  constexpr std::string_view kFor = " for ";
  const std::size_t at = number.span.end();
  if (!begins(sentence.small, at, kFor)) return "";
  const std::size_t start = at + kFor.size();
  const std::size_t end =
      std::min(sentence.small.find_first_of(",;:()", start), sentence.small.size());
  std::string name(sentence.text.substr(start, end - start));
  if (const std::size_t stop = name.find(" and "); stop != std::string::npos) name.erase(stop);
  while (!name.empty() && (name.back() == '.' || name.back() == ' ')) name.pop_back();
  constexpr std::size_t kLongest = 40;
  return name.size() <= kLongest ? name : "";
}

// The words of a clause before its number, where they name what the number is of: "the SFT data".
// Verbs, prepositions and names say something else.
std::string phrase_before(const ReadSentence& sentence, const NumberMention& number,
                          std::size_t& start) {
  const Span clause = clause_at(sentence.small, number.span.start);
  start = clause.start;
  while (start < number.span.start && is_blank(sentence.small[start])) ++start;
  if (start >= number.span.start) return "";
  const bool named =
      std::any_of(sentence.names.begin(), sentence.names.end(), [&](const auto& name) {
        return name.start >= clause.start && name.start < number.span.start;
      });
  std::string phrase(trimmed(sentence.text.substr(start, number.span.start - start)));
  for (const std::string_view verb : {" cost", " costs", " took", " used", " takes", " uses"}) {
    if (lower(phrase).ends_with(verb)) phrase.erase(phrase.size() - verb.size());
  }
  const std::vector<std::string> words = words_of(lower(phrase));
  constexpr std::size_t kMost = 4;
  constexpr std::string_view kOther[] = {
      "at",   "in",   "on",       "for",    "with",     "over",  "of",   "to",   "by",
      "from", "also", "and",      "or",     "was",      "were",  "is",   "are",  "took",
      "used", "cost", "costs",    "uses",   "takes",    "about", "each", "than", "it",
      "that", "run",  "training", "lasted", "consumed", "they"};
  const bool other = std::any_of(words.begin(), words.end(), [&](const std::string& word) {
    return std::find(std::begin(kOther), std::end(kOther), word) != std::end(kOther) ||
           std::any_of(word.begin(), word.end(), is_digit);
  });
  if (named || other || words.empty() || words.size() > kMost || !is_letter(phrase.front()))
    return "";
  if (phrase.rfind("the ", 0) == 0) phrase.erase(0, 4);
  return phrase;
}

// Names that figures may be of: models and the like, sizes before their figures ("7B 184,320"),
// phrases ("the SFT data").
std::vector<Segment> segments_of(const ReadSentence& sentence) {
  std::vector<Segment> segments;
  for (const NameMention& name : sentence.names) {
    if (name.kind == NameKind::kAccelerator || !name.versioned()) continue;
    if (!segments.empty() && sentence.is_compared(name)) continue;
    segments.push_back({name.start, name.text});
  }
  for (std::size_t i = 0; i < sentence.numbers.size(); ++i) {
    const NumberMention& number = sentence.numbers[i];
    if (is_size(number) && i + 1 < sentence.numbers.size()) {
      const std::string_view behind = std::string_view(sentence.small).substr(number.span.end(), 6);
      const bool figure = behind.size() > 1 && behind[0] == ' ' && is_digit(behind[1]);
      const bool told = behind.rfind(" at ", 0) == 0 || behind.rfind(" took ", 0) == 0 ||
                        behind.rfind(" used ", 0) == 0 || behind.rfind(": ", 0) == 0;
      if (figure || told) segments.push_back({number.span.start, number.text});
    }
    std::size_t start = 0;
    std::string phrase = number.bare ? "" : phrase_before(sentence, number, start);
    if (!phrase.empty()) segments.push_back({start, std::move(phrase)});
  }
  std::sort(segments.begin(), segments.end(),
            [](const Segment& a, const Segment& b) { return a.start < b.start; });
  return segments;
}

const Segment* segment_at(const std::vector<Segment>& segments, std::size_t byte) {
  const Segment* found = nullptr;
  for (const Segment& each : segments) {
    if (each.start <= byte) found = &each;
  }
  return found;
}

// Whether words say that a number is of all: "in all", "7.38M in total", "合计".
bool is_total(const ReadSentence& sentence, const NumberMention& number) {
  const std::string_view before = sentence.before(number);
  return says(before, Cue::kTotal) || before.ends_with("共") ||
         says(sentence.behind(number), Cue::kTotal);
}

// The figure of one kind that the others add up to; null where none is.
const Taken* sum_of(const std::vector<const Taken*>& alike) {
  double sum = 0;
  for (const Taken* each : alike) sum += each->stated.value;
  constexpr double kClose = 0.03;
  for (const Taken* each : alike) {
    const double rest = sum - each->stated.value;
    if (std::abs(each->stated.value / rest - 1) < kClose) return each;
  }
  return nullptr;
}

// The one that says that it is of all.
const Taken* told_total(const ReadSentence& sentence, const std::vector<const Taken*>& alike) {
  const auto found = std::find_if(alike.begin(), alike.end(), [&](const Taken* each) {
    return is_total(sentence, *each->number);
  });
  return found == alike.end() ? nullptr : *found;
}

// ---- numbers without a unit ----

// Bare numbers that add up to a figure are its parts: "3.3M hours: 7B 184,320, 13B 368,640, ...".
// Also "5.0M and 2.38M hours", where the unit stands behind the last.
void take_bare_parts(const ReadSentence& sentence, std::vector<Taken>& taken) {
  std::vector<const NumberMention*> bare;
  for (const NumberMention& each : sentence.numbers) {
    const bool used =
        std::any_of(taken.begin(), taken.end(), [&](const Taken& t) { return t.number == &each; });
    if (each.bare && !used) bare.push_back(&each);
  }
  if (bare.empty()) return;
  std::vector<Taken> more;
  const auto add = [&](const NumberMention& number, const Taken& like) {
    const NumberMention& unit = *like.number;
    const bool money = unit.dimension == Dimension{.usd = 1};
    std::string text =
        (money ? "$" : "") + number.plain + (unit.unit.empty() ? "" : " ") + unit.unit;
    auto read = parse_stated(text, kind_of(like.figure).dimension);
    if (read.stated)
      more.push_back({&number, like.figure, std::move(text), std::move(*read.stated)});
  };
  for (const Taken& total : taken) {
    if (!kind_of(total.figure).sums && total.figure != Figure::kAcceleratorTimePerToken) continue;
    // In the unit that the total is written in: both count ones, or both count hours.
    const double unit =
        total.figure == Figure::kAcceleratorTime || total.figure == Figure::kAcceleratorTimePerToken
            ? kind_of(total.figure).base
            : 1;
    std::vector<const NumberMention*> parts;
    double sum = 0;
    for (const NumberMention* each : bare) {
      const bool size = is_size(*each) && each->stated.value * unit > total.stated.value;
      const bool names = is_size(*each) && begins(sentence.small, each->span.end(), " ") &&
                         each->span.end() + 1 < sentence.small.size() &&
                         is_digit(sentence.small[each->span.end() + 1]);
      if (size || names) continue;
      parts.push_back(each);
      sum += each->stated.value * unit;
    }
    for (const Taken& other : taken) {
      if (&other != &total && other.figure == total.figure) sum += other.stated.value;
    }
    constexpr double kClose = 0.02;
    const bool alone = parts.size() == 1 && sum == parts.front()->stated.value * unit;
    if (!parts.empty() && !alone && std::abs(sum / total.stated.value - 1) < kClose) {
      for (const NumberMention* each : parts) add(*each, total);
      break;
    }
    // The last of a list has the unit, or the first: "5.0M and 2.38M hours", "300.6K" beside
    // "172.8K hours per trillion tokens".
    for (const NumberMention* each : parts) {
      const std::string_view between =
          each->span.end() <= total.number->span.start
              ? std::string_view(sentence.small)
                    .substr(each->span.end(), total.number->span.start - each->span.end())
              : std::string_view();
      const bool listed = between == " and ";
      const bool whole =
          is_total(sentence, *each) && each->stated.value * unit > total.stated.value;
      const bool rate = total.figure == Figure::kAcceleratorTimePerToken;
      if (listed || whole || rate) add(*each, total);
    }
    if (!more.empty()) break;
  }
  taken.insert(taken.end(), more.begin(), more.end());
}

// ---- chips and models ----

// The chip that counts and hours are of; the sentence's only one where they do not say.
void take_chip(const ReadSentence& sentence, const std::vector<Taken>& taken, DraftClaim& claim) {
  std::vector<std::string> ids;
  const auto add = [&](const std::string& id) {
    if (!id.empty() && std::find(ids.begin(), ids.end(), id) == ids.end()) ids.push_back(id);
  };
  for (const Taken& each : taken) add(each.number->of_chip);
  const bool another =
      std::any_of(sentence.numbers.begin(), sentence.numbers.end(), [&](const NumberMention& each) {
        return !each.of_chip.empty();  // and no figure took it
      });
  if (ids.empty() && !taken.empty() && !another) {
    for (const NameMention& name : sentence.names) {
      if (name.kind == NameKind::kAccelerator) add(name.ids.front());
    }
  }
  // "3.3M A100-80GB hours on A100" are of one chip: the more exact name is last of its family.
  if (ids.size() > 1) {
    const std::string family = family_of(ids.front());
    const bool one = std::all_of(ids.begin(), ids.end(),
                                 [&](const std::string& id) { return family_of(id) == family; });
    if (one) {
      ids.front() = ids.back();
    } else {
      claim.choices.push_back({"", ids.front(), ids.size()});
    }
  }
  if (ids.empty()) return;
  claim.subject.accelerator = ids.front();
  for (const NameMention& name : sentence.names) {
    if (name.kind != NameKind::kAccelerator || name.ids.front() != ids.front()) continue;
    if (name.ids.size() > 1) {
      claim.choices.push_back({name.text, ids.front(), name.ids.size()});
    }
    break;
  }
}

// Parameters that a name holds: "Qwen3-Next-80B-A3B".
void add_name_sizes(const NameMention& name, DraftSubject& subject) {
  const auto add = [&](Figure figure, const std::string& text) {
    if (text.empty() || subject.figure(figure) != nullptr) return;
    const std::size_t within = name.text.find(text.substr(0, text.size() - 1));
    const auto read = parse_stated(text, kind_of(figure).dimension);
    if (within == std::string::npos || !read.stated) return;
    subject.figures.push_back(
        {figure, text, read.stated->value, {name.start + within, text.size()}});
  };
  add(Figure::kParameters, name.parameters);
  add(Figure::kActiveParameters, name.active);
}

// A shipped model where the sentence is about one and no other; parameters that its name holds.
void take_model(const ReadSentence& sentence, DraftClaim& claim) {
  const NameMention* only = nullptr;
  int models = 0;
  for (const NameMention& name : sentence.names) {
    if (name.kind == NameKind::kAccelerator || !(name.versioned() || name.kind == NameKind::kModel))
      continue;
    ++models;
    only = &name;
  }
  if (models != 1 || claim.subject.figures.empty()) return;
  // A model that is served or tuned is not trained here: its shape says nothing of the run.
  const bool trained = says(sentence.small, Cue::kTraining) && !says(sentence.small, Cue::kFitted);
  if (trained && only->kind == NameKind::kModel) claim.subject.model = only->ids.front();
  add_name_sizes(*only, claim.subject);
}

// ---- one sentence ----

void put(DraftSubject& subject, const Taken& taken, DraftClaim& claim) {
  const DraftFigure* there = subject.figure(taken.figure);
  if (there == nullptr) {
    subject.figures.push_back(drafted(taken));
  } else if (std::abs(there->value - taken.stated.value) > 1e-9 * there->value) {
    claim.unused.push_back({taken.number->text, WhyUnused::kSecond, taken.number->span});
  }
}

DraftSubject& subject_called(std::vector<DraftSubject>& list, const std::string& name) {
  const auto found = std::find_if(list.begin(), list.end(),
                                  [&](const DraftSubject& each) { return each.name == name; });
  if (found != list.end()) return *found;
  list.push_back({});
  list.back().name = name;
  return list.back();
}

// Figures to the subject, its parts and others: a kind that the sentence states more than once is
// told apart by names.
void distribute(const ReadSentence& sentence, const std::vector<Taken>& taken, DraftClaim& claim) {
  std::map<Figure, std::vector<const Taken*>> by_figure;
  for (const Taken& each : taken) by_figure[each.figure].push_back(&each);
  const std::vector<Segment> segments = segments_of(sentence);
  bool several = false, sums = false;
  std::map<Figure, const Taken*> totals;
  for (auto& [figure, alike] : by_figure) {
    if (alike.size() < 2) continue;
    const bool agree = alike.size() == 2 && same(*alike[0], *alike[1]);
    if (agree) continue;
    several = true;
    if (!kind_of(figure).sums) {
      totals[figure] = told_total(sentence, alike);
      continue;
    }
    // Some of its parts may be left out: those that do not make the total stand beside it.
    const Taken* sum = sum_of(alike);
    const Taken* told = told_total(sentence, alike);
    totals[figure] = sum != nullptr ? sum : told;
    // "for a total of" says that the others make it, whether they do or not.
    const bool claims_sum = told != nullptr && alike.size() > 2 &&
                            (says(sentence.before(*told->number), Cue::kSumsTo) ||
                             says(sentence.behind(*told->number), Cue::kSumsTo));
    sums = sums || sum != nullptr || claims_sum;
  }
  if (!several) {
    for (const Taken& each : taken) put(claim.subject, each, claim);
    return;
  }
  std::vector<DraftSubject>& list = sums ? claim.parts : claim.others;
  const bool compared = std::any_of(
      sentence.numbers.begin(), sentence.numbers.end(),
      [](const NumberMention& each) { return each.fraction || each.times || each.percent; });
  for (const Taken& each : taken) {
    const auto& alike = by_figure[each.figure];
    const auto total = totals.find(each.figure);
    const bool whole = total != totals.end() && total->second == &each;
    const Segment* segment = segment_at(segments, each.number->span.start);
    // What is said once, before any part is named or behind the whole, is of the whole.
    if (whole ||
        (alike.size() == 1 && sums && (segment == nullptr || is_total(sentence, *each.number)))) {
      put(claim.subject, each, claim);
      continue;
    }
    std::string name = name_behind(sentence, *each.number);
    if (name.empty() && segment != nullptr && segments.size() > 1) name = segment->name;
    if (name.empty() && alike.size() == 1) {
      put(claim.subject, each, claim);
      continue;
    }
    // Beside others, the first thing told of is the subject.
    const bool told_elsewhere = total != totals.end() && total->second != nullptr;
    const bool first = !sums && !told_elsewhere &&
                       (segments.empty() || segment == nullptr || segment == &segments.front());
    // Two sides of a ratio are two things, named or not.
    const bool other_side = compared && claim.subject.figure(each.figure) != nullptr;
    if (first && !other_side) {
      put(claim.subject, each, claim);
      continue;
    }
    if (name.empty() || first) name = each.number->text;
    put(subject_called(list, name), each, claim);
  }
}

// Parts that are called by their size have so many parameters: "7B 184,320 hours".
void take_sizes(const ReadSentence& sentence, DraftClaim& claim) {
  for (auto* list : {&claim.parts, &claim.others}) {
    for (DraftSubject& subject : *list) {
      for (const NameMention& name : sentence.names) {
        if (name.text == subject.name) add_name_sizes(name, subject);
      }
      for (const NumberMention& number : sentence.numbers) {
        const bool called = is_size(number) && number.text == subject.name;
        if (!called || subject.figure(Figure::kParameters) != nullptr) continue;
        subject.figures.push_back(
            {Figure::kParameters, number.plain, number.stated.value, number.span});
        break;
      }
    }
  }
}

// Accelerators at so much each, and what they cost together, are bought: units, and their revenue.
void take_purchase(DraftSubject& subject) {
  DraftFigure* count = nullptr;
  DraftFigure* cost = nullptr;
  for (DraftFigure& each : subject.figures) {
    if (each.figure == Figure::kAccelerators) count = &each;
    if (each.figure == Figure::kCost) cost = &each;
  }
  const bool runs = subject.figure(Figure::kWallTime) != nullptr ||
                    subject.figure(Figure::kAcceleratorTime) != nullptr ||
                    subject.figure(Figure::kTokens) != nullptr;
  if (count == nullptr || cost == nullptr || runs ||
      subject.figure(Figure::kUnitPrice) == nullptr || subject.figure(Figure::kUnits) != nullptr) {
    return;
  }
  count->figure = Figure::kUnits;
  cost->figure = Figure::kRevenue;
}

bool has_chinese(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0xE4 && byte <= 0xE9;
  });
}

}  // namespace

DraftClaim claim_of(const ReadSentence& sentence) {
  DraftClaim claim;
  claim.statement = std::string(sentence.text);
  claim.language = has_chinese(sentence.text) ? "zh" : "en";
  claim.forecast = says(sentence.small, Cue::kForecast);
  std::vector<Taken> taken;
  std::vector<std::pair<const NumberMention*, WhyUnused>> open;
  for (const NumberMention& number : sentence.numbers) {
    const FigureOrReason found = figure_of(sentence, number);
    const bool denied =
        !found.figure && (found.why == WhyUnused::kDenied || found.why == WhyUnused::kFromTo);
    if (!denied && take_spec(sentence, number, claim)) continue;
    if (!found.figure) {
      open.emplace_back(&number, found.why);
      continue;
    }
    std::string text = found.text.empty() ? number.plain : found.text;
    auto read = parse_stated(text, kind_of(*found.figure).dimension, *sentence.rates);
    if (read.stated) {
      taken.push_back({&number, *found.figure, std::move(text), std::move(*read.stated)});
    } else {
      open.emplace_back(&number, WhyUnused::kUnread);
    }
  }
  take_bare_parts(sentence, taken);
  std::stable_sort(taken.begin(), taken.end(), [](const Taken& a, const Taken& b) {
    return a.number->span.start < b.number->span.start;
  });
  distribute(sentence, taken, claim);
  for (const auto& [number, reason] : open) {
    const bool used = std::any_of(taken.begin(), taken.end(),
                                  [n = number](const Taken& each) { return each.number == n; });
    WhyUnused why = reason;
    const bool of_sides = why == WhyUnused::kShare || why == WhyUnused::kSides;
    if (used || (of_sides && take_ratio(sentence, *number, claim, why))) continue;
    claim.unused.push_back({number->text, why, number->span});
  }
  take_comparisons(sentence, claim);
  take_purchase(claim.subject);
  take_sizes(sentence, claim);
  take_chip(sentence, taken, claim);
  take_model(sentence, claim);
  return claim;
}

}  // namespace traincost
