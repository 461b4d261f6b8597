#include "reports/report.h"

#include "estimator/model/embedded.h"
#include "reports/csv.h"
#include "reports/report_tree.h"

namespace traincost {

Report::Report(std::unique_ptr<const ReportTree> tree) : tree_(std::move(tree)) {}
Report::Report(Report&&) noexcept = default;
Report& Report::operator=(Report&&) noexcept = default;
Report::~Report() = default;

std::string Report::json() const { return tree_->tree.dump(2) + "\n"; }
std::string Report::text() const { return tree_->render(tree_->tree); }

std::string engine_version() { return TRAINCOST_VERSION; }
std::string data_version() {
  return data_day() + "." + std::string(embedded_hwdb_files_version().digest.substr(0, 6)) +
         std::string(embedded_model_files_version().digest.substr(0, 6));
}
std::string data_day() { return std::string(embedded_hwdb_files_version().day); }

std::optional<std::string> Report::in(const std::string& format) const {
  if (format == "text") return text();
  if (format == "json") return json();
  if (format == "csv" && tree_->table != nullptr) return csv_table(tree_->tree[tree_->table]);
  for (const ReportFormat& each : tree_->others) {
    if (format == each.name) return each.write(tree_->tree);
  }
  return std::nullopt;
}

std::vector<std::string> Report::formats() const {
  std::vector<std::string> names = {"text", "json"};
  if (tree_->table != nullptr) names.emplace_back("csv");
  for (const ReportFormat& each : tree_->others) names.emplace_back(each.name);
  return names;
}

Report make_report(Tree tree, std::string (*render)(const Tree&), const char* table,
                   std::vector<ReportFormat> others) {
  return Report(std::make_unique<const ReportTree>(
      ReportTree{std::move(tree), render, table, std::move(others)}));
}

Tree report_head(const std::string& question) {
  Tree tree;
  tree["schema"] = "traincost.report/1";
  tree["engine_version"] = engine_version();
  tree["data_version"] = data_version();
  tree["question"] = question;
  return tree;
}

void add_sources(Tree& list, const Record& record) {
  for (const Source& source : record.sources) {
    Tree entry;
    entry["id"] = record.id + "/" + source.key;
    entry["kind"] = source_kind_name(source.kind);
    entry["title"] = source.title;
    entry["where"] = source.where;
    entry["retrieved"] = source.retrieved;
    list.push_back(std::move(entry));
  }
}

void close_report(Tree& tree) {
  for (const char* key : {"rows", "assumptions", "sources", "warnings"}) {
    if (!tree.contains(key)) tree[key] = Tree::array();
  }
}

}  // namespace traincost
