#include <algorithm>
#include <cmath>
#include <vector>

#include "base/units.h"
#include "reports/format.h"
#include "reports/report_tree.h"

namespace traincost {
namespace {

using namespace unit;

Tree statistics_tree(const ErrorStatistics& s, const std::string& name) {
  Tree t;
  t["family"] = name;
  t["n"] = s.n;
  t["mape"] = s.mape;
  t["median_ape"] = s.median_ape;
  t["bias"] = s.bias;
  t["max_ape"] = s.max_ape;
  return t;
}

std::string largest_term(const StepEstimate& step) {
  const auto largest =
      std::max_element(step.terms.begin(), step.terms.end(),
                       [](const StepTerm& a, const StepTerm& b) { return a.time < b.time; });
  return largest == step.terms.end() ? "" : std::string(cause_name(largest->cause));
}

Tree case_tree(const ValidatedCase& each) {
  Tree t;
  t["id"] = each.id;
  t["family"] = each.family;
  t["measured"] = each.measured.in(second);
  t["predicted"] = each.predicted.in(second);
  t["unit"] = "s";
  t["error"] = each.error;
  t["largest_term"] = largest_term(each.step);
  t["memory_error"] = each.memory_error ? Tree(*each.memory_error) : Tree(nullptr);
  t["regression"] = each.regression;
  std::string said;
  for (const Assumption& a : each.assumptions) {
    if (a.what == "/run/recompute") said += a.what + " = " + a.value + " (" + a.why + ")";
  }
  t["assumed"] = said;
  t["step_terms"] = Tree::array();
  for (const StepTerm& term : each.step.terms) {
    t["step_terms"].push_back(
        {{"name", cause_name(term.cause)}, {"time_s", term.time.in(second)}});
  }
  return t;
}

std::vector<std::string> statistics_row(const Tree& s) {
  const auto share = [&](const char* key) { return percent(s[key].get<double>()); };
  return {s["family"].get<std::string>(),
          whole(s["n"].get<double>()),
          share("mape"),
          share("median_ape"),
          share("bias"),
          share("max_ape")};
}

std::string render_validation(const Tree& tree) {
  Table table;
  table.row({"family", "n", "mean", "median", "bias", "worst"});
  for (const Tree& family : tree["families"]) table.row(statistics_row(family));
  table.row(statistics_row(tree["all"]));
  std::string text = "Predicted against measured step time, absolute errors and signed bias\n\n" +
                     table.text("  ");
  text += "\n  mean over families of " + std::to_string(kSmallestFamily) +
          " or more: " + percent(tree["mean_family_mape"].get<double>()) + "\n";

  std::vector<const Tree*> worst;
  for (const Tree& each : tree["cases"]) {
    if (!each["regression"].get<bool>()) worst.push_back(&each);
  }
  std::sort(worst.begin(), worst.end(), [](const Tree* a, const Tree* b) {
    return std::abs((*a)["error"].get<double>()) > std::abs((*b)["error"].get<double>());
  });
  constexpr std::size_t kShown = 5;
  worst.resize(std::min(worst.size(), kShown));
  if (!worst.empty()) {
    Table cases({true, false, false, false, true});
    cases.row({"worst cases", "measured", "predicted", "error", "largest term"});
    for (const Tree* each : worst) {
      cases.row({(*each)["id"].get<std::string>(), duration((*each)["measured"].get<double>()),
                 duration((*each)["predicted"].get<double>()),
                 percent((*each)["error"].get<double>()),
                 (*each)["largest_term"].get<std::string>()});
    }
    text += "\n" + cases.text("  ");
  }
  if (!tree["unscored"].empty()) {
    text += "\n  " + std::to_string(tree["unscored"].size()) +
            " rows could not be scored; --format json gives each reason\n";
  }
  return text;
}

}  // namespace

std::string engine_record(const EngineParameters& parameters) {
  Tree t;
  t["schema"] = "traincost.engine/1";
  t["id"] = "default";
  t["name"] = "Parameters fitted on published runs";
  t["sources"]["fitted"] = {{"kind", "measured"},
                            {"title", "Fitted on published runs by `traincost validate --learn`"},
                            {"where", "tests/published; docs/accuracy.md"},
                            {"retrieved", data_version()}};
  for (const EngineParameter& each : engine_parameters()) {
    const double rounded = std::round(parameters.*each.member * 1000) / 1000;
    t[std::string(each.name)] = {
        {"value", rounded}, {"source", "fitted"}, {"note", std::string(each.meaning)}};
  }
  return t.dump(2) + "\n";
}

Report validation_report(const Validation& validation) {
  Tree tree = report_head("validate");
  tree["inputs"] = Tree::object();
  tree["families"] = Tree::array();
  for (const ErrorStatistics& family : validation.families) {
    tree["families"].push_back(statistics_tree(family, family.family));
  }
  tree["all"] = statistics_tree(validation.all, "all");
  tree["mean_family_mape"] = validation.mean_family_mape;
  tree["cases"] = Tree::array();
  for (const ValidatedCase& each : validation.cases) tree["cases"].push_back(case_tree(each));
  tree["unscored"] = Tree::array();
  for (const UnscoredRun& run : validation.unscored) {
    tree["unscored"].push_back({{"id", run.id}, {"family", run.family}, {"reason", run.reason}});
  }
  tree["rows"] = tree["families"];
  tree["rows"].push_back(tree["all"]);
  for (Tree& row : tree["rows"]) {
    Tree flat;
    flat["id"] = row["family"];
    flat["question"] = "validate";
    flat.update(row);
    row = std::move(flat);
  }
  close_report(tree);
  return make_report(std::move(tree), render_validation, "cases");
}

}  // namespace traincost
