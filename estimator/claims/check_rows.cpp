#include "estimator/claims/check_rows.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace traincost {

double apart(Interval a, Interval b) {
  if (a.low > b.high) return a.low / b.high;
  if (b.low > a.high) return b.low / a.high;
  return 1;
}

Verdict compare(Interval printed, Interval derived, Interval meant, Interval derived_meant) {
  constexpr double kRounding = 1e-9;  // of doubles
  // Half a unit of the fourth digit: what was rounded on the way was rounded to more than a few.
  constexpr double kSmallGap = 1.05, kMostRounding = 0.0005;
  const auto half_width = [&](Interval each) {
    const double half = (each.high - each.low) / (each.high + each.low);
    return std::isfinite(half) ? std::min(half, kMostRounding) : 0;
  };
  const double gap = apart(printed, derived);
  const double rounding = std::max(half_width(printed), half_width(derived));
  if (gap <= 1 + std::max(kRounding, rounding)) return Verdict::kConsistent;
  if (apart(meant, derived_meant) <= 1 + kRounding) return Verdict::kPlausible;
  return gap <= kSmallGap ? Verdict::kStrained : Verdict::kImpossible;
}

Solved as_stated(const Stated& stated) {
  return {stated.printed, stated.meant, stated.value, stated.vague, {}, {}};
}

std::optional<Held> held(const Subject& subject, const KnownFigures& figures, Figure figure) {
  if (figures.known[index_of(figure)]) {
    if (!figures.stated[index_of(figure)])
      return std::nullopt;  // inherited: the parent has its row
    const Stated& stated = *subject.figure(figure);
    return Held{as_stated(stated), stated.text};
  }
  const auto solution = implied(figures, static_cast<int>(figure));
  if (!solution) return std::nullopt;
  return Held{*solution, ""};
}

CheckRow held_row(RowKind kind, Aspect aspect, const Subject& subject, Figure figure,
                  const Held& held) {
  const FigureKind& k = kind_of(figure);
  CheckRow row;
  row.kind = kind;
  row.aspect = aspect;
  row.subject = subject.name;
  row.figure = k.key;
  row.unit = k.unit;
  row.text = held.text;
  row.value = held.solved.value / k.base;
  row.stated = scaled(held.solved.printed, k.base);
  row.vague = held.solved.vague;
  row.through = held.solved.from;
  row.factors = held.solved.factors;
  return row;
}

void close_row(CheckRow& row, Interval derived, double derived_value) {
  row.derived = derived;
  row.derived_value = derived_value;
  row.ratio = derived_value > 0 ? row.value / derived_value : 0;
}

void bound_row(CheckRow& row, Interval range, double usual) {
  close_row(row, range, usual);
  if (!row.stated.meets(range)) {
    row.verdict = Verdict::kStrained;
    row.turns.push_back({row.figure, row.unit, range, row.value});
  } else {
    const bool paid = row.kind == RowKind::kPrice && row.text.empty() && !row.vague;
    row.verdict = range.holds(row.value) && (paid || row.redundant) ? Verdict::kConsistent
                                                                    : Verdict::kPlausible;
  }
}

std::vector<Turn> stated_turns(const KnownFigures& figures, Figure bounded, Interval range) {
  std::vector<Turn> turns;
  const FigureKind& own = kind_of(bounded);
  const std::size_t variable = index_of(bounded);
  if (figures.stated[variable]) {
    turns.push_back(
        {own.key, own.unit, scaled(range, own.base), figures.value[variable] / own.base});
    return turns;
  }
  KnownFigures usual = figures;
  give(usual, kGoodputShare, {1, 1}, {1, 1}, 1);
  give(usual, variable, range, range, std::sqrt(range.low * range.high));
  std::array<bool, kFigures> noted{};
  for (const Circuit& circuit : usual.circuits->over(usual.known)) {  // the shortest first
    if (circuit.exponent(static_cast<int>(bounded)) == 0) continue;
    for (const auto& [each, power] : circuit.terms) {
      const auto i = static_cast<std::size_t>(each);
      // Parameters that stand in for active ones: as many might be active.
      const bool stands_in = i == index_of(Figure::kActiveParameters) && !figures.stated[i] &&
                             figures.stated[index_of(Figure::kParameters)];
      if (i >= kFigures || !(figures.stated[i] || stands_in) || noted[i]) continue;
      noted[i] = true;
      const Solved needed = solved(circuit, each, usual);
      if (needed.printed.meets(figures.printed[i])) continue;
      if (i == index_of(Figure::kPue) && needed.printed.high < 1) continue;  // no building
      const FigureKind& kind = kind_of(static_cast<Figure>(i));
      turns.push_back(
          {kind.key, kind.unit, scaled(needed.printed, kind.base), figures.value[i] / kind.base});
    }
  }
  return turns;
}

}  // namespace traincost
