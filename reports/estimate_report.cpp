#include <algorithm>
#include <cmath>

#include "base/units.h"
#include "estimator/job/knobs.h"
#include "estimator/model/flops.h"
#include "reports/evidence_tree.h"
#include "reports/format.h"
#include "reports/iteration_tree.h"
#include "reports/job_tree.h"
#include "reports/layout_tree.h"
#include "reports/methods_tree.h"
#include "reports/report_tree.h"
#include "reports/sample_tree.h"

namespace traincost {
namespace {

using namespace unit;

// A figure that a phase may lack is null, never zero.
Tree known(double value) { return value > 0 ? Tree(value) : Tree(nullptr); }

Tree range(double p5, double p50, double p95) { return {{"p5", p5}, {"p50", p50}, {"p95", p95}}; }

Tree phase_tree(const PhaseEstimate& phase) {
  Tree t;
  t["name"] = phase.name;
  t["basis"] = phase.step ? "predicted" : "stated";
  t["contains_failures"] = phase.contains_failures;
  t["tokens"] = known(phase.tokens.in(token));
  t["step_time_s"] = phase.step ? Tree(phase.step_time.in(second)) : Tree(nullptr);
  t["tuned_step_time_s"] = phase.step ? Tree(phase.step->time.in(second)) : Tree(nullptr);
  t["tokens_per_s_per_accelerator"] = known(phase.throughput.in(token / (second * accelerator)));
  t["accelerator_hours"] = phase.time.in(accelerator_hour);
  t["accelerator_hours_per_trillion_tokens"] =
      phase.tokens > Tokens{}
          ? Tree(phase.time.in(accelerator_hour) / phase.tokens.in(trillion_tokens))
          : Tree(nullptr);
  t["wall_days"] = phase.wall.in(day);
  t["mfu"] = known(phase.mfu);
  t["mfu_run_precision"] = known(phase.mfu_run_precision);
  t["hfu"] = known(phase.hfu);
  const auto times = [&](double value) {
    return phase.step
               ? range(phase.doubt.p5 * value, phase.doubt.p50 * value, phase.doubt.p95 * value)
               : Tree(nullptr);
  };
  t["step_time_s_range"] = phase.step ? times(phase.step_time.in(second)) : Tree(nullptr);
  t["accelerator_hours_range"] = times(phase.time.in(accelerator_hour));
  t["wall_days_range"] = times(phase.wall.in(day));
  t["iteration"] = phase.iteration ? iteration_tree(*phase.iteration) : Tree(nullptr);
  t["step_terms"] = phase.step ? step_terms_tree(*phase.step) : Tree::array();
  if (!phase.step) return t;
  const std::vector<StepPart> parts = step_parts(*phase.step);
  if (!parts.empty()) t["step_parts"] = Tree::array();
  for (const StepPart& part : parts) {
    t["step_parts"].push_back({{"name", part.name}, {"time_s", part.time.in(second)}});
  }
  t["layout"] = layout_tree(*phase.layout);
  t["placement"] = Tree::array();
  for (const PlacedGroup& each : phase.placement) {
    t["placement"].push_back({{"group", each.name},
                              {"size", each.span.size},
                              {"stride", each.span.stride},
                              {"meets", each.meets},
                              {"of_cards", each.of_cards}});
  }
  t["accelerators_used"] = phase.layout->ranks();
  t["micro_batches"] = phase.step->micro_batches;
  t["sequence_length"] = phase.batch->sequence_length;
  t["global_batch"] = phase.batch->global_batch;
  add_batch_knobs(t, *phase.batch);
  t["precision"] = phase.run_precision;
  t["update_bytes_per_parameter"] = {{"optimizer_states", phase.optimizer_bytes},
                                     {"gradients", phase.gradient_bytes},
                                     {"reduction", phase.reduction_bytes}};
  const Memory& memory = phase.step->memory;
  t["memory_required_bytes"] = memory.required.in(B);
  t["memory_fits"] = memory.fits();
  return t;
}

// In a column headed "days"; a shorter time names its unit.
std::string phase_days(double days) { return days >= 1 ? significant(days, 3) : days_text(days); }

// On another accelerator what else the change sets is of its own system.
std::string change_text(const Tree& each) {
  const std::string change = each["change"].get<std::string>();
  if (!each["layout_open"].get<bool>()) return change;
  return change.substr(0, change.find(' ')) + ", layout open";
}

// Whether layouts were chosen for the job: changes are held against the one chosen.
bool chose_layout(const Tree& tree) {
  return std::any_of(tree["assumptions"].begin(), tree["assumptions"].end(), [](const Tree& item) {
    return item["what"].get<std::string>().ends_with("/layout");
  });
}
constexpr const char* kHeld = "all else held; a layout that is open may be chosen anew with it";

// What gains most, in a line; every change that was tried, as a table.
std::string next_text(const Tree& tree) {
  const Tree& next = tree["result"]["next"];
  constexpr std::size_t kFew = 5, kTwoLines = 160;
  constexpr double kWorthSaying = 0.005;
  const auto saved = [](const Tree& dollars_saved) {
    if (dollars_saved.is_null()) return std::string("-");
    const double all = dollars_saved.get<double>();
    return (all < 0 ? "-" : "") + dollars(std::abs(all));
  };
  if (next.size() > kFew) {
    Table table({true, false, false, false, false});
    table.row({"change one thing", "speed", "days saved", "cost saved", "memory"});
    for (const Tree& each : next) {
      const double gain = each["gain"].get<double>();
      table.row({change_text(each), (gain < 0 ? "" : "+") + percent(gain),
                 significant(each["days_saved"].get<double>(), 3), saved(each["usd_saved"]),
                 gigabytes(each["memory_required_bytes"].get<double>())});
    }
    return "\n" + table.text("  ") + (chose_layout(tree) ? std::string("  ") + kHeld + "\n" : "") +
           "\n";
  }
  std::string text;
  for (const Tree& each : next) {
    if (each["gain"].get<double>() < kWorthSaying) break;
    std::string part =
        each["change"].get<std::string>() + " saves " + days_text(each["days_saved"].get<double>());
    if (!each["usd_saved"].is_null()) part += " and " + saved(each["usd_saved"]);
    if (text.size() + part.size() > kTwoLines) break;
    text += (text.empty() ? "" : ", ") + part;
  }
  return text.empty() ? "" : "  try       " + wrapped(text, "            ") + "\n";
}

Tree memory_of_phase(const Estimate& estimate) {
  if (!estimate.memory) return nullptr;
  Tree t = {{"phase", estimate.memory_phase}};
  t.update(memory_tree(*estimate.memory));
  return t;
}

Tree flops_tree(const FlopsByConvention& flops) {
  const auto gflop = [](FlopsPerToken value) { return value.in(GFLOP / token); };
  Tree t;
  t["sequence_length"] = flops.sequence_length;
  t["unit"] = "GFLOP per token, forward and backward";
  t["causal"] = gflop(flops.causal);
  t["causal_with_mtp"] = gflop(flops.causal_mtp);
  t["full_attention"] = gflop(flops.full);
  t["six_n"] = gflop(flops.six_n);
  t["six_n_with_full_attention"] = gflop(flops.six_n_attention);
  t["mfu_convention"] = convention_text({});
  return t;
}

// What failures do to the predicted phases; null where nothing fails.
Tree failures_tree(const Job& job, const Estimate& estimate) {
  const Goodput& goodput = estimate.goodput;
  if (goodput.time_to_interruption <= Seconds{}) return nullptr;
  Tree t;
  t["record"] = job.reliability.record.id;
  t["per_node_day"] = job.reliability.failures_per_node_day;
  t["provider_per_node_day"] =
      job.platform().reliability.failures_per_node_day - job.reliability.failures_per_node_day;
  t["interruptions"] = estimate.interruptions;
  const Spread<double>& count = estimate.interruptions_spread;
  t["interruptions_range"] = range(count.p5, count.p50, count.p95);
  t["hours_to_interruption"] = goodput.time_to_interruption.in(hour);
  t["checkpoint_interval_minutes"] = goodput.checkpoint_interval.in(minute);
  t["checkpoints_share"] = goodput.writing;
  t["lost_share"] = goodput.lost;
  return t;
}

// The cost in the currency that the job names beside the dollar.
Tree currency_tree(const Job& job, const Estimate& estimate) {
  if (!job.currency) return nullptr;
  const Currency& currency = *job.currency;
  Tree t;
  t["code"] = currency.code;
  t["per_usd"] = currency.per_usd;
  t["date"] = currency.date.empty() ? Tree(nullptr) : Tree(currency.date);
  t["cost"] = estimate.cost ? Tree(currency.per_usd * estimate.cost->in(usd)) : Tree(nullptr);
  return t;
}

Tree total_tree(const Job& job, const Estimate& estimate) {
  Tree t;
  t["accelerator_hours"] = estimate.billed.in(accelerator_hour);
  t["accelerator_hours_tuned"] = estimate.tuned.in(accelerator_hour);
  t["accelerator_hours_without_failures"] = estimate.busy.in(accelerator_hour);
  t["wall_days"] = estimate.wall.in(day);
  t["goodput"] = estimate.goodput.share;
  t["paused_share"] = estimate.goodput.paused;
  t["failures"] = failures_tree(job, estimate);
  t["cost_usd"] = estimate.cost ? Tree(estimate.cost->in(usd)) : Tree(nullptr);
  t["cost_method"] = std::string(name_of(kCostMethods, job.cost_method));
  // Of several platforms none speaks for all.
  const auto pricing = job.platforms.size() == 1 ? job.platform().pricing : std::nullopt;
  t["price_usd_per_accelerator_hour"] =
      pricing ? Tree(pricing->price.in(usd_per_accelerator_hour)) : Tree(nullptr);
  t["price_basis"] = pricing ? Tree(pricing->basis) : Tree(nullptr);
  t["currency"] = currency_tree(job, estimate);
  Usd with_beyond = estimate.cost.value_or(Usd{});
  t["beyond"] = Tree::array();
  for (const BeyondCost& each : estimate.beyond) {
    t["beyond"].push_back({{"name", each.name}, {"cost_usd", each.cost.in(usd)}});
    with_beyond += each.cost;
  }
  t["cost_usd_with_beyond"] = estimate.cost ? Tree(with_beyond.in(usd)) : Tree(nullptr);
  const auto& project = estimate.project_spread;
  t["cost_usd_with_beyond_range"] =
      project ? range(project->p5.in(usd), project->p50.in(usd), project->p95.in(usd))
              : Tree(nullptr);
  t["price_parts"] = pricing ? price_parts_tree(*pricing) : Tree(nullptr);
  t["methods"] = methods_tree(job, estimate);
  t["break_even"] = break_even_tree(job);
  t["energy_kwh"] = estimate.energy.in(kWh);
  const Power mean = 1 / job.grid.pue * (estimate.energy / (estimate.billed / (1 * accelerator)));
  t["mean_power_w"] = mean.in(watt);
  t["rated_power_w"] =
      job.platforms.size() == 1
          ? Tree(rated_power(job.platform().accelerator, job.platform().system).in(watt))
          : Tree(nullptr);
  t["carbon_kg"] = estimate.carbon.in(kg);
  t["water_litres"] = job.grid.wue ? Tree(estimate.water.in(litre)) : Tree(nullptr);
  t["carbon_embodied_kg"] =
      estimate.embodied > Grams{} ? Tree(estimate.embodied.in(kg)) : Tree(nullptr);
  t["energy_boards_kwh"] = estimate.boards.total.in(kWh);
  t["carbon_boards_kg"] = estimate.boards.carbon.in(kg);
  const auto& hours = estimate.billed_spread;
  const auto& wall = estimate.wall_spread;
  t["accelerator_hours_range"] =
      range(hours.p5.in(accelerator_hour), hours.p50.in(accelerator_hour),
            hours.p95.in(accelerator_hour));
  t["wall_days_range"] = range(wall.p5.in(day), wall.p50.in(day), wall.p95.in(day));
  const auto& money = estimate.cost_spread;
  t["cost_usd_range"] =
      money ? range(money->p5.in(usd), money->p50.in(usd), money->p95.in(usd)) : Tree(nullptr);
  const auto finish = [&](Seconds after) { return Tree(job.start->after(after).text()); };
  t["finish_date"] = job.start ? finish(estimate.wall) : Tree(nullptr);
  t["finish_date_range"] = nullptr;
  if (job.start) {
    Tree& dates = t["finish_date_range"] = Tree::object();
    dates["p5"] = finish(wall.p5);
    dates["p50"] = finish(wall.p50);
    dates["p95"] = finish(wall.p95);
  }
  return t;
}

// The total's intervals by what was sampled.
void put_ranges(const Job& job, const Sampled& sampled, Tree& total) {
  total["accelerator_hours_range"] = sampled_range(sampled, SampledFigure::kHours);
  total["wall_days_range"] = sampled_range(sampled, SampledFigure::kWall);
  if (sampled.priced) {
    total["cost_usd_range"] = sampled_range(sampled, SampledFigure::kCost);
    total["cost_usd_with_beyond_range"] = sampled_range(sampled, SampledFigure::kProject);
  }
  if (!job.start) return;
  for (const char* quantile : {"p5", "p50", "p95"}) {
    const Seconds after = total["wall_days_range"][quantile].get<double>() * day;
    total["finish_date_range"][quantile] = job.start->after(after).text();
  }
}

Tree row(const std::string& id, const Tree& from, const Job& job, const Tree& cost) {
  const auto member = [&](const char* key) {
    return from.contains(key) ? from[key] : Tree(nullptr);
  };
  Tree r;
  r["id"] = id;
  r["question"] = "estimate";
  r["name"] = job.name;
  r["model"] = job.model.name;
  r["accelerator"] = job.platform().accelerator.record.id;
  for (const char* key : {"basis", "tokens", "step_time_s", "tokens_per_s_per_accelerator",
                          "accelerator_hours", "wall_days", "mfu", "mfu_run_precision", "hfu",
                          "goodput", "memory_required_bytes", "memory_fits", "energy_kwh"}) {
    r[key] = member(key);
  }
  r["cost_usd"] = cost;
  for (const char* figure : {"step_time_s", "accelerator_hours", "wall_days"}) {
    const Tree spread = member((std::string(figure) + "_range").c_str());
    for (const char* quantile : {"p5", "p50", "p95"}) {
      r[std::string(figure) + "_" + quantile] = spread.is_null() ? Tree(nullptr) : spread[quantile];
    }
  }
  r["cost_method"] = std::string(name_of(kCostMethods, job.cost_method));
  return r;
}

// ---- text ----

std::string cell(const Tree& value, std::string (*format)(double)) {
  return value.is_null() ? "-" : format(value.get<double>());
}

std::string phases_text(const Tree& phases) {
  // Of bf16 peaks, whatever the run's products are in; of those in a column of its own.
  std::string narrow;
  for (const Tree& phase : phases) {
    if (!phase.contains("precision") || phase["mfu"] == phase["mfu_run_precision"]) continue;
    narrow = phase["precision"].get<std::string>();
  }
  Table table;
  std::vector<std::string> head = {"phase",     "tokens", "step",    "tok/s/GPU",
                                   "GPU-hours", "days",   "MFU bf16"};
  if (!narrow.empty()) head.push_back("of " + narrow);
  table.row(head);
  const auto share = [](double each) { return percent(each); };
  for (const Tree& phase : phases) {
    std::vector<std::string> cells = {
        phase["name"].get<std::string>() + (phase["basis"] == "stated" ? " (stated)" : ""),
        cell(phase["tokens"], magnitude_text),
        cell(phase["step_time_s"], duration),
        cell(phase["tokens_per_s_per_accelerator"], rounded),
        amount(phase["accelerator_hours"].get<double>()),
        phase_days(phase["wall_days"].get<double>()),
        cell(phase["mfu"], share)};
    if (!narrow.empty()) cells.push_back(cell(phase["mfu_run_precision"], share));
    table.row(std::move(cells));
  }
  return table.text("  ");
}

std::string no_text(const Tree& tree) {
  const Tree& memory = tree["result"]["memory"];
  std::string text = "Does not fit: " + gigabytes(memory["required_bytes"].get<double>()) +
                     " per GPU needed, " + gigabytes(memory["available_bytes"].get<double>()) +
                     " present (" + tree["inputs"]["accelerator_name"].get<std::string>() +
                     "), in phase " + memory["phase"].get<std::string>() + "\n\n";
  text += memory_terms_text(memory);
  text +=
      "\n  pipeline rank " + std::to_string(memory["most_loaded_rank"].get<int>()) + " needs most.";
  const Tree& next = tree["result"]["next"];
  if (next.empty()) {
    return text +
           " No single change fits; `traincost search` looks for a layout that does,\n"
           "  `traincost estimate --fit count` (or model, sequence) for what would.\n";
  }
  Table changes({true, false, false});
  for (const Tree& each : next) {
    const double gain = each["gain"].get<double>();
    changes.row({options_text(each["change"].get<std::string>()),
                 gigabytes(each["memory_required_bytes"].get<double>()),
                 percent(std::abs(gain)) + (gain < 0 ? " slower" : " faster")});
  }
  return text + " Each of these alone would fit:\n\n" + changes.text("  ") +
         (chose_layout(tree) ? std::string("\n  ") + kHeld + "\n" : "") +
         "\n  `traincost search` looks at all layouts, `traincost estimate --fit` for what fits.\n";
}

std::string failures_text(const Tree& failures) {
  const double hours = failures["hours_to_interruption"].get<double>();
  const double provider = failures["provider_per_node_day"].get<double>();
  const Tree& count = failures["interruptions_range"];
  return wrapped(
             amount(failures["interruptions"].get<double>()) + " interruptions (" +
                 rounded(count["p5"].get<double>()) + " to " + rounded(count["p95"].get<double>()) +
                 "), one every " + duration(hours * 3600) + " (" +
                 failures["record"].get<std::string>() + ", " +
                 significant(1000 * failures["per_node_day"].get<double>()) +
                 " in 1,000 node-days" +
                 (provider > 0 ? ", and " + significant(provider) + " a node-day by the provider"
                               : "") +
                 "), a checkpoint every " +
                 duration(60 * failures["checkpoint_interval_minutes"].get<double>()) + " takes " +
                 percent(failures["checkpoints_share"].get<double>()) +
                 ", work done again and restarts " + percent(failures["lost_share"].get<double>()),
             "            ") +
         "\n";
}

std::string memory_text(const Tree& memory) {
  const double required = memory["required_bytes"].get<double>();
  const double available = memory["available_bytes"].get<double>();
  std::string text = gigabytes(required) + " of " + gigabytes(available) + " on pipeline rank " +
                     std::to_string(memory["most_loaded_rank"].get<int>()) + ", " +
                     gigabytes(available - required) + " to spare\n";
  std::string terms;
  constexpr std::size_t kShown = 4;
  for (std::size_t i = 0; i < memory["terms"].size() && i < kShown; ++i) {
    const Tree& term = memory["terms"][i];
    terms += (i == 0 ? "" : ", ") + term["name"].get<std::string>() + " " +
             significant(term["bytes"].get<double>() / 1e9, 3);
  }
  return text + "            " + terms + " GB\n";
}

// Where groups meet, if the job has switches of its own: else it is domain or network.
std::string placement_text(const Tree& phase) {
  std::string text;
  bool tiers = false;
  for (const Tree& each : phase["placement"]) {
    const std::string meets = each["meets"].get<std::string>();
    const bool inside = meets == "scale-up domain";
    tiers = tiers || (!inside && meets != "network");
    text += (text.empty() ? "" : ", ") + each["group"].get<std::string>() +
            (inside ? " in the " : " over the ") + meets;
    const double share = each["of_cards"].get<double>();
    if (share < 1) text += " at " + percent(share, 0) + " of the cards' rate";
  }
  return tiers ? "  network   " + wrapped(text, "            ") + "\n" : "";
}

std::string energy_text(double kilowatt_hours) {
  constexpr double kMega = 1000;
  return kilowatt_hours < 10 * kMega ? amount(kilowatt_hours) + " kWh"
                                     : rounded(kilowatt_hours / kMega) + " MWh";
}

std::string carbon_text(double kilograms) {
  constexpr double kTonne = 1000;
  return kilograms < kTonne ? significant(kilograms, 3) + " kg CO2e"
                            : significant(kilograms / kTonne, 3) + " t CO2e";
}

std::string render_estimate(const Tree& tree) {
  const Tree& result = tree["result"];
  if (!result["memory"].is_null() && !result["memory"]["fits"].get<bool>()) return no_text(tree);
  const Tree& total = result["total"];
  const Tree& inputs = tree["inputs"];
  std::string text = inputs["name"].get<std::string>() + " on " +
                     rounded(inputs["accelerators"].get<double>()) + " x " +
                     inputs["accelerator_name"].get<std::string>() + "\n\n";
  text += "  " + amount(total["accelerator_hours"].get<double>()) + " GPU-hours, " +
          days_text(total["wall_days"].get<double>());
  if (!total["cost_usd"].is_null()) {
    const Tree& price = total["price_usd_per_accelerator_hour"];
    const std::string method = total["cost_method"].get<std::string>();
    text += ", " + dollars(total["cost_usd"].get<double>()) +
            (!price.is_null() ? " at " + dollars(price.get<double>()) + "/GPU-h (" + method + ")"
             : method == "acquisition" ? " (acquisition: what is bought is there afterwards)"
                                       : " (" + method + ", by each phase's price)");
  }
  const Tree& currency = total["currency"];
  if (!currency.is_null() && !currency["cost"].is_null()) {
    text += ", " + magnitude_text(currency["cost"].get<double>()) + " " +
            currency["code"].get<std::string>();
  }
  if (!total["finish_date"].is_null()) {
    text += ", done by " + total["finish_date"].get<std::string>();
    const Tree& dates = total["finish_date_range"];
    if (dates["p5"] != dates["p95"]) {
      text +=
          " (" + dates["p5"].get<std::string>() + " to " + dates["p95"].get<std::string>() + ")";
    }
  }
  text += "\n";
  const Tree& spread = total["accelerator_hours_range"];
  if (spread["p5"] != spread["p95"]) {
    const bool named = inputs["names_software"].get<bool>();
    const bool more = !result["sampled"].is_null() && result["sampled"]["drivers"].size() > 1;
    text += std::string("  90% interval by ") +
            (more    ? "all that is sampled below"
             : named ? "errors on unseen families"
                     : "runs of unnamed software") +
            ": " + magnitude_text(spread["p5"].get<double>()) + " to " +
            magnitude_text(spread["p95"].get<double>()) + " GPU-hours";
    const Tree& money = total["cost_usd_range"];
    if (!money.is_null() && money["p5"] != money["p95"]) {
      text +=
          ", " + dollars(money["p5"].get<double>()) + " to " + dollars(money["p95"].get<double>());
    }
    text += "\n";
    if (!named) {
      text += "  a stack that you will run narrows it: --stack NAME (traincost hw list stacks)\n";
    }
    // Both ways of reading the figure, where they differ.
    constexpr double kWorthSaying = 1.005;
    const double tuned = total["accelerator_hours_tuned"].get<double>();
    if (total["accelerator_hours"].get<double>() > kWorthSaying * tuned) {
      text += "  tuned: " + amount(tuned) +
              " GPU-hours, as the physics has it; the answer is the median of such runs\n";
    }
  }
  const Tree& basis = total["price_basis"];
  if (!basis.is_null() && basis != kStatedPrice) {
    text += "  price     " + wrapped(basis.get<std::string>(), "            ") + "\n";
  }
  if (!result["sampled"].is_null()) text += sample_text(result["sampled"]);
  const bool all_fail =
      std::none_of(result["phases"].begin(), result["phases"].end(),
                   [](const Tree& phase) { return phase["contains_failures"].get<bool>(); });
  if (total["goodput"].get<double>() < 1) {
    text += "  goodput " + percent(total["goodput"].get<double>()) +
            (all_fail ? "" : " over the phases that do not state it") + "; without failures " +
            amount(total["accelerator_hours_without_failures"].get<double>()) + " GPU-hours\n";
  }
  text += "\n" + phases_text(result["phases"]) + "\n";
  std::string chosen;
  for (const Tree& item : tree["assumptions"]) {
    if (!item["what"].get<std::string>().ends_with("/layout")) continue;
    chosen = ": " + item["why"].get<std::string>() + "; `traincost search` shows others";
    break;
  }
  const auto said_of = [&](const char* what) {
    for (const Tree& item : tree["assumptions"]) {
      if (item["origin"] != "derived" || item["what"] != what) continue;
      return wrapped(item["value"].get<std::string>() + ": " + item["why"].get<std::string>(),
                     "            ") +
             "\n";
    }
    return std::string();
  };
  for (const Tree& phase : result["phases"]) {
    if (phase["step_terms"].empty()) continue;
    Tree knobs = phase["layout"];
    for (const Knob& knob : kKnobs) {
      const std::string key(knob.name);
      if (!knob.of_layout) knobs[key] = phase[key];
    }
    text += "  layout    " + wrapped(knobs_text(knobs) + chosen, "            ") + "\n";
    if (const auto batch = said_of("/run/global_batch"); !batch.empty()) {
      text += "  batch     " + batch;
    }
    if (const auto used = said_of("/cluster/count"); !used.empty()) text += "  in use    " + used;
    text += placement_text(phase);
    text += "  step      " + largest_terms_text(phase["step_terms"]) + "\n";
    break;
  }
  for (const Tree& phase : result["phases"]) {
    if (phase["iteration"].is_null()) continue;
    const bool alone = result["phases"].size() == 1;
    const std::string of = alone ? "" : phase["name"].get<std::string>() + ": ";
    text +=
        "  iteration " + wrapped(of + iteration_text(phase["iteration"]), "            ") + "\n";
  }
  text += evidence_lines(result);
  text += next_text(tree);
  if (!result["memory"].is_null()) text += "  memory    " + memory_text(result["memory"]);
  if (!total["methods"].is_null()) text += "  methods   " + methods_text(total);
  if (total["paused_share"].get<double>() > 0) {
    text += "  pauses    " + percent(total["paused_share"].get<double>()) +
            " of the time: start-up and evaluations\n";
  }
  if (!total["failures"].is_null()) text += "  failures  " + failures_text(total["failures"]);
  text += "  energy    " + energy_text(total["energy_kwh"].get<double>()) + ", " +
          carbon_text(total["carbon_kg"].get<double>()) + ", at " +
          rounded(total["mean_power_w"].get<double>()) + " W a GPU with server";
  if (total["energy_boards_kwh"].get<double>() > 0) {
    text += "; boards at their rating " + energy_text(total["energy_boards_kwh"].get<double>()) +
            ", " + carbon_text(total["carbon_boards_kg"].get<double>());
  }
  if (!total["carbon_embodied_kg"].is_null()) {
    text += ",\n            " + carbon_text(total["carbon_embodied_kg"].get<double>()) +
            " of the chips' making";
  }
  if (!total["water_litres"].is_null()) {
    constexpr double kCubicMetre = 1000;
    text += ", " + amount(total["water_litres"].get<double>() / kCubicMetre) + " m3 of water";
  }
  text += "\n";
  if (!total["beyond"].empty()) {
    std::string lines;
    for (const Tree& each : total["beyond"]) {
      lines += (lines.empty() ? "" : ", ") + each["name"].get<std::string>() + " " +
               dollars(each["cost_usd"].get<double>());
    }
    const Tree& all = total["cost_usd_with_beyond_range"];
    text +=
        "  beyond    " +
        wrapped(lines + ", with the run " + dollars(total["cost_usd_with_beyond"].get<double>()) +
                    ", 90% of " + dollars(all["p5"].get<double>()) + " to " +
                    dollars(all["p95"].get<double>()),
                "            ") +
        "\n";
  }
  if (!result["leaves_out"].empty()) {
    std::string out;
    for (const Tree& item : result["leaves_out"]) {
      out += (out.empty() ? "" : ", ") + item.get<std::string>();
    }
    text += "  left out  " + out + "\n";
  }
  std::size_t defaults = 0;
  for (const Tree& item : tree["assumptions"]) {
    if (item["origin"] == "default") ++defaults;
  }
  text += "  " + std::to_string(tree["assumptions"].size()) + " assumptions, " +
          std::to_string(defaults) +
          " of them defaults; --format json lists them with all sources\n";
  return text;
}

}  // namespace

Report estimate_report(const Job& job, const Estimate& estimate,
                       const std::optional<std::string>& generated_at,
                       const std::vector<Advice>& advice,
                       const std::optional<AskedSample>& sampled) {
  Tree tree = report_head("estimate");
  if (generated_at) tree["generated_at"] = *generated_at;
  tree["inputs"] = job_inputs_tree(job);
  Tree result;
  result["phases"] = Tree::array();
  tree["rows"] = Tree::array();
  std::size_t index = 0;
  for (const PhaseEstimate& phase : estimate.phases) {
    result["phases"].push_back(phase_tree(phase));
    const Tree cost = phase.cost ? Tree(phase.cost->in(usd)) : Tree(nullptr);
    tree["rows"].push_back(
        row("phase-" + std::to_string(++index), result["phases"].back(), job, cost));
    tree["rows"].back()["name"] = job.name + ": " + phase.name;
  }
  result["total"] = total_tree(job, estimate);
  result["sampled"] = nullptr;
  if (sampled) {
    result["sampled"] = sample_tree(sampled->sampled, sampled->options);
    put_ranges(job, sampled->sampled, result["total"]);
  }
  result["memory"] = memory_of_phase(estimate);
  result["flops_per_token"] = flops_tree(estimate.flops);
  result["leaves_out"] = job.leaves_out;
  result["next"] = Tree::array();
  for (const Advice& each : advice) result["next"].push_back(advice_tree(each));
  for (const PhaseEstimate& phase : estimate.phases) {
    if (!phase.step) continue;
    result["evidence"] = evidence_tree(phase.evidence, phase.mfu);
    break;
  }
  tree["rows"].push_back(row("total", result["total"], job, result["total"]["cost_usd"]));
  const Tree rows = std::move(tree["rows"]);
  tree.erase("rows");
  tree["result"] = std::move(result);
  tree["rows"] = rows;

  std::vector<const StepSetup*> steps;
  for (const Phase& phase : job.phases) {
    if (phase.setup) steps.push_back(&*phase.setup);
  }
  add_job_basis(tree, job, steps);
  return make_report(std::move(tree), render_estimate);
}

}  // namespace traincost
