// Switches above the cards: who meets them, what they leave, and which networks cannot be.
#include <gtest/gtest.h>

#include "base/units.h"
#include "estimator/machine/collectives.h"
#include "estimator/step/placement.h"
#include "tests/support.h"

namespace traincost {
namespace {

using namespace unit;

constexpr int kLeaf = 256;

Machine with_fabric(std::vector<FabricTier> fabric, double derate = 1) {
  const HardwareDb& db = test::database();
  const Accelerator chip = *db.accelerator("h100-sxm");
  return make_machine(chip, db.usual_system(chip.record.id), *db.stack("default-gpu"),
                      EngineParameters{}, {.count = 2048, .derate = derate, .fabric = fabric},
                      "bf16");
}

Machine leaf_and_spine(double oversubscription) {
  return with_fabric({{"leaf", 8, 1}, {"spine", kLeaf, oversubscription}});
}

TEST(Network, AGroupUnderOneLeafDoesNotPayTheSpine) {
  const Machine thin = leaf_and_spine(8);
  for (const auto& [size, stride] : {std::pair{8, 1}, {32, 8}, {256, 1}, {4, 64}}) {
    for (const Traffic traffic : {Traffic::kRing, Traffic::kExchange, Traffic::kPath}) {
      EXPECT_EQ(make_group(thin, size, stride, traffic).cards, 1) << size;
    }
  }
}

// By hand: flows that leave a leaf of 256 over the 256 / 8 cards' worth that it carries upwards.
TEST(Network, WhatLeavesALeafSharesItsUplinks) {
  const Machine thin = leaf_and_spine(8);
  // 64 replicas of 8: 32 lie under a leaf, and each of its 8 rings sends up once.
  EXPECT_EQ(make_group(thin, 64, 8).cards, 1);
  // 64 replicas of 128: 2 under a leaf, 128 rings for 32 cards' worth.
  EXPECT_DOUBLE_EQ(make_group(thin, 64, 128).cards, 2.0 / 8);
  // Neighbours a leaf apart: all 256 send.
  EXPECT_DOUBLE_EQ(make_group(thin, 4, 256, Traffic::kPath).cards, 1.0 / 8);
  // 512 ranks exchange: of the 504 parts that leave a node 256 leave the leaf.
  EXPECT_DOUBLE_EQ(make_group(thin, 512, 1, Traffic::kExchange).cards, 504.0 / (256 * 8));
  // One ring of 2,048 over eight cards a node; 32 nodes under a leaf.
  EXPECT_EQ(make_group(thin, 2048, 1).cards, 1);
}

TEST(Network, TakesTimeByTheShareThatIsLeft) {
  const Machine full = leaf_and_spine(1), thin = leaf_and_spine(8);
  const Bytes large = 64 * GiB;
  const auto ratio = [&](auto time) { return time(thin) / time(full); };
  EXPECT_NEAR(
      ratio([&](const Machine& m) { return all_gather_time(m, make_group(m, 64, 128), large); }), 4,
      0.1);
  EXPECT_NEAR(ratio([&](const Machine& m) {
                return send_time(m, make_group(m, 4, 256, Traffic::kPath), large);
              }),
              8, 0.1);
  EXPECT_NEAR(ratio([&](const Machine& m) {
                return all_to_all_time(m, make_group(m, 512, 1, Traffic::kExchange), large, 1);
              }),
              256.0 * 8 / 504, 0.1);
  const Machine half = with_fabric({}, 0.5);
  EXPECT_NEAR((half.scale_out / with_fabric({}).scale_out), 0.5, 1e-12);
}

constexpr const char* kOn1024 =
    R"("layout": {"tp": 8, "pp": 4}, "run": {"tokens": "1T tokens", "global_batch": 2048}})";

std::string network_job(const std::string& network) {
  return R"({"model": "llama-3.1-70b",
  "cluster": {"accelerator": "h100-sxm", "count": 1024, "network": {)" +
         network + "}}, " + kOn1024;
}

double network_step(const std::string& network) {
  const Job job = test::job_from(network_job(network));
  return estimate(job).phases.front().step->time.in(second);
}

TEST(Network, IsStatedByAJob) {
  const std::string leaf = R"("tiers": [{"name": "leaf", "accelerators": 256}, )";
  const double plain = network_step("");
  EXPECT_DOUBLE_EQ(network_step(leaf + R"({"name": "spine"}])"), plain);
  double before = plain;
  for (const char* factor : {"2", "4", "8", "16"}) {
    const double step = network_step(leaf + R"({"oversubscription": )" + factor + "}]");
    EXPECT_GE(step, before) << factor;
    before = step;
  }
  EXPECT_GT(before, plain) << "stages lie a leaf apart";
  EXPECT_DOUBLE_EQ(network_step(leaf + R"({"bandwidth": "100 Gb/s"}])"),
                   network_step(leaf + R"({"oversubscription": 4}])"));
  EXPECT_GT(network_step(R"("derate": 0.25)"), plain);
  EXPECT_DOUBLE_EQ(network_step(R"("cards_per_node": 4, "card_bandwidth": "400 Gb/s")"),
                   network_step(R"("card_bandwidth": "200 Gb/s")"));
}

TEST(Network, BeginsWhereTheFastLinksEnd) {
  const auto step_at = [](const std::string& oversubscription) {
    const Job job = test::job_from(R"({"model": "llama-3.1-8b",
        "cluster": {"accelerator": "tpu-v5e", "count": 256, "slices": 4, "network":
        {"tiers": [{"name": "spine", "oversubscription": )" +
                                   oversubscription + R"(}]}},
        "layout": {"zero": 3, "zero_shards": 0}, "run": {"tokens": "1T tokens",
        "global_batch": 1024, "recompute": "full"}})");
    return estimate(job).phases.front().step->time.in(second);
  };
  EXPECT_GT(step_at("8"), step_at("1")) << "slices meet over it";
}

TEST(Network, PlacesGroupsInRankOrder) {
  const Job job = test::job_from(network_job(
      R"("tiers": [{"name": "leaf", "accelerators": 256}, {"name": "spine", "oversubscription": 4}])"));
  const std::vector<PlacedGroup> groups = placement(job.phases.front().setup->context());
  ASSERT_EQ(groups.size(), 3U);
  EXPECT_EQ(groups[0].name, "tp");
  EXPECT_EQ(groups[0].meets, "scale-up domain");
  EXPECT_EQ(groups[1].name, "dp");
  EXPECT_EQ(groups[1].span.stride, 8);
  EXPECT_EQ(groups[1].meets, "leaf");
  EXPECT_EQ(groups[2].name, "pp");
  EXPECT_EQ(groups[2].span.stride, 256);
  EXPECT_EQ(groups[2].meets, "spine");
  EXPECT_EQ(groups[2].of_cards, 0.25);
}

TEST(Network, ThatCannotBeIsAFault) {
  const auto fault = [](const std::string& network) {
    return test::fault_of([&] { return test::job_from(network_job(network)); });
  };
  EXPECT_EQ(
      fault(R"("tiers": [{"oversubscription": 0.5}])"),
      "job.json:2: /cluster/network/tiers/0/oversubscription: 0.5 is out of range: expected 1 "
      "to 64");
  EXPECT_EQ(
      fault(R"("tiers": [{"name": "leaf", "accelerators": 8}, {"name": "spine"}])"),
      "job.json:2: /cluster/network/tiers/0/accelerators: leaf joins 8 accelerators, and 8 meet "
      "below it already\n    more than that, or drop the tier");
  EXPECT_EQ(fault(R"("tiers": [{"name": "leaf"}, {"name": "spine"}])"),
            "job.json:2: /cluster/network/tiers/0: all accelerators meet under leaf: nothing is "
            "left for the tiers above\n    add \"accelerators\", how many meet under one of its "
            "switches");
  EXPECT_EQ(fault(R"("tiers": [{"name": "leaf", "accelerators": 512}])"),
            "job.json:2: /cluster/network/tiers/0/accelerators: leaf joins 512 of the 1024 "
            "accelerators, and no tier is above it\n    add a tier, or leave \"accelerators\" out "
            "of the last");
  EXPECT_EQ(fault(R"("tiers": [{"bandwidth": "100 Gb/s", "oversubscription": 2}])"),
            "job.json:2: /cluster/network/tiers/0/bandwidth: oversubscription says the same\n"
            "    drop one");
  EXPECT_EQ(fault(R"("cards_per_node": 4)"),
            "job.json:2: /cluster/network/cards_per_node: says nothing without card_bandwidth\n"
            "    add it");
  EXPECT_EQ(fault(R"("derate": 0)"),
            "job.json:2: /cluster/network/derate: 0 is out of range: expected 0.01 to 1");
}

}  // namespace
}  // namespace traincost
