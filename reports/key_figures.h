// The few figures that an answer comes to, of each question: what a page, a comment and a
// difference show first. Internal to reports/.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "reports/tree.h"

namespace traincost {

struct KeyFigure {
  std::string name, value;
  std::string range;             // p5 to p95; empty where there is none
  std::optional<double> number;  // the value, where it is one
};

[[nodiscard]] std::vector<KeyFigure> key_figures_of(const Tree& report);

// "W0304: the run starts in 2010-01, ..."
[[nodiscard]] std::string warning_text(const Tree& warning);

}  // namespace traincost
