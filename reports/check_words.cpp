// Figures, arithmetic and the sentence of each row; check_summary.cpp has that of the claim.
#include "reports/check_words.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "reports/format.h"

namespace traincost {
namespace {

bool is_share(const std::string& figure, const std::string& unit) {
  return unit.empty() && (figure == "mfu" || figure == "hfu");
}

// With its cents: "$2.00", "$0.0023".
std::string price(double value) {
  if (value >= 1000) return "$" + short_number(value);
  return value < 0.1 ? "$" + significant(value, 2) : fmt::format("${:.2f}", value);
}

std::string without_zeros(std::string text) {
  if (text.find('.') == std::string::npos) return text;
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text;
}

}  // namespace

std::string short_number(double value) {
  struct Step {
    double at;
    const char* name;
  };
  constexpr Step kSteps[] = {{1e12, "T"}, {1e9, "B"}, {1e6, "M"}};
  for (const Step& step : kSteps) {
    if (value >= step.at) return without_zeros(significant(value / step.at, 4)) + step.name;
  }
  return value >= 1000 ? rounded(value) : without_zeros(significant(value, 4));
}

std::string figure_text(double value, const std::string& figure, const std::string& unit) {
  if (!std::isfinite(value)) return "more than numbers hold";
  if (figure == "pue" || figure == "goodput") return significant(value, 3);
  constexpr double kLeast = 1e-3;
  if (is_share(figure, unit)) {
    return value < kLeast ? significant(100 * value, 2) + "%" : percent(value);
  }
  if (unit == "USD") return dollars(value);
  if (unit.rfind("USD/", 0) == 0) return price(value) + unit.substr(3);
  if (unit == "FLOP" || unit == "FLOP/token" || unit == "FLOP/USD") {
    return fmt::format("{:.3g} {}", value, unit == "FLOP/USD" ? "FLOP/$" : unit);
  }
  if (unit == "d" && value < 1) {  // shorter runs in hours and minutes
    constexpr double kHours = 24, kMinutes = 1440;
    return value < 1 / kHours ? short_number(kMinutes * value) + " min"
                              : short_number(kHours * value) + " h";
  }
  constexpr double kShort = 14;
  if (unit == "d" && value < kShort) {  // as often told in hours
    return short_number(value) + " d (" + significant(24 * value) + " h)";
  }
  const FigureKind* kind = kind_named(figure);
  if (kind != nullptr && kind->counts && value < 1e6) return rounded(value);
  if (unit.empty() && value < 1) return percent(value, 2);
  if (unit.empty() && value >= 1e16) return fmt::format("{:.3g}", value);
  return short_number(value) + (unit.empty() ? "" : " " + unit);
}

std::string range_text(Interval range, const std::string& figure, const std::string& unit) {
  const auto say = [&](double value) { return figure_text(value, figure, unit); };
  if (!std::isfinite(range.high)) return range.low > 0 ? "at least " + say(range.low) : "anything";
  if (say(range.low) == say(range.high)) return say(range.low);
  if (range.low <= 0) return "at most " + say(range.high);
  return say(range.low) + " to " + say(range.high);
}

std::string figure_words(const std::string& figure) {
  constexpr std::string_view kWords[][2] = {
      {"peak_dense", "the chip's bf16 peak"},
      {"flops_per_parameter_and_token", "6 FLOPs for each parameter and token"},
      {"hardware_over_model_flops", "what recomputation adds"},
      {"accelerator", "the chip"}};
  for (const auto& [identifier, words] : kWords) {
    if (figure == identifier) return std::string(words);
  }
  if (const FigureKind* kind = kind_named(figure)) return kind->words;
  // Fields of records: "peak_dense.fp8", "memory_bandwidth".
  constexpr std::string_view kPeaks = "peak_dense.";
  if (figure.rfind(kPeaks, 0) == 0) return "dense peak in " + figure.substr(kPeaks.size());
  std::string words = figure;
  std::replace(words.begin(), words.end(), '_', ' ');
  return words;
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) text += i + 1 == words.size() ? " and " : ", ";
    text += words[i];
  }
  return text;
}

namespace {

std::string joined_figures(std::vector<std::string> names) {
  for (std::string& name : names) name = figure_words(name);
  return joined(names);
}

// What the row holds: as it was written, or what is implied and by which product.
std::string held_text(const CheckRow& row) {
  const std::string name = figure_words(row.figure);
  if (!row.text.empty()) return name + " \"" + row.text + "\"";
  if (row.at_any_mfu) {
    return "whatever its utilisation, the sum pays " +
           range_text(row.stated, row.figure, row.unit) + ": that";
  }
  const std::string product = arithmetic_text(row);
  if (!product.empty()) return product + (name.ends_with("s") ? ": those " : ": that ") + name;
  return "the implied " + name + " of " + range_text(row.stated, row.figure, row.unit);
}

std::string derived_text(const CheckRow& row) {
  return range_text(row.derived, row.figure, row.unit);
}

// Whether all that is held lies in the range, or part of it.
std::string placed(const CheckRow& row) {
  const bool inside = row.stated.low >= row.derived.low && row.stated.high <= row.derived.high;
  return inside ? " is within" : " overlaps";
}

std::string relation_text(const CheckRow& row) {
  const std::string product = arithmetic_text(row);
  const std::string line = product.empty() ? held_text(row) + " against " + derived_text(row) +
                                                 " from " + joined_figures(row.from)
                                           : product;
  if (row.hardware_flops) {
    return line + "; the stated figure counts recomputation (hardware FLOPs), a third more";
  }
  if (row.flops_each) {
    return line + "; with attention or recomputation counted it is " +
           significant(*row.flops_each, 2) + " FLOPs instead of 6, which closes";
  }
  if (row.goodput) {
    return line + "; so the steps take " + percent(*row.goodput, 0) + " of the time" +
           (row.fails() ? ", and no run told so little" : ", the rest is downtime and other work");
  }
  if (row.before_pue) return line + "; closes if the energy is the servers' alone, before PUE";
  return line;
}

std::string mfu_text(const CheckRow& row) {
  const std::string reach = "matrix products on " + row.from[0] + " in " + row.from[1] + " reach " +
                            percent(row.derived_value) + " of the bf16 peak";
  const std::string runs = percent(row.derived.low, 0) + " to " + percent(row.derived.high);
  const bool fails = row.fails();
  if (row.value > row.derived_value && fails) {
    return held_text(row) +
           (row.verdict == Verdict::kImpossible ? " is over what is possible: "
                                                : " lies mostly over what is possible: ") +
           reach;
  }
  if (fails && row.value < row.derived.low) {
    return held_text(row) + " is under " + percent(row.derived.low, 0) +
           ": the time holds much besides these tokens";
  }
  const bool touches = row.stated.low < row.derived.high;
  return held_text(row) +
         (!fails    ? placed(row) + " what"
          : touches ? " lies mostly over what"
                    : " is more than") +
         " runs get, " + runs + "; " + reach;
}

// "one run in 90 of those it was held to is as fast".
std::string odds_text(double probability) {
  constexpr double kLeast = 1e-4;
  return probability < kLeast ? "fewer than one run in 10,000"
                              : "one run in " + short_number(std::round(1 / probability));
}

std::string time_text(const CheckRow& row) {
  const auto money = [&](std::size_t i) { return figure_text((*row.usd)[i], "cost", "USD"); };
  const std::string predicted =
      row.from[0] + " predicts " + figure_text(row.derived_value, row.figure, row.unit) +
      (row.usd ? ", " + money(1) : "") + " (nine runs in ten: " + derived_text(row) +
      (row.usd ? ", " + money(0) + " to " + money(2) : "") + ")";
  if (row.unsaid) return predicted + "; the claim does not say";
  constexpr double kRare = 0.05;
  if (!row.probability || *row.probability >= kRare) return held_text(row) + ": " + predicted;
  return held_text(row) + ": " + predicted + "; by its own doubt " + odds_text(*row.probability) +
         (row.value < row.derived_value ? " is so fast" : " takes so long: the hours hold more");
}

std::string memory_text(const CheckRow& row) {
  const auto gb = [](double value) { return figure_text(value, "memory", "GB"); };
  const bool fails = row.fails();
  if (!row.text.empty()) {  // of states, without a layout
    const std::string there = gb(row.derived.high) + " of all " + row.from[0] + " together";
    return fails ? "the weights alone are " + gb(row.stated.low) + ", more than the " + there
                 : "weights, gradients and optimizer at 16 bytes a parameter are " +
                       gb(row.stated.high) + ", more than the " + there +
                       ": fewer bytes or the host's memory are needed";
  }
  return fails ? "no layout fits: " + gb(row.value) + " of " + gb(row.derived.high) + " needed"
               : "memory fits: " + gb(row.value) + " of " + gb(row.derived.high) + " in " +
                     row.from[0];
}

std::string market_text(const CheckRow& row) {
  if (row.verdict == Verdict::kCannotTell) return held_text(row) + ": " + row.from[0];
  const std::string quoted = "the prices of then, " + derived_text(row) + " (" + row.from[0] + ")";
  if (row.below_power) {
    return held_text(row) + " is less than the electricity costs; " + quoted;
  }
  if (row.thin) {
    return held_text(row) + " is outside " + quoted + ", but so few quotes decide nothing";
  }
  if (row.at_edges) {
    return held_text(row) + ", " + figure_text(row.value, row.figure, row.unit) +
           " in the middle, reaches " + quoted + ", only where both lie at their edges";
  }
  return held_text(row) + (row.fails() ? " is outside " : placed(row) + " ") + quoted;
}

std::string scope_text(const CheckRow& row) {
  if (row.from.size() == 2 && !row.figure.empty() && row.fails()) {
    if (row.unit == "USD") {
      std::string text =
          "misattributed: said of " + row.from[0] + ", but it is the sum of " + row.from[1];
      if (row.derived_value > row.value) {
        text += "; with what is left out it is " + derived_text(row);
      }
      return text;
    }
    return "misattributed: " + row.figure + " compares " + row.from[0] + " with " + row.from[1] +
           ", which are not of the same thing";
  }
  if (row.verdict == Verdict::kCannotTell) return "the claim does not say what the sum holds";
  return row.derived_value > row.value
             ? "says what it leaves out; with that it is " + derived_text(row)
             : "says what it holds and what it leaves out";
}

std::string sentence(const CheckRow& row) {
  const bool fails = row.fails();
  switch (row.kind) {
    case RowKind::kRelation: return relation_text(row);
    case RowKind::kSum: {
      const std::string sum = arithmetic_text(row);
      return sum.empty()
                 ? held_text(row) + (fails ? ", but the parts make " : ": the parts make ") +
                       derived_text(row)
                 : sum;
    }
    case RowKind::kRatio: {
      std::string text = row.figure + ": " + arithmetic_text(row);
      // An open end holds much; say what would hold exactly.
      const bool open = row.derived.low <= 0 || !std::isfinite(row.derived.high);
      if (!fails && open && !row.turns.empty()) {
        text += ", which is " + row.turns.back().figure + " at " +
                figure_text(row.turns.back().needed.low, "", row.turns.back().unit);
      }
      return text;
    }
    case RowKind::kChipRatio: {
      const std::string sides = row.factors.size() == 2
                                    ? ": " + row.from[0] + " " + factor_text(row.factors[0]) +
                                          " / " + row.from[1] + " " + factor_text(row.factors[1]) +
                                          " in " + figure_words(row.from[2]) + row.from[3] + " = "
                                    : ": " + row.from[0] + " over " + row.from[1] + " in " +
                                          figure_words(row.from[2]) + row.from[3] + " = ";
      return row.figure + sides +
             (row.derived_value < 1 ? percent(row.derived_value, 2)
                                    : significant(row.derived_value, 3) + "x") +
             "; stated " + row.text;
    }
    case RowKind::kPrecision:
      return row.from[0] + " has no " + row.text + " units: products run in 16 bits there";
    case RowKind::kSpec:
      if (row.both_directions) {
        return held_text(row) + " is of both directions together, twice the " + derived_text(row) +
               " of one";
      }
      if (row.sparse) {
        return held_text(row) + " is the figure with sparsity, twice the dense " +
               derived_text(row);
      }
      return held_text(row) + (fails ? ", but the record has " : ": the record has ") +
             derived_text(row);
    case RowKind::kExport: {
      std::string text = row.from[0] + " on " + row.from[1] + ": " + row.from[2];
      for (std::size_t i = 3; i < row.from.size(); ++i) {
        text += (i == 3 ? " (" : ", ") + row.from[i] + (i + 1 == row.from.size() ? ")" : "");
      }
      return text + "; stated " + row.text;
    }
    case RowKind::kStatement:
      return "the statement says " + figure_words(row.figure) + " \"" + row.from[0] +
             "\", the claim has " + row.from[1];
    case RowKind::kGrowth:
      if (row.from.size() == 2) {
        return row.from[0] + " " + row.text + " over the " + row.from[1] +
               " before: neither end is said";
      }
      return row.from[0] + " x (" + row.from[1] + ") for " + row.from[2] + " = " +
             derived_text(row) + "; stated " + row.text;
    case RowKind::kReference:
      return row.from[0] + " gives " + derived_text(row) +
             (row.from[1].empty() ? "" : " (" + row.from[1] + ")") +
             (row.text.empty() ? "" : "; the claim has " + row.text);
    case RowKind::kModelSize:
      return held_text(row) + (fails ? ", but " : ": ") + row.from[0] + " has " + derived_text(row);
    case RowKind::kMfu: return mfu_text(row);
    case RowKind::kEngineTime: return time_text(row);
    case RowKind::kMemory: return memory_text(row);
    case RowKind::kPrice:
    case RowKind::kUnitPrice: return market_text(row);
    case RowKind::kPower:
    case RowKind::kIntensity:
    case RowKind::kTariff:
    case RowKind::kWaterUse:
    case RowKind::kPue:
      return held_text(row) + (fails ? " is outside" : placed(row)) + " " + derived_text(row) +
             " (" + row.from[0] + ")";
    case RowKind::kScope: return scope_text(row);
    case RowKind::kLayout: return "the layout does not fit the rest: " + joined(row.from);
    case RowKind::kEstimate:
      return held_text(row) + (fails ? ", but the estimate has " : ": the estimate has ") +
             figure_text(row.derived_value, row.figure, row.unit) +
             " (nine runs in ten: " + derived_text(row) + ")";
    case RowKind::kOrder:
      return held_text(row) + " is more than " + row.from[0] + ", " +
             figure_text(row.derived_value, row.figure, row.unit);
    case RowKind::kPeriod:
      if (row.verdict == Verdict::kPlausible) {
        return held_text(row) + " leaves some of " + row.from[0] + " unused, " + derived_text(row);
      }
      return held_text(row) + (fails ? ", but " : ": ") + row.from[0] + " is " + derived_text(row);
    case RowKind::kLaunch:
      if (row.from.size() == 3) {
        return "a run of " + row.text + " that was told of in " + row.from[2] + ", on " +
               row.from[0] + ", which came out in " + row.from[1];
      }
      return "a run of " + row.text + " on " + row.from[0] + ", which came out in " + row.from[1];
  }
  return "";
}

std::string turn_text(const Turn& turn) {
  const auto say = [&](double value) { return figure_text(value, turn.figure, turn.unit); };
  const std::string range = turn.needed.low > turn.now ? "at least " + say(turn.needed.low)
                            : turn.needed.high < turn.now
                                ? "at most " + say(turn.needed.high)
                                : range_text(turn.needed, turn.figure, turn.unit);
  const FigureKind* kind = kind_named(turn.figure);
  // Records' fields and sides of ratios have no article.
  if (turn.figure == "ratio") return "a ratio of " + range;
  if (kind == nullptr) return figure_words(turn.figure) + " of " + range;
  if (kind->figure == Figure::kAccelerators) return range + " GPUs";
  if (kind->figure == Figure::kParameters || kind->figure == Figure::kActiveParameters ||
      kind->counts) {
    return range + " " + kind->words;
  }
  // What is many ("GPU-hours", "tokens") says itself by its unit.
  const std::string_view words = kind->words;
  const bool many = words.ends_with("s") || words.find("s per ") != std::string_view::npos;
  if (many) return range + (kind->unit[0] == '\0' ? " " + std::string(words) : "");
  const bool vowel = std::string_view("aeiouMH").find(words.front()) != std::string_view::npos;
  return (vowel ? "an " : "a ") + std::string(words) + " of " + range;
}

}  // namespace

std::string verdict_text(const std::string& verdict) {
  return verdict == "cannot_tell" ? "cannot tell" : verdict;
}

std::string row_text(const CheckRow& row) {
  const std::string text = sentence(row);
  return row.subject.empty() || row.kind == RowKind::kSpec ? text : row.subject + ": " + text;
}

std::string degree_text(const CheckRow& row) {
  constexpr double kNone = 1.0005;
  if (row.aspect == Aspect::kScope) return "";  // another thing, not another amount
  if (!row.fails() || !(row.apart > kNone) || !std::isfinite(row.apart)) return "";
  constexpr double kTwice = 2;
  return row.apart < kTwice ? "by at least " + percent(row.apart - 1, row.apart < 1.1 ? 1 : 0)
                            : "by at least " + significant(row.apart, 2) + " times";
}

std::string turns_text(const CheckRow& row) {
  std::vector<std::string> words;
  for (const Turn& turn : row.turns) {
    std::string text = turn_text(turn);
    if (std::find(words.begin(), words.end(), text) == words.end()) words.push_back(text);
  }
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i) text += (i > 0 ? ", or " : "") + words[i];
  return text;
}

}  // namespace traincost
