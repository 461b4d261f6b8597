// What sampling says of a run: certainties, probabilities, and what drives the answer.
#pragma once

#include <string>

#include "estimator/questions/sample.h"
#include "reports/tree.h"

namespace traincost {

[[nodiscard]] Tree sample_tree(const Sampled& sampled, const SampleOptions& options);

// As lines of the report, each with its caption; `sampled` is what sample_tree made.
[[nodiscard]] std::string sample_text(const Tree& sampled);

// The interval of a figure, as the total's ranges have it, in the figure's unit.
[[nodiscard]] Tree sampled_range(const Sampled& sampled, SampledFigure figure);

}  // namespace traincost
