#include "estimator/step/pipeline.h"

#include <algorithm>
#include <cstddef>

#include "base/units.h"

namespace traincost {
namespace {

using namespace unit;

RankParts scaled(const RankParts& longer, const RankParts& shorter, double beyond) {
  // The steady state per micro-batch is the difference of the two plays.
  const auto extend = [&](Seconds RankParts::*part) {
    return longer.*part + beyond * (longer.*part - shorter.*part);
  };
  RankParts parts = longer;
  for (Seconds RankParts::*part :
       {&RankParts::forward, &RankParts::backward, &RankParts::weight_gradient, &RankParts::paired,
        &RankParts::idle, &RankParts::last_end}) {
    parts.*part = extend(part);
  }
  return parts;
}

}  // namespace

PipelineTime pipeline_time(const std::vector<RankPass>& ranks, const Layout& layout,
                           std::int64_t micro_batches) {
  PipelineTime time;
  const auto m = static_cast<double>(micro_batches);
  Seconds forward, backward, weight_gradient;  // over all ranks
  Seconds longest_forward, longest_backward;
  for (std::size_t i = 0; i < ranks.size(); ++i) {
    const RankPass& rank = ranks[i];
    forward += rank.ranks * rank.forward;
    backward += rank.ranks * rank.backward;
    weight_gradient += rank.ranks * rank.weight_gradient;
    longest_forward = max(longest_forward, rank.forward);
    longest_backward = max(longest_backward, rank.backward);
    if (rank.both() > ranks[static_cast<std::size_t>(time.slowest)].both()) {
      time.slowest = static_cast<int>(i);
    }
  }
  const RankPass& slowest = ranks[static_cast<std::size_t>(time.slowest)];
  time.busy = m * slowest.both();
  const Seconds others = forward + backward - slowest.both();
  switch (layout.schedule) {
    case Schedule::kGPipe:
      time.bubble = forward + backward + (m - 1) * (longest_forward + longest_backward) - time.busy;
      break;
    case Schedule::kZbH1:
      time.bubble = max(others - 2 * (weight_gradient - slowest.weight_gradient), Seconds{});
      break;
    default: time.bubble = others / layout.vp;
  }
  return time;
}

double least_bubble_share(const Layout& layout, double micro_batches) {
  switch (layout.schedule) {
    case Schedule::k1F1B:
    case Schedule::kGPipe:
    case Schedule::kInterleaved: return (layout.pp - 1) / (layout.vp * micro_batches);
    case Schedule::kZbH1:
    case Schedule::kZbV:
    case Schedule::kDualPipe:
    case Schedule::kDualPipeV: return 0;
  }
  return 0;
}

PipelineTime played_pipeline_time(const std::vector<StagePass>& stages, const Layout& layout,
                                  std::int64_t micro_batches, OrderBook& book) {
  const std::int64_t most = 8 * std::int64_t{layout.pp};
  const std::int64_t played = std::min(micro_batches, most + micro_batches % 2);
  const auto play = [&](std::int64_t m) {
    return timetable(layout.schedule, stages, layout.pp, m, book);
  };
  Timetable table = play(played);
  if (played < micro_batches) {
    const std::int64_t fewer = played - 2 * std::int64_t{layout.pp};
    const Timetable shorter = play(fewer);
    const double beyond =
        static_cast<double>(micro_batches - played) / static_cast<double>(played - fewer);
    table.makespan += beyond * (table.makespan - shorter.makespan);
    for (std::size_t r = 0; r < table.ranks.size(); ++r) {
      table.ranks[r] = scaled(table.ranks[r], shorter.ranks[r], beyond);
    }
  }
  PipelineTime time;
  for (std::size_t r = 0; r < table.ranks.size(); ++r) {
    const Seconds work = table.makespan - table.ranks[r].idle;
    if (work > time.busy) {
      time.busy = work;
      time.slowest = static_cast<int>(r);
    }
  }
  time.parts = table.ranks[static_cast<std::size_t>(time.slowest)];
  // ZB-V starts the next step without waiting for the last rank: its optimizer steps are checked
  // afterwards.
  Seconds lasts = table.makespan;
  if (rules_of(layout.schedule).own_span) {
    lasts = Seconds{};
    for (const RankParts& rank : table.ranks) lasts = max(lasts, rank.last_end - rank.first_start);
    time.parts->idle = lasts - time.busy;
  }
  time.bubble = lasts - time.busy;
  return time;
}

}  // namespace traincost
