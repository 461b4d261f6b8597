// Kernels and collectives against measured points that the curves were not tuned to one by one.
#include <gtest/gtest.h>

#include "base/units.h"
#include "estimator/machine/collectives.h"
#include "estimator/machine/kernels.h"
#include "tests/support.h"

namespace traincost {
namespace {

using namespace unit;

Machine machine(const char* accelerator, int count = 64, const char* precision = "bf16") {
  const HardwareDb& db = test::database();
  const Accelerator chip = *db.accelerator(accelerator);
  return make_machine(chip, db.usual_system(chip.record.id), *db.stack("default-gpu"),
                      EngineParameters{}, {.count = count}, precision);
}

double tflops(const Machine& m, const Gemm& gemm) {
  return 2 * gemm.m * gemm.n * gemm.k * gemm.groups / gemm_time(m, m.run, gemm).in(second) / 1e12;
}

TEST(Gemm, LargeShapesReachWhatWasMeasured) {
  // Medians of m >= 4096, n and k >= 4096: A100 0.84, B200 0.67 of peak, and 0.49 to 0.54 where the
  // load lasts. Source: ai-dynamo/aiconfigurator@095f58a systems/data, gemm tables;
  // MooreThreads/SimuMax@4dcaae5 configs/system/b200_bf16_ceperm.json.
  EXPECT_NEAR(tflops(machine("a100-sxm-80"), {8192, 8192, 8192}) / 312, 0.84, 0.06);
  EXPECT_NEAR(tflops(machine("b200-sxm"), {8192, 8192, 8192}) / 2250, 0.54, 0.03);
}

TEST(Gemm, ThinAndSmallShapesReachLess) {
  const Machine h100 = machine("h100-sxm");
  const double large = tflops(h100, {8192, 8192, 8192});
  EXPECT_LT(tflops(h100, {8192, 512, 8192}), large);
  EXPECT_LT(tflops(h100, {64, 8192, 8192}), 0.3 * large);
  EXPECT_LT(tflops(h100, {8192, 8192, 64}), 0.6 * large);
}

TEST(Gemm, OneRowOverATileCostsAWave) {
  const Machine h100 = machine("h100-sxm");
  // 33 x 16 tiles of 128 x 256 are four full waves of 132 units; a 34th row of tiles opens a fifth.
  // A partial wave costs 0.4 and its share: 0.4 + 0.6 x 16/132 of one in four.
  EXPECT_LT(tflops(h100, {4225, 4096, 4096}), 0.92 * tflops(h100, {4224, 4096, 4096}));
}

TEST(Gemm, ABenchmarkFindsItsOperandsInTheCacheAndAStepDoesNot) {
  const HardwareDb& db = test::database();
  const Accelerator chip = *db.accelerator("l40s");
  const auto thin = [&](Load load, double width) {
    const Machine m = make_machine(chip, db.usual_system(chip.record.id), *db.stack("default-gpu"),
                                   EngineParameters{}, {.count = 8}, "bf16", load);
    return tflops(m, {128, width, width});
  };
  // 128 x 4096 x 4096 with 34 MB of weights at 149 TFLOP/s, 128 x 8192 x 8192 with 134 MB at 76.
  // Source: ai-dynamo/aiconfigurator@095f58a systems/data/l40s, gemm table.
  EXPECT_NEAR(thin(Load::kBenchmark, 4096) / 149, 1, 0.25);
  EXPECT_NEAR(thin(Load::kBenchmark, 8192) / 76, 1, 0.15);
  EXPECT_LT(thin(Load::kTraining, 4096), 90) << "other work has passed through the cache";
}

TEST(Gemm, UnitsInPairsWorkOnTilesTwiceAsLarge) {
  Machine b200 = machine("b200-sxm");
  ASSERT_TRUE(b200.paired_units);
  const Gemm fills{256 * 4, 256 * 37, 4096};   // 148 tiles of 256 x 256: one each
  const Gemm spills{256 * 4, 256 * 38, 4096};  // four more
  const double paired = gemm_time(b200, b200.run, spills) / gemm_time(b200, b200.run, fills);
  b200.paired_units = false;
  const double single = gemm_time(b200, b200.run, spills) / gemm_time(b200, b200.run, fills);
  EXPECT_GT(paired, single) << "a wave that is barely begun costs more of them";
}

TEST(Gemm, RowsThatAreNoWholeLoadsRunOnTheVectorUnits) {
  // Heads of 150 and 108 cost BLOOM's candidates a third of their speed; 144 and 208 did not.
  // Source: bigscience-workshop/bigscience train/tr11-176B-ml/chronicles-prequel.md.
  EXPECT_FALSE(loads_whole(150, 2));
  EXPECT_FALSE(loads_whole(108, 2));
  EXPECT_TRUE(loads_whole(144, 2));
  EXPECT_TRUE(loads_whole(208, 2));
  const Machine a100 = machine("a100-sxm-80");
  const double aligned = tflops(a100, {2048, 2048, 152, 24});
  const double unaligned = tflops(a100, {2048, 2048, 152, 24, Loads::kBatchedPieces});
  EXPECT_LT(unaligned, 0.4 * aligned);
  EXPECT_LT(unaligned, 19.5) << "the fp32 peak of the vector units";
}

TEST(Gemm, H20ReachesMoreOfItsPeakThanH100) {
  // Measured 0.96 against 0.81: zzc0721/torch-performance-test-data issues 77 and 79.
  const double h20 = tflops(machine("h20-96"), {8192, 8192, 8192}) / 148;
  EXPECT_GT(h20, 0.9);
  EXPECT_GT(h20, tflops(machine("h100-sxm"), {8192, 8192, 8192}) / 989.4 + 0.1);
}

TEST(Attention, ReachesTheTraceOfDeepSeekV3) {
  // One MoE layer's attention at 4,096 tokens: forward 1.237 ms, backward 3.779 ms.
  // Source: deepseek-ai/profile-data@4496024 train.json.
  const HardwareDb& db = test::database();
  const Accelerator chip = *db.accelerator("h800-sxm");
  // The trace is of one chunk, not of a warm step.
  const Machine h800 = make_machine(chip, db.usual_system(chip.record.id), *db.stack("default-gpu"),
                                    EngineParameters{}, {.count = 64}, "bf16", Load::kBenchmark);
  const AttentionCurves& curves = chip.attention.at("fa3");
  AttentionWork work{.flops = 2.0 * 4096 * 2048 * 128 * (192 + 128) * FLOP,
                     .queries = 4096,
                     .heads = 128,
                     .keys = 2048,
                     .causal = true,
                     .head_dim = 160};
  EXPECT_NEAR(attention_time(h800, curves, curves.forward, work).in(millisecond), 1.237, 0.05);
  work.flops = 2.5 * work.flops;
  EXPECT_NEAR(attention_time(h800, curves, curves.backward, work).in(millisecond), 3.779, 0.25);
}

double bus_bandwidth(const Machine& m, Group group, Bytes bytes) {
  const double share = (group.size - 1.0) / group.size;
  return (share * bytes / all_gather_time(m, group, bytes)).in(GB_per_s);
}

TEST(Collectives, GathersReachTheMeasuredBusBandwidthAtEverySize) {
  // 8 GPUs of one node, GB/s. Source: ai-dynamo/aiconfigurator@095f58a systems/data, nccl tables
  // (1 MiB to 512 MiB); nccl-tests output of an 8 x A100 and an 8 x H200 node (8 and 16 GiB).
  struct Point {
    const char* accelerator;
    Bytes size;
    double measured;
  };
  constexpr Point kPoints[] = {{"a100-sxm-80", 1 * MiB, 34},   {"a100-sxm-80", 4 * MiB, 77},
                               {"a100-sxm-80", 64 * MiB, 167}, {"a100-sxm-80", 512 * MiB, 205},
                               {"a100-sxm-80", 8 * GiB, 223},  {"h100-sxm", 1 * MiB, 54},
                               {"h100-sxm", 4 * MiB, 110},     {"h100-sxm", 64 * MiB, 282},
                               {"h100-sxm", 512 * MiB, 336},   {"h100-sxm", 16 * GiB, 361},
                               {"b200-sxm", 4 * MiB, 126},     {"b200-sxm", 64 * MiB, 430},
                               {"b200-sxm", 512 * MiB, 618}};
  for (const Point& each : kPoints) {
    const double reached = bus_bandwidth(machine(each.accelerator), {8, 8}, each.size);
    // The protocols' switches between 1 and 64 MiB are not modelled; large messages are.
    const double tolerance = each.size >= 8 * GiB ? 0.05 : 0.17;
    EXPECT_NEAR(reached / each.measured, 1, tolerance)
        << each.accelerator << " " << each.size.in(MiB);
  }
}

TEST(Collectives, LargeAllReducesAcrossNodesReachTheCards) {
  // DGX A100 with 8 x 200 Gb/s 192 GB/s, DGX H100 with 8 x 400 Gb/s 370; nccl-tests, 8 GiB.
  const auto reached = [](const char* accelerator) {
    const Bytes large = 8 * GiB;
    return (2.0 * 63 / 64 * large / all_reduce_time(machine(accelerator), {64, 8}, large))
        .in(GB_per_s);
  };
  EXPECT_NEAR(reached("a100-sxm-80"), 192, 12);
  EXPECT_NEAR(reached("h100-sxm"), 370, 20);
}

TEST(Collectives, SmallMessagesAreLatency) {
  const Machine h100 = machine("h100-sxm");
  const Seconds small = all_gather_time(h100, {8, 8}, 8 * kB);
  EXPECT_NEAR(small.in(microsecond), 10.1, 6) << "512 B all-gather on 8 H100: 10.1 us";
}

TEST(Groups, AHostDoesNotSplitADomainThatSpansHosts) {
  const HardwareDb& db = test::database();
  const auto domain = [&](const char* accelerator, int node_size) {
    const Accelerator chip = *db.accelerator(accelerator);
    const ClusterOverrides overrides{.count = 256, .node_size = node_size};
    return make_machine(chip, db.usual_system(chip.record.id), *db.stack("default-gpu"),
                        EngineParameters{}, overrides, "bf16")
        .scale_up_domain;
  };
  EXPECT_EQ(domain("tpu-v5e", 4), 256) << "a torus of 256 over hosts of four or eight";
  EXPECT_EQ(domain("gb200", 4), 72);
  EXPECT_EQ(domain("h100-sxm", 4), 4) << "a half-filled node";
}

TEST(Groups, LieInRankOrder) {
  const Machine h100 = machine("h100-sxm");
  EXPECT_EQ(make_group(h100, 8, 1).inside, 8);
  EXPECT_EQ(make_group(h100, 16, 8).inside, 1) << "data parallel over tp 8: one rank a node";
  EXPECT_EQ(make_group(h100, 16, 2).inside, 4);
  const Machine rack = machine("gb200", 144);
  EXPECT_EQ(make_group(rack, 64, 1).inside, 64) << "NVL72";
}

TEST(Collectives, DeepEpMovesWhatItMeasured) {
  // 4096 tokens x top-8 x 7168 B in FP8 to 64 ranks, 4 of 8 groups: about 46 GB/s over RDMA.
  // Source: deepseek-ai/DeepEP@ebfe47e README.md.
  const Machine h800 = machine("h800-sxm", 2048);
  const Bytes bytes = 4096.0 * 8 * 7168 * B;
  const Seconds time = all_to_all_time(h800, {64, 8}, bytes, 4.0 / 8);
  EXPECT_NEAR((0.5 * 7 / 8 * bytes / time).in(GB_per_s), 46, 4);
}

TEST(Collectives, OversubscriptionSlowsOnlyWhatLeavesTheDomain) {
  const HardwareDb& db = test::database();
  const Accelerator chip = *db.accelerator("h100-sxm");
  System thin = db.usual_system(chip.record.id);
  thin.oversubscription = 4;
  const auto with = [&](const System& system) {
    return make_machine(chip, system, *db.stack("default-gpu"), EngineParameters{}, {.count = 64},
                        "bf16");
  };
  const Machine full = with(db.usual_system(chip.record.id));
  const Machine quarter = with(thin);
  const Bytes large = 64 * GiB;
  const auto gather = [&](const Machine& on, int ranks) {
    return all_gather_time(on, make_group(on, ranks, 1), large);
  };
  EXPECT_NEAR(gather(quarter, 64) / gather(full, 64), 4, 0.2);
  EXPECT_EQ(gather(quarter, 8), gather(full, 8));
}

TEST(Collectives, ARackDrivesEightCardsAtOnce) {
  // 20 racks of GB200 reach 406 GB/s at 16 GiB, 2 racks 810. Source: coreweave/nccl-tests.
  const Machine rack = machine("gb200", 1440);
  const auto bus = [&](int ranks) {
    const Bytes large = 16 * GiB;
    return (2.0 * (ranks - 1) / ranks * large / all_reduce_time(rack, {ranks, 72}, large))
        .in(GB_per_s);
  };
  EXPECT_NEAR(bus(1440), 406, 60);
  EXPECT_NEAR(bus(128), 810, 160);
}

TEST(Groups, HaveTheLinksOfTheirOwnAxisOrMembers) {
  const Machine torus = machine("tpu-v5e", 256);
  EXPECT_DOUBLE_EQ(make_group(torus, 16, 1).links, 0.5) << "one axis of two";
  EXPECT_DOUBLE_EQ(make_group(torus, 16, 16).links, 0.5) << "the other";
  EXPECT_DOUBLE_EQ(make_group(torus, 256, 1).links, 1) << "the whole slice";
  const Machine mesh = machine("mi300x", 8);
  EXPECT_DOUBLE_EQ(make_group(mesh, 2, 1).links, 1.0 / 7);
  EXPECT_DOUBLE_EQ(make_group(mesh, 8, 1).links, 1);
  EXPECT_DOUBLE_EQ(make_group(machine("h100-sxm"), 2, 1).links, 1) << "a switch";
}

TEST(Groups, HaveTheLinksThatWiringLeavesThem) {
  // DGX-1, GB/s of all-reduces of 1 GiB. Source: VIA-Research/vTrain@f8dda84 trace, nccl-tests.
  const HardwareDb& db = test::database();
  const Accelerator chip = *db.accelerator("v100-sxm2-32");
  const Machine cube = make_machine(chip, *db.system("dgx-1-v100"), *db.stack("default-gpu"),
                                    EngineParameters{}, {.count = 8}, "fp16");
  const auto bus = [&](int ranks) {
    const Bytes large = 1 * GiB;
    const Seconds time = all_reduce_time(cube, make_group(cube, ranks, 1), large);
    return (2.0 * (ranks - 1) / ranks * large / time).in(GB_per_s);
  };
  EXPECT_NEAR(bus(2), 22.6, 1.5);
  EXPECT_NEAR(bus(4), 85.4, 6);
  EXPECT_NEAR(bus(5), 37.2, 3);
  EXPECT_NEAR(bus(8), 134.5, 8);
  const Machine generic = machine("l40s", 8);
  EXPECT_DOUBLE_EQ(make_group(generic, 2, 1).links, 1);
  EXPECT_EQ(make_group(generic, 3, 1).links, make_group(generic, 4, 1).links) << "next larger";
  EXPECT_EQ(make_group(generic, 8, 1).links, make_group(generic, 64, 1).links) << "the largest";
}

TEST(Collectives, AMeshExchangesInPairs) {
  // Eight MI300X reduce 8 MiB in 91 us; a ring's 14 hops of 2 us would cost more than half of it.
  // Source: rccl, crickett-hpe/hpc-ai-envs pull 30.
  const Machine mesh = machine("mi300x", 16);
  EXPECT_NEAR(all_reduce_time(mesh, make_group(mesh, 8, 1), 8 * MiB).in(microsecond), 91, 10);
  // Sixteen reach 384 GB/s of 2 GiB: one of a node's eight sends over its card instead of a link.
  // Source: ROCm/rccl pull 2078.
  EXPECT_NEAR(all_reduce_time(mesh, {16, 8}, 2 * GiB).in(microsecond), 11186, 500);
}

TEST(Collectives, AMessageHasItsOwnShareOfTheLinks) {
  const Machine a100 = machine("a100-sxm-80");
  const Machine h100 = machine("h100-sxm");
  const Bytes large = 1 * GB;
  EXPECT_NEAR((large / send_time(a100, {2, 2}, large)).in(GB_per_s), 0.92 * 300, 2);
  EXPECT_NEAR((large / send_time(h100, {2, 2}, large)).in(GB_per_s), 0.79 * 450, 2);
  const Machine b200 = machine("b200-sxm");
  EXPECT_EQ(b200.send, b200.scale_up) << "none is recorded";
}

TEST(Systems, AStatedNodeSizeChoosesAmongThoseOfAnAccelerator) {
  const HardwareDb& db = test::database();
  const Accelerator v100 = *db.accelerator("v100-sxm2-32");
  EXPECT_EQ(db.usual_system(v100.record.id).record.id, "dgx-1-v100");
  EXPECT_EQ(db.usual_system(v100.record.id, 16).record.id, "dgx-2-v100");
  EXPECT_EQ(db.usual_system(v100.record.id, 3).record.id, "dgx-1-v100") << "no such: the usual one";
}

TEST(Collectives, FusedDispatchCopiesNothingOfItsOwn) {
  Machine rack = machine("gb200", 72);
  const Bytes bytes = 64 * MiB;
  const Seconds plain = all_to_all_time(rack, {8, 8}, bytes, 1);
  rack.stack.fused_dispatch = true;
  EXPECT_LT(all_to_all_time(rack, {8, 8}, bytes, 1), 0.95 * plain);
}

TEST(Gemm, LastingProductsMeetThePowerLimit) {
  // mamf-finder on one H200: 842 TFLOP/s in bursts, 722 sustained.
  const HardwareDb& db = test::database();
  const Accelerator chip = *db.accelerator("h100-sxm");
  const auto rate = [&](Load load, double m) {
    const Machine machine =
        make_machine(chip, db.usual_system(chip.record.id), *db.stack("default-gpu"),
                     EngineParameters{}, {.count = 8}, "bf16", load);
    return tflops(machine, {m, 8192, 8192});
  };
  EXPECT_GT(rate(Load::kBenchmark, 2112), 1.1 * rate(Load::kTraining, 2112)) << "0.4 ms";
  EXPECT_LT(rate(Load::kBenchmark, 1 << 18), 1.03 * rate(Load::kTraining, 1 << 18)) << "50 ms";
  EXPECT_NEAR(rate(Load::kTraining, 1 << 18) / 989.4, 722 / 989.4, 0.05);
}

}  // namespace
}  // namespace traincost
