// Checks of single statements: ratios, specifications, growth, others' figures, and the scope.
#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <set>

#include "base/decimal.h"
#include "base/text.h"
#include "base/units.h"
#include "estimator/claims/check_rows.h"

namespace traincost {
namespace {

using namespace unit;

Interval quotient(Interval a, Interval b) {
  constexpr double kSmallest = 1e-300;
  return {a.low / b.high, a.high / std::max(b.low, kSmallest)};
}

// What "lower by" makes of a ratio.
Interval reduced(Interval ratio) {
  return {std::max(0.0, 1 - ratio.high), std::max(0.0, 1 - ratio.low)};
}

// A value as it is told: of its own, "exactly" goes without saying.
std::string told(const Stated& value) {
  constexpr std::string_view kExactly = "exactly ";
  return value.text.rfind(kExactly, 0) == 0 ? value.text.substr(kExactly.size()) : value.text;
}

std::string called(const Operand& operand) {
  return operand.name.empty() && operand.value ? told(*operand.value) : operand.name;
}

std::string full_name(const Operand& operand) {
  std::string name = called(operand);
  if (operand.value && name != told(*operand.value)) name += " " + told(*operand.value);
  if (!operand.value_of.empty()) name += " (of " + operand.value_of + ")";
  if (!operand.scope.empty()) name += " [" + operand.scope + "]";
  return name;
}

CheckRow ratio_row(const RatioClaim& ratio, const Operand& a, const Operand& b) {
  CheckRow row;
  row.kind = RowKind::kRatio;
  row.line = ratio.line;
  row.figure = ratio.name;
  row.text = ratio.ratio.text;
  row.value = ratio.ratio.value;
  row.stated = ratio.ratio.printed;
  row.redundant = true;
  row.lower_by = ratio.lower_by;
  row.from = {full_name(a), full_name(b)};
  Interval derived = quotient(a.value->printed, b.value->printed);
  Interval derived_meant = quotient(a.value->meant, b.value->meant);
  row.derived_value = a.value->value / b.value->value;
  if (ratio.lower_by) {
    derived = reduced(derived);
    derived_meant = reduced(derived_meant);
    row.derived_value = std::max(0.0, 1 - row.derived_value);
  }
  row.derived = derived;
  row.ratio = row.derived_value > 0 ? row.value / row.derived_value : 0;
  row.vague = ratio.ratio.vague || a.value->vague || b.value->vague;
  row.verdict = compare(row.stated, derived, ratio.ratio.meant, derived_meant);
  // Two figures of different kinds (active parameters over all) stand in for what is compared.
  const bool stands_in = a.figure && b.figure && *a.figure != *b.figure;
  if (stands_in && row.verdict == Verdict::kConsistent) row.verdict = Verdict::kPlausible;
  if (row.verdict != Verdict::kConsistent) row.turns.push_back({"ratio", "", derived, row.value});
  if (!ratio.lower_by && b.dimension == Dimension{.usd = 1}) {
    const double needed = a.value->value / ratio.ratio.value;
    row.turns.push_back({b.name.empty() ? "b" : b.name, "USD", {needed, needed}, b.value->value});
  }
  return row;
}

// Two sides that are not of the same thing: what the ratio says is then of neither.
std::optional<CheckRow> sides_row(const RatioClaim& ratio, const Operand& a, const Operand& b) {
  const bool another = (!a.value_of.empty() && a.value_of != a.name) ||
                       (!b.value_of.empty() && b.value_of != b.name);
  const bool scopes = a.scope != b.scope && !a.scope.empty() && !b.scope.empty();
  if (!another && !scopes) return std::nullopt;
  CheckRow row;
  row.kind = RowKind::kScope;
  row.aspect = Aspect::kScope;
  row.line = ratio.line;
  row.figure = ratio.name;
  row.from = {full_name(a), full_name(b)};
  row.verdict = Verdict::kStrained;
  return row;
}

// One comparison of two accelerators; precisions in which it is the same share a row.
void add_chip_row(const RatioClaim& ratio, const Accelerator& x, const Accelerator& y,
                  const std::string& field, const std::array<Factor, 2>& sides, bool sparse,
                  std::vector<CheckRow>& rows) {
  const double over = sides[0].value / sides[1].value;
  const double derived = ratio.lower_by ? 1 - over : over;
  const std::string suffix = sparse ? " over the sparse figure" : "";
  constexpr double kSame = 5e-3;
  if (!rows.empty()) {
    CheckRow& last = rows.back();
    const bool same = last.from[0] == x.record.id && last.from[1] == y.record.id &&
                      last.from[3] == suffix && std::abs(last.derived_value / derived - 1) < kSame;
    if (same) {
      last.from[2] += ", " + field;
      return;
    }
  }
  CheckRow row;
  row.kind = RowKind::kChipRatio;
  row.line = ratio.line;
  row.aspect = Aspect::kPhysics;
  row.figure = ratio.name;
  row.text = ratio.ratio.text;
  row.value = ratio.ratio.value;
  row.stated = ratio.ratio.printed;
  row.redundant = true;
  row.vague = ratio.ratio.vague;
  row.lower_by = ratio.lower_by;
  row.derived = {derived, derived};
  row.derived_value = derived;
  row.ratio = derived > 0 ? row.value / derived : 0;
  row.from = {x.record.id, y.record.id, field, suffix};
  row.factors = {sides[0], sides[1]};
  row.verdict = compare(row.stated, row.derived, ratio.ratio.meant, row.derived);
  if (row.verdict != Verdict::kConsistent)
    row.turns.push_back({"ratio", "", row.derived, row.value});
  rows.push_back(std::move(row));
}

// Ratios of accelerators hold against some denominators and not against others: each is a row, and
// none is the claim's fault while another holds.
std::vector<CheckRow> chip_rows(const RatioClaim& ratio, const Operand& a, const Operand& b) {
  std::vector<CheckRow> rows;
  for (const Accelerator& x : a.accelerators) {
    for (const Accelerator& y : b.accelerators) {
      if (ratio.of != "peak_dense") {
        const Field* left = x.record.field(ratio.of);
        const Field* right = y.record.field(ratio.of);
        if (left != nullptr && right != nullptr && right->value && right->base > 0) {
          const double unit = *right->value > 0 ? right->base / *right->value : 1;
          add_chip_row(ratio, x, y, ratio.of,
                       {Factor{ratio.of, right->unit, left->base / unit},
                        Factor{ratio.of, right->unit, *right->value, -1}},
                       false, rows);
        }
        continue;
      }
      // A sheet that prints sparse peaks doubles the denominator.
      for (const bool sparse : {false, true}) {
        if (sparse && y.vendor != "NVIDIA") continue;
        for (const char* precision : {"bf16", "fp8", "int8"}) {
          const auto left = x.peak_dense.find(precision), right = y.peak_dense.find(precision);
          if (left == x.peak_dense.end() || right == y.peak_dense.end()) continue;
          const FigureKind& rate = kind_of(Figure::kFlopRate);
          const auto told = [&](FlopRate peak) { return peak.in(FLOP / second) / rate.base; };
          add_chip_row(ratio, x, y, precision,
                       {Factor{precision, rate.unit, told(left->second)},
                        Factor{precision, rate.unit, (sparse ? 2 : 1) * told(right->second), -1}},
                       sparse, rows);
        }
      }
    }
  }
  const auto holds = [](const CheckRow& row) { return row.verdict == Verdict::kConsistent; };
  const bool any = std::any_of(rows.begin(), rows.end(), holds);
  if (!any || std::all_of(rows.begin(), rows.end(), holds)) return rows;
  for (CheckRow& row : rows) {  // half true
    if (holds(row)) {
      row.verdict = Verdict::kPlausible;
    } else {
      row.counts = false;
    }
  }
  return rows;
}

CheckRow spec_row(const SpecClaim& spec) {
  const Field& field = *spec.accelerator.record.field(spec.field);
  CheckRow row;
  row.kind = RowKind::kSpec;
  row.line = spec.line;
  row.aspect = Aspect::kPhysics;
  row.subject = spec.accelerator.record.id;
  row.figure = spec.field;
  row.unit = field.unit;
  row.text = spec.stated.text;
  const double unit = field.value && *field.value != 0 ? field.base / *field.value : 1;
  row.value = spec.stated.value / unit;
  row.stated = {spec.stated.printed.low / unit, spec.stated.printed.high / unit};
  row.derived = {*field.value, *field.value};
  row.derived_value = *field.value;
  row.ratio = row.derived_value > 0 ? row.value / row.derived_value : 0;
  row.from = {field.source};
  row.redundant = true;
  row.vague = spec.stated.vague;
  const Interval meant{spec.stated.meant.low / unit, spec.stated.meant.high / unit};
  row.verdict = compare(row.stated, row.derived, meant, row.derived);
  // Makers tell the memory that is there, sheets that which can be used: 192 GB of 180.
  constexpr double kUsable = 1.08;
  if (spec.field == "memory_capacity" && row.verdict >= Verdict::kStrained &&
      apart(row.stated, row.derived) < kUsable) {
    row.verdict = Verdict::kPlausible;
  }
  // And the bandwidth of links in both directions together.
  constexpr double kBoth = 2;
  const Interval both{kBoth * row.derived.low, kBoth * row.derived.high};
  row.both_directions = row.verdict == Verdict::kImpossible && spec.field == "scale_up_bandwidth" &&
                        compare(row.stated, both, meant, both) == Verdict::kConsistent;
  if (row.both_directions) row.verdict = Verdict::kPlausible;
  // Vendors print peaks with structured sparsity, twice the dense ones.
  constexpr double kSparse = 2;
  const Interval sparse{kSparse * row.derived.low, kSparse * row.derived.high};
  row.sparse = row.verdict == Verdict::kImpossible && spec.field.rfind("peak_dense", 0) == 0 &&
               compare(row.stated, sparse, meant, sparse) == Verdict::kConsistent;
  if (row.sparse) row.verdict = Verdict::kStrained;
  if (row.verdict != Verdict::kConsistent)
    row.turns.push_back({row.figure, row.unit, row.derived, row.value});
  return row;
}

// "3.55", "4".
std::string plain_number(double value) { return decimal_text(value); }

// The rules of the day against what the claim says; parts of a date stand for their last day.
CheckRow export_row(const ExportClaim& claim, const HardwareDb& db) {
  CheckRow row;
  row.kind = RowKind::kExport;
  row.aspect = Aspect::kMarket;
  row.line = claim.line;
  row.figure = "export";
  row.text = claim.restricted ? "restricted" : "allowed";
  row.redundant = true;
  const std::string day = claim.on.size() == 4   ? claim.on + "-12-31"
                          : claim.on.size() == 7 ? claim.on + "-28"
                                                 : claim.on;
  const std::vector<ExportRule> rules = db.export_rules();
  const ExportAnswer answer = export_answer(rules, export_measures(claim.accelerator), day);
  row.from = {claim.accelerator.record.id, claim.on,
              std::string(export_status_name(answer.status))};
  for (const ExportAnswer::Under& under : answer.rules) {
    if (!under.found.name.empty())
      row.from.push_back(under.rule->record.id + " " + under.found.name);
  }
  if (answer.status == ExportStatus::kUndetermined) return row;
  const bool restricted = answer.status != ExportStatus::kFree;
  row.verdict = restricted == claim.restricted ? Verdict::kConsistent : Verdict::kImpossible;
  return row;
}

// to = from x rate^years.
CheckRow growth_row(const GrowthClaim& growth) {
  CheckRow row;
  row.kind = RowKind::kGrowth;
  row.line = growth.line;
  row.figure = "growth";
  row.unit = growth.dimension == Dimension{.usd = 1} ? "USD" : "";
  row.text = growth.to.text;
  row.value = growth.to.value;
  row.stated = growth.to.printed;
  row.redundant = true;
  row.vague = growth.to.vague || growth.from.vague || growth.per_year.vague;
  const auto grown = [&](Interval from, Interval rate) {
    return Interval{from.low * std::pow(rate.low, growth.years),
                    from.high * std::pow(rate.high, growth.years)};
  };
  row.derived = grown(growth.from.printed, growth.per_year.printed);
  row.derived_value = growth.from.value * std::pow(growth.per_year.value, growth.years);
  row.ratio = row.derived_value > 0 ? row.value / row.derived_value : 0;
  row.from = {growth.from.text, growth.per_year.text + " a year",
              plain_number(growth.years) + " years"};
  row.verdict = compare(row.stated, row.derived, growth.to.meant,
                        grown(growth.from.meant, growth.per_year.meant));
  if (row.verdict != Verdict::kConsistent)
    row.turns.push_back({"to", row.unit, row.derived, row.value});
  return row;
}

// A rate alone: nothing that it could be held against.
CheckRow rate_row(const GrowthRate& growth) {
  CheckRow row;
  row.kind = RowKind::kGrowth;
  row.line = growth.line;
  row.figure = "growth";
  row.text = growth.rate.text;
  row.from = {growth.name, growth.over};
  return row;
}

// Others' figures by the same method support a claim within a tenth; by other methods they stand
// alongside.
CheckRow reference_row(const Claim& claim, const Reference& reference) {
  const Stated* cost = claim.subject.figure(Figure::kCost);
  CheckRow row;
  row.kind = RowKind::kReference;
  row.line = reference.line;
  row.aspect = Aspect::kMarket;
  row.figure = "cost";
  row.unit = "USD";
  row.from = {reference.method, reference.source};
  row.derived = reference.cost.printed;
  row.derived_value = reference.cost.value;
  if (cost == nullptr) return row;
  row.text = cost->text;
  row.value = cost->value;
  row.stated = cost->printed;
  row.ratio = row.value / row.derived_value;
  row.vague = cost->vague;
  if (!reference.same_method) return row;
  constexpr double kSame = 1.1, kFar = 2;
  const double off = apart(cost->printed, reference.cost.printed);
  row.verdict =
      off <= kSame ? Verdict::kPlausible : (off < kFar ? Verdict::kStrained : Verdict::kImpossible);
  if (row.verdict != Verdict::kPlausible) {
    row.turns.push_back(
        {"cost", "USD", {row.derived_value / kSame, row.derived_value * kSame}, row.value});
  }
  return row;
}

// What a scope is of: its words, in small letters and without those that say nothing.
std::vector<std::string> meaning(const std::string& scope) {
  static const std::set<std::string> kSayNothing = {"a",  "an", "and", "at", "by",  "for",
                                                    "in", "of", "on",  "s",  "the", "to"};
  std::vector<std::string> words;
  std::string word;
  const auto take = [&] {
    if (!word.empty() && kSayNothing.count(word) == 0) words.push_back(word);
    word.clear();
  };
  for (const char c : lower(scope) + " ") {
    const auto u = static_cast<unsigned char>(c);
    const bool of_a_word = is_letter(c) || is_digit(c) || u >= 0x80 || c == '.' || c == '+';
    of_a_word ? word.push_back(c) : take();
  }
  return words;
}

// Whether two scopes are of one thing: in another order ("DeepSeek-V3, final run", "the final run
// of DeepSeek V3"), or with their words joined otherwise ("pre-training", "pretraining").
bool same_scope(const std::string& a, const std::string& b) {
  const std::vector<std::string> x = meaning(a), y = meaning(b);
  const auto joined = [](const std::vector<std::string>& words) {
    return std::accumulate(words.begin(), words.end(), std::string());
  };
  return std::set(x.begin(), x.end()) == std::set(y.begin(), y.end()) || joined(x) == joined(y);
}

CheckRow scope_row(const Claim& claim, const ClaimScope& scope) {
  CheckRow row;
  row.kind = RowKind::kScope;
  row.aspect = Aspect::kScope;
  row.figure = "cost";
  row.unit = "USD";
  const Stated* cost = claim.subject.figure(Figure::kCost);
  if (cost != nullptr) {
    row.text = cost->text;
    row.value = cost->value;
    row.stated = cost->printed;
    // With what is left out and priced.
    Interval with = cost->printed;
    double value = cost->value;
    for (const ClaimScope::LeftOut& left : scope.left_out) {
      if (!left.cost) continue;
      with = {with.low + left.cost->printed.low, with.high + left.cost->printed.high};
      value += left.cost->value;
    }
    row.derived = with;
    row.derived_value = value;
    row.ratio = value > 0 ? cost->value / value : 0;
  }
  const bool another = !scope.said_of.empty() && !same_scope(scope.said_of, scope.priced);
  const bool stated = !scope.includes.empty() || !scope.excludes.empty();
  row.verdict =
      another ? Verdict::kStrained : (stated ? Verdict::kConsistent : Verdict::kCannotTell);
  row.redundant = !scope.said_of.empty();
  if (another) row.from = {scope.said_of, scope.priced};
  return row;
}

}  // namespace

std::vector<CheckRow> statement_rows(const Claim& claim, const HardwareDb& db) {
  std::vector<CheckRow> rows;
  for (const SpecClaim& spec : claim.specs) rows.push_back(spec_row(spec));
  for (const RatioClaim& ratio : claim.ratios) {
    for (const auto& [a, b] : ratio.pairs) {
      if (!a.accelerators.empty()) {
        for (CheckRow& row : chip_rows(ratio, a, b)) rows.push_back(std::move(row));
        continue;
      }
      CheckRow row = ratio_row(ratio, a, b);
      const auto sides = sides_row(ratio, a, b);
      // Figures of different things neither prove nor refute a ratio.
      if (sides && row.verdict == Verdict::kImpossible) row.verdict = Verdict::kStrained;
      rows.push_back(std::move(row));
      if (sides) rows.push_back(*sides);
    }
  }
  for (const GrowthClaim& growth : claim.growth) rows.push_back(growth_row(growth));
  for (const GrowthRate& growth : claim.growth_rates) rows.push_back(rate_row(growth));
  for (const Reference& reference : claim.references) {
    rows.push_back(reference_row(claim, reference));
  }
  for (const ExportClaim& each : claim.exports) rows.push_back(export_row(each, db));
  if (claim.scope) rows.push_back(scope_row(claim, *claim.scope));
  return rows;
}

}  // namespace traincost
