// Where an answer comes from: each figure as a product or a sum of those that it follows from, down
// to what the job states and what a record says, with what one per cent of each does to the answer.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/formula.h"
#include "estimator/job/job.h"
#include "estimator/job/spec.h"
#include "estimator/questions/estimate.h"

namespace traincost {

struct ExplainedFigure {
  std::string path;  // of the figure in the report: "total.cost_usd", "phases.0.mfu"
  std::string name;  // as people say it
  double value = 0;  // in `unit`
  std::string unit;  // "USD", "GPU-h", "tokens", "share", ...; as in the data files
  std::string rule;  // how it follows from its parts; empty where it stands by itself
  const Formula* formula = nullptr;  // the law, where it has one
  std::string origin;                // "file", "user", "default", "derived" or "record"; of leaves
  std::string source;                // of leaves: where it is from
  // What one per cent more of it does to the first answer, in per cent, all else held.
  std::optional<double> sensitivity;
  std::vector<ExplainedFigure> parts;
};

// A property of the hardware, and the share of the longest predicted phase's step that a tenth more
// of it would save. The largest is what binds.
struct Lever {
  std::string name;
  double saved = 0;
};

struct Explanation {
  std::vector<ExplainedFigure>
      answers;                // cost where a price is known, accelerator time, wall time, energy
  std::string phase;          // whose levers these are; empty where nothing is predicted
  std::vector<Lever> levers;  // the largest first
};

// `estimate` is the answer to `job`, which is `spec` resolved. Total; cannot fail.
[[nodiscard]] Explanation explain(const JobSpec& spec, const Job& job, const Estimate& estimate);

// The factor of a path, anywhere below the answers; null where there is none.
[[nodiscard]] const ExplainedFigure* find_figure(const Explanation& explanation,
                                                 const std::string& path);
// Adds what a tenth more of each property of the machine saves of the longest phase's step, its
// layout as it is.
void add_levers(const Job& job, const Estimate& estimate, Explanation& explanation);

// The path of what a reader calls a figure: itself, or of the first one whose last step it is, with
// or without its unit ("cost" is total.cost_usd, "mfu" the first phase's). Empty where none is.
[[nodiscard]] std::string figure_path(const Explanation& explanation, const std::string& name);

// All paths, in the order of the tree.
[[nodiscard]] std::vector<std::string> figure_paths(const Explanation& explanation);

}  // namespace traincost
