#include "reports/report.h"

#include <algorithm>
#include <new>

#include "base/json.h"
#include "estimator/model/embedded.h"
#include "reports/csv.h"
#include "reports/key_figures.h"
#include "reports/page.h"
#include "reports/report_tree.h"
#include "reports/safe_text.h"

namespace traincost {
namespace {

using Formats = std::span<const ReportFormat>;

constexpr const char* kReportSchema = "traincost.report/1";

constexpr const ReportForms* kAllForms[] = {
    &kDifferenceForms,      &kCheckForms,        &kClaimForms,        &kCompareForms,
    &kEstimateForms,        &kExplainForms,      &kExportForms,       &kFitForms,
    &kExportableForms,      &kHardwareShowForms, &kHardwareListForms, &kKernelsForms,
    &kHardwareCompareForms, &kModelsForms,       &kOptimalForms,      &kPricesForms,
    &kParametersForms,      &kSearchForms,       &kSizeForms,         &kValidateForms,
};

std::string json_of(const Tree& tree) { return tree.dump(2) + "\n"; }

constexpr ReportFormat kCommonFormats[] = {{"json", json_of},
                                           {"markdown", report_markdown},
                                           {"html", report_page},
                                           {"fragment", report_fragment},
                                           {"svg", report_picture}};

std::optional<std::string> written(const Tree& tree, const ReportForms& forms,
                                   const std::string& format) {
  if (format == "text") return visible(forms.text(tree));
  if (format == "csv") return csv_table(tree[forms.table]);
  if (format == "ndjson") return json_lines(tree[forms.table]);
  for (const Formats list : {forms.own, Formats(kCommonFormats)}) {
    for (const ReportFormat& each : list) {
      if (format == each.name) return each.write(tree);
    }
  }
  return std::nullopt;
}

}  // namespace

const ReportForms* forms_of(const std::string& question) {
  const auto found = std::find_if(std::begin(kAllForms), std::end(kAllForms),
                                  [&](const auto* each) { return each->question == question; });
  return found == std::end(kAllForms) ? nullptr : *found;
}

Report::Report(std::unique_ptr<const ReportTree> tree) : tree_(std::move(tree)) {}
Report::Report(Report&&) noexcept = default;
Report& Report::operator=(Report&&) noexcept = default;
Report::~Report() = default;

std::string Report::json() const { return json_of(tree_->tree); }
std::string Report::question() const { return tree_->forms->question; }
std::string Report::text() const { return *in("text"); }

std::string engine_version() { return TRAINCOST_VERSION; }
std::string data_version() {
  return data_day() + "." + std::string(embedded_hwdb_files_version().digest.substr(0, 6)) +
         std::string(embedded_model_files_version().digest.substr(0, 6));
}
std::string data_day() { return std::string(embedded_hwdb_files_version().day); }

namespace {

// What this program made has all that it tells; what it read may have anything.
template <class Tell>
auto told(const ReportTree& report, const Tell& tell) {
  try {
    return tell();
  } catch (const InputError& error) {
    std::vector<Fault> faults = error.faults();
    for (Fault& each : faults) each.file = report.file;
    throw InputError(std::move(faults));
  } catch (const std::exception& error) {
    if (report.file.empty() || dynamic_cast<const std::bad_alloc*>(&error) != nullptr) throw;
    const bool missing = dynamic_cast<const std::logic_error*>(&error) != nullptr;
    throw InputError(Fault{report.file, 0, "",
                           "lacks what a report of \"" + std::string(report.forms->question) +
                               "\" has, or has it in another kind",
                           missing ? "a member is missing" : "a member is of another kind"});
  }
}

}  // namespace

std::optional<std::string> Report::in(const std::string& format) const {
  return told(*tree_, [&] {
    return written(tree_->tree, *tree_->forms, format == "md" ? "markdown" : format);
  });
}

std::vector<KeyFigure> Report::key_figures() const {
  return told(*tree_, [&] { return key_figures_of(tree_->tree); });
}

std::vector<std::string> Report::formats() const {
  std::vector<std::string> names = {"text", "csv", "ndjson"};
  for (const Formats list : {Formats(kCommonFormats), tree_->forms->own}) {
    for (const ReportFormat& each : list) {
      if (std::find(names.begin(), names.end(), each.name) == names.end()) {
        names.emplace_back(each.name);
      }
    }
  }
  return names;
}

Report make_report(Tree tree) {
  const ReportForms* forms = forms_of(tree["question"].get<std::string>());
  return Report(std::make_unique<const ReportTree>(ReportTree{std::move(tree), forms}));
}

Report read_report(const std::string& text, const std::string& file) {
  static_cast<void>(parse_json(text, file));  // its faults have lines
  Tree tree = Tree::parse(text);
  const auto member = [&](const char* key) {
    const bool has = tree.is_object() && tree.contains(key) && tree[key].is_string();
    return has ? tree[key].get<std::string>() : std::string();
  };
  if (member("schema") != kReportSchema) {
    throw InputError(Fault{file, 0, "/schema", "this is no saved report",
                           "a report's schema is \"" + std::string(kReportSchema) +
                               "\": `traincost ... --format json` writes one"});
  }
  if (forms_of(member("question")) == nullptr) {
    throw InputError(Fault{file, 0, "/question",
                           "no question is called \"" + member("question") + "\"",
                           "reports of " + engine_version() + " and before can be read"});
  }
  Faults faults;
  const auto expect = [&](const char* key, bool is) {
    if (!is) faults.add(Fault{file, 0, std::string("/") + key, "a report has this member", ""});
  };
  for (const char* key : {"engine_version", "data_version"}) expect(key, !member(key).empty());
  for (const char* key : {"inputs", "result"})
    expect(key, tree.contains(key) && tree[key].is_object());
  for (const char* key : {"rows", "assumptions", "sources", "warnings"}) {
    expect(key, tree.contains(key) && tree[key].is_array());
  }
  faults.throw_if_any();
  const ReportForms* forms = forms_of(member("question"));
  return Report(std::make_unique<const ReportTree>(ReportTree{std::move(tree), forms, file}));
}

Tree report_head(const std::string& question) {
  Tree tree;
  tree["schema"] = kReportSchema;
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
