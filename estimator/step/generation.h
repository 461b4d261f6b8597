// How long a cluster takes to generate responses to prompts, as a step of reinforcement learning
// does before it learns from them.
//
// Replicas of the model, each over a group of ranks, read their prompts in (prefill) and then make
// every response token by token (decode), all that fit in memory at once. A response that ends
// leaves the others to go on, so the last of them run in small batches. The ranks of a replica
// share every matrix (tensor parallel) or, of a mixture of experts, its experts alone, while
// attention runs on each for responses of its own. Left out: speculative decoding, prompts that are
// evicted and read again, replicas that help each other out.
#pragma once

#include "base/formula.h"
#include "base/quantity.h"
#include "estimator/machine/machine.h"
#include "estimator/model/architecture.h"

namespace traincost {

// What is generated. Lengths are in tokens.
struct Responses {
  double count = 0;
  double samples = 1;        // responses to each prompt, which read it in once
  double prompt_length = 0;  // mean
  double length = 0;         // mean of a response
  double longest = 0;        // at which a response is cut; 0: nowhere

  [[nodiscard]] double mean_tokens() const { return prompt_length + length; }
};

// Who generates: replicas on `machine`, whose count is set where it is asked for.
struct Generator {
  Machine machine;
  int tp = 1;
  int ep = 1;                 // ranks that share the experts, tp and more; 1: those of tp do
  double memory_share = 0.9;  // of a rank's memory, for weights and caches
  Seconds overhead;           // of the host between two tokens: scheduling, sampling

  // Accelerators of a replica, and groups of them that each attend for responses of their own.
  [[nodiscard]] int ranks() const { return ep > tp ? ep : tp; }
  [[nodiscard]] int groups() const { return ranks() / tp; }
};

struct GenerationTime {
  Seconds prefill, decode;
  double replicas = 0;
  double at_once = 0;  // responses that a replica makes at a time
  Bytes weights;       // of a rank
  Bytes cache;         // of one response of mean length, on a rank
  Bytes room;          // of a rank, for both
  int ranks = 1;       // of a replica

  // Whether there is a replica, with the cache of one response.
  [[nodiscard]] bool fits() const { return replicas >= 1 && weights + cache <= room; }

  [[nodiscard]] Seconds total() const { return prefill + decode; }
};

inline constexpr Formula kGenerationFormula{
    "generation",
    "prefill + (waiting x length / at once) t(at once, mean age) + sum over positions of t(at once "
    "x exp(-rate x position), position), cut at the longest; t a token of each: host + layers' "
    "products + max(caches / bandwidth, their FLOPs / peak) + exchanges + logits",
    "roofline of incremental decoding: Pope et al. 2022, arXiv:2211.05102, section 3; lengths "
    "exponential (assumed)"};

// Each product reads its weights once for all responses at hand; of experts those that any of n
// responses is sent to, E (1 - (1 - k/E)^n). Attention reads every cache whole: keys and values of
// the heads of a rank or, of latent attention, the latents, which every rank keeps. Two all-reduces
// a layer join the ranks; where experts are spread over more of them, an exchange there and back
// does for their block. Lengths are exponential, cut at the longest, with the mean that is
// stated: one parameter that the two lengths fix; the last response of R ends at ln R + 0.577 mean
// lengths (uncut), or where it is cut.
// Source: Pope et al. 2022, "Efficiently Scaling Transformer Inference", arXiv:2211.05102, section
// 3. Exponential lengths are assumed: no source says how they are spread.
[[nodiscard]] GenerationTime generation_time(const Architecture& model, const Generator& generator,
                                             int accelerators, const Responses& responses);

// Whether so many ranks share the heads of every layer evenly.
[[nodiscard]] bool divides_heads(const Architecture& model, int tp);

// Weights on each of its ranks, in its precision.
[[nodiscard]] Bytes generator_weights(const Architecture& model, const Generator& generator);

// Tokens that a response has on average while it is made: E(L^2) / 2 E(L) of such lengths.
[[nodiscard]] double mean_age(const Responses& responses);

// The rate, per token, of exponential lengths that have that mean once they are cut; 0 where all
// are as long as the longest.
[[nodiscard]] double ending_rate(double mean, double longest);

}  // namespace traincost
