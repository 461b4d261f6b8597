#include "estimator/questions/changes.h"

#include <set>
#include <sstream>
#include <utility>

#include "base/units.h"
#include "estimator/job/knobs.h"
#include "estimator/run/batch_size.h"
#include "estimator/search/practice.h"
#include "estimator/step/stage_plan.h"

namespace traincost {
namespace {

using namespace unit;

class Changes {
 public:
  Changes(const Job& job, const Phase& phase)
      : job_(job),
        phase_(phase),
        now_(*phase.setup),
        section_(phase.open.layout ? "search." : "layout.") {}

  std::vector<Change> all();

 private:
  [[nodiscard]] std::string of_phase(const std::string& change) const;
  void add(const std::string& knob, const std::string& change, Phase trial);
  void add(const std::string& knob, std::string change, StepSetup trial);
  // The same layout but for its degrees, on as many ranks.
  void add_degrees(const std::string& knob, std::string change, StepSetup trial);
  // The same run on another stack, or in another precision.
  void add_machine(const std::string& knob, std::string change, const Stack& stack,
                   const std::string& precision);
  void add_update(const std::string& knob, std::string change, const UpdateSpec& update);
  [[nodiscard]] std::string moved_with(const std::string& knob, const StepSetup& trial) const;
  void try_degrees();
  void try_recomputation();
  void try_batch();
  void try_offloading();
  void try_update();
  void try_software();
  void try_precision();
  void try_count();
  void try_generation();

  const Job& job_;
  const Phase& phase_;
  const StepSetup& now_;
  std::string section_;  // that a degree is set in
  std::vector<Change> found_;
};

// A phase among others, or with sections of its own, has the change in those.
std::string Changes::of_phase(const std::string& change) const {
  const bool own = phase_.open.pointer.rfind("/phases/", 0) == 0;
  if (phase_.path.empty() || (job_.phases.size() == 1 && !own)) return change;
  std::string all;
  std::istringstream words(change);
  for (std::string word; words >> word;) {
    if (!all.empty()) all += " ";
    if (word.rfind("search.", 0) != 0) all += phase_.path + ".";
    all += word;
  }
  return all;
}

void Changes::add(const std::string& knob, const std::string& change, Phase trial) {
  const StepSetup& setup = *trial.setup;
  if (!layout_faults(setup.layout, setup.batch, setup.model, setup.layout.ranks()).empty()) return;
  found_.push_back({knob, of_phase(change), std::move(trial)});
}

void Changes::add(const std::string& knob, std::string change, StepSetup trial) {
  Phase phase = phase_;
  phase.setup = std::move(trial);
  add(knob, std::move(change), std::move(phase));
}

void Changes::add_degrees(const std::string& knob, std::string change, StepSetup trial) {
  Layout& l = trial.layout;
  const int ranks = now_.layout.ranks();
  const int of_replica = l.tp * l.pp * l.cp;
  if (ranks % of_replica != 0) return;
  l.dp = ranks / of_replica;
  l.zero_shards = 0;
  const bool other_stages = l.pp * l.vp != now_.layout.pp * now_.layout.vp;
  if (!l.stage_layers.empty() && other_stages) {
    if (!phase_.open.layout) change += " layout.stage_layers=null";
    l.stage_layers.clear();
  }
  if (other_stages && now_.machine.stack.balances_stages && l.pp > 1) {
    l.stage_layers = balanced_stage_sizes(now_.model, l.pp * l.vp);
  }
  if (!phase_.open.layout) change += moved_with(knob, trial);
  add(knob, std::move(change), std::move(trial));
}

void Changes::add_machine(const std::string& knob, std::string change, const Stack& stack,
                          const std::string& precision) {
  const Platform& platform = job_.platform(phase_);
  StepSetup trial = now_;
  trial.machine = make_machine(platform.accelerator, platform.system, stack, job_.engine.parameters,
                               phase_.cluster, precision);
  add(knob, std::move(change), std::move(trial));
}

void Changes::add_update(const std::string& knob, std::string change, const UpdateSpec& update) {
  Stack stack = job_.platform(phase_).stack;
  set_update(stack, update, now_.model);
  add_machine(knob, std::move(change), stack, now_.machine.run_precision);
}

// Knobs of a stated layout that must move with one: " layout.dp=8 layout.schedule=interleaved".
std::string Changes::moved_with(const std::string& knob, const StepSetup& trial) const {
  std::string moved;
  for (const Knob& each : kKnobs) {
    const KnobValue now = each.value(now_.layout, now_.batch);
    const KnobValue then = each.value(trial.layout, trial.batch);
    if (!each.of_layout || each.name == knob || now == then) continue;
    moved += " layout." + std::string(each.name) + "=";
    if (const auto* number = std::get_if<std::int64_t>(&then)) moved += std::to_string(*number);
    if (const auto* on = std::get_if<bool>(&then)) moved += *on ? "true" : "false";
    if (const auto* name = std::get_if<std::string_view>(&then)) moved += *name;
  }
  return moved;
}

void Changes::try_degrees() {
  struct Degree {
    const char* name;
    int Layout::*member;
  };
  for (const Degree& degree :
       {Degree{"tp", &Layout::tp}, Degree{"pp", &Layout::pp}, Degree{"vp", &Layout::vp},
        Degree{"cp", &Layout::cp}, Degree{"ep", &Layout::ep}}) {
    const int now = now_.layout.*degree.member;
    for (const int value : std::set{now / 2, now - 1, now + 1, now * 2}) {
      if (value < 1) continue;
      StepSetup trial = now_;
      Layout& l = trial.layout;
      l.*degree.member = value;
      if (degree.member == &Layout::vp) {
        if (l.pp == 1) continue;
        l.schedule = value > 1 ? Schedule::kInterleaved : Schedule::k1F1B;
      }
      if (l.pp == 1) {
        l.vp = 1;
        l.schedule = Schedule::k1F1B;
      }
      l.sequence_parallel = l.tp > 1 && (l.sequence_parallel || now_.layout.tp == 1);
      const bool by_default = now_.layout.tp == 1 && l.sequence_parallel &&
                              now_.machine.stack.overlaps_tp;  // as a job that says nothing has it
      l.tp_overlap = l.tp > 1 && (l.tp_overlap || by_default);
      add_degrees(degree.name, section_ + degree.name + "=" + std::to_string(value),
                  std::move(trial));
    }
  }
  constexpr int kMostZero = 3;
  for (int zero = 0; zero <= kMostZero; ++zero) {
    if (zero == now_.layout.zero || now_.layout.dp * now_.layout.cp == 1) continue;
    StepSetup trial = now_;
    trial.layout.zero = zero;
    add_degrees("zero", section_ + "zero=" + std::to_string(zero), std::move(trial));
  }
}

void Changes::try_recomputation() {
  for (const RecomputeChoice& each : recompute_steps(now_.machine.stack, now_.model)) {
    if (each.is_of(now_.batch)) continue;
    StepSetup trial = now_;
    each.apply(trial.batch);
    std::string change = "run.recompute=" + std::string(recompute_name(each.mode));
    if (each.mode == Recompute::kModules) {
      std::string names;
      for (const std::string_view name : module_names(each.modules)) {
        names += (names.empty() ? "" : ",") + ("\"" + std::string(name) + "\"");
      }
      change = "run.recompute_modules=[" + names + "]";
    }
    add("recompute", std::move(change), std::move(trial));
  }
}

// A larger batch than is usual for so many tokens is no advice, nor what an iteration learns from.
void Changes::try_batch() {
  const Batch& batch = now_.batch;
  for (const std::int64_t micro : {batch.micro_batch / 2, 2 * batch.micro_batch}) {
    if (micro < 1) continue;
    StepSetup trial = now_;
    trial.batch.micro_batch = micro;
    add("micro_batch", "run.micro_batch=" + std::to_string(micro), std::move(trial));
  }
  const Tokens most = max(usual_batches(phase_.tokens).most, tokens_per_step(batch));
  StepSetup trial = now_;
  trial.batch.global_batch *= 2;
  if (tokens_per_step(trial.batch) > most || phase_.rl) return;
  add("global_batch", "run.global_batch=" + std::to_string(trial.batch.global_batch),
      std::move(trial));
}

void Changes::try_offloading() {
  struct Moved {
    const char* name;
    bool Batch::*member;
  };
  constexpr Moved kMoved[] = {{"activations", &Batch::offload_activations},
                              {"optimizer", &Batch::offload_optimizer},
                              {"parameters", &Batch::offload_parameters}};
  for (const Moved& each : kMoved) {
    StepSetup trial = now_;
    trial.batch.*each.member = !(now_.batch.*each.member);
    const bool by_hand = phase_.update.optimizer == Optimizer::kMuon;
    if (trial.batch.offload_optimizer && by_hand) continue;  // its products there are not modelled
    std::string names;
    for (const Moved& other : kMoved) {
      if (!(trial.batch.*other.member)) continue;
      names += (names.empty() ? "" : ",") + ("\"" + std::string(other.name) + "\"");
    }
    add("offload_" + std::string(each.name), "run.offload=[" + names + "]", std::move(trial));
  }
}

void Changes::try_update() {
  constexpr double kHalf = 2, kWhole = 4, kByte = kStateBytes[2].value;
  const Stack& stack = now_.machine.stack;
  const auto type = [](double bytes) { return std::string(name_of(kStateBytes, bytes)); };
  UpdateSpec update = phase_.update;
  update.gradients = stack.gradient_bytes > kHalf ? kHalf : kWhole;
  add_update("gradients", "run.gradients=" + type(*update.gradients), update);
  update = phase_.update;
  update.reduction = stack.reduction_bytes > kHalf ? kHalf : kWhole;
  add_update("reduction", "run.reduction=" + type(*update.reduction), update);
  const double moment = kept_states(stack, {}, now_.model).moment;
  for (const double bytes : {kHalf, kByte}) {
    if (moment <= bytes) continue;
    update = phase_.update;
    update.optimizer_states = bytes;
    add_update("optimizer_states", "run.optimizer_states=" + type(bytes), update);
  }
}

void Changes::try_software() {
  if (now_.layout.tp > 1) {
    StepSetup trial = now_;
    trial.layout.tp_overlap = !trial.layout.tp_overlap;
    add("tp_overlap", section_ + "tp_overlap=" + (trial.layout.tp_overlap ? "true" : "false"),
        std::move(trial));
  }
  if (!now_.machine.stack.fused_optimizer) {
    UpdateSpec update = phase_.update;
    update.fused_optimizer = true;
    add_update("fused_optimizer", "run.fused_optimizer=true", update);
  }
  if (now_.machine.stack.eager_element_wise) {
    Stack stack = phase_.stack;
    compile(stack);
    add_machine("compiled", "stack.compiled=true", stack, now_.machine.run_precision);
  }
}

void Changes::try_precision() {
  if (now_.machine.narrow()) return;
  const Accelerator& chip = job_.platform(phase_).accelerator;
  const std::string precision = chip.runs("mxfp8") ? "mxfp8" : "fp8";
  const auto peak = chip.peak(precision);
  if (!peak || *peak <= now_.machine.run.peak) return;
  add_machine("precision", "run.precision=" + precision, phase_.stack, precision);
}

// Twice the replicas for the same batch, where so many can be had together.
void Changes::try_count() {
  const ClusterOverrides& cluster = phase_.cluster;
  const System& system = job_.platform(phase_).system;
  if (cluster.joined > 0 && 2 * phase_.count > cluster.joined) return;
  if (cluster.slices > 1 || (system.torus_dimensions > 0 && !is_had(system, 2 * phase_.count))) {
    return;
  }
  StepSetup trial = now_;
  trial.layout.dp *= 2;
  trial.machine.count *= 2;
  Phase larger = phase_;
  larger.count = 2 * phase_.count;
  larger.cluster.count = larger.count;
  std::string change = "cluster.count=" + std::to_string(larger.count);
  if (!phase_.open.layout) change += " layout.dp=" + std::to_string(trial.layout.dp);
  larger.setup = std::move(trial);
  add("count", std::move(change), std::move(larger));
}

// More or fewer ranks of a replica that generates, where that fits.
void Changes::try_generation() {
  if (!phase_.rl || phase_.rl->offline) return;
  const Generator& now = phase_.rl->generator;
  for (const int tp : {now.tp / 2, 2 * now.tp}) {
    if (tp < 1 || (now.ep > 1 && now.ep % tp != 0) || !divides_heads(now_.model, tp)) continue;
    Phase trial = phase_;
    trial.rl->generator.tp = tp;
    if (!iteration_of(trial, Seconds{}).fits()) continue;
    found_.push_back(
        {"generation", phase_.path + ".rl.generation.tp=" + std::to_string(tp), std::move(trial)});
  }
}

std::vector<Change> Changes::all() {
  try_degrees();
  try_recomputation();
  try_batch();
  try_offloading();
  try_update();
  try_software();
  try_precision();
  try_count();
  try_generation();
  return std::move(found_);
}

}  // namespace

std::vector<Change> changes_of(const Job& job, const Phase& phase) {
  return Changes(job, phase).all();
}

}  // namespace traincost
