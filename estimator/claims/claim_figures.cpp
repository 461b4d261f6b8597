// The figures that a claim may state: names, units, and which of them add up.
#include <algorithm>
#include <array>

#include "base/units.h"
#include "estimator/claims/claim_reader.h"

namespace traincost {
namespace {

constexpr Dimension kNone{};
constexpr Dimension kUsd{.usd = 1};
constexpr Dimension kSeconds{.second = 1};

constexpr std::array<FigureKind, kFigures> kKinds = {{
    {Figure::kAccelerators, "accelerators", kNone, "", 1, false, true},
    {Figure::kWallTime, "wall_time", kSeconds, "d", kDay, false},
    {Figure::kAcceleratorTime,
     "accelerator_time",
     {.second = 1, .accelerator = 1},
     "GPU-h",
     kHour,
     true},
    {Figure::kPrice,
     "price",
     {.second = -1, .usd = 1, .accelerator = -1},
     "USD/GPU-h",
     1 / kHour,
     false},
    {Figure::kCost, "cost", kUsd, "USD", 1, true},
    {Figure::kTokens, "tokens", {.token = 1}, "tokens", 1, true},
    {Figure::kParameters, "parameters", kNone, "", 1, false},
    {Figure::kActiveParameters, "active_parameters", kNone, "", 1, false},
    {Figure::kFlops, "flops", {.flop = 1}, "FLOP", 1, true},
    {Figure::kFlopsPerToken, "flops_per_token", {.flop = 1, .token = -1}, "FLOP/token", 1, false},
    {Figure::kThroughput,
     "throughput",
     {.second = -1, .token = 1, .accelerator = -1},
     "tokens/s/GPU",
     1,
     false},
    {Figure::kClusterThroughput,
     "cluster_throughput",
     {.second = -1, .token = 1},
     "tokens/s",
     1,
     false},
    {Figure::kAcceleratorTimePerToken,
     "accelerator_time_per_token",
     {.second = 1, .token = -1, .accelerator = 1},
     "GPU-h/T tokens",
     kHour / 1e12,
     false},
    {Figure::kFlopRate, "flop_rate", {.flop = 1, .second = -1}, "TFLOP/s", 1e12, false},
    {Figure::kMfu, "mfu", kNone, "", 1, false},
    {Figure::kHfu, "hfu", kNone, "", 1, false},
    {Figure::kStepTime, "step_time", kSeconds, "s", 1, false},
    {Figure::kBatchTokens, "batch_tokens", {.token = 1}, "tokens", 1, false},
    {Figure::kSteps, "steps", kNone, "", 1, false, true},
    {Figure::kEnergy, "energy", {.joule = 1}, "MWh", 1e3 * kKwh, true},
    {Figure::kPower, "power", {.second = -1, .joule = 1}, "W", 1, false},
    {Figure::kPue, "pue", kNone, "", 1, false},
    {Figure::kCarbon, "carbon", {.gram = 1}, "t", 1e6, true},
    {Figure::kCarbonIntensity,
     "carbon_intensity",
     {.joule = -1, .gram = 1},
     "kg/kWh",
     1e3 / kKwh,
     false},
    {Figure::kUnits, "units", kNone, "", 1, true, true},
    {Figure::kUnitPrice, "unit_price", {.usd = 1, .accelerator = -1}, "USD", 1, false},
    {Figure::kRevenue, "revenue", kUsd, "USD", 1, true},
    {Figure::kEvents, "events", kNone, "", 1, true, true},
}};

}  // namespace

const std::vector<std::string>& figure_keys() {
  static const std::vector<std::string> keys = [] {
    std::vector<std::string> all;
    for (const FigureKind& kind : kKinds) all.emplace_back(kind.key);
    return all;
  }();
  return keys;
}

const FigureKind* kind_named(std::string_view key) {
  const auto found =
      std::find_if(kKinds.begin(), kKinds.end(), [&](const FigureKind& k) { return k.key == key; });
  return found == kKinds.end() ? nullptr : &*found;
}

const FigureKind& kind_of(Figure figure) { return kKinds[static_cast<std::size_t>(figure)]; }

}  // namespace traincost
