#include "estimator/step/stage_plan.h"

#include <algorithm>
#include <numeric>

#include "estimator/model/parameters.h"
#include "estimator/step/pipeline.h"

namespace traincost {
namespace {

void add_stage(RankGroup& group, const Architecture& model, const Batch& batch,
               const std::vector<int>& sizes, const std::vector<int>& starts, int stage) {
  int layer = starts[static_cast<std::size_t>(stage)];
  const int layers = sizes[static_cast<std::size_t>(stage)];
  const int recomputing = batch.recomputing_layers(layers);
  for (int i = 0; i < layers; ++i, ++layer) {
    const auto kind = static_cast<std::size_t>(model.layers[static_cast<std::size_t>(layer)]);
    (i < recomputing ? group.recomputing : group.plain)[kind] += 1;
  }
  group.first = group.first || stage == 0;
  group.last = group.last || stage + 1 == static_cast<int>(sizes.size());
}

RankGroup no_layers(const Architecture& model, int rank) {
  RankGroup group;
  group.first_rank = rank;
  group.recomputing.resize(model.kinds.size());
  group.plain.resize(model.kinds.size());
  return group;
}

bool same_layers(const RankGroup& a, const RankGroup& b) {
  return a.first == b.first && a.last == b.last && a.recomputing == b.recomputing &&
         a.plain == b.plain;
}

}  // namespace

StagePlan stage_plan(const Architecture& model, const Layout& layout, const Batch& batch) {
  StagePlan plan;
  fill_stage_plan(model, layout, batch, plan);
  return plan;
}

// Assigned rather than made, so that a plan that is filled again keeps its memory.
void fill_stage_plan(const Architecture& model, const Layout& layout, const Batch& batch,
                     StagePlan& plan) {
  const std::vector<int> sizes = stage_sizes(layout, model.layer_count(), model.mtp_depth);
  std::vector<int> starts(sizes.size());
  std::exclusive_scan(sizes.begin(), sizes.end(), starts.begin(), 0);
  const RankGroup none = no_layers(model, 0);
  RankGroup group = none;
  std::size_t known = 0;
  plan.group_of_rank.clear();
  for (int rank = 0; rank < layout.pp; ++rank) {
    group = none;
    group.first_rank = rank;
    const RankStages held = stages_of_rank(layout, rank);
    for (int i = 0; i < held.count; ++i) add_stage(group, model, batch, sizes, starts, held[i]);
    std::size_t like = 0;
    while (like < known && !same_layers(group, plan.groups[like])) ++like;
    plan.group_of_rank.push_back(static_cast<int>(like));
    if (like < known) {
      ++plan.groups[like].ranks;
      continue;
    }
    if (plan.groups.size() == known) plan.groups.emplace_back();
    plan.groups[known++] = group;
  }
  plan.groups.resize(known);
  plan.stages.resize(rules_of(layout.schedule).played ? sizes.size() : 0);
  for (std::size_t i = 0; i < plan.stages.size(); ++i) {
    const auto stage = static_cast<int>(i);
    plan.stages[i] = none;
    plan.stages[i].first_rank = stage < layout.pp ? stage : 2 * layout.pp - 1 - stage;
    add_stage(plan.stages[i], model, batch, sizes, starts, stage);
  }
}

std::vector<int> stage_sizes(const Layout& layout, int layers, int mtp_depth) {
  if (!layout.stage_layers.empty()) return layout.stage_layers;
  const int stages = layout.pp * layout.vp;
  std::vector<int> sizes(static_cast<std::size_t>(stages));
  if (stages == 1) return {layers};
  // Slots that the ends hold beside layers.
  const int first = 1;
  const int last = 1 + 2 * mtp_depth;
  const auto held_at = [&](int level) {
    return (stages - 2) * level + std::max(0, level - first) + std::max(0, level - last);
  };
  int level = 0;
  while (held_at(level + 1) <= layers) ++level;
  std::fill(sizes.begin(), sizes.end(), level);
  sizes.front() = std::max(0, level - first);
  sizes.back() = std::max(0, level - last);
  int left = layers - held_at(level);
  const auto take = [&](int& size) {
    size += left > 0 ? 1 : 0;
    left -= left > 0 ? 1 : 0;
  };
  if (first <= level) take(sizes.front());
  if (last <= level) take(sizes.back());
  for (int i = 1; i + 1 < stages; ++i) take(sizes[static_cast<std::size_t>(i)]);
  return sizes;
}

std::vector<int> balanced_stage_sizes(const Architecture& model, int stages) {
  std::vector<double> work;
  for (const int kind : model.layers) {
    const Layer& layer = model.kinds[static_cast<std::size_t>(kind)];
    work.push_back(static_cast<double>(layer_parameters(layer, model.hidden)));
  }
  const double head = static_cast<double>(model.vocab) * static_cast<double>(model.hidden);
  const double share = (std::accumulate(work.begin(), work.end(), 0.0) + head) / stages;
  std::vector<int> sizes(static_cast<std::size_t>(stages));
  std::size_t stage = 0;
  double done = 0;
  for (const double each : work) {
    // A layer that goes past the stage's share by half of itself or more is the next one's.
    const double end = share * static_cast<double>(stage + 1);
    if (done + each / 2 > end && stage + 1 < sizes.size()) ++stage;
    ++sizes[stage];
    done += each;
  }
  return sizes;
}

RankStages stages_of_rank(const Layout& layout, int rank) {
  if (rules_of(layout.schedule).mirrored) return {rank, layout.pp - 1 - 2 * rank, 2};
  if (rules_of(layout.schedule).v_shaped) return {rank, 2 * layout.pp - 1 - 2 * rank, 2};
  return {rank, layout.pp, layout.vp};
}

}  // namespace traincost
