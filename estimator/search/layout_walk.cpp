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
  pps_ = degrees(count_, layers + 2, space_.pp);
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

// What a count can be divided by or, where some of it may idle, what the list has of up to that.
std::vector<int> LayoutWalk::degrees(std::int64_t number, int most,
                                     const std::vector<int>& list) const {
  if (!space_.may_idle || list.empty()) return allowed_divisors(number, most, list);
  std::vector<int> found;
  for (const int each : list) {
    if (each >= 1 && each <= std::min<std::int64_t>(number, most)) found.push_back(each);
  }
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

std::vector<ZeroChoice> LayoutWalk::zero_choices(int replicas) const {
  std::vector<ZeroChoice> choices;
  for (int level = 0; level <= 3; ++level) {
    if (!allowed(space_.zero, level)) continue;
    // Below, replicas exchange the gradients that none keeps.
    if (batch_.optimizer_in_backward && replicas > 1 && level < 3) continue;
    if (batch_.offload_parameters && level < 3) continue;
    if (allowed(space_.zero_shards, 0)) choices.push_back({level, 0});
    if (level == 0) continue;
    std::vector<int> listed = space_.zero_shards;
    if (listed.empty()) listed = allowed_divisors(replicas, replicas, {});
    for (const int shards : listed) {
      const bool proper = shards > 1 && shards < replicas && replicas % shards == 0;
      if (proper) choices.push_back({level, shards});
    }
  }
  return choices;
}

void LayoutWalk::list_zero() {
  shards_apart_ = space_.zero_shards != std::vector<int>{0};
  if (!shards_apart_) {
    for (const int replicas : {1, 2}) zero_[replicas] = zero_choices(replicas);
  } else if (space_.may_idle) {
    for (int replicas = 1; replicas <= count_; ++replicas) zero_[replicas] = zero_choices(replicas);
  } else {
    for (const std::int64_t each : divisors(count_)) {
      zero_[static_cast<int>(each)] = zero_choices(static_cast<int>(each));
    }
  }
}

const std::vector<ZeroChoice>& LayoutWalk::zero(int replicas) const {
  return zero_.at(shards_apart_ ? replicas : std::min(replicas, 2));
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
      const bool there = space_.may_idle ? choice.ranks() <= count_ : count_ % choice.ranks() == 0;
      if (there) experts_.push_back(choice);
    }
  }
  const std::vector<std::int64_t> micro_batches = micro_batch_sizes();
  for (const std::int64_t micro : micro_batches) {
    if (!space_.batch) divisors_[micro] = divisors(batch_.global_batch / micro);
  }
  for (const int tp : degrees(count_, count_, space_.tp)) {
    for (const int cp :
         degrees(std::gcd(space_.may_idle ? sequence : count_ / tp, sequence), count_, space_.cp)) {
      if (sequence % cp != 0) continue;
      for (const std::int64_t micro : micro_batches) {
        for (const bool sp : switch_values(space_.sequence_parallel, tp > 1)) {
          Shape shape{tp, cp, micro, sp, {}};
          shape.layouts = layouts_of(shape);
          const std::int64_t here =
              std::accumulate(shape.layouts.begin(), shape.layouts.end(), std::int64_t{0});
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

std::vector<std::int64_t> LayoutWalk::micro_batch_sizes() const {
  std::vector<std::int64_t> sizes;
  if (space_.batch && !space_.micro_batch.empty()) {
    for (const std::int64_t each : space_.micro_batch) {
      if (each <= space_.batch->most) sizes.push_back(each);
    }
    return sizes;
  }
  for (const std::int64_t each : divisors(most_sequences())) {
    if (allowed(space_.micro_batch, each)) sizes.push_back(each);
  }
  return sizes;
}

std::int64_t LayoutWalk::most_sequences() const {
  return space_.batch ? space_.batch->most : batch_.global_batch;
}

std::int64_t LayoutWalk::shared_batch(const Shape& shape, const PipelineChoice& pipeline,
                                      int dp) const {
  const std::int64_t wave = dp * shape.micro_batch;
  if (!space_.batch && batch_.global_batch % wave != 0) return 0;
  std::int64_t most = most_sequences() / wave;
  // Gradients that are used where they are made are those of one pass.
  if (batch_.optimizer_in_backward && space_.batch) most = std::min<std::int64_t>(most, 1);
  const std::int64_t taken = legal_micro_batches(pipeline.schedule, pipeline.pp, most);
  if (!space_.batch) return taken == most ? batch_.global_batch : 0;
  return taken * wave >= space_.batch->least ? taken * wave : 0;
}

// Experts' ranks divide those of a stage: what data parallelism is a multiple of.
int LayoutWalk::replica_step(const Shape& shape, const ExpertChoice& experts) {
  const std::int64_t ranks = std::int64_t{shape.tp} * shape.cp;
  return static_cast<int>(experts.ranks() / std::gcd(experts.ranks(), ranks));
}

std::optional<Spread> LayoutWalk::spread(const Shape& shape, const PipelineChoice& pipeline,
                                         const ExpertChoice& experts, int most) const {
  const int ranks = shape.tp * shape.cp;
  const int largest = count_ / (ranks * pipeline.pp);
  const int step = replica_step(shape, experts);
  const auto at = [&](int dp) -> std::optional<Spread> {
    if (dp < 1 || dp % step != 0 || !allowed(space_.dp, dp)) return std::nullopt;
    const std::int64_t batch = shared_batch(shape, pipeline, dp);
    if (batch == 0) return std::nullopt;
    return Spread{dp, batch};
  };
  if (!space_.may_idle) {
    if (most < largest || count_ % (ranks * pipeline.pp) != 0) return std::nullopt;
    return at(largest);
  }
  most = std::min(most, largest);
  if (!space_.dp.empty()) {
    std::optional<Spread> widest;
    for (const int dp : space_.dp) {
      if (dp > most || (widest && dp <= widest->dp)) continue;
      if (const auto found = at(dp)) widest = found;
    }
    return widest;
  }
  if (!space_.batch) {
    const std::vector<std::int64_t>& waves = divisors_.at(shape.micro_batch);
    auto next = std::upper_bound(waves.begin(), waves.end(), most);
    while (next != waves.begin()) {
      if (const auto found = at(static_cast<int>(*--next))) return found;
    }
    return std::nullopt;
  }
  const std::int64_t least_wave =
      shape.micro_batch * least_micro_batches(pipeline.schedule, pipeline.pp);
  most = static_cast<int>(std::min<std::int64_t>(most, space_.batch->most / least_wave));
  for (int dp = most / step * step; dp > 0; dp -= step) {
    if (const auto found = at(dp)) return found;
  }
  return std::nullopt;
}

std::int64_t LayoutWalk::spread_layouts(const Shape& shape, const PipelineChoice& pipeline,
                                        const ExpertChoice& experts, int most) const {
  const auto& range = space_.batch;
  const bool every_one = space_.may_idle && range && range->most >= 2 * range->least &&
                         space_.dp.empty() && !shards_apart_ && !batch_.optimizer_in_backward;
  if (every_one) {
    // A schedule that takes a spread takes every narrower one, with no less than half the batch.
    const auto widest = spread(shape, pipeline, experts, most);
    if (!widest) return 0;
    const int step = replica_step(shape, experts);
    const std::int64_t spreads = widest->dp / step;
    const bool alone = step == 1 && shape.cp == 1;  // one of them is of a single replica
    return (spreads - (alone ? 1 : 0)) * static_cast<std::int64_t>(zero(2).size()) +
           (alone ? static_cast<std::int64_t>(zero(1).size()) : 0);
  }
  std::int64_t layouts = 0;
  for (auto each = spread(shape, pipeline, experts, most); each;
       each = spread(shape, pipeline, experts, each->dp - 1)) {
    layouts += static_cast<std::int64_t>(zero(each->dp * shape.cp).size());
  }
  return layouts;
}

bool LayoutWalk::is_legal(const Shape& shape, const PipelineChoice& pipeline) const {
  const auto widest = spread(shape, pipeline, {}, count_);
  if (!widest) return false;
  Layout layout;
  Batch batch = batch_;
  set_shape(shape, layout, batch);
  layout.pp = pipeline.pp;
  layout.vp = pipeline.vp;
  layout.schedule = pipeline.schedule;
  layout.dp = widest->dp;
  batch.global_batch = widest->global_batch;
  constexpr int kSharded = 3;
  // list_zero has no other.
  if (batch.optimizer_in_backward || batch.offload_parameters) layout.zero = kSharded;
  return layout_faults(layout, batch, model_, layout.ranks()).empty();
}

std::vector<const PipelineChoice*> LayoutWalk::legal_pipelines(const Shape& shape,
                                                               bool played) const {
  std::vector<const PipelineChoice*> legal;
  for (const PipelineChoice& each : pipelines_) {
    if (each.played() == played && is_legal(shape, each)) legal.push_back(&each);
  }
  return legal;
}

std::array<std::int64_t, kParts.size()> LayoutWalk::layouts_of(const Shape& shape) const {
  const std::size_t variants = space_.recompute.size() * offload_activations_.size() *
                               offload_optimizer_.size() * overlaps(shape.tp).size();
  std::array<std::int64_t, kParts.size()> layouts{};
  for (const bool played : {false, true}) {
    for (const PipelineChoice* each : legal_pipelines(shape, played)) {
      for (const ExpertChoice& choice : experts_) {
        const auto widest = spread(shape, *each, choice, count_);
        if (!widest) continue;
        layouts[Part{played, false}.index()] +=
            static_cast<std::int64_t>(zero(widest->dp * shape.cp).size());
        layouts[Part{played, true}.index()] += spread_layouts(shape, *each, choice, widest->dp - 1);
      }
    }
  }
  for (std::int64_t& each : layouts) each *= static_cast<std::int64_t>(variants);
  return layouts;
}

}  // namespace traincost
