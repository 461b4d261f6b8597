// What a step holds beside its products, each seen by what it changes: who adds gradients up, who
// waits for whom, what hides under what.
#include "estimator/step/step.h"

#include <gtest/gtest.h>

#include "base/units.h"
#include "tests/support.h"

namespace traincost {
namespace {

using namespace unit;

StepSetup phase_of(const std::string& text) { return *test::job_from(text).phases.front().setup; }

// On as many accelerators as the layout has ranks.
StepEstimate step_of(StepSetup p) {
  p.machine.count = p.layout.tp * p.layout.pp * p.layout.cp * p.layout.dp;
  return estimate_step({p.model, p.machine, p.layout, p.batch});
}

Seconds term(const StepEstimate& step, Cause cause) {
  for (const StepTerm& each : step.terms) {
    if (each.cause == cause) return each.time;
  }
  return {};
}

constexpr const char* kGpt = R"({
  "model": {"name": "gpt", "layers": 16, "hidden": 4096, "ffn_hidden": 16384, "heads": 32,
    "kv_heads": 32, "head_dim": 128, "vocab": 51200, "gated_mlp": false, "tied_embeddings": true},
  "cluster": {"accelerator": "a100-sxm-80", "count": 64},
  "stack": {"framework": "megatron-lm", "date": "2021-06"},
  "layout": {"tp": 8, "pp": 2, "dp": 4, "zero": 1},
  "run": {"sequence_length": 2048, "global_batch": 64, "micro_batch": 1, "precision": "fp16",
    "recompute": "full", "tokens": 1e9}})";

std::string changed(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

TEST(Accumulation, IsInFp32WithBf16AndWhereTheProductDoesIt) {
  EXPECT_EQ(phase_of(kGpt).machine.stack.gradient_bytes, 2);
  const std::string bf16 = changed(kGpt, "fp16", "bf16");
  EXPECT_EQ(phase_of(bf16).machine.stack.gradient_bytes, 4);
  EXPECT_EQ(phase_of(changed(kGpt, "2021-06", "2022-05")).machine.stack.gradient_bytes, 4);
  EXPECT_GT(step_of(phase_of(bf16)).time, step_of(phase_of(kGpt)).time);
}

TEST(Accumulation, IsCoveredInPartByAProductThatDoesIt) {
  StepSetup phase = phase_of(changed(kGpt, "fp16", "bf16"));
  const Seconds apart = step_of(phase).time;
  phase.machine.stack.fused_accumulation = true;
  EXPECT_LT(step_of(phase).time, apart);
}

TEST(TiedTables, AreExchangedBetweenTheEndsOfAPipeline) {
  const auto exchanged = [](StepSetup phase, bool tied) {
    phase.model.tied_embeddings = tied;
    phase.layout.dp = 1;
    return term(step_of(phase), Cause::kDataParallel);
  };
  StepSetup phase = phase_of(kGpt);
  EXPECT_GT(exchanged(phase, true), exchanged(phase, false));
  phase.layout.pp = 1;
  EXPECT_EQ(exchanged(phase, true), Seconds{});
}

TEST(ExpertExchange, HidesOnlyWhereItCrossesDomains) {
  constexpr const char* kExperts = R"({
    "model": "deepseek-v3", "cluster": {"accelerator": "h100-sxm", "count": 512},
    "stack": {"framework": "megatron-bridge", "date": "2025-09"},
    "layout": {"pp": 8, "dp": 64, "ep": 8},
    "run": {"sequence_length": 4096, "global_batch": 2048, "micro_batch": 1, "precision": "fp8",
      "recompute": "full", "tokens": 1e9}})";
  const auto shown = [](StepSetup phase, double overlap) {
    phase.machine.stack.ep_overlap = overlap;
    return term(step_of(phase), Cause::kExpertParallel);
  };
  StepSetup inside = phase_of(kExperts);
  EXPECT_EQ(shown(inside, 0), shown(inside, 0.8));
  inside.layout.ep = 64;
  EXPECT_GT(shown(inside, 0), shown(inside, 0.8));
}

TEST(Zero3, ThroughListsCostsTheHostATensorForEveryRank) {
  const auto gathered = [](const char* count, bool lists) {
    std::string text = changed(kGpt, R"("tp": 8, "pp": 2, "dp": 4, "zero": 1)", R"("zero": 3)");
    text = changed(text, R"("global_batch": 64)", R"("global_batch": 2048)");
    StepSetup phase = phase_of(changed(text, R"("count": 64)", count));
    phase.machine.stack.gathers_tensors = lists;
    return term(step_of(phase), Cause::kShardedData);
  };
  const Seconds few = gathered(R"("count": 128)", true) - gathered(R"("count": 128)", false);
  const Seconds many = gathered(R"("count": 1024)", true) - gathered(R"("count": 1024)", false);
  EXPECT_GT(few, Seconds{});
  EXPECT_GT(many / few, 0.125 * 4) << "an eighth of the micro-batches, eight times the ranks";
}

TEST(Meeting, OfRanksAndStreamsIsPaidForEveryCollectiveOfALayer) {
  const auto waited = [](bool sequence_parallel) {
    StepSetup phase = phase_of(kGpt);
    phase.layout.pp = 1;
    phase.layout.dp = 8;
    phase.layout.sequence_parallel = sequence_parallel;
    phase.batch.recompute = Recompute::kNone;
    const Seconds with = term(step_of(phase), Cause::kTensorParallel);
    const double meetings = phase.machine.engine.collective_dispatch;
    phase.machine.engine.collective_dispatch = 0;
    const Seconds without = term(step_of(phase), Cause::kTensorParallel);
    return (with - without) / (meetings * phase.machine.stack.dispatch);
  };
  // 8 micro-batches, 16 layers, two blocks, forward and backward: one all-reduce each, or a gather
  // and a scatter and, backward, one more gather.
  EXPECT_NEAR(waited(false), 8 * 16 * 2 * 2, 1e-6);
  EXPECT_NEAR(waited(true), 8 * 16 * 2 * (2 + 3), 1e-6);
}

TEST(TensorParallelOverlap, IsWhatTheFrameworkTurnsOn) {
  const auto overlaps = [](const char* framework) {
    return phase_of(changed(changed(kGpt, "megatron-lm", framework), "2021-06", "2025-06"))
        .layout.tp_overlap;
  };
  EXPECT_TRUE(overlaps("nemo"));
  EXPECT_FALSE(overlaps("megatron-core")) << "--tp-comm-overlap is off by default";
  EXPECT_FALSE(phase_of(kGpt).layout.tp_overlap) << "of 2021";
  EXPECT_FALSE(overlaps("fsdp2"));
  EXPECT_FALSE(overlaps("unheard-of"));
}

TEST(Overlap, OfNothingShowsAllCommunication) {
  const std::string job =
      changed(kGpt, R"("megatron-lm", "date": "2021-06")", R"("megatron-core", "date": "2024-06")");
  const std::string stated =
      changed(job, R"("date": "2024-06")", R"("date": "2024-06", "overlap": false)");
  for (const Cause cause : {Cause::kDataParallel, Cause::kTensorParallel}) {
    EXPECT_GT(term(step_of(phase_of(stated)), cause), term(step_of(phase_of(job)), cause))
        << cause_name(cause);
  }
}

TEST(Replicas, PayForEachBucketAndForWhatNothingRunsBeside) {
  const auto exchanged = [](Bytes bucket, bool overlaps, int zero = 1) {
    StepSetup phase = phase_of(kGpt);
    phase.layout.dp = 64;
    phase.layout.zero = zero;
    phase.machine.stack.dp_overlap = 0.9;
    phase.machine.stack.bucket = bucket;
    phase.machine.stack.overlaps_gather = overlaps;
    return term(step_of(phase), Cause::kDataParallel);
  };
  EXPECT_GT(exchanged(1 * MB, true), exchanged(100 * MB, true));
  EXPECT_GT(exchanged(100 * MB, false), exchanged(100 * MB, true));
  EXPECT_EQ(exchanged(100 * MB, false, 0), exchanged(100 * MB, true, 0)) << "nothing is gathered";
}

TEST(Graphs, AreCapturedOnTheArchitecturesThatTheStackNames) {
  const auto captured = [](const char* accelerator) {
    return phase_of(changed(changed(changed(kGpt, "fp16", "bf16"), "a100-sxm-80", accelerator),
                            R"("megatron-lm", "date": "2021-06")", R"("nemo", "date": "2025-06")"))
        .machine.stack.cuda_graphs;
  };
  EXPECT_TRUE(captured("b200-sxm"));
  EXPECT_TRUE(captured("gb300"));
  EXPECT_FALSE(captured("h100-sxm"));
}

TEST(Memory, HoldsTheLogitsThriceWhereNothingFusesTheLoss) {
  StepSetup phase = phase_of(kGpt);
  phase.layout.pp = 1;
  const auto logits = [&](bool fused) {
    phase.machine.stack.fused_loss = fused;
    for (const MemoryTerm& each : step_of(phase).memory.terms) {
      if (each.name == "logits and loss") return each.bytes;
    }
    return Bytes{};
  };
  const double elements = 2048.0 * 51200 / 8;
  EXPECT_NEAR((logits(false) - logits(true)) / (6 * elements * B), 1, 1e-9);
}

TEST(ZeroTwo, SendsGradientsAsOftenAsItMustNotKeepThem) {
  const auto exchanged = [](int zero, int pp, int vp, int micro_batches) {
    StepSetup phase = phase_of(kGpt);
    hide_nothing(phase.machine.stack);
    phase.machine.stack.overlaps_gather = true;  // in buckets, as gradients are
    phase.machine.engine.dp_exposure = 1;
    phase.model.tied_embeddings = false;
    phase.layout.zero = zero;
    phase.layout.tp = 4;
    phase.layout.pp = pp;
    phase.layout.vp = vp;
    if (vp > 1) phase.layout.schedule = Schedule::kInterleaved;
    phase.layout.dp = 16 / pp;
    phase.batch.global_batch = micro_batches * phase.layout.dp;
    return std::pair{term(step_of(phase), Cause::kDataParallel), step_of(phase).memory.required};
  };
  const auto [once, whole] = exchanged(1, 1, 1, 4);
  EXPECT_EQ(exchanged(1, 1, 1, 16).first, once);
  // Gradients and weights are two bytes each: half of the exchange is sent once more each time.
  const auto [four, sharded] = exchanged(2, 1, 1, 4);
  EXPECT_NEAR(four / once, 2.5, 1e-9);
  EXPECT_NEAR(exchanged(2, 1, 1, 16).first / once, 8.5, 1e-9);
  EXPECT_LT(sharded, whole);
  // The interleaved schedule works off a pipeline's depth of micro-batches at once, and holds a
  // chunk's gradients whole.
  const auto [depth, depth_whole] = exchanged(1, 4, 2, 4);
  EXPECT_EQ(exchanged(2, 4, 2, 4).first, depth);
  EXPECT_NEAR(exchanged(2, 4, 2, 16).first / depth, 2.5, 1e-9);
  EXPECT_LT(exchanged(2, 4, 2, 4).second, depth_whole);
  EXPECT_LT(exchanged(2, 4, 4, 4).second, exchanged(2, 4, 2, 4).second);
}

// GPT-2's 124M, which lives from its head, and a model of 8B.
StepSetup with_vocabulary(const char* vocabulary, const char* framework, int tp) {
  constexpr const char* kSmall = R"({
    "model": {"name": "gpt2", "layers": 12, "hidden": 768, "ffn_hidden": 3072, "heads": 12,
      "vocab": VOCABULARY, "gated_mlp": false, "tied_embeddings": true},
    "cluster": {"accelerator": "a100-sxm-40", "count": 8},
    "stack": {"framework": "FRAMEWORK", "date": "2025-02", "compiled": true},
    "layout": {"tp": TP},
    "run": {"sequence_length": 1024, "global_batch": 64, "micro_batch": 8, "precision": "bf16",
      "recompute": "none", "tokens": 1e9}})";
  return phase_of(
      changed(changed(changed(kSmall, "VOCABULARY", vocabulary), "FRAMEWORK", framework), "TP",
              std::to_string(tp)));
}

TEST(Vocabulary, ThatIsOddCostsTheHeadsGradientsAndNoMore) {
  const auto time = [](const char* vocabulary) {
    return step_of(with_vocabulary(vocabulary, "fsdp", 1)).time;
  };
  EXPECT_GT(time("50257") / time("50264"), 1.05);
  EXPECT_LT(time("50257") / time("50264"), 1.3) << "1.04 to 1.25 measured";
  // Rows of 16 bytes and rows that are none each take longer as there are more of them.
  for (const auto& [fewer, more] : {std::pair{"50000", "50264"},
                                    {"50264", "50304"},
                                    {"50304", "128256"},
                                    {"50001", "50257"},
                                    {"50257", "128257"}}) {
    EXPECT_LE(time(fewer), time(more)) << fewer << " " << more;
  }
  const auto large = [](const char* vocabulary) {
    const std::string job = R"({
      "model": {"name": "8b", "layers": 32, "hidden": 4096, "ffn_hidden": 14336, "heads": 32,
        "kv_heads": 8, "vocab": VOCABULARY, "gated_mlp": true, "tied_embeddings": false},
      "cluster": {"accelerator": "h100-sxm", "count": 8}, "stack": {"framework": "fsdp"},
      "layout": {"zero": 3}, "run": {"sequence_length": 8192, "global_batch": 32,
        "micro_batch": 1, "precision": "bf16", "recompute": "full", "tokens": 1e9}})";
    return step_of(phase_of(changed(job, "VOCABULARY", vocabulary))).time;
  };
  EXPECT_LT(large("128257") / large("128256"), 1.1);
}

TEST(Vocabulary, IsPaddedByMegatronInTimeAndMemory) {
  const auto step = [](const char* vocabulary, const char* framework, int tp) {
    return step_of(with_vocabulary(vocabulary, framework, tp));
  };
  ASSERT_TRUE(with_vocabulary("50257", "megatron-core", 1).machine.stack.pads_vocabulary);
  EXPECT_EQ(step("50257", "megatron-core", 1).time, step("50304", "megatron-core", 1).time);
  EXPECT_EQ(step("50257", "megatron-core", 1).memory.required,
            step("50304", "megatron-core", 1).memory.required);
  // Multiples of 128 rows on each of four ranks: 50,688.
  EXPECT_EQ(step("50304", "megatron-core", 4).time, step("50688", "megatron-core", 4).time);
  EXPECT_LT(step("50257", "fsdp", 1).memory.required, step("50304", "fsdp", 1).memory.required);
}

TEST(Slices, MeetOverTheNetwork) {
  constexpr const char* kPod = R"({
    "model": "llama-2-70b", "cluster": {"accelerator": "tpu-v5p", "count": 256, "slices": 2},
    "layout": {"tp": 4, "dp": 64, "zero": 3},
    "run": {"sequence_length": 4096, "global_batch": 256, "micro_batch": 4, "recompute": "full",
      "tokens": 1e9}})";
  const StepSetup two = phase_of(kPod);
  const StepSetup one = phase_of(changed(kPod, R"("slices": 2)", R"("slices": 1)"));
  EXPECT_EQ(two.machine.scale_up_domain, 128);
  EXPECT_GT(term(step_of(two), Cause::kDataParallel), Seconds{});
  EXPECT_EQ(term(step_of(one), Cause::kDataParallel), Seconds{});
  EXPECT_NE(test::fault_of([&] {
              return phase_of(changed(kPod, R"("slices": 2)", R"("slices": 3)"));
            }).find("slices (3) does not divide the count (256)"),
            std::string::npos);
}

TEST(Slices, ExchangeLayerByLayerInARing) {
  StepSetup phase = phase_of(R"({
    "model": "llama-2-70b", "cluster": {"accelerator": "tpu-v5e", "count": 2048, "slices": 8},
    "stack": {"framework": "maxtext", "date": "2024-06"},
    "layout": {"dp": 2048, "zero": 3, "zero_shards": 256},
    "run": {"sequence_length": 2048, "global_batch": 2048, "micro_batch": 1, "recompute": "full",
      "tokens": 1e9}})");
  const Seconds exchanged = term(step_of(phase), Cause::kDataParallel);
  phase.machine.scale_out_latency += 1 * millisecond;
  const Seconds later = term(step_of(phase), Cause::kDataParallel);
  constexpr double kLayers = 80, kSteps = 2 * (8 - 1);
  EXPECT_GT(later - exchanged, kLayers * kSteps * millisecond);
}

// Mixture of experts over two-way stages; four stages, of which the middle ones hold the experts.
std::string dual_pipe(const std::string& first_width, const std::string& offload) {
  return R"({
    "model": {"name": "moe", "layers": 8, "hidden": 4096, "ffn_hidden": )" +
         first_width + R"(, "heads": 32, "kv_heads": 32, "head_dim": 128, "vocab": 1000,
      "gated_mlp": true, "tied_embeddings": false,
      "moe": {"routed_experts": 64, "top_k": 6, "expert_ffn": 1536, "first_dense_layers": 2,
        "moe_layers": 4}},
    "cluster": {"accelerator": "h800-sxm", "count": 64}, "stack": "hai-llm-2024",
    "layout": {"pp": 4, "dp": 16, "ep": 16, "schedule": "dualpipe"},
    "run": {"sequence_length": 4096, "global_batch": 1024, "micro_batch": 1, "precision": "bf16",
      "recompute": "none", "tokens": 1e9)" +
         offload + "}}";
}

TEST(DualPipe, APairDoesNotAskWhatPlainSchedulesHide) {
  for (const char* offload : {"", R"(, "offload": ["activations"])"}) {
    StepSetup phase = phase_of(dual_pipe("16384", offload));
    phase.machine.stack.ep_overlap = 0;
    const Seconds none = step_of(phase).time;
    phase.machine.stack.ep_overlap = 0.9;
    EXPECT_EQ(step_of(phase).time, none) << offload;
    phase.machine.stack.pair_overlap = 0.5;
    EXPECT_GE(step_of(phase).time, none) << offload;
  }
}

TEST(DualPipe, ALonePassShowsAllOfItsExchange) {
  const std::string all_alike = changed(dual_pipe("16384", ""), R"("first_dense_layers": 2,
        "moe_layers": 4)",
                                        R"("first_dense_layers": 0)");
  StepSetup phase = phase_of(all_alike);
  const auto alone = [&] { return step_parts(step_of(phase)).front(); };
  ASSERT_EQ(alone().name, "1F");
  const Seconds before = alone().time;
  phase.machine.stack.pair_overlap = 0.5;
  EXPECT_EQ(alone().time, before) << "no pair takes part in it";
  phase.machine.scale_out = 0.5 * phase.machine.scale_out;
  EXPECT_GT(alone().time, 1.1 * before);
}

TEST(DualPipe, PartsOfUnequalStagesAddUpToTheStep) {
  for (const char* width : {"4096", "14336", "24000"}) {
    const StepEstimate step = step_of(phase_of(dual_pipe(width, "")));
    Seconds sum, compute;
    for (const StepPart& part : step_parts(step)) sum += part.time;
    EXPECT_NEAR(sum / step.time, 1, 1e-9) << width;
    // The rank that is named works no longer than its own passes.
    for (const StepTerm& each : step.terms) {
      const bool waits = each.cause == Cause::kBubble || each.cause == Cause::kStraggler ||
                         each.cause == Cause::kPipelineSend;
      if (!waits) compute += each.time;
    }
    EXPECT_LE(compute, step.time) << width;
    EXPECT_GT(compute / step.time, 0.5) << width;
  }
}

TEST(Lasting, LoadsLowerWhatAChipKeepsAndNoMore) {
  const HardwareDb& db = test::database();
  Accelerator chip = *db.accelerator("b200-sxm");
  const auto peak = [&](Load load) {
    return make_machine(chip, db.usual_system(chip.record.id), *db.stack("default-gpu"), {},
                        {.count = 8}, "bf16", load)
        .run.curve.peak_fraction;
  };
  EXPECT_NEAR(peak(Load::kTraining) / peak(Load::kBenchmark), *chip.lasting_rate, 1e-9);
  chip.lasting_rate = 1;
  EXPECT_NEAR(peak(Load::kTraining) / peak(Load::kBenchmark),
              chip.gemm.at("bf16").sustained_fraction, 1e-9);
  EXPECT_EQ(db.accelerator("b100")->lasting_rate, db.accelerator("b200-sxm")->lasting_rate)
      << "it comes with the curves";
  EXPECT_TRUE(db.accelerator("b100")->paired_units.value_or(false)) << "and so do the tiles";
}

}  // namespace
}  // namespace traincost
