// A report as a page, as Markdown and as a picture, whatever its question. Internal to reports/.
#pragma once

#include <string>

#include "reports/tree.h"

namespace traincost {

// One file of HTML that needs nothing else, no network and no script: the answer, its charts with a
// table behind each, the report as the terminal has it, its rows, assumptions and sources, and the
// report itself as JSON.
[[nodiscard]] std::string report_page(const Tree& report);

// The same without what is around it, for a page that has its own head; and the style of both.
[[nodiscard]] std::string report_fragment(const Tree& report);
[[nodiscard]] std::string page_style();

// For a comment on a change: the figures as a table, and the rest folded away.
[[nodiscard]] std::string report_markdown(const Tree& report);

// The chart that tells most, as an SVG file; of a question without one, its figures.
[[nodiscard]] std::string report_picture(const Tree& report);

}  // namespace traincost
