#include "estimator/evidence/family_effects.h"

#include <algorithm>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <utility>

#include "base/median.h"

namespace traincost {
namespace {

constexpr double kOuter = 0.95;
constexpr double kAssumed = 2;  // families that the spread of all counts for

// The value below which `share` of the cases lie; sorts them.
double quantile(std::vector<double>& values, double share) {
  std::sort(values.begin(), values.end());
  const auto last = static_cast<double>(values.size() - 1);
  const double at = share * last;
  const auto below = static_cast<std::size_t>(at);
  const std::size_t above = std::min(below + 1, values.size() - 1);
  return values[below] + (at - std::floor(at)) * (values[above] - values[below]);
}

constexpr double kEnough = 5;  // cases of a family

struct Effects {
  std::vector<std::pair<double, double>> medians;  // and the weight of each
  double below = 0, above = 0;                     // sums of squares
  double inside = 0;                               // families that they are of
};

Effects effects_of(const FamilyErrors& families) {
  Effects effects;
  for (auto [name, values] : families) {
    if (values.empty()) continue;
    const double middle = median(values);
    const auto size = static_cast<double>(values.size());
    effects.medians.emplace_back(middle, std::min(1.0, size / kEnough));
    if (size < kEnough) continue;
    effects.below += std::pow(middle - quantile(values, 1 - kOuter), 2);
    effects.above += std::pow(quantile(values, kOuter) - middle, 2);
    effects.inside += 1;
  }
  return effects;
}

double weight_of(const Effects& effects) {
  double sum = 0;
  for (const auto& [middle, weight] : effects.medians) sum += weight;
  return sum;
}

double squares_about(const Effects& effects, double middle) {
  double sum = 0;
  for (const auto& [value, weight] : effects.medians) sum += weight * std::pow(value - middle, 2);
  return sum;
}

// Where half of the weight lies on either side, between two values where it parts exactly there.
double weighted_median(std::vector<std::pair<double, double>> values) {
  std::sort(values.begin(), values.end());
  double half = 0;
  for (const auto& [value, weight] : values) half += weight / 2;
  constexpr double kRounding = 1e-9;
  double below = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    below += values[i].second;
    if (below < half - kRounding) continue;
    const bool parts = below < half + kRounding && i + 1 < values.size();
    return parts ? (values[i].first + values[i + 1].first) / 2 : values[i].first;
  }
  return 0;
}

}  // namespace

FamilySpread spread_of_all(const FamilyErrors& families) {
  const Effects effects = effects_of(families);
  if (effects.medians.empty()) return {};
  double sum = 0;
  for (const auto& [middle, weight] : effects.medians) sum += weight * middle;
  const double count = weight_of(effects);
  const double inside = std::max(1.0, effects.inside);
  return {std::sqrt(squares_about(effects, sum / count) / std::max(1.0, count - 1)),
          std::sqrt(effects.below / inside), std::sqrt(effects.above / inside)};
}

LogInterval unseen_family(const FamilyErrors& families, const FamilySpread& all) {
  Effects effects = effects_of(families);
  const double count = weight_of(effects);
  effects.medians.emplace_back(0, 1);
  const double middle = weighted_median(effects.medians);
  const double freedom = count + kAssumed;
  const double between =
      (squares_about(effects, middle) + kAssumed * all.between * all.between) / freedom;
  const auto inside = [&](double sum, double of_all) {
    return (sum + kAssumed * of_all * of_all) / (effects.inside + kAssumed);
  };
  const double t = boost::math::quantile(boost::math::students_t(freedom), kOuter);
  const double effect = t * t * between * (1 + 1 / (count + 1));
  return {std::min(0.0, middle - std::sqrt(effect + inside(effects.below, all.below))),
          std::max(0.0, middle + std::sqrt(effect + inside(effects.above, all.above))), middle};
}

}  // namespace traincost
