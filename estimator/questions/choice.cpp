#include "estimator/questions/choice.h"

#include <algorithm>
#include <cstdio>
#include <optional>
#include <string>
#include <utility>

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

// As "4.19M": batches have millions of tokens, small ones fewer.
std::string short_count(double number) {
  constexpr double kMillion = 1e6, kThousand = 1e3;
  const bool millions = number >= kMillion;
  char text[32];
  std::snprintf(text, sizeof text, "%.3g%s", number / (millions ? kMillion : kThousand),
                millions ? "M" : "K");
  return text;
}

std::string percent(double share) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3g%%", 100 * share);
  return text;
}

std::string layout_text(const StepSetup& setup) {
  const Layout& l = setup.layout;
  std::string text = "tp " + std::to_string(l.tp) + ", pp " + std::to_string(l.pp) + ", dp " +
                     std::to_string(l.dp);
  if (l.cp > 1) text += ", cp " + std::to_string(l.cp);
  if (l.vp > 1) text += ", vp " + std::to_string(l.vp);
  if (l.ep > 1) text += ", ep " + std::to_string(l.ep);
  if (l.expert_tp > 1) text += ", expert tp " + std::to_string(l.expert_tp);
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
  Chooser(Job& job, Phase& phase)
      : job_(job), phase_(phase), open_(phase.open), setup_(*phase.setup) {}

  void choose(Completion stated) {
    if (open_.layout) {
      choose_open();
    } else if (stated != Completion::kCompleted || !complete()) {
      choose_as_written();
    }
    if (!open_.batch) return;
    // What holds of the question holds of the answer.
    settle_tokens(phase_);
    say_batch();
  }

 private:
  void choose_as_written() {
    if (open_.micro_batch) say_one("/run/micro_batch", "sequences of a pass");
    if (open_.virtual_stages && setup_.layout.vp == 1) {
      say_one(open_.pointer + "/vp", "virtual stages of a rank");
    }
    if (open_.recompute) {
      least_recompute(setup_).apply(setup_.batch);
      derive("/run/recompute", recompute_text(setup_.batch), "the least recomputation that fits");
    }
    if (open_.batch) take_smallest_batch();
  }

  void take_smallest_batch() {
    const Reliability& reliability = job_.platform(phase_).reliability;
    const Seconds limit = (1 + kTie) * sequence_time(setup_, reliability);
    setup_ = with_smallest_batch(std::move(setup_), *open_.batch, reliability, limit);
  }

  void say_batch() {
    const double sequence = setup_.batch.sequence_length;
    const auto tokens = [&](std::int64_t sequences) {
      return short_count(static_cast<double>(sequences) * sequence);
    };
    derive("/run/global_batch",
           std::to_string(setup_.batch.global_batch) + " sequences, " +
               tokens(setup_.batch.global_batch) + " tokens",
           "the smallest that is as fast as any of " + tokens(open_.batch->least) + " to " +
               tokens(open_.batch->most));
  }

  void say_one(std::string what, const char* of) {
    assume(job_.assumptions, {std::move(what), "1", of, Origin::kDefault});
  }
  void derive(std::string what, std::string value, std::string why) {
    assume(job_.assumptions, {std::move(what), std::move(value), std::move(why), Origin::kDerived});
  }

  void choose_open() {
    auto chosen = choose_layout(setup_, layout_question(job_, phase_));
    if (!chosen) {
      throw InputError(Fault{job_.file, open_.batch_line, open_.batch_pointer,
                             "no layout in use shares a batch of " +
                                 std::to_string(setup_.batch.global_batch) + " sequences over " +
                                 std::to_string(setup_.machine.count) + " accelerators",
                             "`traincost search` looks at all layouts; else another batch, or "
                             "none: it is then chosen with the layout"});
    }
    setup_ = std::move(chosen->setup);
    const std::string tie = "the fastest in use, of ties the simplest";
    if (!chosen->fits) {
      derive(open_.pointer, layout_text(setup_), "what lacks least memory: nothing fits");
    } else if (chosen->in_reserve) {
      derive(open_.pointer, layout_text(setup_), tie);
      derive("/search/memory_reserve", percent(job_.memory_reserve),
             "of the memory stays free in a layout that is chosen");
    } else {
      derive(open_.pointer, layout_text(setup_), tie + "; with no reserve of memory");
      job_.warnings.push_back(
          {WarningCode::kNoReserve, "no layout leaves " + percent(job_.memory_reserve) +
                                        " of the memory free: this one fits with less"});
    }
    const int idle = phase_.count - setup_.layout.ranks();
    if (idle == 0) return;
    derive("/cluster/count",
           std::to_string(setup_.layout.ranks()) + " of " + std::to_string(phase_.count) +
               " accelerators",
           std::to_string(idle) + " idle: no layout that shares the batch over more is faster");
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
    space.batch = open_.batch;
    constexpr std::int64_t kLargest = 64;
    if (open_.micro_batch && open_.batch) {
      for (std::int64_t i = 2; i <= kLargest; i *= 2) space.micro_batch.push_back(i);
    } else if (open_.micro_batch) {
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
    if (open_.batch) take_smallest_batch();
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
  Phase& phase_;
  const OpenKnobs& open_;
  StepSetup& setup_;
};

}  // namespace

LayoutQuestion layout_question(const Job& job, const Phase& phase) {
  LayoutQuestion question;
  question.pins = job.space;
  if (!phase.open.micro_batch) question.pins.micro_batch = {phase.setup->batch.micro_batch};
  if (!phase.open.recompute) question.pins.recompute = {choice_of(phase.setup->batch)};
  question.batch = phase.open.batch;
  question.memory_reserve = job.memory_reserve;
  question.reliability = job.platform(phase).reliability;
  return question;
}

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
