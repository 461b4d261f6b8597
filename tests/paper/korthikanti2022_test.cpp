// Model and hardware FLOPs against the utilizations printed in
//   Korthikanti et al., "Reducing Activation Recomputation in Large Transformer Models", 2022,
//   arXiv:2205.05198, Table 3 (configurations) joined with Table 5 (results).
#include <gtest/gtest.h>

#include "base/units.h"
#include "estimator/model/flops.h"
#include "tests/support.h"

namespace traincost {
namespace {

using namespace unit;

struct Row {
  const char* name;
  const char* model;
  GptShape shape;
  int gpus;
  double step_seconds;      // "Present Work"
  double model_percent;     // "Model FLOPs Utilization"
  double hardware_percent;  // "Hardware FLOPs Utilization"
};
void PrintTo(const Row& row, std::ostream* out) { *out << row.name; }

// s = 2048, v = 51200, A100 80GB at 312 TFLOP/s dense bf16.
constexpr Row kTable5[] = {
    {"22B", "megatron-22b", {48, 6144, 51200, 2048, 4}, 8, 1.10, 41.5, 43.7},
    {"175B", "gpt3-175b", {96, 12288, 51200, 2048, 64}, 64, 13.75, 51.4, 52.8},
    {"530B", "mt-nlg-530b", {105, 20480, 51200, 2048, 280}, 280, 37.83, 56.0, 57.0},
    {"1T", "megatron-1t", {128, 25600, 51200, 2048, 512}, 512, 71.49, 56.3, 57.0},
};

double percent(Flops work, double seconds, int gpus) {
  return 100 * (work / (seconds * second)) / (gpus * 312 * TFLOP_per_s);
}

class Table5 : public ::testing::TestWithParam<Row> {};

TEST_P(Table5, PrintedUtilizationsLieInsideTheIntervalOfThePrintedTime) {
  const Row& row = GetParam();
  const auto check = [&](Flops work, double printed) {
    // Half a unit in the last printed digit: of the step time, and of the percentage.
    EXPECT_GE(percent(work, row.step_seconds - 0.005, row.gpus), printed - 0.05);
    EXPECT_LE(percent(work, row.step_seconds + 0.005, row.gpus), printed + 0.05);
  };
  check(gpt_model_flops(row.shape), row.model_percent);
  check(gpt_hardware_flops(row.shape), row.hardware_percent);
}

TEST_P(Table5, OperatorSumsEqualTheFormula) {
  const Row& row = GetParam();
  const Architecture model = find_model(row.model)->model;
  const double tokens = row.shape.sequence_length * row.shape.sequences;
  const Flops sum =
      tokens * token *
      model_flops_per_token(model, row.shape.sequence_length, {AttentionCount::kFull, false});
  EXPECT_NEAR(sum / gpt_model_flops(row.shape), 1, 1e-12);
}

INSTANTIATE_TEST_SUITE_P(Korthikanti2022, Table5, ::testing::ValuesIn(kTable5));

TEST(Table5, ComputedModelUtilizations) {
  const double computed[] = {41.65, 51.39, 56.05, 56.27};
  for (std::size_t i = 0; i < std::size(kTable5); ++i) {
    const Row& row = kTable5[i];
    EXPECT_NEAR(percent(gpt_model_flops(row.shape), row.step_seconds, row.gpus), computed[i], 0.005)
        << row.name;
  }
}

}  // namespace
}  // namespace traincost
