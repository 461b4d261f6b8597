// How accurate the engine is, as a page and a picture: docs/accuracy.md and its figure.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "estimator/evidence/learn.h"
#include "estimator/evidence/validate.h"

namespace traincost {

// Predicted against measured step time, both axes logarithmic, one colour and sign a family; an SVG
// of its own that needs no script and no font.
struct AccuracyPoint {
  std::string family;
  double measured_s = 0;
  double predicted_s = 0;
};
[[nodiscard]] std::string accuracy_picture(const std::vector<AccuracyPoint>& points);

// `constant` is each family's error by one share of peak a chip (estimator/evidence/yardstick.h).
// First contact beside today's errors, leave-one-family-out and in-sample tables, the fitted
// parameters with bounds and meaning, the worst cases.
[[nodiscard]] std::string accuracy_page(const Validation& in_sample, const Learned& learned,
                                        const std::map<std::string, double>& constant);

}  // namespace traincost
