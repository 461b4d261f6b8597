#include "estimator/doubt/reach.h"

#include <algorithm>

namespace traincost {

ReachableMfu reachable_mfu(const Accelerator& chip, const std::string& precision) {
  constexpr double kUnmeasured = 0.95;
  // The most that steps got of a single product's rate, over chips: TPU v5p 0.75, A100 0.72
  // and H100 0.73 in 16 bits; H100 0.61 and GB200 0.60 in 8, where attention and more stay in 16.
  // Source: hwdb/data/published, the largest of each chip and precision.
  constexpr double kOfProducts = 0.76, kOfNarrow = 0.62;
  const std::string wanted = precision.empty() ? "bf16" : precision;
  const auto base = chip.peak("bf16") ? chip.peak("bf16") : chip.peak("fp16");
  const auto peak = chip.peak(wanted) ? chip.peak(wanted) : base;
  if (!base || !peak) return {};
  const double over = *peak / *base;
  // Sixteen bits are sixteen bits; what the chip has no units for runs in those.
  const bool sixteen = wanted == "fp16" || !chip.peak(wanted);
  const auto curve = chip.gemm.find(sixteen ? "bf16" : wanted);
  const bool known = curve != chip.gemm.end();
  const double single = known ? std::min(1.0, curve->second.peak_fraction) : kUnmeasured;
  const double sustained =
      std::min(chip.lasting_rate.value_or(1), known ? curve->second.sustained_fraction : 1);
  const double of_products = over > 1 ? kOfNarrow : kOfProducts;
  return {over * single * sustained, over * single * std::min(of_products, sustained)};
}

}  // namespace traincost
