#include "estimator/machine/kernels.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "base/units.h"

namespace traincost {
namespace {

using namespace unit;

// Output tiles of the usual kernels, and what of the large tile's rate each reaches.
struct Tile {
  double m, n, rate;
};
constexpr Tile kTiles[] = {{256, 128, 1.0}, {128, 256, 1.0}, {128, 128, 0.97},
                           {128, 64, 0.87}, {64, 128, 0.87}, {64, 64, 0.65}};
constexpr Tile kPairedTiles[] = {{256, 256, 1.0}, {256, 128, 0.97}, {128, 256, 0.97},
                                 {128, 128, 0.9}, {128, 64, 0.75},  {64, 128, 0.75},
                                 {64, 64, 0.55}};
constexpr double kOutputBytes = 2;
constexpr double kPartialWave = 0.4;
constexpr double kPairedPartialWave = 0.6;
constexpr double kPiecesRate = 0.5;

// Tiles and waves are far below 2^63: a conversion rounds them faster than the library does.
double rounded_down(double positive) {
  return static_cast<double>(static_cast<std::int64_t>(positive));
}

double rounded_up(double positive) {
  const double down = rounded_down(positive);
  return down < positive ? down + 1 : down;
}

double waves(double tiles, double units, double partial_wave = kPartialWave) {
  const double full = rounded_down(tiles / units);
  const double part = tiles / units - full;
  return full + (part > 0 ? partial_wave + (1 - partial_wave) * part : 0);
}

// Output elements of whole waves that a product costs, by the tile that suits it best.
template <std::size_t kCount>
double least_work(const Tile (&tiles)[kCount], double partial_wave, double units,
                  const Gemm& gemm) {
  double least = 0;
  for (const Tile& tile : tiles) {
    const double count = gemm.groups * rounded_up(gemm.m / tile.m) * rounded_up(gemm.n / tile.n);
    const double work = waves(count, units, partial_wave) * units * tile.m * tile.n / tile.rate;
    if (least == 0 || work < least) least = work;
  }
  return least;
}

// Both operands and the result.
Bytes footprint(const GemmRate& rate, const Gemm& gemm) {
  return gemm.groups *
         (rate.operand_bytes * gemm.k * (gemm.m + gemm.n) + kOutputBytes * gemm.m * gemm.n) * B;
}

// With what it moves beside it, and the gap to the next.
Seconds with_bytes(const Machine& machine, const GemmRate& rate, const Gemm& gemm,
                   Seconds compute) {
  const Seconds memory =
      product_bytes_time(machine, rate, gemm, footprint(rate, gemm)) / rate.curve.bytes_fraction;
  const double c = compute.in(second);
  const double b = memory.in(second);
  return std::cbrt(c * c * c + b * b * b) * second + rate.curve.gap;
}

}  // namespace

bool loads_whole(double width, double operand_bytes) {
  constexpr double kLoadBytes = 16;
  const double loads = rounded_down(width) * std::max(1.0, operand_bytes) / kLoadBytes;
  return loads == rounded_down(loads);
}

Seconds product_bytes_time(const Machine& machine, const GemmRate& rate, const Gemm& gemm,
                           Bytes bytes) {
  const Seconds time = bytes / machine.memory;
  if (machine.cache == Bytes{}) return time;
  constexpr double kHeld = 0.39;
  const double hits = std::clamp(2 - footprint(rate, gemm) / (kHeld * machine.cache), 0.0, 1.0);
  return (1 - hits + hits / rate.curve.cache_gain) * time;
}

Seconds gemm_time(const Machine& machine, const GemmRate& rate, const Gemm& gemm) {
  const GemmCurve& curve = rate.curve;
  const double units = machine.compute_units;
  const double work = machine.paired_units
                          ? least_work(kPairedTiles, kPairedPartialWave, units, gemm)
                          : least_work(kTiles, kPartialWave, units, gemm);
  const Flops flops = 2 * work * (gemm.k + curve.half_depth) * FLOP;
  Seconds compute = flops / (curve.peak_fraction * rate.peak);
  compute =
      compute / (1 - (1 - curve.sustained_fraction) * (compute / (compute + curve.power_response)));
  if (gemm.loads == Loads::kPieces) compute = compute / kPiecesRate;
  if (gemm.loads == Loads::kBatchedPieces) {
    const Flops plain = 2 * gemm.groups * gemm.m * gemm.n * gemm.k * FLOP;
    compute = max(compute, plain / (machine.engine.unaligned_rate * machine.vector_peak));
  }
  return with_bytes(machine, rate, gemm, compute);
}

Seconds thin_gemm_time(const Machine& machine, const GemmRate& rate, const Gemm& gemm) {
  constexpr double kMostRows = 256, kRows = 8;
  if (gemm.m > kMostRows) return gemm_time(machine, rate, gemm);
  const double rows = kRows * rounded_up(gemm.m / kRows);
  const Flops flops = 2 * gemm.groups * rows * gemm.n * gemm.k * FLOP;
  return with_bytes(machine, rate, gemm, flops / (rate.curve.peak_fraction * rate.peak));
}

GemmCurve warmed(GemmCurve curve, double share) {
  curve.peak_fraction *= 1 - share * (1 - curve.sustained_fraction);
  curve.sustained_fraction = 1;
  return curve;
}

Seconds attention_time(const Machine& machine, const AttentionCurves& curves,
                       const AttentionCurve& curve, const AttentionWork& work) {
  constexpr double kBlock = 128;
  constexpr double kFullHead = 128;
  const double tiles = work.heads * rounded_up(work.queries / kBlock);
  const double units = machine.compute_units;
  const double filled = waves(tiles, units) * units / tiles;
  const double keys = work.keys + (work.causal ? kBlock / 2 : 0);
  const Flops flops = filled * (keys / work.keys) * work.flops;
  const double head = std::pow(std::min(1.0, work.head_dim / kFullHead), curves.head_exponent);
  return (1 + curve.half_keys / keys) * flops /
             (machine.engine.attention_rate * head * curve.peak_fraction * machine.bf16_peak) +
         curves.gap;
}

Seconds eager_products_time(const Machine& machine, double batches, double length,
                            double head_dim) {
  const Loads loads =
      loads_whole(head_dim, machine.base.operand_bytes) ? Loads::kWhole : Loads::kBatchedPieces;
  return gemm_time(machine, machine.base, {length, length, head_dim, batches, loads}) +
         gemm_time(machine, machine.base, {length, head_dim, length, batches, loads});
}

Seconds bytes_time(const Machine& machine, Bytes bytes) { return bytes / machine.memory_stream; }

Seconds element_wise_time(const Machine& machine, Bytes bytes, double kernels) {
  constexpr Seconds kGap = 2 * microsecond;
  return bytes_time(machine, bytes) + kernels * kGap;
}

}  // namespace traincost
