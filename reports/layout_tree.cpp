#include "reports/layout_tree.h"

#include <algorithm>
#include <sstream>
#include <vector>

#include "base/units.h"
#include "estimator/job/knobs.h"
#include "reports/format.h"

namespace traincost {

namespace {

void add_knobs(Tree& t, bool of_layout, const Layout& layout, const Batch& batch) {
  for (const Knob& knob : kKnobs) {
    if (knob.of_layout != of_layout) continue;
    std::visit([&](const auto& value) { t[std::string(knob.name)] = value; },
               knob.value(layout, batch));
  }
}

}  // namespace

Tree layout_tree(const Layout& layout) {
  Tree t;
  add_knobs(t, true, layout, {});
  return t;
}

void add_batch_knobs(Tree& tree, const Batch& batch) { add_knobs(tree, false, {}, batch); }

Tree knobs_tree(const Layout& layout, const Batch& batch) {
  Tree t = layout_tree(layout);
  add_batch_knobs(t, batch);
  return t;
}

std::string knobs_text(const Tree& knobs) {
  std::string text;
  const auto add = [&](const std::string& part) { text += (text.empty() ? "" : ", ") + part; };
  const auto degree = [&](const char* key, const char* name) {
    const int value = knobs[key].get<int>();
    if (value > 1) add(std::string(name) + " " + std::to_string(value));
  };
  degree("tp", "tp");
  degree("pp", "pp");
  degree("vp", "vp");
  degree("cp", "cp");
  degree("ep", "ep");
  degree("expert_tp", "expert tp");
  add("dp " + std::to_string(knobs["dp"].get<int>()));
  std::string zero = "ZeRO " + std::to_string(knobs["zero"].get<int>());
  if (const int shards = knobs["zero_shards"].get<int>(); shards > 0) {
    zero += " over " + std::to_string(shards);
    if (knobs["shards_outside"].get<bool>()) zero += " across nodes";
  }
  add(zero);
  add("micro-batch " + std::to_string(knobs["micro_batch"].get<std::int64_t>()));
  if (knobs["sequence_parallel"].get<bool>()) add("sequence parallel");
  if (knobs["tp_overlap"].get<bool>()) add("tp overlap");
  if (knobs["pp"].get<int>() > 1) add(knobs["schedule"].get<std::string>());
  std::string recompute = "recompute " + knobs["recompute"].get<std::string>();
  if (const int layers = knobs["recompute_layers"].get<int>(); layers > 0) {
    recompute += " of " + std::to_string(layers) + " layers";
  }
  std::string modules;
  for (const Tree& module : knobs["recompute_modules"]) {
    modules += (modules.empty() ? "" : ", ") + module.get<std::string>();
  }
  if (!modules.empty()) recompute += " (" + modules + ")";
  add(recompute);
  if (knobs["offload_activations"].get<bool>()) add("activations offloaded");
  if (knobs["offload_optimizer"].get<bool>()) add("optimizer offloaded");
  if (knobs["offload_parameters"].get<bool>()) add("parameters offloaded");
  return text;
}

Tree advice_tree(const Advice& advice) {
  const PhaseTotals& totals = advice.layout.totals;
  return {{"change", advice.change},
          {"layout_open", advice.layout_open},
          {"gain", advice.gain},
          {"days_saved", advice.saved.in(unit::day)},
          {"usd_saved", advice.saved_cost ? Tree(advice.saved_cost->in(unit::usd)) : Tree(nullptr)},
          {"wall_days", totals.wall.in(unit::day)},
          {"accelerator_hours", totals.billed.in(unit::accelerator_hour)},
          {"cost_usd", totals.cost ? Tree(totals.cost->in(unit::usd)) : Tree(nullptr)},
          {"memory_required_bytes", advice.layout.required.in(unit::B)},
          {"memory_fits", advice.fits()}};
}

std::string options_text(const std::string& change) {
  std::string text;
  std::istringstream words(change);
  for (std::string word; words >> word;) {
    const bool quoted = word.find('[') != std::string::npos;
    text += (text.empty() ? "--set " : " --set ") + (quoted ? "'" + word + "'" : word);
  }
  return text;
}

Tree memory_tree(const Memory& memory) {
  Tree t;
  t["required_bytes"] = memory.required.in(unit::B);
  t["available_bytes"] = memory.available.in(unit::B);
  t["fits"] = memory.fits();
  t["most_loaded_rank"] = memory.most_loaded_rank;
  t["host_bytes"] = memory.host.in(unit::B);
  t["terms"] = Tree::array();
  for (const MemoryTerm& term : memory.terms) {
    t["terms"].push_back({{"name", term.name}, {"bytes", term.bytes.in(unit::B)}});
  }
  return t;
}

std::string memory_terms_text(const Tree& memory) {
  Table table({true, false});
  for (const Tree& term : memory["terms"]) {
    table.row({term["name"].get<std::string>(), gigabytes(term["bytes"].get<double>())});
  }
  return table.text("  ");
}

Tree step_terms_tree(const StepEstimate& step) {
  Tree list = Tree::array();
  for (const StepTerm& term : step.terms) {
    list.push_back({{"name", cause_name(term.cause)},
                    {"time_s", term.time.in(unit::second)},
                    {"share", term.time / step.time}});
  }
  return list;
}

std::string largest_terms_text(const Tree& list) {
  std::vector<const Tree*> terms;
  for (const Tree& term : list) terms.push_back(&term);
  std::stable_sort(terms.begin(), terms.end(), [](const Tree* a, const Tree* b) {
    return (*a)["time_s"].get<double>() > (*b)["time_s"].get<double>();
  });
  constexpr std::size_t kColumns = 100;
  std::string text;
  for (const Tree* term : terms) {
    const std::string next = (text.empty() ? "" : ", ") + (*term)["name"].get<std::string>() + " " +
                             percent((*term)["share"].get<double>(), 0);
    if (text.size() + next.size() > kColumns) break;
    text += next;
  }
  return text;
}

}  // namespace traincost
