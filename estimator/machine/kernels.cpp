#include "estimator/machine/kernels.h"

#include <algorithm>
#include <cmath>

#include "base/units.h"

namespace traincost {
namespace {

using namespace unit;

// Output tiles of the usual kernels, and what of the large tile's rate each reaches.
struct Tile {
  double m, n, rate;
};
constexpr Tile kTiles[] = {{256, 128, 1.0}, {128, 256, 1.0}, {128, 128, 0.93},
                           {128, 64, 0.8},  {64, 128, 0.8},  {64, 64, 0.62}};
constexpr double kOutputBytes = 2;

}  // namespace

bool loads_whole(double width, double operand_bytes) {
  constexpr double kLoadBytes = 16;
  return std::fmod(std::floor(width) * std::max(1.0, operand_bytes), kLoadBytes) == 0;
}

Seconds gemm_time(const Machine& machine, const GemmRate& rate, const Gemm& gemm) {
  const GemmCurve& curve = rate.curve;
  const double units = machine.compute_units;
  double least = 0;
  for (const Tile& tile : kTiles) {
    const double tiles = gemm.groups * std::ceil(gemm.m / tile.m) * std::ceil(gemm.n / tile.n);
    const double waves = std::ceil(tiles / units);
    const double work = waves * units * tile.m * tile.n / tile.rate;
    if (least == 0 || work < least) least = work;
  }
  const Flops flops = 2 * least * (gemm.k + curve.half_depth) * FLOP;
  Seconds compute = flops / (curve.peak_fraction * machine.sustained_fraction * rate.peak);
  if (!gemm.aligned) {
    const Flops plain = 2 * gemm.groups * gemm.m * gemm.n * gemm.k * FLOP;
    compute = max(compute, plain / (machine.engine.unaligned_rate * machine.vector_peak));
  }
  const Bytes bytes =
      gemm.groups *
      (rate.operand_bytes * gemm.k * (gemm.m + gemm.n) + kOutputBytes * gemm.m * gemm.n) * B;
  const Seconds memory = bytes / (curve.bytes_fraction * machine.memory);
  return max(compute, memory) + curve.gap;
}

Seconds attention_time(const Machine& machine, const AttentionCurve& curve, Flops flops,
                       double sequence_length, double head_dim) {
  constexpr double kFullHead = 128;
  const EngineParameters& engine = machine.engine;
  const double head = std::pow(std::min(1.0, head_dim / kFullHead), engine.attention_head_exponent);
  const double reached = engine.attention_rate * head * curve.peak_fraction * sequence_length /
                         (sequence_length + curve.half_sequence);
  return flops / (reached * machine.sustained_fraction * machine.bf16_peak);
}

Seconds bytes_time(const Machine& machine, Bytes bytes) { return bytes / machine.memory_stream; }

}  // namespace traincost
