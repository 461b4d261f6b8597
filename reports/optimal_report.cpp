#include <algorithm>

#include "base/units.h"
#include "estimator/model/parameters.h"
#include "reports/cluster_tree.h"
#include "reports/format.h"
#include "reports/forms.h"
#include "reports/layout_tree.h"
#include "reports/report_tree.h"

namespace traincost {
namespace {

using namespace unit;

Tree run_tree(const OptimalRun& run) {
  const bool found = run.why_not.empty();
  const auto known = [&](auto value) { return found ? Tree(value) : Tree(nullptr); };
  Tree t;
  t["deadline_days"] = run.deadline.in(day);
  t["parameters"] = known(count_parameters(run.model).total);
  t["active_parameters"] = known(run.active_parameters);
  t["layers"] = known(run.model.layer_count());
  t["hidden"] = known(run.model.hidden);
  t["tokens"] = known(run.tokens.in(token));
  t["tokens_p5"] = known(run.tokens_p5().in(token));
  t["tokens_p95"] = known(run.tokens_p95().in(token));
  t["loss_nats_per_token"] = known(run.loss);
  t.update(cluster_tree(run.cluster));
  t["budget_left_usd"] = known(run.left.in(usd));
  t["accelerator"] = run.accelerator;
  t["feasible"] = found;
  t["why_not"] = found ? Tree(nullptr) : Tree(run.why_not);
  return t;
}

std::string chip_row_name(const Tree& t, bool by_time) {
  return by_time ? significant(t["deadline_days"].get<double>(), 3) + " d"
                 : t["accelerator"].get<std::string>();
}

// Of one accelerator by time, of several within the question's deadline.
std::string runs_text(const Tree& runs) {
  const Tree& first = runs.front();
  const bool by_time = std::all_of(runs.begin(), runs.end(), [&](const Tree& each) {
    return each["accelerator"] == first["accelerator"];
  });
  std::vector<const Tree*> shown;
  std::string noes;
  for (const Tree& each : runs) {
    if (!by_time && each["deadline_days"] != first["deadline_days"]) continue;
    const auto same = [&](const Tree* other) {
      return by_time && (*other)["accelerators"] == each["accelerators"] &&
             (*other)["tokens"] == each["tokens"];
    };
    if (each["why_not"].is_null()) {
      // A budget that is spent before the deadline has one answer for all that are longer.
      if (std::none_of(shown.begin(), shown.end(), same)) shown.push_back(&each);
    } else {
      const std::string no = "  " + each["accelerator"].get<std::string>() + ": " +
                             each["why_not"].get<std::string>() + "\n";
      if (noes.find(no) == std::string::npos) noes += no;
    }
  }
  if (by_time) {
    std::sort(shown.begin(), shown.end(), [](const Tree* a, const Tree* b) {
      return (*a)["deadline_days"].get<double>() < (*b)["deadline_days"].get<double>();
    });
  }
  Table table({true});
  table.row({by_time ? "within" : "chip", "GPUs", "parameters", "tokens", "loss", "days", "cost",
             "batch", "MFU bf16"});
  for (const Tree* each : shown) {
    const Tree& t = *each;
    table.row(
        {chip_row_name(t, by_time), rounded(t["accelerators"].get<double>()),
         magnitude_text(t["parameters"].get<double>()), magnitude_text(t["tokens"].get<double>()),
         significant(t["loss_nats_per_token"].get<double>(), 4),
         significant(t["wall_days"].get<double>(), 3), money(t["cost_usd"]),
         magnitude_text(t["global_batch_tokens"].get<double>()), percent(t["mfu"].get<double>())});
  }
  return (shown.size() > 1 ? table.text("  ") : "") + noes;
}

std::string render_optimal(const Tree& tree) {
  const Tree& inputs = tree["inputs"];
  const Tree& result = tree["result"];
  std::string text = "What loses least, in the shape of " + inputs["shape"].get<std::string>();
  for (const auto& [name, value] : inputs["limits"].items()) {
    text += ", " + name + " " + value.get<std::string>();
  }
  if (!inputs["limits"].contains("deadline")) {
    text += ", within " + significant(inputs["deadline_days"].get<double>(), 3) + " d";
  }
  text += "\n\n";
  const Tree& best = result["optimal"];
  if (best.is_null()) return text + "  nothing\n" + runs_text(result["runs"]);
  const double parameters = best["parameters"].get<double>();
  const double active = best["active_parameters"].get<double>();
  const bool experts = active < 0.99 * parameters;  // NOLINT: all meet all but tables
  text += "  " + magnitude_text(parameters) + " parameters" +
          (experts ? ", " + magnitude_text(active) + " active" : "") + " (" +
          std::to_string(best["layers"].get<int>()) + " layers of " +
          rounded(best["hidden"].get<double>()) + ") on " +
          magnitude_text(best["tokens"].get<double>()) +
          " tokens: " + significant(best["loss_nats_per_token"].get<double>(), 4) +
          " nats a token\n  " + rounded(best["accelerators"].get<double>()) + " x " +
          best["accelerator"].get<std::string>() + ", " +
          significant(best["wall_days"].get<double>(), 3) + " days, " + money(best["cost_usd"]) +
          " at " + dollars(best["price_usd_per_accelerator_hour"].get<double>()) + "/GPU-h (" +
          best["price_basis"].get<std::string>() + ")\n";
  if (!best["had_as"].is_null()) text += "  had as " + best["had_as"].get<std::string>() + "\n";
  text += "  " + wrapped(knobs_text(best), "  ") + "\n";
  constexpr double kWorthSaying = 0.9;
  const double left = best["budget_left_usd"].get<double>();
  if (left > (1 - kWorthSaying) * inputs["budget_usd"].get<double>()) {
    text += "  " + dollars(left) + " is left: no more accelerators can be had, or would share " +
            magnitude_text(best["global_batch_tokens"].get<double>()) + " tokens a step\n";
  }
  text += "  90% of such runs: " + magnitude_text(best["tokens_p5"].get<double>()) + " to " +
          magnitude_text(best["tokens_p95"].get<double>()) + " tokens in that time\n";
  if (const std::string runs = runs_text(result["runs"]); !runs.empty()) text += "\n" + runs;
  text += "\n  loss by " + inputs["fit"].get<std::string>() + ",\n  " +
          (experts ? "of a dense model of the active parameters, which one with experts undercuts"
                   : "dense, each token seen once") +
          ";\n  a smaller model trained longer is cheaper to serve\n";
  return text;
}

}  // namespace

const ReportForms kOptimalForms{"optimal", render_optimal};

Report optimal_report(const SizeQuestion& question, const OptimalAnswer& answer) {
  Tree tree = report_head("optimal");
  tree["inputs"]["shape"] = answer.shape.name;
  tree["inputs"]["fit"] = kLossFit;
  tree["inputs"]["budget_usd"] = answer.budget.in(usd);
  tree["inputs"]["deadline_days"] = answer.runs.front().deadline.in(day);
  tree["inputs"]["names_software"] = answer.names_software;
  tree["inputs"]["limits"] = Tree::object();
  for (const auto& [name, value] : question.limits) tree["inputs"]["limits"][name] = value;
  Tree result;
  result["optimal"] = answer.best() != nullptr ? run_tree(*answer.best()) : Tree(nullptr);
  result["runs"] = Tree::array();
  Tree rows = Tree::array();
  for (const OptimalRun& run : answer.runs) {
    result["runs"].push_back(run_tree(run));
    Tree row;
    row["id"] = run.accelerator + "-" + significant(run.deadline.in(day), 6) + "d";
    row["question"] = "optimal";
    row["shape"] = answer.shape.name;
    for (const auto& [key, value] : result["runs"].back().items()) row[key] = value;
    rows.push_back(std::move(row));
  }
  tree["result"] = std::move(result);
  tree["rows"] = std::move(rows);
  add_basis(tree, answer.assumptions, answer.warnings);
  close_report(tree);
  return make_report(std::move(tree));
}

}  // namespace traincost
