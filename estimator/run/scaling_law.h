// What a model of so many parameters loses on so many tokens, and the best split of a budget.
#pragma once

#include "base/formula.h"

namespace traincost {

inline constexpr Formula kComputeOptimalFormula{
    "compute-optimal",
    "L = E + A / N^alpha + B / D^beta; N = G (C / 6)^(beta / (alpha + beta)), D = C / (6 "
    "N)",
    "Besiroglu et al. 2024, arXiv:2404.10102, of Hoffmann et al. 2022, arXiv:2203.15556"};
inline constexpr const char* kLossFit =
    "Besiroglu et al. 2024, arXiv:2404.10102 (Chinchilla, approach 3)";

// Nats a token, by the parametric fit of Chinchilla's third approach as corrected:
//
//   L = E + A / N^alpha + B / D^beta
//
// N all parameters of a dense model, D tokens seen once. Source: Besiroglu et al. 2024, Chinchilla
// Scaling: A replication attempt, arXiv:2404.10102: E 1.8172, A 482.01, B 2085.43, alpha 0.3478,
// beta 0.3658 (recalled); the form is equation 4 of Hoffmann et al. 2022, arXiv:2203.15556.
[[nodiscard]] double loss(double parameters, double tokens);

// The model and tokens that lose least for so many FLOPs (6 N D):
//
//   N = G (C / 6)^(beta / (alpha + beta)),   D = C / (6 N),
//   G = (alpha A / (beta B))^(1 / (alpha + beta))
struct OptimalModel {
  double parameters = 0;
  double tokens = 0;
  double loss = 0;
};
[[nodiscard]] OptimalModel compute_optimal(double flops);

}  // namespace traincost
