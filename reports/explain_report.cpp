#include <algorithm>
#include <cmath>

#include "reports/cluster_tree.h"
#include "reports/format.h"
#include "reports/forms.h"
#include "reports/job_tree.h"
#include "reports/layout_tree.h"
#include "reports/report_tree.h"

namespace traincost {
namespace {

Tree factor_tree(const ExplainedFigure& factor) {
  Tree t;
  t["path"] = factor.path;
  t["name"] = factor.name;
  t["value"] = factor.value;
  t["unit"] = factor.unit;
  t["rule"] = factor.rule.empty() ? Tree(nullptr) : Tree(factor.rule);
  t["formula"] = factor.formula == nullptr ? Tree(nullptr) : Tree(factor.formula->id);
  t["origin"] = factor.origin.empty() ? Tree(nullptr) : Tree(factor.origin);
  t["source"] = factor.source.empty() ? Tree(nullptr) : Tree(factor.source);
  t["sensitivity"] = factor.sensitivity ? Tree(*factor.sensitivity) : Tree(nullptr);
  t["parts"] = Tree::array();
  for (const ExplainedFigure& each : factor.parts) t["parts"].push_back(factor_tree(each));
  return t;
}

// "250 GFLOP", "989 TFLOP/s".
std::string with_prefix(double value, const std::string& unit) {
  constexpr std::pair<double, const char*> kPrefixes[] = {
      {1e15, "P"}, {1e12, "T"}, {1e9, "G"}, {1e6, "M"}};
  for (const auto& [size, prefix] : kPrefixes) {
    if (value >= size) return significant(value / size, 4) + " " + prefix + unit;
  }
  return significant(value, 4) + " " + unit;
}

std::string figure_text(const Tree& factor) {
  const double value = factor["value"].get<double>();
  const std::string unit = factor["unit"].get<std::string>();
  if (unit == "USD") return dollars(value);
  if (unit == "USD/GPU-h" || unit == "USD/GPU") return dollars(value) + unit.substr(3);
  if (unit == "share") return percent(value);
  if (unit == "tokens") return magnitude_text(value);
  if (unit == "s") return duration(value);
  if (unit == "d") return days_text(value);
  if (unit == "1") return significant(value);
  if (unit == "FLOP/token" || unit == "FLOP/s") return with_prefix(value, unit);
  return amount(value) + " " + unit;
}

// A line of the tree. Of phases the one that matters most is shown in full, and the largest causes
// of its step; all of it where a path asks for it.
void add_figure(const Tree& factor, int depth, bool whole, Table& table) {
  constexpr std::size_t kCauses = 4;
  std::string says;
  for (const char* key : {"rule", "origin", "source"}) {
    if (factor[key].is_null()) continue;
    says += (says.empty() ? "" : ": ") + factor[key].get<std::string>();
  }
  constexpr std::size_t kWidest = 40;
  if (!whole && display_width(says) > kWidest) {
    std::size_t cut = says.rfind(' ', kWidest - 3);
    if (cut == std::string::npos) cut = kWidest - 3;
    says = says.substr(0, cut) + " ...";
  }
  const Tree& sensitivity = factor["sensitivity"];
  std::string moved;
  if (!sensitivity.is_null()) {
    const double by = sensitivity.get<double>();
    moved = (by < 0 ? "-" : "+") + significant(std::abs(by), 2) + "%";
    if (std::abs(by) < 0.001) moved = "0%";
  }
  const auto indent = static_cast<std::size_t>(2 * depth);
  table.row({std::string(indent, ' ') + factor["name"].get<std::string>(), figure_text(factor),
             moved, says});
  const Tree& parts = factor["parts"];
  const Tree* largest = nullptr;
  for (const Tree& each : parts) {
    const bool phase = each["path"].get<std::string>().ends_with(".accelerator_hours");
    if (phase && (largest == nullptr || each["value"] > (*largest)["value"])) largest = &each;
  }
  std::size_t shown = 0;
  for (const Tree& each : parts) {
    const std::string path = each["path"].get<std::string>();
    const bool cause = path.find(".step_terms.") != std::string::npos;
    if (!whole && cause && ++shown > kCauses) break;
    if (!whole && largest != nullptr && path.ends_with(".accelerator_hours") && &each != largest) {
      Tree line = each;
      line["parts"] = Tree::array();
      add_figure(line, depth + 1, whole, table);
      continue;
    }
    add_figure(each, depth + 1, whole, table);
  }
}

std::string render_explanation(const Tree& tree) {
  const Tree& result = tree["result"];
  const Tree& inputs = tree["inputs"];
  std::string text = inputs["name"].get<std::string>() + " on " +
                     rounded(inputs["accelerators"].get<double>()) + " x " +
                     inputs["accelerator_name"].get<std::string>() + "\n\n";
  const bool one = !inputs["path"].is_null();
  Table table({true, false, false, true});
  table.row({"", "", "1% more", ""});
  if (one) {
    add_figure(result["figure"], 0, true, table);
  } else {
    add_figure(result["answers"].front(), 0, false, table);
  }
  text += table.text("  ");
  if (one) return text;
  if (!result["levers"].empty()) {
    std::string levers;
    constexpr double kWorthSaying = 0.0005;
    for (const Tree& each : result["levers"]) {
      const double saved = each["saved"].get<double>();
      if (saved < kWorthSaying) break;
      levers += (levers.empty() ? "10% more " : ", ") + each["name"].get<std::string>() + " " +
                percent(saved);
    }
    if (levers.empty()) levers = "no single property of the hardware";
    text += "\n  binds     " +
            wrapped(levers + " less of the step of " + result["phase"].get<std::string>(),
                    "            ") +
            "\n";
  }
  std::string advice;
  for (const Tree& each : result["next"]) {
    const double gain = each["gain"].get<double>();
    constexpr double kWorthSaying = 0.005;
    if (gain < kWorthSaying) break;
    advice += (advice.empty() ? "" : ", ") + each["change"].get<std::string>() + " " +
              percent(gain) + " faster";
  }
  if (!advice.empty()) text += "  try       " + wrapped(advice, "            ") + "\n";
  return text + "  `traincost explain JOB PATH` shows one figure in full, such as " +
         result["answers"].front()["parts"].front()["path"].get<std::string>() + "\n";
}

}  // namespace

const ReportForms kExplainForms{"explain", render_explanation};

Report explain_report(const Job& job, const Explanation& explanation,
                      const std::vector<Advice>& advice, const std::string& path) {
  Tree tree = report_head("explain");
  tree["inputs"] = job_inputs_tree(job);
  tree["inputs"]["path"] = path.empty() ? Tree(nullptr) : Tree(path);
  Tree result;
  const ExplainedFigure* one = path.empty() ? nullptr : find_figure(explanation, path);
  result["figure"] = one == nullptr ? Tree(nullptr) : factor_tree(*one);
  result["answers"] = Tree::array();
  for (const ExplainedFigure& each : explanation.answers)
    result["answers"].push_back(factor_tree(each));
  result["phase"] = explanation.phase.empty() ? Tree(nullptr) : Tree(explanation.phase);
  result["levers"] = Tree::array();
  for (const Lever& each : explanation.levers) {
    result["levers"].push_back({{"name", each.name}, {"saved", each.saved}});
  }
  result["next"] = Tree::array();
  for (const Advice& each : advice) result["next"].push_back(advice_tree(each));
  tree["result"] = std::move(result);
  tree["rows"] = Tree::array();
  for (const std::string& each : figure_paths(explanation)) {
    const ExplainedFigure& factor = *find_figure(explanation, each);
    Tree row = factor_tree(factor);
    row.erase("parts");
    row.erase("path");
    Tree with_id = {{"id", each}, {"question", "explain"}};
    with_id.update(row);
    tree["rows"].push_back(std::move(with_id));
  }
  std::vector<const StepSetup*> steps;
  for (const Phase& phase : job.phases) {
    if (phase.setup) steps.push_back(&*phase.setup);
  }
  add_job_basis(tree, job, steps);
  return make_report(std::move(tree));
}

}  // namespace traincost
