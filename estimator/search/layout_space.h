// Which layouts a search may choose from: every legal one, less what the job pins or lists.
#pragma once

#include <cstdint>
#include <optional>
#include <tuple>
#include <vector>

#include "estimator/step/layout.h"

namespace traincost {

struct RecomputeChoice {
  Recompute mode = Recompute::kNone;
  int layers = 0;     // Batch::recompute_layers
  ModuleSet modules;  // Batch::modules

  void apply(Batch& batch) const;
  // Whether the batch recomputes that and no more.
  [[nodiscard]] bool is_of(const Batch& batch) const;
};

// Values that each knob may take, recomputation apart; an empty list leaves the knob open, to every
// value that is legal. An open schedule is what the stack ships.
struct KnobLists {
  std::vector<int> tp, pp, vp, cp, dp, ep, expert_tp, zero, zero_shards;
  std::vector<std::int64_t> micro_batch;
  std::vector<bool> sequence_parallel, tp_overlap, offload_activations, offload_optimizer;
  std::vector<Schedule> schedule;
};

// Sequences of one step, from `least` to `most`.
struct BatchRange {
  std::int64_t least = 1, most = 1;
};

// An open recompute is none, selective or full.
//
// Where accelerators may idle the degrees need not divide the count: data parallelism is any degree
// whose ranks are there, and lists that are open stay divisors of the count. Where a batch range is
// given each layout has the largest batch of it that its schedule takes; else the setup's.
//
// Of layouts that are equal one is listed: without tensor parallelism there is no sequence
// parallelism and no overlap of it; one stage runs as 1f1b; zero_shards is 0 without ZeRO and where
// all replicas share, and else a proper divisor of dp x cp, at least 2.
struct LayoutSpace : KnobLists {
  std::vector<RecomputeChoice> recompute;
  bool may_idle = false;
  std::optional<BatchRange> batch;
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
  int dp = 1;
  std::int64_t global_batch = 1;

  auto operator<=>(const LayoutKey&) const = default;

  [[nodiscard]] int ranks() const { return tp * pp * cp * dp; }
};

// How many knobs a layout turns away from plain data parallelism with sharded optimizer states:
// each kind of parallelism, ZeRO above 1, a schedule beyond 1f1b, recomputation, offload. Of
// layouts that are as fast the one with fewest is what one would run.
[[nodiscard]] int mechanisms(const LayoutKey& key);

// What a layout (or its key) is apart from how it is tuned: twins share it.
template <typename Degrees>
[[nodiscard]] auto idea_of(const Degrees& l) {
  return std::tuple(l.tp, l.pp, l.cp, l.ep, l.expert_tp, l.zero == 3);
}

// The positive divisors of `number`, ascending.
[[nodiscard]] std::vector<std::int64_t> divisors(std::int64_t number);

}  // namespace traincost
