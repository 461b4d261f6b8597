// Which figure a number is, by its unit, what it counts and the words of its clause.
#include <algorithm>

#include "base/text.h"
#include "estimator/claims/draft_rows.h"

namespace traincost {
namespace {

FigureOrReason is(Figure figure) { return {figure, "", ""}; }
FigureOrReason no(std::string reason) { return {std::nullopt, "", std::move(reason)}; }

bool of_a_run(const ReadSentence& sentence) {
  const auto& numbers = sentence.numbers;
  return says(sentence.small, Cue::kTraining) ||
         std::any_of(numbers.begin(), numbers.end(), [](const NumberMention& each) {
           return each.noun == Noun::kAccelerators ||
                  each.dimension == Dimension{.second = 1, .accelerator = 1};
         });
}

FigureOrReason money(const ReadSentence& sentence, const NumberMention& number) {
  const std::string_view clause = sentence.clause(number);
  if (!number.currency.empty()) {
    return no("the claim needs an exchange rate of " + number.currency);
  }
  if (says(clause, Cue::kApi)) return no("what a service costs its users is no cost of training");
  if (says(clause, Cue::kElectricity)) return is(Figure::kEnergyCost);
  if (says(clause, Cue::kFunding)) return no("money raised, invested or valued pays for no run");
  const std::size_t own =
      number.span.start - static_cast<std::size_t>(clause.data() - sentence.small.data());
  if (says(clause.substr(0, std::min(own, clause.size())), Cue::kEach)) {
    return {Figure::kUnitPrice, number.plain + "/GPU", ""};
  }
  // "147K hours at $2": a rate, although it does not say of what.
  constexpr double kRate = 50;
  const std::string_view before = std::string_view(sentence.small).substr(0, number.span.start);
  if (number.stated.value < kRate && (before.ends_with("at ") || before.ends_with("@ "))) {
    return {Figure::kPrice, number.plain + "/GPU-h", ""};
  }
  const bool trains = says(clause, Cue::kTrains);
  if (says(clause, Cue::kRevenue) && !trains) return is(Figure::kRevenue);
  const bool sells =
      std::any_of(sentence.numbers.begin(), sentence.numbers.end(), [&](const NumberMention& each) {
        return each.noun == Noun::kAccelerators && says(sentence.clause(each), Cue::kSold);
      });
  if (sells && !trains) return is(Figure::kRevenue);
  if (of_a_run(sentence) || !sentence.names.empty() || sentence.numbers.size() > 1 ||
      says(sentence.small, Cue::kCompute)) {
    return is(Figure::kCost);
  }
  return no("it does not say what the money pays for");
}

FigureOrReason time(const ReadSentence& sentence, const NumberMention& number) {
  const std::string_view after = std::string_view(sentence.small).substr(number.span.end(), 14);
  const std::string_view before =
      std::string_view(sentence.small)
          .substr(number.span.start - std::min<std::size_t>(number.span.start, 12),
                  std::min<std::size_t>(number.span.start, 12));
  if (says(after, Cue::kPerStep) || says(before, Cue::kPerStep)) return is(Figure::kStepTime);
  const bool of_day = before.ends_with("每天") || after.find("a day") != std::string_view::npos ||
                      after.find("per day") != std::string_view::npos;
  if (of_day) return no("hours of a day");
  if (says(after, Cue::kElsewhen) || says(before, Cue::kElsewhen) ||
      after.find(" of use") != std::string_view::npos) {
    return no("a time that is not the run's");
  }
  if (of_a_run(sentence)) return is(Figure::kWallTime);
  return no("it does not say what took so long");
}

FigureOrReason count(const ReadSentence& sentence, const NumberMention& number) {
  const std::string_view clause = sentence.clause(number);
  switch (number.noun) {
    case Noun::kAccelerators: {
      // Sold where money comes in, or where the verb says so and nothing trains on them.
      const bool sold =
          says(clause, Cue::kSold) || says(clause, Cue::kRevenue) ||
          (says(sentence.small, Cue::kRevenue) && !says(sentence.small, Cue::kUtilisation));
      const bool used = says(sentence.small, Cue::kTrains) || says(clause, Cue::kUses);
      return is(sold && !used ? Figure::kUnits : Figure::kAccelerators);
    }
    case Noun::kParameters: {
      const bool active = says(sentence.around(number, 16), Cue::kActive) ||
                          says(std::string_view(number.text), Cue::kActive);
      return is(active ? Figure::kActiveParameters : Figure::kParameters);
    }
    case Noun::kSteps: return is(Figure::kSteps);
    case Noun::kEvents: return is(Figure::kEvents);
    case Noun::kSequences: return no("sequences of a batch are no figure of a claim");
    case Noun::kNone: break;
  }
  return no("");
}

// A number with nothing behind it: its unit stands before, or its size tells ("671B").
FigureOrReason bare(const ReadSentence& sentence, const NumberMention& number) {
  const std::string_view near = sentence.around(number, 10);
  if (says(near, Cue::kPue) && number.stated.value >= 1 && number.stated.value < 4) {
    return is(Figure::kPue);
  }
  const bool billions = number.plain.ends_with("B");
  const std::string_view clause = sentence.clause(number);
  const std::string_view small = sentence.small;
  const bool bracketed = number.span.start > 0 && small[number.span.start - 1] == '(' &&
                         begins(small, number.span.end(), ")");
  if (billions && says(sentence.around(number, 14), Cue::kActive)) {
    return is(Figure::kActiveParameters);
  }
  const bool of_parameters = clause.find("参数") != std::string_view::npos ||
                             clause.find("parameter") != std::string_view::npos;
  if (billions && (bracketed || of_parameters)) return is(Figure::kParameters);
  return no("it has no unit");
}

FigureOrReason share(const ReadSentence& sentence, const NumberMention& number) {
  const std::string_view near = sentence.around(number, 28);
  if (says(near, Cue::kHardwareUtilisation)) return is(Figure::kHfu);
  if (says(near, Cue::kUtilisation)) return is(Figure::kMfu);
  return no("");
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

bool ReadSentence::is_compared(const NameMention& name) const {
  const std::string_view before = std::string_view(small).substr(0, name.start);
  constexpr std::string_view kAgainst[] = {
      "than ",      "than the ", "than an ",  "than a ",        "against ",     "against the ",
      "like ",      "like the ", "rivals ",   "matches ",       "match ",       "beats ",
      "beats the ", "beat ",     "beat the ", "of the ",        "per ",         "to the ",
      "vs ",        "vs. ",      "versus ",   "compared with ", "compared to ", "并列",
      "比",         "与",        "对标",      "媲美",           "超越",         "匹敌"};
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

std::string written(const NumberMention& number) {
  const std::string text = number.text;
  const ParsedStated read = parse_stated(text, number.dimension);
  const auto same = [](Interval a, Interval b) { return a.low == b.low && a.high == b.high; };
  const bool means_it = read.stated && read.stated->value == number.stated.value &&
                        same(read.stated->printed, number.stated.printed) &&
                        same(read.stated->meant, number.stated.meant);
  return means_it ? text : number.plain;
}

FigureOrReason figure_of(const ReadSentence& sentence, const NumberMention& number) {
  const Dimension of = number.dimension;
  if (number.fraction || number.times) return no("");
  if (number.percent) return share(sentence, number);
  if (number.bare) return bare(sentence, number);
  if (of == Dimension{}) return count(sentence, number);
  if (of == Dimension{.usd = 1}) return money(sentence, number);
  if (of == Dimension{.second = 1}) return time(sentence, number);
  if (of == Dimension{.token = 1}) {
    const std::string_view before = std::string_view(sentence.small).substr(0, number.span.start);
    if (before.ends_with("sequences of ")) return no("tokens of one sequence");
    const bool million = says(sentence.clause(number), Cue::kApi);
    if (million) return no("tokens that a service sells");
    return is(says(sentence.clause(number), Cue::kBatch) ? Figure::kBatchTokens : Figure::kTokens);
  }
  if (of == Dimension{.flop = 1, .second = -1}) {
    if (!number.precisions.empty()) return no("no chip is named whose peak it could be");
    return of_a_run(sentence) && sentence.clause(number).find("each") == std::string_view::npos
               ? is(Figure::kFlopRate)
               : no("it does not say in which precision");
  }
  if (of == Dimension{.second = -1, .joule = 1}) {
    constexpr double kOfASite = 1e5;  // watts
    return is(number.stated.value >= kOfASite ? Figure::kClusterPower : Figure::kPower);
  }
  if (of == Dimension{.gram = 1}) {
    return says(sentence.small, Cue::kCarbon) ? is(Figure::kCarbon) : no("a mass of nothing named");
  }
  if (of == Dimension{.byte = 1} || of == Dimension{.byte = 1, .second = -1}) {
    return no("no chip is named whose memory it could be");
  }
  for (const Figure figure :
       {Figure::kAcceleratorTime, Figure::kAcceleratorTimePerToken, Figure::kPrice,
        Figure::kUnitPrice, Figure::kEnergyPrice, Figure::kThroughput, Figure::kClusterThroughput,
        Figure::kFlops, Figure::kFlopsPerToken, Figure::kEnergy, Figure::kCarbonIntensity,
        Figure::kWater}) {
    if (kind_of(figure).dimension == of) return is(figure);
  }
  return no("no figure of a claim has its unit");
}

bool take_spec(const ReadSentence& sentence, const NumberMention& number, DraftClaim& claim) {
  if (sentence.about.empty()) return false;
  const auto add = [&](const std::string& field, const std::string& text) {
    claim.specs.push_back({sentence.about, field, text, number.span});
  };
  const std::string_view near = sentence.around(number, 30);
  // A sheet says what the chip has; what a run needs of it, or its network, is no memory.
  if (!says(sentence.small, Cue::kHas) || says(sentence.clause(number), Cue::kElsewhere))
    return false;
  if (number.dimension == Dimension{.flop = 1, .second = -1} && !number.precisions.empty()) {
    for (const std::string& precision : number.precisions) {
      const std::string rate = precision.rfind("int", 0) == 0 ? " TOP/s" : " TFLOP/s";
      const std::size_t space = number.plain.rfind(' ');
      add("peak_dense." + precision, number.plain.substr(0, space) + rate);
    }
    return true;
  }
  if (number.dimension == Dimension{.byte = 1} && says(near, Cue::kMemory)) {
    add("memory_capacity", written(number));
    return true;
  }
  if (number.dimension == Dimension{.byte = 1, .second = -1} &&
      (says(near, Cue::kMemory) || says(near, Cue::kBandwidth))) {
    add("memory_bandwidth", written(number));
    return true;
  }
  return false;
}

}  // namespace traincost
