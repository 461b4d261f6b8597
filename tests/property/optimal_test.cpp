// What a budget buys: it is spent and no more, and no other model would lose less for it.
#include "estimator/questions/optimal.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/units.h"
#include "estimator/model/parameters.h"
#include "estimator/model/scaled.h"
#include "tests/support.h"

namespace traincost {
namespace {

using namespace unit;

JobSpec shaped(const char* model) {
  return test::spec_from(R"({"model": ")" + std::string(model) + R"(",
      "cluster": {"accelerator": "h100-sxm", "count": 8}, "run": {"tokens": "1T tokens"}})");
}

OptimalRun bought(double dollars, Seconds deadline, const char* model = "llama-3.1-70b") {
  const OptimalAnswer answer = optimal_runs(shaped(model), test::database(), {"h100-sxm"},
                                            {.budget = dollars * usd, .deadlines = {deadline}});
  EXPECT_NE(answer.best(), nullptr);
  return answer.runs.front();
}

// Tokens that the same money pays of a model of that size, on as many.
double tokens_for(const OptimalRun& run, double active, double dollars) {
  JobSpec spec = shaped("llama-3.1-70b");
  spec.model->name.reset();
  spec.model->imported = ImportedModel{scaled_to(find_model("llama-3.1-70b")->model, active), {}};
  spec.run->tokens = run.tokens;
  SizeLimits limits;
  limits.counts = {run.cluster.count};
  const SizeAnswer answer =
      size_cluster(spec, test::database(), {}, limits, SizeObjective::kFastest);
  return run.tokens.in(token) * (dollars * usd / *answer.curve.front().totals.cost);
}

TEST(Optimal, SpendsTheBudgetWithinTheDeadline) {
  constexpr double kDollars = 3e6;
  double before = 10;
  for (const Seconds deadline : {20 * day, 60 * day, 200 * day}) {
    const OptimalRun run = bought(kDollars, deadline);
    EXPECT_LE(run.cluster.totals.wall / deadline, 1.003);
    EXPECT_LE(run.cluster.totals.cost->in(usd), 1.003 * kDollars);
    EXPECT_GE(run.cluster.totals.cost->in(usd), 0.95 * kDollars) << "to the node";
    EXPECT_LE(run.loss, 1.01 * before);
    before = run.loss;
  }
}

TEST(Optimal, MoreMoneyLosesLess) {
  double loss = 10, parameters = 0;
  for (const double dollars : {1e4, 1e5, 1e6, 1e7, 1e8}) {
    const OptimalRun run = bought(dollars, 90 * day);
    EXPECT_LT(run.loss, loss);
    EXPECT_GT(run.active_parameters, parameters);
    loss = run.loss;
    parameters = run.active_parameters;
  }
}

TEST(Optimal, OtherSizesLoseMoreForTheSame) {
  constexpr double kDollars = 2e6;
  const OptimalRun run = bought(kDollars, 60 * day);
  for (const double factor : {0.5, 2.0}) {
    const double active = factor * run.active_parameters;
    EXPECT_GT(loss(active, tokens_for(run, active, kDollars)), run.loss) << factor;
  }
}

TEST(Optimal, ExpertsAreCountedByWhatATokenMeets) {
  const OptimalRun run = bought(5e6, 60 * day, "deepseek-v3");
  const ParameterCount count = count_parameters(run.model);
  EXPECT_EQ(run.active_parameters, static_cast<double>(count.active_all));
  EXPECT_GT(count.total, 10 * count.active_all);
  EXPECT_NEAR(run.loss, loss(run.active_parameters, run.tokens.in(token)), 1e-12);
}

TEST(Optimal, ALongerDeadlineNeverLosesMore) {
  for (const char* model : {"llama-3.1-70b", "deepseek-v3"}) {
    for (const double dollars : {1e5, 1e7}) {
      const OptimalAnswer answer = optimal_runs(
          shaped(model), test::database(), {"h100-sxm"},
          {.budget = dollars * usd, .deadlines = {30 * day, 60 * day, 90 * day, 180 * day}});
      for (std::size_t i = 0; i < answer.runs.size(); ++i) {
        EXPECT_EQ(answer.runs[i].why_not, "") << model << " " << dollars;
        EXPECT_LE(answer.runs[i].cluster.totals.wall, answer.runs[i].deadline);
        EXPECT_LE(*answer.runs[i].cluster.totals.cost, dollars * usd);
        if (i > 0) {
          EXPECT_LE(answer.runs[i].loss, answer.runs[i - 1].loss);
        }
      }
    }
  }
}

TEST(Optimal, LimitsAreKept) {
  OptimalLimits limits{.budget = 1e6 * usd, .deadlines = {30 * day}, .most = 4};
  EXPECT_EQ(optimal_runs(shaped("llama-3.1-70b"), test::database(), {"h100-sxm"}, limits)
                .runs.front()
                .why_not,
            "not one node of 8");
  limits.most = 65536;
  limits.batch = 1000 * token;
  EXPECT_EQ(optimal_runs(shaped("llama-3.1-70b"), test::database(), {"h100-sxm"}, limits)
                .runs.front()
                .why_not,
            "one sequence exceeds the batch limit");
}

TEST(Optimal, WithoutAPriceNothingIsBought) {
  const OptimalAnswer answer = optimal_runs(shaped("llama-3.1-70b"), test::database(), {"mi300a"},
                                            {.budget = 1e6 * usd, .deadlines = {90 * day}});
  EXPECT_EQ(answer.best(), nullptr);
  EXPECT_EQ(answer.runs.front().why_not, "no price is known");
}

TEST(Scaled, MeetsTheSizeThatIsAskedFor) {
  for (const char* name : {"llama-3.1-70b", "deepseek-v3", "qwen3-30b-a3b"}) {
    const Architecture shape = find_model(name)->model;
    for (const double active : {5e9, 20e9, 70e9, 400e9}) {
      const Architecture model = scaled_to(shape, active);
      const auto found = static_cast<double>(count_parameters(model).active_all);
      EXPECT_NEAR(std::log(found / active), 0, 0.05) << name << " " << active;
      const double depth = static_cast<double>(model.layer_count()) / model.hidden;
      const double own = static_cast<double>(shape.layer_count()) / shape.hidden;
      EXPECT_NEAR(std::log(depth / own), 0, 0.7) << name << " " << active;
    }
  }
}

}  // namespace
}  // namespace traincost
