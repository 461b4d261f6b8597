#include <algorithm>
#include <cmath>

#include "base/units.h"
#include "estimator/job/knobs.h"
#include "estimator/model/flops.h"
#include "reports/estimate_text.h"
#include "reports/evidence_tree.h"
#include "reports/forms.h"
#include "reports/iteration_tree.h"
#include "reports/job_tree.h"
#include "reports/layout_tree.h"
#include "reports/methods_tree.h"
#include "reports/report_tree.h"
#include "reports/sample_tree.h"
#include "reports/timetable_tree.h"

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
  t["mean_power_w"] = estimate.mean_power.in(watt);
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

}  // namespace

namespace {
constexpr ReportFormat kTrace[] = {{"trace", trace_of}};
}  // namespace
const ReportForms kEstimateForms{"estimate", render_estimate, "rows", kTrace};

Report estimate_report(const Job& job, const Estimate& estimate,
                       const std::optional<std::string>& generated_at,
                       const std::vector<Advice>& advice, const std::optional<AskedSample>& sampled,
                       const std::optional<ShownStep>& shown) {
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
  result["timetable"] = shown ? timetable_tree(*shown) : Tree(nullptr);
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
  return make_report(std::move(tree));
}

}  // namespace traincost
