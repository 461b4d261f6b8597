// What fits: the largest micro-batch, sequence or model, or the fewest accelerators, all else as
// the job has it.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/cursor.h"
#include "estimator/job/spec.h"
#include "estimator/questions/advice.h"
#include "hwdb/hwdb.h"

namespace traincost {

enum class Fit { kMicroBatch, kSequence, kModel, kCount };

inline constexpr Name<Fit> kFitNames[] = {{"micro-batch", Fit::kMicroBatch},
                                          {"sequence", Fit::kSequence},
                                          {"model", Fit::kModel},
                                          {"count", Fit::kCount}};

// A value that was tried.
struct FitTrial {
  double value = 0;  // sequences of a pass, tokens of a sequence, parameters, accelerators
  Job job;           // with it, of one phase, its layout chosen
  StepEstimate step;
  double reserve = 0;     // share of the memory that is to be left
  bool generates = true;  // what it generates fits too

  [[nodiscard]] const Phase& phase() const { return job.phases.front(); }
  [[nodiscard]] Bytes room() const { return (1 - reserve) * step.memory.available; }
  [[nodiscard]] bool fits() const { return generates && step.memory.required <= room(); }
};

struct FitAnswer {
  Fit fit = Fit::kMicroBatch;
  std::optional<FitTrial> best;    // none where not even the least (of a count, the most) fits
  std::optional<FitTrial> beyond;  // the next legal one, which does not fit; none where none is
  std::vector<Advice> changes;     // memory_changes of what is shown

  [[nodiscard]] const FitTrial& shown() const { return best ? *best : *beyond; }  // one is there
  // Whether what is shown would leave the reserve with that change.
  [[nodiscard]] bool leaves_reserve(const Advice& change) const {
    return change.layout.required <= shown().room();
  }
};

// Of the phase of most tokens. What fits leaves the reserve of memory that a chosen layout leaves,
// and of a stated one that which the job states. The micro-batch grows
// under the layout that an estimate takes. For a sequence (in steps of 1,024 tokens), a model
// (scaled.h: as deep for its width as the job's, then deeper) and a count (as it is had, and below
// a node powers of two) an open layout is chosen anew for each; a stated one is kept but for its
// data parallelism where the count is asked for. Throws InputError where the job is faulty as it
// stands.
[[nodiscard]] FitAnswer fit(const JobSpec& spec, const HardwareDb& db, Fit what);

}  // namespace traincost
