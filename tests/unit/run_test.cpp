// Runs: goodput, prices, energy.
#include <gtest/gtest.h>

#include <cmath>

#include "base/units.h"
#include "estimator/questions/estimate.h"
#include "estimator/run/cost.h"
#include "estimator/run/goodput.h"
#include "tests/support.h"

namespace traincost {
namespace {

using namespace unit;

TEST(Goodput, MeetsTheWorkedExample) {
  // 16,384 GPUs at 6.5 failures per 1,000 node-days: one interruption in 1.80 h.
  Reliability r;
  r.failures_per_node_day = 0.0065;
  r.checkpoint_write = 10 * second;
  r.restart = 5 * minute;
  const Goodput g = goodput(r, 16384);
  EXPECT_NEAR(g.time_to_interruption.in(hour), 1.80, 0.01);
  const double interval = std::sqrt(2 * 10 * 1.803 * 3600);
  EXPECT_NEAR(g.checkpoint_interval.in(second), interval, 1);
  EXPECT_NEAR(g.share, (1 - 10 / interval) * (1 - (interval / 2 + 300) / 6490), 0.001);
  EXPECT_NEAR(g.writing, 10 / interval, 1e-4);
  EXPECT_NEAR((1 - g.writing) * (1 - g.lost), g.share, 1e-12);
}

TEST(Goodput, IsOneWhereNothingFails) {
  EXPECT_EQ(goodput(*test::database().reliability("none"), 100000).share, 1);
}

TEST(Goodput, OfLlama3IsAboveNinetyPercent) {
  EXPECT_GT(goodput(*test::database().reliability("llama-3"), 16384).share, 0.9);
}

// 54 days of Llama 3 on 16,384 H100: 419 unexpected interruptions (arXiv:2407.21783, Table 5), by
// its own record.
TEST(Goodput, CountsTheInterruptionsOfARun) {
  const auto run = [](const char* reliability) {
    return estimate(test::job_from(R"({"model": "llama-3.1-405b", "layout": "search",
        "cluster": {"accelerator": "h100-sxm", "count": 16384}, "reliability": ")" +
                                   std::string(reliability) +
                                   R"(", "run": {"tokens": "10T tokens", "precision": "bf16"}})"));
  };
  const Estimate failing = run("llama-3");
  EXPECT_NEAR(failing.interruptions / failing.wall.in(day)*54, 419, 0.5);
  EXPECT_EQ(run("none").interruptions, 0);
}

TEST(Prices, TheNewestOfTheTierIsTaken) {
  const auto books = test::database().price_books();
  const auto quote = find_rental_quote(books, {.accelerator = "h100-sxm", .tier = "neocloud"});
  ASSERT_TRUE(quote.has_value());
  EXPECT_EQ(quote->date, "2026-06");
  EXPECT_EQ(quote->provider, "Nebius") << "the lower of that month";
  EXPECT_EQ(find_rental_quote(books, {.accelerator = "h800-sxm", .tier = "hyperscaler"})->date,
            "2025-01")
      << "no such tier: the newest of any";
  EXPECT_EQ(
      find_rental_quote(books, {.accelerator = "h100-sxm", .tier = "long-tail", .region = "us"})
          ->provider,
      "Lambda")
      << "the region comes before the tier";
  EXPECT_FALSE(
      find_rental_quote(books, {.accelerator = "biren-br100", .tier = "neocloud"}).has_value());
}

TEST(Energy, FollowsTheServersRating) {
  const HardwareDb& db = test::database();
  // DGX H100: 10.2 kW / 8 x 0.75 = 0.956 kW, x PUE 1.25.
  const Power each = mean_power(*db.accelerator("h100"), *db.system("dgx-h100"), *db.grid("us"));
  EXPECT_NEAR(each.in(kW), 0.95625, 1e-9);
  const Energy energy = run_energy(1000 * accelerator_hour, each, *db.grid("us"));
  EXPECT_NEAR(energy.total.in(kWh), 1195.3, 0.1);
  EXPECT_NEAR(energy.carbon.in(kg), 1195.3 * 0.37, 0.1);
}

}  // namespace
}  // namespace traincost
