// Layouts: what is legal, how layers lie on stages, what the pipeline and memory make of it.
#include "estimator/step/layout.h"

#include <gtest/gtest.h>

#include <numeric>

#include "base/units.h"
#include "estimator/step/pipeline.h"
#include "estimator/step/step.h"
#include "tests/support.h"

namespace traincost {
namespace {

using namespace unit;

std::vector<std::string> faults(const Layout& layout, int count, std::int64_t batch = 64) {
  Batch b;
  b.sequence_length = 2048;
  b.global_batch = batch;
  std::vector<std::string> messages;
  for (const auto& fault : layout_faults(layout, b, find_model("gpt3-175b")->model, count)) {
    messages.push_back(fault.message);
  }
  return messages;
}

TEST(Layout, LegalOnesHaveNoFault) {
  EXPECT_TRUE(faults({.tp = 8, .pp = 8, .dp = 1}, 64).empty());
  EXPECT_TRUE(faults({.tp = 3, .pp = 2, .dp = 1}, 6).empty())
      << "degrees need not be powers of two";
}

TEST(Layout, SaysWhatForbidsIt) {
  using Messages = std::vector<std::string>;
  EXPECT_EQ(faults({.tp = 5, .dp = 1}, 5),
            Messages{"tp (5) does not divide the 96 attention heads"});
  EXPECT_EQ(faults({.tp = 8, .pp = 3}, 64),
            Messages{"the count (64) is not divisible by tp x pp x cp (8 x 3 x 1 = 24)"});
  EXPECT_EQ(faults({.pp = 128, .dp = 1}, 128),
            Messages{"pp x vp (128) makes more pipeline stages than the 96 layers"});
  EXPECT_EQ(faults({.dp = 48}, 48), Messages{"the global batch (64) is not divisible by dp x "
                                             "micro_batch (48 x 1)"});
  EXPECT_EQ(faults({.dp = 2, .ep = 2}, 2), Messages{"ep is 2 but the model has no experts"});
  EXPECT_EQ(faults({.pp = 3, .dp = 1, .schedule = Schedule::kDualPipe}, 3),
            Messages{"DualPipe needs an even pp, found 3"});
}

TEST(Layout, UnevenLayersLeaveTheEndsShort) {
  Layout llama{.pp = 16, .vp = 8};
  const std::vector<int> sizes = stage_sizes(llama, 126);
  EXPECT_EQ(sizes.size(), 128U);
  EXPECT_EQ(std::accumulate(sizes.begin(), sizes.end(), 0), 126);
  EXPECT_EQ(sizes.front(), 0);
  EXPECT_EQ(sizes.back(), 0);
  const std::vector<int> ten_on_four = {2, 3, 3, 2};
  EXPECT_EQ(stage_sizes({.pp = 4}, 10), ten_on_four);
  const std::vector<int> eleven_on_four = {3, 3, 3, 2};
  EXPECT_EQ(stage_sizes({.pp = 4}, 11), eleven_on_four);
  const std::vector<int> twelve_on_four = {3, 3, 3, 3};
  EXPECT_EQ(stage_sizes({.pp = 4}, 12), twelve_on_four);
  EXPECT_EQ(stage_sizes({}, 7), std::vector<int>{7});
}

TEST(Layout, MultiTokenPredictionTakesTwoSlotsOfTheLastStage) {
  // DeepSeek-V3 on 16 stages, as Megatron Bridge lays it out: four layers each, and one at the end.
  std::vector<int> sixteen(16, 4);
  sixteen.back() = 1;
  EXPECT_EQ(stage_sizes({.pp = 16}, 61, 1), sixteen);
}

TEST(Pipeline, BubblesAreTheClosedForms) {
  const Seconds f = 1 * second, b = 2 * second, w = 0.8 * second;
  const std::vector<RankPass> four(4, {f, b, w});
  const auto bubble = [&](const Layout& layout) {
    return pipeline_time(four, layout, 16).bubble.in(second);
  };
  EXPECT_DOUBLE_EQ(pipeline_time(four, {.pp = 4}, 16).busy.in(second), 48);
  EXPECT_DOUBLE_EQ(bubble({.pp = 4}), 9) << "1F1B: (p-1)(F+B)";
  EXPECT_DOUBLE_EQ(bubble({.pp = 4, .schedule = Schedule::kGPipe}), 9);
  EXPECT_DOUBLE_EQ(bubble({.pp = 4, .vp = 3, .schedule = Schedule::kInterleaved}), 3) << "/ v";
  EXPECT_DOUBLE_EQ(bubble({.pp = 4, .schedule = Schedule::kZbH1}), 3 * (3 - 2 * 0.8))
      << "(p-1)(F+B-2W)";
}

TEST(Pipeline, TheSlowestRankSetsThePace) {
  const std::vector<RankPass> ranks = {{1 * second, 2 * second, {}}, {2 * second, 4 * second, {}}};
  const PipelineTime time = pipeline_time(ranks, {.pp = 2}, 10);
  EXPECT_EQ(time.slowest, 1);
  EXPECT_DOUBLE_EQ(time.busy.in(second), 60);
  EXPECT_DOUBLE_EQ(time.bubble.in(second), 3);
}

// Activation bytes of one layer, tensor parallel with and without sequence parallelism:
//   s b h (10 + 24/t + 5as/(ht))  and  s b h / t (34 + 5as/h)
// Source: Korthikanti et al. 2022, arXiv:2205.05198, Table 2. Dropout masks and eager attention.
TEST(Memory, ActivationsFollowKorthikantiTable2) {
  const Job job = test::job_from(R"({"model": "megatron-22b",
    "cluster": {"accelerator": "a100-sxm-80", "count": 8}, "stack": "megatron-lm-2022",
    "layout": {"tp": 8}, "run": {"sequence_length": 2048, "global_batch": 4, "micro_batch": 4,
    "tokens": "1B tokens", "recompute": "none"}})");
  StepSetup phase = *job.phases.front().setup;
  const double s = 2048, b = 4, h = 6144, a = 64, t = 8;
  const auto bytes = [&] {
    const StepContext context{phase.model, phase.machine, phase.layout, phase.batch};
    return layer_activations(context, phase.model.layer(0)).in(B);
  };
  phase.layout.sequence_parallel = true;
  // The paper counts the attention dropout's and the block outputs' masks: 34 in all.
  EXPECT_NEAR(bytes() / (s * b * h / t * (34 + 5 * a * s / h)), 1, 0.01);
  phase.batch.recompute = Recompute::kSelective;
  EXPECT_NEAR(bytes() / (s * b * h / t * 34), 1, 0.07);
  phase.batch.recompute = Recompute::kFull;
  EXPECT_NEAR(bytes() / (s * b * h * 2 / t), 1, 1e-9);
}

TEST(Memory, ExpertsShardByExpertParallelismNotByTensorParallelism) {
  const Job job = test::job_from(R"({"model": "mixtral-8x7b",
    "cluster": {"accelerator": "h100-sxm", "count": 64}, "layout": {"tp": 4, "ep": 8},
    "run": {"global_batch": 256, "tokens": "1B tokens", "recompute": "full"}})");
  const StepSetup& phase = *job.phases.front().setup;
  const StepContext context{phase.model, phase.machine, phase.layout, phase.batch};
  const LocalParameters local = local_layer_parameters(context, phase.model.layer(0));
  EXPECT_DOUBLE_EQ(local.experts, 3.0 * 4096 * 14336);  // one of eight experts, whole
}

TEST(Memory, TermsAddUpToWhatIsRequired) {
  for (const char* name : {"deepseek-v3.job.json", "llama-3.1-405b.job.json", "gpt3-175b.job.json",
                           "small-8-gpu.job.json"}) {
    const Estimate result = estimate(test::example(name));
    Bytes sum;
    for (const MemoryTerm& term : result.memory->terms) sum += term.bytes;
    EXPECT_NEAR(sum / result.memory->required, 1, 1e-12) << name;
  }
}

TEST(Step, OverlappedProductsRunInPieces) {
  Job job = test::example("llama-3.1-405b.job.json");
  StepSetup& phase = *job.phases.front().setup;
  const auto term = [&](Cause cause, bool overlap, std::int64_t micro_batch) {
    phase.layout.tp_overlap = overlap;
    phase.batch.micro_batch = micro_batch;
    Seconds time;
    for (const StepTerm& each :
         estimate_step({phase.model, phase.machine, phase.layout, phase.batch}).terms) {
      if (each.cause == cause) time += each.time;
    }
    return time;
  };
  ASSERT_GT(phase.layout.tp, 1);
  phase.batch.global_batch = std::int64_t{64} * phase.layout.dp;
  const auto cost = [&](std::int64_t micro_batch) {
    return term(Cause::kGemm, true, micro_batch) / term(Cause::kGemm, false, micro_batch);
  };
  EXPECT_GT(cost(1), 1.005) << "tiles and waves of smaller products";
  EXPECT_LT(cost(4), cost(1)) << "larger pieces waste less";
  EXPECT_LT(term(Cause::kTensorParallel, true, 1), term(Cause::kTensorParallel, false, 1));
}

TEST(Step, AnUnfusedLossMovesFiftyTwoBytesALogit) {
  Job job = test::example("small-8-gpu.job.json");
  StepSetup& phase = *job.phases.front().setup;
  const auto element_wise = [&] {
    for (const StepTerm& term :
         estimate_step({phase.model, phase.machine, phase.layout, phase.batch}).terms) {
      if (term.cause == Cause::kElementWise) return term.time;
    }
    return Seconds{};
  };
  phase.machine.stack.eager_element_wise = false;
  phase.machine.stack.fused_loss = true;
  const Seconds fused = element_wise();
  phase.machine.stack.fused_loss = false;
  const double logits = static_cast<double>(phase.batch.global_batch) / phase.layout.dp *
                        phase.batch.sequence_length * static_cast<double>(phase.model.vocab) /
                        phase.layout.tp;
  EXPECT_NEAR((element_wise() - fused) / (36 * logits * B / phase.machine.memory_stream), 1, 0.02);
}

TEST(Step, EagerKernelsCostUntilTheyAreCompiled) {
  const auto phase = [](const std::string& model, const std::string& compiled) {
    const Job job = test::job_from(R"({"model": ")" + model + R"(",
      "cluster": {"accelerator": "h100-sxm", "count": 64},
      "stack": {"framework": "fsdp", "date": "2024-02")" +
                                   compiled + R"(}, "layout": {"zero": 3},
      "run": {"sequence_length": 4096, "global_batch": 128, "micro_batch": 2, "recompute": "none",
        "tokens": "1B tokens"}})");
    return *job.phases.front().setup;
  };
  const auto step = [](const StepSetup& p) {
    return estimate_step({p.model, p.machine, p.layout, p.batch});
  };
  const auto eager = step(phase("llama-2-7b", "")),
             compiled = step(phase("llama-2-7b", R"(, "compiled": true)"));
  EXPECT_GT(eager.time / compiled.time, 1.1);
  EXPECT_LT(eager.time / compiled.time, 1.3);
  EXPECT_EQ(step(phase("llama-2-7b", R"(, "compiled": false)")).time, eager.time);
  // 64 passes each for two norms and 22 for queries and keys above fused ones' 5 and 4, 14 for
  // the gate above 8, 6 for each of two sums above 4: bf16 elements of 8,192 tokens.
  const auto element_wise = [](const StepEstimate& e) {
    for (const StepTerm& term : e.terms) {
      if (term.cause == Cause::kElementWise) return term.time;
    }
    return Seconds{};
  };
  const double tokens = 2 * 4096, h = 4096, f = 11008, layers = 32, vocab = 32000;
  const double passes =
      layers * (2 * 59 * h + 18 * 2 * h + 6 * f + 2 * 2 * h) + 59 * h + 10 * vocab;
  const Machine machine = phase("llama-2-7b", "").machine;
  const Seconds moved = 2 * passes * tokens * B / machine.memory_stream;
  EXPECT_NEAR((element_wise(eager) - element_wise(compiled)) / moved, 1, 0.05);
  // Two elements of each norm and one of the gate are kept, but not where they are made again; and
  // of the logits bf16 and a second copy in fp32.
  const double logits = 6 * vocab * tokens;
  const double kept = layers * (2 * 2 * h + f) * 2 * tokens + logits;
  const double slack = 1 + machine.stack.allocator_slack;
  EXPECT_NEAR((eager.memory.required - compiled.memory.required) / (slack * kept * B), 1, 0.02);
  const auto again = [&](const std::string& compiled_) {
    StepSetup p = phase("llama-2-7b", compiled_);
    p.batch.recompute = Recompute::kModules;
    p.batch.modules = {Module::kNorm, Module::kActivation};
    return step(p).memory.required;
  };
  EXPECT_NEAR((again("") - again(R"(, "compiled": true)")) / (slack * logits * B), 1, 0.02);
}

// Queries, keys and values, gate and up as products of their own: more kernels for the host, and
// three gradients of inputs more that are summed.
TEST(Step, SeparateProjectionsSumTheirInputsGradients) {
  const auto step = [](bool separate, bool fused_accumulation, double dispatch) {
    Job job = test::job_from(R"({"model": "llama-2-7b", "stack": "fsdp2-2024",
      "cluster": {"accelerator": "h100-sxm", "count": 8}, "layout": {"zero": 3},
      "run": {"sequence_length": 4096, "global_batch": 8, "micro_batch": 1, "recompute": "none",
        "tokens": "1B tokens"}})");
    StepSetup& setup = *job.phases.front().setup;
    setup.machine.stack.separate_projections = separate;
    setup.machine.stack.fused_accumulation = fused_accumulation;
    setup.machine.stack.dispatch = dispatch * second;
    setup.machine.engine.dispatch = 1;
    return std::pair{estimate_step(setup.context()), setup.machine};
  };
  const auto [apart, machine] = step(true, true, 0);
  const auto [joined, same] = step(false, true, 0);
  const auto element_wise = [](const StepEstimate& e) {
    for (const StepTerm& term : e.terms) {
      if (term.cause == Cause::kElementWise) return term.time;
    }
    return Seconds{};
  };
  const double layers = 32, bytes = 3 * 4 * 2 * 4096.0 * 4096;
  const Seconds gaps = layers * 3 * 2 * microsecond;  // between its kernels
  EXPECT_NEAR((element_wise(apart) - element_wise(joined) - gaps) /
                  (layers * bytes * B / machine.memory_stream),
              1, 1e-6);
  // Three kernels more forward; backward two for each of those and one for each sum; and where
  // nothing accumulates in its product, one for each of seven weights.
  const double one = 1;  // second
  const auto kernels = [&](bool separate, bool fused) {
    const StepEstimate e = step(separate, fused, one).first;
    return std::pair{e.forward.in(second) / layers, e.backward.in(second) / layers};
  };
  EXPECT_NEAR(kernels(true, true).first - kernels(false, true).first, 3 * one, 0.05);
  EXPECT_NEAR(kernels(true, true).second - kernels(false, true).second, 9 * one, 0.05);
  EXPECT_NEAR(kernels(true, false).second - kernels(true, true).second, 7 * one, 0.05);
}

// fp32 and TF32 runs keep, move and send four bytes for two; their weights are their own masters.
TEST(Step, WideRunsMoveTwiceTheBytes) {
  const auto setup = [](const std::string& precision) {
    Job job = test::job_from(R"({"model": "llama-2-7b",
      "stack": {"framework": "megatron-lm", "date": "2020-06"},
      "cluster": {"accelerator": "a100-sxm-80", "count": 4}, "layout": {"tp": 4},
      "run": {"sequence_length": 1024, "global_batch": 4, "micro_batch": 1, "recompute": "none",
        "tokens": "1B tokens", "precision": ")" +
                             precision + R"("}})");
    StepSetup made = *job.phases.front().setup;
    made.machine.stack.allocator_slack = 0;
    made.machine.engine.collective_dispatch = 0;
    return made;
  };
  const auto term = [](const StepEstimate& step, Cause cause) {
    for (const StepTerm& each : step.terms) {
      if (each.cause == cause) return each.time;
    }
    return Seconds{};
  };
  const StepSetup narrow = setup("bf16");
  const StepSetup wide = setup("tf32");
  EXPECT_EQ(wide.machine.element_bytes, 4);
  EXPECT_EQ(wide.machine.attention_generation, kEagerAttention);
  EXPECT_EQ(wide.machine.bf16_peak, narrow.machine.bf16_peak) << "MFU is over one peak";
  EXPECT_EQ(wide.machine.base.peak, wide.machine.run.peak) << "no product is left in bf16";
  const Stack& stack = wide.machine.stack;
  EXPECT_EQ(wide.machine.element_bytes + stack.gradient_bytes + stack.optimizer_bytes, 16);
  const StepEstimate bf16 = estimate_step(narrow.context());
  const StepEstimate fp32 = estimate_step(wide.context());
  EXPECT_NEAR(term(fp32, Cause::kElementWise) / term(bf16, Cause::kElementWise), 1.85, 0.1)
      << "gaps between kernels and the loss, which is fp32 anyway, do not double";
  EXPECT_GT(term(fp32, Cause::kTensorParallel) / term(bf16, Cause::kTensorParallel), 1.5);
  EXPECT_GT(term(fp32, Cause::kGemm), term(bf16, Cause::kGemm));
  const auto bytes = [](const StepEstimate& step, std::string_view name) {
    for (const MemoryTerm& each : step.memory.terms) {
      if (each.name == name) return each.bytes;
    }
    return Bytes{};
  };
  EXPECT_NEAR(bytes(fp32, "weights") / bytes(bf16, "weights"), 2, 1e-9);
  EXPECT_NEAR(bytes(fp32, "backward working set") / bytes(bf16, "backward working set"), 2, 1e-9);
}

TEST(Step, TermsAddUpToItsTime) {
  for (const char* name : {"deepseek-v3.job.json", "llama-3.1-405b.job.json", "gpt3-175b.job.json",
                           "small-8-gpu.job.json"}) {
    for (const PhaseEstimate& phase : estimate(test::example(name)).phases) {
      if (!phase.step) continue;
      Seconds sum;
      for (const StepTerm& term : phase.step->terms) sum += term.time;
      EXPECT_NEAR(sum / phase.step->time, 1, 1e-12) << name << ": " << phase.name;
    }
  }
}

}  // namespace
}  // namespace traincost
