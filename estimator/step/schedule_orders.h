// The orders in which ranks work off micro-batches, under the schedules that fix them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "estimator/step/layout.h"

namespace traincost {

enum class Work { kForward, kBackward, kInputGradient, kWeightGradient, kPair };

// Small, since a schedule is some ten thousand of them.
struct PassTask {
  PassTask() = default;
  PassTask(Work what, std::size_t at, std::int64_t i, std::size_t paired_at = 0, std::int64_t j = 0)
      : work(what),
        stage(static_cast<std::uint32_t>(at)),
        micro_batch(static_cast<std::int32_t>(i)),
        paired_stage(static_cast<std::uint32_t>(paired_at)),
        paired_micro_batch(static_cast<std::int32_t>(j)) {}

  Work work = Work::kForward;
  std::uint32_t stage = 0;
  std::int32_t micro_batch = 0;
  std::uint32_t paired_stage = 0;  // of the backward half of a pair
  std::int32_t paired_micro_batch = 0;
};

using Order = std::vector<PassTask>;  // of one rank

// One order a rank, of `stages` virtual stages in model order; GPipe, 1F1B, interleaved, ZB-H1,
// DualPipe and DualPipeV. Sources as for timetable().
[[nodiscard]] std::vector<Order> fixed_orders(Schedule schedule, std::size_t stages,
                                              std::size_t ranks, std::int64_t micro_batches);

}  // namespace traincost
