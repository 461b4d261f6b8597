// Closed forms of pipeline schedules against the schedules played out event by event.
#include <gtest/gtest.h>

#include <random>

#include "base/units.h"
#include "estimator/step/pipeline.h"
#include "estimator/step/timetable.h"

namespace traincost {
namespace {

using namespace unit;

Timetable play(Schedule schedule, const std::vector<StagePass>& stages, int ranks,
               std::int64_t micro_batches) {
  OrderBook orders;
  return timetable(schedule, stages, ranks, micro_batches, orders);
}

PipelineTime play_pipeline(const std::vector<StagePass>& stages, const Layout& layout,
                           std::int64_t micro_batches) {
  OrderBook orders;
  return played_pipeline_time(stages, layout, micro_batches, orders);
}

constexpr Schedule kAll[] = {Schedule::kGPipe,    Schedule::k1F1B, Schedule::kInterleaved,
                             Schedule::kZbH1,     Schedule::kZbV,  Schedule::kDualPipe,
                             Schedule::kDualPipeV};

// A pair of it takes `pairing` of the sum of its passes.
StagePass stage(double f, double i, double w, double pairing = 1) {
  return {f * second, i * second, w * second, pairing * f * second, pairing * (i + w) * second};
}

// A rank's pass in `count` equal virtual stages.
std::vector<StagePass> equal(int count, double f, double i, double w, double pairing = 1) {
  return std::vector<StagePass>(static_cast<std::size_t>(count), stage(f, i, w, pairing));
}

std::vector<RankPass> passes(const std::vector<StagePass>& stages, int ranks) {
  std::vector<RankPass> all(static_cast<std::size_t>(ranks));
  for (std::size_t s = 0; s < stages.size(); ++s) {
    RankPass& rank = all[s % static_cast<std::size_t>(ranks)];
    rank.forward += stages[s].forward;
    rank.backward += stages[s].input_gradient + stages[s].weight_gradient;
    rank.weight_gradient += stages[s].weight_gradient;
  }
  return all;
}

double lasts(const PipelineTime& time) { return (time.busy + time.bubble).in(second); }

struct Shape {
  int ranks;
  std::int64_t micro_batches;
};
constexpr Shape kShapes[] = {{1, 4}, {2, 4}, {3, 9}, {4, 8}, {8, 32}, {16, 120}};

TEST(Schedules, EqualStagesTakeExactlyTheClosedForm) {
  std::mt19937 random(7);
  std::uniform_real_distribution<double> any(0.5, 2);
  for (const auto& [p, m] : kShapes) {
    for (int repeat = 0; repeat < 5; ++repeat) {
      const double f = any(random), i = any(random);
      const double w = std::uniform_real_distribution<double>(0, std::min(f, i))(random);
      for (const Schedule schedule : {Schedule::kGPipe, Schedule::k1F1B, Schedule::kZbH1}) {
        const auto stages = equal(p, f, i, w);
        const double form =
            lasts(pipeline_time(passes(stages, p), {.pp = p, .schedule = schedule}, m));
        EXPECT_NEAR(play(schedule, stages, p, m).makespan.in(second), form, 1e-9 * form)
            << schedule_name(schedule) << " p " << p << " m " << m;
      }
    }
  }
}

TEST(Schedules, InterleavedStagesTakeExactlyTheClosedForm) {
  for (const auto& [p, v, m] : {std::tuple{2, 2, 4}, {4, 3, 16}, {8, 4, 32}, {16, 2, 64}}) {
    const auto stages = equal(p * v, 0.5, 0.7, 0.3);
    const Layout layout{.pp = p, .vp = v, .schedule = Schedule::kInterleaved};
    const double form = lasts(pipeline_time(passes(stages, p), layout, m));
    EXPECT_NEAR(play(Schedule::kInterleaved, stages, p, m).makespan.in(second), form, 1e-9 * form);
  }
}

// (p/2 - 1)(F&B + B - 3W), and the same on half the devices for the V shape: exactly where a pair
// takes the sum of its passes, and an upper bound where it takes less, since lone passes do not.
TEST(Schedules, DualPipeWaitsWhatItsPaperSays) {
  for (const double pairing : {1.0, 0.9}) {
    const double f = 1, i = 1.2, w = 0.8;
    for (const auto& [p, m] : {std::pair{4, 8}, {8, 20}, {16, 120}}) {
      const double pair = pairing * (f + i + w);
      const double bubble = (p / 2 - 1) * (pair + i + w - 3 * w);
      const double shy = pairing == 1 ? 1e-9 : 0.15 * bubble;
      const auto hold = [&](const Timetable& table) {
        for (const RankParts& rank : table.ranks) {
          EXPECT_LE(rank.idle.in(second), bubble + 1e-9) << p;
          EXPECT_GE(rank.idle.in(second), bubble - shy) << p;
        }
      };
      hold(play(Schedule::kDualPipe, equal(p, f, i, w, pairing), p, m));
      hold(play(Schedule::kDualPipeV, equal(p, f, i, w, pairing), p / 2, m / 2));
    }
  }
}

TEST(Schedules, ZbVHasNoBubbleWherePassesAreEqual) {
  for (const auto& [p, m] : {std::pair{2, 4}, {4, 16}, {8, 32}}) {
    const Layout layout{.pp = p, .vp = 2, .schedule = Schedule::kZbV};
    const PipelineTime time = play_pipeline(equal(2 * p, 0.5, 0.5, 0.5), layout, m);
    EXPECT_NEAR(time.bubble.in(second), 0, 1e-9) << p;
    EXPECT_NEAR(time.busy.in(second), 3.0 * m * 0.5 * 2, 1e-9);
  }
}

TEST(Schedules, ZeroBubbleOnesAreNeverSlowerThan1F1B) {
  std::mt19937 random(11);
  std::uniform_real_distribution<double> any(0.3, 1.5);
  for (int repeat = 0; repeat < 40; ++repeat) {
    const double f = any(random), i = any(random), w = std::min(f, i) * any(random) / 1.5;
    const int p = 4;
    const double plain = play(Schedule::k1F1B, equal(p, f, i, w), p, 16).makespan.in(second);
    const double h1 = play(Schedule::kZbH1, equal(p, f, i, w), p, 16).makespan.in(second);
    EXPECT_LE(h1, plain + 1e-9);
  }
}

// Its order is found greedily, pass by pass: good where passes are alike, as they are in practice.
TEST(Schedules, ZbVIsNotSlowerThan1F1BWherePassesAreAlike) {
  std::mt19937 random(13);
  std::uniform_real_distribution<double> any(0.8, 1.2);
  for (int repeat = 0; repeat < 40; ++repeat) {
    const double f = any(random), i = any(random), w = any(random);
    const double plain = play(Schedule::k1F1B, equal(4, f, i, w), 4, 16).makespan.in(second);
    const auto halves = equal(8, f / 2, i / 2, w / 2);
    EXPECT_LE(play(Schedule::kZbV, halves, 4, 16).makespan.in(second), plain + 1e-9);
  }
}

// One stage is `factor` as long as the others: the closed form lets the slowest rank set the pace.
TEST(Schedules, UnequalStagesAreWithinFourPercent) {
  for (const Schedule schedule : {Schedule::kGPipe, Schedule::k1F1B, Schedule::kZbH1}) {
    for (const double factor : {0.3, 0.8, 1.2, 1.5, 2.0}) {
      for (const int slow : {0, 3, 7}) {
        std::vector<StagePass> stages = equal(8, 1, 1.2, 0.8);
        stages[static_cast<std::size_t>(slow)] = stage(factor, 1.2 * factor, 0.8 * factor);
        const double form =
            lasts(pipeline_time(passes(stages, 8), {.pp = 8, .schedule = schedule}, 64));
        const double played = play(schedule, stages, 8, 64).makespan.in(second);
        EXPECT_NEAR(form / played, 1, 0.04)
            << schedule_name(schedule) << " " << factor << " at " << slow;
      }
    }
  }
}

TEST(Schedules, PartsAndIdleTimeAddUpOnEveryRank) {
  std::mt19937 random(3);
  std::uniform_real_distribution<double> any(0.2, 2);
  for (const Schedule schedule : kAll) {
    const int p = 4;
    const int v = schedule == Schedule::kInterleaved || rules_of(schedule).v_shaped ? 2 : 1;
    const std::int64_t m = 16;
    std::vector<StagePass> stages;
    double work = 0;
    for (int s = 0; s < p * v; ++s) {
      stages.push_back(stage(any(random), any(random), any(random)));
      work += (stages.back().forward + stages.back().input_gradient + stages.back().weight_gradient)
                  .in(second);
    }
    const Timetable table = play(schedule, stages, p, m);
    double done = 0;
    for (const RankParts& r : table.ranks) {
      const Seconds parts = r.forward + r.backward + r.weight_gradient + r.paired;
      EXPECT_NEAR((parts + r.idle).in(second), table.makespan.in(second), 1e-9);
      EXPECT_GE(r.idle.in(second), -1e-9);
      EXPECT_LE(parts.in(second), (r.last_end - r.first_start).in(second) + 1e-9);
      done += parts.in(second);
    }
    EXPECT_NEAR(done, work * static_cast<double>(m), 1e-6) << schedule_name(schedule);
  }
}

TEST(Schedules, BeyondEightMicroBatchesARankTheSteadyStateRepeats) {
  for (const Schedule schedule : {Schedule::kZbV, Schedule::kDualPipe, Schedule::kDualPipeV}) {
    const int v = rules_of(schedule).v_shaped ? 2 : 1;
    std::vector<StagePass> stages = equal(4 * v, 1, 1.1, 0.7);
    stages.back() = stage(1.4, 1.5, 0.9);
    const Layout layout{.pp = 4, .vp = v, .schedule = schedule};
    const PipelineTime time = play_pipeline(stages, layout, 120);
    const Timetable whole = play(schedule, stages, 4, 120);
    const double expected = whole.makespan.in(second);
    EXPECT_NEAR(lasts(time) / expected, 1, schedule == Schedule::kZbV ? 0.01 : 1e-9)
        << schedule_name(schedule);
  }
}

TEST(Schedules, SlowerPassesNeverEndSooner) {
  for (const Schedule schedule : kAll) {
    if (schedule == Schedule::kZbV) continue;  // greedy: a longer pass may change the order
    const int v = schedule == Schedule::kInterleaved || rules_of(schedule).v_shaped ? 2 : 1;
    std::vector<StagePass> stages = equal(4 * v, 1, 1, 0.5);
    double before = 0;
    for (int step = 0; step < 4; ++step) {
      const double makespan = play(schedule, stages, 4, 16).makespan.in(second);
      EXPECT_GE(makespan, before) << schedule_name(schedule);
      before = makespan;
      stages[1].forward += 0.3 * second;
      stages[1].paired_forward += 0.3 * second;
    }
  }
}

// Embedding and head alone on a rank: their passes are a fraction of the others'.
TEST(ZbV, FastEndsDoNotBlockTheirRank) {
  std::vector<StagePass> stages = equal(6, 65, 78, 10);
  stages.front() = stages.back() = {13 * second, 13 * second, 1 * second};
  for (const std::int64_t m : {1, 6, 24, 36}) {
    const Timetable table = play(Schedule::kZbV, stages, 3, m);
    for (const RankParts& rank : table.ranks) {
      EXPECT_NEAR(
          (rank.forward + rank.backward + rank.weight_gradient + rank.idle) / table.makespan, 1,
          1e-12);
    }
    const Seconds work =
        table.ranks[1].forward + table.ranks[1].backward + table.ranks[1].weight_gradient;
    EXPECT_NEAR(work / (static_cast<double>(m) * 306 * second), 1, 1e-12);
  }
}

// What a picture or a trace shows is the schedule that is timed.
TEST(PlayedTasks, EndWhenTheTimetableSays) {
  for (const Schedule schedule : kAll) {
    const ScheduleRules& rules = rules_of(schedule);
    const int stages = rules.v_shaped ? 8 : (schedule == Schedule::kInterleaved ? 8 : 4);
    std::vector<StagePass> passes;
    for (int i = 0; i < stages; ++i) passes.push_back(stage(1 + 0.1 * i, 1.1, 0.9 - 0.05 * i, 0.8));
    const Timetable table = play(schedule, passes, 4, 8);
    const auto tasks = played_tasks(schedule, passes, 4, 8);
    Seconds last;
    for (std::size_t rank = 0; rank < tasks.size(); ++rank) {
      Seconds now, busy;
      for (const PlayedTask& each : tasks[rank]) {
        EXPECT_GE(each.start, now) << rules.name << ": tasks of a rank lie over each other";
        now = each.end;
        busy += each.end - each.start;
      }
      last = max(last, now);
      EXPECT_NEAR((table.makespan - table.ranks[rank].idle) / busy, 1, 1e-12) << rules.name;
    }
    EXPECT_NEAR(last / table.makespan, 1, 1e-12) << rules.name;
  }
}

}  // namespace
}  // namespace traincost
