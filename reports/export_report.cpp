#include <algorithm>

#include "base/units.h"
#include "reports/format.h"
#include "reports/forms.h"
#include "reports/report_tree.h"

namespace traincost {
namespace {

using namespace unit;

Tree measures_tree(const ExportMeasures& m) {
  Tree t;
  t["tpp"] = m.tpp;
  t["tpp_precision"] = m.precision;
  t["die_area_mm2"] = m.die_area ? Tree(m.die_area->in(mm2)) : Tree(nullptr);
  t["die_area_is_upper_bound"] = m.area_is_upper_bound;
  const auto density = m.density();
  t["performance_density"] = density ? Tree(*density) : Tree(nullptr);
  t["io_gb_per_s"] = m.io ? Tree(m.io->in(GB_per_s)) : Tree(nullptr);
  t["memory_gb_per_s"] = m.memory.in(GB_per_s);
  t["datacenter"] = m.datacenter;
  return t;
}

std::string or_dash(const Tree& value, int digits) {
  return value.is_null() ? "-" : significant(value.get<double>(), digits);
}

std::string measures_text(const Tree& m) {
  std::string area = "die area unknown";
  if (!m["die_area_mm2"].is_null()) {
    const bool bound = m["die_area_is_upper_bound"].get<bool>();
    area = std::string("density ") + (bound ? "over " : "") +
           significant(m["performance_density"].get<double>(), 3) + " on " +
           (bound ? "at most " : "") + rounded(m["die_area_mm2"].get<double>()) + " mm2";
  }
  std::string text = "TPP " + rounded(m["tpp"].get<double>()) + " (" +
                     m["tpp_precision"].get<std::string>() + "), " + area + ", memory " +
                     rounded(m["memory_gb_per_s"].get<double>()) + " GB/s, ";
  text += m["io_gb_per_s"].is_null()
              ? "I/O unknown"
              : "I/O " + rounded(m["io_gb_per_s"].get<double>()) + " GB/s in both directions";
  return text + (m["datacenter"].get<bool>() ? "" : ", not for data centres");
}

std::string render_export(const Tree& tree) {
  const Tree& result = tree["result"];
  std::string text = result["name"].get<std::string>() + " on " +
                     tree["inputs"]["as_of"].get<std::string>() + ": " +
                     result["status"].get<std::string>() + "\n  " +
                     measures_text(result["measures"]) + "\n\n";
  Table table({true, true, true, true});
  table.row({"rule", "in force", "class", "why"});
  for (const Tree& row : tree["rows"]) {
    const std::string until = row["until"].is_null() ? "" : row["until"].get<std::string>();
    std::string named = row["class"].is_null() ? "none" : row["class"].get<std::string>();
    if (!row["determined"].get<bool>()) named = "undetermined";
    table.row({row["rule"].get<std::string>(),
               row["effective"].get<std::string>() + " to " + until +
                   (row["in_force"].get<bool>() ? " *" : ""),
               named, row["why"].get<std::string>()});
  }
  text += table.text("  ") + "\n  * in force on that day; `traincost hw show RULE` gives sources\n";
  return text + "  Not modelled: countries, end users, and whose rules bind the maker of a chip.\n";
}

std::string render_exportable(const Tree& tree) {
  Table table({true, true, false, false, false, false, true});
  table.row({"accelerator", "status", "TPP", "density", "memory GB/s", "I/O GB/s", "why"});
  constexpr std::size_t kWhy = 70;
  for (const Tree& row : tree["rows"]) {
    const auto text = [&](const char* key) { return row[key].get<std::string>(); };
    std::string why = text("status") == "no licence" ? "" : text("why");
    if (why.size() > kWhy) why = why.substr(0, why.rfind(' ', kWhy)) + " ...";
    table.row(
        {text("accelerator"), text("status"), rounded(row["tpp"].get<double>()),
         or_dash(row["performance_density"], 3), rounded(row["memory_gb_per_s"].get<double>()),
         row["io_gb_per_s"].is_null() ? "-" : rounded(row["io_gb_per_s"].get<double>()), why});
  }
  const Tree& result = tree["result"];
  return "On the market on " + tree["inputs"]["as_of"].get<std::string>() + ": " +
         std::to_string(result["free"].get<int>()) + " need no licence, " +
         std::to_string(result["case_by_case"].get<int>()) + " are licensed case by case, " +
         std::to_string(result["undetermined"].get<int>()) + " cannot be told, " +
         std::to_string(result["licence"].get<int>()) + " need one\n\n" + table.text("  ") +
         "\n  `traincost hw show ID --export --as-of DAY` gives each rule's reason. Not modelled:"
         "\n  countries, end users, and whose rules bind the maker of a chip.\n";
}

// The reasons of the rules that decide the status.
std::string deciding(const ExportAnswer& answer) {
  std::string text;
  for (const ExportAnswer::Under& under : answer.rules) {
    const bool says = !under.found.name.empty() || !under.found.determined;
    if (!says && answer.status != ExportStatus::kFree) continue;
    const std::string named = under.found.name.empty() ? "" : under.found.name + ": ";
    text += (text.empty() ? "" : "; ") + named + under.found.why;
  }
  return text;
}

}  // namespace

const ReportForms kExportForms{"hw-export", render_export};
const ReportForms kExportableForms{"hw-exportable", render_exportable};

Report export_report(const HardwareDb& db, const Accelerator& accelerator, const std::string& day) {
  Tree tree = report_head("hw-export");
  tree["inputs"] = {{"id", accelerator.record.id}, {"as_of", day}};
  const ExportMeasures measures = export_measures(accelerator);
  std::vector<ExportRule> rules = db.export_rules();
  std::sort(rules.begin(), rules.end(),
            [](const ExportRule& a, const ExportRule& b) { return a.effective < b.effective; });
  tree["result"] = {{"name", accelerator.record.name},
                    {"status", export_status_name(export_answer(rules, measures, day).status)},
                    {"measures", measures_tree(measures)}};
  tree["rows"] = Tree::array();
  tree["sources"] = Tree::array();
  for (const ExportRule& rule : rules) {
    const ExportClass found = export_class(rule, measures);
    Tree row;
    row["id"] = accelerator.record.id + ":" + rule.record.id;
    row["question"] = "hw-export";
    row["accelerator"] = accelerator.record.id;
    row["rule"] = rule.record.id;
    row["effect"] = rule.effect == ExportEffect::kLicence ? "licence" : "case-by-case";
    row["effective"] = rule.effective;
    row["until"] = rule.until.empty() ? Tree(nullptr) : Tree(rule.until);
    row["in_force"] = rule.in_force(day);
    row["class"] = found.name.empty() ? Tree(nullptr) : Tree(found.name);
    row["determined"] = found.determined;
    row["why"] = found.why;
    tree["rows"].push_back(std::move(row));
    add_sources(tree["sources"], rule.record);
  }
  add_sources(tree["sources"], accelerator.record);
  close_report(tree);
  return make_report(std::move(tree));
}

Report exportable_report(const HardwareDb& db, const std::string& day) {
  Tree tree = report_head("hw-exportable");
  tree["inputs"] = {{"as_of", day}};
  const std::vector<ExportRule> rules = db.export_rules();
  tree["rows"] = Tree::array();
  struct Shown {
    ExportStatus status;
    double tpp;
    Tree row;
  };
  std::vector<Shown> shown;
  int count[4] = {};
  for (const Accelerator& each : db.accelerators()) {
    const Field* launch = each.record.field("launch");
    if (launch != nullptr && launch->text > day) continue;
    const ExportMeasures measures = export_measures(each);
    const ExportAnswer answer = export_answer(rules, measures, day);
    ++count[static_cast<int>(answer.status)];
    if (answer.status == ExportStatus::kLicence) continue;
    Tree row;
    row["id"] = each.record.id;
    row["question"] = "hw-exportable";
    row["accelerator"] = each.record.id;
    row["status"] = export_status_name(answer.status);
    const Tree figures = measures_tree(measures);
    for (const auto& [key, value] : figures.items()) row[key] = value;
    row["why"] = deciding(answer);
    shown.push_back({answer.status, measures.tpp, std::move(row)});
  }
  std::stable_sort(shown.begin(), shown.end(), [](const Shown& a, const Shown& b) {
    if (a.status != b.status) return a.status < b.status;
    return a.tpp > b.tpp;
  });
  for (Shown& each : shown) tree["rows"].push_back(std::move(each.row));
  const auto counted = [&](ExportStatus status) { return count[static_cast<int>(status)]; };
  tree["result"] = {{"free", counted(ExportStatus::kFree)},
                    {"case_by_case", counted(ExportStatus::kCaseByCase)},
                    {"undetermined", counted(ExportStatus::kUndetermined)},
                    {"licence", counted(ExportStatus::kLicence)}};
  tree["sources"] = Tree::array();
  for (const ExportRule& rule : rules) add_sources(tree["sources"], rule.record);
  close_report(tree);
  return make_report(std::move(tree));
}

}  // namespace traincost
