// Which layout is best for a phase of a job, what binds it, and what to try next?
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "estimator/questions/estimate.h"
#include "estimator/search/layout_search.h"

namespace traincost {

// One change to the winner, as an option of `estimate --set` would make it.
struct NextKnob {
  std::string change;    // "layout.vp=4"
  Seconds per_sequence;  // step time over the global batch
  double gain = 0;       // of tokens per second against the winner; negative where it loses
  Bytes required;
};

// A layout with all that a report says of it.
struct RankedLayout {
  StepSetup setup;
  Seconds step;
  Bytes required;
  PhaseTotals totals;
  double mfu = 0;
  std::vector<std::string> beyond;  // knobs that are turned beyond what practitioners use
};

// The phase's own layout, whose step takes `tuned` as the physics has it; in the median of what its
// software makes of it.
[[nodiscard]] RankedLayout ranked_layout(const Job& job, const Phase& phase, Seconds tuned,
                                         Bytes required);

// The layout that the job states, among those of the space.
struct StatedLayout {
  RankedLayout layout;
  double slower = 0;        // than the winner, in time
  std::int64_t faster = 0;  // layouts that take less time
};

struct SearchAnswer {
  std::string phase;
  Objective objective = Objective::kTime;
  // What one would run: the choice of every question first (by time), each another idea; and what
  // of it trades time for memory.
  std::vector<RankedLayout> top, front;
  std::vector<RankedLayout> wider;  // of every legal layout, those that gain more than a tie
  bool wide = true;          // whether those were looked for
  std::int64_t practical = 0;  // layouts that one would run
  std::optional<StepEstimate> best;  // the winner's time by cause, and its memory
  std::vector<NextKnob> next;        // at most two, the better first
  std::optional<StatedLayout> stated;
  std::optional<RankedLayout> least;  // the least memory, where nothing fits
  SearchStats stats;
  bool complete = true;
};

// The phase that a search is about: the one named, or of those predicted the one with most tokens.
// Nothing where there is none.
[[nodiscard]] const Phase* searched_phase(const Job& job, const std::string& name);

// `wide`: beyond what practitioners use, at every legal layout.
[[nodiscard]] SearchAnswer search(const Job& job, Phase phase, const SearchOptions& options,
                                  bool wide = true);

}  // namespace traincost
