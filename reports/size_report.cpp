#include <algorithm>
#include <map>

#include "base/units.h"
#include "reports/cluster_tree.h"
#include "reports/format.h"
#include "reports/forms.h"
#include "reports/layout_tree.h"
#include "reports/report_tree.h"

namespace traincost {
namespace {

using namespace unit;

Tree bought_tree(const Bought& bought) {
  Tree t;
  t["budget_usd"] = bought.budget.in(usd);
  t["cost_usd"] = bought.cost.in(usd);
  t["accelerator"] = bought.accelerator;
  t["accelerators"] = bought.count;
  t["tokens"] = bought.tokens.in(token);
  t["wall_days"] = bought.wall.in(day);
  t["flops_6nd"] = bought.flops;
  t["compute_optimal_parameters"] = bought.optimal.parameters;
  t["compute_optimal_tokens"] = bought.optimal.tokens;
  t["compute_optimal_fit"] = kLossFit;
  return t;
}

// ---- text ----

std::string cluster_line(const Tree& t) {
  return rounded(t["accelerators"].get<double>()) + " x " + t["accelerator"].get<std::string>();
}

std::string limits_line(const Tree& inputs) {
  std::string text;
  for (const auto& [name, value] : inputs["limits"].items()) {
    text += (text.empty() ? "" : ", ") + name + " " + value.get<std::string>();
  }
  return text.empty() ? "no limits" : text;
}

// Counts of one accelerator, thinned to a screen: what is feasible around the answer first.
// Where confidence is asked for days and cost are those that decide.
std::string curve_text(const Tree& curve, const Tree& best, bool confident) {
  std::vector<const Tree*> shown;
  for (const Tree& each : curve) {
    if (each["accelerator"] == best["accelerator"] && !each["wall_days"].is_null()) {
      shown.push_back(&each);
    }
  }
  constexpr std::size_t kRows = 9;
  std::size_t at = 0;
  while (at < shown.size() && (*shown[at])["accelerators"] != best["accelerators"]) ++at;
  std::vector<const Tree*> rows;
  const std::size_t from = at > kRows / 2 ? at - kRows / 2 : 0;
  for (std::size_t i = from; i < shown.size() && rows.size() < kRows; ++i) rows.push_back(shown[i]);
  Table table({false, false, false, false, false, false, false, true});
  table.row({"GPUs", confident ? "days p95" : "days", confident ? "cost p95" : "cost", "batch",
             "MFU bf16", "power", "memory", ""});
  for (const Tree* each : rows) {
    const Tree& t = *each;
    std::string note = t["why_not"].is_null() ? "" : t["why_not"].get<std::string>();
    if (each == shown[std::min(at, shown.size() - 1)])
      note = "<- " + (note.empty() ? "this" : note);
    table.row({rounded(t["accelerators"].get<double>()),
               significant(t[confident ? "wall_days_p95" : "wall_days"].get<double>(), 3),
               money(t[confident ? "cost_usd_p95" : "cost_usd"]),
               magnitude_text(t["global_batch_tokens"].get<double>()),
               percent(t["mfu"].get<double>()), power_text(t["power_kw"].get<double>()),
               gigabytes(t["memory_required_bytes"].get<double>()), note});
  }
  return table.text("  ");
}

std::string beside_text(const char* what, const Tree& t) {
  if (t.is_null()) return "";
  return std::string("  ") + what + cluster_line(t) + ": " +
         significant(t["wall_days"].get<double>(), 3) + " days, " + money(t["cost_usd"]) + "\n";
}

std::string bought_text(const Tree& bought) {
  if (bought.is_null()) return "";
  return "  budget    buys " + magnitude_text(bought["tokens"].get<double>()) +
         " tokens of this model on " + cluster_line(bought) + " in " +
         significant(bought["wall_days"].get<double>(), 3) + " days;\n            its " +
         significant(bought["flops_6nd"].get<double>() / 1e24, 3) +
         "e24 FLOP would lose least with " +
         magnitude_text(bought["compute_optimal_parameters"].get<double>()) + " parameters on " +
         magnitude_text(bought["compute_optimal_tokens"].get<double>()) +
         " tokens\n            (dense, Chinchilla as refitted by Besiroglu et al. 2024)\n";
}

// Accelerators that cannot be compared by cost.
std::string unpriced_text(const Tree& curve) {
  std::string text, last;
  for (const Tree& each : curve) {
    const std::string chip = each["accelerator"].get<std::string>();
    if (chip == last || !each["price_usd_per_accelerator_hour"].is_null()) continue;
    last = chip;
    text +=
        "  unpriced  " + chip + ": no price is known, so that it cannot win by cost (--price)\n";
  }
  return text;
}

std::string kept_out_text(const Tree& kept_out) {
  std::string text;
  for (const Tree& each : kept_out) {
    text += "  kept out  " + each["accelerator"].get<std::string>() + ": " +
            wrapped(each["why"].get<std::string>(), "            ") + "\n";
  }
  return text;
}

// "misses the deadline, exceeds the budget" in its parts.
std::vector<std::string> listed(const std::string& text) {
  std::vector<std::string> parts;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t comma = std::min(text.find(", ", at), text.size());
    parts.push_back(text.substr(at, comma - at));
    at = comma + 2;
  }
  return parts;
}

// The nearest to an answer: what misses by least.
std::string no_cluster_text(const Tree& tree) {
  const Tree& curve = tree["result"]["curve"];
  std::string text = "No cluster for " + tree["inputs"]["model"].get<std::string>() + ": " +
                     limits_line(tree["inputs"]) + "\n\n";
  const Tree* fastest = nullptr;
  const Tree* leanest = nullptr;
  const Tree* cheapest = nullptr;
  for (const Tree& t : curve) {
    if (t["wall_days"].is_null()) continue;
    const auto less = [&](const Tree* other, const char* key) {
      return !t[key].is_null() && (other == nullptr || t[key] < (*other)[key]);
    };
    if (less(leanest, "memory_required_bytes")) leanest = &t;
    if (t["why_not"].get<std::string>().find("does not fit") == 0) continue;
    if (less(fastest, "wall_days")) fastest = &t;
    if (less(cheapest, "cost_usd")) cheapest = &t;
  }
  // With what decides, where confidence is asked for.
  const bool confident = tree["inputs"]["limits"].contains("confidence");
  const auto cost_of = [&](const Tree& t) {
    const bool known = confident && !t["cost_usd_p95"].is_null();
    return money(t["cost_usd"]) + (known ? " (95%: " + money(t["cost_usd_p95"]) + ")" : "");
  };
  const auto days_of = [&](const Tree& t) {
    const std::string slow = significant(t["wall_days_p95"].get<double>(), 3);
    return significant(t["wall_days"].get<double>(), 3) + " days" +
           (confident ? " (95%: " + slow + ")" : "");
  };
  if (fastest != nullptr) {
    text += "  the fastest is " + cluster_line(*fastest) + ": " + days_of(*fastest) + ", " +
            cost_of(*fastest) + "\n";
    if (cheapest != nullptr) {
      text += "  the cheapest is " + cluster_line(*cheapest) + ": " + cost_of(*cheapest) + ", " +
              days_of(*cheapest) + "\n";
    }
  } else if (leanest != nullptr) {
    text += "  nothing fits: " + cluster_line(*leanest) + " need " +
            gigabytes((*leanest)["memory_required_bytes"].get<double>()) +
            " each at the least in the layouts\n"
            "  that it tries, which offload nothing; `traincost search` tries more\n";
  } else if (curve.empty() && !tree["result"]["kept_out"].empty()) {
    text += "  no accelerator that was asked for may be shipped without a licence\n";
  } else if (curve.empty()) {
    text += "  no whole node is that small\n";
  } else {
    text += "  no layout is legal: no degrees share the heads and the global batch\n";
  }
  std::map<std::string, int> faults;
  for (const Tree& t : curve) {
    for (const std::string& each : listed(t["why_not"].get<std::string>())) ++faults[each];
  }
  for (const auto& [why, count] : faults) {
    text += "  " + std::to_string(count) + " of " + std::to_string(curve.size()) +
            " clusters: " + why + "\n";
  }
  text += "  layouts in use were tried; `traincost search` looks at all of one count\n";
  return text + kept_out_text(tree["result"]["kept_out"]) + bought_text(tree["result"]["bought"]);
}

std::string render_size(const Tree& tree) {
  const Tree& result = tree["result"];
  const Tree& best = result["best"];
  if (best.is_null()) return no_cluster_text(tree);
  std::string text = tree["inputs"]["model"].get<std::string>() + ", " +
                     magnitude_text(tree["inputs"]["tokens"].get<double>()) + " tokens: the " +
                     tree["inputs"]["objective"].get<std::string>() + " cluster with " +
                     limits_line(tree["inputs"]) + "\n\n";
  text += "  " + cluster_line(best) + ": " + significant(best["wall_days"].get<double>(), 3) +
          " days (90%: " + significant(best["wall_days_p5"].get<double>(), 3) + " to " +
          significant(best["wall_days_p95"].get<double>(), 3) + "), " +
          magnitude_text(best["accelerator_hours"].get<double>()) + " GPU-hours";
  if (!best["cost_usd"].is_null()) {
    text += ", " + money(best["cost_usd"]) + " (" + money(best["cost_usd_p5"]) + " to " +
            money(best["cost_usd_p95"]) + ") at " +
            dollars(best["price_usd_per_accelerator_hour"].get<double>()) + "/GPU-h";
  }
  if (!best["cost_usd_with_beyond"].is_null() && best["cost_usd_with_beyond"] != best["cost_usd"]) {
    text += "\n  with what is paid for beyond the run " + money(best["cost_usd_with_beyond"]);
  }
  if (!best["had_as"].is_null()) text += "\n  had as " + best["had_as"].get<std::string>();
  text +=
      "\n  " +
      wrapped(knobs_text(best) +
                  ": the fastest in use, of ties the simplest; `traincost estimate` gives the same",
              "  ") +
      "\n";
  if (!tree["inputs"]["names_software"].get<bool>()) {
    text +=
        "  the 90% are of runs of unnamed software: --confident holds their slow end to the "
        "limits;\n"
        "  a stack that you will run narrows them: --stack NAME (traincost hw list stacks)\n";
  }
  text += "\n" +
          curve_text(result["curve"], best, tree["inputs"]["limits"].contains("confidence")) +
          "\n" + beside_text("cheaper   ", result["cheaper"]) +
          beside_text("faster    ", result["faster"]);
  const Tree& smaller = result["next_smaller"];
  if (!smaller.is_null()) {
    text += "  smaller   " + cluster_line(smaller) + ": " +
            (smaller["why_not"].is_null() ? "meets the limits too, but is not the " +
                                                tree["inputs"]["objective"].get<std::string>()
                                          : smaller["why_not"].get<std::string>());
    if (!smaller["wall_days"].is_null()) {
      text += ", " + significant(smaller["wall_days"].get<double>(), 3) + " days, " +
              gigabytes(smaller["memory_required_bytes"].get<double>());
    }
    text += "\n";
  }
  for (const Tree& other : result["alternatives"]) {
    text += "  instead   " + cluster_line(other) + ": " +
            significant(other["wall_days"].get<double>(), 3) + " days, " + money(other["cost_usd"]);
    if (!other["price_usd_per_accelerator_hour"].is_null()) {
      text += " at " + dollars(other["price_usd_per_accelerator_hour"].get<double>()) + "/GPU-h";
    }
    text += "\n";
  }
  return text + unpriced_text(result["curve"]) + kept_out_text(result["kept_out"]) +
         bought_text(result["bought"]);
}

}  // namespace

const ReportForms kSizeForms{"size", render_size};

Report size_report(const SizeQuestion& question, const SizeAnswer& answer) {
  Tree tree = report_head("size");
  tree["inputs"]["model"] = answer.model;
  tree["inputs"]["tokens"] = answer.tokens.in(token);
  tree["inputs"]["names_software"] = answer.names_software;
  tree["inputs"]["objective"] = size_objective_name(answer.objective);
  tree["inputs"]["limits"] = Tree::object();
  for (const auto& [name, value] : question.limits) tree["inputs"]["limits"][name] = value;
  Tree result;
  result["best"] = answer.best ? cluster_tree(*answer.best) : Tree(nullptr);
  result["next_smaller"] = answer.next_smaller ? cluster_tree(*answer.next_smaller) : Tree(nullptr);
  result["cheaper"] = answer.cheaper ? cluster_tree(*answer.cheaper) : Tree(nullptr);
  result["faster"] = answer.faster ? cluster_tree(*answer.faster) : Tree(nullptr);
  result["alternatives"] = Tree::array();
  for (const SizedCluster& each : answer.alternatives) {
    result["alternatives"].push_back(cluster_tree(each));
  }
  result["curve"] = Tree::array();
  for (const SizedCluster& each : answer.curve) result["curve"].push_back(cluster_tree(each));
  result["kept_out"] = Tree::array();
  for (const SizeAnswer::KeptOut& each : answer.kept_out) {
    result["kept_out"].push_back({{"accelerator", each.accelerator}, {"why", each.why}});
  }
  result["bought"] = answer.bought ? bought_tree(*answer.bought) : Tree(nullptr);
  Tree rows = Tree::array();
  for (const Tree& each : result["curve"]) {
    Tree row;
    row["id"] = each["accelerator"].get<std::string>() + "-" +
                std::to_string(each["accelerators"].get<int>());
    row["question"] = "size";
    row["model"] = answer.model;
    for (const auto& [key, value] : each.items()) row[key] = value;
    rows.push_back(std::move(row));
  }
  tree["result"] = std::move(result);
  tree["rows"] = std::move(rows);
  add_basis(tree, answer.assumptions, answer.warnings);
  close_report(tree);
  return make_report(std::move(tree));
}

}  // namespace traincost
