#include "estimator/step/schedule_orders.h"

#include <algorithm>
#include <utility>

namespace traincost {
namespace {

Order gpipe_order(std::size_t rank, std::int64_t m) {
  Order order;
  for (std::int64_t i = 0; i < m; ++i) order.push_back({Work::kForward, rank, i});
  for (std::int64_t i = 0; i < m; ++i) order.push_back({Work::kBackward, rank, i});
  return order;
}

// 1F1B over v chunks; v = 1 is the plain one. The k-th forward task of a rank is micro-batch
// (k / pv) p + k % p in chunk (k / p) % v.
Order interleaved_order(std::size_t rank, std::size_t ranks, std::size_t chunks, std::int64_t m) {
  const auto p = static_cast<std::int64_t>(ranks);
  const auto v = static_cast<std::int64_t>(chunks);
  const std::int64_t total = m * v;
  const auto task = [&](std::int64_t k, Work work) {
    if (v == 1) return PassTask{work, rank, k};
    std::int64_t chunk = (k / p) % v;
    if (work == Work::kBackward) chunk = v - 1 - chunk;
    return PassTask{work, rank + static_cast<std::size_t>(chunk) * ranks, k / (p * v) * p + k % p};
  };
  const std::int64_t behind = p - 1 - static_cast<std::int64_t>(rank);
  const std::int64_t warm = std::min(total, v == 1 ? behind : 2 * behind + (v - 1) * p);
  Order order;
  for (std::int64_t k = 0; k < warm; ++k) order.push_back(task(k, Work::kForward));
  for (std::int64_t k = warm; k < total; ++k) {
    order.push_back(task(k, Work::kForward));
    order.push_back(task(k - warm, Work::kBackward));
  }
  for (std::int64_t k = total - warm; k < total; ++k) order.push_back(task(k, Work::kBackward));
  return order;
}

// 1F1B with weight gradients put off by `rank` micro-batches, so that input gradients travel back
// sooner where they have furthest to go.
Order zero_bubble_order(std::size_t rank, std::size_t ranks, std::int64_t m) {
  const auto delay = static_cast<std::int64_t>(rank);
  const std::int64_t warm = std::min<std::int64_t>(m, static_cast<std::int64_t>(ranks) - delay);
  Order order;
  for (std::int64_t i = 0; i < warm; ++i) order.push_back({Work::kForward, rank, i});
  for (std::int64_t i = 0; i < m; ++i) {
    order.push_back({Work::kInputGradient, rank, i});
    if (i >= delay) order.push_back({Work::kWeightGradient, rank, i - delay});
    if (i + warm < m) order.push_back({Work::kForward, rank, i + warm});
  }
  for (std::int64_t i = std::max<std::int64_t>(0, m - delay); i < m; ++i) {
    order.push_back({Work::kWeightGradient, rank, i});
  }
  return order;
}

// The eight steps of DualPipe on one rank of `half` (half of the ranks, or all of DualPipeV's),
// `depth` from the outer end, with `each` micro-batches in both directions. Stages: `first` is the
// one that this rank's nearer end feeds, `second` the other.
class DualOrder {
 public:
  DualOrder(std::size_t first, std::size_t second) : stages_{first, second} {}

  Order build(std::int64_t half, std::int64_t depth, std::int64_t each) {
    const std::int64_t outer = half - depth - 1;
    order_.reserve(static_cast<std::size_t>(3 * each));  // pairs and lone passes, some split
    for (std::int64_t i = 0; i < 2 * outer; ++i) forward(0);
    for (std::int64_t i = 0; i <= depth; ++i) {
      forward(0);
      forward(1);
    }
    for (std::int64_t i = 0; i < outer; ++i) {
      split_backward(1);
      weight();
      forward(1);
    }
    for (std::int64_t i = 0; i < each - 2 * half + depth + 1; ++i) {
      pair(0, 1);
      pair(1, 0);
    }
    for (std::int64_t i = 0; i < outer; ++i) {
      backward(1);
      pair(1, 0);
    }
    // The second half of the lone backward passes puts weight gradients off.
    bool split = false;
    for (std::int64_t i = 0; i <= depth; ++i) {
      if (i == (depth + 1) / 2 && depth % 2 == 1) split = true;
      split ? split_backward(1) : backward(1);
      if (i == (depth + 1) / 2 && depth % 2 == 0) split = true;
      split ? split_backward(0) : backward(0);
    }
    for (std::int64_t i = 0; i < outer; ++i) {
      weight();
      split_backward(0);
    }
    while (put_off_ < pending_.size()) weight();
    return std::move(order_);
  }

 private:
  void forward(std::size_t phase) {
    order_.push_back({Work::kForward, stages_[phase], forwards_[phase]++});
  }
  void backward(std::size_t phase) {
    order_.push_back({Work::kBackward, stages_[phase], backwards_[phase]++});
  }
  void split_backward(std::size_t phase) {
    const std::int64_t i = backwards_[phase]++;
    order_.push_back({Work::kInputGradient, stages_[phase], i});
    pending_.emplace_back(Work::kWeightGradient, stages_[phase], i);
  }
  void weight() {
    if (put_off_ < pending_.size()) order_.push_back(pending_[put_off_++]);
  }
  void pair(std::size_t phase, std::size_t other) {
    const std::int64_t i = forwards_[phase]++;
    const std::int64_t j = backwards_[other]++;
    order_.push_back({Work::kPair, stages_[phase], i, stages_[other], j});
  }

  std::size_t stages_[2];
  std::int64_t forwards_[2] = {0, 0};
  std::int64_t backwards_[2] = {0, 0};
  std::vector<PassTask> pending_;
  std::size_t put_off_ = 0;
  Order order_;
};

std::vector<Order> dual_orders(Schedule schedule, std::size_t ranks, std::int64_t m) {
  std::vector<Order> orders;
  for (std::size_t r = 0; r < ranks; ++r) {
    if (schedule == Schedule::kDualPipeV) {
      orders.push_back(
          DualOrder(r, 2 * ranks - 1 - r)
              .build(static_cast<std::int64_t>(ranks), static_cast<std::int64_t>(r), m));
      continue;
    }
    // Stage r of the first chain, stage p - 1 - r of the second (numbered from p on).
    const std::size_t mirrored = ranks - 1 - r;
    const bool near_start = r < ranks / 2;
    const std::size_t one = r;
    const std::size_t other = ranks + mirrored;
    DualOrder order(near_start ? one : other, near_start ? other : one);
    orders.push_back(order.build(static_cast<std::int64_t>(ranks / 2),
                                 static_cast<std::int64_t>(std::min(r, mirrored)), m / 2));
  }
  return orders;
}

}  // namespace

std::vector<Order> fixed_orders(Schedule schedule, std::size_t stages, std::size_t ranks,
                                std::int64_t micro_batches) {
  if (schedule == Schedule::kDualPipe || schedule == Schedule::kDualPipeV) {
    return dual_orders(schedule, ranks, micro_batches);
  }
  std::vector<Order> orders;
  for (std::size_t r = 0; r < ranks; ++r) {
    if (schedule == Schedule::kGPipe) {
      orders.push_back(gpipe_order(r, micro_batches));
    } else if (schedule == Schedule::kZbH1) {
      orders.push_back(zero_bubble_order(r, ranks, micro_batches));
    } else {
      orders.push_back(interleaved_order(r, ranks, stages / ranks, micro_batches));
    }
  }
  return orders;
}

}  // namespace traincost
