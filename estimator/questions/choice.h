// What becomes of the knobs that a job's layouts leave open: a question's act on a resolved job.
#pragma once

#include "estimator/job/job.h"

namespace traincost {

// Of a layout that is stated, what is taken where micro-batch and virtual stages are not.
enum class Completion {
  kAsWritten,  // one sequence and one stage: what a planner wrote is all there is
  kCompleted,  // the fastest that fit: what a practitioner would have taken and did not report
};

// The job with every layout chosen: an open one is the fastest of a coarse space that fits, an open
// recompute mode the least that fits. Each choice is an Assumption. Throws InputError where no
// degrees divide a phase's count, model and batch.
[[nodiscard]] Job with_chosen_layouts(Job job, Completion stated = Completion::kAsWritten);

// The same of the layouts that are stated alone: open ones stay open, for a search. Cannot fail.
[[nodiscard]] Job with_stated_layouts_chosen(Job job);

}  // namespace traincost
