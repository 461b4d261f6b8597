#include <algorithm>
#include <cmath>
#include <map>
#include <utility>
#include <vector>

#include <fmt/core.h>

#include "base/median.h"
#include "base/units.h"
#include "reports/accuracy.h"
#include "reports/format.h"
#include "reports/forms.h"
#include "reports/iteration_tree.h"
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
  t["coverage"] = s.coverage;
  t["median_width"] = s.median_width;
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
  t["tuned"] = each.tuned.in(second);
  t["p5"] = each.p5.in(second);
  t["p50"] = each.predicted.in(second);
  t["p95"] = each.p95.in(second);
  t["unit"] = "s";
  t["error"] = each.error;
  t["largest_term"] = largest_term(each.step);
  t["memory_share"] = each.step.memory.required / each.step.memory.available;
  t["memory_error"] = each.memory_error ? Tree(*each.memory_error) : Tree(nullptr);
  t["reserved_error"] = each.reserved_error ? Tree(*each.reserved_error) : Tree(nullptr);
  t["regression"] = each.regression;
  std::string said;
  for (const Assumption& a : each.assumptions) {
    for (const char* chosen : {"/run/recompute", "/run/micro_batch", "/layout/vp"}) {
      if (a.what != chosen) continue;
      said += (said.empty() ? "" : "; ") + a.what + " = " + a.value + " (" + a.why + ")";
    }
  }
  t["assumed"] = said;
  t["step_terms"] = Tree::array();
  for (const StepTerm& term : each.step.terms) {
    t["step_terms"].push_back({{"name", cause_name(term.cause)}, {"time_s", term.time.in(second)}});
  }
  t["step_parts"] = Tree::array();
  for (const ValidatedCase::Part& part : each.parts) {
    t["step_parts"].push_back({{"name", part.name},
                               {"measured_s", part.measured.in(second)},
                               {"predicted_s", part.predicted.in(second)}});
  }
  return t;
}

Tree run_tree(const ValidatedRun& each) {
  Tree t;
  t["id"] = each.id;
  t["family"] = each.family;
  t["stated"] = each.stated.in(accelerator_hour);
  t["predicted"] = each.predicted.in(accelerator_hour);
  t["p5"] = each.p5.in(accelerator_hour);
  t["p95"] = each.p95.in(accelerator_hour);
  t["unit"] = "accelerator-hours";
  t["ratio"] = each.ratio;
  t["stack"] = each.stack;
  t["names_software"] = each.names_software;
  t["states_layout"] = each.states_layout;
  return t;
}

Tree validated_iteration_tree(const ValidatedIteration& each) {
  Tree t;
  t["id"] = each.id;
  t["family"] = each.family;
  t["measured"] = each.measured.in(second);
  t["predicted"] = each.predicted.in(second);
  t["p5"] = each.p5.in(second);
  t["p95"] = each.p95.in(second);
  t["unit"] = "s";
  t["error"] = each.error;
  t["tuned"] = iteration_tree(each.tuned);
  return t;
}

const std::vector<std::string> kRunsHeader = {"whole run", "stated", "predicted",
                                              "p5 to p95", "ratio",  "software"};

std::vector<std::string> run_row(const Tree& run) {
  const auto hours = [&](const char* key) { return rounded(run[key].get<double>()); };
  return {run["id"].get<std::string>(),
          hours("stated"),
          hours("predicted"),
          hours("p5") + " to " + hours("p95"),
          fmt::format("{:.2f}", run["ratio"].get<double>()),
          (run["names_software"].get<bool>() ? "" : "not named; as ") +
              run["stack"].get<std::string>()};
}

const std::vector<std::string> kStatisticsHeader = {"family", "n",     "mean",         "median",
                                                    "bias",   "worst", "inside p5-p95"};

std::vector<std::string> statistics_row(const Tree& s) {
  const auto share = [&](const char* key) {
    return s["n"].get<int>() == 0 ? std::string("-") : percent(s[key].get<double>());
  };
  return {s["family"].get<std::string>(),
          rounded(s["n"].get<double>()),
          share("mape"),
          share("median_ape"),
          share("bias"),
          share("max_ape"),
          share("coverage")};
}

std::string whole_runs_text(const Tree& runs) {
  Table table({true, false, false, false, false, true});
  table.row(kRunsHeader);
  std::vector<double> ratios;
  int inside = 0;
  for (const Tree& each : runs) {
    table.row(run_row(each));
    ratios.push_back(each["ratio"].get<double>());
    const double stated = each["stated"].get<double>();
    if (stated >= each["p5"].get<double>() && stated <= each["p95"].get<double>()) ++inside;
  }
  return "\nAccelerator-hours of whole runs, stated over predicted: over 1 took longer\n\n" +
         table.text("  ") +
         fmt::format("\n  median {:.2f}; {} of {} inside p5 to p95, which such runs made\n",
                     median(ratios), inside, runs.size());
}

const std::vector<std::string> kIterationsHeader = {"iteration", "measured", "predicted",
                                                    "p5 to p95", "error",    "generates"};

std::vector<std::string> iteration_row(const Tree& each) {
  const auto time = [&](const char* key) { return duration(each[key].get<double>()); };
  const Tree& tuned = each["tuned"];
  const double generates = tuned["prefill_s"].get<double>() + tuned["decode_s"].get<double>();
  return {each["id"].get<std::string>(),
          time("measured"),
          time("predicted"),
          time("p5") + " to " + time("p95"),
          percent(each["error"].get<double>()),
          percent(generates / tuned["total_s"].get<double>())};
}

std::string iterations_text(const Tree& iterations) {
  Table table({true, false, false, false, false, false});
  table.row(kIterationsHeader);
  std::vector<double> errors;
  int inside = 0;
  for (const Tree& each : iterations) {
    const auto time = [&](const char* key) { return each[key].get<double>(); };
    table.row(iteration_row(each));
    errors.push_back(std::abs(time("error")));
    inside += time("measured") >= time("p5") && time("measured") <= time("p95") ? 1 : 0;
  }
  return "\nIterations of reinforcement learning\n\n" + table.text("  ") +
         fmt::format("\n  median error {}; {} of {} inside p5 to p95\n", percent(median(errors)),
                     inside, iterations.size());
}

// What kept rows from being scored, the commonest first.
std::string unscored_text(const Tree& unscored) {
  if (unscored.empty()) return "";
  std::map<std::string, int> reasons;
  for (const Tree& each : unscored) ++reasons[each["reason"].get<std::string>()];
  std::vector<std::pair<std::string, int>> sorted(reasons.begin(), reasons.end());
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  constexpr std::size_t kShown = 6;
  std::string text = "\n  " + std::to_string(unscored.size()) +
                     (unscored.size() == 1 ? " row has" : " rows have") +
                     " no step that could be scored; --format json tells which\n";
  for (std::size_t i = 0; i < sorted.size() && i < kShown; ++i) {
    text += fmt::format("  {:>5}  {}\n", sorted[i].second, wrapped(sorted[i].first, "         "));
  }
  if (sorted.size() > kShown) {
    text += fmt::format("         and {} other reasons\n", sorted.size() - kShown);
  }
  return text;
}

std::string verdicts_text(const Tree& verdicts) {
  MemoryVerdicts all;
  for (const Tree& each : verdicts) {
    all.ran += each["ran"].get<int>();
    all.refused += each["refused"].get<int>();
    all.starved += each["starved"].get<int>();
    all.foretold += each["foretold"].get<int>();
  }
  if (all.refused + all.starved == 0) return "";
  std::string text = fmt::format("\n  memory: {} of {} steps that ran are predicted not to fit",
                                 all.refused, all.ran);
  if (all.starved > 0) {
    text += fmt::format("; of {} that ended out of memory {} are", all.starved, all.foretold);
  }
  return text + "\n";
}

std::string render_validation(const Tree& tree) {
  Table table;
  table.row(kStatisticsHeader);
  for (const Tree& family : tree["families"]) table.row(statistics_row(family));
  table.row(statistics_row(tree["all"]));
  std::string text = "Predicted against measured step time, absolute errors and signed bias\n\n" +
                     table.text("  ");
  const bool averaged =
      std::any_of(tree["families"].begin(), tree["families"].end(),
                  [](const Tree& family) { return family["n"].get<int>() >= kSmallestFamily; });
  text += "\n  mean over families of " + std::to_string(kSmallestFamily) + " or more: " +
          (averaged ? percent(tree["mean_family_mape"].get<double>()) : "there are none") + "\n";

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
  if (!tree["whole_runs"].empty()) text += whole_runs_text(tree["whole_runs"]);
  if (!tree["iterations"].empty()) text += iterations_text(tree["iterations"]);
  const auto completed =
      std::count_if(tree["cases"].begin(), tree["cases"].end(), [](const Tree& each) {
        const std::string assumed = each["assumed"].get<std::string>();
        return assumed.find("/run/micro_batch") != std::string::npos ||
               assumed.find("/layout/vp") != std::string::npos;
      });
  if (completed > 0) {
    text += "\n  " + std::to_string(completed) +
            " rows state no micro-batch or virtual stages: the fastest that fit are taken\n";
  }
  return text + verdicts_text(tree["memory_verdicts"]) + unscored_text(tree["unscored"]);
}

Tree fitted_record(const char* room, const char* id, const char* name, const char* source,
                   const char* title) {
  Tree t;
  t["schema"] = std::string("traincost.") + room + "/1";
  t["id"] = id;
  t["name"] = name;
  t["sources"][source] = {{"kind", "measured"},
                          {"title", title},
                          {"where", "hwdb/data/published; docs/accuracy.md"},
                          {"retrieved", data_day()}};
  return t;
}

Tree fitted_field(double value, const char* source, std::string_view note) {
  return {{"value", std::round(value * 1000) / 1000}, {"source", source}, {"note", note}};
}

}  // namespace

std::string engine_record(const EngineParameters& parameters) {
  Tree t = fitted_record("engine", "engine", "Parameters fitted on published runs", "fitted",
                         "Fitted on published runs by `traincost validate --learn`");
  for (const EngineParameter& each : engine_parameters()) {
    t[std::string(each.name)] = fitted_field(parameters.*each.member, "fitted", each.meaning);
  }
  return t.dump(2) + "\n";
}

std::string engine_error_record(const EngineError& error) {
  Tree t = fitted_record("engine_error", "engine-error",
                         "Spread of the engine's error on unseen families", "unseen",
                         "Leave-one-family-out errors by `traincost validate --learn`");
  for (std::size_t i = 0; i < regime_names().size(); ++i) {
    const RegimeName& regime = regime_names()[i];
    const std::string name(regime.name);
    const LogInterval& spread = error.by_regime[i];
    t[name + "_low"] = fitted_field(spread.low, "unseen", regime.meaning);
    t[name + "_high"] = fitted_field(spread.high, "unseen", regime.meaning);
    t[name + "_middle"] = fitted_field(spread.middle, "unseen", regime.meaning);
  }
  const auto known = [&](const std::vector<KnownSteps>& steps, const char* note) {
    return Tree{{"value", text_of(steps)}, {"source", "unseen"}, {"note", note}};
  };
  t["taught"] = known(error.taught, "steps by software and chip that the engine was fitted on");
  t["met"] = known(error.met, "steps that it was held against alone");
  return t.dump(2) + "\n";
}

std::string known_runs_record(const KnownRuns& known) {
  Tree t =
      fitted_record("known_runs", "known-runs", "Published steps that the engine was held against",
                    "published", "Rows of hwdb/data/published, by `traincost validate --learn`");
  t["runs"] = {{"value", runs_text(known.runs)},
               {"source", "published"},
               {"note",
                "some of each family: id; software; chip; precision; accelerators; experts; "
                "active parameters; tokens of a sequence; tp; pp; cp; ep; zero; measured and "
                "predicted seconds"}};
  t["knobs"] = {{"value", knobs_text(known.knobs)},
                {"source", "published"},
                {"note", "steps of all rows that use each knob"}};
  t["reached"] = {{"value", reached_text(known.reached)},
                  {"source", "published"},
                  {"note", "the highest MFU of all rows on a chip, by the precision of products"}};
  return t.dump(2) + "\n";
}

std::string first_contact_file(const std::string& family, const std::vector<FirstContact>& contacts,
                               const std::string& day) {
  const auto head = [&] { return Tree{{"schema", kFirstContactSchema}, {"family", family}}; };
  Tree first = head();
  first["teaches"] = false;
  std::string text = first.dump() + "\n";
  for (const FirstContact& each : contacts) {
    Tree t = head();
    t["id"] = each.id;
    t["engine"] = engine_version() + ", data of " + data_version();
    t["date"] = day;
    t["measured_s"] = each.measured.in(second);
    t["predicted_s"] = each.predicted.in(second);
    t["p5_s"] = each.p5.in(second);
    t["tuned_s"] = each.tuned.in(second);
    t["p95_s"] = each.p95.in(second);
    text += t.dump() + "\n";
  }
  return text;
}

const ReportForms kValidateForms{"validate", render_validation, "cases"};

Report validation_report(const Validation& validation) {
  Tree tree = report_head("validate");
  tree["inputs"] = Tree::object();
  tree["result"] = {{"scored", validation.cases.size()},
                    {"unscored", validation.unscored.size()},
                    {"mape", validation.all.mape},
                    {"mean_family_mape", validation.mean_family_mape}};
  tree["families"] = Tree::array();
  for (const ErrorStatistics& family : validation.families) {
    tree["families"].push_back(statistics_tree(family, family.family));
  }
  tree["all"] = statistics_tree(validation.all, "all");
  tree["mean_family_mape"] = validation.mean_family_mape;
  tree["cases"] = Tree::array();
  for (const ValidatedCase& each : validation.cases) tree["cases"].push_back(case_tree(each));
  tree["iterations"] = Tree::array();
  for (const ValidatedIteration& each : validation.iterations) {
    tree["iterations"].push_back(validated_iteration_tree(each));
  }
  tree["whole_runs"] = Tree::array();
  for (const ValidatedRun& each : validation.runs) tree["whole_runs"].push_back(run_tree(each));
  tree["unscored"] = Tree::array();
  for (const UnscoredRun& run : validation.unscored) {
    tree["unscored"].push_back({{"id", run.id}, {"family", run.family}, {"reason", run.reason}});
  }
  tree["memory_verdicts"] = Tree::array();
  for (const auto& [family, each] : validation.memory) {
    tree["memory_verdicts"].push_back({{"family", family},
                                       {"ran", each.ran},
                                       {"refused", each.refused},
                                       {"starved", each.starved},
                                       {"foretold", each.foretold}});
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
  return make_report(std::move(tree));
}

}  // namespace traincost
