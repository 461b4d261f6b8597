#include "estimator/questions/advice.h"

#include <algorithm>
#include <utility>

#include "base/units.h"
#include "estimator/job/knobs.h"
#include "estimator/run/batch_size.h"
#include "estimator/search/practice.h"

namespace traincost {
namespace {

using namespace unit;

class Trial {
 public:
  Trial(const Job& job, const Phase& phase, const StepEstimate& step)
      : job_(job),
        phase_(phase),
        now_(*phase.setup),
        section_(phase.open.layout ? "search." : "layout."),
        before_(step.time / static_cast<double>(now_.batch.global_batch)),
        // A layout that was chosen leaves a reserve, where it can.
        memory_(max(step.memory.required, (1 - (phase.open.layout ? job.memory_reserve : 0)) *
                                              now_.machine.memory_capacity)) {}

  std::vector<Advice> best(std::size_t most, bool count);

 private:
  // Of several changes of a knob the best is kept.
  void consider(const std::string& knob, std::string change, Phase trial);
  // The same layout but for its degrees, on as many ranks.
  void consider_degrees(const std::string& knob, std::string change, StepSetup trial);
  [[nodiscard]] Phase with(StepSetup setup) const;
  [[nodiscard]] std::string moved_with(const std::string& knob, const StepSetup& trial) const;
  void try_degrees();
  void try_recomputation();
  void try_batch();
  void try_software();
  void try_precision();
  void try_count();

  const Job& job_;
  const Phase& phase_;
  const StepSetup& now_;
  std::string section_;  // that a degree is set in
  Seconds before_;       // a sequence
  Bytes memory_;         // that a change may need
  std::string last_knob_;
  std::vector<Advice> found_;
};

Phase Trial::with(StepSetup setup) const {
  Phase trial = phase_;
  trial.setup = std::move(setup);
  return trial;
}

void Trial::consider(const std::string& knob, std::string change, Phase trial) {
  const StepSetup& setup = *trial.setup;
  if (!layout_faults(setup.layout, setup.batch, setup.model, setup.layout.ranks()).empty()) return;
  const StepEstimate step = estimate_step(setup.context());
  if (step.memory.required > memory_) return;
  Advice advice;
  advice.change = std::move(change);
  advice.gain = before_ / (step.time / static_cast<double>(setup.batch.global_batch)) - 1;
  advice.layout = ranked_layout(job_, trial, step.time, step.memory.required);
  if (knob != last_knob_) {
    found_.push_back(std::move(advice));
  } else if (advice.gain > found_.back().gain) {
    found_.back() = std::move(advice);
  }
  last_knob_ = knob;
}

void Trial::consider_degrees(const std::string& knob, std::string change, StepSetup trial) {
  Layout& l = trial.layout;
  const int ranks = now_.layout.ranks();
  const int of_replica = l.tp * l.pp * l.cp;
  if (ranks % of_replica != 0) return;
  l.dp = ranks / of_replica;
  l.zero_shards = 0;
  l.stage_layers.clear();
  if (!phase_.open.layout) change += moved_with(knob, trial);
  consider(knob, std::move(change), with(std::move(trial)));
}

// Knobs of a stated layout that must move with one: " layout.dp=8 layout.schedule=interleaved".
std::string Trial::moved_with(const std::string& knob, const StepSetup& trial) const {
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

void Trial::try_degrees() {
  struct Degree {
    const char* name;
    int Layout::*member;
  };
  for (const Degree& degree :
       {Degree{"tp", &Layout::tp}, Degree{"pp", &Layout::pp}, Degree{"vp", &Layout::vp},
        Degree{"cp", &Layout::cp}, Degree{"ep", &Layout::ep}, Degree{"zero", &Layout::zero}}) {
    const int now = now_.layout.*degree.member;
    for (const int value : {now / 2, now - 1, now + 1, now * 2}) {
      const bool level = degree.member == &Layout::zero;
      if (value == now || value < (level ? 0 : 1) || (level && value > 3)) continue;
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
      l.tp_overlap = l.tp_overlap && l.tp > 1;
      consider_degrees(degree.name, section_ + degree.name + "=" + std::to_string(value),
                       std::move(trial));
    }
  }
}

void Trial::try_recomputation() {
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
    consider("recompute", std::move(change), with(std::move(trial)));
  }
}

// A larger batch than is usual for so many tokens is no advice.
void Trial::try_batch() {
  const Batch& batch = now_.batch;
  StepSetup trial = now_;
  trial.batch.micro_batch *= 2;
  consider("micro_batch", "run.micro_batch=" + std::to_string(trial.batch.micro_batch),
           with(std::move(trial)));
  const Tokens most = max(usual_batches(phase_.tokens).most, tokens_per_step(batch));
  trial = now_;
  trial.batch.global_batch *= 2;
  if (tokens_per_step(trial.batch) > most) return;
  consider("global_batch", "run.global_batch=" + std::to_string(trial.batch.global_batch),
           with(std::move(trial)));
}

void Trial::try_software() {
  if (now_.layout.tp < 2) return;
  StepSetup trial = now_;
  trial.layout.tp_overlap = !trial.layout.tp_overlap;
  consider("tp_overlap", section_ + "tp_overlap=" + (trial.layout.tp_overlap ? "true" : "false"),
           with(std::move(trial)));
}

void Trial::try_precision() {
  if (now_.machine.narrow()) return;
  const Platform& platform = job_.platform(phase_);
  const std::string precision = platform.accelerator.runs("mxfp8") ? "mxfp8" : "fp8";
  const auto peak = platform.accelerator.peak(precision);
  if (!peak || *peak <= now_.machine.run.peak) return;
  StepSetup trial = now_;
  trial.machine = make_machine(platform.accelerator, platform.system, phase_.stack,
                               job_.engine.parameters, phase_.cluster, precision);
  consider("precision", "run.precision=" + precision, with(std::move(trial)));
}

// Twice the replicas for the same batch.
void Trial::try_count() {
  StepSetup trial = now_;
  trial.layout.dp *= 2;
  trial.machine.count *= 2;
  const int count = 2 * phase_.count;
  std::string change = "cluster.count=" + std::to_string(count);
  if (!phase_.open.layout) change += " layout.dp=" + std::to_string(trial.layout.dp);
  Phase larger = with(std::move(trial));
  larger.count = count;
  consider("count", std::move(change), std::move(larger));
}

std::vector<Advice> Trial::best(std::size_t most, bool count) {
  try_degrees();
  try_recomputation();
  try_batch();
  try_software();
  try_precision();
  if (count) try_count();
  std::stable_sort(found_.begin(), found_.end(),
                   [](const Advice& a, const Advice& b) { return a.gain > b.gain; });
  if (found_.size() > most) found_.resize(most);
  return found_;
}

}  // namespace

std::vector<Advice> advise(const Job& job, const Phase& phase, const StepEstimate& step,
                           std::size_t most, bool count) {
  return Trial(job, phase, step).best(most, count);
}

}  // namespace traincost
