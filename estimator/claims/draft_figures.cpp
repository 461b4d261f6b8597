// Which figure a number is, by its unit, what it counts and the words around it.
#include <algorithm>

#include "base/text.h"
#include "estimator/claims/draft_rows.h"

namespace traincost {
namespace {

FigureOrReason is(Figure figure) { return {figure, "", {}}; }
FigureOrReason no(WhyUnused why) { return {std::nullopt, "", why}; }

constexpr double kHourly =
    50;  // dollars: no accelerator was rented for more an hour, or sold for less

constexpr Dimension kAcceleratorTime{.second = 1, .accelerator = 1};

bool of_a_run(const ReadSentence& sentence) {
  const auto& numbers = sentence.numbers;
  return says(sentence.small, Cue::kTraining) ||
         std::any_of(numbers.begin(), numbers.end(), [](const NumberMention& each) {
           return each.noun == Noun::kAccelerators || each.dimension == kAcceleratorTime;
         });
}

bool has(const ReadSentence& sentence, Dimension dimension) {
  return std::any_of(sentence.numbers.begin(), sentence.numbers.end(),
                     [&](const NumberMention& each) { return each.dimension == dimension; });
}

// Servers, racks and instances hold several accelerators: what they cost or draw is not one's.
bool of_a_system(const ReadSentence& sentence, const NumberMention& number) {
  return says(sentence.clause(number), Cue::kSystem);
}

// Of a sum, what tells that it is the price of one accelerator: "each H100 costs", "sells for".
bool of_one(const ReadSentence& sentence, const NumberMention& number) {
  constexpr double kDearest = 5e5;  // dollars: no accelerator was sold for more
  if (number.stated.value > kDearest) return false;
  if (says(sentence.before(number), Cue::kEach)) return true;
  const bool counted =
      std::any_of(sentence.numbers.begin(), sentence.numbers.end(),
                  [](const NumberMention& each) { return each.noun == Noun::kAccelerators; });
  const NameMention* chip = sentence.name_before(number.span.start, true);
  return !counted && chip != nullptr && !has(sentence, kAcceleratorTime) &&
         says(sentence.clause(number), Cue::kPriced) && !says(sentence.small, Cue::kTrains);
}

FigureOrReason money(const ReadSentence& sentence, const NumberMention& number) {
  const std::string_view clause = sentence.clause(number), before = sentence.before(number);
  if (!number.currency.empty() && sentence.rates->count(number.currency) == 0) {
    return no(WhyUnused::kExchange);
  }
  if (says(clause, Cue::kApi)) return no(WhyUnused::kService);
  if (says(sentence.behind(number), Cue::kByTheDay)) return no(WhyUnused::kByTheDay);
  if (says(before, Cue::kSaved)) return no(WhyUnused::kSaved);
  if (says(clause, Cue::kElectricity) || has(sentence, {.usd = 1, .joule = -1})) {
    return is(Figure::kEnergyCost);
  }
  if (says(clause, Cue::kFunding)) return no(WhyUnused::kFunding);
  if (says(before, Cue::kHourly) && number.stated.value < kHourly) {
    return {Figure::kPrice, number.plain + "/GPU-h", {}};
  }
  if (of_one(sentence, number)) {
    if (of_a_system(sentence, number)) return no(WhyUnused::kOfASystem);
    // "单价2美元" is the price of an hour: nobody sells one for that.
    return number.stated.value < kHourly
               ? FigureOrReason{Figure::kPrice, number.plain + "/GPU-h", {}}
               : FigureOrReason{Figure::kUnitPrice, number.plain + "/GPU", {}};
  }
  // "147K hours at $2": a rate, although it does not say of what.
  const std::string_view all = std::string_view(sentence.small).substr(0, number.span.start);
  if (number.stated.value < kHourly && (all.ends_with("at ") || all.ends_with("@ "))) {
    return {Figure::kPrice, number.plain + "/GPU-h", {}};
  }
  const bool trains = says(clause, Cue::kTrains);
  if (says(clause, Cue::kRevenue) && !trains) return is(Figure::kRevenue);
  const bool sells =
      std::any_of(sentence.numbers.begin(), sentence.numbers.end(), [&](const NumberMention& each) {
        return each.noun == Noun::kAccelerators && says(sentence.clause(each), Cue::kSold);
      });
  if (sells && !trains) return is(Figure::kRevenue);
  if (of_a_system(sentence, number) && !trains) return no(WhyUnused::kOfASystem);
  if (of_a_run(sentence) || !sentence.names.empty() || sentence.numbers.size() > 1 ||
      says(sentence.small, Cue::kCompute)) {
    return is(Figure::kCost);
  }
  return no(WhyUnused::kUnnamedMoney);
}

FigureOrReason time(const ReadSentence& sentence, const NumberMention& number) {
  const std::string_view before = sentence.before(number), behind = sentence.behind(number);
  if (says(behind, Cue::kPerStep) || says(before, Cue::kPerStep)) return is(Figure::kStepTime);
  constexpr double kLongestStep = 600;  // seconds
  const bool of_steps = says(sentence.small, Cue::kPerStep);
  if (of_steps && number.unit == "s" && number.stated.value < kLongestStep) {
    return is(Figure::kStepTime);
  }
  if (says(before, Cue::kEachDay) || says(behind, Cue::kEachDay)) return no(WhyUnused::kOfADay);
  if (says(before, Cue::kSaved)) return no(WhyUnused::kSaved);
  if (says(behind, Cue::kElsewhen) || says(before, Cue::kElsewhen)) {
    return no(WhyUnused::kOtherTime);
  }
  // More hours than a decade are those of many accelerators.
  constexpr double kDecade = 10 * 365.25 * kDay;
  if (number.unit == "h" && number.stated.value > kDecade) {
    return {
        Figure::kAcceleratorTime, number.plain.substr(0, number.plain.rfind(' ')) + " GPU-h", {}};
  }
  return of_a_run(sentence) ? is(Figure::kWallTime) : no(WhyUnused::kUnnamedTime);
}

FigureOrReason count(const ReadSentence& sentence, const NumberMention& number) {
  const std::string_view clause = sentence.clause(number);
  switch (number.noun) {
    case Noun::kAccelerators: {
      const bool priced = says(sentence.behind(number), Cue::kPriced);
      if (number.stated.value == 1 && priced) return no(WhyUnused::kOneOfThem);
      // "64 nodes of 8 A100s each", "64台8卡服务器": of each, not all.
      if (says(sentence.behind(number), Cue::kRunsOn)) return no(WhyUnused::kOfASystem);
      // Sold where money comes in, or where the verb says so and nothing trains on them.
      const bool sold =
          says(clause, Cue::kSold) || says(clause, Cue::kRevenue) ||
          (says(sentence.small, Cue::kRevenue) && !says(sentence.small, Cue::kUtilisation));
      const bool used = says(sentence.small, Cue::kTrains) || says(clause, Cue::kUses);
      return is(sold && !used ? Figure::kUnits : Figure::kAccelerators);
    }
    case Noun::kParameters: {
      const std::string_view behind = sentence.behind(number);
      const std::string own = lower(number.text);
      const bool total = says(own, Cue::kTotal) || says(behind, Cue::kTotal);
      const bool active = says(own, Cue::kActive) || says(behind, Cue::kActive) ||
                          says(sentence.before(number), Cue::kActive);
      return is(active && !total ? Figure::kActiveParameters : Figure::kParameters);
    }
    case Noun::kSteps: return is(Figure::kSteps);
    case Noun::kEvents: return is(Figure::kEvents);
    case Noun::kSequences: return no(WhyUnused::kOfASequence);
    case Noun::kSystems: return no(WhyUnused::kOfASystem);
    case Noun::kNone: break;
  }
  return no(WhyUnused::kNoUnit);
}

// A number with nothing behind it: its unit stands before, or its size tells ("671B").
FigureOrReason bare(const ReadSentence& sentence, const NumberMention& number) {
  const std::string_view before = sentence.before(number), behind = sentence.behind(number);
  constexpr Interval kPues{1, 4};
  if (says(before, Cue::kPue) && kPues.holds(number.stated.value)) return is(Figure::kPue);
  const bool large = number.plain.ends_with("B") || number.plain.ends_with("T");
  if (!large) return no(WhyUnused::kNoUnit);
  if (says(behind, Cue::kActive) || says(before, Cue::kActive)) {
    return is(Figure::kActiveParameters);
  }
  const std::string_view small = sentence.small;
  const bool bracketed = number.span.start > 0 && small[number.span.start - 1] == '(' &&
                         begins(small, number.span.end(), ")");
  const bool of_parameters = says(before, Cue::kParameters) || says(behind, Cue::kParameters) ||
                             begins(behind, 0, " model") || begins(behind, 0, "模型") ||
                             begins(behind, 0, " total");
  return bracketed || of_parameters ? is(Figure::kParameters) : no(WhyUnused::kSize);
}

FigureOrReason share(const ReadSentence& sentence, const NumberMention& number) {
  const std::string_view near = sentence.around(number, 28);
  if (says(near, Cue::kHardwareUtilisation)) return is(Figure::kHfu);
  return says(near, Cue::kUtilisation) ? is(Figure::kMfu) : no(WhyUnused::kShare);
}

// The chip of whose sheet a number is: the nearest before it. One that is only compared with has a
// sheet where the number is its own ("the H100's 80 GB").
std::string chip_of_sheet(const ReadSentence& sentence, const NumberMention& number) {
  // "the 80 GB of the H100", "80 GB on H100".
  for (const NameMention& name : sentence.names) {
    if (name.kind != NameKind::kAccelerator || name.start < number.span.end()) continue;
    const std::string_view gap =
        std::string_view(sentence.small).substr(number.span.end(), name.start - number.span.end());
    for (const std::string_view of : {" of the ", " on the ", " in the ", " for the ", " on ",
                                      " of memory on ", " of memory in the "}) {
      if (gap == of) return name.ids.front();
    }
  }
  const NameMention* nearest = sentence.name_before(number.span.start, true);
  if (nearest == nullptr) return sentence.about;
  if (nearest->ids.front() == sentence.about) return sentence.about;
  const std::string_view between =
      std::string_view(sentence.small).substr(nearest->end(), number.span.start - nearest->end());
  const std::string_view small = sentence.small;
  const bool one_clause = between.find_first_of(",;:(") == std::string_view::npos &&
                          between.find("\uFF0C") == std::string_view::npos;
  const bool possessive = between == "'s " || between == "\u2019s ";
  if (possessive || (one_clause && says(between, Cue::kHas))) return nearest->ids.front();
  for (const std::string_view against : {"versus ", "vs. ", "vs ", "against ", "than "}) {
    if (small.substr(0, number.span.start).ends_with(against)) return "";
  }
  // A new clause goes on with what the sentence is about.
  return !one_clause || sentence.is_compared(*nearest) ? sentence.about : "";
}

}  // namespace

std::string_view ReadSentence::clause(const NumberMention& number) const {
  const Span span = clause_at(small, number.span.start);
  // The number's own commas end no clause.
  const std::size_t end = std::max(span.end(), number.span.end());
  return std::string_view(small).substr(span.start, end - span.start);
}

std::string_view ReadSentence::around(const NumberMention& number, std::size_t bytes) const {
  const std::size_t start = number.span.start - std::min(number.span.start, bytes);
  return std::string_view(small).substr(start, number.span.end() + bytes - start);
}

std::string_view ReadSentence::before(const NumberMention& number) const {
  std::size_t start = clause_at(small, number.span.start).start;
  for (const NumberMention& each : numbers) {
    if (each.span.end() <= number.span.start) start = std::max(start, each.span.end());
  }
  return std::string_view(small).substr(start, number.span.start - start);
}

std::string_view ReadSentence::behind(const NumberMention& number) const {
  const std::size_t from = number.span.end();
  std::size_t end = std::max(from, clause_at(small, number.span.start).end());
  for (const NumberMention& each : numbers) {
    if (each.span.start >= from) end = std::min(end, each.span.start);
  }
  return std::string_view(small).substr(from, end - from);
}

bool ReadSentence::is_compared(const NameMention& name) const {
  const std::string_view before = std::string_view(small).substr(0, name.start);
  constexpr std::string_view kAgainst[] = {
      "than ",      "than the ", "than an ",  "than a ",    "against ",       "against the ",
      "like ",      "like the ", "rivals ",   "matches ",   "match ",         "beats ",
      "beats the ", "beat ",     "beat the ", "of the ",    "per ",           "to the ",
      "vs ",        "vs. ",      "versus ",   "times the ", "compared with ", "compared to ",
      "并列",       "比",        "与",        "对标",       "媲美",           "超越",
      "匹敌"};
  return std::any_of(std::begin(kAgainst), std::end(kAgainst),
                     [&](std::string_view word) { return before.ends_with(word); });
}

const NameMention* ReadSentence::name_before(std::size_t byte, bool of_chip) const {
  const NameMention* found = nullptr;
  for (const NameMention& name : names) {
    if (name.end() <= byte && (name.kind == NameKind::kAccelerator) == of_chip) found = &name;
  }
  return found;
}

FigureOrReason figure_of(const ReadSentence& sentence, const NumberMention& number) {
  const Dimension of = number.dimension;
  if (number.unread) return no(WhyUnused::kUnread);
  if (number.stated.value <= 0) return no(WhyUnused::kNotAboveZero);
  if (says(sentence.before(number), Cue::kDenied) || says(sentence.behind(number), Cue::kFalse)) {
    return no(WhyUnused::kDenied);
  }
  if (number.changes) return no(WhyUnused::kFromTo);
  if (number.fraction || number.times) return no(WhyUnused::kSides);
  if (number.percent) return share(sentence, number);
  if (number.bare) return bare(sentence, number);
  if (of == Dimension{}) return count(sentence, number);
  if (of == Dimension{.usd = 1}) return money(sentence, number);
  if (of == Dimension{.second = 1}) return time(sentence, number);
  if (of == Dimension{.token = 1}) {
    const std::string_view before = std::string_view(sentence.small).substr(0, number.span.start);
    if (before.ends_with("sequences of ")) return no(WhyUnused::kOfASequence);
    for (const std::string_view per : {"per ", "each ", "every ", "每", "每训练"}) {
      if (before.ends_with(per)) return no(WhyUnused::kOfARate);
    }
    const auto rate = [&](Figure figure, const char* unit) {
      return FigureOrReason{figure, number.plain + unit, {}};
    };
    for (const std::string_view of_one : {"每卡每秒", "每gpu每秒", "每张卡每秒"}) {
      if (sentence.before(number).find(of_one) != std::string_view::npos)
        return rate(Figure::kThroughput, "/s/GPU");
    }
    if (before.ends_with("每秒")) return rate(Figure::kClusterThroughput, "/s");
    if (says(sentence.before(number), Cue::kApi)) return no(WhyUnused::kService);
    return is(says(sentence.clause(number), Cue::kBatch) ? Figure::kBatchTokens : Figure::kTokens);
  }
  if (of == Dimension{.flop = 1, .second = -1}) {
    if (!number.precisions.empty()) return no(WhyUnused::kUnnamedChip);
    const bool each = sentence.clause(number).find("each") != std::string_view::npos;
    const bool runs = says(sentence.small, Cue::kTrains) || has(sentence, kAcceleratorTime) ||
                      has(sentence, {.second = 1}) || has(sentence, {.flop = 1}) ||
                      says(sentence.small, Cue::kUtilisation);
    return runs && !each ? is(Figure::kFlopRate) : no(WhyUnused::kNoPrecision);
  }
  if (of == Dimension{.second = -1, .joule = 1}) {
    constexpr double kOfASite = 1e5;  // watts; no server draws so much
    if (number.stated.value >= kOfASite) return is(Figure::kClusterPower);
    return says(sentence.small, Cue::kSystem) ? no(WhyUnused::kOfASystem) : is(Figure::kPower);
  }
  if (of == Dimension{.gram = 1}) {
    return says(sentence.small, Cue::kCarbon) ? is(Figure::kCarbon) : no(WhyUnused::kMass);
  }
  if (of == Dimension{.byte = 1} || of == Dimension{.byte = 1, .second = -1}) {
    return no(WhyUnused::kUnnamedChip);
  }
  const bool priced =
      of == kind_of(Figure::kPrice).dimension || of == kind_of(Figure::kUnitPrice).dimension;
  if (priced && !number.currency.empty() && sentence.rates->count(number.currency) == 0) {
    return no(WhyUnused::kExchange);
  }
  if (priced && says(sentence.clause(number), Cue::kApi)) return no(WhyUnused::kService);
  // "$2.50 each" after hours: nobody sells an accelerator for that.
  if (of == kind_of(Figure::kUnitPrice).dimension && number.stated.value < kHourly) {
    return {Figure::kPrice, number.plain.substr(0, number.plain.rfind('/')) + "/GPU-h", {}};
  }
  const bool per_gpu =
      number.text.find("GPU") != std::string::npos || number.text.find("gpu") != std::string::npos;
  if (priced && of_a_system(sentence, number) && !per_gpu) return no(WhyUnused::kOfASystem);
  for (const Figure figure :
       {Figure::kAcceleratorTime, Figure::kAcceleratorTimePerToken, Figure::kPrice,
        Figure::kUnitPrice, Figure::kEnergyPrice, Figure::kThroughput, Figure::kClusterThroughput,
        Figure::kFlops, Figure::kFlopsPerToken, Figure::kEnergy, Figure::kCarbonIntensity,
        Figure::kWater}) {
    if (kind_of(figure).dimension == of) return is(figure);
  }
  return no(WhyUnused::kNoFigure);
}

bool take_spec(const ReadSentence& sentence, const NumberMention& number, DraftClaim& claim) {
  const bool rate = number.dimension == Dimension{.flop = 1, .second = -1};
  const bool bytes = number.dimension == Dimension{.byte = 1};
  const bool bandwidth = number.dimension == Dimension{.byte = 1, .second = -1};
  if (number.unread || number.stated.value <= 0 || !(rate || bytes || bandwidth)) return false;
  // "H100的FP16算力为989TFLOPS": the precision stands before the number.
  constexpr std::string_view kPrecisions[] = {"int8", "fp4", "fp8", "fp16", "bf16", "tf32"};
  if (rate && number.precisions.empty() && !sentence.about.empty() &&
      says(sentence.before(number), Cue::kCompute)) {
    for (const std::string_view precision : kPrecisions) {
      if (sentence.before(number).find(precision) == std::string_view::npos) continue;
      const std::string chip = chip_of_sheet(sentence, number);
      if (chip.empty()) break;
      claim.specs.push_back(
          {chip, "peak_dense." + std::string(precision), number.plain, number.span});
      return true;
    }
  }
  // A sheet says what the chip has; what a run needs of it, a rack or a network is no chip's.
  if (!says(sentence.small, Cue::kHas) || says(sentence.clause(number), Cue::kElsewhere) ||
      says(sentence.small, Cue::kSystem)) {
    return false;
  }
  const std::string chip = chip_of_sheet(sentence, number);
  if (chip.empty()) return false;
  const auto add = [&](const std::string& field, const std::string& text) {
    claim.specs.push_back({chip, field, text, number.span});
  };
  if (rate && !number.precisions.empty()) {
    for (const std::string& precision : number.precisions) {
      const bool integer = precision.rfind("int", 0) == 0;
      std::string text = number.plain;
      const std::size_t flop = text.rfind("FLOP/s"), op = text.rfind("OP/s");
      if (integer && flop != std::string::npos) text.replace(flop, 6, "OP/s");
      if (!integer && flop == std::string::npos && op != std::string::npos) {
        text.replace(op, 4, "FLOP/s");
      }
      add("peak_dense." + precision, text);
    }
    return true;
  }
  const std::string_view near = sentence.around(number, 30);
  if (bytes && says(near, Cue::kMemory)) {
    add("memory_capacity", number.plain);
    return true;
  }
  if (bandwidth && (says(near, Cue::kMemory) || says(near, Cue::kBandwidth))) {
    add("memory_bandwidth", number.plain);
    return true;
  }
  return false;
}

}  // namespace traincost
