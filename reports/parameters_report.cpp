#include "base/units.h"
#include "estimator/model/flops.h"
#include "reports/format.h"
#include "reports/forms.h"
#include "reports/report_tree.h"

namespace traincost {
namespace {

using namespace unit;

struct Part {
  const char* key;
  std::int64_t ParameterCount::*member;
};

// The keys of the flat form, in its order; the first six under their published conventions.
constexpr Part kParts[] = {
    {"total", &ParameterCount::total},
    {"input_embedding", &ParameterCount::input_embedding},
    {"output_head", &ParameterCount::output_head},
    {"active_all", &ParameterCount::active_all},
    {"active_without_input_embedding", &ParameterCount::active_without_input_embedding},
    {"active_without_both", &ParameterCount::active_without_both},
    {"attention", &ParameterCount::attention},
    {"dense_feed_forward", &ParameterCount::dense_feed_forward},
    {"routed_experts", &ParameterCount::routed_experts},
    {"routers", &ParameterCount::routers},
    {"norms", &ParameterCount::norms},
    {"other", &ParameterCount::other},
    {"mtp", &ParameterCount::mtp},
};

std::string render_parameters(const Tree& tree) {
  std::string text = tree["model"].get<std::string>() + " (" + tree["family"].get<std::string>() +
                     "), " + std::to_string(tree["layers"].get<int>()) + " layers, hidden " +
                     rounded(tree["hidden"].get<double>()) + "\n\n";
  Table table({true, false, false});
  const double total = tree["total"].get<double>();
  for (const Part& part : kParts) {
    const double value = tree[part.key].get<double>();
    table.row({part.key, rounded(value), total > 0 ? percent(value / total) : "-"});
  }
  text += table.text("  ");
  text += "\n  " + tree["convention"].get<std::string>() + "\n";
  const Tree& flops = tree["flops_per_token"];
  text += "\n  GFLOP per token at " + rounded(flops["sequence_length"].get<double>()) +
          ", forward and backward: causal " + significant(flops["causal"].get<double>(), 5) +
          ", with MTP " + significant(flops["causal_with_mtp"].get<double>(), 5) +
          ",\n  full attention " + significant(flops["full_attention"].get<double>(), 5) + ", 6N " +
          significant(flops["six_n"].get<double>(), 5) + "\n";
  for (const Tree& warning : tree["warnings"]) {
    text += "  warning " + warning["code"].get<std::string>() + ": " +
            warning["message"].get<std::string>() + "\n";
  }
  return text;
}

}  // namespace

const ReportForms kParametersForms{"params", render_parameters};

Report parameters_report(const Architecture& model, double sequence_length,
                         const std::vector<std::string>& warnings) {
  const ParameterCount count = count_parameters(model);
  Tree tree = report_head("params");
  tree["model"] = model.name;
  tree["family"] = model.family;
  tree["layers"] = model.layer_count();
  tree["hidden"] = model.hidden;
  tree["vocab"] = model.vocab;
  for (const Part& part : kParts) tree[part.key] = count.*part.member;
  tree["convention"] = counting_convention(model);
  const auto gflop = [](FlopsPerToken value) { return value.in(GFLOP / token); };
  tree["flops_per_token"] = {
      {"sequence_length", sequence_length},
      {"unit", "GFLOP per token, forward and backward"},
      {"causal", gflop(model_flops_per_token(model, sequence_length))},
      {"causal_with_mtp",
       gflop(model_flops_per_token(model, sequence_length, {AttentionCount::kCausal, true}))},
      {"full_attention",
       gflop(model_flops_per_token(model, sequence_length, {AttentionCount::kFull, false}))},
      {"six_n", gflop(six_n_per_token(model))},
      {"six_n_with_full_attention",
       gflop(six_n_attention_per_token(model, sequence_length, AttentionCount::kFull))},
      {"convention", convention_text({})}};
  tree["inputs"] = {{"model", model.name}, {"sequence_length", sequence_length}};
  tree["result"] = Tree::object();
  Tree row;
  row["id"] = model.name;
  row["question"] = "params";
  for (const Part& part : kParts) row[part.key] = count.*part.member;
  tree["rows"] = Tree::array({row});
  tree["warnings"] = Tree::array();
  for (const std::string& each : model.not_counted) {
    tree["warnings"].push_back({{"code", "W0202"}, {"message", "\"" + each + "\" is not counted"}});
  }
  for (const std::string& each : warnings) {
    tree["warnings"].push_back({{"code", "W0201"}, {"message", each}});
  }
  close_report(tree);
  return make_report(std::move(tree));
}

}  // namespace traincost
