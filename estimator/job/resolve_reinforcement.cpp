#include <algorithm>
#include <cmath>
#include <string>
#include <tuple>

#include "base/units.h"
#include "estimator/job/resolver.h"
#include "estimator/model/parameters.h"

namespace traincost {
namespace {

using namespace unit;

// Of vLLM, gpu_memory_utilization's default (recalled).
constexpr double kMemoryShare = 0.9;
// Scheduling and sampling between two tokens: vLLM's own account of 2024-09 gives the GPU 38% of a
// step of an 8B model on H100, and its later releases halved the rest twice (recalled).
constexpr Seconds kOverhead = 2 * millisecond;
constexpr double kRoomForCaches = 0.5;

}  // namespace

// An optimizer step learns from responses of mean length, unless the phase's own run pads or packs
// them; from all of an iteration, unless it says from how many.
void Resolver::take_rollouts(PhaseAt& at) {
  if (at.own == nullptr || !at.own->rl) return;
  if (at.own->run && at.own->run->batch_ramp) {
    fault(at.pointer + "/run/batch_ramp", "an iteration has the responses that it generates",
          "drop it: global_batch says how many of them a step learns from");
  }
  const ReinforcementSpec& rl = *at.own->rl;
  const RunSpec own = at.own->run.value_or(RunSpec{});
  RunSpec& run = at.sections.run;
  run.min_batch = own.min_batch;
  run.max_batch = own.max_batch;
  run.global_batch = own.global_batch ? own.global_batch : rl.rollouts;
  run.sequence_length = own.sequence_length;
  if (!own.sequence_length && rl.prompt_length && rl.response_length) {
    run.sequence_length = *rl.prompt_length + *rl.response_length;
  }
}

Responses Resolver::responses_of(const ReinforcementSpec& rl, const std::string& pointer) {
  if (!rl.rollouts) missing(pointer, "rollouts");
  if (!rl.prompt_length) missing(pointer, "prompt_length");
  if (!rl.response_length) missing(pointer, "response_length");
  Responses responses;
  responses.count = static_cast<double>(rl.rollouts.value_or(1));
  responses.samples = rl.samples_per_prompt.value_or(1);
  responses.prompt_length = static_cast<double>(rl.prompt_length.value_or(1));
  responses.length = static_cast<double>(rl.response_length.value_or(1));
  responses.longest = static_cast<double>(rl.max_response_length.value_or(0));
  if (rl.max_response_length && rl.response_length > rl.max_response_length) {
    fault(pointer + "/max_response_length", "is less than the mean, response_length",
          "no response is longer than max_response_length");
  }
  if (rl.rollouts && responses.samples > responses.count) {
    fault(pointer + "/samples_per_prompt", "is more than all rollouts",
          "rollouts are all responses of an iteration");
  }
  if (!rl.max_response_length && !rl.offline.value_or(false)) {
    assume(pointer + "/max_response_length", "none",
           "lengths are exponential, and the last response is long", Origin::kDefault);
  }
  return responses;
}

void Resolver::fill_rl(const PhaseAt& at, Phase& phase) {
  if (at.own == nullptr || !at.own->rl) return;
  const ReinforcementSpec& stated = *at.own->rl;
  const std::string pointer = at.pointer + "/rl";
  Reinforcement& rl = phase.rl.emplace();
  rl.responses = responses_of(stated, pointer);
  rl.epochs = stated.epochs.value_or(1);
  const std::pair<const char*, bool> once[] = {
      {"epochs", stated.epochs.has_value()},
      {"samples_per_prompt", stated.samples_per_prompt.has_value()}};
  for (const auto& [key, said] : once) {
    if (!said) assume(pointer + "/" + key, "1", "where the job says no more", Origin::kDefault);
  }
  rl.scoring_passes = 0;
  rl.offline = stated.offline.value_or(false);
  // Who answered long ago is no policy to compare with, but the reference.
  const std::tuple<const char*, std::optional<bool>, bool> passes[] = {
      {"reference_model", stated.reference_model, true},
      {"old_log_probabilities", stated.old_log_probabilities, !rl.offline}};
  rl.reference = stated.reference_model.value_or(true);
  for (const auto& [key, scores, usual] : passes) {
    if (scores.value_or(usual)) rl.scoring_passes += 1;
    if (scores) continue;
    assume(pointer + "/" + key, usual ? "true" : "false",
           rl.offline ? "a forward pass over all responses, as DPO has it"
                      : "a forward pass over all responses, as GRPO has it",
           Origin::kDefault);
  }
  rl.reward = stated.reward_time.value_or(Seconds{});
  rl.asynchronous = stated.asynchronous.value_or(false);
  const Batch& batch = phase.setup->batch;
  if (stated.rollouts && static_cast<double>(batch.global_batch) > rl.responses.count) {
    fault(member_pointer(at, "run", "global_batch"),
          "learns from more responses than an iteration has",
          "at most rollouts, " + std::to_string(std::llround(rl.responses.count)));
  }
  const GenerationSpec generation = stated.generation.value_or(GenerationSpec{});
  phase.generator_platform = phase.platform;
  if (rl.offline) {
    if (stated.generation || rl.asynchronous) {
      fault(pointer + (stated.generation ? "/generation" : "/asynchronous"),
            "nothing is generated offline", "drop it, or offline");
    }
    return;
  }
  ClusterOverrides cluster = phase.cluster;
  if (generation.cluster) {
    const auto apart = generators_of(at, generation, phase);
    if (!apart) return;
    cluster = *apart;
  } else {
    if (rl.asynchronous) {
      fault(pointer + "/asynchronous", "those that train cannot generate meanwhile",
            "give those that do as rl.generation.cluster, such as {\"count\": 256}");
    }
    for (const auto& [key, there] : {std::pair("stack", generation.stack.has_value()),
                                     std::pair("pricing", generation.pricing.has_value())}) {
      if (!there) continue;
      fault(pointer + "/generation/" + key, "is of those that generate alone",
            "add rl.generation.cluster");
    }
  }
  fill_replica(at, generation, cluster, phase);
}

std::optional<ClusterOverrides> Resolver::generators_of(const PhaseAt& at,
                                                        const GenerationSpec& spec, Phase& phase) {
  PhaseAt apart = at;
  apart.pointer = at.pointer + "/rl/generation";
  ClusterSpec& cluster = apart.sections.cluster;
  if (!spec.cluster->count) {
    missing(apart.pointer + "/cluster", "count");
    return std::nullopt;
  }
  if (spec.cluster->accelerator && spec.cluster->accelerator != cluster.accelerator) {
    clear_of_chip(cluster);
  }
  lay_members(cluster, *spec.cluster);
  if (spec.stack) {
    if (spec.stack->record || spec.stack->framework) apart.sections.stack = {};
    lay_members(apart.sections.stack, *spec.stack);
  }
  if (spec.pricing) {
    lay_members(apart.sections.pricing, *spec.pricing);
  } else if (spec.cluster->accelerator && apart.sections.pricing.price) {
    assume(apart.pointer + "/pricing", "as the phase's",
           "no price of its own is stated for those that generate", Origin::kDefault);
  }
  phase.rl->apart = *spec.cluster->count;
  const bool other_platform = spec.stack || spec.pricing || makes_platform(*spec.cluster);
  if (other_platform) {
    apart.platform = job_.platforms.size();
    fill_platform(apart);
    if (job_.platforms.size() == apart.platform) return std::nullopt;  // its chip is not known
    fill_pricing(apart, job_.platforms[apart.platform]);
    phase.generator_platform = apart.platform;
  }
  const System& system = job_.platforms[apart.platform].system;
  const ClusterOverrides overrides = overrides_of(apart, system);
  warn_of_slice(system, overrides);
  return overrides;
}

// A replica's precision and ranks.
void Resolver::fill_replica(const PhaseAt& at, const GenerationSpec& spec,
                            const ClusterOverrides& cluster, Phase& phase) {
  const std::string pointer = at.pointer + "/rl/generation";
  Generator& generator = phase.rl->generator;
  const Platform& platform = job_.platforms[phase.generator_platform];
  const Accelerator& chip = platform.accelerator;
  const std::string usual = chip.peak("bf16") ? "bf16" : "fp16";
  const std::string precision = spec.precision.value_or(usual);
  if (!spec.precision)
    assume(pointer + "/precision", usual, "as training keeps weights", Origin::kDefault);
  if (!chip.runs(precision)) {
    return fault(pointer + "/precision", chip.record.id + " has no " + precision + " units",
                 "such as " + usual);
  }
  const int count = cluster.count;
  generator.machine = make_machine(chip, platform.system, platform.stack, job_.engine.parameters,
                                   cluster, precision);
  generator.memory_share = spec.memory_share.value_or(kMemoryShare);
  generator.overhead = spec.overhead.value_or(kOverhead);
  if (!spec.memory_share) {
    assume(pointer + "/memory_share", std::to_string(std::lround(100 * kMemoryShare)) + "%",
           "vLLM's default (recalled)", Origin::kDefault);
  }
  if (!spec.overhead) {
    assume(pointer + "/overhead", std::to_string(std::lround(kOverhead.in(millisecond))) + " ms",
           "of the host between two tokens (recalled)", Origin::kDefault);
  }
  if (phase.apart() > 0) {
    for (MachineDefault& each : machine_defaults(chip, platform.system, cluster)) {
      assume(std::move(each.what), std::move(each.value), std::move(each.why), Origin::kDefault);
    }
  }
  const Bytes room = generator.memory_share * generator.machine.memory_capacity;
  if (spec.ep && !job_.model.has_experts()) {
    return fault(pointer + "/ep", job_.model.name + " has no experts", "drop it, or take tp");
  }
  generator.ep = spec.ep.value_or(1);
  generator.tp = spec.tp.value_or(1);
  if (!spec.tp && !spec.ep) {
    const auto halves = [&] {
      return count % (2 * generator.tp) == 0 && divides_heads(job_.model, 2 * generator.tp);
    };
    while (halves() && generator_weights(job_.model, generator) > kRoomForCaches * room) {
      generator.tp *= 2;
    }
    assume(pointer + "/tp", std::to_string(generator.tp),
           "the fewest ranks whose weights leave half of the memory to caches", Origin::kDerived);
  }
  if (!divides_heads(job_.model, generator.tp)) {
    return fault(pointer + "/tp", "does not divide the attention heads of " + job_.model.name);
  }
  const int ranks = generator.ranks();
  if (count % ranks != 0 && ranks < count) {
    assume(pointer + (generator.ep > generator.tp ? "/ep" : "/tp"), std::to_string(ranks),
           std::to_string(count % ranks) + " of " + std::to_string(count) +
               " accelerators generate nothing: replicas are whole",
           Origin::kDerived);
  }
  if (ranks % generator.tp != 0) {
    return fault(pointer + "/ep", "is no multiple of tp (" + std::to_string(generator.tp) + ")");
  }
  if (job_.model.has_experts() && generator.ep > generator.tp) {
    for (const Layer& layer : job_.model.kinds) {
      if (!layer.experts || generator.ep <= layer.experts->routed) continue;
      return fault(pointer + "/ep", "is more than the " + std::to_string(layer.experts->routed) +
                                        " experts of a layer");
    }
  }
}

IterationTime iteration_of(const Phase& phase, Seconds step) {
  return iteration_time(*phase.setup, *phase.rl, phase.count, step);
}

StepInPhase step_in_phase(const Phase& phase, Seconds step) {
  if (!phase.rl) return {step, std::nullopt, 1};
  const double learned = static_cast<double>(phase.setup->batch.global_batch);
  return {step, iteration_of(phase, step), learned / phase.rl->responses.count};
}

}  // namespace traincost
