// What a run's calendar holds beside its steps: a growing batch, pauses, queues, spares.
#include <gtest/gtest.h>

#include <cmath>

#include "base/units.h"
#include "estimator/job/batch_ramp.h"
#include "estimator/questions/estimate.h"
#include "estimator/questions/sample.h"
#include "tests/support.h"

namespace traincost {
namespace {

using namespace unit;

constexpr Tokens billion = 1e9 * token;

std::string job_with(const std::string& run, const std::string& members = "") {
  return R"({"model": "llama-3.1-8b", "cluster": {"accelerator": "h100-sxm", "count": 64},
      "layout": {"dp": 64, "zero": 1}, "pricing": {"price": "$2/GPU-h"},
      "run": {"tokens": "1T tokens", "micro_batch": 1, "precision": "bf16", )" +
         run + "}" + (members.empty() ? R"(, "reliability": "none")" : ", " + members) + "}";
}

Estimate answer_to(const std::string& text) { return estimate(test::job_from(text)); }

TEST(BatchRamp, IsReadOrSaysWhatIsWrong) {
  const ParsedRamp ramp = parse_ramp("0:768 250B:1536", 366 * billion);
  ASSERT_EQ(ramp.stages.size(), 2U);
  EXPECT_EQ(ramp.stages[1].from, 250 * billion);
  EXPECT_EQ(ramp.stages[1].sequences, 1536);
  const std::pair<const char*, const char*> wrong[] = {
      {"", "the ramp is empty"},
      {"768", "\"768\" has no colon"},
      {"1B:768", "the first stage begins after 0"},
      {"0:768 0:1536", "\"0:1536\" begins before the stage in front of it ends"},
      {"0:768 400B:1536", "\"400B:1536\" begins when the phase's tokens are over"},
      {"0:7.5", "\"7.5\" is no number of sequences"},
      {"zero:768", "\"zero\" is no number of tokens"}};
  for (const auto& [text, says] : wrong) {
    EXPECT_EQ(parse_ramp(text, 366 * billion).problem, says) << text;
  }
}

TEST(BatchRamp, IsAPhaseForEachBatch) {
  const Estimate ramp = answer_to(job_with(R"("batch_ramp": "0:256 250B:1024")"));
  ASSERT_EQ(ramp.phases.size(), 2U);
  const Estimate small = answer_to(job_with(R"("global_batch": 256)"));
  const Estimate large = answer_to(job_with(R"("global_batch": 1024)"));
  EXPECT_NEAR(ramp.wall / (0.25 * small.wall + 0.75 * large.wall), 1, 1e-9);
  EXPECT_EQ(ramp.phases[1].name, "pre-training, batch 1024");
  EXPECT_GT(ramp.wall, large.wall) << "small batches take longer";
}

// 40 evaluations of ten minutes and an hour to start: 7 h 40 min on every accelerator.
TEST(Pauses, StandBesideTheSteps) {
  const std::string run = R"("global_batch": 1024, "evaluation_every": "25B tokens",
      "evaluation_time": "10 min")";
  const Estimate bare = answer_to(job_with(R"("global_batch": 1024)"));
  const Estimate paused =
      answer_to(job_with(run, R"("reliability": {"failures_per_node_day": 0, "startup": "1 h"})"));
  EXPECT_NEAR((paused.wall - bare.wall).in(minute), 40 * 10 + 60, 1e-6);
  EXPECT_NEAR((paused.billed - bare.billed).in(accelerator_hour), 64 * 460 / 60.0, 1e-6);
  EXPECT_NEAR(paused.goodput.paused, 460 * 60 / paused.wall.in(second), 1e-12);
  EXPECT_NEAR(paused.goodput.share + paused.goodput.paused, 1, 1e-12);
}

TEST(Pauses, AQueueIsWaitedForAtEveryFailure) {
  const auto run = [](const char* queue) {
    return answer_to(job_with(R"("global_batch": 1024)",
                              R"("reliability": {"failures_per_node_day": 0.1, "restart": "10 min",
                                  "checkpoint_write": "0 s", "checkpoint_interval": "1 min")" +
                                  std::string(queue) + "}"))
        .goodput.share;
  };
  const double mean = 86400 / 0.8;  // seconds, of eight nodes
  EXPECT_NEAR(run("") / run(R"(, "queue": "50 min")"), std::exp(3000 / mean), 1e-9);
}

// A run is lost whole at most: an interval longer than it is as long as it.
TEST(Pauses, AnIntervalBeyondTheRunIsTheRun) {
  const auto run = [](const char* interval) {
    return answer_to(job_with(R"("global_batch": 1024)",
                              R"("reliability": {"failures_per_node_day": 0.001,
                                  "checkpoint_write": "0 s", "restart": "0 s",
                                  "checkpoint_interval": ")" +
                                  std::string(interval) + "\"}"));
  };
  const Estimate never = run("365 d");
  const double mean = 86400 / 0.008, work = never.phases.front().wall.in(second);
  EXPECT_NEAR(never.goodput.share, work / mean / std::expm1(work / mean), 1e-9);
  EXPECT_EQ(never.wall, run("300 d").wall);
}

TEST(Spares, ArePaidForAndDoNothing) {
  const std::string spares = R"("reliability": {"failures_per_node_day": 0, "spares": 16})";
  const Estimate bare = answer_to(job_with(R"("global_batch": 1024)"));
  const Estimate held = answer_to(job_with(R"("global_batch": 1024)", spares));
  EXPECT_EQ(held.wall, bare.wall);
  EXPECT_NEAR(held.billed / bare.billed, 1.25, 1e-12);
  EXPECT_NEAR(*held.cost / *bare.cost, 1.25, 1e-12);
  EXPECT_NEAR(held.energy / bare.energy, 1.25, 1e-12);
}

// At the medians of all that is not known, a sample is the estimate.
TEST(Sample, HoldsPausesAndSpares) {
  const std::string text = R"({"model": "llama-3.1-8b",
      "cluster": {"accelerator": "h100-sxm", "count": 64},
      "run": {"tokens": "1T tokens", "throughput": "9000 tokens/s/GPU",
              "evaluation_every": "25B tokens", "evaluation_time": "10 min"},
      "reliability": {"record": "llama-3", "startup": "1 h", "spares": 8},
      "pricing": {"price": {"low": "$1/GPU-h", "high": "$3/GPU-h"}}})";
  const JobSpec spec = test::spec_from(text);
  const Job job = test::job_from(text);
  const Estimate answer = estimate(job);
  const Sampled sampled = sample(spec, test::database(), job, answer, {.samples = 256});
  const auto hours = static_cast<std::size_t>(SampledFigure::kHours);
  EXPECT_NEAR(sampled.figures[hours].at[1] / answer.billed.in(second * accelerator), 1, 1e-12);
  EXPECT_NEAR(
      answer.goodput.share + answer.goodput.writing + answer.goodput.lost + answer.goodput.paused,
      1, 1e-12);
}

}  // namespace
}  // namespace traincost
