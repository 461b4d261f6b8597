// A job's cost by each method: what `pricing` says, and how the methods stand to each other.
#include <gtest/gtest.h>

#include <cmath>

#include "base/date.h"
#include "base/units.h"
#include "estimator/questions/estimate.h"
#include "tests/support.h"

namespace traincost {
namespace {

using namespace unit;

// 1,024 H100 for a stated 100,000 hours, with `pricing` and `more` members.
Job priced_job(const std::string& pricing, const std::string& more = "") {
  return test::job_from(R"({"model": "llama-3.1-8b", "start": "2024-06-01",
      "cluster": {"accelerator": "h100-sxm", "count": 1024},
      "phases": [{"name": "all", "accelerator_hours": 100000}], "pricing": )" +
                        pricing + (more.empty() ? "" : ", " + more) + "}");
}

TEST(Methods, AllStandSideBySideAndRentalIsTheAnswer) {
  const Job job = priced_job(R"({"method": "all", "price": "$2/GPU-h"})");
  const Estimate all = estimate(job);
  EXPECT_EQ(all.methods.size(), std::size(kCostMethods));
  EXPECT_NEAR(all.cost->in(usd), 200000, 1e-6);
  for (const CostByMethod& each : all.methods) {
    const std::string name(name_of(kCostMethods, each.method));
    ASSERT_TRUE(each.cost) << name;
    const Estimate alone = estimate(priced_job(
        R"({"method": ")" + name + "\"" + (name == "rental" ? R"(, "price": "$2/GPU-h"})" : "}")));
    EXPECT_EQ(*alone.cost, *each.cost) << name;
    EXPECT_TRUE(alone.methods.empty());
  }
}

TEST(Methods, AnOwnersFiguresAreThoseOfTheJob) {
  const std::string own = R"({"method": "ownership", "ownership": {"purchase": "$40000/GPU",
      "network_share": 0.2, "life": "4 y", "hosting": "$0/kW-month"}})";
  const std::string grid = R"("grid": {"record": "us", "electricity_price": "$0.10/kWh",
      "pue": 1.2, "average_draw": 0.8})";
  const Job job = priced_job(own, grid);
  const double hour = 50000 / (4 * 365.25 * 24) + 10.2 / 8 * 0.8 * 1.2 * 0.10;
  EXPECT_NEAR(estimate(job).cost->in(usd), 100000 * hour, 1e-6);
}

TEST(Methods, WhatIsBoughtIsBoughtOnceForTheLargestPhase) {
  const Job job = test::job_from(R"({"model": "llama-3.1-8b",
      "cluster": {"accelerator": "h100-sxm", "count": 1024},
      "pricing": {"method": "acquisition",
                  "ownership": {"purchase": "$40000/GPU", "network_share": 0.2}},
      "phases": [{"accelerator_hours": 1000, "cluster": {"count": 512}},
                 {"accelerator_hours": 5000}, {"accelerator_hours": 1000}]})");
  const Estimate answer = estimate(job);
  EXPECT_NEAR(answer.cost->in(usd), 1024 * 50000, 1e-3);
  EXPECT_EQ(answer.cost_spread->p5, answer.cost_spread->p95);
  EXPECT_FALSE(answer.phases.front().cost);
}

// 30% reserved, 50% on demand, 20% spot at one interruption of a node and day, worked by hand: the
// 128 nodes are interrupted 128 x 0.2 times a day, each time for 5 minutes and the work since a
// checkpoint; the price is the mean.
TEST(Methods, AMixOfContractsIsAsByHand) {
  const auto mixed = [](const char* pricing) {
    return estimate(test::job_from(R"({"model": "llama-3.1-8b", "start": "2026-01-01",
        "cluster": {"accelerator": "h100-sxm", "count": 1024},
        "layout": {"dp": 1024, "zero": 1},
        "run": {"tokens": "1T tokens", "sequence_length": 4096, "global_batch": 1024,
                "micro_batch": 1, "precision": "bf16"},
        "reliability": {"failures_per_node_day": 0, "checkpoint_write": "10 s",
                        "restart": "5 min", "checkpoint_interval": "10 min"},
        "pricing": )" + std::string(pricing) +
                                   "}"));
  };
  const Estimate one = mixed(R"({"price": "$3/GPU-h"})");
  const Estimate mix = mixed(R"({"mix": [
      {"share": 0.3, "tier": "reserved", "price": "$2/GPU-h"},
      {"share": 0.5, "price": "$3/GPU-h"},
      {"share": 0.2, "tier": "spot", "price": "$1/GPU-h", "interruptions_per_node_day": 1}]})");
  EXPECT_EQ(one.goodput.share, 1);
  const double mean = 86400 / (128 * 0.2);
  const double share = 600 / (mean * std::exp(300 / mean) * std::expm1(610 / mean));
  EXPECT_NEAR(mix.goodput.share, share, 1e-12);
  EXPECT_NEAR(mix.billed / one.billed, 1 / share, 1e-9);
  EXPECT_NEAR(mix.wall / one.wall, 1 / share, 1e-9);
  EXPECT_NEAR(mix.interruptions, mix.wall.in(second) / mean, 1e-6);
  EXPECT_NEAR(mix.cost->in(usd), mix.billed.in(accelerator_hour) * (0.6 + 1.5 + 0.2), 1e-3);
}

// Phases on other platforms fail by themselves: the spot phase alone is interrupted.
TEST(Methods, APhaseOnSpotCapacityIsInterruptedAlone) {
  const Estimate answer = estimate(test::job_from(R"({"model": "llama-3.1-8b",
      "cluster": {"accelerator": "h100-sxm", "count": 8}, "layout": {"dp": 8, "zero": 1},
      "run": {"sequence_length": 4096, "global_batch": 64, "micro_batch": 1, "precision": "bf16"},
      "reliability": "none", "pricing": {"price": "$3/GPU-h"},
      "phases": [{"tokens": "1B tokens"},
                 {"tokens": "1B tokens", "pricing": {"price": "$1/GPU-h", "tier": "spot",
                                                     "interruptions_per_node_day": 24}}]})"));
  EXPECT_EQ(answer.phases[0].goodput.share, 1);
  EXPECT_LT(answer.phases[1].goodput.share, 1);
  EXPECT_EQ(answer.phases[0].interruptions, 0);
  EXPECT_GT(answer.phases[1].interruptions, 0);
}

TEST(Methods, APriceMayBeANodesAndLessADiscount) {
  const auto price = [](const std::string& pricing) {
    return priced_job(pricing).platform().pricing->price.in(usd_per_accelerator_hour);
  };
  EXPECT_NEAR(price(R"({"price": "$98.32/h", "price_covers": 8})"), 12.29, 1e-9);
  const double quote = price(R"({"tier": "neocloud"})");
  EXPECT_NEAR(price(R"({"tier": "neocloud", "discount": 0.25})"), 0.75 * quote, 1e-9);
  EXPECT_NEAR(price(R"({"tier": "neocloud", "discount": -0.1})"), 1.1 * quote, 1e-9);
}

TEST(Methods, WhatIsPaidForBesideTheRunStandsBesideIt) {
  const Job job = priced_job(R"({"price": "$2/GPU-h"})", R"("beyond": [
      {"name": "ablations", "share": 0.5}, {"name": "data", "cost": "$1M"},
      {"name": "failed runs", "accelerator_hours": 1000}])");
  const Estimate answer = estimate(job);
  EXPECT_NEAR(answer.cost->in(usd), 200000, 1e-6) << "the run alone";
  ASSERT_EQ(answer.beyond.size(), 3U);
  EXPECT_NEAR(answer.beyond[0].cost.in(usd), 100000, 1e-6);
  EXPECT_NEAR(answer.beyond[1].cost.in(usd), 1e6, 1e-6);
  EXPECT_NEAR(answer.beyond[2].cost.in(usd), 2000, 1e-6);
  const std::vector<std::string> left = {"evaluation", "storage", "egress", "staff"};
  EXPECT_EQ(job.leaves_out, left) << "what is not named is said to be left out";
}

TEST(Methods, APriceMayBeInACurrencyOfTheJobsOwnRate) {
  const Job job = priced_job(R"({"price": "14.4 CNY/GPU-h",
      "currency": {"code": "CNY", "per_usd": 7.2, "date": "2025-03"}})");
  EXPECT_NEAR(job.platform().pricing->price.in(usd_per_accelerator_hour), 2, 1e-12);
  ASSERT_TRUE(job.currency);
  EXPECT_EQ(job.currency->code, "CNY");
}

// Bought for three years against $2 an hour, worked by hand: (31,904.63 / 0.81) / (2 - hosting -
// energy) hours, at the tariff of 2024.
TEST(Methods, RentAgainstBuyOverThreeYearsIsAsByHand) {
  const Job job = priced_job(R"({"method": "all", "price": "$2/GPU-h", "as_of": "2025-01",
      "ownership": {"life": "3 y"}})");
  const Platform& platform = job.platform();
  ASSERT_TRUE(platform.purchase && platform.break_even);
  EXPECT_NEAR(platform.purchase->price.in(usd / accelerator), 31904.63, 0.01);
  const double hosting = 82 * 1.275 / (365.25 * 2), energy = 1.275 * 0.75 * 1.25 * 0.0771;
  const double whole = 31904.63 / 0.81;
  EXPECT_NEAR(platform.break_even->time->in(hour), whole / (2 - hosting - energy), 1);
  EXPECT_NEAR(*platform.break_even->utilisation,
              (whole / (3 * 365.25 * 24) + hosting) / (2 - energy), 1e-4);
}

TEST(Methods, ChipsAloneAreBoughtWithTheirServers) {
  const HardwareDb& db = test::database();
  const Ownership own = *db.ownership("default");
  const auto h20 = nearest_purchase(db.price_books(), "h20-96", *date_in_years("2023-10"), own);
  EXPECT_NEAR(h20->price.in(usd / accelerator), 1.64 * 12000, 1e-6);
  // Of a month that has both, the server.
  const auto h800 = nearest_purchase(db.price_books(), "h800-sxm", *date_in_years("2025-01"), own);
  EXPECT_EQ(h800->price, 44750 * usd / accelerator);
  EXPECT_FALSE(nearest_purchase(db.price_books(), "biren-br100", 0, own));
}

}  // namespace
}  // namespace traincost
