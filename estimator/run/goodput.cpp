#include "estimator/run/goodput.h"

#include <algorithm>
#include <cmath>

#include "base/units.h"

namespace traincost {

using namespace unit;

Goodput goodput(const Reliability& reliability, double accelerators) {
  constexpr double kAcceleratorsPerNode = 8;
  constexpr double kLeastShare = 0.01;
  const double nodes = std::max(1.0, accelerators / kAcceleratorsPerNode);
  Goodput result;
  if (reliability.failures_per_node_day <= 0) return result;
  const Seconds mean = 1 * day / (nodes * reliability.failures_per_node_day);
  const double w = reliability.checkpoint_write.in(second);
  const Seconds interval = max(std::sqrt(2 * w * mean.in(second)) * second, 1 * minute);
  const double writing = w / interval.in(second);
  const double lost = (0.5 * interval + reliability.restart) / mean;
  result.time_to_interruption = mean;
  result.checkpoint_interval = interval;
  result.writing = writing;
  result.lost = lost;
  result.share = std::max(kLeastShare, (1 - writing) * (1 - lost));
  return result;
}

}  // namespace traincost
