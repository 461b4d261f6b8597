// What fits: the value that is answered leaves the reserve, and the next one does not.
#include "estimator/questions/fit.h"

#include <gtest/gtest.h>

#include "base/units.h"
#include "estimator/model/named.h"
#include "estimator/model/parameters.h"
#include "estimator/model/scaled.h"
#include "tests/support.h"

namespace traincost {
namespace {

constexpr const char* kOpen = R"({
  "model": "llama-3.1-70b", "cluster": {"accelerator": "h100-sxm", "count": 64},
  "run": {"tokens": "1T tokens"}})";
constexpr const char* kStated = R"({
  "model": "llama-3.1-8b", "cluster": {"accelerator": "h100-sxm", "count": 32},
  "layout": {"tp": 4, "pp": 2},
  "run": {"tokens": "1T tokens", "global_batch": 960, "recompute": "none"}})";

FitAnswer fit_of(const char* job, Fit what) {
  return fit(test::spec_from(job), test::database(), what);
}

struct FitCase {
  const char* name;
  const char* job;
  Fit fit;
};
void PrintTo(const FitCase& each, std::ostream* out) { *out << each.name; }

class Fits : public ::testing::TestWithParam<FitCase> {};

TEST_P(Fits, TheAnswerAndNoMore) {
  const auto [name, job, what] = GetParam();
  const FitAnswer answer = fit_of(job, what);
  ASSERT_TRUE(answer.best && answer.beyond);
  EXPECT_TRUE(answer.best->fits());
  EXPECT_FALSE(answer.beyond->fits());
  EXPECT_LE(answer.best->step.memory.required, answer.best->room());
  const bool fewest = what == Fit::kCount;
  EXPECT_EQ(answer.best->value > answer.beyond->value, fewest);
  ASSERT_FALSE(answer.changes.empty());
  for (std::size_t i = 1; i < answer.changes.size(); ++i) {
    EXPECT_LE(answer.changes[i - 1].layout.required, answer.changes[i].layout.required);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Questions, Fits,
    ::testing::Values(FitCase{"micro-batch", kOpen, Fit::kMicroBatch},
                      FitCase{"sequence", kOpen, Fit::kSequence},
                      FitCase{"model", kOpen, Fit::kModel}, FitCase{"count", kOpen, Fit::kCount},
                      FitCase{"micro-batch, stated", kStated, Fit::kMicroBatch},
                      FitCase{"sequence, stated", kStated, Fit::kSequence},
                      FitCase{"model, stated", kStated, Fit::kModel}));

// Every value by itself, as an estimate has it.
TEST(Fit, IsWhatTryingEachValueFinds) {
  JobSpec spec = test::spec_from(kStated);
  double micro = 0, sequence = 0;
  for (const std::int64_t each : {1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 16, 20, 24, 30, 40}) {
    spec.run->micro_batch = each;
    const Job job = with_chosen_layouts(resolve(spec, test::database()));
    const Memory memory = step_memory(job.phases.front().setup->context());
    if (memory.required <= memory.available) micro = static_cast<double>(each);
  }
  EXPECT_EQ(fit_of(kStated, Fit::kMicroBatch).best->value, micro);
  spec.run->micro_batch.reset();
  for (std::int64_t each = 1024; each < 64 * 1024; each += 1024) {
    spec.run->sequence_length = each;
    const Job job = with_chosen_layouts(resolve(spec, test::database()));
    const Memory memory = step_memory(job.phases.front().setup->context());
    if (memory.required <= memory.available) sequence = static_cast<double>(each);
  }
  EXPECT_EQ(fit_of(kStated, Fit::kSequence).best->value, sequence);
}

TEST(Fit, MoreMemoryNeverFitsLess) {
  const auto with_reserve = [](Fit what, double reserve) {
    JobSpec spec = test::spec_from(kOpen);
    spec.search.emplace().memory_reserve = reserve;
    return fit(spec, test::database(), what).best->value;
  };
  for (const Fit what : {Fit::kSequence, Fit::kModel}) {
    EXPECT_GE(with_reserve(what, 0), with_reserve(what, 0.04));
    EXPECT_GE(with_reserve(what, 0.04), with_reserve(what, 0.3));
  }
  EXPECT_LE(with_reserve(Fit::kCount, 0), with_reserve(Fit::kCount, 0.3));
}

// Steps that are not legal are no answers, and stand in nobody's way.
TEST(Fit, PassesOverWhatIsNotLegal) {
  const JobSpec interleaved = test::spec_from(test::source_file("examples/llama-3.1-405b.job.json"),
                                              "examples/llama-3.1-405b.job.json");
  const FitAnswer larger = fit(interleaved, test::database(), Fit::kModel);
  ASSERT_TRUE(larger.best);
  EXPECT_GE(larger.best->value, 405e9) << "its own model fits";
  const JobSpec dual_pipe = test::spec_from(test::source_file("examples/deepseek-v3.job.json"),
                                            "examples/deepseek-v3.job.json");
  const FitAnswer fewest = fit(dual_pipe, test::database(), Fit::kCount);
  ASSERT_TRUE(fewest.best || fewest.beyond);
  // Experts over 8 ranks: of 1 to 64 replicas the eighths alone are legal.
  const char* experts = R"({
    "model": "mixtral-8x7b", "cluster": {"accelerator": "h100-sxm", "count": 8},
    "layout": {"tp": 1, "pp": 1, "ep": 8}, "run": {"tokens": "1T tokens", "global_batch": 2304,
    "micro_batch": 1, "recompute": "full", "gradients": "bf16"}})";
  EXPECT_EQ(fit_of(experts, Fit::kCount).best->value, 16);
}

TEST(Fit, CountsAreHad) {
  const char* on_tpu = R"({
    "model": "deepseek-v3", "cluster": {"accelerator": "tpu-v5p", "count": 64},
    "run": {"tokens": "1T tokens"}})";
  const FitAnswer answer = fit_of(on_tpu, Fit::kCount);
  ASSERT_TRUE(answer.best);
  EXPECT_EQ(static_cast<int>(answer.best->value) % 64, 0) << "a slice";
}

TEST(Fit, SaysNoWithTheLeastThatWasTried) {
  JobSpec spec = test::spec_from(kOpen);
  spec.cluster->count = 8;
  const FitAnswer answer = fit(spec, test::database(), Fit::kSequence);
  EXPECT_FALSE(answer.best);
  ASSERT_TRUE(answer.beyond);
  EXPECT_EQ(answer.beyond->value, 1024);
  EXPECT_EQ(answer.changes.front().change, "run.offload=[\"optimizer\"]");
}

TEST(Scaled, TheSameSizeIsTheSameModel) {
  for (const char* name : {"llama-3.1-70b", "deepseek-v3", "qwen3-30b-a3b", "gpt3-175b"}) {
    const Architecture own = find_model(name)->model;
    const int heads = own.kinds.front().attention.heads;
    const Architecture same = scaled(own, heads, own.layer_count());
    EXPECT_EQ(count_parameters(same).total, count_parameters(own).total) << name;
    EXPECT_EQ(heads % head_step(own), 0) << name;
    // Twice as wide has four times the blocks' parameters, twice as deep twice.
    const auto blocks = [](const Architecture& model) {
      const ParameterCount count = count_parameters(model);
      return static_cast<double>(count.total - count.input_embedding - count.output_head);
    };
    constexpr double kNear = 0.25;  // keys and values of groups stay as they are
    EXPECT_NEAR(blocks(scaled(own, 2 * heads, own.layer_count())) / blocks(own), 4, 4 * kNear)
        << name;
    EXPECT_NEAR(blocks(scaled(own, heads, 2 * own.layer_count())) / blocks(own), 2, 0.1) << name;
  }
}

}  // namespace
}  // namespace traincost
