#include "estimator/job/job_reader.h"

#include <algorithm>
#include <utility>

#include "base/units.h"
#include "estimator/search/layout_search.h"
#include "estimator/search/practice.h"
#include "estimator/step/memory.h"

namespace traincost {
namespace {

using namespace unit;

constexpr std::int64_t kDefaultSequence = 4096;

// Four million tokens a step, and on large clusters 1,024 for each accelerator: what GPT-3 and
// Llama 3 405B used.
constexpr std::int64_t kDefaultBatchTokens = 4194304;

constexpr std::int64_t kDefaultTokensPerAccelerator = 1024;

constexpr Range kDegree{1, 1 << 20};

constexpr Name<Schedule> kSchedules[] = {
    {"1f1b", Schedule::k1F1B},          {"interleaved", Schedule::kInterleaved},
    {"gpipe", Schedule::kGPipe},        {"zb-h1", Schedule::kZbH1},
    {"zb-v", Schedule::kZbV},           {"dualpipe", Schedule::kDualPipe},
    {"dualpipev", Schedule::kDualPipeV}};

constexpr Name<Recompute> kRecompute[] = {
    {"none", Recompute::kNone}, {"selective", Recompute::kSelective}, {"full", Recompute::kFull}};

constexpr Name<Recompute> kSearchRecompute[] = {{"none", Recompute::kNone},
                                                {"selective", Recompute::kSelective},
                                                {"full", Recompute::kFull},
                                                {"modules", Recompute::kModules}};

constexpr Name<bool Batch::*> kOffloads[] = {{"activations", &Batch::offload_activations},
                                             {"optimizer", &Batch::offload_optimizer}};

constexpr Name<bool> kCaches[] = {{"bf16", false}, {"fp8", true}};

bool states_recompute(const JsonCursor& run) {
  return run.find("recompute").has_value() || run.find("recompute_modules").has_value();
}

RecomputeChoice choice_of(const Batch& batch) {
  return {batch.recompute, batch.recompute_layers, batch.modules};
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

}  // namespace

std::string JobReader::read_precision(const JsonCursor& run) {
  const bool has_bf16 = job_.accelerator.peak("bf16").has_value();
  const auto stated = run.one_of("precision", kRunPrecisions);
  if (!stated) {
    if (!run.find("precision")) {
      assume("/run/precision", has_bf16 ? "bf16" : "fp16", "the widest practice", Origin::kDefault);
    }
    return has_bf16 ? "bf16" : "fp16";
  }
  if (!job_.accelerator.peak(*stated)) {
    std::string has;
    for (const auto& [name, peak] : job_.accelerator.peak_dense) {
      has += (has.empty() ? "" : ", ") + name;
    }
    if (const auto at = run.find("precision")) {
      at->fault(job_.accelerator.record.id + " has no " + base_precision(*stated) + " units",
                "it has: " + has);
    }
    return has_bf16 ? "bf16" : "fp16";
  }
  return *stated;
}

Batch JobReader::read_batch(const JsonCursor& run, int count) {
  Batch batch;
  const auto length = run.integer("sequence_length", {1, 1 << 27});
  if (!length) {
    assume("/run/sequence_length", count_text(kDefaultSequence),
           "the training length is never taken from a model's config; state it", Origin::kDefault);
  }
  const std::int64_t sequence = length.value_or(kDefaultSequence);
  batch.sequence_length = static_cast<double>(sequence);
  const auto global = run.integer("global_batch", {1, 1 << 28});
  const std::int64_t tokens_a_step =
      std::max(kDefaultBatchTokens, kDefaultTokensPerAccelerator * count);
  batch.global_batch =
      global.value_or(shared_batch(std::max<std::int64_t>(1, tokens_a_step / sequence), count));
  if (!global) {
    assume("/run/global_batch", count_text(batch.global_batch) + " sequences",
           "some 4 million tokens a step, or 1,024 for each accelerator, in whole sequences for "
           "each replica",
           Origin::kDefault);
  }
  batch.micro_batch = run.integer("micro_batch", {1, 1 << 20}).value_or(1);
  batch.fp8_activation_cache = run.one_of("activation_cache", kCaches).value_or(false);
  if (const auto list = run.find("offload")) {
    for (const JsonCursor& item : list->items()) {
      if (const auto what = item.one_of(kOffloads)) batch.*(*what) = true;
    }
  }
  const auto layers = run.integer("recompute_layers", {1, 4096});
  batch.recompute_layers = static_cast<int>(layers.value_or(0));
  if (const auto modules = run.find("recompute_modules")) {
    batch.recompute = Recompute::kModules;
    for (const JsonCursor& item : modules->items()) {
      if (const auto module = item.one_of(kModuleNames)) batch.modules.add(*module);
    }
    run.accept("recompute");
  } else if (const auto mode = run.one_of("recompute", kRecompute)) {
    batch.recompute = *mode;
    if (*mode == Recompute::kSelective) {
      const RecomputeChoice chosen = selective_recompute(job_.stack);
      batch.recompute = chosen.mode;
      batch.modules = chosen.modules;
    }
  }
  if (layers && batch.recompute != Recompute::kFull) {
    run.find("recompute_layers")
        ->fault("recompute_layers needs full recomputation", "add \"recompute\": \"full\"");
  }
  return batch;
}

void JobReader::read_layout(const JsonCursor* own, const JsonCursor& run, Phase& phase) {
  StepSetup& setup = *phase.setup;
  const int count = setup.machine.count;
  const Section found = section(own, "layout");
  const JsonCursor layout(found.value, root_.file(), faults_, found.pointer);
  const bool absent = !root_.find("layout") && (own == nullptr || !own->find("layout"));
  const bool search = layout.is_text() && layout.text().value_or("") == "search";
  if (layout.is_text() && !search) {
    layout.fault("expected an object or \"search\"");
    return;
  }
  if (absent || search) {
    if (!faults_.empty()) return;
    phase.search_layout = true;
    if (open_ == OpenLayout::kLeave) {
      setup.layout.dp = count;
      return;
    }
    LayoutSpace pins;
    if (run.find("micro_batch")) pins.micro_batch = {setup.batch.micro_batch};
    if (states_recompute(run)) pins.recompute = {choice_of(setup.batch)};
    auto chosen = with_chosen_layout(setup, std::move(pins));
    if (!chosen) {
      const auto batch = run.is_object() ? run.find("global_batch") : std::nullopt;
      (batch ? *batch : run)
          .fault(
              "no degrees of a coarse search divide the " + count_text(count) +
                  " accelerators, the model and the global batch of " +
                  count_text(setup.batch.global_batch) + " sequences",
              "`traincost search` looks at all layouts; else another count, or a batch that is a "
              "multiple of the count's odd divisors");
      return;
    }
    setup = std::move(*chosen);
    assume(found.pointer, layout_text(setup), "the fastest of a coarse search that fits",
           Origin::kDerived);
    return;
  }
  if (!layout.expect_object()) return;
  setup.layout = read_layout_members(layout, count);
  shard_within_pods(found.pointer, setup);
  report_layout_faults(layout, run, setup);
  if (!faults_.empty()) return;
  if (open_ == OpenLayout::kComplete && complete_layout(layout, run, setup)) return;
  const auto say_one = [&](const std::string& what, const char* of) {
    assume(what, "1", of, Origin::kDefault);
  };
  if (!run.find("micro_batch")) say_one("/run/micro_batch", "sequences of a pass");
  if (setup.layout.pp > 1 && setup.layout.vp == 1 && !layout.find("vp")) {
    say_one(found.pointer + "/vp", "virtual stages of a rank");
  }
  if (!states_recompute(run)) choose_recompute(setup);
}

// Takes the fastest micro-batch and virtual stages that fit where they are not stated, and
// recomputation with them; says whether it did. Stages whose layers are stated stay as they are.
bool JobReader::complete_layout(const JsonCursor& layout, const JsonCursor& run, StepSetup& setup) {
  const Layout& l = setup.layout;
  if (!l.stage_layers.empty()) return false;
  const bool open_batch = !run.find("micro_batch");
  const bool open_schedule = !layout.find("schedule");
  const bool open_stages =
      l.pp > 1 && !layout.find("vp") && (open_schedule || l.schedule == Schedule::kInterleaved);
  if (!open_batch && !open_stages) return false;
  const bool open_recompute = !states_recompute(run);

  LayoutSpace space;
  space.tp = {l.tp};
  space.pp = {l.pp};
  space.cp = {l.cp};
  space.dp = {l.dp};
  space.ep = {l.ep};
  space.expert_tp = {l.expert_tp};
  space.zero = {l.zero};
  space.zero_shards = {l.zero_shards};
  space.sequence_parallel = {l.sequence_parallel};
  space.tp_overlap = {l.tp_overlap};
  space.offload_activations = {setup.batch.offload_activations};
  space.offload_optimizer = {setup.batch.offload_optimizer};
  space.micro_batch = {setup.batch.micro_batch};
  if (open_batch) {
    constexpr std::int64_t kLargest = 64;
    space.micro_batch = divisors(setup.batch.global_batch / l.dp);
    std::erase_if(space.micro_batch, [](std::int64_t micro) { return micro > kLargest; });
  }
  space.schedule = {l.schedule};
  if (!open_stages) space.vp = {l.vp};
  const std::vector<std::string>& shipped = job_.stack.schedules;
  if (open_stages && open_schedule &&
      std::find(shipped.begin(), shipped.end(), "interleaved") != shipped.end()) {
    space.schedule.push_back(Schedule::kInterleaved);
  }
  space.recompute = {choice_of(setup.batch)};
  if (open_recompute) space.recompute = recompute_steps(job_.stack, job_.model);

  // A run that ran had the memory for it, whatever is predicted.
  constexpr double kRoom = 1.25;
  StepSetup roomy = setup;
  std::optional<StepSetup> best;
  bool fits = false;
  for (const double room : {1.0, kRoom}) {
    roomy.machine.memory_capacity = room * setup.machine.memory_capacity;
    best = with_best_layout(roomy, space);
    if (!best) return false;
    fits = step_memory(best->context()).fits();
    if (fits) break;
  }
  best->machine.memory_capacity = setup.machine.memory_capacity;
  setup = std::move(*best);
  const std::string why = fits ? "the fastest that fits, as it is not stated"
                               : "what lacks least memory, as it is not stated and nothing fits";
  if (open_stages) assume("/layout/vp", std::to_string(setup.layout.vp), why, Origin::kDerived);
  if (open_batch) {
    assume("/run/micro_batch", count_text(setup.batch.micro_batch), why, Origin::kDerived);
  }
  if (open_recompute) {
    assume("/run/recompute", recompute_text(setup.batch), "taken with them", Origin::kDerived);
  }
  return true;
}

// Full sharding gathers over a pod's own links; pods replicate each other over the network. Where
// no share comes near a pod's room parameters are sharded over all.
void JobReader::shard_within_pods(const std::string& pointer, StepSetup& setup) {
  Layout& l = setup.layout;
  const std::int64_t replicas = std::int64_t{l.dp} * l.cp;
  const std::int64_t room = setup.machine.scale_up_domain / (std::int64_t{l.tp} * l.pp);
  if (!setup.machine.torus || l.zero < 3 || l.zero_shards > 0 || replicas <= room) return;
  for (const std::int64_t share : divisors(replicas)) {
    if (share <= room && 2 * share > room) l.zero_shards = static_cast<int>(share);
  }
  if (l.zero_shards == 0) return;
  assume(pointer + "/zero_shards", count_text(l.zero_shards),
         "parameters are sharded within a pod and replicated between pods", Origin::kDerived);
}

Layout JobReader::read_layout_members(const JsonCursor& at, int count) {
  Layout l;
  const auto degree = [&](const char* key, int fallback) {
    return static_cast<int>(at.integer(key, kDegree).value_or(fallback));
  };
  l.tp = degree("tp", 1);
  l.pp = degree("pp", 1);
  l.vp = degree("vp", 1);
  l.cp = degree("cp", 1);
  l.ep = degree("ep", 1);
  l.expert_tp = degree("expert_tp", 1);
  const std::int64_t others = std::int64_t{l.tp} * l.pp * l.cp;
  l.dp = degree("dp", static_cast<int>(std::max<std::int64_t>(1, count / others)));
  const auto zero = at.integer("zero", {0, 3});
  l.zero = static_cast<int>(zero.value_or(1));
  if (!zero) {
    assume(at.pointer() + "/zero", "1", "optimizer states sharded over data parallelism",
           Origin::kDefault);
  }
  l.zero_shards = degree("zero_shards", 0);
  l.sequence_parallel = at.boolean("sequence_parallel").value_or(l.tp > 1);
  l.tp_overlap =
      at.boolean("tp_overlap").value_or(l.tp > 1 && l.sequence_parallel && job_.stack.overlaps_tp);
  l.schedule = at.one_of("schedule", kSchedules)
                   .value_or(l.vp > 1 ? Schedule::kInterleaved : Schedule::k1F1B);
  if (is_v_shaped(l.schedule) && !at.find("vp")) l.vp = 2;
  if (const auto list = at.find("stage_layers")) {
    for (const JsonCursor& item : list->items()) {
      l.stage_layers.push_back(static_cast<int>(item.integer({0, 4096}).value_or(0)));
    }
  }
  at.accept("note");
  at.finish();
  return l;
}

void JobReader::report_layout_faults(const JsonCursor& layout, const JsonCursor& run,
                                     const StepSetup& setup) {
  if (!faults_.empty()) return;
  for (const LayoutFault& each :
       layout_faults(setup.layout, setup.batch, setup.model, setup.machine.count)) {
    const JsonCursor& home = each.key == "global_batch" ? run : layout;
    const auto at = home.is_object() ? home.find(each.key) : std::nullopt;
    (at ? *at : home).fault(each.message);
  }
}

// Members of "search" pin a knob to a value or to a list of them.
void JobReader::read_space() {
  LayoutSpace& space = job_.space;
  for (const std::string& name : job_.stack.schedules) {
    for (const Name<Schedule>& each : kSchedules) {
      if (name == each.name) space.schedule.push_back(each.value);
    }
  }
  const auto search = root_.find("search");
  if (job_.stack.schedules.empty()) {
    space.pp = {1};
    if (search && !search->find("pp") && !search->find("schedule")) {
      assume("/search/pp", "1", "stack " + job_.stack.record.id + " has no pipeline parallelism",
             Origin::kDerived);
    }
  }
  if (!search || !search->expect_object()) {
    space.recompute = default_recompute();
    return;
  }
  const auto each_value = [&](const char* key, const auto& read) {
    const auto member = search->find(key);
    if (!member) return;
    if (member->kind() == JsonValue::Kind::kArray) {
      const auto items = member->items();
      if (items.empty()) member->fault("expected at least one value");
      for (const JsonCursor& item : items) read(item);
    } else {
      read(*member);
    }
  };
  const auto degrees = [&](const char* key, std::vector<int>& values, Range range) {
    if (search->find(key)) values.clear();
    each_value(key, [&](const JsonCursor& item) {
      if (const auto value = item.integer(range)) values.push_back(static_cast<int>(*value));
    });
  };
  const auto switches = [&](const char* key, std::vector<bool>& values) {
    each_value(key, [&](const JsonCursor& item) {
      if (const auto value = item.boolean()) values.push_back(*value);
    });
  };
  degrees("tp", space.tp, kDegree);
  if (search->find("schedule") && !search->find("pp")) space.pp.clear();
  degrees("pp", space.pp, kDegree);
  degrees("vp", space.vp, kDegree);
  degrees("cp", space.cp, kDegree);
  degrees("dp", space.dp, kDegree);
  degrees("ep", space.ep, kDegree);
  degrees("expert_tp", space.expert_tp, kDegree);
  degrees("zero", space.zero, {0, 3});
  degrees("zero_shards", space.zero_shards, {0, kDegree.high});
  each_value("micro_batch", [&](const JsonCursor& item) {
    if (const auto value = item.integer(kDegree)) space.micro_batch.push_back(*value);
  });
  switches("sequence_parallel", space.sequence_parallel);
  switches("tp_overlap", space.tp_overlap);
  switches("offload_activations", space.offload_activations);
  switches("offload_optimizer", space.offload_optimizer);
  if (search->find("schedule")) space.schedule.clear();
  each_value("schedule", [&](const JsonCursor& item) {
    if (const auto value = item.one_of(kSchedules)) space.schedule.push_back(*value);
  });
  each_value("recompute", [&](const JsonCursor& item) {
    const auto mode = item.one_of(kSearchRecompute);
    if (!mode) return;
    if (*mode == Recompute::kModules && !run_modules()) {
      item.fault("\"modules\" needs run.recompute_modules", "name the modules there");
    }
    if (*mode == Recompute::kSelective) {
      space.recompute.push_back(selective_recompute(job_.stack));
      return;
    }
    const bool of_run = *mode == Recompute::kModules;
    space.recompute.push_back(
        {*mode, 0, of_run ? run_modules().value_or(ModuleSet{}) : ModuleSet{}});
  });
  each_value("recompute_layers", [&](const JsonCursor& item) {
    if (const auto layers = item.integer({1, 4096})) {
      space.recompute.push_back({Recompute::kFull, static_cast<int>(*layers), {}});
    }
  });
  if (space.recompute.empty()) space.recompute = default_recompute();
  search->accept("note");
  search->finish();
}

std::string JobReader::layout_text(const StepSetup& setup) {
  const Layout& l = setup.layout;
  std::string text = "tp " + std::to_string(l.tp) + ", pp " + std::to_string(l.pp) + ", dp " +
                     std::to_string(l.dp);
  if (l.vp > 1) text += ", vp " + std::to_string(l.vp);
  if (l.ep > 1) text += ", ep " + std::to_string(l.ep);
  if (l.zero != 1) text += ", ZeRO " + std::to_string(l.zero);
  if (l.tp_overlap) text += ", tp overlap";
  text += ", micro-batch " + count_text(setup.batch.micro_batch);
  for (const Name<Recompute>& mode : kRecompute) {
    if (mode.value == setup.batch.recompute) text += std::string(", recompute ") + mode.name;
  }
  return text;
}

}  // namespace traincost
