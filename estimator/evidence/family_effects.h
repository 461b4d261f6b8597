// What the errors on some families say of a family that nobody has met: an effect between families,
// and a spread inside each.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "estimator/doubt/engine_error.h"

namespace traincost {

// ln(measured / predicted) of its cases, by family.
using FamilyErrors = std::map<std::string, std::vector<double>>;

// Standard deviation between families, and how far the 5% and the 95% quantile of a family lie from
// its median; all in logarithms.
struct FamilySpread {
  double between = 0;
  double below = 0;
  double above = 0;
};

// Of all families that are known, whatever regime they are in: what is assumed of a regime before
// its own families have spoken. Zero where there are none.
[[nodiscard]] FamilySpread spread_of_all(const FamilyErrors& families);

// The 5%, 50% and 95% quantiles for a family to come. With b the medians of families, w = 1 for
// each of five cases and more and a fifth a case for smaller ones, so that one run is no family, F
// the sum of w, and 0 of one family more that was predicted exactly and is assumed,
//
//   middle   m = median of b and 0, weighted
//   between  t^2 = (sum w (b - m)^2 + m^2 + 2 all.between^2) / (F + 2)
//   inside   a^2 = (sum above^2 + 2 all.above^2) / (G + 2) over the G families of five cases and
//            more, below likewise
//   outer    m + sqrt((s t)^2 (1 + 1 / (F + 1)) + a^2), s Student's 95% quantile of F + 2 degrees;
//            never on the other side of 0
//
// so that few families neither move the middle by all that they are off nor promise that the next
// one is like them. Source: DerSimonian and Laird 1986, Meta-analysis in clinical trials; Higgins
// et al. 2009, A re-evaluation of random-effects meta-analysis, J. R. Stat. Soc. A 172, section 4
// (both recalled).
[[nodiscard]] LogInterval unseen_family(const FamilyErrors& families, const FamilySpread& all);

}  // namespace traincost
