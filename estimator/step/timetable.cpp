#include "estimator/step/timetable.h"

#include <algorithm>
#include <cstddef>
#include <limits>

#include "base/units.h"

namespace traincost {
namespace {

using namespace unit;

// A virtual stage on its rank; two-way schedules have two chains of them.
struct Stage {
  std::size_t rank;
  StagePass pass;
  std::ptrdiff_t previous;  // -1 at the start of a chain
  std::ptrdiff_t next;      // -1 at its end
};

enum class Work { kForward, kBackward, kInputGradient, kWeightGradient, kPair };

// Small, since a schedule is some ten thousand of them.
struct Task {
  Task() = default;
  Task(Work what, std::size_t at, std::int64_t i, std::size_t paired_at = 0, std::int64_t j = 0)
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

using Order = std::vector<Task>;  // of one rank

constexpr double kNever = std::numeric_limits<double>::infinity();

// When each pass of each stage and micro-batch ended; kNever until then.
class Ends {
 public:
  Ends(std::size_t stages, std::int64_t micro_batches)
      : width_(static_cast<std::size_t>(micro_batches)), at_(stages * width_, kNever) {}

  double& operator()(std::size_t stage, std::int64_t micro_batch) {
    return at_[stage * width_ + static_cast<std::size_t>(micro_batch)];
  }

 private:
  std::size_t width_;
  std::vector<double> at_;
};

class Play {
 public:
  Play(std::vector<Stage> stages, std::size_t ranks, std::int64_t micro_batches, double pairing)
      : stages_(std::move(stages)),
        pairing_(pairing),
        forward_(stages_.size(), micro_batches),
        input_gradient_(stages_.size(), micro_batches),
        free_(ranks, 0.0),
        parts_(ranks) {}

  // When a pass could start by what it needs from other passes; kNever while that is not there.
  double forward_ready(std::size_t stage, std::int64_t i) {
    const auto previous = stages_[stage].previous;
    return previous < 0 ? 0 : forward_(static_cast<std::size_t>(previous), i);
  }
  double backward_ready(std::size_t stage, std::int64_t i) {
    const auto next = stages_[stage].next;
    const double own = forward_(stage, i);
    return next < 0 ? own : std::max(own, input_gradient_(static_cast<std::size_t>(next), i));
  }
  double ready(const Task& task) {
    switch (task.work) {
      case Work::kForward: return forward_ready(task.stage, task.micro_batch);
      case Work::kBackward:
      case Work::kInputGradient: return backward_ready(task.stage, task.micro_batch);
      case Work::kWeightGradient: return input_gradient_(task.stage, task.micro_batch);
      case Work::kPair:
        return std::max(forward_ready(task.stage, task.micro_batch),
                        backward_ready(task.paired_stage, task.paired_micro_batch));
    }
    return kNever;
  }

  void run(const Task& task, double start) {
    const StagePass& pass = stages_[task.stage].pass;
    const double f = pass.forward.in(second);
    const double i = pass.input_gradient.in(second);
    const double w = pass.weight_gradient.in(second);
    RankParts& parts = parts_[stages_[task.stage].rank];
    double length = 0;
    switch (task.work) {
      case Work::kForward:
        length = f;
        parts.forward += length * second;
        forward_(task.stage, task.micro_batch) = start + length;
        break;
      case Work::kBackward:
        length = i + w;
        parts.backward += length * second;
        input_gradient_(task.stage, task.micro_batch) = start + length;
        break;
      case Work::kInputGradient:
        length = i;
        parts.backward += length * second;
        input_gradient_(task.stage, task.micro_batch) = start + length;
        break;
      case Work::kWeightGradient:
        length = w;
        parts.weight_gradient += length * second;
        break;
      case Work::kPair: {
        const StagePass& other = stages_[task.paired_stage].pass;
        length = pairing_ * (f + (other.input_gradient + other.weight_gradient).in(second));
        parts.paired += length * second;
        forward_(task.stage, task.micro_batch) = start + length;
        input_gradient_(task.paired_stage, task.paired_micro_batch) = start + length;
        break;
      }
    }
    if (parts.last_end == Seconds{}) parts.first_start = start * second;
    parts.last_end = (start + length) * second;
    free_[stages_[task.stage].rank] = start + length;
  }

  // Each rank does its tasks in the order given, each as soon as it can.
  Timetable follow(const std::vector<Order>& orders) {
    std::vector<std::size_t> at(orders.size(), 0);
    for (bool moved = true; moved;) {
      moved = false;
      for (std::size_t rank = 0; rank < orders.size(); ++rank) {
        for (; at[rank] < orders[rank].size(); ++at[rank], moved = true) {
          const Task& task = orders[rank][at[rank]];
          const double start = ready(task);
          if (start == kNever) break;
          run(task, std::max(start, free_[rank]));
        }
      }
    }
    return finish();
  }

  Timetable finish() {
    Timetable table;
    for (const RankParts& parts : parts_) table.makespan = max(table.makespan, parts.last_end);
    for (RankParts& parts : parts_) {
      parts.idle =
          table.makespan - parts.forward - parts.backward - parts.weight_gradient - parts.paired;
    }
    table.ranks = std::move(parts_);
    return table;
  }

  [[nodiscard]] const std::vector<Stage>& stages() const { return stages_; }
  [[nodiscard]] double free(std::size_t rank) const { return free_[rank]; }

 private:
  std::vector<Stage> stages_;
  double pairing_;
  Ends forward_, input_gradient_;
  std::vector<double> free_;
  std::vector<RankParts> parts_;
};

// `count` stages from `first` on, one after the other.
void link_chain(std::vector<Stage>& stages, std::size_t first, std::size_t count) {
  for (std::size_t s = first; s < first + count; ++s) {
    stages[s].previous = s == first ? -1 : static_cast<std::ptrdiff_t>(s) - 1;
    stages[s].next = s + 1 == first + count ? -1 : static_cast<std::ptrdiff_t>(s) + 1;
  }
}

// The virtual stages on their ranks. DualPipe has each twice: the second chain starts at the last
// rank and runs against the first.
std::vector<Stage> place(Schedule schedule, const std::vector<StagePass>& passes,
                         std::size_t ranks) {
  std::vector<Stage> stages;
  const std::size_t count = passes.size();
  for (std::size_t s = 0; s < count; ++s) {
    std::size_t rank = s % ranks;
    if (is_v_shaped(schedule) && s >= ranks) rank = 2 * ranks - 1 - s;
    stages.push_back({rank, passes[s], -1, -1});
  }
  link_chain(stages, 0, count);
  if (schedule == Schedule::kDualPipe) {
    for (std::size_t s = 0; s < count; ++s) stages.push_back({ranks - 1 - s, passes[s], -1, -1});
    link_chain(stages, count, count);
  }
  return stages;
}

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
    if (v == 1) return Task{work, rank, k};
    std::int64_t chunk = (k / p) % v;
    if (work == Work::kBackward) chunk = v - 1 - chunk;
    return Task{work, rank + static_cast<std::size_t>(chunk) * ranks, k / (p * v) * p + k % p};
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
  std::vector<Task> pending_;
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

// ZB-V has no fixed order: each rank takes, of what is ready first, an input gradient before a
// forward pass before a weight gradient, with no more activations than 1F1B keeps.
class Greedy {
 public:
  Greedy(Play& play, std::size_t ranks, std::int64_t m) : play_(play), ranks_(ranks), m_(m) {
    for (std::size_t r = 0; r < ranks; ++r) {
      queues_.push_back({{r, 2 * ranks - 1 - r}, {0, 0}, {0, 0}, {}, 0});
    }
  }

  Timetable run() {
    for (std::size_t left = std::size_t{6} * ranks_ * static_cast<std::size_t>(m_); left > 0;
         --left) {
      Choice best{kNever, 3, 0, {}};
      for (std::size_t r = 0; r < ranks_; ++r) {
        const Choice choice = choose(r);
        if (choice.before(best)) best = choice;
      }
      take(best);
    }
    return play_.finish();
  }

 private:
  struct Queue {
    std::size_t stages[2];
    std::int64_t forwards[2];
    std::int64_t gradients[2];
    std::vector<Task> weights;  // put off
    std::size_t done = 0;
  };
  struct Choice {
    double start;
    int rank_of_work;  // 0 input gradient, 1 forward, 2 weight gradient
    std::size_t rank;
    Task task;

    [[nodiscard]] bool before(const Choice& other) const {
      return start != other.start ? start < other.start : rank_of_work < other.rank_of_work;
    }
  };

  Choice choose(std::size_t rank) {
    Queue& queue = queues_[rank];
    Choice best{kNever, 3, rank, {}};
    const auto consider = [&](const Task& task, int rank_of_work) {
      const double start = std::max(play_.ready(task), play_.free(rank));
      const Choice choice{start, rank_of_work, rank, task};
      if (start < kNever && choice.before(best)) best = choice;
    };
    const auto limit = 2 * static_cast<std::int64_t>(ranks_);
    const std::int64_t in_flight =
        queue.forwards[0] + queue.forwards[1] - queue.gradients[0] - queue.gradients[1];
    for (const std::size_t chunk : {std::size_t{1}, std::size_t{0}}) {
      if (queue.gradients[chunk] < queue.forwards[chunk]) {
        consider({Work::kInputGradient, queue.stages[chunk], queue.gradients[chunk]}, 0);
      }
      // The second chunk always finds room, or a fast first stage would fill the rank with what
      // waits for its own second chunk.
      const std::int64_t room = chunk == 0 ? limit - 1 : limit;
      if (queue.forwards[chunk] < m_ && in_flight < room) {
        consider({Work::kForward, queue.stages[chunk], queue.forwards[chunk]}, 1);
      }
    }
    if (queue.done < queue.weights.size()) consider(queue.weights[queue.done], 2);
    return best;
  }

  void take(const Choice& choice) {
    Queue& queue = queues_[choice.rank];
    const std::size_t chunk = choice.task.stage == queue.stages[0] ? 0 : 1;
    switch (choice.rank_of_work) {
      case 0:
        ++queue.gradients[chunk];
        queue.weights.emplace_back(Work::kWeightGradient, choice.task.stage,
                                   choice.task.micro_batch);
        break;
      case 1: ++queue.forwards[chunk]; break;
      default: ++queue.done;
    }
    play_.run(choice.task, choice.start);
  }

  Play& play_;
  std::size_t ranks_;
  std::int64_t m_;
  std::vector<Queue> queues_;
};

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

}  // namespace

struct OrderBook::Orders {
  std::vector<Order> of_rank;
};

OrderBook::OrderBook() = default;
OrderBook::~OrderBook() = default;
OrderBook::OrderBook(OrderBook&&) noexcept = default;
OrderBook& OrderBook::operator=(OrderBook&&) noexcept = default;

const OrderBook::Orders& OrderBook::of(Schedule schedule, std::size_t stages, std::size_t ranks,
                                       std::int64_t micro_batches) {
  std::unique_ptr<const Orders>& known = known_[{schedule, stages, ranks, micro_batches}];
  if (!known) {
    known = std::make_unique<const Orders>(
        Orders{fixed_orders(schedule, stages, ranks, micro_batches)});
  }
  return *known;
}

Timetable timetable(Schedule schedule, const std::vector<StagePass>& stages, int ranks,
                    std::int64_t micro_batches, double pairing, OrderBook* book) {
  const auto p = static_cast<std::size_t>(ranks);
  Play play(place(schedule, stages, p), p, micro_batches, pairing);
  if (schedule == Schedule::kZbV) return Greedy(play, p, micro_batches).run();
  OrderBook own;
  OrderBook& orders = book != nullptr ? *book : own;
  return play.follow(orders.of(schedule, stages.size(), p, micro_batches).of_rank);
}

}  // namespace traincost
