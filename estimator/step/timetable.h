// What each rank of a pipeline does and when: the schedules played out event by event.
//
// It is what closed forms are held against, and what stands in for them where there is none: the
// zero-bubble and two-way schedules with stages of unequal length.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <tuple>
#include <vector>

#include "base/quantity.h"
#include "estimator/step/layout.h"
#include "estimator/step/schedule_orders.h"

namespace traincost {

// One micro-batch in one virtual stage. B, the full backward pass, is input_gradient +
// weight_gradient.
struct StagePass {
  Seconds forward;
  Seconds input_gradient;
  Seconds weight_gradient;
  // What a pass takes beside its partner, in DualPipe's pairs.
  Seconds paired_forward;
  Seconds paired_backward;
};

// How a rank's time divides; the parts and `idle` add up to the makespan.
struct RankParts {
  Seconds forward;          // forward passes alone
  Seconds backward;         // backward passes alone, without weight gradients that were put off
  Seconds weight_gradient;  // those that were
  Seconds paired;           // a forward and a backward pass as one (DualPipe)
  Seconds idle;
  Seconds first_start;
  Seconds last_end;
};

struct Timetable {
  Seconds makespan;
  std::vector<RankParts> ranks;
};

// The orders in which ranks work under schedules that fix them, kept for whoever asks again; some
// tens of megabytes at most. One thread's at a time.
class OrderBook {
 public:
  OrderBook();
  ~OrderBook();
  OrderBook(OrderBook&&) noexcept;
  OrderBook& operator=(OrderBook&&) noexcept;

  struct Orders;
  // Shared, so that what was handed out outlives what the book lets go.
  [[nodiscard]] std::shared_ptr<const Orders> of(Schedule schedule, std::size_t stages,
                                                 std::size_t ranks, std::int64_t micro_batches);

  std::vector<double> ends;  // scratch of timetable(), written before it is read

 private:
  using Key = std::tuple<Schedule, std::size_t, std::size_t, std::int64_t>;
  std::map<Key, std::shared_ptr<const Orders>> known_;
  std::size_t steps_ = 0;  // in all of them
};

// Plays `micro_batches` through the schedule. `stages` are the virtual stages in model order: pp of
// them, pp x vp where interleaved, 2 pp for the V-shaped schedules (the second half comes back up
// the ranks). A pair of DualPipe takes the sum of what its two passes take in pairs. Sends are
// free.
//
// Source: Huang et al. 2019 (GPipe), arXiv:1811.06965; Narayanan et al. 2021 (1F1B, interleaved),
// arXiv:2104.04473; Qi et al. 2023 (ZB-H1, ZB-V), arXiv:2401.10241; the orders of DualPipe and
// DualPipeV are those of deepseek-ai/DualPipe dualpipe.py and dualpipev.py.
[[nodiscard]] Timetable timetable(Schedule schedule, const std::vector<StagePass>& stages,
                                  int ranks, std::int64_t micro_batches, OrderBook& book);

// When each task of each rank runs, one after the other on a rank: the same play, told in full.
struct PlayedTask {
  PassTask task;
  Seconds start, end;
};
[[nodiscard]] std::vector<std::vector<PlayedTask>> played_tasks(
    Schedule schedule, const std::vector<StagePass>& stages, int ranks, std::int64_t micro_batches);

}  // namespace traincost
