// Layouts as reports show them. Internal to reports/.
#pragma once

#include <string>

#include "estimator/questions/advice.h"
#include "estimator/step/step.h"
#include "reports/tree.h"

namespace traincost {

[[nodiscard]] Tree layout_tree(const Layout& layout);

// Adds the knobs of a batch, flat.
void add_batch_knobs(Tree& tree, const Batch& batch);

// Every knob of a layout and its batch under the names of a job's members, flat.
[[nodiscard]] Tree knobs_tree(const Layout& layout, const Batch& batch);

// "tp 8, pp 16, vp 8, dp 128, ZeRO 2, micro-batch 1, interleaved, recompute none": what differs
// from plain data parallelism, from a knobs_tree.
[[nodiscard]] std::string knobs_text(const Tree& knobs);

// One change with what it gains: {"change", "gain", "wall_days", "cost_usd", ...}.
[[nodiscard]] Tree advice_tree(const Advice& advice);
// "--set layout.pp=4 --set layout.dp=2": a change as a shell takes it.
[[nodiscard]] std::string options_text(const std::string& change);

// {"required_bytes", "available_bytes", "fits", "most_loaded_rank", "host_bytes", "terms"}.
[[nodiscard]] Tree memory_tree(const Memory& memory);
// Its terms, one a line.
[[nodiscard]] std::string memory_terms_text(const Tree& memory);

// The largest of a list of step terms {"name", "share"}, as many as fit in a line.
[[nodiscard]] std::string largest_terms_text(const Tree& terms);

// [{"name", "time_s", "share"}], a step by cause.
[[nodiscard]] Tree step_terms_tree(const StepEstimate& step);

}  // namespace traincost
