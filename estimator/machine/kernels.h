// How long one kernel takes on a machine: matrix products, attention, element-wise work.
#pragma once

#include "base/formula.h"
#include "base/quantity.h"
#include "estimator/machine/machine.h"

namespace traincost {

// How a product's operands reach the matrix units, which load 16 bytes at a time.
enum class Loads {
  kWhole,          // rows of both operands are multiples of that
  kPieces,         // they are not: smaller loads, through registers, at half of the rate
  kBatchedPieces,  // nor where each of a batch begins: past the matrix units
};

// A product of m x k by k x n, once for each of `groups`.
struct Gemm {
  double m = 0, n = 0, k = 0;
  double groups = 1;
  Loads loads = Loads::kWhole;
};

// Whether a row of features of that width is a multiple of 16 bytes. Rows of tokens are padded by
// every framework. A linear layer's forward product reads rows of its inputs' features alone; those
// of the gradients read rows of its outputs' too: a vocabulary of 50,257 costs the backward pass.
// Source: NVIDIA, Matrix Multiplication Background User's Guide, section 3: since cuBLAS 11 matrix
// units are used whatever the alignment. 1,024 x 2,145 x 1,024 reaches the rate of its neighbours
// on A100 and H100 (hwdb's azure-cublaslt). Half is assumed, not fitted: operands that come in
// pieces are staged once more. GPT-2's step is then 1.1 times as long with 50,257 tokens as with
// 50,304; 1.04 to 1.25 were measured.
[[nodiscard]] bool loads_whole(double width, double operand_bytes);
[[nodiscard]] inline Loads loads_of(bool whole) { return whole ? Loads::kWhole : Loads::kPieces; }

inline constexpr Formula kGemmTimeFormula{
    "gemm-time",
    "(c^3 + b^3)^(1/3) + gap, c = 2 x outputs of whole waves x (k + half_depth) / (peak x "
    "f), b = bytes / (bandwidth x g)",
    "tile and wave quantization after NVIDIA, Matrix Multiplication Background User's "
    "Guide; constants fitted on measured rows"};

//   time = (c^3 + b^3)^(1/3) + gap,   c = tiles' / (peak x f) x tile work,   b = bytes / bandwidth
//
// Tiles run in waves over the compute units, 2 tm tn (k + k_half) FLOP each; a last wave that is
// not full costs 0.4 and its share of the rest, 0.6 where units work in pairs on tiles of 256 x
// 256. The tile that suits the shape best is taken; small ones reuse their operands less. Products
// that last meet the power limit: the rate falls from f towards f x sustained with the product's
// own length, half of the way at power_response. f, k_half, gap, bandwidth, sustained and
// power_response are the chip's fitted curve; over the published rows the median error is at most
// 6% for bf16 and FP8 (docs/kernels.md has each chip's). Source: tile and wave quantization as in
// NVIDIA, Matrix Multiplication Background User's Guide; tiles of two units: NVIDIA, PTX ISA,
// tcgen05.mma with cta_group::2 (recalled); the exponent and 0.4 are fitted on 17,000 rows of eight
// chips together, 0.6 and the rates of paired tiles the best of a few tried on B200's, B300's and
// GB200's.
[[nodiscard]] Seconds gemm_time(const Machine& machine, const GemmRate& rate, const Gemm& gemm);

// A product of few rows, as decoding has them, up to 256; of more the above. Its kernels lay rows
// along the short side of a tile, eight at a time, and split the depth until all units have some of
// it: neither tiles nor waves are padded. Bytes and gap are as above.
// Source: NVIDIA/cutlass and deepseek-ai/DeepGEMM, swapped operands and split-K (recalled).
[[nodiscard]] Seconds thin_gemm_time(const Machine& machine, const GemmRate& rate,
                                     const Gemm& gemm);

// The memory's time for `bytes` of a product that a benchmark repeats: where both operands and the
// result are under 0.39 of the last-level cache all comes from there, where they are twice as large
// nothing. Of consequence on GDDR boards (L40S: three times the memory's rate), hardly with HBM.
// 0.39 is fitted on L40S and agrees with RTX PRO 6000.
[[nodiscard]] Seconds product_bytes_time(const Machine& machine, const GemmRate& rate,
                                         const Gemm& gemm, Bytes bytes);

// What no product of so many FLOPs takes less than: tiles all full, no gap.
[[nodiscard]] inline Seconds least_gemm_time(const GemmRate& rate, Flops flops) {
  return flops / (rate.curve.peak_fraction * rate.peak);
}

// What a training step reaches of a curve's rate: `share` of what the power limit takes is felt,
// since lighter work runs between the products.
[[nodiscard]] GemmCurve warmed(GemmCurve curve, double share);

// One pass of a fused attention core on one rank.
struct AttentionWork {
  Flops flops;         // a causal mask's half counted once
  double queries = 0;  // of all sequences
  double heads = 0;
  double keys = 0;      // that a query sees, on average
  bool causal = false;  // blocks on the diagonal are worked whole
  double head_dim = 0;
};

inline constexpr Formula kAttentionTimeFormula{
    "attention-time",
    "blocks' flops x (1 + half_keys / keys) / (bf16 peak x f x (d / 128)^e) + gap",
    "tiling of FlashAttention-2, arXiv:2307.08691; constants fitted on measured rows"};

// Blocks of 128 queries of one head run in waves over the compute units, as tiles do in gemm_time:
//
//   time = flops' (1 + half_keys / keys') / (bf16 peak x f x (d / 128)^e) + gap,   d at most 128
//
// flops' and keys' count the diagonal's blocks whole. Over the published rows the median error is
// at most 10% for each chip and kernel. Source: the tiling of FlashAttention-2, arXiv:2307.08691.
[[nodiscard]] Seconds attention_time(const Machine& machine, const AttentionCurves& curves,
                                     const AttentionCurve& curve, const AttentionWork& work);

// The two products of unfused attention over all pairs of `length` queries and keys, masked or not,
// for each of `batches` heads. Softmax and dropout between them are element-wise work.
[[nodiscard]] Seconds eager_products_time(const Machine& machine, double batches, double length,
                                          double head_dim);

// Element-wise work by the bytes it moves.
[[nodiscard]] Seconds bytes_time(const Machine& machine, Bytes bytes);
// The same of so many kernels, with the gaps between them.
[[nodiscard]] Seconds element_wise_time(const Machine& machine, Bytes bytes, double kernels);

}  // namespace traincost
