// Reinforcement learning: what generation takes, and an iteration around it.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "base/units.h"
#include "estimator/model/parameters.h"
#include "estimator/questions/advice.h"
#include "estimator/questions/estimate.h"
#include "estimator/questions/explain.h"
#include "estimator/questions/totals.h"
#include "tests/support.h"

namespace traincost {
namespace {

using namespace unit;

std::string rl_job(const std::string& rl, const std::string& members = "",
                   const std::string& phase = "") {
  return R"({"model": "llama-3.1-8b", "cluster": {"accelerator": "h100-sxm", "count": 64},
      "pricing": {"price": "$2/GPU-h"}, "reliability": "none",
      "run": {"precision": "bf16", "sequence_length": 8192, "global_batch": 512}, )" +
         members + R"("phases": [{"name": "RL", "steps": 100, )" + phase +
         R"("layout": {"zero": 3}, "rl": {"rollouts": 1024, "prompt_length": 200,
          "response_length": 800)" +
         rl + "}}]}";
}

Job job_of(const std::string& rl, const std::string& members = "", const std::string& phase = "") {
  return test::job_from(rl_job(rl, members, phase));
}

GenerationTime generation_of(const Job& job) {
  return iteration_of(job.phases.front(), 1 * second).generation;
}

TEST(ResponseLengths, HaveTheStatedMeanOnceTheyAreCut) {
  for (const double mean : {10.0, 500.0, 900.0, 999.0}) {
    const double rate = ending_rate(mean, 1000);
    EXPECT_NEAR((1 - std::exp(-1000 * rate)) / rate, mean, 1e-6 * mean) << mean;
  }
  EXPECT_EQ(ending_rate(1000, 1000), 0) << "all are as long as the longest";
  EXPECT_EQ(ending_rate(500, 0), 1.0 / 500) << "cut nowhere";
}

// One response of 100 tokens on one H100: each token reads all weights once, 16.06 GB over 3.35
// TB/s and no more than a third over that.
TEST(Generation, OfOneResponseReadsTheWeightsForEachToken) {
  Job job = job_of(R"(, "generation": {"tp": 1, "overhead": "0 s"})");
  const Phase& phase = job.phases.front();
  const Responses one{1, 1, 1, 100, 100};
  const GenerationTime time = generation_time(job.model, phase.rl->generator, 1, one);
  const double bytes = 2.0 * static_cast<double>(count_parameters(job.model).total);
  const double least = 100 * bytes / 3.35e12;
  EXPECT_GT(time.decode.in(second), least);
  EXPECT_LT(time.decode.in(second), 1.34 * least);
  EXPECT_NEAR(time.weights.in(B), bytes, 1);
  // 32 layers x 8 heads x 128 x 2 x 2 bytes for each of 101 tokens.
  EXPECT_NEAR(time.cache.in(B), 101 * 32 * 8 * 128 * 2 * 2.0, 1);
}

TEST(Generation, OfMoreResponsesIsSlowerButNeverByAsMuch) {
  const Job job = job_of("");
  Responses responses = job.phases.front().rl->responses;
  const Generator& generator = job.phases.front().rl->generator;
  Seconds before = generation_time(job.model, generator, 64, responses).total();
  for (int i = 0; i < 4; ++i) {
    responses.count *= 2;
    const Seconds now = generation_time(job.model, generator, 64, responses).total();
    EXPECT_GT(now, before);
    EXPECT_LT(now, 2 * before);
    before = now;
  }
  EXPECT_LT(generation_time(job.model, generator, 128, responses).total(), before);
}

// Of DeepSeek-V3's 256 experts a layer one token meets 8: a step of one response reads a fraction
// of what 64 responses read, and those less than 64 times as much.
TEST(Generation, MeetsTheExpertsThatItsResponsesAreSentTo) {
  const Job job = test::job_from(R"({"model": "deepseek-v3", "reliability": "none",
      "cluster": {"accelerator": "h200-sxm", "count": 64}, "run": {"precision": "fp8"},
      "phases": [{"steps": 1, "rl": {"rollouts": 64, "prompt_length": 100, "response_length": 100,
        "max_response_length": 100,
        "generation": {"tp": 16, "precision": "fp8", "overhead": "0 s"}}}]})");
  const Generator& generator = job.phases.front().rl->generator;
  const auto decode = [&](double count) {
    return generation_time(job.model, generator, 16, {count, 1, 1, 100, 100}).decode;
  };
  EXPECT_GT(decode(64), 2 * decode(1));
  EXPECT_LT(decode(64), 16 * decode(1));
}

// Latents are kept by every rank of a tensor-parallel group; attention that is data parallel keeps
// each once.
TEST(Generation, OfDataParallelAttentionHoldsMoreResponses) {
  const auto at_once = [](const char* ranks) {
    return generation_of(test::job_from(
                             R"({"model": "deepseek-v3", "reliability": "none",
      "cluster": {"accelerator": "h200-sxm", "count": 64}, "run": {"precision": "fp8"},
      "phases": [{"steps": 1, "rl": {"rollouts": 65536, "prompt_length": 1000,
        "response_length": 9000, "generation": {"precision": "fp8", )" +
                             std::string(ranks) + "}}}]}"))
        .at_once;
  };
  EXPECT_GT(at_once(R"("tp": 1, "ep": 32)"), 10 * at_once(R"("tp": 32)"));
}

TEST(Iteration, IsTheSumOfWhatItDoes) {
  const Job job =
      job_of(R"(, "reward_time": "5 s", "epochs": 2)", "", R"("run": {"global_batch": 256}, )");
  const Phase& phase = job.phases.front();
  EXPECT_EQ(phase.setup->batch.sequence_length, 1000) << "not that of the job: prompt and response";
  const IterationTime time = iteration_of(phase, 1 * second);
  EXPECT_EQ(time.training, 8 * second) << "two epochs of four batches";
  EXPECT_NEAR(time.scoring.in(second), 2 * 4 / 3.0, 1e-12) << "policy and reference, a third each";
  EXPECT_EQ(time.reward, 5 * second);
  EXPECT_EQ(time.total(),
            time.generation.total() + time.reward + time.scoring + time.training + time.moving);
  EXPECT_NEAR(step_in_phase(phase, 1 * second).time(1) / (time.total() / 4), 1, 1e-12);
  const Job bare = job_of(R"(, "reference_model": false, "old_log_probabilities": false)");
  EXPECT_EQ(iteration_of(bare.phases.front(), 1 * second).scoring, Seconds{});
}

// Weights travel whole: 1.34 TB over cards of 50 GB/s, of which collectives get 49.
TEST(Iteration, MovesAllWeightsToWhoeverGenerates) {
  const Job job = test::job_from(R"({"model": "deepseek-v3", "reliability": "none",
      "cluster": {"accelerator": "h100-sxm", "count": 256}, "run": {"precision": "bf16"},
      "phases": [{"steps": 1, "rl": {"rollouts": 512, "prompt_length": 100,
        "response_length": 700, "generation": {"tp": 32, "cluster": {"count": 256}}}}]})");
  EXPECT_NEAR(iteration_of(job.phases.front(), 1 * second).moving.in(second), 1342 / 49.0, 0.5);
}

// Preference tuning: a third of a step for the reference's pass, and its own step; nothing else.
TEST(Iteration, OfResponsesThatAreThereIsTrainingAndTheReference) {
  const Job job = job_of(R"(, "offline": true)");
  const IterationTime time = iteration_of(job.phases.front(), 3 * second);
  EXPECT_NEAR(time.total().in(second), 4, 1e-12);
  EXPECT_EQ(time.generation.total() + time.moving, Seconds{});
  const PhaseEstimate phase = estimate(job).phases.front();
  EXPECT_NE(phase.evidence.regimes.front(), Regime::kReinforcement) << "its steps are steps";
}

TEST(Iteration, GeneratesBesideTrainingWhereOthersDoAndItMay) {
  const char* apart = R"(, "generation": {"cluster": {"count": 32}})";
  const Job waits = job_of(apart);
  const Job beside = job_of(std::string(apart) + R"(, "asynchronous": true)");
  for (const double step : {0.1, 1000.0}) {
    const IterationTime one = iteration_of(waits.phases.front(), step * second);
    const IterationTime two = iteration_of(beside.phases.front(), step * second);
    const Seconds generates = one.generation.total(), learns = one.scoring + one.training;
    EXPECT_NEAR(two.total() / (max(generates, learns) + one.moving), 1, 1e-12);
    EXPECT_NEAR(one.total() / (generates + learns + one.moving), 1, 1e-12);
  }
}

// 64 H100 at $2 train while 32 H200 at $3 generate: an hour of both is $224.
TEST(Generators, ArePaidForAtTheirOwnPrice) {
  const Job job = job_of(R"(, "generation": {"cluster": {"accelerator": "h200-sxm", "count": 32},
      "pricing": {"price": "$3/GPU-h"}})");
  const Estimate answer = estimate(job);
  const double hours = answer.wall.in(hour);
  EXPECT_NEAR(answer.billed.in(accelerator_hour), 96 * hours, 1e-9 * hours);
  EXPECT_NEAR(answer.cost->in(usd), (64 * 2 + 32 * 3) * hours, 1e-6);
  EXPECT_NEAR(answer.wall / (100 * answer.phases.front().step_time), 1, 1e-9);
  const Phase& phase = job.phases.front();
  const Seconds step = answer.phases.front().step_time * (512.0 / 1024);
  EXPECT_EQ(phase.setup->batch.global_batch, 1024) << "all of an iteration, not the job's 512";
  const PhaseTotals totals = phase_totals(job, phase, 2 * step, answer.phases.front().draw);
  EXPECT_NEAR(*totals.cost / *answer.cost, 1, 1e-12);
  EXPECT_NEAR(totals.wall / answer.wall, 1, 1e-12);
  EXPECT_NEAR(totals.energy / answer.energy, 1, 1e-12);
}

TEST(Iteration, ScalesWithItsNumber) {
  const Estimate hundred = estimate(job_of(""));
  std::string twice = rl_job("");
  twice.replace(twice.find("100,"), 3, "200");
  EXPECT_NEAR(estimate(test::job_from(twice)).wall / hundred.wall, 2, 1e-12);
  EXPECT_NEAR(hundred.phases.front().tokens.in(token), 100.0 * 1024 * 1000, 1);
}

TEST(Generation, ThatDoesNotFitIsAnAnswer) {
  const Estimate large = estimate(test::job_from(
      R"({"model": "deepseek-v3", "cluster": {"accelerator": "h800-sxm", "count": 512},
          "phases": [{"steps": 1, "rl": {"rollouts": 512, "prompt_length": 100,
            "response_length": 700, "generation": {"tp": 8}}}]})"));
  EXPECT_TRUE(large.trains());
  EXPECT_FALSE(large.fits()) << "168 GB of weights on each of 8 ranks";
  const auto on = [](const char* count) {
    return job_of(R"(, "generation": {"tp": 16, "cluster": {"count": )" + std::string(count) +
                  "}}");
  };
  EXPECT_FALSE(estimate(on("8")).fits()) << "no replica of 16";
  EXPECT_EQ(generation_of(on("24")).replicas, 1) << "eight idle";
}

// Of 64 that train and 64 spot ones that generate the second are lost once a node-day.
TEST(Generators, FailAtTheirOwnRate) {
  const char* spot = R"(, "generation": {"cluster": {"count": 64}, "pricing": {"price": "$1/GPU-h",
      "tier": "spot", "interruptions_per_node_day": 1}})";
  const Job job = job_of(spot);
  const Phase& phase = job.phases.front();
  EXPECT_NEAR(failure_rate(phase, failure_rates(job)), 0.5, 1e-12);
  EXPECT_LT(estimate(job).goodput.share, 0.999);
  EXPECT_EQ(estimate(job_of(R"(, "generation": {"cluster": {"count": 64}})")).goodput.share, 1);
}

// Exponential lengths: who is still at it is as old as all are long; equal ones are half made.
TEST(ResponseLengths, AreOlderWhileTheyAreMadeThanHalf) {
  EXPECT_NEAR(mean_age({1, 1, 1, 500, 0}), 500, 1e-9);
  EXPECT_NEAR(mean_age({1, 1, 1, 500, 500}), 250, 1e-9);
  EXPECT_GT(mean_age({1, 1, 1, 500, 1000}), 250);
  EXPECT_LT(mean_age({1, 1, 1, 500, 1000}), 500);
}

// What is stated is no prediction: 100 s more are 100 s more.
TEST(Iteration, DoesNotDoubtWhatIsStated) {
  const Estimate bare = estimate(job_of(""));
  const Estimate waits = estimate(job_of(R"(, "reward_time": "100 s")"));
  EXPECT_NEAR((waits.phases[0].step_time - bare.phases[0].step_time).in(second), 100, 1e-9);
}

TEST(ReinforcementSpec, RefusesWhatCannotBe) {
  const std::pair<std::string, std::string> wrong[] = {
      {rl_job(R"(, "asynchronous": true)"),
       "/phases/0/rl/asynchronous: those that train cannot generate meanwhile"},
      {rl_job(R"(, "offline": true, "generation": {"tp": 2})"),
       "/phases/0/rl/generation: nothing is generated offline"},
      {rl_job(R"(, "max_response_length": 500)"),
       "/phases/0/rl/max_response_length: is less than the mean, response_length"},
      {rl_job(R"(, "samples_per_prompt": 2048)"),
       "/phases/0/rl/samples_per_prompt: is more than all rollouts"},
      {rl_job(R"(, "generation": {"tp": 3})"),
       "/phases/0/rl/generation/tp: does not divide the attention heads of llama-3.1-8b"},
      {rl_job(R"(, "generation": {"ep": 8})"),
       "/phases/0/rl/generation/ep: llama-3.1-8b has no experts"},
      {rl_job(R"(, "generation": {"cluster": {"accelerator": "h200-sxm"}})"),
       "/phases/0/rl/generation/cluster: missing member \"count\""},
      {rl_job(R"(, "generation": {"pricing": {"price": "$1/GPU-h"}})"),
       "/phases/0/rl/generation/pricing: is of those that generate alone"},
      {rl_job("", "", R"("run": {"global_batch": 2048}, )"),
       "/phases/0/run/global_batch: learns from more responses than an iteration has"},
      {rl_job("", "", R"("run": {"batch_ramp": "0:128 1B:256"}, )"),
       "/phases/0/run/batch_ramp: an iteration has the responses"},
      {rl_job("", "", R"("tokens": "1B tokens", )"),
       "/phases/0/steps: tokens say how many steps there are"},
      {rl_job("", "", R"("wall": "3 d", )"), "/phases/0/rl: the phase's time is stated"},
      {rl_job(R"(, "generation": {"precision": "mxfp8"})"),
       "/phases/0/rl/generation/precision: h100-sxm has no mxfp8 units"}};
  for (const auto& [text, says] : wrong) {
    const std::string fault = test::fault_of([job = text] { return test::job_from(job); });
    EXPECT_NE(fault.find(says), std::string::npos) << says << "\n" << fault;
  }
}

TEST(Advice, TurnsTheRanksThatGenerate) {
  const Job job = job_of(R"(, "generation": {"tp": 1})");
  const Estimate answer = estimate(job);
  const auto all = advise(job, job.phases.front(), *answer.phases.front().step, 25, true);
  const auto more = std::find_if(all.begin(), all.end(), [](const Advice& each) {
    return each.change == "phases.0.rl.generation.tp=2";
  });
  ASSERT_NE(more, all.end());
  const Estimate then = estimate(job_of(R"(, "generation": {"tp": 2})"));
  EXPECT_NEAR(more->saved.in(hour), (answer.wall - then.wall).in(hour), 1e-6);
}

TEST(Explanation, OfReinforcementMultipliesOut) {
  const std::string text = rl_job(R"(, "generation": {"cluster": {"count": 32}})");
  const JobSpec spec = test::spec_from(text);
  const Job job = test::job_from(text);
  const Estimate answer = estimate(job);
  const Explanation explained = explain(spec, job, answer);
  const auto value = [&](const char* path) { return find_figure(explained, path)->value; };
  EXPECT_NEAR(value("phases.0.steps") * value("phases.0.step_time_s") *
                  value("phases.0.accelerators") / 3600,
              value("phases.0.accelerator_hours"), 1e-6);
}

}  // namespace
}  // namespace traincost
