#include "estimator/questions/explain.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <utility>

#include "base/units.h"
#include "estimator/model/flops.h"
#include "estimator/run/cost.h"
#include "estimator/run/power.h"
#include "estimator/step/layer_time.h"

namespace traincost {
namespace {

using namespace unit;

// "A100 datasheet (nvidia.com/...)" of a record's field; empty where it has none.
std::string source_of(const Record& record, std::string_view field) {
  const Field* found = record.field(field);
  const Source* source = found == nullptr ? nullptr : record.source(found->source);
  return source == nullptr ? "" : record.id + ": " + source->title;
}

class Explainer {
 public:
  Explainer(const JobSpec& spec, const Job& job, const Estimate& estimate)
      : spec_(spec), job_(job), estimate_(estimate) {
    double all = 0;
    for (std::size_t i = 0; i < job.phases.size(); ++i) {
      const double weight = answer_of(i);
      weights_.push_back(weight);
      all += weight;
    }
    for (double& each : weights_) each = all > 0 ? each / all : 0;
  }

  [[nodiscard]] Explanation all() const {
    Explanation explanation;
    if (estimate_.cost) explanation.answers.push_back(cost());
    explanation.answers.push_back(hours());
    explanation.answers.push_back(wall());
    explanation.answers.push_back(energy());
    add_levers(job_, estimate_, explanation);
    return explanation;
  }

 private:
  // What a phase adds to the first answer.
  [[nodiscard]] double answer_of(std::size_t i) const {
    const PhaseEstimate& phase = estimate_.phases[i];
    const double billed = phase.held / phase.goodput.share;
    return estimate_.cost && phase.cost && job_.platform(job_.phases[i]).pricing
               ? billed * phase.cost->in(usd)
               : billed * phase.time.in(accelerator_hour);
  }

  // Of a leaf that a job may state: what it says of itself.
  void set_origin(ExplainedFigure& factor, const std::string& pointer,
                  const std::string& record) const {
    for (const Assumption& each : job_.assumptions) {
      if (each.what != pointer) continue;
      factor.origin = origin_name(each.origin);
      factor.source = each.why;
      return;
    }
    if (std::find(spec_.set.begin(), spec_.set.end(), pointer) != spec_.set.end()) {
      factor.origin = origin_name(Origin::kUser);
    } else if (spec_.wrote(pointer) || record.empty()) {
      factor.origin = origin_name(Origin::kFile);
    } else {
      factor.origin = "record";
      factor.source = record;
    }
  }

  static ExplainedFigure figure(std::string path, std::string name, double value, std::string unit,
                                std::string rule = "", const Formula* formula = nullptr) {
    ExplainedFigure factor;
    factor.path = std::move(path);
    factor.name = std::move(name);
    factor.value = value;
    factor.unit = std::move(unit);
    factor.rule = std::move(rule);
    factor.formula = formula;
    return factor;
  }

  [[nodiscard]] ExplainedFigure price(std::size_t platform) const {
    const Pricing& pricing = *job_.platforms[platform].pricing;
    const bool alone = job_.platforms.size() == 1;
    const std::string path = alone ? "total.price_usd_per_accelerator_hour"
                                   : "platforms." + std::to_string(platform) + ".price";
    ExplainedFigure factor = figure(path, alone ? "price" : "price of " + role(platform),
                                    pricing.price.in(usd_per_accelerator_hour), "USD/GPU-h");
    factor.sensitivity = weight_of(platform);
    if (pricing.owned) {
      factor.rule = "what an hour of bought hardware pays for";
      factor.formula =
          pricing.method == CostMethod::kAmortised ? &kAmortisedFormula : &kOwnershipFormula;
      for (const OwnedHourLine& line : kOwnedHourLines) {
        const RentalPrice part = (*pricing.owned).*line.value;
        if (part <= RentalPrice{}) continue;
        ExplainedFigure each = figure(path + "." + line.name, line.name,
                                      part.in(usd_per_accelerator_hour), "USD/GPU-h");
        each.sensitivity = *factor.sensitivity * (part / pricing.price);
        each.origin = origin_name(Origin::kDerived);
        each.source = pricing.basis;
        factor.parts.push_back(std::move(each));
      }
      return factor;
    }
    set_origin(factor, "/pricing/price", "");
    factor.source = pricing.basis;
    return factor;
  }

  // "h100-sxm", and of those that only generate so much.
  [[nodiscard]] std::string role(std::size_t platform) const {
    const bool trains = std::any_of(job_.phases.begin(), job_.phases.end(),
                                    [&](const Phase& each) { return each.platform == platform; });
    return chip(platform).record.id + (trains ? "" : ", generating");
  }

  [[nodiscard]] const Accelerator& chip(std::size_t platform) const {
    return job_.platforms[platform].accelerator;
  }
  // The part of a phase's answer that is of a platform: others may generate for those that train.
  [[nodiscard]] double share_on(const Phase& phase, std::size_t platform) const {
    const auto hour = [&](std::size_t of) {
      const auto& pricing = job_.platforms[of].pricing;
      return estimate_.cost && pricing ? pricing->price.in(usd_per_accelerator_hour) : 1;
    };
    const double train = phase.count * hour(phase.platform);
    const double generate = phase.apart() * hour(phase.generator_platform);
    double share = 0;
    if (phase.platform == platform) share += train / (train + generate);
    if (phase.apart() > 0 && phase.generator_platform == platform) {
      share += generate / (train + generate);
    }
    return share;
  }

  [[nodiscard]] double weight_of(std::size_t platform) const {
    double weight = 0;
    for (std::size_t i = 0; i < weights_.size(); ++i) {
      weight += share_on(job_.phases[i], platform) * weights_[i];
    }
    return weight;
  }

  [[nodiscard]] ExplainedFigure cost() const {
    ExplainedFigure factor = figure("total.cost_usd", "cost", estimate_.cost->in(usd), "USD");
    if (job_.cost_method == CostMethod::kAcquisition) {
      factor.rule = "accelerators x price with server / (1 - network share)";
      factor.formula = &kAcquisitionFormula;
      for (std::size_t i = 0; i < job_.platforms.size(); ++i) {
        const Platform& each = job_.platforms[i];
        if (!each.purchase || weight_of(i) <= 0) continue;
        const std::string of = "platforms." + std::to_string(i) + ".";
        const auto leaf = [&](const char* path, const std::string& name, double value,
                              const char* unit, const std::string& source) {
          ExplainedFigure part = figure(of + path, name, value, unit);
          part.origin = origin_name(Origin::kDerived);
          part.source = source;
          factor.parts.push_back(std::move(part));
        };
        leaf("accelerators", each.accelerator.record.id, most_held(job_, i), "GPU",
             "the most of any phase, spares included");
        leaf("purchase", "price with server", each.purchase->price.in(usd / accelerator), "USD/GPU",
             each.purchase->basis);
        leaf("network_share", "network", each.ownership.network_share, "share",
             source_of(each.ownership.record, "network_share"));
      }
      return factor;
    }
    const bool alone = job_.platforms.size() == 1;
    factor.rule = alone ? "billed time x price" : "billed time x price, of each platform";
    factor.formula = &kRentalFormula;
    factor.parts.push_back(hours());
    for (std::size_t i = 0; i < job_.platforms.size(); ++i) {
      if (job_.platforms[i].pricing && weight_of(i) > 0) factor.parts.push_back(price(i));
    }
    return factor;
  }

  [[nodiscard]] ExplainedFigure hours() const {
    ExplainedFigure factor = figure(
        "total.accelerator_hours", "billed time", estimate_.billed.in(accelerator_hour), "GPU-h",
        job_.phases.size() == 1 ? "busy time / goodput"
                                : "busy time / goodput, summed over the phases");
    factor.sensitivity = 1;
    for (std::size_t i = 0; i < job_.phases.size(); ++i) factor.parts.push_back(phase(i));
    for (std::size_t i = 0; i < job_.phases.size(); ++i) {
      if (estimate_.phases[i].goodput.share >= 1) continue;
      factor.parts.push_back(goodput_of(i));
      break;  // the others' differ by their counts alone
    }
    const Phase* spare = nullptr;
    for (const Phase& each : job_.phases) {
      if (spare == nullptr && each.spares > 0) spare = &each;
    }
    if (spare != nullptr) {
      factor.rule = "busy time / goodput x (accelerators + spares) / accelerators";
      ExplainedFigure spares = figure("reliability.spares", "spares", spare->spares, "GPU");
      set_origin(spares, "/reliability/spares", "");
      factor.parts.push_back(std::move(spares));
    }
    return factor;
  }

  [[nodiscard]] ExplainedFigure phase(std::size_t i) const {
    const PhaseEstimate& each = estimate_.phases[i];
    const std::string path = "phases." + std::to_string(i);
    const double weight = weights_[i];
    ExplainedFigure factor =
        figure(path + ".accelerator_hours", each.name, each.time.in(accelerator_hour), "GPU-h");
    factor.sensitivity = weight;
    const Phase& asked = job_.phases[i];
    if (!each.step && !asked.fails) {
      set_origin(factor, "/" + dotted_to_pointer(path) + "/accelerator_hours", "");
      factor.source = "stated by the job";
      return factor;
    }
    if (each.iteration) return iterations(i, std::move(factor));
    const double length = each.step ? asked.setup->batch.sequence_length : asked.sequence_length;
    factor.rule = "tokens x FLOP a token / (peak x MFU)";
    factor.formula = &kModelFlopsFormula;
    ExplainedFigure tokens = figure(path + ".tokens", "tokens", each.tokens.in(token), "tokens");
    tokens.sensitivity = weight;
    set_origin(tokens,
               spec_.phases.empty() ? "/run/tokens" : "/" + dotted_to_pointer(path) + "/tokens",
               "");
    factor.parts.push_back(std::move(tokens));

    const FlopsPerToken flops = model_flops_per_token(job_.model, length);
    ExplainedFigure of_token =
        figure(path + ".flops_per_token", "FLOP a token", flops.in(FLOP / token), "FLOP/token");
    of_token.sensitivity = weight;
    of_token.origin = origin_name(Origin::kDerived);
    of_token.source = "of " + job_.model.name + " at " + std::to_string(std::llround(length)) +
                      " tokens, causal attention, nothing recomputed";
    of_token.formula = &kModelFlopsFormula;
    factor.parts.push_back(std::move(of_token));

    const Accelerator& chip_of = job_.platform(job_.phases[i]).accelerator;
    ExplainedFigure peak =
        figure(path + ".bf16_peak", "bf16 peak",
               chip_of.peak("bf16").value_or(FlopRate{}).in(FLOP / second), "FLOP/s");
    peak.origin = "record";
    peak.source = source_of(chip_of.record, "peak_dense.bf16");
    factor.parts.push_back(std::move(peak));
    factor.parts.push_back(mfu(i));
    return factor;
  }

  // Of reinforcement learning: most of an iteration is no arithmetic of its model.
  [[nodiscard]] ExplainedFigure iterations(std::size_t i, ExplainedFigure factor) const {
    const PhaseEstimate& each = estimate_.phases[i];
    const Phase& asked = job_.phases[i];
    const IterationTime& tuned = *each.iteration;
    const std::string path = "phases." + std::to_string(i);
    factor.rule = "iterations x time of one x accelerators";
    factor.formula = &kIterationFormula;
    ExplainedFigure steps = figure(path + ".steps", "iterations", each.wall / each.step_time, "1");
    steps.sensitivity = weights_[i];
    set_origin(steps, "/" + dotted_to_pointer(path) + "/steps", "");
    factor.parts.push_back(std::move(steps));
    ExplainedFigure count =
        figure(path + ".accelerators", "accelerators", asked.used().in(accelerator), "GPU");
    count.origin = origin_name(Origin::kFile);
    count.source = asked.apart() > 0 ? std::to_string(asked.count) + " that train, " +
                                           std::to_string(asked.apart()) + " that generate"
                                     : "that train and generate in turn";
    factor.parts.push_back(std::move(count));
    ExplainedFigure time =
        figure(path + ".step_time_s", "time of an iteration", each.step_time.in(second), "s",
               "as the physics has it x the median of what such software makes of it",
               asked.rl->offline ? nullptr : &kGenerationFormula);
    time.sensitivity = weights_[i];
    const std::pair<const char*, Seconds> parts[] = {{"prefill", tuned.generation.prefill},
                                                     {"decode", tuned.generation.decode},
                                                     {"reward", tuned.reward},
                                                     {"scoring", tuned.scoring},
                                                     {"training", tuned.training},
                                                     {"moving", tuned.moving}};
    // Of two that run side by side the longer one counts.
    const bool waits = tuned.hidden > Seconds{};
    const bool generates =
        tuned.generation.total() + tuned.reward >= tuned.scoring + tuned.training;
    const auto counts = [&](std::string_view name) {
      const bool of_training = name == "scoring" || name == "training";
      return !waits || name == "moving" || of_training != generates;
    };
    for (const auto& [name, takes] : parts) {
      if (takes <= Seconds{}) continue;
      ExplainedFigure part =
          figure(path + ".iteration." + name + "_s", name, takes.in(second), "s");
      part.origin = origin_name(Origin::kDerived);
      part.source = "the engine";
      part.sensitivity = counts(name) ? weights_[i] * (takes / tuned.total()) : 0;
      time.parts.push_back(std::move(part));
    }
    ExplainedFigure median = figure(path + ".iteration.median", "what such software makes of it",
                                    each.step_time / tuned.total(), "1");
    median.sensitivity = weights_[i];
    median.origin = origin_name(Origin::kDerived);
    median.source = std::string(asked.rl->offline ? "measured steps" : "measured iterations") +
                    "; times that are stated are not in it";
    time.parts.push_back(std::move(median));
    factor.parts.push_back(std::move(time));
    return factor;
  }

  static std::string dotted_to_pointer(std::string path) {
    std::replace(path.begin(), path.end(), '.', '/');
    return path;
  }

  [[nodiscard]] ExplainedFigure mfu(std::size_t i) const {
    const PhaseEstimate& each = estimate_.phases[i];
    const std::string path = "phases." + std::to_string(i);
    ExplainedFigure factor = figure(path + ".mfu", "MFU", each.mfu, "share",
                                    each.step ? "FLOP of a step / (step time x count x peak)" : "");
    factor.sensitivity = -weights_[i];
    if (!each.step) {
      factor.origin = origin_name(Origin::kFile);
      factor.source = "of the rate that the job states";
      return factor;
    }
    ExplainedFigure step =
        figure(path + ".step_time_s", "step time", each.step_time.in(second), "s",
               "as the physics has it x the median of what such software makes of it");
    step.sensitivity = weights_[i];
    for (const StepTerm& term : each.step->terms) {
      if (term.time <= Seconds{}) continue;
      const std::string name(cause_name(term.cause));
      std::string key = name;
      std::replace(key.begin(), key.end(), ' ', '_');
      ExplainedFigure cause = figure(path + ".step_terms." + key, name, term.time.in(second), "s");
      cause.sensitivity = weights_[i] * (term.time / each.step->time);
      cause.origin = origin_name(Origin::kDerived);
      cause.source = "the engine";
      step.parts.push_back(std::move(cause));
    }
    std::stable_sort(
        step.parts.begin(), step.parts.end(),
        [](const ExplainedFigure& a, const ExplainedFigure& b) { return a.value > b.value; });
    factor.parts.push_back(std::move(step));
    return factor;
  }

  // Sensitivities through every predicted phase.
  [[nodiscard]] ExplainedFigure goodput_of(std::size_t shown) const {
    const Reliability& own = job_.platform(job_.phases[shown]).reliability;
    ExplainedFigure factor =
        figure("total.goodput", "goodput", estimate_.goodput.share, "share",
               estimate_.goodput.paused > 0 ? "of failures, checkpoints, restarts and pauses"
                                            : "of failures, checkpoints and restarts",
               &kGoodputFormula);
    factor.sensitivity = -predicted();
    const auto leaf = [&](const char* name, const char* said, double value, const char* unit,
                          const std::function<void(Reliability&)>& more) {
      ExplainedFigure each = figure(std::string("reliability.") + name, said, value, unit);
      each.sensitivity = through_goodput(more);
      set_origin(each, std::string("/reliability/") + name, source_of(own.record, name));
      factor.parts.push_back(std::move(each));
    };
    constexpr double kMore = 1.01, kThousand = 1000;
    leaf("failures_per_node_day", "failures in 1,000 node-days",
         kThousand * own.failures_per_node_day, "1",
         [](Reliability& r) { r.failures_per_node_day *= kMore; });
    leaf("restart", "restart", own.restart.in(second), "s",
         [](Reliability& r) { r.restart = kMore * r.restart; });
    if (spec_.reliability && spec_.reliability->queue) {
      factor.parts.back().name = "restart with its queue";
      factor.parts.back().origin = origin_name(Origin::kFile);
      factor.parts.back().source = "the job's queue on top of the restart";
    }
    if (estimate_.goodput.paused > 0) {
      ExplainedFigure paused =
          figure("total.paused_share", "pauses", estimate_.goodput.paused, "share");
      paused.origin = origin_name(Origin::kFile);
      paused.source = "start-up and evaluations";
      factor.parts.push_back(std::move(paused));
    }
    leaf("checkpoint_write", "checkpoint", own.checkpoint_write.in(second), "s",
         [](Reliability& r) { r.checkpoint_write = kMore * r.checkpoint_write; });
    return factor;
  }

  [[nodiscard]] double predicted() const {
    double weight = 0;
    for (std::size_t i = 0; i < weights_.size(); ++i) {
      if (estimate_.phases[i].interruptions > 0) weight += weights_[i];
    }
    return weight;
  }

  // Of one per cent more.
  [[nodiscard]] double through_goodput(const std::function<void(Reliability&)>& more) const {
    constexpr double kPercent = 100;
    double change = 0;
    for (std::size_t i = 0; i < weights_.size(); ++i) {
      if (estimate_.phases[i].interruptions <= 0) continue;
      const Phase& phase = job_.phases[i];
      Reliability now = job_.platform(phase).reliability;
      const double before = now.failures_per_node_day;
      more(now);
      std::vector<double> rates = failure_rates(job_);
      for (double& each : rates) each *= before > 0 ? now.failures_per_node_day / before : 1;
      const double share = phase_goodput(phase, now, rates, estimate_.phases[i].wall).share;
      change += kPercent * weights_[i] * (estimate_.phases[i].goodput.share / share - 1);
    }
    return change;
  }

  [[nodiscard]] ExplainedFigure wall() const {
    ExplainedFigure factor = figure("total.wall_days", "wall time", estimate_.wall.in(day), "d",
                                    "billed time / accelerators, phase after phase");
    for (std::size_t i = 0; i < job_.phases.size(); ++i) {
      const PhaseEstimate& each = estimate_.phases[i];
      const std::string path = "phases." + std::to_string(i) + ".wall_days";
      ExplainedFigure of_phase = figure(
          path,
          each.name + " on " + std::to_string(std::lround(job_.phases[i].used().in(accelerator))),
          each.wall.in(day), "d");
      of_phase.rule = "without failures";
      factor.parts.push_back(std::move(of_phase));
    }
    return factor;
  }

  [[nodiscard]] ExplainedFigure energy() const {
    ExplainedFigure factor =
        figure("total.energy_kwh", "energy", estimate_.energy.in(kWh), "kWh",
               "billed time x server rating / node size x draw x PUE", &kEnergyFormula);
    for (std::size_t i = 0; i < job_.platforms.size(); ++i) {
      if (weight_of(i) <= 0) continue;
      const Platform& platform = job_.platforms[i];
      ExplainedFigure rating =
          figure("platforms." + std::to_string(i) + ".rating",
                 "rating of a " + platform.accelerator.record.id + " with its server",
                 rated_power(platform.accelerator, platform.system).in(watt), "W");
      rating.origin = "record";
      rating.source = platform.system.server_power
                          ? source_of(platform.system.record, "server_power")
                          : source_of(platform.accelerator.record, "board_power");
      factor.parts.push_back(std::move(rating));
    }
    const auto of_grid = [&](const char* name, const char* said, double value, const char* unit) {
      ExplainedFigure each = figure(std::string("grid.") + name, said, value, unit);
      set_origin(each, std::string("/grid/") + name, source_of(job_.grid.record, name));
      factor.parts.push_back(std::move(each));
    };
    const bool predicts = std::any_of(estimate_.phases.begin(), estimate_.phases.end(),
                                      [](const PhaseEstimate& each) { return each.step; });
    if (job_.states_draw || !predicts) {
      of_grid("average_draw", "average draw", job_.grid.average_draw, "share");
    } else {
      ExplainedFigure mean =
          figure("total.mean_power_w", "draw of one with its server", estimate_.mean_power.in(watt),
                 "W", "by what its steps do; stated times at the grid's average", &kPowerFormula);
      mean.origin = origin_name(Origin::kDerived);
      mean.source = "the engine";
      factor.parts.push_back(std::move(mean));
    }
    of_grid("pue", "PUE", job_.grid.pue, "1");
    if (job_.grid.carbon_intensity) {
      of_grid("carbon_intensity", "carbon", job_.grid.carbon_intensity->in(gram / kWh), "g/kWh");
    }
    return factor;
  }

  const JobSpec& spec_;
  const Job& job_;
  const Estimate& estimate_;
  std::vector<double> weights_;  // shares of the first answer, by phase
};

}  // namespace

Explanation explain(const JobSpec& spec, const Job& job, const Estimate& estimate) {
  return Explainer(spec, job, estimate).all();
}

}  // namespace traincost
