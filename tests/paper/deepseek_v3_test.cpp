// DeepSeek-V3 against its own report, arXiv:2412.19437: FLOPs per token, books, speed, memory.
#include <gtest/gtest.h>

#include "base/units.h"
#include "estimator/model/flops.h"
#include "estimator/model/parameters.h"
#include "tests/support.h"

namespace traincost {
namespace {

using namespace unit;

double gflop(FlopsPerToken flops) { return flops.in(GFLOP / token); }

TEST(DeepSeekV3, FlopsPerTokenAt4096UnderEachConvention) {
  const Architecture model = find_model("deepseek-v3")->model;
  EXPECT_NEAR(gflop(model_flops_per_token(model, 4096)), 250.45, 0.005);
  EXPECT_NEAR(gflop(model_flops_per_token(model, 4096, {AttentionCount::kCausal, true})), 260.64,
              0.005);
  EXPECT_NEAR(gflop(model_flops_per_token(model, 4096, {AttentionCount::kFull, false})), 281.15,
              0.005);
}

TEST(DeepSeekV3, TheBooksCloseToTheDigit) {
  const Estimate result = estimate(test::example("deepseek-v3-measured.job.json"));
  EXPECT_DOUBLE_EQ(result.phases[0].time.in(accelerator_hour), 2664000);
  EXPECT_DOUBLE_EQ(result.billed.in(accelerator_hour), 2788000);
  EXPECT_NEAR(result.cost->in(usd), 5576000, 0.01);
  EXPECT_NEAR(result.wall.in(day), 56.7, 0.05);
  // 180K GPU-hours per trillion tokens are 1,543 tokens/s a GPU; the report's MFU is 38.9 to 39.
  EXPECT_NEAR(result.phases[0].throughput.in(token / (second * accelerator)), 1543.2, 0.05);
  EXPECT_NEAR(result.phases[0].mfu, 0.3907, 0.0005);
}

TEST(DeepSeekV3, PreTrainingIsPredictedWithinAQuarter) {
  const Estimate result = estimate(test::example("deepseek-v3.job.json"));
  const double per_trillion =
      result.phases[0].time.in(accelerator_hour) / result.phases[0].tokens.in(trillion_tokens);
  EXPECT_NEAR(per_trillion / 180e3, 1, 0.25);
  const double extension = (result.phases[1].time + result.phases[2].time).in(accelerator_hour);
  EXPECT_GE(extension, 60e3);
  EXPECT_LE(extension, 150e3);
  EXPECT_DOUBLE_EQ(result.phases[3].time.in(accelerator_hour), 5000);
}

TEST(DeepSeekV3, FitsWithItsRecomputationAndCacheAndNotWithout) {
  Job job = test::example("deepseek-v3.job.json");
  EXPECT_TRUE(estimate(job).fits());
  for (Phase& phase : job.phases) {
    if (!phase.setup) continue;
    phase.setup->batch.recompute = Recompute::kNone;
    phase.setup->batch.fp8_activation_cache = false;
  }
  EXPECT_FALSE(estimate(job).fits());
}

}  // namespace
}  // namespace traincost
