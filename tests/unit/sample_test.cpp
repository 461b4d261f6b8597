// What is not known: distributions in a job, failures of other clusters, and runs sampled by both.
#include "estimator/questions/sample.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/json_path.h"
#include "base/units.h"
#include "estimator/doubt/failure_rates.h"
#include "estimator/job/resolve.h"
#include "estimator/questions/choice.h"
#include "tests/support.h"

namespace traincost {
namespace {

using namespace unit;

// A job of stated hours, on which all is known but what `members` state.
std::string stated(const std::string& members) {
  return R"({"model": "llama-3.1-8b", "cluster": {"accelerator": "h100-sxm", "count": 1000},
      "phases": [{"accelerator_hours": 240000}], )" +
         members + "}";
}

Sampled sampled(const std::string& text, SampleOptions options = {}) {
  const JobSpec spec = test::spec_from(text);
  const Job job = with_chosen_layouts(resolve(spec, test::database()));
  return sample(spec, test::database(), job, estimate(job), options);
}

const SampledSpread& spread(const Sampled& sampled, SampledFigure figure) {
  return sampled.figures[static_cast<std::size_t>(figure)];
}

std::string fault_of(const std::string& text) {
  try {
    Faults faults;
    const JsonValue document = parse_json(text, "job.json");
    const JobSpec spec = read_spec(JsonCursor(document, "job.json", faults));
    faults.throw_if_any();
  } catch (const InputError& error) {
    return error.faults().front().pointer + ": " + error.faults().front().message;
  }
  return "";
}

TEST(Distribution, ItsQuantilesAreThoseThatWereStated) {
  const Distribution two = Distribution::of_quantiles(1, std::nullopt, 4);
  EXPECT_NEAR(two.quantile(0.05), 1, 1e-9);
  EXPECT_NEAR(two.quantile(0.5), 2, 1e-9) << "normal in the logarithm";
  EXPECT_NEAR(two.quantile(0.95), 4, 1e-9);
  const Distribution three = Distribution::of_quantiles(-2, 1, 2);
  EXPECT_NEAR(three.quantile(0.05), -2, 1e-9);
  EXPECT_NEAR(three.quantile(0.5), 1, 1e-9);
  EXPECT_NEAR(three.quantile(0.95), 2, 1e-9);
  EXPECT_NEAR(Distribution::between(2, 6).quantile(0.25), 3, 1e-12);
  for (const double p : {1e-6, 0.1, 0.5, 0.77})
    EXPECT_NEAR(normal_share(normal_quantile(p)), p, 1e-12);
}

// Llama 3 405B had 419 unexpected interruptions in 54 days on 2,048 nodes (arXiv:2407.21783, Table
// 5); from all other records.
TEST(FailureRates, OfOtherClustersHoldLlama3s) {
  const auto rate = failure_rate_elsewhere(test::database().reliabilities(), "llama-3");
  ASSERT_TRUE(rate);
  const Distribution count =
      interruptions(rate->median() * 2048 * 54, rate->median() * 2048 * 54, rate);
  EXPECT_LT(count.quantile(0.05), 419);
  EXPECT_GT(count.quantile(0.95), 419);
  // One that is known differs by chance alone: 419 +- 1.64 x sqrt(419).
  const Distribution chance = interruptions(419, 419, std::nullopt);
  EXPECT_NEAR(chance.quantile(0.05), 419 - 1.645 * std::sqrt(419), 2);
  // What a provider interrupts is stated: the rate's doubt is of the rest alone.
  EXPECT_NEAR(interruptions(1000, 0, rate).quantile(0.95), 1000 * std::exp(1.645 / std::sqrt(1000)),
              1);
  EXPECT_FALSE(failure_rate_elsewhere({}));
}

TEST(Uncertain, AJobIsReadWithTheMedian) {
  const JobSpec spec = test::spec_from(stated(R"("pricing": {"price": {"p5": "$1/GPU-h",
      "p95": "$4/GPU-h"}}, "reliability": {"failures_per_node_day": {"low": 0.001, "high": 0.003}})"));
  ASSERT_EQ(spec.uncertain.size(), 2U);
  EXPECT_EQ(spec.uncertain[0].path, "pricing.price");
  EXPECT_NEAR(spec.pricing->price->in(usd_per_accelerator_hour), 2, 1e-9);
  EXPECT_NEAR(*spec.reliability->failures_per_node_day, 0.002, 1e-12);
}

TEST(Uncertain, FaultsNameWhatIsWrong) {
  const auto price = [](const std::string& range) {
    return fault_of(stated(R"("pricing": {"price": )" + range + "}"));
  };
  EXPECT_EQ(price(R"({"p5": "$4/GPU-h", "p95": "$1/GPU-h"})"), "/pricing/price: p5 is above p95");
  EXPECT_EQ(price(R"({"p5": "$4/GPU-h"})"),
            "/pricing/price: a range has two ends or its quantiles");
  EXPECT_EQ(price(R"({"low": "$1/GPU-h", "high": "5 d"})"),
            "/pricing/price: low and high are in different units");
  EXPECT_EQ(price(R"({"low": "cheap", "high": "$2/GPU-h"})"),
            "/pricing/price/low: expected a number, with its unit where the member has one");
}

TEST(Uncertain, EndsMayHaveUnitsOfTheirOwn) {
  const JobSpec spec = test::spec_from(stated(R"("reliability": {"restart": {"low": "5 min",
      "high": "1 h"}}, "pricing": {"price": {"low": "$1/GPU-h", "high": "3 USD/GPU-h"}})"));
  ASSERT_EQ(spec.uncertain.size(), 2U);
  EXPECT_NEAR(spec.reliability->restart->in(minute), 32.5, 1e-9);
  EXPECT_NEAR(spec.pricing->price->in(usd_per_accelerator_hour), 2, 1e-9);
  EXPECT_EQ(spec.uncertain[0].says + spec.uncertain[1].says, "5 min to 1 h$1/GPU-h to 3 USD/GPU-h");
}

// A share of what is not known, and what it leaves: $1 of one part in four to three at most.
TEST(Sample, APartOfAMixMayBeARange) {
  const Sampled mixed = sampled(stated(R"("pricing": {"mix": [
      {"share": {"low": 0.25, "high": 0.75}, "price": "$1/GPU-h"}, {"price": "$3/GPU-h"}]})"));
  const SampledInput& share = mixed.inputs.front();
  EXPECT_EQ(share.name, "pricing.mix.0.share");
  const auto cost = static_cast<std::size_t>(SampledFigure::kCost);
  EXPECT_NEAR(share.low[cost] / share.high[cost], (3 - 2 * 0.275) / (3 - 2 * 0.725), 0.02)
      << "a straight line between nine of its quantiles";
}

TEST(Sample, ARangeThatLeavesNoJobSaysSo) {
  const auto ask = [] {
    return sampled(stated(R"("pricing": {"mix": [
        {"share": {"low": 0.25, "high": 0.75}, "price": "$1/GPU-h"},
        {"share": 0.5, "price": "$3/GPU-h"}]})"));
  };
  const std::string fault = test::fault_of(ask);
  EXPECT_NE(
      fault.find("/pricing/mix/0/share: no value of the range but its middle makes a job: the "
                 "shares add up to"),
      std::string::npos)
      << fault;
}

TEST(Sample, ABudgetIsOfAllThatIsPaidFor) {
  SampleOptions options;
  options.budget = 700000 * usd;
  const Sampled project = sampled(
      stated(R"("pricing": {"price": "$2/GPU-h"}, "beyond": [{"name": "ablations", "share": 0.25},
          {"name": "data", "cost": {"low": "$0", "high": "$200K"}}])"),
      options);
  const auto median = [&](SampledFigure figure) { return spread(project, figure).at[1]; };
  EXPECT_NEAR(median(SampledFigure::kProject), 1.25 * median(SampledFigure::kCost) + 100000, 1500);
  EXPECT_NEAR(*project.meets_budget, 0.5, 0.01);
}

TEST(Uncertain, AMemberThatIsSetIsKnown) {
  JobSpec spec = test::spec_from(stated(R"("pricing": {"price": {"low": "$1/GPU-h",
      "high": "$4/GPU-h"}})"));
  Faults faults;
  const JsonValue price = text_value("$3/GPU-h");
  set_member(spec, "pricing.price", JsonCursor(price, "--set", faults));
  EXPECT_TRUE(spec.uncertain.empty());
}

TEST(Sample, APriceAloneGivesItsOwnQuantiles) {
  SampleOptions options;
  options.budget = 480000 * usd;
  const Sampled one =
      sampled(stated(R"("pricing": {"price": {"p5": "$1/GPU-h", "p95": "$4/GPU-h"}})"), options);
  const SampledSpread& cost = spread(one, SampledFigure::kCost);
  EXPECT_NEAR(cost.at[0], 240000, 2400);
  EXPECT_NEAR(cost.at[1], 480000, 4800);
  EXPECT_NEAR(cost.at[4], 960000, 9600);
  EXPECT_NEAR(*one.meets_budget, 0.5, 0.001);
  EXPECT_NEAR(one.inputs.front().index[static_cast<std::size_t>(SampledFigure::kCost)], 1, 0.02);
  EXPECT_EQ(spread(one, SampledFigure::kWall).error, 0);
}

// Two lognormal factors: the first alone explains (e^(a^2) - 1) / (e^(a^2 + b^2) - 1).
TEST(Sample, FirstOrderIndicesAreThoseOfLognormals) {
  const Sampled two = sampled(stated(R"("grid": {"pue": 1.2,
      "carbon_intensity": {"p5": "200 g/kWh", "p95": "800 g/kWh"},
      "average_draw": {"p5": 0.4, "p95": 0.8}})"),
                              {.samples = 1 << 15});
  const double z = 1.6448536;
  const double a = std::log(4) / 2 / z, b = std::log(2) / 2 / z;
  const double both = std::expm1(a * a + b * b);
  const auto carbon = static_cast<std::size_t>(SampledFigure::kCarbon);
  for (const SampledInput& each : two.inputs) {
    const double own = each.name == "grid.carbon_intensity" ? a : b;
    EXPECT_NEAR(each.index[carbon], std::expm1(own * own) / both, 0.01) << each.name;
  }
}

constexpr const char* kPredicted = R"({"model": "llama-3.1-8b",
    "cluster": {"accelerator": "h100-sxm", "count": 64}, "layout": {"dp": 64, "zero": 1},
    "run": {"tokens": "1T tokens", "global_batch": 512, "micro_batch": 1, "precision": "bf16"},
    "pricing": {"price": "$2/GPU-h", "discount": {"low": 0.0, "high": 0.5}}})";

TEST(Sample, TheMedianConvergesToAPercent) {
  const double many = spread(sampled(kPredicted, {.samples = 1 << 16}), SampledFigure::kCost).at[1];
  for (const unsigned seed : {1U, 2U, 3U}) {
    const SampledSpread few =
        spread(sampled(kPredicted, {.samples = 4096, .seed = seed}), SampledFigure::kCost);
    EXPECT_NEAR(few.at[1] / many, 1, 0.01) << seed;
    EXPECT_LT(few.error / few.at[1], 0.02);
  }
}

TEST(Sample, TheSameSeedGivesTheSamePoints) {
  const auto mean = [](std::uint64_t seed) {
    return spread(sampled(kPredicted, {.samples = 256, .seed = seed}), SampledFigure::kCost).mean;
  };
  EXPECT_EQ(mean(7), mean(7));
  EXPECT_NE(mean(7), mean(8));
}

// The engine's own interval comes back where nothing else is in doubt; a discount, which is
// resolved anew, halves the price at its end.
TEST(Sample, TheEnginesDoubtAndAMemberThatIsResolvedAnewAreWhatTheySay) {
  const JobSpec spec = test::spec_from(kPredicted);
  const Job job = with_chosen_layouts(resolve(spec, test::database()));
  const Estimate answer = estimate(job);
  const Sampled all = sample(spec, test::database(), job, answer, {.samples = 1 << 14});
  const double hour = (1 * accelerator_hour).in(second * accelerator);
  for (const SampledInput& each : all.inputs) {
    const auto hours = static_cast<std::size_t>(SampledFigure::kHours);
    const auto cost = static_cast<std::size_t>(SampledFigure::kCost);
    if (each.name == "engine") {
      EXPECT_NEAR(each.low[hours], answer.billed_spread.p5.in(accelerator_hour)*hour, 1);
      EXPECT_NEAR(each.high[hours], answer.billed_spread.p95.in(accelerator_hour)*hour, 1);
    } else if (each.name == "pricing.discount") {
      EXPECT_NEAR(each.low[cost] / answer.cost->in(usd), (1 - 0.025) / 0.75, 0.02);
      EXPECT_NEAR(each.high[cost] / answer.cost->in(usd), (1 - 0.475) / 0.75, 0.02);
    } else {
      EXPECT_EQ(each.name, "failures");
    }
  }
}

}  // namespace
}  // namespace traincost
