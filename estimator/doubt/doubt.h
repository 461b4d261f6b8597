// The engine's own doubt: the interval that belongs to a prediction.
#pragma once

#include <string_view>
#include <vector>

#include "base/formula.h"
#include "estimator/doubt/engine_error.h"
#include "estimator/doubt/known_runs.h"
#include "estimator/step/setup.h"
#include "estimator/step/step.h"
#include "hwdb/accelerator.h"

namespace traincost {

inline constexpr Formula kEngineErrorFormula{
    "engine-error",
    "prediction x exp(quantile of ln(measured / predicted) on unseen families), cut where model "
    "FLOPs / time would pass what any measured step has got of its chip's products",
    "docs/accuracy.md"};

// Factors on a predicted time: its 5%, 50% and 95% quantiles. The prediction itself is what the
// physics says; runs that the fit has not seen lie around p50.
struct Doubt {
  double p5 = 1, p50 = 1, p95 = 1;

  // The same of the median, which the answers give: p50 is 1.
  [[nodiscard]] Doubt of_median() const { return {p5 / p50, 1, p95 / p50}; }
};

// The regimes that a predicted `step` of that setup lies in. Whoever does not name the software is
// given what others' software made of it. Of a `known` pair of software and chip runs taught the
// fit: neither its kernels nor its recipes are doubted apart.
[[nodiscard]] std::vector<Regime> regimes(const StepSetup& setup, const StepEstimate& step,
                                          const Accelerator& accelerator, bool names_software,
                                          bool known);

// What speaks for a prediction: published steps of its software, of its chip, and of both; whether
// some of both taught the fit; and what it is doubted for. Where it was looked up
// (questions/nearest) the published runs that are like it, the knobs of its layout that none of
// them turned, and the utilisation that they reached.
struct Evidence {
  int software = 0, accelerator = 0, both = 0;
  bool taught = false;
  std::vector<Regime> regimes;
  std::vector<KnownRun> nearest;
  std::vector<std::string> unknown_knobs;
  double highest_mfu = 0;  // that any of them reached on its chip in its precision; 0: unknown

  // Whether a utilisation lies above that by more than the engine's usual error.
  [[nodiscard]] bool is_above(double mfu) const {
    constexpr double kUsualError = 0.05;
    return highest_mfu > 0 && mfu > (1 + kUsualError) * highest_mfu;
  }
};
[[nodiscard]] Evidence evidence_of(const EngineError& error, const StepSetup& setup,
                                   const StepEstimate& step, const Accelerator& accelerator,
                                   bool names_software);

// The widest interval of those regimes, around the middle of the widest that has one.
[[nodiscard]] Doubt engine_doubt(const EngineError& error, const std::vector<Regime>& regimes);

// That doubt without the times that are shorter than `least`, a factor on the prediction as the
// others are: below the median lies a normal in the logarithm that ends there, of half the times as
// before. A prediction that is itself under `least` can only be too short.
[[nodiscard]] Doubt cut_below(const Doubt& doubt, double least);

// The doubt of a predicted `step`: its regimes', without the times that would take more of the chip
// than any measured step has got (estimator/doubt/reach).
[[nodiscard]] Doubt doubt_of(const EngineError& error, const Evidence& evidence,
                             const StepSetup& setup, const StepEstimate& step,
                             const Accelerator& accelerator);

}  // namespace traincost
