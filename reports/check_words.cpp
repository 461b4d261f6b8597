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

std::string without_zeros(std::string text) {
  if (text.find('.') == std::string::npos) return text;
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text;
}

std::string shortened(double value) {
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

// With its cents: "$2.00", "$0.0023".
std::string price(double value) {
  if (value >= 1000) return "$" + shortened(value);
  return value < 0.1 ? "$" + significant(value, 2) : fmt::format("${:.2f}", value);
}

bool failing(const CheckRow& row) {
  return row.verdict == Verdict::kStrained || row.verdict == Verdict::kImpossible;
}

}  // namespace

std::string figure_text(double value, const std::string& figure, const std::string& unit) {
  if (!std::isfinite(value)) return "more than numbers hold";
  if (figure == "pue" || figure == "goodput") return significant(value, 3);
  if (is_share(figure, unit)) return percent(value);
  if (unit == "USD") return dollars(value);
  if (unit.rfind("USD/", 0) == 0) return price(value) + unit.substr(3);
  if (unit == "FLOP" || unit == "FLOP/token" || unit == "FLOP/USD") {
    return fmt::format("{:.3g} {}", value, unit == "FLOP/USD" ? "FLOP/$" : unit);
  }
  if (unit == "d" && value < 1) {  // shorter runs in hours and minutes
    constexpr double kHours = 24, kMinutes = 1440;
    return value < 1 / kHours ? shortened(kMinutes * value) + " min"
                              : shortened(kHours * value) + " h";
  }
  constexpr double kShort = 14;
  if (unit == "d" && value < kShort) {  // as often told in hours
    return shortened(value) + " d (" + significant(24 * value) + " h)";
  }
  const FigureKind* kind = kind_named(figure);
  if (kind != nullptr && kind->counts && value < 1e6) return rounded(value);
  if (unit.empty() && value < 1) return percent(value, 2);
  if (unit.empty() && value >= 1e16) return fmt::format("{:.3g}", value);
  return shortened(value) + (unit.empty() ? "" : " " + unit);
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

// ---- arithmetic ----

// A factor as it is said in a product: what it counts stands behind it.
std::string factor_text(const Factor& factor) {
  const std::string& name = factor.figure;
  const auto with = [&](const char* words) { return shortened(factor.value) + " " + words; };
  if (name == "accelerators") return with("GPUs");
  if (name == "parameters") return with("parameters");
  if (name == "active_parameters") return with("active parameters");
  if (name == "steps") return with("steps");
  if (name == "units") return with("units");
  if (name == "flops_per_parameter_and_token") return shortened(factor.value);
  if (name == "hardware_over_model_flops") return significant(factor.value, 3);
  if (name == "peak_dense") return figure_text(factor.value, name, factor.unit) + " peak";
  if (name == "mfu" || name == "hfu" || name == "pue") {
    return (name == "pue"   ? "PUE "
            : name == "mfu" ? "MFU "
                            : "HFU ") +
           figure_text(factor.value, name, factor.unit) + (factor.assumed ? " (assumed)" : "");
  }
  if (name == "wall_time") {  // GPU-hours are of hours
    constexpr double kHoursOfDay = 24;
    return shortened(kHoursOfDay * factor.value) + " h";
  }
  return figure_text(factor.value, name, factor.unit);
}

// What the factors' units leave over: seconds of an hour, hours of a day.
std::string conversion(double constant) {
  struct Known {
    double value;
    const char* text;
  };
  constexpr Known kKnown[] = {{24, " x 24 h/d"}, {3600, " x 3,600 s/h"}, {86400, " x 86,400 s/d"}};
  constexpr double kSame = 1e-6;
  const double decades = std::pow(10, std::round(std::log10(constant)));
  if (std::abs(constant / decades - 1) < kSame) return "";  // prefixes of units
  for (const Known& known : kKnown) {
    for (const double each : {known.value, 1 / known.value}) {
      const double left = constant / each;
      const double power = std::pow(10, std::round(std::log10(left)));
      if (std::abs(left / power - 1) > kSame) continue;
      return each > 1 ? known.text : std::string(known.text).replace(1, 1, "/");
    }
  }
  return "";
}

// As people multiply: 6 FLOPs for parameters and tokens, accelerators by their time, then its
// price.
std::vector<Factor> in_order(std::vector<Factor> factors) {
  constexpr std::string_view kOrder[] = {"flops_per_parameter_and_token",
                                         "hardware_over_model_flops",
                                         "active_parameters",
                                         "parameters",
                                         "flops_per_token",
                                         "units",
                                         "accelerators",
                                         "steps"};
  const auto place = [&](const Factor& factor) {
    return std::find(std::begin(kOrder), std::end(kOrder), factor.figure) - std::begin(kOrder);
  };
  std::stable_sort(factors.begin(), factors.end(),
                   [&](const Factor& a, const Factor& b) { return place(a) < place(b); });
  return factors;
}

// "648 GPUs x 198 h x $2/GPU-h", "14.8T tokens / (2,048 GPUs x 1,301 h)"; with `constant` where
// that is not 1 for people.
std::string product_text(const std::vector<Factor>& factors, double result) {
  std::vector<std::string> over, under;
  double product = 1;
  for (const Factor& factor : in_order(factors)) {
    if (std::abs(std::abs(factor.power) - 1) > 1e-6) return "";  // no product of school
    product *= std::pow(factor.value, factor.power);
    if (factor.figure == "wall_time") product *= std::pow(24.0, factor.power);
    if (factor.figure == "goodput" && factor.value == 1) continue;
    if (factor.figure == "hardware_over_model_flops" && factor.value == 1) continue;
    if (factor.figure == "pue" && factor.value == 1) continue;
    (factor.power > 0 ? over : under).push_back(factor_text(factor));
  }
  if (over.size() + under.size() < 2) return "";
  const auto chain = [](const std::vector<std::string>& each) {
    std::string text;
    for (const std::string& one : each) text += (text.empty() ? "" : " x ") + one;
    return text;
  };
  std::string text = over.empty() ? "1" : chain(over);
  const std::string left = conversion(result / product);
  const bool divides = left.rfind(" / ", 0) == 0;
  if (divides) under.insert(under.begin(), left.substr(3));
  if (!left.empty() && !divides) text += left;
  if (under.empty()) return text;
  return text + " / " + (under.size() > 1 ? "(" + chain(under) + ")" : under.front());
}

// The exact sum of dollars under ten millions, as a pocket calculator shows it.
std::string result_text(double value, const std::string& figure, const std::string& unit) {
  constexpr double kWritten = 1e7;
  if (unit == "USD" && value >= 1000 && value < kWritten) return "$" + rounded(value);
  return figure_text(value, figure, unit);
}

// How far the result lies from what is stated: "27% more", "1.0% less", "3.1 times as much".
std::string gap_text(double derived, double stated) {
  const double over = derived / stated;
  constexpr double kTwice = 2;
  if (over >= kTwice) return significant(over, 2) + " times as much";
  if (over <= 1 / kTwice) return "1/" + significant(1 / over, 2) + " of it";
  const double off = std::abs(over - 1);
  constexpr double kNone = 5e-4, kSmall = 0.1;
  if (off < kNone) return "";
  return percent(off, off < kSmall ? 1 : 0) + (over > 1 ? " more" : " less");
}

std::string stated_text(const CheckRow& row, const std::string& result) {
  if (row.text.empty()) return "";
  const std::string gap = gap_text(row.derived_value, row.value);
  return "; stated " + row.text +
         (gap.empty() ? " (closes to 0.0%)"
          : failing(row) || row.verdict == Verdict::kPlausible
              ? " (" + result + " is " + gap + ")"
              : " (closes: " + result + " is " + gap + ")");
}

std::string sum_text(const CheckRow& row) {
  std::string text;
  for (const Factor& part : row.factors) {
    text += (text.empty() ? "" : " + ") + result_text(part.value, row.figure, row.unit) + " " +
            part.figure;
  }
  if (row.factors.size() < 2) return "";
  return text + " = " + result_text(row.derived_value, row.figure, row.unit) +
         stated_text(row, "the sum");
}

// Below one as people write it: "1/17.9".
std::string fraction_text(double value) {
  if (value <= 0 || value > 0.5) return significant(value, 3);
  return fmt::format("1/{} = {}", significant(1 / value, 3), percent(value));
}

std::string ratio_text(const CheckRow& row) {
  std::string text = row.from[0] + " / " + row.from[1];
  if (row.lower_by) {
    text = "1 - " + text + " = " + percent(row.derived_value, 1);
  } else {
    text += " = " + fraction_text(row.derived_value);
  }
  // An open side makes an open ratio.
  if (row.derived.low <= 0) return text + " at most; stated " + row.text;
  if (!std::isfinite(row.derived.high)) return text + " at least; stated " + row.text;
  return text + stated_text(row, "the ratio");
}

}  // namespace

std::string arithmetic_text(const CheckRow& row) {
  switch (row.kind) {
    case RowKind::kSum: return sum_text(row);
    case RowKind::kRatio: return ratio_text(row);
    default: break;
  }
  const double result = row.kind == RowKind::kRelation ? row.derived_value : row.value;
  const std::string product = product_text(row.factors, result);
  if (product.empty()) return "";
  const std::string equal = product + " = " + result_text(result, row.figure, row.unit);
  return row.kind == RowKind::kRelation ? equal + stated_text(row, "the product") : equal;
}

namespace {

// ---- sentences ----

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
  if (!product.empty()) return product + ": that " + name;
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
           (failing(row) ? ", and no run told so little" : ", the rest is downtime and other work");
  }
  if (row.before_pue) return line + "; closes if the energy is the servers' alone, before PUE";
  return line;
}

std::string mfu_text(const CheckRow& row) {
  const std::string reach = "matrix products on " + row.from[0] + " in " + row.from[1] + " reach " +
                            percent(row.derived_value) + " of the bf16 peak";
  const std::string runs = percent(row.derived.low, 0) + " to " + percent(row.derived.high);
  const bool fails = failing(row);
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
         " whole runs get, " + runs + "; " + reach;
}

// "one run in 90 of those it was held to is as fast".
std::string odds_text(double probability) {
  constexpr double kLeast = 1e-4;
  return probability < kLeast ? "fewer than one run in 10,000"
                              : "one run in " + shortened(std::round(1 / probability));
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
  const bool fails = failing(row);
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
  return held_text(row) + (failing(row) ? " is outside " : placed(row) + " ") + quoted;
}

std::string scope_text(const CheckRow& row) {
  if (row.from.size() == 2 && !row.figure.empty() && failing(row)) {
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
  const bool fails = failing(row);
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
             (row.from[1].empty() ? "" : " (" + row.from[1] + ")");
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
  if (kind == nullptr) return turn.figure + " " + range;
  if (kind->figure == Figure::kAccelerators) return range + " GPUs";
  if (kind->figure == Figure::kAcceleratorTime || kind->figure == Figure::kTokens) return range;
  const bool counted = kind->counts || kind->figure == Figure::kParameters ||
                       kind->figure == Figure::kActiveParameters;
  if (counted) return range + " " + kind->words;
  const bool vowel = std::string_view("aeiouM").find(kind->words[0]) != std::string_view::npos;
  return (vowel ? "an " : "a ") + std::string(kind->words) + " of " + range;
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
  if (!failing(row) || !(row.apart > kNone) || !std::isfinite(row.apart)) return "";
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
