#include "estimator/run/scaling_law.h"

#include <cmath>

namespace traincost {
namespace {

struct Chinchilla {
  double e, a, b, alpha, beta;
};
constexpr Chinchilla kFit{1.8172, 482.01, 2085.43, 0.3478, 0.3658};

}  // namespace

double loss(double parameters, double tokens) {
  return kFit.e + kFit.a / std::pow(parameters, kFit.alpha) + kFit.b / std::pow(tokens, kFit.beta);
}

OptimalModel compute_optimal(double flops) {
  const double g =
      std::pow(kFit.alpha * kFit.a / (kFit.beta * kFit.b), 1 / (kFit.alpha + kFit.beta));
  OptimalModel best;
  best.parameters = g * std::pow(flops / 6, kFit.beta / (kFit.alpha + kFit.beta));
  best.tokens = flops / (6 * best.parameters);
  best.loss = loss(best.parameters, best.tokens);
  return best;
}

}  // namespace traincost
