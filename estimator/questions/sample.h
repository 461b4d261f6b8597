// What a run takes where more than one thing is not known: points of a scrambled Sobol sequence
// through the engine's own doubt, the failures of clusters that nobody has measured, and every
// member of the job that is stated as a range.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/quantity.h"
#include "estimator/job/job.h"
#include "estimator/job/spec.h"
#include "estimator/questions/estimate.h"
#include "hwdb/hwdb.h"

namespace traincost {

struct SampleOptions {
  int samples = 4096;
  std::uint64_t seed = 1;
  std::optional<Seconds> deadline;
  std::optional<Usd> budget;
};

// What is sampled of a run; of the project, its cost with what is paid for beside it.
enum class SampledFigure : std::size_t { kHours, kWall, kCost, kProject, kEnergy, kCarbon, kCount };
inline constexpr std::size_t kSampledFigures = static_cast<std::size_t>(SampledFigure::kCount);

// Its levels of certainty: that a run takes no more.
inline constexpr double kCertainties[] = {0.05, 0.5, 0.8, 0.9, 0.95, 0.99};

struct SampledSpread {
  std::array<double, std::size(kCertainties)> at{};  // in base units, by certainty
  double mean = 0;
  double error = 0;  // standard error of the median, as of independent points: Sobol's is less
};

// One thing that is not known, by itself: what the run takes at its 5% and 95%, all else at the
// median, and the share of the variance that it alone explains (first-order Sobol index).
struct SampledInput {
  std::string name;  // "engine", "failures" or a path
  std::string says;  // how it is not known
  std::array<double, kSampledFigures> low{}, high{}, index{};
};

struct Sampled {
  int samples = 0;
  std::uint64_t seed = 0;
  bool priced = false;
  std::array<SampledSpread, kSampledFigures> figures;
  std::vector<SampledInput> inputs;  // the largest share of cost first; of time without a price
  std::optional<double> meets_deadline, meets_budget;  // probabilities, of the project's cost
};

// `estimate` is the answer to `job`, which is `spec` resolved with its layouts chosen. Members that
// only scale an answer are taken exactly; one that changes a step is computed at some quantiles,
// all else at the median, and its effect multiplied; where there is no job at one of them the next
// one's is taken. Throws InputError where there is none at any but the middle. The same seed gives
// the same bytes.
[[nodiscard]] Sampled sample(const JobSpec& spec, const HardwareDb& db, const Job& job,
                             const Estimate& estimate, const SampleOptions& options);

}  // namespace traincost
