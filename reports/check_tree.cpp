#include "reports/check_tree.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "reports/format.h"

namespace traincost {
namespace {

// An infinite end is null: there is none.
Tree finite(double value) { return std::isfinite(value) ? Tree(value) : Tree(nullptr); }

bool is_share(const std::string& figure, const std::string& unit) {
  return unit.empty() && (figure == "mfu" || figure == "hfu" || figure == "pue");
}

std::string shortened(double value) {
  struct Step {
    double at;
    const char* name;
  };
  constexpr Step kSteps[] = {{1e12, "T"}, {1e9, "B"}, {1e6, "M"}};
  for (const Step& step : kSteps) {
    if (value < step.at) continue;
    std::string text = significant(value / step.at, 4);
    if (text.find('.') != std::string::npos) {
      text.erase(text.find_last_not_of('0') + 1);
      if (text.back() == '.') text.pop_back();
    }
    return text + step.name;
  }
  if (value >= 1000) return rounded(value);
  std::string text = significant(value, 4);
  if (text.find('.') != std::string::npos) {
    text.erase(text.find_last_not_of('0') + 1);
    if (text.back() == '.') text.pop_back();
  }
  return text;
}

std::string figure_text(double value, const std::string& figure, const std::string& unit) {
  if (!std::isfinite(value)) return "more than numbers hold";
  if (figure == "pue") return significant(value, 3);
  if (is_share(figure, unit)) return percent(value);
  if (unit == "USD") return dollars(value);
  if (unit == "USD/GPU-h") return "$" + shortened(value) + "/GPU-h";
  if (unit == "FLOP" || unit == "FLOP/token") return fmt::format("{:.3g} {}", value, unit);
  if (unit == "d" && value < 1) {  // shorter runs in hours and minutes
    constexpr double kHours = 24, kMinutes = 1440;
    return value < 1 / kHours ? shortened(kMinutes * value) + " min"
                              : shortened(kHours * value) + " h";
  }
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

std::string turn_text(const Turn& turn) {
  const auto say = [&](double value) { return figure_text(value, turn.figure, turn.unit); };
  if (turn.needed.low > turn.now) return turn.figure + " at least " + say(turn.needed.low);
  if (turn.needed.high < turn.now) return turn.figure + " at most " + say(turn.needed.high);
  return turn.figure + " " + range_text(turn.needed, turn.figure, turn.unit);
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) text += i + 1 == words.size() ? " and " : ", ";
    text += words[i];
  }
  return text;
}

// What figures are called in a sentence; identifiers stay in `from`.
std::string in_words(const std::string& name) {
  constexpr std::string_view kWords[][2] = {
      {"peak_dense", "the chip's bf16 peak"},
      {"flops_per_parameter_and_token", "6 FLOPs for each parameter and token"},
      {"hardware_over_model_flops", "what recomputation adds"}};
  for (const auto& [identifier, words] : kWords) {
    if (name == identifier) return std::string(words);
  }
  return name;
}

std::string joined_figures(std::vector<std::string> names) {
  for (std::string& name : names) name = in_words(name);
  return joined(names);
}

// What the row holds: as it was written, or what is implied.
std::string held_text(const CheckRow& row) {
  if (!row.text.empty()) return row.figure + " \"" + row.text + "\"";
  if (row.at_any_mfu) {
    return "whatever its utilisation, the sum pays " +
           range_text(row.stated, row.figure, row.unit) + ": that";
  }
  return "the implied " + row.figure + " of " + range_text(row.stated, row.figure, row.unit);
}

std::string derived_text(const CheckRow& row) {
  return range_text(row.derived, row.figure, row.unit);
}

// Whether all that is held lies in the range, or part of it.
std::string placed(const CheckRow& row) {
  const bool inside = row.stated.low >= row.derived.low && row.stated.high <= row.derived.high;
  return inside ? " is within" : " overlaps";
}

// What a row says, in one sentence without its subject.
std::string sentence(const CheckRow& row) {
  const bool fails = row.verdict == Verdict::kStrained || row.verdict == Verdict::kImpossible;
  switch (row.kind) {
    case RowKind::kRelation:
      if (row.hardware_flops) {
        return held_text(row) + " counts recomputation (hardware FLOPs); model FLOPs are " +
               figure_text(row.derived_value, row.figure, row.unit) + ", from " +
               joined_figures(row.from);
      }
      if (row.flops_each) {
        return held_text(row) + " follows from " + joined_figures(row.from) + " at " +
               significant(*row.flops_each, 2) +
               " FLOPs instead of 6: attention or recomputation is counted";
      }
      if (row.goodput) {
        return held_text(row) + ": with " + joined_figures(row.from) + " the steps take " +
               percent(*row.goodput, 0) + " of the time" +
               (fails ? "; no run told so little" : ", the rest is downtime and other work");
      }
      if (row.before_pue) {
        return held_text(row) + " follows from " + joined_figures(row.from) +
               " if the energy is the servers' alone, before pue";
      }
      if (!fails) return held_text(row) + " follows from " + joined_figures(row.from);
      return held_text(row) + ", but " + joined_figures(row.from) + " give " + derived_text(row);
    case RowKind::kSum:
      return held_text(row) + (fails ? ", but the parts make " : ": the parts make ") +
             derived_text(row);
    case RowKind::kRatio: {
      std::string text = row.figure + " \"" + row.text + "\"" + (row.lower_by ? " lower" : "") +
                         (fails ? ", but " : ": ") + row.from[0] +
                         (row.lower_by ? " is lower than " + row.from[1] + " by "
                                       : " against " + row.from[1] + " is ") +
                         range_text(row.derived, "ratio", "");
      if (row.text.find("1/") != std::string::npos && row.derived_value > 0) {
        text += fmt::format(" (1/{:.1f})", 1 / row.derived_value);
      }
      // An open end holds much; say what would hold exactly.
      const bool open = row.derived.low <= 0 || !std::isfinite(row.derived.high);
      if (!fails && open && !row.turns.empty()) {
        text += "; \"" + row.text + "\" is " + row.turns.back().figure + " at " +
                figure_text(row.turns.back().needed.low, "", row.turns.back().unit);
      }
      return text;
    }
    case RowKind::kChipRatio:
      return row.figure + " \"" + row.text + "\": " + row.from[0] + " has " +
             (row.derived_value < 1 ? percent(row.derived_value, 2)
                                    : significant(row.derived_value, 3) + "x") +
             " of " + row.from[1] + " in " + row.from[2] + row.from[3];
    case RowKind::kPrecision:
      return row.from[0] + " has no " + row.text + " units: products run in 16 bits there";
    case RowKind::kSpec:
      if (row.sparse) {
        return held_text(row) + " is the figure with sparsity, twice the dense " +
               derived_text(row);
      }
      return held_text(row) + (fails ? ", but the record has " : ": the record has ") +
             derived_text(row);
    case RowKind::kGrowth:
      return "\"" + row.text + "\"" + (fails ? ", but " : ": ") + row.from[0] + " growing " +
             row.from[1] + " for " + row.from[2] + " is " + derived_text(row);
    case RowKind::kReference:
      return row.from[0] + " gives " + derived_text(row) +
             (row.from[1].empty() ? "" : " (" + row.from[1] + ")");
    case RowKind::kModelSize:
      return held_text(row) + (fails ? ", but " : ": ") + row.from[0] + " has " + derived_text(row);
    case RowKind::kMfu: {
      const std::string reach = "matrix products on " + row.from[0] + " in " + row.from[1] +
                                " reach " + percent(row.derived_value) + " of the bf16 peak";
      const std::string runs = percent(row.derived.low, 0) + " to " + percent(row.derived.high);
      if (row.value > row.derived_value && fails) {
        return held_text(row) +
               (row.verdict == Verdict::kImpossible ? " is over what is possible: "
                                                    : " lies mostly over what is possible: ") +
               reach;
      }
      const bool touches = row.stated.low < row.derived.high;
      if (fails && row.value < row.derived.low) {
        return held_text(row) + " is under " + percent(row.derived.low, 0) +
               ": the time holds much besides these tokens";
      }
      return held_text(row) +
             (!fails    ? placed(row) + " what"
              : touches ? " lies mostly over what"
                        : " is more than") +
             " whole runs get, " + runs + "; " + reach;
    }
    case RowKind::kEngineTime: {
      if (row.unsaid) {
        return row.from[0] + " predicts " + figure_text(row.derived_value, row.figure, row.unit) +
               " (90%: " + derived_text(row) + "); the claim does not say";
      }
      std::string text = row.from[0] + " predicts " +
                         figure_text(row.derived_value, row.figure, row.unit) +
                         " (90%: " + derived_text(row) + ")";
      if (row.probability && *row.probability < 0.05) {
        text += *row.probability < 1e-4 ? ", p under 0.0001"
                                        : ", p " + significant(*row.probability, 2);
        text += row.value < row.derived_value ? ": faster than that"
                                              : ": the hours hold more than the steps";
      }
      return held_text(row) + ": " + text;
    }
    case RowKind::kMemory:
      if (!row.text.empty()) {  // of states, without a layout
        const auto gb = [](double value) { return figure_text(value, "memory", "GB"); };
        const std::string there = gb(row.derived.high) + " of all " + row.from[0] + " together";
        return fails ? "the weights alone are " + gb(row.stated.low) + ", more than the " + there
                     : "weights, gradients and optimizer at 16 bytes a parameter are " +
                           gb(row.stated.high) + ", more than the " + there +
                           ": fewer bytes or the host's memory are needed";
      }
      return fails ? "no layout fits: " + figure_text(row.value, "memory", "GB") + " of " +
                         figure_text(row.derived.high, "memory", "GB") + " needed"
                   : "memory fits: " + figure_text(row.value, "memory", "GB") + " of " +
                         figure_text(row.derived.high, "memory", "GB") + " in " + row.from[0];
    case RowKind::kPrice:
    case RowKind::kUnitPrice:
      if (row.verdict == Verdict::kCannotTell) return held_text(row) + ": " + row.from[0];
      if (row.below_power) {
        return held_text(row) + " is less than the electricity costs; the book has " +
               derived_text(row) + " (" + row.from[0] + ")";
      }
      if (row.thin) {
        return held_text(row) + " is outside " + derived_text(row) + ", a thin book (" +
               row.from[0] + "), which decides nothing";
      }
      return held_text(row) + (fails ? " is outside" : placed(row)) + " the book, " +
             derived_text(row) + " (" + row.from[0] + ")";
    case RowKind::kPower:
    case RowKind::kIntensity:
    case RowKind::kPue:
      return held_text(row) + (fails ? " is outside" : placed(row)) + " " + derived_text(row) +
             " (" + row.from[0] + ")";
    case RowKind::kScope:
      if (row.from.size() == 2 && !row.figure.empty() && fails) {
        const std::string first = row.from[0], second = row.from[1];
        if (row.unit == "USD") {
          std::string text = "said of " + first + ", but it is the sum of " + second;
          if (row.derived_value > row.value) {
            text += "; with what is left out it is " + derived_text(row);
          }
          return text;
        }
        return row.figure + ": " + first + " and " + second + " are not of the same thing";
      }
      if (row.verdict == Verdict::kCannotTell) return "the claim does not say what the sum holds";
      return row.derived_value > row.value
                 ? "says what it leaves out; with that it is " + derived_text(row)
                 : "says what it holds and what it leaves out";
    case RowKind::kLayout: return "the layout does not fit the rest: " + joined(row.from);
    case RowKind::kEstimate:
      return held_text(row) + (fails ? ", but the estimate has " : ": the estimate has ") +
             figure_text(row.derived_value, row.figure, row.unit) + " (90%: " + derived_text(row) +
             ")";
    case RowKind::kOrder:
      return held_text(row) + ", but there are no more " + row.from[0] + " than " +
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

std::string with_subject(const CheckRow& row) {
  const std::string text = sentence(row);
  return row.subject.empty() || row.kind == RowKind::kSpec ? text : row.subject + ": " + text;
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

Tree row_tree(const CheckRow& row) {
  Tree t;
  t["kind"] = row_kind_name(row.kind);
  t["aspect"] = aspect_name(row.aspect);
  t["verdict"] = verdict_name(row.verdict);
  t["subject"] = row.subject.empty() ? Tree(nullptr) : Tree(row.subject);
  t["figure"] = row.figure;
  t["unit"] = row.unit;
  t["stated_text"] = row.text.empty() ? Tree(nullptr) : Tree(row.text);
  const bool none = row.value == 0 && row.derived_value == 0;  // rows of words alone
  const auto number = [&](double value) { return none ? Tree(nullptr) : Tree(finite(value)); };
  t["stated"] = number(row.value);
  t["stated_low"] = number(row.stated.low);
  t["stated_high"] = number(row.stated.high);
  t["derived"] = number(row.derived_value);
  t["derived_low"] = number(row.derived.low);
  t["derived_high"] = number(row.derived.high);
  t["ratio"] = number(row.ratio);
  t["from"] = row.from;
  t["vague"] = row.vague;
  t["redundant"] = row.redundant;
  t["counts"] = row.counts;
  t["through"] = row.through;
  t["hardware_flops"] = row.hardware_flops;
  t["before_pue"] = row.before_pue;
  t["flops_each"] = row.flops_each ? Tree(*row.flops_each) : Tree(nullptr);
  t["goodput"] = row.goodput ? Tree(*row.goodput) : Tree(nullptr);
  t["probability"] = row.probability ? Tree(*row.probability) : Tree(nullptr);
  t["line"] = row.line;
  t["says"] = with_subject(row);
  t["unless"] = row.turns.empty() ? Tree(nullptr) : Tree(turns_text(row));
  t["turns"] = Tree::array();
  for (const Turn& turn : row.turns) {
    t["turns"].push_back({{"figure", turn.figure},
                          {"unit", turn.unit},
                          {"low", finite(turn.needed.low)},
                          {"high", finite(turn.needed.high)}});
  }
  return t;
}

const CheckRow* first_with(const CheckAnswer& answer, Verdict verdict) {
  for (const CheckRow& row : answer.rows) {
    if (row.counts && row.verdict == verdict && row.aspect != Aspect::kScope) return &row;
  }
  for (const CheckRow& row : answer.rows) {
    if (row.verdict == verdict) return &row;
  }
  return nullptr;
}

std::string implied_text(const ImpliedFigure& figure) {
  return (figure.subject.empty() ? "" : figure.subject + " ") + figure.figure + " " +
         figure_text(figure.value, figure.figure, figure.unit);
}

// What holds by least, and what fails by most, of a ratio that does both.
std::optional<std::string> half_truth(const CheckAnswer& answer) {
  const CheckRow* nearest = nullptr;
  const CheckRow* furthest = nullptr;
  const auto away = [](const CheckRow& row) { return std::abs(std::log(row.ratio)); };
  for (const CheckRow& row : answer.rows) {
    if (row.kind != RowKind::kChipRatio) continue;
    if (row.counts) {
      if (nearest == nullptr || away(row) < away(*nearest)) nearest = &row;
    } else if (furthest == nullptr || away(row) > away(*furthest)) {
      furthest = &row;
    }
  }
  if (nearest == nullptr || furthest == nullptr) return std::nullopt;
  const auto share = [](const CheckRow& row) {
    return percent(row.derived_value, 2) + " of " + row.from[1] + " in " + row.from[2] +
           row.from[3];
  };
  return "half true: " + nearest->from[0] + " has " + share(*nearest) + ", but " + share(*furthest);
}

// The claim in one or two sentences: the worst that is said of it, or the best.
std::string summary(const CheckAnswer& answer) {
  if (answer.overall == Verdict::kCannotTell) {
    std::string text = "nothing that is stated can be tested against the rest";
    if (!answer.would_decide.empty()) {
      text += "; it would take " + joined(answer.would_decide);
    }
    return text;
  }
  const CheckRow* row = first_with(answer, answer.overall);
  // Rows that hold and prove nothing make a plausible claim.
  if (row == nullptr) row = first_with(answer, Verdict::kConsistent);
  if (row != nullptr && row->kind == RowKind::kChipRatio) {
    if (const auto half = half_truth(answer)) return *half;
  }
  if (answer.overall == Verdict::kConsistent) {
    int closing = 0;
    for (const CheckRow& each : answer.rows) {
      closing += each.verdict == Verdict::kConsistent && each.redundant ? 1 : 0;
    }
    std::string text =
        closing > 1 ? std::to_string(closing) + " figures that were redundant close" : "";
    if (row != nullptr) text += (text.empty() ? "" : "; ") + with_subject(*row);
    return text;
  }
  if (row == nullptr) return "";
  std::string text = with_subject(*row);
  if (answer.fails() && !row->turns.empty()) {
    text += "; " + std::string(verdict_name(answer.overall)) + " unless " + turns_text(*row);
  }
  return text;
}

}  // namespace

std::string verdict_text(const std::string& verdict) {
  return verdict == "cannot_tell" ? "cannot tell" : verdict;
}

Tree claim_tree(const CheckAnswer& answer) {
  const Claim& claim = answer.claim;
  Tree t;
  t["id"] = claim.id;
  t["file"] = claim.file;
  t["line"] = claim.line;
  t["statement"] = claim.statement;
  t["language"] = claim.language.empty() ? Tree(nullptr) : Tree(claim.language);
  t["said_by"] = claim.said_by.empty() ? Tree(nullptr) : Tree(claim.said_by);
  t["date"] = claim.date;
  t["source"] = {{"kind", source_kind_name(claim.source.kind)},
                 {"title", claim.source.title},
                 {"where", claim.source.where}};
  t["verdict"] = verdict_name(answer.overall);
  t["arithmetic"] = verdict_name(answer.arithmetic);
  t["physics"] = verdict_name(answer.physics);
  t["market"] = verdict_name(answer.market);
  t["scope"] = verdict_name(answer.scope);
  t["fails"] = answer.fails();
  t["summary"] = summary(answer);
  t["relations"] = Tree::array();
  for (const CheckRow& row : answer.rows) t["relations"].push_back(row_tree(row));
  t["implied"] = Tree::array();
  for (const ImpliedFigure& each : answer.implied) {
    t["implied"].push_back({{"subject", each.subject.empty() ? Tree(nullptr) : Tree(each.subject)},
                            {"figure", each.figure},
                            {"unit", each.unit},
                            {"value", finite(each.value)},
                            {"low", finite(each.range.low)},
                            {"high", finite(each.range.high)},
                            {"says", implied_text(each)}});
  }
  t["methods"] = Tree::array();
  for (const MethodCost& each : answer.methods) {
    t["methods"].push_back({{"method", each.method},
                            {"basis", each.basis},
                            {"usd_low", finite(each.usd.low)},
                            {"usd_high", finite(each.usd.high)},
                            {"says", each.method + " " + range_text(each.usd, "cost", "USD") +
                                         " (" + each.basis + ")"}});
  }
  t["includes"] = claim.scope ? Tree(claim.scope->includes) : Tree::array();
  t["excludes"] = claim.scope ? Tree(claim.scope->excludes) : Tree::array();
  t["left_out"] = Tree::array();
  if (claim.scope) {
    for (const ClaimScope::LeftOut& left : claim.scope->left_out) {
      t["left_out"].push_back(
          {{"what", left.what}, {"cost", left.cost ? Tree(left.cost->text) : Tree(nullptr)}});
    }
  }
  t["would_decide"] = answer.would_decide;
  t["notes"] = claim.notes;
  return t;
}

}  // namespace traincost
