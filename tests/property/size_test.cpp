// Which cluster: limits are kept, and tighter ones never lead to less.
#include "estimator/questions/size.h"

#include <gtest/gtest.h>

#include "base/units.h"
#include "tests/support.h"

namespace traincost {
namespace {

using namespace unit;

constexpr const char* kJob = R"({
  "model": "llama-3.1-8b", "cluster": {"accelerator": "h100-sxm", "count": 8},
  "run": {"sequence_length": 4096, "global_batch": 512, "tokens": "1T tokens"}})";

SizeAnswer sized(const SizeLimits& limits, SizeObjective objective = SizeObjective::kSmallest,
                 const std::vector<std::string>& chips = {"h100-sxm"}) {
  return size_cluster(test::spec_from(kJob), test::database(), chips, limits, objective);
}

TEST(Size, AStricterDeadlineNeverTakesFewerAccelerators) {
  int before = 0;
  SizeLimits limits;
  limits.most = 1024;
  for (const double days : {400.0, 100.0, 60.0, 30.0, 15.0, 10.0, 7.0}) {
    limits.deadline = days * day;
    const SizeAnswer answer = sized(limits);
    ASSERT_TRUE(answer.best.has_value()) << days;
    EXPECT_LE(answer.best->totals.wall, days * day);
    EXPECT_GE(answer.best->count, before);
    before = answer.best->count;
  }
  EXPECT_GT(before, 100);
}

TEST(Size, TheSmallestIsFoundToTheNode) {
  SizeLimits limits;
  limits.most = 1024;
  limits.deadline = 21 * day;
  const SizeAnswer answer = sized(limits);
  ASSERT_TRUE(answer.best && answer.next_smaller);
  EXPECT_EQ(answer.next_smaller->fault, SizeFault::kDeadline);
  EXPECT_EQ(answer.best->count - answer.next_smaller->count, 8);
  for (std::size_t i = 1; i < answer.curve.size(); ++i) {
    EXPECT_GT(answer.curve[i].count, answer.curve[i - 1].count);
  }
}

TEST(Size, TheCheapestIsNoDearerThanTheSmallest) {
  SizeLimits limits;
  limits.most = 1024;
  for (const double days : {60.0, 30.0, 21.0, 14.0, 9.0}) {
    limits.deadline = days * day;
    const SizeAnswer smallest = sized(limits);
    const SizeAnswer cheapest = sized(limits, SizeObjective::kCheapest);
    ASSERT_TRUE(smallest.best && cheapest.best) << days;
    EXPECT_LE(*cheapest.best->totals.cost, *smallest.best->totals.cost) << days;
  }
}

TEST(Size, IsFoundBetweenADeadlineAndABudget) {
  SizeLimits limits;
  limits.most = 1024;
  limits.deadline = 21 * day;
  const SizeAnswer smallest = sized(limits);
  ASSERT_TRUE(smallest.best);
  // No count of the ladder below is fast enough; every one above costs more.
  limits.budget = 1.0001 * *smallest.best->totals.cost;
  const SizeAnswer both = sized(limits);
  ASSERT_TRUE(both.best);
  EXPECT_EQ(both.best->count, smallest.best->count);
}

TEST(Size, EveryLimitThatIsBrokenIsNamed) {
  SizeLimits limits;
  limits.most = 64;
  limits.deadline = 1 * day;
  limits.budget = 1000 * usd;
  limits.power = 1 * watt;
  const SizeAnswer answer = sized(limits);
  EXPECT_EQ(answer.curve.back().faults,
            (std::vector<SizeFault>{SizeFault::kDeadline, SizeFault::kBudget, SizeFault::kPower}));
}

TEST(Size, ConfidenceAsksForMore) {
  SizeLimits limits;
  limits.most = 1024;
  limits.deadline = 20 * day;
  // What just meets a deadline misses it when the engine errs by a little.
  limits.deadline = 1.01 * sized(limits).best->totals.wall;
  const int plain = sized(limits).best->count;
  limits.confident = true;
  const SizeAnswer sure = sized(limits);
  EXPECT_GT(sure.best->count, plain);
  EXPECT_LE(sure.best->doubt.p95 * sure.best->totals.wall, limits.deadline);
}

TEST(Size, AnExportRuleKeepsAcceleratorsOutAndSaysWhich) {
  SizeLimits limits;
  limits.most = 1024;
  limits.deadline = 100 * day;
  limits.exportable_as_of = "2025-01-01";
  const SizeAnswer answer = sized(limits, SizeObjective::kSmallest, {"h100-sxm", "h20-96"});
  ASSERT_TRUE(answer.best.has_value());
  EXPECT_EQ(answer.best->accelerator, "h20-96");
  ASSERT_EQ(answer.kept_out.size(), 1U);
  EXPECT_EQ(answer.kept_out[0].accelerator, "h100-sxm");
  EXPECT_EQ(answer.kept_out[0].why, "licence; 3A090.a: TPP 15831, at least 4800");
  EXPECT_EQ(answer.tokens, 1 * trillion_tokens);
  limits.exportable_as_of = "2025-06-01";
  EXPECT_EQ(sized(limits, SizeObjective::kSmallest, {"h100-sxm", "h20-96"}).kept_out.size(), 2U);
}

TEST(Size, EveryLimitIsKeptAndNamed) {
  const auto fault_of_all = [](const SizeLimits& limits) {
    const SizeAnswer answer = sized(limits);
    EXPECT_FALSE(answer.best.has_value());
    return answer.curve.back().fault;
  };
  SizeLimits limits;
  limits.most = 64;
  limits.deadline = 1 * day;
  EXPECT_EQ(fault_of_all(limits), SizeFault::kDeadline);
  limits.deadline.reset();
  limits.budget = 1000 * usd;
  EXPECT_EQ(fault_of_all(limits), SizeFault::kBudget);
  limits.budget.reset();
  limits.power = 1 * kW;
  EXPECT_EQ(fault_of_all(limits), SizeFault::kPower);
  limits.power.reset();
  limits.memory = 1 * GB;
  EXPECT_EQ(fault_of_all(limits), SizeFault::kMemory);
  limits.memory.reset();
  limits.least_mfu = 0.99;
  EXPECT_EQ(fault_of_all(limits), SizeFault::kMfu);
  limits.least_mfu = 0;
  JobSpec spec = test::spec_from(kJob);
  spec.search.emplace().micro_batch = {3};  // which does not divide the batch
  const SizeAnswer answer =
      size_cluster(spec, test::database(), {}, {.most = 64}, SizeObjective::kSmallest);
  EXPECT_EQ(answer.curve.back().fault, SizeFault::kNoLayout);
}

TEST(Size, ASmallerBatchLimitsTheLargestCluster) {
  SizeLimits limits;
  limits.most = 4096;
  limits.batch = 64 * 4096 * token;
  const SizeAnswer answer = sized(limits, SizeObjective::kFastest);
  ASSERT_TRUE(answer.best.has_value());
  EXPECT_LE(answer.best->layout->setup.batch.global_batch, 64);
  const SizeAnswer free = sized({.most = 4096}, SizeObjective::kFastest);
  EXPECT_GT(answer.best->totals.wall, free.best->totals.wall);
}

TEST(Size, CountsEveryPhase) {
  const std::string run = R"("run": {"sequence_length": 4096, "global_batch": 512})";
  const auto days = [&](const std::string& phases) {
    const std::string text = R"({"model": "llama-3.1-8b", "cluster": {"accelerator": "h100-sxm",
        "count": 8}, )" + run +
                             R"(, "phases": [)" + phases + "]}";
    SizeLimits limits;
    limits.counts = {64};
    return size_cluster(test::spec_from(text), test::database(), {}, limits,
                        SizeObjective::kFastest)
        .best->totals.wall.in(day);
  };
  const double first = days(R"({"name": "a", "tokens": "1T tokens"})");
  const double second = days(R"({"name": "b", "tokens": "0.5T tokens",
      "run": {"sequence_length": 8192, "global_batch": 256}})");
  const double both = days(R"({"name": "a", "tokens": "1T tokens"},
      {"name": "b", "tokens": "0.5T tokens", "run": {"sequence_length": 8192, "global_batch": 256}},
      {"name": "c", "accelerator_hours": 64})");
  EXPECT_NEAR(both, first + second + 1.0 / 24, 1e-9);
}

TEST(Size, ABatchBelowOneSequenceIsANo) {
  SizeLimits limits;
  limits.most = 64;
  limits.batch = 4095 * token;
  const SizeAnswer answer = sized(limits);
  EXPECT_FALSE(answer.best.has_value());
  EXPECT_EQ(answer.curve.front().fault, SizeFault::kBatch);
}

TEST(Size, TheJobsOwnChipKeepsItsSystem) {
  JobSpec spec = test::spec_from(kJob);
  spec.cluster->nic_gbps_per_accelerator = 10;
  SizeLimits limits;
  limits.counts = {64};
  const auto wall = [&](const std::vector<std::string>& chips) {
    return size_cluster(spec, test::database(), chips, limits, SizeObjective::kFastest)
        .best->totals.wall;
  };
  EXPECT_EQ(wall({"h100-sxm", "h100-sxm"}), wall({}));
  EXPECT_GT(wall({}), sized(limits).best->totals.wall);
}

TEST(Size, SlicesStayAsLargeAsTheJobsOwnAndAreOfItsChip) {
  JobSpec spec = test::spec_from(kJob);
  spec.cluster = ClusterSpec{.accelerator = "tpu-v5p", .count = 64, .slices = 2};
  SizeLimits limits;
  limits.counts = {24, 48, 96};
  const auto domains = [&](const std::vector<std::string>& chips) {
    std::vector<int> all;
    const SizeAnswer answer =
        size_cluster(spec, test::database(), chips, limits, SizeObjective::kFastest);
    for (const SizedCluster& each : answer.curve) {
      if (!each.layout) continue;
      const Machine& machine = each.layout->setup.machine;
      all.push_back((machine.count + machine.scale_up_domain - 1) / machine.scale_up_domain);
    }
    return all;
  };
  const std::vector<int> kept = {1, 2, 3};
  EXPECT_EQ(domains({}), kept);
  const std::vector<int> nodes = {3, 6, 12};
  EXPECT_EQ(domains({"a100-sxm-80"}), nodes) << "slices are of the chip that the job names";
}

TEST(Size, TheCheapestOfTwoChipsIsTheCheaperOfEach) {
  SizeLimits limits;
  limits.most = 256;
  const auto cost = [&](const std::vector<std::string>& chips) {
    return *sized(limits, SizeObjective::kCheapest, chips).best->totals.cost;
  };
  EXPECT_EQ(cost({"a100-sxm-80", "h100-sxm"}), min(cost({"a100-sxm-80"}), cost({"h100-sxm"})));
}

// The cluster's time is that of estimate with its layout.
TEST(Size, AgreesWithEstimate) {
  SizeLimits limits;
  limits.counts = {64};
  const SizeAnswer answer = sized(limits);
  ASSERT_TRUE(answer.best.has_value());
  Job job = test::job_from(kJob);
  job.phases.front().count = 64;
  job.phases.front().setup = answer.best->layout->setup;
  const Estimate expected = estimate(job);
  EXPECT_NEAR(answer.best->totals.wall / expected.wall, 1, 1e-12);
  EXPECT_NEAR(*answer.best->totals.cost / *expected.cost, 1, 1e-12);
  EXPECT_NEAR(answer.best->layout->mfu / expected.phases.front().mfu, 1, 1e-12);
}

// At a fixed batch for each accelerator, more of them never train slower.
TEST(Size, MoreAcceleratorsAreNeverSlowerAtTheSameBatchEach) {
  double before = 0;
  for (const int count : {8, 16, 32, 64, 128, 256}) {
    JobSpec spec = test::spec_from(kJob);
    spec.run->global_batch = 4 * count;
    SizeLimits limits;
    limits.counts = {count};
    const SizeAnswer answer =
        size_cluster(spec, test::database(), {}, limits, SizeObjective::kFastest);
    ASSERT_TRUE(answer.best.has_value()) << count;
    const double sequences = 4.0 * count / answer.best->layout->step.in(second);
    EXPECT_GT(sequences, before);
    before = sequences;
  }
}

TEST(Size, ComputeOptimalModelsTakeAboutTwentyTokensAParameter) {
  // Chinchilla's budget, 5.76e23 FLOP: 70B parameters on 1.4T tokens.
  const OptimalModel best = compute_optimal(5.76e23);
  EXPECT_NEAR(best.parameters * best.tokens * 6, 5.76e23, 1e15);
  EXPECT_GT(best.parameters, 55e9);
  EXPECT_LT(best.parameters, 85e9);
  EXPECT_NEAR(best.tokens / best.parameters, 20, 6);
}

// The cost of an evaluation is that of the run, and orders layouts as their time does.
TEST(SearchCost, IsTheRunsAndOrdersAsTimeDoes) {
  const Job job = test::job_from(kJob);
  const Phase& phase = job.phases.front();
  SearchOptions options;
  options.front = false;
  const double rate = phase_totals(job, phase, 1 * second, average_draw(job)).cost->in(usd) *
                      static_cast<double>(phase.setup->batch.global_batch);
  const SearchResult by_time = search_layouts(*phase.setup, job.space, options, rate);
  options.objective = Objective::kCost;
  const SearchResult by_cost = search_layouts(*phase.setup, job.space, options, rate);
  ASSERT_FALSE(by_time.top.empty());
  ASSERT_EQ(by_cost.top.size(), by_time.top.size());
  for (std::size_t i = 0; i < by_time.top.size(); ++i) {
    const FoundLayout& each = by_time.top[i];
    EXPECT_NEAR(each.cost / phase_totals(job, phase, each.step, average_draw(job)).cost->in(usd), 1,
                1e-12);
    EXPECT_EQ(by_cost.top[i].cost, each.cost);
  }
}

// What a search finds obeys physics too: a faster link, or more memory, never gives a slower best.
TEST(SearchPhysics, BetterMachinesNeverHaveSlowerBestLayouts) {
  const Job job = test::job_from(kJob);
  StepSetup phase = *job.phases.front().setup;
  SearchOptions options;
  options.top = 1;
  options.front = false;
  const auto best = [&](auto change) {
    StepSetup better = phase;
    change(better.machine);
    return search_layouts(better, job.space, options).top.front().step;
  };
  const Seconds before = best([](Machine&) {});
  EXPECT_LE(best([](Machine& m) { m.scale_out = 2 * m.scale_out; }), before);
  EXPECT_LE(best([](Machine& m) { m.scale_up = 2 * m.scale_up; }), before);
  EXPECT_LE(best([](Machine& m) { m.memory_capacity = 2 * m.memory_capacity; }), before);
  EXPECT_LE(best([](Machine& m) { m.memory_stream = 2 * m.memory_stream; }), before);
  EXPECT_LE(best([](Machine& m) { m.host = 2 * m.host; }), before);
}

}  // namespace
}  // namespace traincost
