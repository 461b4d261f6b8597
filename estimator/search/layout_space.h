// Which layouts a search may choose from: every legal one, less what the job pins or lists.
#pragma once

#include <cstdint>
#include <vector>

#include "estimator/step/layout.h"

namespace traincost {

struct RecomputeChoice {
  Recompute mode = Recompute::kNone;
  int layers = 0;     // Batch::recompute_layers
  ModuleSet modules;  // Batch::modules

  void apply(Batch& batch) const;
};

// Values that each knob may take, recomputation apart; an empty list leaves the knob open, to every
// value that is legal. An open schedule is what the stack ships.
struct KnobLists {
  std::vector<int> tp, pp, vp, cp, dp, ep, expert_tp, zero, zero_shards;
  std::vector<std::int64_t> micro_batch;
  std::vector<bool> sequence_parallel, tp_overlap, offload_activations, offload_optimizer;
  std::vector<Schedule> schedule;
};

// An open recompute is none, selective or full.
//
// Of layouts that are equal one is listed: without tensor parallelism there is no sequence
// parallelism and no overlap of it; one stage runs as 1f1b; zero_shards is 0 without ZeRO and where
// all replicas share, and else a proper divisor of dp x cp, at least 2.
struct LayoutSpace : KnobLists {
  std::vector<RecomputeChoice> recompute;
};

// The space with its open lists of recompute modes and schedules filled in.
[[nodiscard]] LayoutSpace closed(LayoutSpace space);

// Everything that two layouts of one search may differ in, and the order in which ties are broken.
struct LayoutKey {
  int tp = 1, pp = 1, vp = 1, cp = 1, ep = 1, expert_tp = 1;
  std::int64_t micro_batch = 1;
  std::uint16_t recompute = 0;  // index into the space's choices
  Schedule schedule = Schedule::k1F1B;
  bool sequence_parallel = false, tp_overlap = false;
  bool offload_activations = false, offload_optimizer = false;
  std::uint8_t zero = 0;
  int zero_shards = 0;

  auto operator<=>(const LayoutKey&) const = default;
};

// The positive divisors of `number`, ascending.
[[nodiscard]] std::vector<std::int64_t> divisors(std::int64_t number);

}  // namespace traincost
