#include "estimator/step/timetable.h"

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <limits>

#include "base/units.h"
#include "estimator/step/schedule_orders.h"

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

// For orders that depend on when things end: forward passes, input gradients, weight gradients.
class Play {
 public:
  Play(std::vector<Stage> stages, std::size_t ranks, std::int64_t micro_batches)
      : stages_(std::move(stages)),
        forward_(stages_.size(), micro_batches),
        input_gradient_(stages_.size(), micro_batches),
        free_(ranks, 0.0),
        parts_(ranks) {}

  // When a task could start by what it needs from others; kNever while that is not there.
  double ready(const PassTask& task) {
    const Stage& stage = stages_[task.stage];
    const std::int32_t i = task.micro_batch;
    if (task.work == Work::kWeightGradient) return input_gradient_(task.stage, i);
    if (task.work == Work::kForward) {
      return stage.previous < 0 ? 0 : forward_(static_cast<std::size_t>(stage.previous), i);
    }
    const double own = forward_(task.stage, i);
    return stage.next < 0 ? own
                          : std::max(own, input_gradient_(static_cast<std::size_t>(stage.next), i));
  }

  void run(const PassTask& task, double start) {
    const StagePass& pass = stages_[task.stage].pass;
    RankParts& parts = parts_[stages_[task.stage].rank];
    Seconds length;
    switch (task.work) {
      case Work::kForward:
        length = pass.forward;
        parts.forward += length;
        forward_(task.stage, task.micro_batch) = start + length.in(second);
        break;
      case Work::kInputGradient:
        length = pass.input_gradient;
        parts.backward += length;
        input_gradient_(task.stage, task.micro_batch) = start + length.in(second);
        break;
      default:
        length = pass.weight_gradient;
        parts.weight_gradient += length;
        break;
    }
    if (parts.last_end == Seconds{}) parts.first_start = start * second;
    parts.last_end = start * second + length;
    free_[stages_[task.stage].rank] = parts.last_end.in(second);
    if (record_ != nullptr) {
      (*record_)[stages_[task.stage].rank].push_back({task, start * second, parts.last_end});
    }
  }

  // From now on each task is told, by its rank.
  void record(std::vector<std::vector<PlayedTask>>& tasks) { record_ = &tasks; }

  Timetable finish() {
    Timetable table;
    for (const RankParts& parts : parts_) table.makespan = max(table.makespan, parts.last_end);
    for (RankParts& parts : parts_) {
      parts.idle = table.makespan - parts.forward - parts.backward - parts.weight_gradient;
    }
    table.ranks = std::move(parts_);
    return table;
  }

  [[nodiscard]] double free(std::size_t rank) const { return free_[rank]; }

 private:
  std::vector<Stage> stages_;
  Ends forward_, input_gradient_;
  std::vector<double> free_;
  std::vector<RankParts> parts_;
  std::vector<std::vector<PlayedTask>>* record_ = nullptr;
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
  stages.reserve(rules_of(schedule).mirrored ? 2 * count : count);
  for (std::size_t s = 0; s < count; ++s) {
    std::size_t rank = s % ranks;
    if (rules_of(schedule).v_shaped && s >= ranks) rank = 2 * ranks - 1 - s;
    stages.push_back({rank, passes[s], -1, -1});
  }
  link_chain(stages, 0, count);
  if (rules_of(schedule).mirrored) {
    for (std::size_t s = 0; s < count; ++s) stages.push_back({ranks - 1 - s, passes[s], -1, -1});
    link_chain(stages, count, count);
  }
  return stages;
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
    std::vector<PassTask> weights;  // put off
    std::size_t done = 0;
  };
  struct Choice {
    double start;
    int rank_of_work;  // 0 input gradient, 1 forward, 2 weight gradient
    std::size_t rank;
    PassTask task;

    [[nodiscard]] bool before(const Choice& other) const {
      return start != other.start ? start < other.start : rank_of_work < other.rank_of_work;
    }
  };

  Choice choose(std::size_t rank) {
    Queue& queue = queues_[rank];
    Choice best{kNever, 3, rank, {}};
    const auto consider = [&](const PassTask& task, int rank_of_work) {
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

}  // namespace

// A fixed order with everything that does not depend on times worked out: tasks in an order in
// which each comes after what it needs, and where each finds and leaves its ends.
struct OrderBook::Orders {
  struct Step {
    std::uint32_t needs[3];  // slots of ends
    std::uint32_t forward_end, gradient_end;
    std::uint16_t rank;
    std::uint16_t length;  // stage x kWorks + work
  };
  std::vector<Step> steps;
  std::vector<std::int32_t> counts;       // of each length
  std::vector<std::uint32_t> partners;    // of each stage, in pairs
  std::vector<std::uint32_t> first_step;  // of each rank
  std::size_t slots = 0;

  Orders(const std::vector<Stage>& stages, std::vector<Order> order_of_rank,
         std::int64_t micro_batches);
};

namespace {

constexpr std::uint32_t kNothing = 0;  // a slot that holds the time 0
constexpr std::uint32_t kNowhere = 1;  // one that is never read
constexpr std::size_t kFirstSlot = 2;
constexpr std::size_t kWorks = 5;

// Slots of the ends of each stage's passes.
class Slots {
 public:
  Slots(const std::vector<Stage>& stages, std::int64_t micro_batches)
      : stages_(stages), width_(static_cast<std::size_t>(micro_batches)) {}

  [[nodiscard]] std::size_t count() const { return kFirstSlot + 2 * stages_.size() * width_; }
  [[nodiscard]] std::uint32_t forward(std::ptrdiff_t stage, std::int32_t i) const {
    return stage < 0 ? kNothing : slot(static_cast<std::size_t>(stage), i);
  }
  [[nodiscard]] std::uint32_t gradient(std::ptrdiff_t stage, std::int32_t i) const {
    return stage < 0 ? kNothing : slot(stages_.size() + static_cast<std::size_t>(stage), i);
  }
  [[nodiscard]] OrderBook::Orders::Step step(const PassTask& task) const {
    const Stage& stage = stages_[task.stage];
    const auto own = static_cast<std::ptrdiff_t>(task.stage);
    const std::int32_t i = task.micro_batch;
    OrderBook::Orders::Step step{
        {kNothing, kNothing, kNothing},
        kNowhere,
        kNowhere,
        static_cast<std::uint16_t>(stage.rank),
        static_cast<std::uint16_t>(task.stage * kWorks + static_cast<std::size_t>(task.work))};
    switch (task.work) {
      case Work::kForward:
        step.needs[0] = forward(stage.previous, i);
        step.forward_end = forward(own, i);
        break;
      case Work::kBackward:
      case Work::kInputGradient:
        step.needs[0] = forward(own, i);
        step.needs[1] = gradient(stage.next, i);
        step.gradient_end = gradient(own, i);
        break;
      case Work::kWeightGradient: step.needs[0] = gradient(own, i); break;
      case Work::kPair: {
        const auto other = static_cast<std::ptrdiff_t>(task.paired_stage);
        const std::int32_t j = task.paired_micro_batch;
        step.needs[0] = forward(stage.previous, i);
        step.needs[1] = forward(other, j);
        step.needs[2] = gradient(stages_[task.paired_stage].next, j);
        step.forward_end = forward(own, i);
        step.gradient_end = gradient(other, j);
        break;
      }
    }
    return step;
  }

 private:
  [[nodiscard]] std::uint32_t slot(std::size_t row, std::int32_t i) const {
    return static_cast<std::uint32_t>(kFirstSlot + row * width_ + static_cast<std::size_t>(i));
  }

  const std::vector<Stage>& stages_;
  std::size_t width_;
};

}  // namespace

OrderBook::Orders::Orders(const std::vector<Stage>& stages, std::vector<Order> order_of_rank,
                          std::int64_t micro_batches)
    : counts(stages.size() * kWorks), partners(stages.size()), first_step(order_of_rank.size()) {
  const Slots at(stages, micro_batches);
  slots = at.count();
  std::vector<char> there(slots, 0);
  there[kNothing] = 1;
  std::vector<std::size_t> done(order_of_rank.size(), 0);
  for (bool moved = true; moved;) {
    moved = false;
    for (std::size_t rank = 0; rank < order_of_rank.size(); ++rank) {
      // One task of each rank at a time: a processor adds up independent ends side by side.
      if (done[rank] == order_of_rank[rank].size()) continue;
      const PassTask& task = order_of_rank[rank][done[rank]];
      const Step step = at.step(task);
      if (there[step.needs[0]] + there[step.needs[1]] + there[step.needs[2]] < 3) continue;
      there[step.forward_end] = there[step.gradient_end] = 1;
      if (done[rank] == 0) first_step[rank] = static_cast<std::uint32_t>(steps.size());
      if (task.work == Work::kPair) partners[task.stage] = task.paired_stage;
      ++counts[step.length];
      steps.push_back(step);
      ++done[rank];
      moved = true;
    }
  }
}

namespace {

// Seconds that each work of each stage takes; `partners` are the stages that pair with it.
std::vector<double> task_lengths(const std::vector<Stage>& stages,
                                 const std::vector<std::uint32_t>& partners) {
  std::vector<double> lengths(stages.size() * kWorks);
  for (std::size_t s = 0; s < stages.size(); ++s) {
    const StagePass& pass = stages[s].pass;
    const StagePass& other = stages[partners[s]].pass;
    double* of_stage = &lengths[s * kWorks];
    const auto set = [&](Work work, Seconds time) {
      of_stage[static_cast<std::size_t>(work)] = time.in(second);
    };
    set(Work::kForward, pass.forward);
    set(Work::kBackward, pass.input_gradient + pass.weight_gradient);
    set(Work::kInputGradient, pass.input_gradient);
    set(Work::kWeightGradient, pass.weight_gradient);
    set(Work::kPair, pass.paired_forward + other.paired_backward);
  }
  return lengths;
}

// Each rank does its tasks in the order given, each as soon as it can.
Timetable follow(const OrderBook::Orders& orders, const std::vector<Stage>& stages,
                 std::size_t ranks, std::vector<double>& scratch) {
  const std::vector<double> lengths = task_lengths(stages, orders.partners);
  if (scratch.size() < orders.slots) scratch.resize(orders.slots);
  double* const ends = scratch.data();  // every slot is written before it is read
  ends[kNothing] = 0;
  std::vector<double> free(ranks);
  for (const OrderBook::Orders::Step& step : orders.steps) {
    double& now = free[step.rank];
    const double start = std::max(std::max(ends[step.needs[0]], ends[step.needs[1]]),
                                  std::max(ends[step.needs[2]], now));
    const double end = start + lengths[step.length];
    ends[step.forward_end] = end;
    ends[step.gradient_end] = end;
    now = end;
  }
  Timetable table;
  table.ranks.resize(ranks);
  for (std::size_t s = 0; s < stages.size(); ++s) {
    RankParts& parts = table.ranks[stages[s].rank];
    const auto spent = [&](Work work) {
      const std::size_t i = s * kWorks + static_cast<std::size_t>(work);
      return orders.counts[i] * lengths[i] * second;
    };
    parts.forward += spent(Work::kForward);
    parts.backward += spent(Work::kBackward) + spent(Work::kInputGradient);
    parts.weight_gradient += spent(Work::kWeightGradient);
    parts.paired += spent(Work::kPair);
  }
  for (std::size_t r = 0; r < ranks; ++r) {
    RankParts& parts = table.ranks[r];
    const OrderBook::Orders::Step& first = orders.steps[orders.first_step[r]];
    parts.first_start =
        std::max(std::max(ends[first.needs[0]], ends[first.needs[1]]), ends[first.needs[2]]) *
        second;
    parts.last_end = free[r] * second;
    table.makespan = max(table.makespan, parts.last_end);
  }
  for (RankParts& parts : table.ranks) {
    parts.idle =
        table.makespan - parts.forward - parts.backward - parts.weight_gradient - parts.paired;
  }
  return table;
}

}  // namespace

OrderBook::OrderBook() = default;
OrderBook::~OrderBook() = default;
OrderBook::OrderBook(OrderBook&&) noexcept = default;
OrderBook& OrderBook::operator=(OrderBook&&) noexcept = default;

std::shared_ptr<const OrderBook::Orders> OrderBook::of(Schedule schedule, std::size_t stages,
                                                       std::size_t ranks,
                                                       std::int64_t micro_batches) {
  const Key key{schedule, stages, ranks, micro_batches};
  if (const auto found = known_.find(key); found != known_.end()) return found->second;
  constexpr std::size_t kMostSteps = std::size_t{1} << 20U;
  if (steps_ > kMostSteps) {
    known_.clear();
    steps_ = 0;
  }
  auto orders = std::make_shared<const Orders>(
      place(schedule, std::vector<StagePass>(stages), ranks),
      fixed_orders(schedule, stages, ranks, micro_batches), micro_batches);
  steps_ += orders->steps.size();
  return known_.emplace(key, std::move(orders)).first->second;
}

Timetable timetable(Schedule schedule, const std::vector<StagePass>& stages, int ranks,
                    std::int64_t micro_batches, OrderBook& book) {
  assert(ranks >= 1 && micro_batches >= 1 && !stages.empty());
  const auto p = static_cast<std::size_t>(ranks);
  std::vector<Stage> placed = place(schedule, stages, p);
  if (schedule == Schedule::kZbV) {
    Play play(std::move(placed), p, micro_batches);
    return Greedy(play, p, micro_batches).run();
  }
  const auto orders = book.of(schedule, stages.size(), p, micro_batches);
  return follow(*orders, placed, p, book.ends);
}

std::vector<std::vector<PlayedTask>> played_tasks(Schedule schedule,
                                                  const std::vector<StagePass>& stages, int ranks,
                                                  std::int64_t micro_batches) {
  assert(ranks >= 1 && micro_batches >= 1 && !stages.empty());
  const auto p = static_cast<std::size_t>(ranks);
  std::vector<Stage> placed = place(schedule, stages, p);
  std::vector<std::vector<PlayedTask>> played(p);
  if (schedule == Schedule::kZbV) {
    Play play(std::move(placed), p, micro_batches);
    play.record(played);
    static_cast<void>(Greedy(play, p, micro_batches).run());
    return played;
  }
  const std::vector<Order> orders = fixed_orders(schedule, stages.size(), p, micro_batches);
  std::vector<std::uint32_t> partners(placed.size());
  for (const Order& order : orders) {
    for (const PassTask& task : order) {
      if (task.work == Work::kPair) partners[task.stage] = task.paired_stage;
    }
  }
  const std::vector<double> lengths = task_lengths(placed, partners);
  const Slots at(placed, micro_batches);
  std::vector<double> ends(at.count(), kNever);
  ends[kNothing] = 0;
  for (bool moved = true; moved;) {
    moved = false;
    for (std::size_t rank = 0; rank < p; ++rank) {
      while (played[rank].size() < orders[rank].size()) {
        const PassTask& task = orders[rank][played[rank].size()];
        const OrderBook::Orders::Step step = at.step(task);
        const double ready =
            std::max({ends[step.needs[0]], ends[step.needs[1]], ends[step.needs[2]]});
        if (ready == kNever) break;
        const Seconds free = played[rank].empty() ? Seconds{} : played[rank].back().end;
        const Seconds start = max(free, ready * second);
        const Seconds end = start + lengths[step.length] * second;
        ends[step.forward_end] = ends[step.gradient_end] = end.in(second);
        played[rank].push_back({task, start, end});
        moved = true;
      }
    }
  }
  return played;
}

}  // namespace traincost
