// How a report is put together; shared by the builders of reports/, not installed.
#pragma once

#include <string>

#include "hwdb/record.h"
#include "reports/forms.h"
#include "reports/report.h"
#include "reports/tree.h"

namespace traincost {

struct ReportTree {
  Tree tree;
  const ReportForms* forms;
  std::string file = {};  // that it was read from
};

// `question`, which the tree names, must have its forms.
[[nodiscard]] Report make_report(Tree tree);

// `schema`, versions and `question`: the first members of every report.
[[nodiscard]] Tree report_head(const std::string& question);

// Appends a record's sources; ids are "RECORD/KEY".
void add_sources(Tree& list, const Record& record);

// Adds the members of the fixed part that the builder had nothing for, as empty lists.
void close_report(Tree& tree);

}  // namespace traincost
