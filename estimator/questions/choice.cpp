#include "estimator/questions/choice.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "estimator/search/layout_search.h"
#include "estimator/search/practice.h"
#include "estimator/step/memory.h"

namespace traincost {
namespace {

RecomputeChoice choice_of(const Batch& batch) {
  return {batch.recompute, batch.recompute_layers, batch.modules};
}

// As "full", or "selective (norm, activation)".
std::string recompute_text(const Batch& batch) {
  std::string text(recompute_name(batch.recompute));
  std::string names;
  for (const std::string_view name : module_names(batch.modules)) {
    names += (names.empty() ? "" : ", ") + std::string(name);
  }
  return names.empty() ? text : text + " (" + names + ")";
}

std::string layout_text(const StepSetup& setup) {
  const Layout& l = setup.layout;
  std::string text = "tp " + std::to_string(l.tp) + ", pp " + std::to_string(l.pp) + ", dp " +
                     std::to_string(l.dp);
  if (l.vp > 1) text += ", vp " + std::to_string(l.vp);
  if (l.ep > 1) text += ", ep " + std::to_string(l.ep);
  if (l.zero != 1) text += ", ZeRO " + std::to_string(l.zero);
  if (l.tp_overlap) text += ", tp overlap";
  text += ", micro-batch " + std::to_string(setup.batch.micro_batch);
  if (setup.batch.recompute != Recompute::kModules) {
    text += ", recompute " + std::string(recompute_name(setup.batch.recompute));
  }
  return text;
}

class Chooser {
 public:
  Chooser(Job& job, Phase& phase) : job_(job), open_(phase.open), setup_(*phase.setup) {}

  void choose(Completion stated) {
    if (open_.layout) return choose_layout();
    if (stated == Completion::kCompleted && complete()) return;
    if (open_.micro_batch) say_one("/run/micro_batch", "sequences of a pass");
    if (open_.virtual_stages && setup_.layout.vp == 1) {
      say_one(open_.pointer + "/vp", "virtual stages of a rank");
    }
    if (!open_.recompute) return;
    least_recompute(setup_).apply(setup_.batch);
    derive("/run/recompute", recompute_text(setup_.batch), "the least recomputation that fits");
  }

 private:
  void say_one(std::string what, const char* of) {
    assume(job_.assumptions, {std::move(what), "1", of, Origin::kDefault});
  }
  void derive(std::string what, std::string value, std::string why) {
    assume(job_.assumptions, {std::move(what), std::move(value), std::move(why), Origin::kDerived});
  }

  void choose_layout() {
    LayoutSpace pins;
    if (!open_.micro_batch) pins.micro_batch = {setup_.batch.micro_batch};
    if (!open_.recompute) pins.recompute = {choice_of(setup_.batch)};
    auto chosen = with_chosen_layout(setup_, std::move(pins));
    if (!chosen) {
      throw InputError(Fault{job_.file, open_.batch_line, open_.batch_pointer,
                             "no degrees of a coarse search divide the " +
                                 std::to_string(setup_.machine.count) +
                                 " accelerators, the model and the global batch of " +
                                 std::to_string(setup_.batch.global_batch) + " sequences",
                             "`traincost search` looks at all layouts; else another count, or a "
                             "batch that is a multiple of the count's odd divisors"});
    }
    setup_ = std::move(*chosen);
    derive(open_.pointer, layout_text(setup_), "the fastest of a coarse search that fits");
  }

  // Takes the fastest micro-batch and virtual stages that fit where they are not stated, and
  // recomputation with them; says whether it did. Stages whose layers are stated stay as they are.
  bool complete() {
    const Layout& l = setup_.layout;
    if (!l.stage_layers.empty()) return false;
    if (!open_.micro_batch && !open_.virtual_stages) return false;
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
    space.offload_activations = {setup_.batch.offload_activations};
    space.offload_optimizer = {setup_.batch.offload_optimizer};
    space.micro_batch = {setup_.batch.micro_batch};
    if (open_.micro_batch) {
      constexpr std::int64_t kLargest = 64;
      space.micro_batch = divisors(setup_.batch.global_batch / l.dp);
      std::erase_if(space.micro_batch, [](std::int64_t micro) { return micro > kLargest; });
    }
    space.schedule = {l.schedule};
    if (!open_.virtual_stages) space.vp = {l.vp};
    const std::vector<std::string>& shipped = setup_.machine.stack.schedules;
    if (open_.virtual_stages && open_.schedule &&
        std::find(shipped.begin(), shipped.end(), "interleaved") != shipped.end()) {
      space.schedule.push_back(Schedule::kInterleaved);
    }
    space.recompute = {choice_of(setup_.batch)};
    if (open_.recompute) space.recompute = recompute_steps(setup_.machine.stack, setup_.model);

    // A run that ran had the memory for it, whatever is predicted.
    constexpr double kTolerance = 1.25;
    const Bytes capacity = setup_.machine.memory_capacity;
    StepSetup tolerant = setup_;
    std::optional<StepSetup> best;
    bool fits = false;
    for (const double factor : {1.0, kTolerance}) {
      tolerant.machine.memory_capacity = factor * capacity;
      best = with_best_layout(tolerant, space);
      if (!best) return false;
      fits = step_memory(best->context()).fits();
      if (fits) break;
    }
    best->machine.memory_capacity = capacity;
    setup_ = std::move(*best);
    const std::string why = fits ? "the fastest that fits, as it is not stated"
                                 : "what lacks least memory, as it is not stated and nothing fits";
    if (open_.virtual_stages) derive("/layout/vp", std::to_string(setup_.layout.vp), why);
    if (open_.micro_batch) {
      derive("/run/micro_batch", std::to_string(setup_.batch.micro_batch), why);
    }
    if (open_.recompute) derive("/run/recompute", recompute_text(setup_.batch), "taken with them");
    return true;
  }

  Job& job_;
  const OpenKnobs& open_;
  StepSetup& setup_;
};

}  // namespace

Job with_chosen_layouts(Job job, Completion stated) {
  for (Phase& phase : job.phases) {
    if (phase.setup) Chooser(job, phase).choose(stated);
  }
  return job;
}

Job with_stated_layouts_chosen(Job job) {
  for (Phase& phase : job.phases) {
    if (phase.setup && !phase.open.layout) Chooser(job, phase).choose(Completion::kAsWritten);
  }
  return job;
}

}  // namespace traincost
