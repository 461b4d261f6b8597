// Members of a job that are stated as a range or by their quantiles.
//
// Where a job may write a number, {"low": 1, "high": 2}, {"p5": 1, "p95": 2} or {"p5": 1, "p50":
// 1.2, "p95": 2} stands for it, each value as the member takes it: a number, or a text with its
// unit ("$2/GPU-h"), all in one unit. The job is read with the median; what it may be instead is
// kept beside it, for questions that sample.
#pragma once

#include <string>
#include <vector>

#include "base/cursor.h"
#include "base/json.h"
#include "estimator/doubt/distribution.h"

namespace traincost {

struct UncertainMember {
  std::string path;           // in dots: "pricing.price"
  Distribution of;            // of the number that is written
  std::string before, after;  // what stands around it: "$" and "/GPU-h"
  bool whole = false;         // every value is written as a whole number
  std::string says;           // "$1.5/GPU-h to $3/GPU-h", as it is shown

  // The member's value at a quantile, and with a number.
  [[nodiscard]] JsonValue at(double p) const { return with(of.quantile(p)); }
  [[nodiscard]] JsonValue with(double number) const;
};

struct TakenDistributions {
  std::vector<UncertainMember> members;
  bool any = false;  // some stood there, faulty ones among them: the value is another
};

// Replaces every distribution in `value` by its median. Faults (an end that is no number, units
// that differ, p5 above p95) go to `at`, which is the value's cursor; such a one becomes null.
[[nodiscard]] TakenDistributions take_distributions(JsonValue& value, const JsonCursor& at);

}  // namespace traincost
