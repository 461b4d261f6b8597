// Jobs: what a file may say, what each fault looks like, and what a default admits.
#include "estimator/job/resolve.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>

#include "base/units.h"
#include "estimator/job/stack_choice.h"
#include "estimator/step/step.h"
#include "tests/support.h"

namespace traincost {
namespace {

using namespace unit;
using test::fault_of;
using test::job_from;

std::string job_text(const std::string& cluster, const std::string& layout,
                     const std::string& run) {
  return "{\"model\": \"llama-3.1-8b\",\n\"cluster\": {" + cluster + "},\n\"layout\": {" + layout +
         "},\n\"run\": {" + run + "}}";
}

constexpr const char* kCluster = R"("accelerator": "h100-sxm", "count": 16)";
constexpr const char* kRun =
    R"("sequence_length": 4096, "global_batch": 64, "tokens": "1B tokens")";

std::string fault(const std::string& cluster, const std::string& layout, const std::string& run) {
  return fault_of([&] { return job_from(job_text(cluster, layout, run)); });
}

TEST(Job, AChosenLayoutKeepsWhatTheRunStates) {
  const auto batch = [](const std::string& run) {
    const Job job = test::job_from(R"({"model": "llama-2-7b",
      "cluster": {"accelerator": "h100-sxm", "count": 64},
      "run": {"tokens": "1T tokens")" +
                                   run + "}}");
    EXPECT_TRUE(job.phases.front().open.layout);
    return job.phases.front().setup->batch;
  };
  EXPECT_EQ(batch(R"(, "micro_batch": 2)").micro_batch, 2);
  EXPECT_EQ(batch(R"(, "micro_batch": 4)").micro_batch, 4);
  EXPECT_EQ(batch("").recompute, Recompute::kNone);
  EXPECT_EQ(batch(R"(, "recompute": "full")").recompute, Recompute::kFull);
}

TEST(Job, APlainOneIsRead) {
  const Job job = job_from(job_text(kCluster, R"("tp": 2)", kRun));
  ASSERT_EQ(job.phases.size(), 1U);
  EXPECT_EQ(job.phases.front().setup->layout.dp, 8) << "what tp leaves";
  EXPECT_EQ(job.phases.front().tokens.in(token), 1e9);
  EXPECT_EQ(job.platform().system.record.id, "dgx-h100");
}

TEST(Job, DefaultsAreSaid) {
  const Job job = job_from(job_text(kCluster, R"("tp": 2)", R"("tokens": "1B tokens")"));
  std::string said;
  for (const Assumption& each : job.assumptions) {
    if (each.origin == Origin::kDefault) said += each.what + " ";
  }
  for (const char* what : {"/run/sequence_length", "/run/precision", "/stack", "/cluster/system",
                           "/pricing/price", "/layout/zero"}) {
    EXPECT_NE(said.find(what), std::string::npos) << what;
  }
}

TEST(Job, FaultsNamePlaceAndRemedy) {
  EXPECT_EQ(fault(R"("accelerator": "h100-smx", "count": 8)", "", kRun),
            "job.json:2: /cluster/accelerator: no accelerator \"h100-smx\" in hwdb\n"
            "    did you mean \"h100-sxm\"? `traincost hw list` shows all");
  EXPECT_EQ(fault(kCluster, R"("tp": 3)", kRun),
            "job.json:3: /layout/tp: the count (16) is not divisible by tp x pp x cp (3 x 1 x 1 = "
            "3)\n"
            "job.json:3: /layout/tp: tp (3) does not divide the 32 attention heads");
  EXPECT_EQ(fault(kCluster, R"("pp": 64)", kRun),
            "job.json:3: /layout/pp: the count (16) is not divisible by tp x pp x cp (1 x 64 x 1 = "
            "64)\n"
            "job.json:3: /layout/pp: pp x vp (64) makes more pipeline stages than the 32 layers");
  EXPECT_EQ(fault(kCluster, R"("tpp": 2)", kRun),
            "job.json:3: /layout: unknown member \"tpp\"\n    did you mean \"tp\"?");
  EXPECT_EQ(fault(kCluster, "", R"("tokens": 9223372036854775808)"),
            "job.json:4: /run/tokens: a number of tokens out of range: expected 1 token to 1e18 "
            "tokens");
  EXPECT_EQ(fault(kCluster, "", R"("tokens": "1B tokens", "precision": "fp9")").substr(0, 60),
            "job.json:4: /run/precision: unknown name \"fp9\"\n    did you m");
}

TEST(Job, APrecisionNeedsItsUnits) {
  EXPECT_NE(fault(R"("accelerator": "a100", "count": 8)", "",
                  R"("tokens": "1B tokens", "precision": "fp8")")
                .find("/run/precision: a100-sxm-80 has no fp8 units\n    it has: bf16, fp16"),
            std::string::npos);
}

TEST(Job, APowerCapIsUnderTheBoardsPowerAndSlows) {
  const auto capped = [](const std::string& cap) {
    return std::string(kCluster) + ", \"power_cap\": \"" + cap + "\"";
  };
  EXPECT_EQ(fault(capped("900 W"), "", kRun),
            "job.json:2: /cluster/power_cap: over the board's own 700 W");
  const auto step = [](const std::string& cluster) {
    return estimate_step(job_from(job_text(cluster, "", kRun)).phases.front().setup->context())
        .time;
  };
  EXPECT_GT(step(capped("500 W")), 1.05 * step(kCluster));
  const Job job = job_from(job_text(capped("500 W"), "", kRun));
  const Platform& held = job.platform();
  EXPECT_EQ(*held.accelerator.board_power, 500 * watt);
  EXPECT_NEAR(
      held.system.server_power->in(watt),
      job_from(job_text(kCluster, "", kRun)).platform().system.server_power->in(watt)-8 * 200,
      1e-9);
}

TEST(Job, ReportsSeveralFaultsAtOnce) {
  const std::string text =
      fault(R"("accelerator": "h100-sxm", "count": -8)", R"("pp": 0, "schedule": "1f2b")",
            R"("tokens": "1B tokens", "micro_batch": "two")");
  for (const char* part :
       {"/cluster/count", "/layout/pp", "/layout/schedule", "/run/micro_batch"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << " in\n" << text;
  }
}

TEST(Job, PhasesLayTheirOwnSectionsOverTheJobs) {
  const Job job = test::example("deepseek-v3.job.json");
  ASSERT_EQ(job.phases.size(), 4U);
  const StepSetup& extension = *job.phases[1].setup;
  EXPECT_EQ(extension.layout.cp, 8);
  EXPECT_EQ(extension.layout.pp, 16) << "from the job";
  EXPECT_EQ(extension.batch.sequence_length, 32768);
  EXPECT_TRUE(extension.batch.fp8_activation_cache) << "from the job";
  EXPECT_EQ(job.phases[1].tokens.in(token), 1000.0 * 1920 * 32768);
  EXPECT_TRUE(job.phases[3].stated.has_value());
}

TEST(Stack, TheNewestOfTheFrameworkThatIsNotAfterTheDate) {
  const HardwareDb& db = test::database();
  const Accelerator h100 = *db.accelerator("h100");
  const auto id = [&](const char* framework, const char* date) {
    return choose_stack(db, framework, date, h100).stack.record.id;
  };
  EXPECT_EQ(id("megatron-lm", "2021-04"), "megatron-lm-2021");
  EXPECT_EQ(id("megatron-lm", "2026-01"), "megatron-core-2025") << "it became Megatron-Core's";
  EXPECT_EQ(id("megatron-lm", "2018-01"), "megatron-lm-2020") << "the earliest";
  EXPECT_EQ(id("mlperf-3.1", "2023-11"), "mlperf-3");
  EXPECT_EQ(id("MLPerf v3.1", ""), "mlperf-3");
  EXPECT_EQ(id("mlperf-4.1", ""), "mlperf-4");
  EXPECT_EQ(id("NeMo 25.02", "2025-02"), "nemo-2025");
  EXPECT_EQ(id("NeMo 23.11", ""), "nemo-2023") << "its versions are months";
  EXPECT_EQ(id("Megatron-LM-2022", ""), "megatron-lm-2022") << "a record's name";
  EXPECT_EQ(id("megatron", "2021-06"), "megatron-lm-2021");
  EXPECT_EQ(id("pytorch FSDP2", "2024-12"), "fsdp2-2024");
  EXPECT_EQ(id("torchtitan", ""), "fsdp2-2025");
  const auto doubt = [&](const char* framework, const char* date) {
    return choose_stack(db, framework, date, h100).doubt;
  };
  EXPECT_EQ(doubt("megatron-core 0.4", ""), "version 0.4 of megatron-core is not read");
  EXPECT_EQ(doubt("megatron-lm", "2018-01"), "no record of megatron-lm is of 2018-01 or before");
  EXPECT_EQ(doubt("unheard-of", ""), "unheard-of is not recorded");
  EXPECT_EQ(doubt("NeMo 25.02", ""), "");
  EXPECT_EQ(id("fsdp2", ""), "fsdp2-2025") << "a digit of its name is no version";
  EXPECT_EQ(id("25.02", ""), "default-gpu");
  EXPECT_EQ(id((std::string(300000, 'a') + "-1").c_str(), ""), "default-gpu");
  EXPECT_EQ(id("unheard-of", "2024-01"), "default-gpu-2023") << "the practice of its time";
  EXPECT_EQ(id("", "2022-12"), "default-gpu-2022");
  EXPECT_EQ(id("", "2026-01"), "default-gpu");
  EXPECT_EQ(id("default", "2022-12"), "default-gpu-2022");
  EXPECT_EQ(id("default-gpu", "2022-12"), "default-gpu-2022") << "an id and a framework";
  EXPECT_EQ(id("default-gpu", ""), "default-gpu");
  EXPECT_EQ(id("deepspeed", "2024-01"), "deepspeed-2023");
  EXPECT_EQ(choose_stack(db, "", "", *db.accelerator("tpu-v5p")).stack.record.id, "default-tpu");
}

TEST(Stack, ATextIsARecordOrTheNewestOfAFramework) {
  const auto id = [&](const std::string& text) {
    std::string job = job_text(R"("accelerator": "h100-sxm", "count": 8)", R"("zero": 3)",
                               R"("sequence_length": 4096, "global_batch": 64,
                                   "tokens": "1B tokens")");
    job.insert(job.rfind('}'), R"(, "stack": ")" + text + R"(")");
    return job_from(job).platform().stack.record.id;
  };
  EXPECT_EQ(id("megatron-core-2023"), "megatron-core-2023");
  EXPECT_EQ(id("megatron-core"), "megatron-core-2025");
  EXPECT_EQ(id("megatron-lm"), "megatron-core-2025") << "not the first record of that alias";
  EXPECT_NE(test::fault_of([&] { return id("megatron-cor"); }).find("no stack"), std::string::npos);
}

TEST(Job, TheLastLayerOfAPatternSeesAllKeys) {
  const auto model = [](const std::string& more) {
    return test::job_from(R"({"model": {"hidden": 512, "heads": 8, "layers": 6, "vocab": 32000,
        "ffn_hidden": 1536)" +
                          more + R"(}, "cluster": {"accelerator": "h100-sxm", "count": 8},
        "run": {"global_batch": 8, "tokens": "1B tokens"}})")
        .model;
  };
  const auto windows = [](const Architecture& m) {
    std::vector<int> all;
    for (int i = 0; i < m.layer_count(); ++i) all.push_back(m.layer(i).attention.window);
    return all;
  };
  EXPECT_EQ(windows(model(R"(, "sliding_window": 128)")), std::vector<int>(6, 128));
  EXPECT_EQ(windows(model(R"(, "sliding_window": 128, "sliding_window_pattern": 3)")),
            (std::vector<int>{128, 128, 0, 128, 128, 0}));
  const Architecture experts = model(R"(, "sliding_window": 128, "sliding_window_pattern": 2,
      "moe": {"routed_experts": 8, "top_k": 2, "expert_ffn": 512, "first_dense_layers": 1})");
  EXPECT_EQ(windows(experts), (std::vector<int>{128, 0, 128, 0, 128, 0}));
  EXPECT_FALSE(experts.layer(0).experts.has_value());
  EXPECT_TRUE(experts.layer(1).experts.has_value());
  const std::string fault =
      test::fault_of([&] { return model(R"(, "sliding_window_pattern": 2)"); });
  EXPECT_NE(fault.find("needs a sliding_window"), std::string::npos) << fault;
}

TEST(Recompute, ABlockMakesItsOwnPartsAgain) {
  const auto step = [](const std::string& modules) {
    const Job job = test::job_from(R"({"model": "llama-3.1-8b", "stack": "megatron-core",
      "cluster": {"accelerator": "h100-sxm", "count": 8}, "layout": {"zero": 1},
      "run": {"sequence_length": 4096, "global_batch": 8, "tokens": "1B tokens",
              "recompute_modules": [)" +
                                   modules + "]}}");
    return estimate_step(job.phases[0].setup->context());
  };
  const auto activations = [](const StepEstimate& each) {
    for (const MemoryTerm& term : each.memory.terms) {
      if (term.name == "activations") return term.bytes.in(B);
    }
    return 0.0;
  };
  const StepEstimate norms = step("\"layernorm\""), block = step("\"layernorm\", \"mlp\"");
  // Of each token and layer: what the gate reads, twice 14,336, and what the last product reads.
  EXPECT_NEAR(activations(norms) - activations(block), 32 * 4096.0 * 3 * 14336 * 2, 1);
  EXPECT_EQ(activations(step("\"layernorm\", \"mlp\", \"activation\"")), activations(block));
  EXPECT_EQ(step("\"layernorm\", \"mlp\", \"activation\"").time, block.time)
      << "a part of the block is not run a third time";
  EXPECT_GT(step("\"layernorm\", \"second_products\"").time, norms.time);
}

TEST(Stack, ACompilerMayBeLeftOut) {
  const auto stack = [](const std::string& name, const std::string& compiled) {
    return test::job_from(
               R"({"model": "gpt2", "cluster": {"accelerator": "a100-sxm-40", "count": 1},
      "stack": {"framework": ")" +
               name + "\"" + compiled + R"(}, "layout": {"zero": 0},
      "run": {"sequence_length": 1024, "global_batch": 8, "tokens": "1B tokens"}})")
        .platform()
        .stack;
  };
  const Stack plain = stack("nanogpt", R"(, "compiled": false)");
  EXPECT_TRUE(plain.eager_element_wise);
  EXPECT_GT(plain.dispatch, stack("nanogpt", "").dispatch);
  EXPECT_FALSE(stack("nanogpt", "").eager_element_wise);
  EXPECT_FALSE(stack("megatron-core", R"(, "compiled": false)").eager_element_wise)
      << "its kernels are fused by hand";
  const Stack separate = stack("megatron-core", R"(, "fused_accumulation": false,
      "fused_activation": false)");
  EXPECT_TRUE(stack("megatron-core", "").fused_accumulation);
  EXPECT_FALSE(separate.fused_accumulation);
  EXPECT_TRUE(separate.unfused_gate);
}

TEST(Job, WarnsOfWhatIsLikelyAMistake) {
  const auto warned = [](const std::string& cluster, const std::string& run,
                         const std::string& stack) {
    std::string text = job_text(cluster, R"("tp": 2)", run);
    if (!stack.empty()) text.insert(text.rfind('}'), R"(, "stack": )" + stack);
    std::string codes;
    for (const Warning& each : job_from(text).warnings) codes += std::string(each.id()) + " ";
    return codes;
  };
  EXPECT_EQ(warned(kCluster, kRun, ""), "");
  EXPECT_EQ(warned(kCluster, R"("global_batch": 64, "tokens": 15)", ""), "W0208 ");
  EXPECT_EQ(warned(R"("accelerator": "tpu-v5p", "count": 16)", kRun, R"("nemo")"), "W0207 ");
  EXPECT_EQ(warned(R"("accelerator": "tpu-v5p", "count": 16)", kRun, ""), "");
  EXPECT_EQ(warned(R"("accelerator": "tpu-v5p", "count": 24)",
                   R"("global_batch": 48, "tokens": "1B tokens")", ""),
            "W0211 ");
  EXPECT_EQ(warned(kCluster, kRun, R"({"framework": "nemo", "compiled": true})"), "W0206 ");
  EXPECT_EQ(warned(kCluster, kRun, R"({"framework": "fsdp", "compiled": true})"), "");
  EXPECT_EQ(warned(R"("accelerator": " H100", "count": 16)", kRun, ""), "") << "in any case";
}

TEST(Job, ChoosesALayoutForCountsThatAreNoPowersOfTwo) {
  const auto chosen = [](int count, int batch) {
    return job_from(R"({"model": "llama-3.1-70b", "run": {"tokens": "1T tokens",
        "sequence_length": 8192, "global_batch": )" +
                    std::to_string(batch) + R"(}, "cluster": {"accelerator": "h100-sxm",
        "count": )" +
                    std::to_string(count) + "}}")
        .phases.front()
        .setup->layout;
  };
  EXPECT_EQ(chosen(3072, 2048).ranks(), 3072);
  EXPECT_EQ(chosen(47, 47).zero, 3) << "nothing else fits";
  const Layout idling = chosen(2047, 2048);
  EXPECT_LE(idling.ranks(), 2047);
  EXPECT_EQ(idling.ranks(), chosen(2046, 2048).ranks()) << "one more is no worse";
}

TEST(Job, AnOpenBatchIsChosenFromItsRange) {
  const auto chosen = [](const std::string& run, const std::string& layout = "") {
    return job_from(R"({"model": "llama-3.1-8b", "run": {)" + run + R"(}, "cluster": {
        "accelerator": "h100-sxm", "count": 96})" +
                    layout + "}");
  };
  const auto tokens = [](const Job& job) {
    return tokens_per_step(job.phases.front().setup->batch).in(token);
  };
  // 0.58 D^0.571 is 4.1M tokens at 1T, and 16.7M and more from 12T on.
  for (const auto& [run, most] : {std::pair{"\"tokens\": \"1T tokens\"", 1 << 22},
                                  std::pair{"\"tokens\": \"15T tokens\"", 1 << 24}}) {
    EXPECT_GE(tokens(chosen(run)), 1 << 21) << run;
    EXPECT_LE(tokens(chosen(run)), most) << run;
  }
  const std::string one = "\"tokens\": \"1T tokens\"";
  EXPECT_NEAR(tokens(chosen(one + R"(, "min_batch": "8M tokens")")), 8e6, 4096)
      << "over what is usual: the one that is asked for, in whole sequences";
  EXPECT_LE(tokens(chosen(one + R"(, "max_batch": "1M tokens")")), 1e6);
  // Under a stated layout, too; and tokens follow the steps.
  const Job stated = chosen(one, R"(, "layout": {"tp": 2})");
  EXPECT_EQ(stated.phases.front().setup->batch.global_batch % 48, 0);
  const Job brief = chosen("\"tokens\": \"1B tokens\"", R"(, "layout": {"tp": 2})");
  EXPECT_EQ(brief.phases.front().setup->batch.global_batch % 48, 0) << "a range, not a number";
  const Job steps = chosen("\"steps\": 100");
  EXPECT_EQ(steps.phases.front().tokens.in(token), 100 * tokens(steps));
  for (const auto& [run, said] :
       {std::pair{R"(, "min_batch": "8M tokens", "max_batch": "4M tokens")", "the range is empty"},
        std::pair{R"(, "max_batch": "4000 tokens")", "less than one sequence"},
        std::pair{R"(, "global_batch": 96, "max_batch": "4M tokens")", "says nothing beside"}}) {
    EXPECT_NE(fault_of([&] { return chosen(one + run); }).find(said), std::string::npos) << said;
  }
}

TEST(Job, ALayoutThatIsChosenLeavesAReserveOfMemory) {
  const auto chosen = [](double reserve) {
    return job_from(R"({"model": "llama-3.1-70b", "run": {"tokens": "1T tokens"}, "search":
        {"memory_reserve": )" +
                    std::to_string(reserve) + R"(}, "cluster": {"accelerator": "h100-sxm",
        "count": 64}})");
  };
  Seconds before;
  for (const double reserve : {0.0, 0.04, 0.3}) {
    const StepSetup setup = *chosen(reserve).phases.front().setup;
    EXPECT_EQ(setup.machine.memory_capacity, 80 * GB) << "the machine is what it is";
    EXPECT_LE(step_memory(setup.context()).required, (1 - reserve) * 80 * GB) << reserve;
    const Seconds time = sequence_time(setup, chosen(reserve).reliability);
    EXPECT_GE((1 + kTie) * time, before);
    before = time;
  }
  const Job full = chosen(0.8);
  const auto warned = std::any_of(full.warnings.begin(), full.warnings.end(), [](const Warning& w) {
    return w.code == WarningCode::kNoReserve;
  });
  EXPECT_TRUE(warned) << "what fits with less is said";
}

TEST(Stack, SelectiveRecomputationNamesModules) {
  for (const Stack& stack : test::database().stacks()) {
    for (const std::string& word : stack.selective) {
      const bool known = std::any_of(std::begin(kModuleNames), std::end(kModuleNames),
                                     [&](const auto& each) { return word == each.name; });
      EXPECT_TRUE(known) << stack.record.id << " " << word;
    }
  }
}

TEST(Stack, DatesAreMonths) {
  const auto job = [](const std::string& stack) {
    std::string text = job_text(kCluster, R"("tp": 2)", kRun);
    return text.insert(text.rfind('}'), R"(, "stack": )" + stack);
  };
  EXPECT_NE(test::fault_of([&] {
              return job_from(job(R"({"framework": "nemo", "date": "Jan 2024"})"));
            }).find("/stack/date: expected a month such as 2024-07"),
            std::string::npos);
  EXPECT_EQ(job_from(job(R"({"framework": "nemo", "date": "2024"})")).platform().stack.record.id,
            "nemo-2024");
  EXPECT_EQ(
      job_from(job(R"({"framework": "nemo", "date": "2024-03-18"})")).platform().stack.record.id,
      "nemo-2024");
  EXPECT_EQ(job_from(job(R"({"record": "nemo", "date": "2024-03"})")).platform().stack.record.id,
            "nemo-2024");
}

TEST(Recompute, TheLeastThatFitsIsTakenAndSaid) {
  const Job job = job_from(job_text(R"("accelerator": "h100-sxm", "count": 8)", R"("zero": 3)",
                                    R"("sequence_length": 32768, "global_batch": 64,
                                        "tokens": "1B tokens")"));
  EXPECT_EQ(job.phases.front().setup->batch.recompute, Recompute::kFull);
  bool said = false;
  for (const Assumption& each : job.assumptions) said = said || each.what == "/run/recompute";
  EXPECT_TRUE(said);
}

}  // namespace
}  // namespace traincost
