#include "estimator/search/layout_walk.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace traincost {
namespace {

template <typename T>
bool allowed(const std::vector<T>& list, T value) {
  return list.empty() || std::find(list.begin(), list.end(), value) != list.end();
}

std::vector<int> allowed_divisors(std::int64_t number, std::int64_t most,
                                  const std::vector<int>& list) {
  std::vector<int> found;
  for (const std::int64_t each : divisors(number)) {
    const int value = static_cast<int>(each);
    if (each <= most && allowed(list, value)) found.push_back(value);
  }
  return found;
}

std::vector<bool> switch_values(const std::vector<bool>& list, bool possible) {
  std::vector<bool> values;
  for (const bool each : {false, true}) {
    if ((possible || !each) && (!possible || allowed(list, each))) values.push_back(each);
  }
  return values;
}

}  // namespace

LayoutWalk::LayoutWalk(const Architecture& model, const Batch& batch, int count, LayoutSpace space)
    : model_(model), batch_(batch), count_(count), space_(closed(std::move(space))) {
  list_pipelines();
  list_zero();
  list_shapes();
}

void LayoutWalk::list_pipelines() {
  const int layers = model_.layer_count();
  const auto add = [&](int pp, int vp, Schedule schedule) {
    if (!allowed(space_.vp, vp)) return;
    PipelineChoice choice{pp, vp, schedule, {}};
    Layout layout;
    layout.pp = pp;
    layout.vp = vp;
    layout.schedule = schedule;
    Batch batch = batch_;
    for (const RecomputeChoice& each : space_.recompute) {
      each.apply(batch);
      choice.plans.push_back(stage_plan(model_, layout, batch));
    }
    pipelines_.push_back(std::move(choice));
  };
  pps_ = allowed_divisors(count_, layers + 2, space_.pp);
  for (const int pp : pps_) {
    if (pp == 1) {
      add(1, 1, Schedule::k1F1B);
      continue;
    }
    for (const Schedule schedule : space_.schedule) {
      const ScheduleRules& rules = rules_of(schedule);
      if (rules.even_ranks && pp % 2 != 0) continue;
      const int least = rules.stages == Stages::kOne ? 1 : 2;
      const int most = rules.stages == Stages::kTwoOrMore ? (layers + 2) / pp : least;
      for (int vp = least; vp <= most; ++vp) {
        if (vp * pp <= layers + 2) add(pp, vp, schedule);
      }
    }
  }
}

void LayoutWalk::list_zero() {
  for (const std::int64_t replicas : divisors(count_)) {
    std::vector<ZeroChoice>& choices = zero_[static_cast<int>(replicas)];
    for (int level = 0; level <= 3; ++level) {
      if (!allowed(space_.zero, level)) continue;
      // Below, replicas exchange the gradients that none keeps.
      if (batch_.optimizer_in_backward && replicas > 1 && level < 3) continue;
      if (batch_.offload_parameters && level < 3) continue;
      if (allowed(space_.zero_shards, 0)) choices.push_back({level, 0});
      if (level == 0) continue;
      for (const std::int64_t shards : divisors(replicas)) {
        const int value = static_cast<int>(shards);
        const bool proper = shards > 1 && shards < replicas;
        if (proper && allowed(space_.zero_shards, value)) choices.push_back({level, value});
      }
    }
  }
}

void LayoutWalk::list_shapes() {
  const Architecture& model = model_;
  const auto sequence = static_cast<std::int64_t>(batch_.sequence_length);
  offload_activations_ = switch_values(space_.offload_activations, true);
  offload_optimizer_ = switch_values(space_.offload_optimizer, true);
  std::int64_t routed = 1;
  std::int64_t width = 1;
  for (const Layer& layer : model.kinds) {
    if (!layer.experts || routed > 1) continue;
    routed = layer.experts->routed;
    width = layer.experts->expert.width;
  }
  for (const int ep : allowed_divisors(routed, count_, space_.ep)) {
    for (const int expert_tp : allowed_divisors(width, count_, space_.expert_tp)) {
      const ExpertChoice choice{ep, expert_tp};
      if (count_ % choice.ranks() == 0) experts_.push_back(choice);
    }
  }
  for (const int tp : allowed_divisors(count_, count_, space_.tp)) {
    for (const int cp : allowed_divisors(std::gcd(count_ / tp, sequence), count_, space_.cp)) {
      for (const std::int64_t micro : divisors(batch_.global_batch)) {
        if (!allowed(space_.micro_batch, micro)) continue;
        for (const bool sp : switch_values(space_.sequence_parallel, tp > 1)) {
          Shape shape{tp, cp, micro, sp, {}};
          shape.layouts = layouts_of(shape);
          const std::int64_t here = shape.layouts[0] + shape.layouts[1];
          layouts_ += here;
          if (here > 0) shapes_.push_back(shape);
        }
      }
    }
  }
}

std::vector<bool> LayoutWalk::overlaps(int tp) const {
  return switch_values(space_.tp_overlap, tp > 1);
}

void LayoutWalk::set_shape(const Shape& shape, Layout& layout, Batch& batch) const {
  layout.tp = shape.tp;
  layout.cp = shape.cp;
  layout.dp = count_ / (shape.tp * shape.cp);
  layout.sequence_parallel = shape.sequence_parallel;
  batch.micro_batch = shape.micro_batch;
}

bool LayoutWalk::set_pipeline(const Shape& shape, const PipelineChoice& pipeline, Layout& layout,
                              const Batch& batch) const {
  const std::int64_t ranks = std::int64_t{shape.tp} * shape.cp * pipeline.pp;
  if (count_ % ranks != 0) return false;
  layout.pp = pipeline.pp;
  layout.vp = pipeline.vp;
  layout.schedule = pipeline.schedule;
  layout.dp = static_cast<int>(count_ / ranks);
  if (!allowed(space_.dp, layout.dp)) return false;
  constexpr int kSharded = 3;
  // list_zero has no other.
  if (batch.optimizer_in_backward || batch.offload_parameters) layout.zero = kSharded;
  return layout_faults(layout, batch, model_, count_).empty();
}

std::vector<const PipelineChoice*> LayoutWalk::legal_pipelines(const Shape& shape,
                                                               std::size_t pass) const {
  Layout layout;
  Batch batch = batch_;
  set_shape(shape, layout, batch);
  std::vector<const PipelineChoice*> legal;
  for (const PipelineChoice& each : pipelines_) {
    if (each.pass() == pass && set_pipeline(shape, each, layout, batch)) legal.push_back(&each);
  }
  return legal;
}

std::array<std::int64_t, 2> LayoutWalk::layouts_of(const Shape& shape) const {
  const std::size_t variants = space_.recompute.size() * offload_activations_.size() *
                               offload_optimizer_.size() * overlaps(shape.tp).size();
  std::array<std::int64_t, 2> layouts{};
  for (std::size_t pass = 0; pass < layouts.size(); ++pass) {
    for (const PipelineChoice* each : legal_pipelines(shape, pass)) {
      const int stage = count_ / each->pp;
      const auto spread =
          std::count_if(experts_.begin(), experts_.end(),
                        [&](const ExpertChoice& choice) { return stage % choice.ranks() == 0; });
      layouts[pass] += spread * static_cast<std::int64_t>(zero_.at(stage / shape.tp).size());
    }
    layouts[pass] *= static_cast<std::int64_t>(variants);
  }
  return layouts;
}

}  // namespace traincost
