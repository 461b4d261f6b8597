#include "estimator/questions/check_rows.h"

namespace traincost {

Verdict compare(Interval printed, Interval derived, Interval meant, Interval derived_meant) {
  constexpr double kRounding = 1e-9;  // of doubles
  constexpr double kSmallGap = 1.05;
  const auto gap = [](Interval a, Interval b) {
    if (a.low > b.high) return a.low / b.high;
    if (b.low > a.high) return b.low / a.high;
    return 1.0;
  };
  const double apart = gap(printed, derived);
  if (apart <= 1 + kRounding) return Verdict::kConsistent;
  if (gap(meant, derived_meant) <= 1 + kRounding || apart <= kSmallGap) return Verdict::kStrained;
  return Verdict::kImpossible;
}

std::optional<Held> held(const Subject& subject, const KnownFigures& figures, Figure figure) {
  if (figures.known[index_of(figure)]) {
    if (!figures.stated[index_of(figure)]) return std::nullopt;  // inherited: the whole has its row
    const Stated& stated = *subject.figure(figure);
    return Held{Solved{stated.printed, stated.meant, stated.value, stated.vague, {}}, stated.text};
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
    row.verdict = row.vague && !row.redundant ? Verdict::kPlausible : Verdict::kConsistent;
  }
}

}  // namespace traincost
