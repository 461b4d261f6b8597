// A number that is not known exactly: by its ends, or by two or three of its quantiles.
#pragma once

#include <optional>

namespace traincost {

// Standard normal quantile at p in (0, 1), and its inverse.
[[nodiscard]] double normal_quantile(double p);
[[nodiscard]] double normal_share(double quantile);

class Distribution {
 public:
  // Every value between two ends alike.
  [[nodiscard]] static Distribution between(double low, double high);
  // Normal in the logarithm where p5 is above 0, else normal, never below 0 where p5 is 0; of three
  // quantiles two halves that meet at the median. They must not fall.
  [[nodiscard]] static Distribution of_quantiles(double p5, std::optional<double> p50, double p95);

  // At p in (0, 1).
  [[nodiscard]] double quantile(double p) const;
  [[nodiscard]] double median() const { return middle_; }
  // What was stated: its ends, or its 5% and 95%.
  [[nodiscard]] double low() const { return low_; }
  [[nodiscard]] double high() const { return high_; }

 private:
  enum class Shape { kUniform, kNormal, kLognormal };
  Distribution(Shape shape, double low, double middle, double high)
      : shape_(shape), low_(low), middle_(middle), high_(high) {}

  Shape shape_;
  double low_, middle_, high_;  // the ends; or 5%, 50% and 95%
};

}  // namespace traincost
