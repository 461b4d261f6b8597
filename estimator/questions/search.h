// Which layout is best for a phase of a job, what binds it, and what to try next?
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "estimator/questions/advice.h"
#include "estimator/questions/estimate.h"
#include "estimator/search/layout_search.h"

namespace traincost {

// The layout that the job states, among those of the space.
struct StatedLayout {
  RankedLayout layout;
  double slower = 0;        // than the winner, in time
  std::int64_t faster = 0;  // layouts that take less time
};

struct SearchAnswer {
  // Around a step of the first layout, of a phase that learns by reinforcement; and whether what it
  // generates fits.
  std::optional<IterationTime> iteration;
  [[nodiscard]] bool generates() const { return !iteration || iteration->fits(); }

  std::string phase;
  Objective objective = Objective::kTime;
  // What one would run: the choice of every question first (by time), each another idea; and what
  // of it trades time for memory.
  std::vector<RankedLayout> top, front;
  std::vector<RankedLayout> wider;   // of every legal layout, those that gain more than a tie
  bool wide = true;                  // whether those were looked for
  std::int64_t practical = 0;        // layouts that one would run
  std::optional<StepEstimate> best;  // the winner's time by cause, and its memory
  std::vector<Advice> next;          // at most two, the better first
  std::optional<StatedLayout> stated;
  std::optional<RankedLayout> least;  // the least memory, where nothing fits
  SearchStats stats;
  bool complete = true;
};

// `wide`: beyond what practitioners use, at every legal layout.
[[nodiscard]] SearchAnswer search(const Job& job, Phase phase, const SearchOptions& options,
                                  bool wide = true);

}  // namespace traincost
