#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "estimator/job/knobs.h"
#include "estimator/job/resolver.h"
#include "estimator/search/practice.h"
#include "estimator/step/stage_plan.h"

namespace traincost {
namespace {

constexpr std::int64_t kDefaultSequence = 4096;

// Four million tokens a step, and on large clusters 1,024 for each accelerator: what GPT-3 and
// Llama 3 405B used.
constexpr std::int64_t kDefaultBatchTokens = 4194304;

constexpr std::int64_t kDefaultTokensPerAccelerator = 1024;

ModuleSet set_of(const std::vector<Module>& modules) {
  ModuleSet all;
  for (const Module each : modules) all.add(each);
  return all;
}

// Sequences near `wanted` that many replicas of so many accelerators can share: a multiple of the
// largest divisor of the count that is at most half of it, and holds the count's odd part unless
// that is more than twice of it.
std::int64_t shared_batch(std::int64_t wanted, std::int64_t count) {
  std::int64_t odd = count;
  while (odd % 2 == 0) odd /= 2;
  if (odd > 2 * wanted) odd = 1;
  std::int64_t share = odd;
  for (const std::int64_t each : divisors(count)) {
    if (2 * each <= wanted && each % odd == 0) share = each;
  }
  return std::max<std::int64_t>(1, (wanted + share / 2) / share) * share;
}

bool states_recompute(const RunSpec& run) {
  return run.recompute || !run.recompute_modules.empty();
}

}  // namespace

std::string Resolver::precision_of(const PhaseAt& at, const Platform& platform) {
  const Accelerator& chip = platform.accelerator;
  std::string usual = chip.peak("bf16") ? "bf16" : "fp16";
  const auto& stated = at.sections.run.precision;
  if (!stated) {
    assume("/run/precision", usual, "the widest practice", Origin::kDefault);
    return usual;
  }
  if (chip.runs(*stated)) return *stated;
  std::string has;
  for (const Name<const char*>& each : kRunPrecisions) {
    if (chip.runs(each.name)) has += (has.empty() ? "" : ", ") + std::string(each.name);
  }
  fault(member_pointer(at, "run", "precision"), chip.record.id + " has no " + *stated + " units",
        "it has: " + has);
  return usual;
}

Batch Resolver::batch_of(const PhaseAt& at, const Stack& stack, int count) {
  const RunSpec& run = at.sections.run;
  Batch batch;
  if (!run.sequence_length) {
    assume("/run/sequence_length", std::to_string(kDefaultSequence),
           "the training length is never taken from a model's config; state it", Origin::kDefault);
  }
  const std::int64_t sequence = run.sequence_length.value_or(kDefaultSequence);
  batch.sequence_length = static_cast<double>(sequence);
  const std::int64_t tokens_a_step =
      std::max(kDefaultBatchTokens, kDefaultTokensPerAccelerator * count);
  batch.global_batch = run.global_batch.value_or(
      shared_batch(std::max<std::int64_t>(1, tokens_a_step / sequence), count));
  if (!run.global_batch) {
    assume("/run/global_batch", std::to_string(batch.global_batch) + " sequences",
           "some 4 million tokens a step, or 1,024 for each accelerator, in whole sequences for "
           "each replica",
           Origin::kDefault);
  }
  set_stated(batch, run, kBatchKnobs);
  batch.fp8_activation_cache = run.fp8_activation_cache.value_or(false);
  for (const Offload each : run.offload) {
    switch (each) {
      case Offload::kActivations: batch.offload_activations = true; break;
      case Offload::kOptimizer: batch.offload_optimizer = true; break;
      case Offload::kParameters: batch.offload_parameters = true; break;
    }
  }
  if (!run.recompute_modules.empty()) {
    batch.recompute = Recompute::kModules;
    batch.modules = set_of(run.recompute_modules);
  } else if (run.recompute) {
    batch.recompute = *run.recompute;
    if (*run.recompute == Recompute::kSelective) {
      const RecomputeChoice chosen = selective_recompute(stack);
      batch.recompute = chosen.mode;
      batch.modules = chosen.modules;
    }
  }
  if (batch.recompute_layers > 0 && batch.recompute != Recompute::kFull) {
    fault(member_pointer(at, "run", "recompute_layers"),
          "recompute_layers needs full recomputation", "add \"recompute\": \"full\"");
  }
  return batch;
}

void Resolver::fill_layout(const PhaseAt& at, Phase& phase) {
  StepSetup& setup = *phase.setup;
  const RunSpec& run = at.sections.run;
  const LayoutSpec& stated = at.sections.layout;
  OpenKnobs& open = phase.open;
  open.pointer = at.section(spec_, "layout");
  open.batch_pointer = member_pointer(at, "run", "global_batch");
  open.batch_line = spec_.line_of(open.batch_pointer);
  open.micro_batch = !run.micro_batch;
  open.recompute = !states_recompute(run);
  if (!at.sections.states_layout || stated.search.value_or(false)) {
    open.layout = open.virtual_stages = open.schedule = true;
    setup.layout.dp = phase.count;
    return;
  }
  setup.layout = layout_of(at, job_.platforms[at.platform].stack, phase.count);
  shard_within_pods(open.pointer, setup);
  report_layout_faults(at, setup);
  const Layout& l = setup.layout;
  open.schedule = !stated.schedule;
  open.virtual_stages = l.pp > 1 && !stated.vp && l.stage_layers.empty() &&
                        (open.schedule || l.schedule == Schedule::kInterleaved);
}

// Full sharding gathers over a pod's own links; pods replicate each other over the network. Where
// no share comes near the size of a pod parameters are sharded over all.
void Resolver::shard_within_pods(const std::string& pointer, StepSetup& setup) {
  Layout& l = setup.layout;
  const std::int64_t replicas = std::int64_t{l.dp} * l.cp;
  const std::int64_t pod = setup.machine.scale_up_domain / (std::int64_t{l.tp} * l.pp);
  if (!setup.machine.torus || l.zero < 3 || l.zero_shards > 0 || replicas <= pod) return;
  for (const std::int64_t share : divisors(replicas)) {
    if (share <= pod && 2 * share > pod) l.zero_shards = static_cast<int>(share);
  }
  if (l.zero_shards == 0) return;
  assume(pointer + "/zero_shards", std::to_string(l.zero_shards),
         "parameters are sharded within a pod and replicated between pods", Origin::kDerived);
}

Layout Resolver::layout_of(const PhaseAt& at, const Stack& stack, int count) {
  const LayoutSpec& stated = at.sections.layout;
  Layout l;
  set_stated(l, stated, kLayoutKnobs);
  const std::int64_t others = std::int64_t{l.tp} * l.pp * l.cp;
  l.dp = stated.dp.value_or(static_cast<int>(std::max<std::int64_t>(1, count / others)));
  if (!stated.zero) {
    assume(at.section(spec_, "layout") + "/zero", std::to_string(l.zero),
           "optimizer states sharded over data parallelism", Origin::kDefault);
  }
  l.sequence_parallel = stated.sequence_parallel.value_or(l.tp > 1);
  l.tp_overlap = stated.tp_overlap.value_or(l.tp > 1 && l.sequence_parallel && stack.overlaps_tp);
  l.schedule = stated.schedule.value_or(l.vp > 1 ? Schedule::kInterleaved : Schedule::k1F1B);
  if (rules_of(l.schedule).v_shaped && !stated.vp) l.vp = 2;
  l.stage_layers = stated.stage_layers;
  if (stack.balances_stages && l.stage_layers.empty() && l.pp > 1) {
    l.stage_layers = balanced_stage_sizes(job_.model, l.pp * l.vp);
    assume(at.section(spec_, "layout") + "/stage_layers", "by work",
           stack.framework + " weighs layers and head", Origin::kDerived);
  }
  return l;
}

void Resolver::report_layout_faults(const PhaseAt& at, const StepSetup& setup) {
  if (!faults_.empty()) return;
  for (const LayoutFault& each :
       layout_faults(setup.layout, setup.batch, setup.model, setup.machine.count)) {
    const bool of_run = std::any_of(kKnobs.begin(), kKnobs.end(), [&](const Knob& knob) {
      return knob.name == each.key && !knob.of_layout;
    });
    const bool written = each.key == "global_batch" || each.key == "offload";  // of no knob's name
    const char* section = of_run || written ? "run" : "layout";
    fault(member_pointer(at, section, each.key.c_str()), each.message);
  }
}

// Members of "search" pin a knob to a value or to a list of them; what they leave open, the stack
// and the job's own run say.
void Resolver::fill_space() {
  LayoutSpace& space = job_.space;
  const SearchSpec pins = spec_.search.value_or(SearchSpec{});
  const Stack& stack = job_.platform().stack;
  static_cast<KnobLists&>(space) = static_cast<const KnobLists&>(pins);
  if (space.schedule.empty()) {
    for (const std::string& name : stack.schedules) {
      for (const Name<Schedule>& each : kScheduleNames) {
        if (name == each.name) space.schedule.push_back(each.value);
      }
    }
    if (stack.schedules.empty() && pins.pp.empty()) {
      space.pp = {1};
      assume("/search/pp", "1", "stack " + stack.record.id + " has no pipeline parallelism",
             Origin::kDerived);
    }
  }
  const RunSpec run = spec_.run.value_or(RunSpec{});
  const ModuleSet own = set_of(run.recompute_modules);
  for (const Recompute mode : pins.recompute) {
    if (mode == Recompute::kModules && run.recompute_modules.empty()) {
      member_fault("/search", "recompute", "\"modules\" needs run.recompute_modules",
                   "name the modules there");
    }
    if (mode == Recompute::kSelective) {
      space.recompute.push_back(selective_recompute(stack));
    } else {
      space.recompute.push_back({mode, 0, mode == Recompute::kModules ? own : ModuleSet{}});
    }
  }
  for (const int layers : pins.recompute_layers) {
    space.recompute.push_back({Recompute::kFull, layers, {}});
  }
  if (!space.recompute.empty()) return;
  // Every step, and what the job's own run names.
  space.recompute = recompute_steps(stack, job_.model);
  const auto named = [&](const RecomputeChoice& each) { return each.modules == own; };
  const bool listed = std::any_of(space.recompute.begin(), space.recompute.end(), named);
  if (!run.recompute_modules.empty() && !listed) {
    space.recompute.push_back({Recompute::kModules, 0, own});
  }
}

}  // namespace traincost
