#include "reports/estimate_text.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "base/units.h"
#include "estimator/job/job.h"
#include "estimator/job/knobs.h"
#include "reports/evidence_tree.h"
#include "reports/format.h"
#include "reports/iteration_tree.h"
#include "reports/layout_tree.h"
#include "reports/methods_tree.h"
#include "reports/sample_tree.h"

namespace traincost {
namespace {

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

// The answer in a line: hours, days, money, and when it is done.
std::string headline_text(const Tree& inputs, const Tree& total) {
  std::string text = inputs["name"].get<std::string>() + " on " +
                     rounded(inputs["accelerators"].get<double>()) + " x " +
                     inputs["accelerator_name"].get<std::string>();
  if (!inputs["generators"].is_null()) {
    text += ", and " + inputs["generators"].get<std::string>() + " that generate";
  }
  text += "\n\n  " + amount(total["accelerator_hours"].get<double>()) + " GPU-hours, " +
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
  return text;
}

// Within which nine in ten such runs lie.
std::string interval_text(const Tree& tree) {
  const Tree& result = tree["result"];
  const Tree& total = result["total"];
  const Tree& spread = total["accelerator_hours_range"];
  if (spread["p5"] == spread["p95"]) return "";
  std::string text;
  const bool named = tree["inputs"]["names_software"].get<bool>();
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
  return text;
}

// How the first predicted phase is spread, and what its step takes.
std::string layout_lines(const Tree& tree) {
  const Tree& result = tree["result"];
  std::string text;
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
  return text;
}

std::string iteration_lines(const Tree& result) {
  std::string text;
  for (const Tree& phase : result["phases"]) {
    if (phase["iteration"].is_null()) continue;
    const bool alone = result["phases"].size() == 1;
    const std::string of = alone ? "" : phase["name"].get<std::string>() + ": ";
    text +=
        "  iteration " + wrapped(of + iteration_text(phase["iteration"]), "            ") + "\n";
  }
  return text;
}

std::string energy_lines(const Tree& total) {
  std::string text = "  energy    " + energy_text(total["energy_kwh"].get<double>()) + ", " +
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
  return text + "\n";
}

// What is paid for beside the run.
std::string beyond_lines(const Tree& total) {
  if (total["beyond"].empty()) return "";
  std::string lines;
  for (const Tree& each : total["beyond"]) {
    lines += (lines.empty() ? "" : ", ") + each["name"].get<std::string>() + " " +
             dollars(each["cost_usd"].get<double>());
  }
  const Tree& all = total["cost_usd_with_beyond_range"];
  return "  beyond    " +
         wrapped(lines + ", with the run " + dollars(total["cost_usd_with_beyond"].get<double>()) +
                     ", 90% of " + dollars(all["p5"].get<double>()) + " to " +
                     dollars(all["p95"].get<double>()),
                 "            ") +
         "\n";
}

// What is not in the answer, and what it rests on.
std::string footer_text(const Tree& tree) {
  std::string text;
  const Tree& result = tree["result"];
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

std::string render_estimate(const Tree& tree) {
  const Tree& result = tree["result"];
  if (!result["memory"].is_null() && !result["memory"]["fits"].get<bool>()) return no_text(tree);
  for (const Tree& phase : result["phases"]) {
    const Tree& iteration = phase["iteration"];
    if (iteration.is_null() || iteration["fits"].get<bool>()) continue;
    return short_generator_text(iteration) + "  in phase " + phase["name"].get<std::string>() +
           "\n";
  }
  const Tree& total = result["total"];
  std::string text = headline_text(tree["inputs"], total) + interval_text(tree);
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
  text += layout_lines(tree) + iteration_lines(result) + evidence_lines(result) + next_text(tree);
  if (!result["memory"].is_null()) text += "  memory    " + memory_text(result["memory"]);
  if (!total["methods"].is_null()) text += "  methods   " + methods_text(total);
  if (total["paused_share"].get<double>() > 0) {
    text += "  pauses    " + percent(total["paused_share"].get<double>()) +
            " of the time: start-up and evaluations\n";
  }
  if (!total["failures"].is_null()) text += "  failures  " + failures_text(total["failures"]);
  return text + energy_lines(total) + beyond_lines(total) + footer_text(tree);
}

}  // namespace traincost
