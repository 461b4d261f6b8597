// How long a pipeline takes over its micro-batches: in closed form where there is one, else played
// out (timetable.h).
//
// Symbols: p ranks, v virtual stages per rank, m micro-batches; F, B and W the time of a forward
// pass, a full backward pass and its weight-gradient part, of one micro-batch on one rank.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/formula.h"
#include "base/quantity.h"
#include "estimator/step/layout.h"
#include "estimator/step/timetable.h"

namespace traincost {

inline constexpr Formula k1F1BFormula{
    "1f1b", "bubble = sum over the other ranks of F + B, / v where interleaved",
    "Narayanan et al. 2021, arXiv:2104.04473, section 2.2"};

inline constexpr Formula kGPipeFormula{"gpipe", "time = sum F + sum B + (m - 1)(max F + max B)",
                                       "Huang et al. 2019, arXiv:1811.06965"};

inline constexpr Formula kZbH1Formula{
    "zb-h1", "bubble = sum over the other ranks of F + B - 2W, not below 0",
    "Qi et al. 2023, arXiv:2401.10241, table 2"};

inline constexpr Formula kPlayedFormula{
    "dualpipe", "bubble = (p/2 - 1)(F&B + B - 3W) with equal stages; played out where they differ",
    "deepseek-ai/DualPipe README; Qi et al. 2023, arXiv:2401.10241, section 5 (ZB-V)"};

// Time of one micro-batch on one rank, all its virtual stages together; `ranks` of them alike.
struct RankPass {
  Seconds forward;
  Seconds backward;
  Seconds weight_gradient;
  double ranks = 1;

  [[nodiscard]] Seconds both() const { return forward + backward; }
};

struct PipelineTime {
  Seconds busy;     // of the slowest rank: m passes of it
  Seconds bubble;   // what the pipeline adds
  int slowest = 0;  // index into what was given: of ranks that are alike, or of ranks
  std::optional<RankParts> parts;  // of the slowest rank, where the schedule was played out
};

// One fill and one drain pass through every other rank besides the slowest one's work:
//
//   GPipe          sum F + sum B + (m - 1)(max F + max B) - m (F + B) of the slowest
//   1F1B           sum over the others of F + B            ((p-1)(F+B) where ranks are equal)
//   interleaved    the same / v
//   ZB-H1          sum over the others of F + B - 2W, not below 0
//
// Exact where ranks are equal; with one slow rank within 4% (tests/property/schedule_test.cpp).
// Source: Narayanan et al. 2021, arXiv:2104.04473, section 2.2;
// Qi et al. 2023, arXiv:2401.10241, table 2.
[[nodiscard]] PipelineTime pipeline_time(const std::vector<RankPass>& ranks, const Layout& layout,
                                         std::int64_t micro_batches);

// What the bubble adds to the busy time at least, by those forms: ranks are no more even than
// equal, and the slowest takes no less than the mean. 0 where weight gradients may fill it.
[[nodiscard]] double least_bubble_share(const Layout& layout, double micro_batches);

// Schedules that rules_of says are played out (ZB-V, DualPipe, DualPipeV): over at most 8 p
// micro-batches; those beyond add the steady state. With equal stages the bubble of DualPipe is
// (p/2 - 1)(F&B + B - 3W), of DualPipeV the same on p/2 ranks, and ZB-V has none where F = B - W =
// W, the wait for the first micro-batch apart. Source: deepseek-ai/DualPipe README; Qi et al. 2023,
// arXiv:2401.10241, section 5.
[[nodiscard]] PipelineTime played_pipeline_time(const std::vector<StagePass>& stages,
                                                const Layout& layout, std::int64_t micro_batches,
                                                OrderBook& book);

}  // namespace traincost
