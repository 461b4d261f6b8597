// How long one kernel takes on a machine: matrix products, attention, element-wise work.
#pragma once

#include "base/quantity.h"
#include "estimator/machine/machine.h"

namespace traincost {

// A product of m x k by k x n, once for each of `groups`.
struct Gemm {
  double m = 0, n = 0, k = 0;
  double groups = 1;
  bool aligned = true;  // rows of features are whole loads (loads_whole)
};

// Matrix units load 16 bytes at a time; operands whose rows of features are no multiple of that go
// past them. Rows of tokens are padded by every framework.
// Source: NVIDIA, Matrix Multiplication Background User's Guide, section 3.
[[nodiscard]] bool loads_whole(double width, double operand_bytes);

//   time = max(waves x tile / (peak x f x q) , bytes / bandwidth) + gap,
//   waves = ceil(tiles / compute units), tile = 2 tm tn (k + k_half)
//
// The tile that is fastest for the shape is taken; smaller tiles reuse their operands less (q).
// f, k_half and gap are the chip's fitted curve. Refitted on the published GEMM rows the median
// error is 3 to 6% for bf16 and 4 to 12% for FP8 (hwdb/data/accelerators, `kernels`).
// Operands whose rows are no multiple of 16 bytes run on the vector units instead.
// Source: tile and wave quantization as in NVIDIA, Matrix Multiplication Background User's Guide.
[[nodiscard]] Seconds gemm_time(const Machine& machine, const GemmRate& rate, const Gemm& gemm);

// Fused attention core:  flops / (bf16 peak x f x (d / 128)^e x s / (s + s_half)),  d at most 128.
// Source: the shape of the published FlashAttention throughput curves; constants in the records.
[[nodiscard]] Seconds attention_time(const Machine& machine, const AttentionCurve& curve,
                                     Flops flops, double sequence_length, double head_dim);

// Element-wise work by the bytes it moves.
[[nodiscard]] Seconds bytes_time(const Machine& machine, Bytes bytes);

}  // namespace traincost
