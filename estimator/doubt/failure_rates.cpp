#include "estimator/doubt/failure_rates.h"

#include <algorithm>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>

namespace traincost {
namespace {

constexpr double kUpper = 0.95;

}  // namespace

std::optional<Distribution> failure_rate_elsewhere(const std::vector<Reliability>& records,
                                                   std::string_view except) {
  constexpr std::size_t kFewest = 3;
  std::vector<double> logs;
  for (const Reliability& each : records) {
    if (each.failures_per_node_day <= 0 || each.record.id == except) continue;
    logs.push_back(std::log(each.failures_per_node_day));
  }
  if (logs.size() < kFewest) return std::nullopt;
  const double n = static_cast<double>(logs.size());
  double mean = 0, square = 0;
  for (const double each : logs) mean += each / n;
  for (const double each : logs) square += (each - mean) * (each - mean) / (n - 1);
  const boost::math::students_t spread(n - 1);
  const double reach = boost::math::quantile(spread, kUpper) * std::sqrt(square * (1 + 1 / n));
  return Distribution::of_quantiles(std::exp(mean - reach), std::exp(mean), std::exp(mean + reach));
}

Distribution interruptions(double expected, double of_rate,
                           const std::optional<Distribution>& rate) {
  const double chance = normal_quantile(kUpper) / std::sqrt(std::max(1.0, expected));
  const auto reach = [&](double p) {
    if (!rate) return chance;
    const double there = expected - of_rate + of_rate * (rate->quantile(p) / rate->median());
    return std::hypot(std::log(there / expected), chance);
  };
  return Distribution::of_quantiles(expected * std::exp(-reach(1 - kUpper)), expected,
                                    expected * std::exp(reach(kUpper)));
}

}  // namespace traincost
