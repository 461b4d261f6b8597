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
    {Figure::kAccelerators, "accelerators", "number of GPUs", kNone, "", 1, false, true},
    {Figure::kWallTime, "wall_time", "duration", kSeconds, "d", kDay, false},
    {Figure::kAcceleratorTime,
     "accelerator_time",
     "GPU-hours",
     {.second = 1, .accelerator = 1},
     "GPU-h",
     kHour,
     true},
    {Figure::kPrice,
     "price",
     "price per GPU-hour",
     {.second = -1, .usd = 1, .accelerator = -1},
     "USD/GPU-h",
     1 / kHour,
     false},
    {Figure::kCost, "cost", "cost", kUsd, "USD", 1, true},
    {Figure::kTokens, "tokens", "tokens", {.token = 1}, "tokens", 1, true},
    {Figure::kParameters, "parameters", "parameters", kNone, "", 1, false},
    {Figure::kActiveParameters, "active_parameters", "active parameters", kNone, "", 1, false},
    {Figure::kFlops, "flops", "total FLOPs", {.flop = 1}, "FLOP", 1, true},
    {Figure::kFlopsPerToken,
     "flops_per_token",
     "FLOPs per token",
     {.flop = 1, .token = -1},
     "FLOP/token",
     1,
     false},
    {Figure::kThroughput,
     "throughput",
     "throughput per GPU",
     {.second = -1, .token = 1, .accelerator = -1},
     "tokens/s/GPU",
     1,
     false},
    {Figure::kClusterThroughput,
     "cluster_throughput",
     "throughput",
     {.second = -1, .token = 1},
     "tokens/s",
     1,
     false},
    {Figure::kAcceleratorTimePerToken,
     "accelerator_time_per_token",
     "GPU-hours per trillion tokens",
     {.second = 1, .token = -1, .accelerator = 1},
     "GPU-h/T tokens",
     kHour / 1e12,
     false},
    {Figure::kFlopRate,
     "flop_rate",
     "FLOP/s per GPU",
     {.flop = 1, .second = -1},
     "TFLOP/s",
     1e12,
     false},
    {Figure::kMfu, "mfu", "MFU", kNone, "", 1, false},
    {Figure::kHfu, "hfu", "HFU", kNone, "", 1, false},
    {Figure::kStepTime, "step_time", "step time", kSeconds, "s", 1, false},
    {Figure::kBatchTokens, "batch_tokens", "tokens per step", {.token = 1}, "tokens", 1, false},
    {Figure::kSteps, "steps", "steps", kNone, "", 1, false, true},
    {Figure::kEnergy, "energy", "energy", {.joule = 1}, "MWh", 1e3 * kKwh, true},
    {Figure::kPower, "power", "power per GPU", {.second = -1, .joule = 1}, "W", 1, false},
    {Figure::kPue, "pue", "PUE", kNone, "", 1, false},
    {Figure::kCarbon, "carbon", "carbon", {.gram = 1}, "t", 1e6, true},
    {Figure::kCarbonIntensity,
     "carbon_intensity",
     "carbon per kWh",
     {.joule = -1, .gram = 1},
     "kg/kWh",
     1e3 / kKwh,
     false},
    {Figure::kUnits, "units", "units", kNone, "", 1, true, true},
    {Figure::kUnitPrice,
     "unit_price",
     "unit price",
     {.usd = 1, .accelerator = -1},
     "USD",
     1,
     false},
    {Figure::kRevenue, "revenue", "revenue", kUsd, "USD", 1, true},
    {Figure::kEvents, "events", "events", kNone, "", 1, true, true},
    {Figure::kClusterPower,
     "cluster_power",
     "cluster power",
     {.second = -1, .joule = 1},
     "MW",
     1e6,
     true},
    {Figure::kEnergyPrice,
     "energy_price",
     "price per kWh",
     {.usd = 1, .joule = -1},
     "USD/kWh",
     1 / kKwh,
     false},
    {Figure::kEnergyCost, "energy_cost", "electricity bill", kUsd, "USD", 1, true},
    {Figure::kWater, "water", "water", {.metre = 3}, "m3", 1, true},
    {Figure::kWaterIntensity,
     "water_intensity",
     "water per kWh",
     {.joule = -1, .metre = 3},
     "L/kWh",
     1e-3 / kKwh,
     false},
    {Figure::kFlopsPerUsd,
     "flops_per_usd",
     "FLOPs per dollar",
     {.flop = 1, .usd = -1},
     "FLOP/USD",
     1,
     false},
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
