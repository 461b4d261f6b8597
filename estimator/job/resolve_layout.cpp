#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "estimator/job/knobs.h"
#include "estimator/job/resolver.h"
#include "estimator/run/batch_size.h"
#include "estimator/search/practice.h"
#include "estimator/step/stage_plan.h"

namespace traincost {
namespace {

// Where the steps are stated and the tokens are not.
constexpr double kUsualBatch = 4194304;

constexpr double kMemoryReserve = 0.04;

ModuleSet set_of(const std::vector<Module>& modules) {
  ModuleSet all;
  for (const Module each : modules) all.add(each);
  return all;
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

Batch Resolver::batch_of(const PhaseAt& at, const Stack& stack) {
  const RunSpec& run = at.sections.run;
  Batch batch;
  if (!run.sequence_length) {
    assume("/run/sequence_length", std::to_string(kDefaultSequence),
           "the training length is never taken from a model's config; state it", Origin::kDefault);
  }
  const std::int64_t sequence = run.sequence_length.value_or(kDefaultSequence);
  batch.sequence_length = static_cast<double>(sequence);
  // What is open is chosen with the layout (fill_batches); until then it is a usual one.
  const auto usual = static_cast<std::int64_t>(kUsualBatch / static_cast<double>(sequence));
  batch.global_batch = run.global_batch.value_or(std::max<std::int64_t>(1, usual));
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

// What an open global batch is chosen from: what the job states, else what is usual.
void Resolver::fill_batches(const PhaseAt& at, Phase& phase) {
  const RunSpec& run = at.sections.run;
  if (run.global_batch) {
    for (const char* key : {"min_batch", "max_batch"}) {
      const bool stated =
          key == std::string("min_batch") ? run.min_batch.has_value() : run.max_batch.has_value();
      if (!stated) continue;
      fault(member_pointer(at, "run", key),
            std::string("run.") + key + " says nothing beside run.global_batch, which is kept",
            "drop one of them");
    }
    return;
  }
  TokenRange range = usual_batches(phase.tokens);
  if (phase.steps > 0) range = {0.5 * kUsualBatch * unit::token, kUsualBatch * unit::token};
  const TokenRange usual = range;
  range.least = run.min_batch.value_or(min(usual.least, run.max_batch.value_or(usual.least)));
  range.most = run.max_batch.value_or(max(usual.most, range.least));
  if (range.least > range.most) {
    fault(member_pointer(at, "run", "min_batch"), "min_batch is over max_batch: the range is empty",
          "give the smaller one first");
    return;
  }
  const Tokens sequence = phase.setup->batch.sequence_length * unit::token;
  const auto whole = [&](double sequences) {
    return std::max<std::int64_t>(1, static_cast<std::int64_t>(sequences));
  };
  BatchRange& open = phase.open.batch.emplace();
  constexpr double kLastBits = 1e-9;
  open.most = whole(std::floor(range.most / sequence * (1 + kLastBits)));
  open.least = std::min(open.most, whole(std::ceil(range.least / sequence)));
  if (open.least == open.most) {
    phase.setup->batch.global_batch = open.most;
    phase.open.batch.reset();
  }
  if (run.max_batch && sequence > *run.max_batch) {
    fault(member_pointer(at, "run", "max_batch"), "max_batch is less than one sequence",
          "a batch has at least one of " +
              std::to_string(static_cast<std::int64_t>(phase.setup->batch.sequence_length)) +
              " tokens");
  }
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
  if (open.batch) share_batch(at, *open.batch, setup);
  report_layout_faults(at, setup);
  const Layout& l = setup.layout;
  open.schedule = !stated.schedule;
  open.virtual_stages = l.pp > 1 && !stated.vp && l.stage_layers.empty() &&
                        (open.schedule || l.schedule == Schedule::kInterleaved);
}

// The largest batch of the range that the layout shares or, where its replicas are too many for all
// of them, the least that it takes.
void Resolver::share_batch(const PhaseAt& at, const BatchRange& range, StepSetup& setup) {
  const Layout& l = setup.layout;
  const std::int64_t wave = l.dp * setup.batch.micro_batch;
  std::int64_t most = range.most / wave;
  if (setup.batch.optimizer_in_backward) most = std::min<std::int64_t>(most, 1);
  std::int64_t taken = legal_micro_batches(l.schedule, l.pp, most);
  if (taken == 0) taken = least_micro_batches(l.schedule, l.pp);
  setup.batch.global_batch = taken * wave;
  if (setup.batch.global_batch <= range.most || !at.sections.run.max_batch) return;
  fault(member_pointer(at, "run", "max_batch"),
        "the layout's " + std::to_string(l.dp) + " replicas need a batch of at least " +
            std::to_string(setup.batch.global_batch) + " sequences",
        "raise max_batch, or lower layout.dp");
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
  job_.memory_reserve = pins.memory_reserve.value_or(kMemoryReserve);
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
