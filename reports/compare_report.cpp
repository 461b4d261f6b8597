#include "base/units.h"
#include "reports/cluster_tree.h"
#include "reports/format.h"
#include "reports/forms.h"
#include "reports/layout_tree.h"
#include "reports/report_tree.h"

namespace traincost {
namespace {

// "tp8 pp16 ep4 dp128 z3": degrees alone.
std::string short_layout(const Tree& t) {
  std::string text;
  for (const char* name : {"tp", "pp", "cp", "ep", "dp"}) {
    const int degree = t[name].get<int>();
    if (degree > 1) text += (text.empty() ? "" : " ") + std::string(name) + std::to_string(degree);
  }
  if (t["zero"].get<int>() > 1) text += " z" + std::to_string(t["zero"].get<int>());
  return text.empty() ? "one" : text;
}

// Published steps on the chip; else whether its kernels were measured.
std::string known_text(const Tree& t) {
  if (t["measured"].is_null()) return "";
  const auto steps = t["steps_of_accelerator"].get<double>();
  const bool kernels = t["measured"].get<bool>();
  if (steps > 0) return rounded(steps) + (steps == 1 ? " step" : " steps");
  return kernels ? "kernels" : "UNMEASURED";
}

std::string render_comparison(const Tree& tree) {
  const Tree& inputs = tree["inputs"];
  std::string text = inputs["model"].get<std::string>() + ", " +
                     magnitude_text(inputs["tokens"].get<double>()) +
                     " tokens: each accelerator at its best layout";
  for (const auto& [name, value] : inputs["limits"].items()) {
    text += ", " + name + " " + value.get<std::string>();
  }
  text += "\n\n";
  Table table({true, false, false, false, false, false, false, true, true});
  table.row(
      {"chip", "count", "days", "GPU-hours", "cost", "MFU bf16", "MWh", "layout", "known by"});
  std::string prices, missed, marks;
  bool unmeasured = false;
  for (const Tree& t : tree["result"]["clusters"]) {
    const std::string chip = t["accelerator"].get<std::string>();
    if (!t["feasible"].get<bool>()) {
      missed += "  " + chip + ": " + t["why_not"].get<std::string>();
      if (!t["wall_days"].is_null()) {
        missed += " (" + rounded(t["accelerators"].get<double>()) + ": " +
                  significant(t["wall_days"].get<double>(), 3) + " days, " +
                  gigabytes(t["memory_required_bytes"].get<double>()) + " each)";
      }
      missed += "\n";
      continue;
    }
    constexpr double kMega = 1000;
    table.row({chip, rounded(t["accelerators"].get<double>()),
               significant(t["wall_days"].get<double>(), 3),
               magnitude_text(t["accelerator_hours"].get<double>()), money(t["cost_usd"]),
               percent(t["mfu"].get<double>()) + (t["above_highest_mfu"].get<bool>() ? "*" : ""),
               significant(t["energy_kwh"].get<double>() / kMega, 3), short_layout(t),
               known_text(t)});
    unmeasured = unmeasured || known_text(t) == "UNMEASURED";
    if (t["above_highest_mfu"].get<bool>()) {
      marks +=
          (marks.empty() ? "" : ", ") + percent(t["highest_mfu"].get<double>()) + " on " + chip;
    }
    const Tree& price = t["price_usd_per_accelerator_hour"];
    prices += "  " + chip + ": 90% of " + significant(t["wall_days_p5"].get<double>(), 3) + " to " +
              significant(t["wall_days_p95"].get<double>(), 3) + " days" +
              (t["cost_usd"].is_null()
                   ? std::string()
                   : ", " + money(t["cost_usd_p5"]) + " to " + money(t["cost_usd_p95"])) +
              "; " +
              (price.is_null() ? "no price is known: it cannot win on cost"
                               : dollars(price.get<double>()) + "/GPU-h, " +
                                     t["price_basis"].get<std::string>()) +
              "\n";
  }
  text += prices.empty() ? "  none meets the limits\n" : table.text("  ") + "\n";
  if (unmeasured) {
    text +=
        "  UNMEASURED: no kernel and no step of the chip is known; its figures are its data "
        "sheet's,\n  at what other chips make of theirs\n";
  }
  if (!marks.empty())
    text += "  * above what any scored run reached: " + wrapped(marks, "    ") + "\n";
  if (!missed.empty()) text += missed;
  text += prices;
  if (!inputs["names_software"].get<bool>()) {
    text += "  the intervals are of runs of unnamed software: --stack NAME narrows them\n";
  }
  return text;
}

}  // namespace

const ReportForms kCompareForms{"compare", render_comparison};

Report comparison_report(const SizeQuestion& question, const SizeAnswer& answer) {
  Tree tree = report_head("compare");
  tree["inputs"]["model"] = answer.model;
  tree["inputs"]["tokens"] = answer.tokens.in(unit::token);
  tree["inputs"]["names_software"] = answer.names_software;
  tree["inputs"]["limits"] = Tree::object();
  for (const auto& [name, value] : question.limits) tree["inputs"]["limits"][name] = value;
  Tree result;
  result["clusters"] = Tree::array();
  Tree rows = Tree::array();
  for (const SizedCluster& each : best_of_each(answer)) {
    result["clusters"].push_back(cluster_tree(each));
    Tree row;
    row["id"] = each.accelerator;
    row["question"] = "compare";
    row["model"] = answer.model;
    for (const auto& [key, value] : result["clusters"].back().items()) row[key] = value;
    rows.push_back(std::move(row));
  }
  result["kept_out"] = Tree::array();
  for (const SizeAnswer::KeptOut& each : answer.kept_out) {
    result["kept_out"].push_back({{"accelerator", each.accelerator}, {"why", each.why}});
  }
  tree["result"] = std::move(result);
  tree["rows"] = std::move(rows);
  add_basis(tree, answer.assumptions, answer.warnings);
  close_report(tree);
  return make_report(std::move(tree));
}

}  // namespace traincost
