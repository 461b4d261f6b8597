// How a report is put together; shared by the builders of reports/, not installed.
#pragma once

#include <string>
#include <vector>

#include "hwdb/record.h"
#include "reports/report.h"
#include "reports/tree.h"

namespace traincost {

// A further form of a report, from its tree alone: "html" is one file that needs nothing else.
struct ReportFormat {
  const char* name;
  std::string (*write)(const Tree&);
};

struct ReportTree {
  Tree tree;
  std::string (*render)(const Tree&);  // text
  const char* table = nullptr;         // member that holds the rows of the CSV
  std::vector<ReportFormat> others;
};

[[nodiscard]] Report make_report(Tree tree, std::string (*render)(const Tree&),
                                 const char* table = nullptr,
                                 std::vector<ReportFormat> others = {});

// `schema`, versions and `question`: the first members of every report.
[[nodiscard]] Tree report_head(const std::string& question);

// Appends a record's sources; ids are "RECORD/KEY".
void add_sources(Tree& list, const Record& record);

// Adds the members of the fixed part that the builder had nothing for, as empty lists.
void close_report(Tree& tree);

}  // namespace traincost
