#include "estimator/run/batch_size.h"

#include <algorithm>
#include <cmath>

#include "base/units.h"

namespace traincost {

using namespace unit;

Tokens best_batch(Tokens run) {
  constexpr double kFactor = 0.58, kExponent = 0.571;
  return kFactor * std::pow(run.in(token), kExponent) * token;
}

TokenRange usual_batches(Tokens run) {
  constexpr double kLeast = 1 << 21, kMost = 1 << 24;
  const double usual = std::exp2(std::round(std::log2(best_batch(run).in(token))));
  const Tokens most = min(std::clamp(usual, kLeast, kMost) * token, run);
  return {min(kLeast * token, 0.5 * most), most};
}

}  // namespace traincost
