#include "estimator/doubt/doubt.h"

#include <algorithm>
#include <cmath>

namespace traincost {

std::vector<Regime> regimes(const StepSetup& setup, const Accelerator& accelerator,
                            bool names_software) {
  // A generation whose software still moved by 25 to 40% in half a year when runs were measured.
  constexpr const char* kNewSince = "2024-11";
  const Layout& layout = setup.layout;
  std::vector<Regime> found;
  if (setup.model.has_experts()) found.push_back(Regime::kExperts);
  if (accelerator.generation >= kNewSince) found.push_back(Regime::kNewChip);
  const bool measured = std::any_of(accelerator.gemm.begin(), accelerator.gemm.end(),
                                    [](const auto& curve) { return curve.second.rows > 1; });
  if (!measured) found.push_back(Regime::kUnmeasuredChip);
  const int shards = layout.zero_shards > 0 ? layout.zero_shards : layout.dp * layout.cp;
  if (layout.zero >= 3 && shards * layout.tp > setup.machine.scale_up_domain) {
    found.push_back(Regime::kShardedData);
  }
  if (!names_software) found.push_back(Regime::kUnnamedSoftware);
  if (found.empty()) found.push_back(Regime::kDense);
  return found;
}

Doubt engine_doubt(const EngineError& error, const std::vector<Regime>& regimes) {
  LogInterval widest;
  for (const Regime regime : regimes) {
    const LogInterval each = error.of(regime);
    // The regime that says least decides where the middle lies.
    if (each.high - each.low > widest.high - widest.low) widest.middle = each.middle;
    widest.low = std::min(widest.low, each.low);
    widest.high = std::max(widest.high, each.high);
  }
  return {std::exp(widest.low), std::exp(widest.middle), std::exp(widest.high)};
}

}  // namespace traincost
