// Which layout is best on this cluster? Every legal one is looked at, and the answer is exact.
//
// The space is walked from what is dear to what is cheap: a shape (tp, cp, ep, expert-tp,
// micro-batch, sequence parallelism) has its operators timed once; recomputation and overlap sum
// them; a pipeline (pp, vp, schedule) adds stages up; ZeRO, its shards and the optimizer's place
// are a handful of operations. They are the functions that estimate_step is made of. A part of the
// space is left out only where a bound proves that nothing in it can appear in the answer.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/quantity.h"
#include "estimator/search/found_layouts.h"
#include "estimator/search/layout_space.h"
#include "estimator/step/setup.h"

namespace traincost {

// Calls work(0) .. work(n - 1), in any order and on any threads, and returns when all are done.
using ForEach = std::function<void(std::size_t n, const std::function<void(std::size_t)>& work)>;

struct SearchProgress {
  double done = 0, of = 0;  // layouts, evaluated or ruled out
};

struct SearchOptions {
  Objective objective = Objective::kTime;
  std::size_t top = 10;
  bool front = true;        // find the Pareto front of time and memory
  bool exhaustive = false;  // evaluate what bounds would rule out, too
  bool least = true;        // find the least memory where nothing fits
  bool fold_twins = false;  // `top` has the best layout of each idea: of its degrees and sharding
  std::optional<Seconds> cutoff;             // Figures::time; `top` has nothing slower
  double tie = 0;                            // of time: how much slower the simplest may be
  const Reliability* reliability = nullptr;  // how often ranks fail; null: never
  ForEach for_each;                          // empty: one after the other
  std::function<void(const SearchProgress&)> progress;
  const std::atomic<bool>* stop = nullptr;  // the search ends early, with what it knows
};

struct SearchResult {
  std::vector<FoundLayout> top;      // best first
  std::vector<FoundLayout> front;    // by time; each needs less memory than the one before
  std::optional<FoundLayout> least;  // the least memory, where nothing fits
  SearchStats stats;
  std::int64_t faster = 0;                 // feasible layouts that take less time than `than`
  std::optional<Ties::Simplest> simplest;  // of those that are as fast, where ties are allowed
  bool complete = true;
};

// Over all layouts of the space for the setup's model, machine and batch; its own layout says
// nothing. `cost_rate`: dollars where a sequence takes a second. `than`: a time of a sequence to
// count against, so that a layout can be ranked.
[[nodiscard]] SearchResult search_layouts(const StepSetup& setup, const LayoutSpace& space,
                                          const SearchOptions& options, double cost_rate = 0,
                                          std::optional<Seconds> than = std::nullopt);

// The setup with a layout of the space (closed).
[[nodiscard]] StepSetup with_layout(StepSetup setup, const LayoutSpace& space,
                                    const LayoutKey& key);

// With the fastest layout of the space (closed) that fits, or the one that lacks least; nothing
// where none is legal.
[[nodiscard]] std::optional<StepSetup> with_best_layout(const StepSetup& setup,
                                                        const LayoutSpace& space);

}  // namespace traincost
