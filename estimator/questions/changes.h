// Single changes to a phase as it is, all else held: what there is to try next.
#pragma once

#include <string>
#include <vector>

#include "estimator/job/job.h"

namespace traincost {

// A change that is legal; whether it fits or gains is for who asks.
struct Change {
  std::string knob;    // "tp", "recompute", "gradients"
  std::string change;  // as options of `estimate --set` would make it: "layout.tp=4"
  Phase phase;         // with it
};

// `phase` is one of the job's. Of every knob the steps next to where it is: degrees, ZeRO,
// recomputation, micro-batch and batch, overlap, what moves to the host, types of gradients and
// optimizer states, software, precision; and twice the accelerators. In that order, a knob's
// together.
[[nodiscard]] std::vector<Change> changes_of(const Job& job, const Phase& phase);

}  // namespace traincost
