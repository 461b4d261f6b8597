#include "estimator/doubt/doubt.h"

#include <algorithm>
#include <boost/math/distributions/normal.hpp>
#include <cmath>

#include "estimator/doubt/reach.h"
#include "estimator/model/flops.h"

namespace traincost {
namespace {

// Whether more than a quarter of the step is waited away: what a kernel's curve says little of.
bool is_exposed(const StepEstimate& step) {
  constexpr double kMuch = 0.25;
  Seconds waited;
  for (const StepTerm& term : step.terms) {
    switch (term.cause) {
      case Cause::kTensorParallel:
      case Cause::kExpertParallel:
      case Cause::kContextParallel:
      case Cause::kShardedData:
      case Cause::kDispatch:
      case Cause::kOffload:
      case Cause::kPipelineSend:
      case Cause::kDataParallel: waited += term.time; break;
      default: break;
    }
  }
  return waited > kMuch * step.time;
}

}  // namespace

std::vector<Regime> regimes(const StepSetup& setup, const StepEstimate& step,
                            const Accelerator& accelerator, bool names_software, bool known) {
  // A generation whose software still moved by 25 to 40% in half a year when runs were measured.
  constexpr const char* kNewSince = "2024-11";
  const Layout& layout = setup.layout;
  std::vector<Regime> found{setup.model.has_experts() ? Regime::kExperts : Regime::kDense};
  if (accelerator.generation >= kNewSince) found.push_back(Regime::kNewChip);
  const bool measured =
      std::any_of(accelerator.gemm.begin(), accelerator.gemm.end(), [](const auto& curve) {
        constexpr int kEnough = 5;  // for the constants of a curve
        return curve.second.rows >= kEnough;
      });
  if (!measured && !known) found.push_back(Regime::kUnmeasuredChip);
  const int shards = layout.zero_shards > 0 ? layout.zero_shards : layout.dp * layout.cp;
  if (layout.zero >= 3 && shards * layout.tp > setup.machine.scale_up_domain) {
    found.push_back(Regime::kShardedData);
  }
  if (is_exposed(step)) found.push_back(Regime::kExposed);
  if (!names_software) {
    found.push_back(Regime::kUnnamedSoftware);
  } else if (!setup.machine.stack.tuned && !known) {
    found.push_back(Regime::kUntunedSoftware);
  }
  return found;
}

Evidence evidence_of(const EngineError& error, const StepSetup& setup, const StepEstimate& step,
                     const Accelerator& accelerator, bool names_software) {
  const std::string& software = setup.machine.stack.framework;
  Evidence evidence;
  const auto add = [&](const std::vector<KnownSteps>& known, bool taught) {
    for (const KnownSteps& each : known) {
      const bool same_software = names_software && each.software == software;
      const bool same_chip = each.accelerator == accelerator.record.id;
      evidence.software += same_software ? each.steps : 0;
      evidence.accelerator += same_chip ? each.steps : 0;
      evidence.both += same_software && same_chip ? each.steps : 0;
      evidence.taught = evidence.taught || (taught && same_software && same_chip);
    }
  };
  add(error.taught, true);
  add(error.met, false);
  evidence.regimes = regimes(setup, step, accelerator, names_software, evidence.taught);
  return evidence;
}

Doubt engine_doubt(const EngineError& error, const std::vector<Regime>& regimes) {
  LogInterval widest;
  double width = 0;  // of the regime that the middle is from
  for (const Regime regime : regimes) {
    const LogInterval each = error.of(regime);
    const bool has_middle = regime_names()[static_cast<std::size_t>(regime)].has_middle;
    if (has_middle && each.high - each.low > width) {
      width = each.high - each.low;
      widest.middle = each.middle;
    }
    widest.low = std::min(widest.low, each.low);
    widest.high = std::max(widest.high, each.high);
  }
  return {std::exp(widest.low), std::exp(widest.middle), std::exp(widest.high)};
}

Doubt cut_below(const Doubt& doubt, double least) {
  if (!(least > 0) || doubt.p5 >= doubt.p50) return doubt;
  const boost::math::normal normal;
  const double five = boost::math::quantile(normal, 0.05);  // -1.645 standard deviations
  const double deviation = std::log(doubt.p5 / doubt.p50) / five;
  const double lost =
      std::min(0.5, boost::math::cdf(normal, std::log(least / doubt.p50) / deviation));
  const double left = lost + 0.1 * (0.5 - lost);  // of the half below the median, a tenth is p5
  Doubt cut = doubt;
  cut.p5 = doubt.p50 * std::exp(deviation * boost::math::quantile(normal, left));
  return cut;
}

Doubt doubt_of(const EngineError& error, const Evidence& evidence, const StepSetup& setup,
               const StepEstimate& step, const Accelerator& accelerator) {
  const FlopsPerToken flops = model_flops_per_token(setup.model, setup.batch.sequence_length);
  const FlopRate rate = flops * tokens_per_step(setup.batch) / step.time;
  const double mfu = rate / (static_cast<double>(setup.layout.ranks()) * setup.machine.bf16_peak);
  // What an iteration generates is bound by other things than its products.
  if (evidence.regimes == std::vector{Regime::kReinforcement}) {
    return engine_doubt(error, evidence.regimes);
  }
  const double most = reachable_mfu(accelerator, setup.machine.run_precision).steps;
  return cut_below(engine_doubt(error, evidence.regimes), mfu / most);
}

}  // namespace traincost
