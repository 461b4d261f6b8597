// Runs: goodput, prices, energy.
#include <gtest/gtest.h>

#include <cmath>
#include <random>

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
  const double young = std::sqrt(2 * 10 * 1.803 * 3600);
  EXPECT_NEAR(g.checkpoint_interval.in(second), young, 10) << "Daly's is shorter by some of w";
  // To first order.
  EXPECT_NEAR(g.share, (1 - 10 / young) * (1 - (young / 2 + 300) / 6490), 0.005);
  EXPECT_NEAR(g.writing, g.share * (10 / g.checkpoint_interval.in(second)), 1e-12);
  EXPECT_NEAR(g.share + g.writing + g.lost, 1, 1e-12);
}

// One interruption in 1.80 h, restart 5 minutes, checkpoints that take none: 0.68 of the time with
// one an hour, 0.88 with one in 15 minutes, 0.93 in 5, to first order; exactly 0.72, 0.89, 0.93.
TEST(Goodput, AStatedIntervalIsTaken) {
  Reliability r;
  r.failures_per_node_day = 0.0065;
  r.restart = 5 * minute;
  const double mean = 24 / (2048 * 0.0065);  // hours
  for (const double minutes : {60.0, 15.0, 5.0}) {
    r.checkpoint_interval = minutes * minute;
    const double m = minutes / 60 / mean, u = 5 / 60.0 / mean;
    EXPECT_NEAR(goodput(r, 16384).share, m / (std::exp(u) * std::expm1(m)), 1e-12);
  }
  EXPECT_NEAR(goodput(r, 16384).share, 0.93, 0.005);
}

// Against what it says: work in pieces of dt, each followed by a checkpoint of w, that begin anew
// after a restart of u whenever a failure of a Poisson process strikes.
TEST(Goodput, IsWhatASimulationGives) {
  std::mt19937_64 random(7);
  for (const double mean : {600.0, 3600.0, 40000.0}) {  // seconds
    Reliability r;
    r.failures_per_node_day = 86400 / mean;
    r.checkpoint_write = 20 * second;
    r.restart = 240 * second;
    const Goodput g = goodput(r, 8);
    const double dt = g.checkpoint_interval.in(second), w = 20, u = 240;
    std::exponential_distribution<double> failure(1 / mean);
    double wall = 0;
    constexpr int kPieces = 100000;
    const auto survives = [&](double time) {  // adds what was spent on it
      const double until = failure(random);
      wall += std::min(until, time);
      return until >= time;
    };
    for (int i = 0; i < kPieces; ++i) {
      while (!survives(dt + w)) {
        while (!survives(u)) {
        }
      }
    }
    EXPECT_NEAR(g.share / (kPieces * dt / wall), 1, 0.02) << mean;
  }
}

// BLOOM wrote 2.3 TB in 40 s and lost a node about every week: Young's interval is 1.9 h, and 100
// iterations, 2.9 h, were between its checkpoints. bigscience-workshop/bigscience, tr11-176B-ml.
TEST(Goodput, OfBloomsCheckpointsIsNearlyTheBest) {
  Reliability r = *test::database().reliability("bloom");
  const Goodput best = goodput(r, 384);
  EXPECT_NEAR(best.time_to_interruption.in(hour), 168, 1);
  EXPECT_NEAR(best.checkpoint_interval.in(hour), 1.9, 0.05);
  r.checkpoint_interval = 2.9 * hour;
  const Goodput used = goodput(r, 384);
  EXPECT_LT(used.share, best.share);
  EXPECT_GT(used.share, best.share - 0.002);
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

RentalQuote quote_of(const char* provider, const char* tier, const char* region, const char* date,
                     double price) {
  RentalQuote quote;
  quote.accelerator = "h100-sxm";
  quote.provider = provider;
  quote.tier = tier;
  quote.region = region;
  quote.date = date;
  quote.price = price * usd_per_accelerator_hour;
  return quote;
}

TEST(Prices, TheMiddleOfTheNewestOfTheTierIsTaken) {
  PriceBook book;
  book.rental = {quote_of("old", "neocloud", "", "2026-01", 1),
                 quote_of("dear", "neocloud", "", "2026-06", 6),
                 quote_of("middle", "neocloud", "", "2026-04", 4),
                 quote_of("cheap", "neocloud", "", "2026-06", 2),
                 quote_of("there", "long-tail", "europe", "2025-01", 9)};
  const auto found = [&](WantedQuote wanted) {
    wanted.accelerator = "h100-sxm";
    const auto quote = find_rental_quote({book}, wanted);
    return quote ? quote->provider : std::string("none");
  };
  EXPECT_EQ(found({.tier = "neocloud"}), "middle") << "of the three months to the newest";
  EXPECT_EQ(found({.tier = "neocloud", .as_of = "2026-03"}), "old");
  EXPECT_EQ(found({.tier = "neocloud", .as_of = "2024-03"}), "none");
  EXPECT_EQ(found({.tier = "hyperscaler"}), "middle") << "no such tier: of any";
  EXPECT_EQ(found({.tier = "neocloud", .region = "europe"}), "there")
      << "the region comes before the tier";
}

// A quote of another year than the run's is said to be one; so is a run before its chip.
TEST(Prices, OldOnesAndRunsBeforeTheirChipWarn) {
  const auto warned = [](const char* start) {
    std::string ids;
    const Job job = test::job_from(R"({"model": "llama-3.1-8b", "start": ")" + std::string(start) +
                                   R"(", "cluster": {"accelerator": "h100-sxm", "count": 8},
        "phases": [{"accelerator_hours": 1000}]})");
    for (const Warning& each : job.warnings) ids += std::string(each.id()) + " ";
    return ids;
  };
  EXPECT_EQ(warned("2024-06-01"), "");
  EXPECT_EQ(warned("2029-01-01"), "W0302 ");
  EXPECT_EQ(warned("2021-01-01"), "W0304 W0302 ");
}

TEST(Prices, NoneIsSaidOfWhatHasNone) {
  const auto books = test::database().price_books();
  EXPECT_FALSE(
      find_rental_quote(books, {.accelerator = "biren-br100", .tier = "neocloud"}).has_value());
}

// Tariff and carbon are of the year in which a run starts, or of the nearest that is recorded.
TEST(Energy, AGridIsThatOfTheRunsYear) {
  const auto grid_of = [](const std::string& members) {
    return test::job_from(R"({"model": "llama-3.1-8b", "phases": [{"accelerator_hours": 1000}],
        "cluster": {"accelerator": "h100-sxm", "count": 8})" +
                          members + "}")
        .grid;
  };
  const Grid then = grid_of(R"(, "start": "2022-05-01")");
  EXPECT_NEAR(then.electricity_price->in(usd / kWh), 0.0832, 1e-12);
  EXPECT_NEAR(then.carbon_intensity->in(gram / kWh), 410.4, 1e-9);
  EXPECT_NEAR(grid_of(R"(, "start": "2031-05-01")").carbon_intensity->in(gram / kWh), 384.4, 1e-9);
  EXPECT_NEAR(grid_of(R"(, "grid": "norway")").carbon_intensity->in(gram / kWh), 28.1, 1e-9);
  // What the job states comes first.
  EXPECT_NEAR(grid_of(R"(, "start": "2022-05-01", "grid": {"carbon_intensity": "20 g/kWh"})")
                  .carbon_intensity->in(gram / kWh),
              20, 1e-9);
}

TEST(Energy, WaterIsOfTheServersAndMakingOfTheirLife) {
  const Estimate answer = estimate(test::job_from(R"({"model": "llama-3.1-8b",
      "cluster": {"accelerator": "h100-sxm", "count": 8},
      "phases": [{"accelerator_hours": 43830}], "grid": {"pue": 1.5, "wue": "2 L/kWh"}})"));
  EXPECT_NEAR(answer.water.in(litre), 2 * answer.energy.in(kWh) / 1.5, 1e-6);
  EXPECT_NEAR(answer.embodied.in(kg), 164, 0.01) << "five years of one accelerator";
}

TEST(Energy, FollowsTheServersRating) {
  const HardwareDb& db = test::database();
  // DGX H100: 10.2 kW / 8 x 0.75 = 0.956 kW, x PUE 1.25.
  const Power each = mean_power(*db.accelerator("h100"), *db.system("dgx-h100"), *db.grid("us"));
  EXPECT_NEAR(each.in(kW), 0.95625, 1e-9);
  const Energy energy = run_energy(1000 * accelerator_hour, each, *db.grid("us"));
  EXPECT_NEAR(energy.total.in(kWh), 1195.3, 0.1);
  EXPECT_NEAR(energy.carbon.in(kg), 1195.3 * 0.3844, 0.1);
}

// 64 H100 of a dense model; half a step of bubble draws less than one that computes.
Estimate drawn(const std::string& layout, const std::string& members = "") {
  return estimate(test::job_from(
      R"({"model": "llama-3.1-8b", "cluster": {"accelerator": "h100-sxm", "count": 64},
          "reliability": "none", "grid": {"record": "us", "pue": 1.0)" +
      members + R"(}, "layout": {)" + layout + R"(}, "run": {"tokens": "1B tokens",
          "global_batch": 64, "micro_batch": 1, "precision": "bf16", "recompute": "full"}})"));
}

TEST(Energy, OfAPredictedRunIsOfWhatItsStepsDo) {
  const auto watts = [](const Estimate& answer) {
    return answer.energy.in(joule) / (answer.billed / (1 * accelerator)).in(second);
  };
  const double busy = watts(drawn(R"("dp": 64, "zero": 1)"));
  const double idle = watts(drawn(R"("dp": 8, "pp": 8, "zero": 1)"));
  EXPECT_LT(idle, 0.9 * busy);
  EXPECT_LT(busy, 1275);
  EXPECT_GT(idle, 0.21 * 700);
  EXPECT_NEAR(watts(drawn(R"("dp": 64, "zero": 1)", R"(, "average_draw": 0.5)")), 0.5 * 1275, 1e-6)
      << "as the job says";
}

TEST(Energy, OfAStatedTimeIsAtTheGridsAverage) {
  const Estimate answer = estimate(test::job_from(
      R"({"model": "llama-3.1-8b", "cluster": {"accelerator": "h100-sxm", "count": 8},
          "grid": {"record": "us", "pue": 1.0},
          "phases": [{"name": "all", "accelerator_hours": 1000}]})"));
  EXPECT_NEAR(answer.energy.in(kWh), 1000 * 0.75 * 1.275, 1e-6);
}

}  // namespace
}  // namespace traincost
