#include <algorithm>
#include <cmath>

#include "base/units.h"
#include "estimator/job/knobs.h"
#include "estimator/model/parameters.h"
#include "reports/format.h"
#include "reports/forms.h"
#include "reports/job_tree.h"
#include "reports/layout_tree.h"
#include "reports/report_tree.h"

namespace traincost {
namespace {

using namespace unit;

// What is asked for, as one says it, and what the value counts.
struct FitWords {
  Fit fit;
  const char* sought;
  const char* unit;
  const char* one;  // of it; null: the value is no count of things
};
constexpr FitWords kFitWords[] = {
    {Fit::kMicroBatch, "largest micro-batch that fits", "sequences", "sequence"},
    {Fit::kSequence, "longest sequence that fits", "tokens", "token"},
    {Fit::kModel, "largest model that fits", "parameters", nullptr},
    {Fit::kCount, "fewest accelerators that fit", "accelerators", "accelerator"},
};

const FitWords& words_of(Fit fit) {
  return *std::find_if(std::begin(kFitWords), std::end(kFitWords),
                       [&](const FitWords& each) { return each.fit == fit; });
}

Tree model_tree(const Architecture& model) {
  return {{"name", model.name},
          {"parameters", count_parameters(model).total},
          {"layers", model.layer_count()},
          {"hidden", model.hidden},
          {"heads", model.kinds.front().attention.heads}};
}

// A value with the memory that it needs.
Tree trial_tree(const FitWords& words, const FitTrial& trial) {
  const bool one = words.one != nullptr && std::llround(trial.value) == 1;
  return {{"value", trial.value},
          {"unit", one ? words.one : words.unit},
          {"memory_required_bytes", trial.step.memory.required.in(B)},
          {"generates", trial.generates}};
}

Tree fit_row(const FitAnswer& answer) {
  const FitTrial& shown = answer.shown();
  const StepSetup& setup = *shown.phase().setup;
  Tree r;
  r["id"] = "fit-" + std::string(name_of(kFitNames, answer.fit));
  r["question"] = "fit";
  r["fit"] = std::string(name_of(kFitNames, answer.fit));
  r["value"] = answer.best ? Tree(answer.best->value) : Tree(nullptr);
  r["value_unit"] = words_of(answer.fit).unit;
  r["name"] = shown.job.name;
  r["model"] = shown.job.model.name;
  r["parameters"] = count_parameters(setup.model).total;
  r["accelerator"] = shown.job.platform(shown.phase()).accelerator.record.id;
  r["accelerators"] = shown.phase().count;
  r["sequence_length"] = setup.batch.sequence_length;
  r["global_batch"] = setup.batch.global_batch;
  const Tree knobs = knobs_tree(setup.layout, setup.batch);
  for (const auto& [knob, value] : knobs.items()) {
    if (!value.is_array()) r[knob] = value;
  }
  r["memory_required_bytes"] = shown.step.memory.required.in(B);
  r["memory_available_bytes"] = shown.step.memory.available.in(B);
  r["memory_fits"] = shown.step.memory.fits();
  r["leaves_reserve"] = shown.fits();
  return r;
}

std::string value_text(const Tree& value) {
  const double number = value["value"].get<double>();
  const std::string unit = value["unit"].get<std::string>();
  return (unit == "parameters" ? magnitude_text(number) : rounded(number)) + " " + unit;
}

std::string changes_text(const Tree& result) {
  constexpr std::size_t kShown = 9;
  const double now = result["memory"]["required_bytes"].get<double>();
  Table table({true, false, false, true});
  table.row({"change one thing, in this layout", "memory", "speed", ""});
  std::size_t shown = 0;
  for (const Tree& each : result["changes"]) {
    const double required = each["memory_required_bytes"].get<double>();
    if (required >= now || shown == kShown) break;
    ++shown;
    const double gain = each["gain"].get<double>();
    table.row({options_text(each["change"].get<std::string>()), gigabytes(required),
               (gain < 0 ? "" : "+") + percent(gain),
               each["leaves_reserve"].get<bool>() ? "" : "too much still"});
  }
  return shown == 0 ? "  no single change needs less\n" : table.text("  ");
}

std::string render_fit(const Tree& tree) {
  const Tree& result = tree["result"];
  const Tree& inputs = tree["inputs"];
  const Tree& memory = result["memory"];
  const Tree& fit = result["fit"];
  const auto needs = [&](const Tree& trial) {
    if (!trial["generates"].get<bool>()) {
      return value_text(trial) + " would not hold what it generates (rl.generation)";
    }
    return value_text(trial) + " would need " +
           gigabytes(trial["memory_required_bytes"].get<double>());
  };
  std::string text =
      fit["sought"].get<std::string>() + ": " + inputs["model"].get<std::string>() + " on ";
  if (fit["of"] != "count") text += rounded(result["accelerators"].get<double>()) + " x ";
  text += result["accelerator_name"].get<std::string>() + "\n\n  ";
  if (fit["best"].is_null()) {
    text += "none: " + needs(fit["beyond"]) + "\n";
  } else {
    text += value_text(fit["best"]);
    if (fit["of"] == "model") {
      const Tree& model = result["trained"];
      text += ", " + std::to_string(model["layers"].get<int>()) + " layers of hidden size " +
              rounded(model["hidden"].get<double>());
    }
    if (!fit["beyond"].is_null()) {
      text += "; " + needs(fit["beyond"]);
    } else {
      text += fit["of"] == "count" ? "; no fewer are legal" : "; nothing larger is legal";
    }
    text += "\n";
  }
  text += "  layout    " + wrapped(knobs_text(result["knobs"]), "            ") + "\n";
  const bool one = result["global_batch"].get<std::int64_t>() == 1;
  text += "  batch     " + rounded(result["global_batch"].get<double>()) +
          (one ? " sequence of " : " sequences of ") +
          rounded(result["sequence_length"].get<double>()) + " tokens\n";
  text += "  memory    " + gigabytes(memory["required_bytes"].get<double>()) + " of " +
          gigabytes(fit["room_bytes"].get<double>()) + " on pipeline rank " +
          std::to_string(memory["most_loaded_rank"].get<int>());
  if (const double reserve = fit["memory_reserve"].get<double>(); reserve > 0) {
    text += "; " + percent(reserve) + " of " + gigabytes(memory["available_bytes"].get<double>()) +
            " stays free (--memory-reserve)";
  }
  text += "\n" + memory_terms_text(memory) + "\n" + changes_text(result);
  return text;
}

}  // namespace

const ReportForms kFitForms{"fit", render_fit};

Report fit_report(const FitAnswer& answer) {
  const FitTrial& shown = answer.shown();
  const StepSetup& setup = *shown.phase().setup;
  Tree tree = report_head("fit");
  tree["inputs"] = job_inputs_tree(shown.job);
  const FitWords& words = words_of(answer.fit);
  const auto trial = [&](const std::optional<FitTrial>& each) {
    return each ? trial_tree(words, *each) : Tree(nullptr);
  };
  Tree result;
  result["fit"] = {{"of", std::string(name_of(kFitNames, answer.fit))},
                   {"sought", words.sought},
                   {"best", trial(answer.best)},
                   {"beyond", trial(answer.beyond)},
                   {"memory_reserve", shown.reserve},
                   {"room_bytes", shown.room().in(B)}};
  result["trained"] = model_tree(setup.model);
  result["accelerator_name"] = shown.job.platform(shown.phase()).accelerator.record.name;
  result["accelerators"] = shown.phase().count;
  result["sequence_length"] = setup.batch.sequence_length;
  result["global_batch"] = setup.batch.global_batch;
  result["knobs"] = knobs_tree(setup.layout, setup.batch);
  result["memory"] = {{"phase", shown.phase().name}};
  result["memory"].update(memory_tree(shown.step.memory));
  result["changes"] = Tree::array();
  for (const Advice& each : answer.changes) {
    result["changes"].push_back(advice_tree(each));
    result["changes"].back()["leaves_reserve"] = answer.leaves_reserve(each);
  }
  tree["result"] = std::move(result);
  add_job_basis(tree, shown.job, {&setup});
  tree["rows"] = {fit_row(answer)};
  return make_report(std::move(tree));
}

}  // namespace traincost
