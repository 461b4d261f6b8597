#include "estimator/doubt/distribution.h"

#include <boost/math/special_functions/erf.hpp>
#include <algorithm>
#include <cmath>
#include <numbers>

namespace traincost {

double normal_quantile(double p) { return -std::numbers::sqrt2 * boost::math::erfc_inv(2 * p); }

double normal_share(double quantile) { return std::erfc(-quantile / std::numbers::sqrt2) / 2; }

Distribution Distribution::between(double low, double high) {
  return {Shape::kUniform, low, (low + high) / 2, high};
}

Distribution Distribution::of_quantiles(double p5, std::optional<double> p50, double p95) {
  const bool positive = p5 > 0;
  const double between = positive ? std::sqrt(p5 * p95) : (p5 + p95) / 2;
  return {positive ? Shape::kLognormal : Shape::kNormal, p5, p50.value_or(between), p95};
}

double Distribution::quantile(double p) const {
  if (shape_ == Shape::kUniform) return low_ + p * (high_ - low_);
  static const double k95 = normal_quantile(0.95);
  const double z = normal_quantile(p) / k95;
  const double end = z < 0 ? low_ : high_;
  if (shape_ == Shape::kNormal) {
    const double value = middle_ + std::abs(z) * (end - middle_);
    return low_ >= 0 ? std::max(0.0, value) : value;
  }
  return middle_ * std::pow(end / middle_, std::abs(z));
}

}  // namespace traincost
