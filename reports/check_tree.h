// The tree of a check, and the forms that are made from it alone. Internal to reports/.
#pragma once

#include <string>

#include "estimator/claims/check.h"
#include "reports/tree.h"

namespace traincost {

// One claim with its verdicts, rows, figures as read, implied ones, and methods; check_words.h has
// its sentences.
[[nodiscard]] Tree claim_tree(const CheckAnswer& answer);

[[nodiscard]] std::string check_text(const Tree& tree);
// With a title, or without one for a page of one's own.
[[nodiscard]] std::string check_markdown(const Tree& tree);
[[nodiscard]] std::string check_markdown_body(const Tree& tree);
// Static Analysis Results Interchange Format 2.1.0, OASIS.
[[nodiscard]] std::string check_sarif(const Tree& tree);
// Workflow commands of GitHub Actions, one line for each finding.
[[nodiscard]] std::string check_github(const Tree& tree);

}  // namespace traincost
