// Figures that others of the claim determine: each law over what is known, what excuses a gap, and
// parts against the whole.
#include <algorithm>
#include <array>
#include <cmath>

#include "estimator/claims/check_rows.h"

namespace traincost {
namespace {

// The figure of a circuit that people would call its result.
constexpr Figure kResults[] = {Figure::kRevenue,
                               Figure::kWater,
                               Figure::kEnergyCost,
                               Figure::kClusterPower,
                               Figure::kFlopsPerUsd,
                               Figure::kCarbon,
                               Figure::kEnergy,
                               Figure::kCost,
                               Figure::kHfu,
                               Figure::kMfu,
                               Figure::kFlopRate,
                               Figure::kFlops,
                               Figure::kAcceleratorTime,
                               Figure::kAcceleratorTimePerToken,
                               Figure::kThroughput,
                               Figure::kClusterThroughput,
                               Figure::kTokens,
                               Figure::kWallTime,
                               Figure::kStepTime,
                               Figure::kBatchTokens,
                               Figure::kSteps,
                               Figure::kFlopsPerToken,
                               Figure::kActiveParameters,
                               Figure::kParameters,
                               Figure::kAccelerators,
                               Figure::kPrice,
                               Figure::kUnitPrice,
                               Figure::kUnits,
                               Figure::kCarbonIntensity,
                               Figure::kWaterIntensity,
                               Figure::kEnergyPrice,
                               Figure::kPower,
                               Figure::kPue};

// Energy is stated with what the building adds (PUE) or without: figures that close the other way
// say which.
void excuse_pue(const Circuit& circuit, Figure result, const Stated& stated, const Solved& s,
                const KnownFigures& figures, CheckRow& row) {
  if (circuit.exponent(static_cast<int>(Figure::kEnergy)) == 0) return;
  if (!figures.stated[index_of(Figure::kPue)]) return;
  const Interval pue = figures.printed[index_of(Figure::kPue)];
  const bool counted = circuit.exponent(static_cast<int>(Figure::kPue)) != 0;
  // Carbon of a server's energy is more by PUE; a server's own energy is less than the law's.
  const bool more = result != Figure::kEnergy && !counted;
  const Interval other = more ? Interval{s.printed.low * pue.low, s.printed.high * pue.high}
                              : Interval{s.printed.low / pue.high, s.printed.high / pue.low};
  if (!other.meets(stated.printed)) return;
  row.before_pue = true;
  row.verdict = Verdict::kConsistent;
}

// People count 6 FLOPs for each parameter and token, attention as well, or recomputation: up to 8.
void excuse_counting(const Circuit& circuit, const KnownFigures& figures, CheckRow& row) {
  if (circuit.exponent(kFlopsPerParameter) == 0) return;
  const Solved needed = solved(circuit, kFlopsPerParameter, figures);
  if (!needed.printed.meets(figures.meant[static_cast<std::size_t>(kFlopsPerParameter)])) return;
  constexpr double kCounted = 8.8, kNearly = 1.1;  // with attention and recomputation
  if (needed.value > kNearly * kCounted) return;
  row.flops_each = needed.value;
  row.verdict = Verdict::kPlausible;
  // A utilisation counts no recomputation, by its name: told with it, it is another one.
  constexpr double kWithAttention = 6.6;
  const bool of_mfu = circuit.exponent(static_cast<int>(Figure::kMfu)) != 0 &&
                      figures.stated[index_of(Figure::kMfu)];
  if (of_mfu && needed.value > kNearly * kWithAttention) row.verdict = Verdict::kStrained;
}

// Rates of the steps against times of the run: more time than the steps take is downtime and
// other work, known up to the worst that runs have published, and strained beyond; less is as it
// was.
void excuse_goodput(const Circuit& circuit, const KnownFigures& figures, CheckRow& row) {
  if (circuit.exponent(kGoodputShare) == 0) return;
  const Solved needed = solved(circuit, kGoodputShare, figures);
  if (needed.printed.low >= kUsualGoodput.low) return;
  row.goodput = needed.value;
  row.verdict = needed.value < kWorstGoodput ? Verdict::kStrained : Verdict::kPlausible;
}

// Figures as printed lie within so much of each other where they close.
constexpr double kCloses = 1.1;
bool closes(const CheckRow& row) {
  return row.verdict == Verdict::kConsistent && row.ratio < kCloses && row.ratio > 1 / kCloses;
}

// What the figures as printed say of a variable, where only what the claim does not state has a
// range: goodput, FLOPs of a parameter, a draw.
Interval by_points(const Circuit& circuit, int variable, const KnownFigures& figures) {
  std::array<Interval, kVariables> values = figures.printed;
  for (std::size_t i = 0; i < kVariables; ++i) {
    if (figures.stated[i]) values[i] = {figures.value[i], figures.value[i]};
  }
  return solve(circuit, variable, values);
}

// How far the stated figures of a circuit put it off when each errs by its own rounding and not all
// the same way: the root of the squares of what they leave open, in logarithms.
double usual_gap(const Circuit& circuit, const KnownFigures& figures) {
  double squares = 0;
  for (const auto& [each, power] : circuit.terms) {
    const Interval open = figures.printed[static_cast<std::size_t>(each)];
    if (!figures.stated[static_cast<std::size_t>(each)]) continue;
    if (!(open.low > 0) || !std::isfinite(open.high)) return open.high;  // anything
    const double half = power * std::log(open.high / open.low) / 2;
    squares += half * half;
  }
  return std::sqrt(squares);
}

// Intervals that meet although the figures as printed lie over a tenth apart close nothing: that is
// all rounding. It is strained where every figure would have to err the same way, or what is
// assumed beside them (PUE, draw) to lie outside of its range.
void narrow_to_points(const Circuit& circuit, Figure result, const KnownFigures& figures,
                      CheckRow& row) {
  if (closes(row)) return;
  row.verdict = Verdict::kPlausible;
  constexpr double kFar = 1.5;  // of what is usual
  const double stated = figures.value[index_of(result)];
  const double gap = apart({stated, stated}, by_points(circuit, static_cast<int>(result), figures));
  if (!row.vague && std::log(gap) > kFar * usual_gap(circuit, figures)) {
    row.verdict = Verdict::kStrained;
    for (const auto& [each, power] : circuit.terms) {
      if (!figures.stated[static_cast<std::size_t>(each)]) continue;
      const FigureKind& kind = kind_of(static_cast<Figure>(each));
      const double needed = solved(circuit, each, figures).value;
      row.turns.push_back({kind.key, kind.unit, scaled({needed, needed}, kind.base),
                           figures.value[static_cast<std::size_t>(each)] / kind.base});
    }
  }
  for (const auto& [each, power] : circuit.terms) {
    const auto i = static_cast<std::size_t>(each);
    // Parameters may stand in for active ones: those are stated.
    const bool stands_in =
        i == index_of(Figure::kActiveParameters) && figures.stated[index_of(Figure::kParameters)];
    if (i >= kFigures || figures.stated[i] || stands_in) continue;
    constexpr double kSlack = 1.02;  // figures are rounded
    const Interval needs = by_points(circuit, each, figures);
    if (apart(needs, figures.printed[i]) < kSlack) continue;
    const double needed = solved(circuit, each, figures).value;
    const FigureKind& kind = kind_of(static_cast<Figure>(i));
    row.verdict = Verdict::kStrained;
    row.turns.push_back(
        {kind.key, kind.unit, scaled({needed, needed}, kind.base), figures.value[i] / kind.base});
  }
}

// The figures with no building around the servers, where the claim leaves its PUE open and the
// relation closes better so: people tell the servers' energy as often as the site's.
std::optional<KnownFigures> before_pue(const Circuit& circuit, Figure result,
                                       const KnownFigures& figures) {
  const std::size_t pue = index_of(Figure::kPue);
  const bool open = circuit.exponent(static_cast<int>(Figure::kPue)) != 0 && !figures.stated[pue] &&
                    figures.printed[pue].holds(1) && figures.value[pue] > 1;
  if (!open) return std::nullopt;
  KnownFigures servers = figures;
  servers.value[pue] = 1;
  const auto gap = [&](const KnownFigures& each) {
    const double product = solved(circuit, static_cast<int>(result), each).value;
    return std::abs(std::log(figures.value[index_of(result)] / product));
  };
  return gap(servers) < gap(figures) ? std::optional(std::move(servers)) : std::nullopt;
}

CheckRow relation_row(const Subject& subject, const Circuit& circuit, Figure result,
                      const KnownFigures& figures) {
  if (const auto servers = before_pue(circuit, result, figures)) {
    return relation_row(subject, circuit, result, *servers);
  }
  const int variable = static_cast<int>(result);
  const Stated& stated = *subject.figure(result);
  const FigureKind& kind = kind_of(result);
  const Solved s = solved(circuit, variable, figures);
  CheckRow row;
  row.kind = RowKind::kRelation;
  row.subject = subject.name;
  row.figure = kind.key;
  row.unit = kind.unit;
  row.text = stated.text;
  row.from = s.from;
  row.factors = s.factors;
  row.vague = stated.vague || s.vague;
  row.redundant = true;
  row.value = stated.value / kind.base;
  row.stated = scaled(stated.printed, kind.base);
  row.derived = scaled(s.printed, kind.base);
  row.derived_value = s.value / kind.base;
  row.ratio = stated.value / s.value;
  row.verdict = compare(stated.printed, s.printed, stated.meant, s.meant);
  // No word is vague, so that only FLOPs counted otherwise would close it: excuse_counting judges.
  if (row.verdict == Verdict::kPlausible && !row.vague) row.verdict = Verdict::kStrained;
  // A rate or a utilisation that counts recomputation is 8 N where 6 N would be asked.
  const bool of_model = circuit.exponent(kFlopsPerParameter) != 0 ||
                        circuit.exponent(static_cast<int>(Figure::kFlopsPerToken)) != 0;
  const bool rate = result == Figure::kFlopRate || result == Figure::kMfu;
  const bool both =
      figures.stated[index_of(Figure::kMfu)] && figures.stated[index_of(Figure::kHfu)];
  if (!closes(row) && rate && of_model && !both) {
    constexpr double kFullRecompute = 4.0 / 3, kSlack = 0.03;
    const Interval counted{kFullRecompute * (1 - kSlack) * s.value,
                           kFullRecompute * (1 + kSlack) * s.value};
    if (counted.meets(stated.printed)) {
      row.hardware_flops = true;
      row.verdict = result == Figure::kMfu ? Verdict::kStrained : Verdict::kConsistent;
    }
  }
  if (row.verdict != Verdict::kConsistent) excuse_pue(circuit, result, stated, s, figures, row);
  if (row.verdict != Verdict::kConsistent && !row.hardware_flops)
    excuse_counting(circuit, figures, row);
  if (row.verdict >= Verdict::kStrained) excuse_goodput(circuit, figures, row);
  if (row.verdict == Verdict::kConsistent && !row.hardware_flops && !row.before_pue)
    narrow_to_points(circuit, result, figures, row);
  const bool holds = row.verdict == Verdict::kConsistent || row.verdict == Verdict::kPlausible;
  if (holds || !row.turns.empty()) return row;
  // What would turn it, by the widest reading.
  KnownFigures widest = figures;
  widest.printed[static_cast<std::size_t>(kFlopsPerParameter)] =
      figures.meant[static_cast<std::size_t>(kFlopsPerParameter)];
  widest.printed[static_cast<std::size_t>(kGoodputShare)] = {kWorstGoodput, 1};
  for (const auto& [each, power] : circuit.terms) {
    if (!figures.stated[static_cast<std::size_t>(each)]) continue;
    const FigureKind& other = kind_of(static_cast<Figure>(each));
    const Solved needed = solved(circuit, each, widest);
    if (each == static_cast<int>(Figure::kPue) && needed.printed.high < 1) continue;
    row.turns.push_back({other.key, other.unit, scaled(needed.printed, other.base),
                         figures.value[static_cast<std::size_t>(each)] / other.base});
  }
  return row;
}

// A part of a figure is no more than all of it; nothing where it is not.
std::optional<CheckRow> order_row(const std::string& subject, Figure figure, const Stated& part,
                                  const Stated& all, const std::string& whole) {
  const FigureKind& kind = kind_of(figure);
  CheckRow row;
  row.kind = RowKind::kOrder;
  row.subject = subject;
  row.figure = kind.key;
  row.unit = kind.unit;
  row.text = part.text;
  row.value = part.value / kind.base;
  row.stated = scaled(part.printed, kind.base);
  row.from = {whole};
  row.vague = part.vague || all.vague;
  row.derived = {0, all.printed.high / kind.base};
  row.derived_value = all.value / kind.base;
  row.ratio = part.value / all.value;
  row.verdict = compare(part.printed, {0, all.printed.high}, part.meant, {0, all.meant.high});
  if (row.verdict == Verdict::kConsistent) return std::nullopt;  // nothing that wants telling
  row.turns.push_back({row.figure, row.unit, row.derived, row.value});
  return row;
}

// Active parameters against all of them.
std::optional<CheckRow> active_row(const Subject& subject) {
  const Stated* active = subject.figure(Figure::kActiveParameters);
  const Stated* all = subject.figure(Figure::kParameters);
  if (active == nullptr || all == nullptr) return std::nullopt;
  return order_row(subject.name, Figure::kActiveParameters, *active, *all, "all parameters");
}

}  // namespace

std::vector<CheckRow> part_rows(const Claim& claim) {
  std::vector<CheckRow> rows;
  for (const Subject& part : claim.parts) {
    for (const Figure figure : {Figure::kAccelerators, Figure::kWallTime}) {
      const Stated* own = part.figure(figure);
      const Stated* all = claim.subject.figure(figure);
      if (own == nullptr || all == nullptr) continue;
      if (auto row = order_row(part.name, figure, *own, *all, "the whole")) {
        rows.push_back(std::move(*row));
      }
    }
  }
  return rows;
}

std::vector<CheckRow> relation_rows(const Subject& subject, const KnownFigures& figures) {
  std::vector<CheckRow> rows;
  if (auto row = active_row(subject)) rows.push_back(std::move(*row));
  for (const Circuit& circuit : figures.circuits->over(figures.known)) {
    const auto stated = [&](Figure figure) {
      return figures.stated[index_of(figure)] &&
             std::abs(std::abs(circuit.exponent(static_cast<int>(figure))) - 1) < 1e-9;
    };
    const auto result = std::find_if(std::begin(kResults), std::end(kResults), stated);
    if (result == std::end(kResults)) continue;  // the database against itself
    rows.push_back(relation_row(subject, circuit, *result, figures));
  }
  return rows;
}

}  // namespace traincost
