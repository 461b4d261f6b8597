#include <cmath>
#include <string>
#include <utility>

#include "base/units.h"
#include "estimator/job/batch_ramp.h"
#include "estimator/job/resolver.h"
#include "estimator/model/flops.h"

namespace traincost {

using namespace unit;

// A phase whose batch grows is as many phases as it has batches.
void Resolver::fill_ramp(const PhaseSpec* own, const std::string& pointer, std::size_t index) {
  const RunSpec run = sections_of(spec_, own != nullptr ? *own : PhaseSpec{}).run;
  if (!run.batch_ramp || (own != nullptr && own->rl)) return fill_phase(own, pointer, index);
  const std::string here = pointer + "/run/batch_ramp";
  const auto tokens = own != nullptr ? own->tokens : run.tokens;
  if (run.global_batch) fault(here, "global_batch says the batch too", "drop one of them");
  if (!tokens) {
    return fault(here, "a ramp needs the tokens of its phase", "write \"tokens\": \"366B tokens\"");
  }
  const auto ramp = parse_ramp(*run.batch_ramp, *tokens);
  if (!ramp.problem.empty()) {
    return fault(here, ramp.problem, "such as \"0:768 250B:1536\": tokens and sequences, rising");
  }
  for (std::size_t i = 0; i < ramp.stages.size(); ++i) {
    const Tokens end = i + 1 < ramp.stages.size() ? ramp.stages[i + 1].from : *tokens;
    PhaseSpec stage = own != nullptr ? *own : PhaseSpec{};
    stage.name = (own != nullptr ? own->name.value_or("phase " + std::to_string(index + 1))
                                 : std::string("pre-training")) +
                 ", batch " + std::to_string(ramp.stages[i].sequences);
    stage.tokens = end - ramp.stages[i].from;
    if (!stage.run) stage.run.emplace();
    stage.run->global_batch = ramp.stages[i].sequences;
    fill_phase(&stage, pointer, index);
    if (i > 0 && !job_.phases.empty()) {  // the batch grows in a run that has started
      const Seconds startup =
          spec_.reliability.value_or(ReliabilitySpec{}).startup.value_or(Seconds{});
      job_.phases.back().pauses -= min(startup, job_.phases.back().pauses);
    }
  }
}

// What a phase stands still for, and what it holds beside what it uses.
void Resolver::fill_pauses(const PhaseAt& at, Phase& phase) {
  const ReliabilitySpec reliability = spec_.reliability.value_or(ReliabilitySpec{});
  const RunSpec& run = at.sections.run;
  if (run.evaluation_every.has_value() != run.evaluation_time.has_value()) {
    fault(at.section(spec_, "run"),
          run.evaluation_every ? "evaluation_every needs evaluation_time beside it"
                               : "evaluation_time needs evaluation_every beside it",
          "how often, in tokens, and how long each takes");
    return;
  }
  if (phase.stated && !phase.fails) return;  // its time contains them
  phase.pauses = reliability.startup.value_or(Seconds{});
  if (run.evaluation_every) {
    phase.pauses += std::floor(phase.tokens / *run.evaluation_every) * *run.evaluation_time;
  }
  phase.spares = reliability.spares.value_or(0);
}

// The time that a phase states, by itself or by a rate; the latter leaves failures to be added.
std::optional<AcceleratorTime> Resolver::stated_time(const PhaseAt& at, Phase& phase) {
  const RunSpec& run = at.sections.run;
  const PhaseSpec own = at.own != nullptr ? *at.own : PhaseSpec{};
  const std::string of_run = at.section(spec_, "run");
  const std::pair<std::string, bool> ways[] = {
      {at.pointer + "/accelerator_hours", own.accelerator_hours.has_value()},
      {at.pointer + "/accelerator_hours_per_trillion_tokens",
       own.accelerator_hours_per_trillion_tokens.has_value()},
      {at.pointer + "/wall", own.wall.has_value()},
      {of_run + "/mfu", run.mfu.has_value()},
      {of_run + "/flop_rate", run.flop_rate.has_value()},
      {of_run + "/throughput", run.throughput.has_value()}};
  const std::string* way = nullptr;
  for (const auto& [pointer, stated] : ways) {
    if (!stated) continue;
    if (way != nullptr) {
      fault(pointer, "the phase's time is stated twice: " + *way + " says it too", "drop one");
    }
    way = &pointer;
  }
  if (way == nullptr) return std::nullopt;
  phase.sequence_length = static_cast<double>(run.sequence_length.value_or(kDefaultSequence));
  const auto tokens = at.own != nullptr ? own.tokens : run.tokens;
  phase.tokens = tokens.value_or(Tokens{});
  if (own.accelerator_hours) return *own.accelerator_hours * accelerator_hour;
  if (own.wall) return *own.wall * (static_cast<double>(phase.count) * accelerator);
  if (!tokens) {
    fault(*way, "a rate needs \"tokens\" beside it", "write \"tokens\": \"15.6T tokens\"");
    return AcceleratorTime{};
  }
  if (own.accelerator_hours_per_trillion_tokens) {
    return *own.accelerator_hours_per_trillion_tokens * accelerator_hour *
           (*tokens / trillion_tokens);
  }
  phase.fails = true;
  const Accelerator& chip = job_.platforms[at.platform].accelerator;
  const auto peak = chip.peak("bf16");
  const FlopsPerToken of_token = model_flops_per_token(job_.model, phase.sequence_length);
  const auto within = chip.peak(run.precision.value_or("bf16"));
  const FlopRate stated = run.throughput  ? of_token * *run.throughput * (1 * accelerator)
                          : run.flop_rate ? *run.flop_rate
                                          : FlopRate{};
  if (within && stated > max(*within, peak.value_or(*within))) {
    fault(*way,
          "is " + std::to_string(std::lround(100 * (stated / *within))) +
              "% of the dense peak of " + chip.record.id,
          "a rate is of one accelerator, in model FLOPs, or tokens/s/GPU");
    return AcceleratorTime{};
  }
  if (run.throughput) return *tokens / *run.throughput;
  if (run.mfu && !peak) {
    fault(*way, "the bf16 peak of the accelerator is not recorded", "state flop_rate instead");
    return AcceleratorTime{};
  }
  const FlopRate rate = run.flop_rate ? *run.flop_rate : *run.mfu * *peak;
  return of_token * *tokens / (rate / accelerator);
}

}  // namespace traincost
