#include "estimator/run/goodput.h"

#include <algorithm>
#include <cmath>

#include "base/units.h"

namespace traincost {

using namespace unit;

namespace {

// Daly's optimum.
Seconds best_interval(Seconds write, Seconds mean) {
  const double w = write.in(second), m = mean.in(second);
  if (w >= 2 * m) return mean;
  constexpr double kThird = 1.0 / 3, kEighteenth = 1.0 / 18;
  const double series = 1 + kThird * std::sqrt(w / (2 * m)) + kEighteenth * w / m;
  return (std::sqrt(2 * w * m) * series - w) * second;
}

}  // namespace

Goodput goodput(const Reliability& reliability, double accelerators, std::optional<Seconds> work) {
  return goodput(reliability, reliability.failures_per_node_day, accelerators, work);
}

Goodput goodput(const Reliability& reliability, double failures_per_node_day, double accelerators,
                std::optional<Seconds> work) {
  constexpr double kAcceleratorsPerNode = 8;
  constexpr double kLeastShare = 1e-6;
  const double nodes = std::max(1.0, accelerators / kAcceleratorsPerNode);
  Goodput result;
  if (failures_per_node_day <= 0) return result;
  const Seconds mean = 1 * day / (nodes * failures_per_node_day);
  const Seconds write = reliability.checkpoint_write;
  const auto& stated = reliability.checkpoint_interval;
  Seconds interval = stated.value_or(max(best_interval(write, mean), 1 * minute));
  if (stated && work && *work > Seconds{}) interval = min(interval, *work);
  const double rework = std::expm1((interval + write) / mean);
  const double share = interval / (std::exp(reliability.restart / mean) * rework * mean);
  result.time_to_interruption = mean;
  result.checkpoint_interval = interval;
  result.share = std::isnormal(share) ? std::clamp(share, kLeastShare, 1.0) : kLeastShare;
  result.writing = std::min(1 - result.share, result.share * (write / interval));
  result.lost = 1 - result.share - result.writing;
  return result;
}

Goodput with_pauses(Goodput goodput, Seconds work, Seconds pauses) {
  if (pauses <= Seconds{}) return goodput;
  const Seconds moving = work / goodput.share;
  const double share = moving / (moving + pauses);
  goodput.share *= share;
  goodput.writing *= share;
  goodput.lost *= share;
  goodput.paused = 1 - share;
  return goodput;
}

}  // namespace traincost
