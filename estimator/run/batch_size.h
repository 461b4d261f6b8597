// How many tokens a step may take: what a run's length makes worth averaging over.
//
// Larger batches keep more accelerators busy and are worth less to the model; where a job states
// none, the question takes the smallest of a range that is as fast.
#pragma once

#include "base/formula.h"
#include "base/quantity.h"

namespace traincost {

inline constexpr Formula kBestBatchFormula{"best-batch", "B = 0.58 D^0.571, B and D in tokens",
                                           "Li et al. 2025, Step Law, arXiv:2503.04715 (recalled)"};

// The batch that gave the lowest loss over runs of up to 100 billion tokens, extrapolated:
//
//   B = 0.58 D^0.571
//
// D the tokens of the run. Source: Li et al. 2025, Predictable Scale: Part I, Step Law, Optimal
// Hyperparameter Scaling Law in Large Language Model Pretraining, arXiv:2503.04715, equation 1
// (recalled). Chosen over 0.292 C^0.3271 of DeepSeek LLM, arXiv:2401.02954 (recalled), which asks
// for four times what runs of dense models used (68M tokens for Llama 3.1 405B, which had 16M). Of
// the twenty whole runs in hwdb/data/published that state both, this one gives 0.55 to 1.46 times
// their batch; DeepSeek-V3's 63M are three times what it gives.
[[nodiscard]] Tokens best_batch(Tokens run);

struct TokenRange {
  Tokens least, most;
};

// Where a job says nothing: up to the power of two that is nearest to the best batch, but from 2^21
// to 2^24 (2 to 16 million) and never more than the run has; at least 2^21, or half of that.
[[nodiscard]] TokenRange usual_batches(Tokens run);

}  // namespace traincost
