// The groups of ranks that a layout makes: how many, how far apart, and how they send.
//
// Ranks are numbered as Megatron does unless it is told otherwise: tensor parallelism innermost,
// then context, data and pipeline parallelism; experts lie along the first three.
// Source: NVIDIA/Megatron-LM@d98e8a6 megatron/core/parallel_state.py, order "tp-cp-ep-dp-pp".
#pragma once

#include <algorithm>

#include "estimator/machine/collectives.h"
#include "estimator/step/layout.h"

namespace traincost {

struct RankSpan {
  int size = 1;
  int stride = 1;  // ranks between neighbours
  Traffic traffic = Traffic::kRing;
};

[[nodiscard]] inline RankSpan tensor_span(const Layout& l) { return {l.tp, 1}; }
[[nodiscard]] inline RankSpan context_span(const Layout& l) { return {l.cp, l.tp}; }
[[nodiscard]] inline RankSpan expert_span(const Layout& l) {
  return {l.ep * l.expert_tp, 1, Traffic::kExchange};
}
// Those that hold the same dense parameters, and those that hold the same experts.
[[nodiscard]] inline RankSpan replica_span(const Layout& l) { return {l.dp * l.cp, l.tp}; }
[[nodiscard]] inline RankSpan expert_replica_span(const Layout& l) {
  const int of_experts = l.ep * l.expert_tp;
  return {std::max(1, l.tp * l.cp * l.dp / of_experts), of_experts};
}
[[nodiscard]] inline RankSpan stage_span(const Layout& l) {
  return {l.pp, l.tp * l.cp * l.dp, Traffic::kPath};
}

[[nodiscard]] inline Group make_group(const Machine& machine, const RankSpan& span) {
  return make_group(machine, span.size, span.stride, span.traffic);
}

}  // namespace traincost
