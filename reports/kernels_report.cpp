#include "reports/kernels_report.h"
#include "reports/forms.h"

#include <cmath>
#include <map>

#include "base/median.h"
#include "base/units.h"
#include "reports/format.h"
#include "reports/report_tree.h"

namespace traincost {
namespace {

using namespace unit;

const std::vector<std::string> kHeader = {"operation", "accelerator", "rows of", "n",
                                          "median",    "mean",        "bias"};

std::vector<std::string> group_row(const Tree& g) {
  const bool apart = g["apart"].get<bool>();
  return {g["operation"].get<std::string>(),
          g["accelerator"].get<std::string>() + (apart ? " (apart)" : ""),
          g["variant"].get<std::string>(),
          rounded(g["n"].get<double>()),
          percent(g["median_ape"].get<double>()),
          percent(g["mape"].get<double>()),
          percent(g["bias"].get<double>())};
}

// One operation over all its groups.
struct Summary {
  int groups = 0;
  double rows = 0;
  std::vector<double> medians;
  const Tree* worst = nullptr;
};

std::string summary_text(const Tree& tree) {
  std::map<std::string, Summary> operations;
  for (const Tree& group : tree["groups"]) {
    if (group["apart"].get<bool>()) continue;
    Summary& s = operations[group["operation"].get<std::string>()];
    ++s.groups;
    s.rows += group["n"].get<double>();
    const double error = group["median_ape"].get<double>();
    s.medians.push_back(error);
    if (s.worst == nullptr || error > (*s.worst)["median_ape"].get<double>()) s.worst = &group;
  }
  Table table({true, false, false, false, true, false});
  table.row({"operation", "groups", "rows", "typical", "worst group", "its median"});
  for (auto& [operation, s] : operations) {
    table.row({operation, rounded(s.groups), rounded(s.rows), percent(median(s.medians)),
               (*s.worst)["accelerator"].get<std::string>() + ", " +
                   (*s.worst)["variant"].get<std::string>(),
               percent((*s.worst)["median_ape"].get<double>())});
  }
  return table.text("  ");
}

std::string render(const Tree& tree) {
  std::string text = "Kernels and collectives, predicted against measured time\n\n";
  constexpr std::size_t kFewGroups = 16;
  if (tree["groups"].size() <= kFewGroups) {
    Table table({true, true, true});
    table.row(kHeader);
    for (const Tree& group : tree["groups"]) table.row(group_row(group));
    text += table.text("  ");
  } else {
    text += summary_text(tree);
    double apart = 0;
    for (const Tree& group : tree["groups"]) {
      if (group["apart"].get<bool>()) apart += group["n"].get<double>();
    }
    if (apart > 0) {
      text += "\n  " + rounded(apart) + " rows of machines that their sources doubt are apart\n";
    }
    text +=
        "\n  typical is the median over the groups of a group's median absolute error; every\n"
        "  group: --format csv or markdown\n";
  }
  double left = 0;
  for (const Tree& each : tree["uncompared"]) left += each["n"].get<double>();
  if (left > 0)
    text += "\n  " + rounded(left) + " rows left out; --format json gives each reason\n";
  return text;
}

std::string render_markdown(const Tree& tree) {
  std::string text =
      "# Kernels and collectives\n\n"
      "Written by `./dev learn`, which runs `traincost bench compare hwdb/data/measurements`; do\n"
      "not edit. Errors are of the time, predicted over measured less one. The curves were fitted\n"
      "on these rows (`traincost calibrate`), so this is how well few numbers describe many, not\n"
      "how well the unseen is met. Rows marked apart come from machines that their sources doubt;\n"
      "nothing was fitted on them.\n\n"
      "| operation | accelerator | rows of | n | median | mean | bias |\n"
      "|---|---|---|---:|---:|---:|---:|\n";
  for (const Tree& group : tree["groups"]) {
    text += "|";
    for (const std::string& cell : group_row(group)) text += " " + cell + " |";
    text += "\n";
  }
  if (!tree["uncompared"].empty()) text += "\nLeft out:\n\n";
  for (const Tree& each : tree["uncompared"]) {
    text += "- " + rounded(each["n"].get<double>()) + " rows of " +
            each["accelerator"].get<std::string>() + ": " + each["reason"].get<std::string>() +
            "\n";
  }
  return text;
}

double rounded_to(double value, double scale) { return std::round(value * scale) / scale; }

Tree gap_tree(Seconds gap) {
  return {{"value", rounded_to(gap.in(microsecond), 10)}, {"unit", "us"}};
}

Tree gemm_tree(const GemmCurve& curve) {
  Tree t;
  t["peak_fraction"] = rounded_to(curve.peak_fraction, 1000);
  t["half_depth"] = rounded_to(curve.half_depth, 1);
  t["gap"] = gap_tree(curve.gap);
  t["bytes_fraction"] = rounded_to(curve.bytes_fraction, 1000);
  if (curve.sustained_fraction < 1) {
    t["sustained_fraction"] = rounded_to(curve.sustained_fraction, 1000);
  }
  if (curve.sustained_fraction < 1 && curve.power_response != GemmCurve::kPowerResponse) {
    t["power_response"] = {{"value", rounded_to(curve.power_response.in(millisecond), 100)},
                           {"unit", "ms"}};
  }
  if (curve.cast_passes > 0) t["cast_passes"] = rounded_to(curve.cast_passes, 100);
  if (curve.cache_gain > 1) t["cache_gain"] = rounded_to(curve.cache_gain, 100);
  t["median_error"] = rounded_to(curve.median_error, 1000);
  t["rows"] = curve.rows;
  t["source"] = "measurements";
  return t;
}

Tree pass_tree(const AttentionCurve& curve) {
  return {{"peak_fraction", rounded_to(curve.peak_fraction, 1000)},
          {"half_keys", rounded_to(curve.half_keys, 1)}};
}

Tree attention_tree(const AttentionCurves& curves) {
  Tree t;
  t["forward"] = pass_tree(curves.forward);
  t["backward"] = pass_tree(curves.backward);
  t["head_exponent"] = rounded_to(curves.head_exponent, 1000);
  t["gap"] = gap_tree(curves.gap);
  t["median_error"] = rounded_to(curves.median_error, 1000);
  t["rows"] = curves.rows;
  t["source"] = "measurements";
  return t;
}

}  // namespace

namespace {
constexpr ReportFormat kKernelsPage[] = {{"markdown", render_markdown}};
}  // namespace
const ReportForms kKernelsForms{"bench compare", render, "groups", kKernelsPage};

Report comparison_report(const Comparison& comparison) {
  Tree tree = report_head("bench compare");
  tree["inputs"] = Tree::object();
  tree["result"] = {{"rows", comparison.rows}, {"groups", comparison.groups.size()}};
  tree["groups"] = Tree::array();
  tree["rows"] = Tree::array();
  for (const KernelErrors& each : comparison.groups) {
    Tree t;
    t["operation"] = each.operation;
    t["accelerator"] = each.accelerator;
    t["variant"] = each.variant;
    t["apart"] = each.apart;
    t["n"] = each.n;
    t["median_ape"] = each.median_ape;
    t["mape"] = each.mape;
    t["bias"] = each.bias;
    tree["groups"].push_back(t);
    Tree row;
    row["id"] =
        each.operation + "/" + each.accelerator + "/" + each.variant + (each.apart ? "/apart" : "");
    row["question"] = "bench compare";
    row.update(t);
    tree["rows"].push_back(std::move(row));
  }
  tree["uncompared"] = Tree::array();
  for (const UncomparedRows& each : comparison.uncompared) {
    tree["uncompared"].push_back(
        {{"accelerator", each.accelerator}, {"reason", each.reason}, {"n", each.n}});
  }
  close_report(tree);
  return make_report(std::move(tree));
}

std::string kernels_record(const FittedKernels& kernels) {
  Tree t;
  t["schema"] = "traincost.accelerator/1";
  t["id"] = kernels.accelerator;
  t["sources"]["measurements"] = {{"kind", "measured"},
                                  {"title", "Fitted on measured rows by `traincost calibrate`"},
                                  {"where", "hwdb/data/measurements"},
                                  {"retrieved", data_day()}};
  for (const auto& [precision, curve] : kernels.gemm) {
    t["kernels"]["gemm"][precision] = gemm_tree(curve);
  }
  for (const auto& [kernel, curves] : kernels.attention) {
    t["kernels"]["attention"][kernel] = attention_tree(curves);
  }
  return t.dump(2) + "\n";
}

}  // namespace traincost
