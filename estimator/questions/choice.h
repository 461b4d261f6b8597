// What becomes of the knobs that a job leaves open: a question's act on a resolved job.
#pragma once

#include "estimator/job/job.h"
#include "estimator/search/practice.h"

namespace traincost {

// Of a layout that is stated, what is taken where micro-batch and virtual stages are not.
enum class Completion {
  kAsWritten,  // one sequence and one stage: what a planner wrote is all there is
  kCompleted,  // the fastest that fit: what a practitioner would have taken and did not report
};

// The job with every layout and batch chosen: open ones as search/practice.h chooses, an open
// recompute mode the least that fits, an open batch under a stated layout the smallest that is as
// fast. Each choice is an Assumption. Throws InputError where no layout is legal.
[[nodiscard]] Job with_chosen_layouts(Job job, Completion stated = Completion::kAsWritten);

// The same of the layouts that are stated alone: open ones stay open, for a search. Cannot fail.
[[nodiscard]] Job with_stated_layouts_chosen(Job job);

// What a phase whose layout is open asks of the search.
[[nodiscard]] LayoutQuestion layout_question(const Job& job, const Phase& phase);

}  // namespace traincost
