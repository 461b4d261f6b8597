#include "estimator/claims/check.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "estimator/claims/check_book.h"
#include "estimator/claims/check_rows.h"
#include "estimator/claims/slips.h"

namespace traincost {
namespace {

// A rate that counted recomputation counts the model's FLOPs from here on.
void count_model_flops(const std::vector<CheckRow>& relations, KnownFigures& figures) {
  for (const Figure each : {Figure::kFlopRate, Figure::kMfu}) {
    const bool hardware = std::any_of(relations.begin(), relations.end(), [&](const CheckRow& row) {
      return row.hardware_flops && row.figure == kind_of(each).key;
    });
    if (!hardware) continue;
    constexpr double kModelOverHardware = 3.0 / 4;
    const std::size_t i = index_of(each);
    figures.value[i] *= kModelOverHardware;
    for (Interval* interval : {&figures.printed[i], &figures.meant[i]}) {
      *interval = {kModelOverHardware * interval->low, kModelOverHardware * interval->high};
    }
  }
}

// What an hour would have cost if the sum were that of the engine's hours for the steps alone.
std::optional<ImpliedFigure> price_of_steps(const Subject& subject, const KnownFigures& figures,
                                            const std::vector<CheckRow>& rows) {
  for (const CheckRow& row : rows) {
    if (row.kind != RowKind::kEngineTime || !figures.known[index_of(Figure::kCost)]) continue;
    const double cost = figures.value[index_of(Figure::kCost)];
    ImpliedFigure price;
    price.subject = subject.name;
    price.figure = "price by the engine's hours";
    price.unit = kind_of(Figure::kPrice).unit;
    price.value = cost / row.derived_value;
    price.range = {cost / row.derived.high, cost / row.derived.low};
    return price;
  }
  return std::nullopt;
}

// Figures worth saying where the claim does not.
constexpr Figure kWorthSaying[] = {
    Figure::kAcceleratorTime, Figure::kPrice,         Figure::kMfu,
    Figure::kWallTime,        Figure::kCost,          Figure::kFlopRate,
    Figure::kFlops,           Figure::kThroughput,    Figure::kTokens,
    Figure::kUnitPrice,       Figure::kRevenue,       Figure::kUnits,
    Figure::kCarbonIntensity, Figure::kPower,         Figure::kStepTime,
    Figure::kEnergyPrice,     Figure::kWaterIntensity};

std::vector<ImpliedFigure> implied_figures(const Subject& subject, const KnownFigures& figures) {
  std::vector<ImpliedFigure> found;
  for (const Figure each : kWorthSaying) {
    if (figures.known[index_of(each)]) continue;
    const auto solution = implied(figures, static_cast<int>(each));
    if (!solution) continue;
    const FigureKind& kind = kind_of(each);
    ImpliedFigure figure;
    figure.subject = subject.name;
    figure.figure = kind.key;
    figure.unit = kind.unit;
    figure.value = solution->value / kind.base;
    figure.range = scaled(solution->printed, kind.base);
    found.push_back(std::move(figure));
  }
  return found;
}

// A part's figure as stated, or as its others imply it.
std::optional<Solved> figure_of(const KnownFigures& figures, Figure figure) {
  const std::size_t variable = index_of(figure);
  if (figures.stated[variable]) {
    return known(figures, variable);
  }
  return implied(figures, static_cast<int>(figure));
}

struct Sum {
  Figure figure;
  Solved total;
  bool stated = true;    // by every part, in so many words
  bool complete = true;  // every part has it; else what those that have it make is the least
};

// What the parts make together of the figures that add up, where each part has them.
std::vector<Sum> sums(const std::vector<KnownFigures>& parts,
                      const std::vector<Subject>& subjects) {
  std::vector<Sum> found;
  for (int i = 0; i < kFigures; ++i) {
    const auto figure = static_cast<Figure>(i);
    if (!kind_of(figure).sums) continue;
    Sum sum;
    sum.figure = figure;
    sum.complete = parts.size() > 1;  // one part is not all of them
    for (std::size_t p = 0; p < parts.size(); ++p) {
      const auto part = figure_of(parts[p], figure);
      sum.complete = sum.complete && part;
      if (!part) continue;
      sum.stated = sum.stated && parts[p].stated[index_of(figure)];
      sum.total.printed.low += part->printed.low;
      sum.total.printed.high += part->printed.high;
      sum.total.meant.low += part->meant.low;
      sum.total.meant.high += part->meant.high;
      sum.total.value += part->value;
      sum.total.vague = sum.total.vague || part->vague;
      sum.total.from.push_back(subjects[p].name);
      const FigureKind& kind = kind_of(figure);
      sum.total.factors.push_back({subjects[p].name, kind.unit, part->value / kind.base});
    }
    if (!sum.total.from.empty()) found.push_back(std::move(sum));
  }
  return found;
}

CheckRow sum_row(const Stated& stated, const Sum& sum) {
  const FigureKind& kind = kind_of(sum.figure);
  CheckRow row;
  row.kind = RowKind::kSum;
  row.figure = kind.key;
  row.unit = kind.unit;
  row.text = stated.text;
  row.from = sum.total.from;
  row.factors = sum.total.factors;
  row.vague = stated.vague || sum.total.vague;
  row.redundant = true;
  row.value = stated.value / kind.base;
  row.stated = scaled(stated.printed, kind.base);
  row.derived = scaled(sum.total.printed, kind.base);
  row.derived_value = sum.total.value / kind.base;
  row.ratio = stated.value / sum.total.value;
  Interval made = sum.total.printed, meant = sum.total.meant;
  if (!sum.complete) {
    made.high = meant.high = std::numeric_limits<double>::infinity();
    row.derived.high = made.high;
  }
  row.verdict = compare(stated.printed, made, stated.meant, meant);
  if (row.verdict != Verdict::kConsistent) {
    row.turns.push_back({kind.key, kind.unit, row.derived, row.value});
  }
  return row;
}

// Figures that would let the claim be tested, if it stated them: each by itself bounds the
// utilisation or the price; or else closes a law; or where none would do, what such claims want.
std::vector<std::string> would_decide(const Claim& claim, const KnownFigures& figures,
                                      const std::vector<CheckRow>& rows) {
  constexpr Figure kAsked[] = {
      Figure::kCost,   Figure::kAcceleratorTime,  Figure::kAccelerators, Figure::kWallTime,
      Figure::kTokens, Figure::kActiveParameters, Figure::kFlops,        Figure::kMfu};
  constexpr Figure kMeasured[] = {Figure::kCost, Figure::kAcceleratorTime, Figure::kAccelerators,
                                  Figure::kWallTime, Figure::kTokens};
  constexpr Figure kWanted[] = {Figure::kCost, Figure::kAcceleratorTime, Figure::kTokens};
  std::vector<std::string> names;
  for (const CheckRow& row : rows) {  // "no quote of h100-sxm near 2031"
    const bool unquoted = row.kind == RowKind::kPrice || row.kind == RowKind::kUnitPrice;
    if (unquoted && row.verdict == Verdict::kCannotTell)
      names.push_back("a" + row.from[0].substr(2));
  }
  for (const GrowthRate& growth : claim.growth_rates) {
    names.push_back(growth.name + " of both " + growth.over + "s");
  }
  if (!names.empty() && claim.subject.figures.empty()) return names;
  if (!claim.subject.accelerator) names.emplace_back("accelerator");
  KnownFigures on_chip = figures;
  if (!on_chip.known[kPeak]) give(on_chip, kPeak, {1, 1}, {1, 1}, 1);
  const std::size_t before = names.size();
  for (const Figure each : kAsked) {
    if (figures.known[index_of(each)]) continue;
    KnownFigures with = on_chip;
    give(with, index_of(each), {1, 1}, {1, 1}, 1);
    with.stated[index_of(each)] = true;
    const auto bounds = [&](Figure bounded) {
      const int variable = static_cast<int>(bounded);
      const bool now = on_chip.known[index_of(bounded)] || implied(on_chip, variable);
      const bool then = with.known[index_of(bounded)] || implied(with, variable);
      return !now && then && each != bounded;
    };
    if (bounds(Figure::kMfu) || bounds(Figure::kPrice)) names.emplace_back(kind_of(each).key);
  }
  if (names.size() > before) return names;
  for (const Figure each : kMeasured) {
    if (figures.known[index_of(each)] || !implied(on_chip, static_cast<int>(each))) continue;
    names.emplace_back(kind_of(each).key);
  }
  if (names.size() > before) return names;
  for (const Figure each : kWanted) {
    if (!figures.known[index_of(each)]) names.emplace_back(kind_of(each).key);
  }
  return names;
}

// Where the figure that a row holds stands in the file, or else its subject.
int line_of(const Claim& claim, const CheckRow& row) {
  const Subject* subject = &claim.subject;
  for (const auto* list : {&claim.parts, &claim.others}) {
    for (const Subject& each : *list) {
      if (!row.subject.empty() && each.name == row.subject) subject = &each;
    }
  }
  for (const auto& [figure, stated] : subject->figures) {
    if (kind_of(figure).key == row.figure && stated.line > 0) return stated.line;
  }
  return subject->line > 0 ? subject->line : claim.line;
}

Verdict worst(const std::vector<CheckRow>& rows, Aspect aspect) {
  Verdict found = Verdict::kCannotTell;
  for (const CheckRow& row : rows) {
    if (row.aspect != aspect || !row.counts || row.verdict == Verdict::kCannotTell) continue;
    if (found == Verdict::kCannotTell || row.verdict > found) found = row.verdict;
  }
  return found;
}

// The worst that any row says. Without a bad one: consistent where a redundant figure closes, or
// what an hour must have cost is what hours did; plausible where something else was tested: a range
// that holds much (utilisation, power), or a parameter count that fits its shape, decides nothing.
// Of a claim that says no more than what its figure is of, that it is of that.
Verdict overall(const std::vector<CheckRow>& rows) {
  bool closes = false, tested = false, of_it = false;
  Verdict bad = Verdict::kConsistent;
  for (const CheckRow& row : rows) {
    if (!row.counts || row.verdict == Verdict::kCannotTell) continue;
    if (row.verdict >= Verdict::kStrained) bad = std::max(bad, row.verdict);
    if (row.aspect == Aspect::kScope) {
      of_it = of_it || (row.redundant && row.verdict == Verdict::kConsistent);
      continue;
    }
    tested = true;
    const bool decides = row.redundant && row.kind != RowKind::kModelSize;
    const bool paid = row.kind == RowKind::kPrice && row.text.empty() && !row.vague;
    closes = closes || (row.verdict == Verdict::kConsistent && (decides || paid));
  }
  if (bad != Verdict::kConsistent) return bad;
  if (closes) return Verdict::kConsistent;
  if (tested) return Verdict::kPlausible;
  return of_it ? Verdict::kConsistent : Verdict::kCannotTell;
}

}  // namespace

std::string_view verdict_name(Verdict verdict) {
  switch (verdict) {
    case Verdict::kConsistent: return "consistent";
    case Verdict::kPlausible: return "plausible";
    case Verdict::kStrained: return "strained";
    case Verdict::kImpossible: return "impossible";
    case Verdict::kCannotTell: return "cannot_tell";
  }
  return "";
}

std::string_view aspect_name(Aspect aspect) {
  switch (aspect) {
    case Aspect::kArithmetic: return "arithmetic";
    case Aspect::kPhysics: return "physics";
    case Aspect::kMarket: return "market";
    case Aspect::kScope: return "scope";
  }
  return "";
}

std::string_view row_kind_name(RowKind kind) {
  constexpr std::string_view kNames[] = {
      "relation",         "sum",    "ratio",  "chip_ratio", "spec",      "growth",     "reference",
      "model_size",       "mfu",    "time",   "memory",     "price",     "unit_price", "power",
      "carbon_intensity", "scope",  "layout", "estimate",   "order",     "period",     "pue",
      "launch",           "tariff", "water",  "export",     "statement", "precision"};
  static_assert(std::size(kNames) == static_cast<std::size_t>(RowKind::kPrecision) + 1);
  return kNames[static_cast<std::size_t>(kind)];
}

std::string_view slip_name(Slip slip) {
  constexpr std::string_view kNames[] = {"days_for_hours",    "thousands",      "ten_thousands",
                                         "superchip_for_gpu", "nodes_for_gpus", "total_for_active",
                                         "decimal_point",     "epochs"};
  return kNames[static_cast<std::size_t>(slip)];
}

CheckAnswer check_claim(const Claim& claim, const HardwareDb& db, CheckBook& book) {
  CircuitBook& circuits = book.circuits;
  CheckAnswer answer;
  answer.claim = claim;
  const auto add = [&](std::vector<CheckRow> rows) {
    for (CheckRow& row : rows) answer.rows.push_back(std::move(row));
  };
  std::vector<KnownFigures> parts;
  for (const Subject& part : claim.parts)
    parts.push_back(known_figures(part, &claim.subject, circuits));

  KnownFigures known = known_figures(claim.subject, nullptr, circuits);
  for (const Sum& sum : sums(parts, claim.parts)) {
    if (const Stated* stated = claim.subject.figure(sum.figure)) {
      CheckRow row = sum_row(*stated, sum);
      // Some parts that are less than the subject say nothing.
      if (sum.complete || row.verdict != Verdict::kConsistent)
        answer.rows.push_back(std::move(row));
    } else if (sum.complete && sum.stated && !known.known[index_of(sum.figure)]) {
      // The subject is what its parts make.
      give(known, index_of(sum.figure), sum.total.printed, sum.total.meant, sum.total.value);
    }
  }
  const auto add_subject = [&](const Subject& subject, KnownFigures figures) {
    std::vector<CheckRow> relations = relation_rows(subject, figures);
    count_model_flops(relations, figures);
    add(std::move(relations));
    const std::vector<CheckRow> rows = run_rows(claim, subject, figures, db);
    if (auto price = price_of_steps(subject, figures, rows)) answer.implied.push_back(*price);
    for (ImpliedFigure& each : implied_figures(subject, figures)) {
      answer.implied.push_back(std::move(each));
    }
    add(rows);
    const auto unsaid = std::find_if(
        rows.begin(), rows.end(), [](const CheckRow& row) { return row.unsaid && !row.stands_in; });
    add(market_rows(claim, subject, figures, db, unsaid == rows.end() ? nullptr : &*unsaid));
  };
  add(part_rows(claim));
  add_subject(claim.subject, known);
  for (std::size_t i = 0; i < parts.size(); ++i) add_subject(claim.parts[i], parts[i]);
  for (const Subject& other : claim.others)
    add_subject(other, known_figures(other, nullptr, circuits));
  add(statement_rows(claim, db));
  add(prose_rows(claim, book.names));
  answer.methods = method_costs(claim, claim.subject, known, db);

  for (CheckRow& row : answer.rows) {
    if (row.line == 0) row.line = line_of(claim, row);
    row.apart = apart(row.stated, row.derived);
    row.slip = likely_slip(claim, row);
  }
  answer.arithmetic = worst(answer.rows, Aspect::kArithmetic);
  answer.physics = worst(answer.rows, Aspect::kPhysics);
  answer.market = worst(answer.rows, Aspect::kMarket);
  answer.scope = worst(answer.rows, Aspect::kScope);
  answer.overall = overall(answer.rows);
  if (answer.overall == Verdict::kCannotTell) {
    answer.would_decide = would_decide(claim, known, answer.rows);
  }
  return answer;
}

}  // namespace traincost
