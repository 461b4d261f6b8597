#include "reports/layout_tree.h"

#include <algorithm>
#include <vector>

#include "base/units.h"
#include "reports/format.h"

namespace traincost {

Tree layout_tree(const Layout& l) {
  Tree t;
  t["tp"] = l.tp;
  t["pp"] = l.pp;
  t["vp"] = l.vp;
  t["cp"] = l.cp;
  t["dp"] = l.dp;
  t["ep"] = l.ep;
  t["expert_tp"] = l.expert_tp;
  t["zero"] = l.zero;
  t["zero_shards"] = l.zero_shards;
  t["sequence_parallel"] = l.sequence_parallel;
  t["tp_overlap"] = l.tp_overlap;
  t["schedule"] = schedule_name(l.schedule);
  return t;
}

Tree knobs_tree(const Layout& l, const Batch& batch) {
  Tree t = layout_tree(l);
  t["micro_batch"] = batch.micro_batch;
  t["recompute"] = recompute_name(batch.recompute);
  t["recompute_modules"] = module_names(batch.modules);
  t["recompute_layers"] = batch.recompute_layers;
  t["offload_activations"] = batch.offload_activations;
  t["offload_optimizer"] = batch.offload_optimizer;
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
  return text;
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
