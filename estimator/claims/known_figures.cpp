#include "estimator/claims/known_figures.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "base/units.h"
#include "estimator/model/flops.h"
#include "estimator/model/parameters.h"

namespace traincost {
namespace {

using namespace unit;

void give(KnownFigures& figures, std::size_t variable, const Stated& stated) {
  give(figures, variable, stated.printed, stated.meant, stated.value);
  figures.vague[variable] = stated.vague;
}

// What people quote as the FLOPs of a token, from 6 N to every product with full attention,
// multi-token prediction and a lookup counted as if it were a product.
void give_model(KnownFigures& figures, const Subject& subject) {
  const Architecture& model = *subject.model;
  constexpr std::int64_t kSequence = 4096;
  const auto run = subject.job ? subject.job->run : std::nullopt;
  const auto length =
      static_cast<double>(run ? run->sequence_length.value_or(kSequence) : kSequence);
  const ParameterCount count = count_parameters(model);
  const double lookup =
      6.0 * static_cast<double>(model.tied_embeddings ? 0 : count.input_embedding);
  const double full =
      model_flops_per_token(model, length, {AttentionCount::kFull, false}).in(FLOP / token);
  const double counted[] = {
      six_n_per_token(model).in(FLOP / token),
      model_flops_per_token(model, length).in(FLOP / token),
      model_flops_per_token(model, length, {AttentionCount::kCausal, true}).in(FLOP / token), full,
      full + lookup};
  const auto [low, high] = std::minmax_element(std::begin(counted), std::end(counted));
  const std::size_t variable = index_of(Figure::kFlopsPerToken);
  if (!figures.known[variable]) {
    give(figures, variable, {*low, *high}, {*low, *high}, counted[0]);
  }
}

// FLOPs per parameter and token: 6, and a tenth more where attention is counted; a third more again
// where recomputation is. Source: Kaplan et al. 2020, arXiv:2001.08361; Chowdhery et al. 2022,
// arXiv:2204.02311, appendix B.
void give_dense(KnownFigures& figures, bool has_experts) {
  constexpr double kDense = 6, kWithAttention = 6.6, kWithRecompute = 8.8;
  give(figures, kFlopsPerParameter, {kDense, kWithAttention}, {kDense, kWithRecompute}, kDense);
  const std::size_t active = index_of(Figure::kActiveParameters),
                    all = index_of(Figure::kParameters);
  if (figures.known[active] || !figures.known[all] || has_experts) return;
  // Nothing is said of experts: each parameter meets each token.
  give(figures, active, figures.printed[all], figures.meant[all], figures.value[all]);
  figures.vague[active] = figures.vague[all];
}

void give_chip(KnownFigures& figures, const Accelerator& chip) {
  const auto peak = chip.peak("bf16") ? chip.peak("bf16") : chip.peak("fp16");
  if (peak) {
    const double rate = peak->in(FLOP / second);
    give(figures, kPeak, {rate, rate}, {rate, rate}, rate);
  }
  constexpr double kHardwareOverModel = 4.0 / 3;  // full recomputation: 8 N of 6 N
  give(figures, kHardwareFactor, {1, kHardwareOverModel}, {1, kHardwareOverModel}, 1);
  // Energy and carbon want a draw: the board's, its server's share included, and what a data centre
  // adds. Source of the ratios: Cottier et al. 2024, arXiv:2405.21015, appendix A.
  const bool asked = figures.stated[index_of(Figure::kEnergy)] ||
                     figures.stated[index_of(Figure::kCarbon)] ||
                     figures.stated[index_of(Figure::kClusterPower)];
  if (!asked) return;
  if (!figures.known[index_of(Figure::kPower)] && chip.board_power &&
      !figures.stated[index_of(Figure::kEnergy)] &&
      !figures.stated[index_of(Figure::kClusterPower)]) {
    const double board = chip.board_power->in(watt);
    give(figures, index_of(Figure::kPower), {0.5 * board, 2 * board}, {0.5 * board, 2 * board},
         board);
  }
  if (!figures.known[index_of(Figure::kPue)])
    give(figures, index_of(Figure::kPue), {1, 1.3}, {1, 1.3}, 1.1);
}

// Figures of the parent that hold for each part where it states none.
constexpr Figure kInherited[] = {Figure::kPrice,           Figure::kPower,     Figure::kPue,
                                 Figure::kCarbonIntensity, Figure::kUnitPrice, Figure::kEnergyPrice,
                                 Figure::kWaterIntensity};

double middle(Interval interval) {
  if (interval.high == std::numeric_limits<double>::infinity()) return interval.low;
  return interval.low > 0 ? std::sqrt(interval.low * interval.high)
                          : (interval.low + interval.high) / 2;
}

}  // namespace

void give(KnownFigures& figures, std::size_t variable, Interval printed, Interval meant,
          double value) {
  figures.known[variable] = true;
  figures.printed[variable] = printed;
  figures.meant[variable] = meant;
  figures.value[variable] = value;
}

KnownFigures known_figures(const Subject& subject, const Subject* parent, CircuitBook& circuits) {
  KnownFigures figures;
  figures.circuits = &circuits;
  give(figures, kGoodputShare, kUsualGoodput, kUsualGoodput, 1);
  for (const auto& [figure, stated] : subject.figures) {
    give(figures, index_of(figure), stated);
    figures.stated[index_of(figure)] = true;
  }
  if (parent != nullptr) {
    for (const Figure each : kInherited) {
      const Stated* stated = parent->figure(each);
      // A part that counts no units does not sell any.
      const bool sold = each != Figure::kUnitPrice || subject.figure(Figure::kUnits) != nullptr;
      if (sold && stated != nullptr && !figures.known[index_of(each)])
        give(figures, index_of(each), *stated);
    }
  }
  if (subject.model) {
    give_model(figures, subject);
  } else {
    give_dense(figures, subject.has_experts);
  }
  if (subject.accelerator) give_chip(figures, *subject.accelerator);
  return figures;
}

const std::vector<Circuit>& CircuitBook::over(const std::array<bool, kVariables>& known) {
  const std::lock_guard lock(finding_);
  const auto found = known_.find(known);
  if (found != known_.end()) return found->second;
  return known_.emplace(known, traincost::circuits(known)).first->second;
}

namespace {

// Parameters that stand in for active ones keep their own name.
const char* told_name(const KnownFigures& figures, int variable) {
  const bool stands_in = variable == static_cast<int>(Figure::kActiveParameters) &&
                         !figures.stated[index_of(Figure::kActiveParameters)] &&
                         figures.stated[index_of(Figure::kParameters)];
  return stands_in ? kind_of(Figure::kParameters).key : variable_name(variable);
}

// What a variable is told in, and that in base units.
std::pair<const char*, double> unit_of(int variable) {
  if (variable == kPeak) return {kind_of(Figure::kFlopRate).unit, kind_of(Figure::kFlopRate).base};
  if (variable >= kFigures) return {"", 1};
  const FigureKind& kind = kind_of(static_cast<Figure>(variable));
  return {kind.unit, kind.base};
}

}  // namespace

Solved known(const KnownFigures& figures, std::size_t variable) {
  return {figures.printed[variable],
          figures.meant[variable],
          figures.value[variable],
          figures.vague[variable],
          {},
          {}};
}

Solved solved(const Circuit& circuit, int variable, const KnownFigures& figures) {
  Solved s;
  std::array<Interval, kVariables> points{};
  for (std::size_t i = 0; i < kVariables; ++i) points[i] = {figures.value[i], figures.value[i]};
  s.printed = solve(circuit, variable, figures.printed);
  s.meant = solve(circuit, variable, figures.meant);
  s.value = solve(circuit, variable, points).low;
  const double own = circuit.exponent(variable);
  for (const auto& [each, power] : circuit.terms) {
    if (each == variable) continue;
    const auto i = static_cast<std::size_t>(each);
    if (each != kGoodputShare) s.from.emplace_back(told_name(figures, each));
    s.vague = s.vague || figures.vague[i];
    const auto [unit, base] = unit_of(each);
    s.factors.push_back({told_name(figures, each), unit, figures.value[i] / base, -power / own,
                         i < kFigures && !figures.stated[i]});
  }
  return s;
}

std::optional<Solved> implied(const KnownFigures& known, int variable) {
  KnownFigures figures = known;
  give(figures, kGoodputShare, {1, 1}, {1, 1}, 1);
  std::array<bool, kVariables> with = figures.known;
  with[static_cast<std::size_t>(variable)] = true;
  std::optional<Solved> all;
  for (const Circuit& circuit : figures.circuits->over(with)) {
    if (circuit.exponent(variable) == 0) continue;
    // Something of it must be the claim's own.
    const bool claimed = std::any_of(
        circuit.terms.begin(), circuit.terms.end(),
        [&](const auto& t) { return figures.stated[static_cast<std::size_t>(t.first)]; });
    if (!claimed) continue;
    const Solved one = solved(circuit, variable, figures);
    if (!all) {
      all = one;
      continue;
    }
    // Ways that contradict each other are a relation's business; the shortest stands then.
    if (!all->printed.meets(one.printed)) continue;
    all->printed = {std::max(all->printed.low, one.printed.low),
                    std::min(all->printed.high, one.printed.high)};
  }
  if (all && !all->printed.holds(all->value)) {
    all->value = middle(all->printed);
    all->factors.clear();
  }
  return all;
}

}  // namespace traincost
