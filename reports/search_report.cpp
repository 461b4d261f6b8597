#include <algorithm>

#include "base/units.h"
#include "reports/format.h"
#include "reports/forms.h"
#include "reports/iteration_tree.h"
#include "reports/job_tree.h"
#include "reports/layout_tree.h"
#include "reports/report_tree.h"

namespace traincost {
namespace {

using namespace unit;

Tree entry_tree(const RankedLayout& each, Seconds best) {
  const StepSetup& setup = each.setup;
  const Bytes available = setup.machine.memory_capacity;
  Tree t = knobs_tree(setup.layout, setup.batch);
  t["global_batch"] = setup.batch.global_batch;
  t["step_time_s"] = each.step.in(second);
  t["slower_than_best"] = best > Seconds{} ? Tree(each.step / best - 1) : Tree(nullptr);
  t["tokens_per_s"] = (tokens_per_step(setup.batch) / each.step).in(token / second);
  t["mfu"] = each.mfu;
  t["wall_days"] = each.totals.wall.in(day);
  t["accelerator_hours"] = each.totals.billed.in(accelerator_hour);
  t["cost_usd"] = each.totals.cost ? Tree(each.totals.cost->in(usd)) : Tree(nullptr);
  for (const auto& [quantile, factor] :
       {std::pair{"p5", each.doubt.p5}, std::pair{"p95", each.doubt.p95}}) {
    for (const char* figure : {"wall_days", "accelerator_hours", "cost_usd"}) {
      const Tree& median = t[figure];
      t[std::string(figure) + "_" + quantile] =
          median.is_null() ? Tree(nullptr) : Tree(factor * median.get<double>());
    }
  }
  t["energy_kwh"] = each.totals.energy.in(kWh);
  t["memory_required_bytes"] = each.required.in(B);
  t["memory_headroom_bytes"] = (available - each.required).in(B);
  t["memory_fits"] = each.required <= available;
  t["accelerators_used"] = setup.layout.ranks();
  std::string beyond;
  for (const std::string& name : each.beyond) beyond += (beyond.empty() ? "" : ", ") + name;
  t["beyond_practice"] = beyond.empty() ? Tree(nullptr) : Tree(beyond);
  return t;
}

Tree list_tree(const std::vector<RankedLayout>& layouts, Seconds best) {
  Tree list = Tree::array();
  for (const RankedLayout& each : layouts) list.push_back(entry_tree(each, best));
  return list;
}

void add_rows(Tree& rows, const std::string& set, const Tree& list, const Job& job) {
  std::size_t index = 0;
  for (const Tree& entry : list) {
    Tree row;
    row["id"] = set + "-" + std::to_string(++index);
    row["question"] = "search";
    row["set"] = set;
    row["name"] = job.name;
    row["model"] = job.model.name;
    row["accelerator"] = job.platform().accelerator.record.id;
    for (const auto& [key, value] : entry.items()) row[key] = value;
    rows.push_back(std::move(row));
  }
}

Tree stats_tree(const SearchAnswer& answer, double seconds, int threads) {
  const SearchStats& stats = answer.stats;
  Tree t;
  t["whole_space"] = answer.wide;
  t["practical"] = answer.practical;
  t["legal"] = stats.legal;
  t["evaluated"] = stats.evaluated;
  t["pruned"] = stats.pruned;
  t["feasible"] = stats.feasible;
  t["seconds"] = seconds;
  t["threads"] = threads;
  t["evaluations_per_second_and_thread"] =
      seconds > 0 ? Tree(static_cast<double>(stats.evaluated) / (seconds * threads))
                  : Tree(nullptr);
  return t;
}

// Why layouts are not in the answer.
Tree rejected_tree(const SearchStats& stats) {
  Tree t;
  t["too_large_by_activations"] = stats.too_much_activations;
  t["too_large_by_states"] = stats.too_much_states;
  t["too_large_by_other"] = stats.too_much_other;
  t["too_large_by_bound"] = stats.pruned_memory;
  t["cannot_win_by_bound"] = stats.pruned - stats.pruned_memory;
  return t;
}

// ---- text ----

// "27", "5.63K", "87.4M".
std::string count_text(double count) {
  constexpr double kExact = 10000;
  return count < kExact ? rounded(count) : magnitude_text(count);
}

std::string share_of(double part, double whole_of) {
  return whole_of > 0 ? percent(part / whole_of, 0) : "-";
}

std::string table_text(const Tree& list, std::size_t most) {
  Table table({false, false, false, false, false, false, false, false, true, true});
  table.row({"tp", "pp", "vp", "cp", "dp", "ep", "ZeRO", "micro", "recompute", "schedule", "step",
             "days", "memory", "slower"});
  for (std::size_t i = 0; i < list.size() && i < most; ++i) {
    const Tree& each = list[i];
    const auto integer = [&](const char* key) {
      return std::to_string(each[key].get<std::int64_t>());
    };
    std::string zero = integer("zero");
    if (each["zero_shards"].get<int>() > 0) zero += "/" + integer("zero_shards");
    std::string recompute = each["recompute"].get<std::string>();
    if (each["offload_activations"].get<bool>()) recompute += "+offload";
    table.row({integer("tp") + (each["sequence_parallel"].get<bool>() ? "s" : ""), integer("pp"),
               integer("vp"), integer("cp"), integer("dp"), integer("ep"),
               zero + (each["offload_optimizer"].get<bool>() ? "o" : ""), integer("micro_batch"),
               recompute, each["schedule"].get<std::string>(),
               duration(each["step_time_s"].get<double>()),
               significant(each["wall_days"].get<double>(), 3),
               gigabytes(each["memory_required_bytes"].get<double>()),
               percent(each["slower_than_best"].get<double>(), 2)});
  }
  return table.text("  ");
}

std::string counts_text(const Tree& result) {
  const Tree& stats = result["stats"];
  const auto count = [&](const char* key) { return stats[key].get<double>(); };
  std::string text = "  looked at " + count_text(count("legal")) + " legal layouts in " +
                     duration(count("seconds")) + ": " + count_text(count("evaluated")) +
                     " evaluated, " + count_text(count("feasible")) + " of them fit; " +
                     count_text(count("pruned")) + " ruled out by bounds\n";
  const Tree& rejected = result["rejected"];
  const double too_large = count("evaluated") - count("feasible");
  if (too_large > 0) {
    text += "            too large by activations " +
            share_of(rejected["too_large_by_activations"].get<double>(), too_large) +
            ", by weights, gradients and optimizer " +
            share_of(rejected["too_large_by_states"].get<double>(), too_large) + "\n";
  }
  if (!result["complete"].get<bool>()) text += "  interrupted: not every layout was looked at\n";
  return text;
}

std::string no_layout_text(const Tree& tree) {
  const Tree& result = tree["result"];
  const bool none_legal = result["stats"]["legal"].get<double>() == 0;
  const Tree& inputs = tree["inputs"];
  if (!none_legal && !result["complete"].get<bool>()) {
    return "Interrupted before a layout that fits was found.\n\n" + counts_text(result);
  }
  std::string text = "No layout of " + inputs["name"].get<std::string>() +
                     (none_legal ? " is legal on " : " fits on ") +
                     rounded(inputs["accelerators"].get<double>()) + " x " +
                     inputs["accelerator_name"].get<std::string>() + "\n\n";
  const Tree& least = result["least"];
  if (result["stats"]["legal"].get<double>() == 0) {
    text +=
        "  No layout is legal: no degrees that the search allows divide the cluster, the heads\n"
        "  and the global batch. `traincost schema job` lists the members of \"search\".\n";
  } else if (!least.is_null()) {
    const double required = least["memory_required_bytes"].get<double>();
    text += "  the least memory is " + gigabytes(required) + " of " +
            gigabytes(required + least["memory_headroom_bytes"].get<double>()) + ":\n    " +
            knobs_text(least) + "\n";
  }
  return text + counts_text(result);
}

std::string render_search(const Tree& tree) {
  const Tree& result = tree["result"];
  if (result["top"].empty()) return no_layout_text(tree);
  const Tree& iteration = result["iteration"];
  if (!iteration.is_null() && !iteration["fits"].get<bool>()) {
    return short_generator_text(iteration);
  }
  const Tree& inputs = tree["inputs"];
  const Tree& best = result["top"][0];
  std::string text = inputs["name"].get<std::string>() + " on " +
                     rounded(inputs["accelerators"].get<double>()) + " x " +
                     inputs["accelerator_name"].get<std::string>() + ", " +
                     inputs["phase"].get<std::string>() + ": least " +
                     inputs["objective"].get<std::string>() + "\n\n";
  text +=
      "  " + wrapped(knobs_text(best), "  ") + "\n  " +
      duration(best["step_time_s"].get<double>()) +
      (result["iteration"].is_null() ? " a step, " : " a step with its share of the iteration, ") +
      significant(best["wall_days"].get<double>(), 3) +
      " days (90%: " + significant(best["wall_days_p5"].get<double>(), 3) + " to " +
      significant(best["wall_days_p95"].get<double>(), 3) + "), " +
      magnitude_text(best["accelerator_hours"].get<double>()) + " GPU-hours";
  if (!best["cost_usd"].is_null()) {
    text += ", " + dollars(best["cost_usd"].get<double>()) + " (" +
            dollars(best["cost_usd_p5"].get<double>()) + " to " +
            dollars(best["cost_usd_p95"].get<double>()) + ")";
  }
  text += ",\n  MFU " + percent(best["mfu"].get<double>()) + " of bf16, " +
          gigabytes(best["memory_headroom_bytes"].get<double>()) + " to spare\n";
  const int idle = inputs["accelerators"].get<int>() - best["accelerators_used"].get<int>();
  if (idle > 0) {
    text += "  " + std::to_string(idle) +
            " idle: no layout that shares the batch over more of them is faster\n";
  }
  text += "  bound by  " + largest_terms_text(result["step_terms"]) + "\n";
  if (!iteration.is_null()) {
    text += "  iteration " + wrapped(iteration_text(iteration), "            ") + "\n";
  }
  std::string next;
  for (const Tree& knob : result["next"]) {
    const double gain = knob["gain"].get<double>();
    next += (next.empty() ? "" : "; ") + knob["change"].get<std::string>() + " " +
            (percent(std::abs(gain)) == percent(0)
                 ? std::string("as fast")
                 : percent(std::abs(gain)) + (gain > 0 ? " faster" : " slower"));
  }
  // Changes are ranked by time.
  if (!next.empty() && inputs["objective"] != "memory") text += "  try next  " + next + "\n";
  constexpr std::size_t kRows = 8;
  text += "\n" + table_text(result["top"], kRows) + "\n";
  const Tree& wider = result["wider"];
  if (!wider.empty()) {
    constexpr std::size_t kShown = 3;
    text += "  beyond what practitioners use, without published evidence: " +
            wider[0]["beyond_practice"].get<std::string>() + "\n" + table_text(wider, kShown) +
            "\n";
  } else if (result["stats"]["whole_space"].get<bool>()) {
    text += "  beyond   no legal layout is more than 0.5% faster than what practitioners use\n";
  }
  const Tree& front = result["front"];
  if (front.size() > 1) {
    const Tree& smallest = front.back();
    text += "  front     " + std::to_string(front.size()) +
            " layouts trade time for memory, down to " +
            gigabytes(smallest["memory_required_bytes"].get<double>()) + " at " +
            duration(smallest["step_time_s"].get<double>()) + "\n";
  }
  const Tree& stated = result["stated"];
  if (!stated.is_null()) {
    text += "  stated    " + wrapped(knobs_text(stated), "            ") + "\n            ";
    if (stated["memory_fits"].get<bool>()) {
      const double slower = stated["slower_than_best"].get<double>();
      if (inputs["objective"] == "memory") {
        text += gigabytes(stated["memory_required_bytes"].get<double>() -
                          best["memory_required_bytes"].get<double>()) +
                " more than the least; ";
      }
      text += duration(stated["step_time_s"].get<double>()) + " a step, " +
              percent(std::abs(slower)) + (slower >= 0 ? " slower" : " faster") +
              " than the first; " + count_text(stated["faster_layouts"].get<double>()) + " of " +
              count_text(result["stats"]["legal"].get<double>()) + " layouts are faster\n";
      const double spare = stated["memory_headroom_bytes"].get<double>();
      const double all = stated["memory_required_bytes"].get<double>() + spare;
      if (spare < inputs["memory_reserve"].get<double>() * all) {
        text += "            it leaves " + gigabytes(spare) + ", less than the reserve of " +
                percent(inputs["memory_reserve"].get<double>()) + " that others keep\n";
      }
    } else {
      text += "does not fit: " + gigabytes(stated["memory_required_bytes"].get<double>()) + "\n";
    }
  }
  return text + counts_text(result);
}

}  // namespace

const ReportForms kSearchForms{"search", render_search};

Report search_report(const Job& job, const SearchAnswer& answer, double seconds, int threads) {
  Tree tree = report_head("search");
  tree["inputs"] = job_inputs_tree(job);
  tree["inputs"]["phase"] = answer.phase;
  tree["inputs"]["objective"] = objective_name(answer.objective);
  tree["inputs"]["memory_reserve"] = job.memory_reserve;
  const Seconds best = answer.top.empty() ? Seconds{} : answer.top.front().step;
  Tree result;
  result["complete"] = answer.complete;
  result["iteration"] = answer.iteration ? iteration_tree(*answer.iteration) : Tree(nullptr);
  result["top"] = list_tree(answer.top, best);
  result["wider"] = list_tree(answer.wider, best);
  result["front"] = list_tree(answer.front, best);
  result["step_terms"] = answer.best ? step_terms_tree(*answer.best) : Tree::array();
  result["next"] = Tree::array();
  for (const Advice& each : answer.next) result["next"].push_back(advice_tree(each));
  result["stated"] = nullptr;
  if (answer.stated) {
    result["stated"] = entry_tree(answer.stated->layout, best);
    result["stated"]["faster_layouts"] = answer.stated->faster;
  }
  result["least"] = answer.least ? entry_tree(*answer.least, Seconds{}) : Tree(nullptr);
  result["stats"] = stats_tree(answer, seconds, threads);
  result["rejected"] = rejected_tree(answer.stats);
  tree["rows"] = Tree::array();
  add_rows(tree["rows"], "top", result["top"], job);
  add_rows(tree["rows"], "wider", result["wider"], job);
  add_rows(tree["rows"], "front", result["front"], job);
  const Tree rows = std::move(tree["rows"]);
  tree.erase("rows");
  tree["result"] = std::move(result);
  tree["rows"] = rows;
  std::vector<const StepSetup*> steps;
  for (const auto* list : {&answer.top, &answer.wider, &answer.front}) {
    for (const RankedLayout& each : *list) steps.push_back(&each.setup);
  }
  if (answer.least) steps.push_back(&answer.least->setup);
  add_job_basis(tree, job, steps);
  return make_report(std::move(tree));
}

}  // namespace traincost
