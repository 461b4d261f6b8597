#include "estimator/evidence/family_effects.h"

#include <algorithm>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>

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

struct Effects {
  std::vector<double> medians;
  double below = 0, above = 0;  // sums of squares
  double inside = 0;            // families that they are of
};

Effects effects_of(const FamilyErrors& families) {
  constexpr std::size_t kEnough = 5;
  Effects effects;
  for (auto [name, values] : families) {
    if (values.empty()) continue;
    const double middle = median(values);
    effects.medians.push_back(middle);
    if (values.size() < kEnough) continue;
    effects.below += std::pow(middle - quantile(values, 1 - kOuter), 2);
    effects.above += std::pow(quantile(values, kOuter) - middle, 2);
    effects.inside += 1;
  }
  return effects;
}

double squares_about(const std::vector<double>& values, double middle) {
  double sum = 0;
  for (const double value : values) sum += std::pow(value - middle, 2);
  return sum;
}

}  // namespace

FamilySpread spread_of_all(const FamilyErrors& families) {
  const Effects effects = effects_of(families);
  if (effects.medians.empty()) return {};
  double sum = 0;
  for (const double each : effects.medians) sum += each;
  const auto count = static_cast<double>(effects.medians.size());
  const double inside = std::max(1.0, effects.inside);
  return {std::sqrt(squares_about(effects.medians, sum / count) / std::max(1.0, count - 1)),
          std::sqrt(effects.below / inside), std::sqrt(effects.above / inside)};
}

LogInterval unseen_family(const FamilyErrors& families, const FamilySpread& all) {
  const Effects effects = effects_of(families);
  const auto count = static_cast<double>(effects.medians.size());
  std::vector<double> with_exact = effects.medians;
  with_exact.push_back(0);
  const double middle = median(with_exact);
  const double freedom = count + kAssumed;
  const double between =
      (squares_about(with_exact, middle) + kAssumed * all.between * all.between) / freedom;
  const auto inside = [&](double sum, double of_all) {
    return (sum + kAssumed * of_all * of_all) / (effects.inside + kAssumed);
  };
  const double t = boost::math::quantile(boost::math::students_t(freedom), kOuter);
  const double effect = t * t * between * (1 + 1 / (count + 1));
  return {std::min(0.0, middle - std::sqrt(effect + inside(effects.below, all.below))),
          std::max(0.0, middle + std::sqrt(effect + inside(effects.above, all.above))), middle};
}

}  // namespace traincost
