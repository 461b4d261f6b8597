// What to change next: one change at a time to a phase as it is, all else held, each estimated
// again.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "estimator/questions/ranked.h"

namespace traincost {

// A change that is legal and keeps the batch in its range, with what comes of it.
struct Advice {
  std::string change;        // "layout.tp=4", as options of `estimate --set` would make it
  bool layout_open = false;  // it is another accelerator, at its own layout
  double gain = 0;           // of tokens per second; negative where it loses
  RankedLayout layout;       // the phase with it
  Seconds saved;             // of wall time; negative where it takes more
  std::optional<Usd> saved_cost;

  [[nodiscard]] bool fits() const {
    return layout.required <= layout.setup.machine.memory_capacity;
  }
};

// The best change of each knob that fits, the better first, `most` at the most; where `all` are
// asked for, twice the accelerators and other types of gradients and states among them. `step` is
// the phase's.
[[nodiscard]] std::vector<Advice> advise(const Job& job, const Phase& phase,
                                         const StepEstimate& step, std::size_t most, bool all);

// Sets what the change saves of that.
void set_saved(Advice& advice, const PhaseTotals& now);

// What the memory comes to with each change that trades for it, whether it fits or not: the least
// first.
[[nodiscard]] std::vector<Advice> memory_changes(const Job& job, const Phase& phase,
                                                 const StepEstimate& step);

// Of those what fits, the fastest first, `most` at the most.
[[nodiscard]] std::vector<Advice> fitting_changes(const Job& job, const Phase& phase,
                                                  const StepEstimate& step, std::size_t most);

}  // namespace traincost
