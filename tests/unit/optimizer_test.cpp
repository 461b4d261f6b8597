// What a run says of its update: bytes kept and exchanged, time, and what it cannot be.
#include "estimator/machine/optimizer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "base/units.h"
#include "estimator/model/parameters.h"
#include "estimator/questions/search.h"
#include "estimator/step/step.h"
#include "estimator/step/update.h"
#include "tests/support.h"

namespace traincost {
namespace {

using namespace unit;

// Llama 3.1 8B on `count` A100 of 80 GB by PyTorch, which keeps 12 + 4 bytes of states and
// gradients.
Job job_of(const std::string& run, int count = 1, int zero = 0) {
  const std::string gpus = std::to_string(count);
  return test::job_from(R"({"model": "llama-3.1-8b", "stack": "pytorch",
    "cluster": {"accelerator": "a100-sxm-80", "count": )" +
                        gpus + R"(}, "layout": {"zero": )" + std::to_string(zero) + R"(},
    "run": {"sequence_length": 4096, "global_batch": )" +
                        gpus + R"(, "micro_batch": 1, "steps": 10, "recompute": "full")" + run +
                        "}}");
}

StepEstimate step_of(const Job& job) { return estimate_step(job.phases[0].setup->context()); }

double term(const StepEstimate& step, std::string_view name) {
  for (const MemoryTerm& each : step.memory.terms) {
    if (each.name == name) return each.bytes.in(B);
  }
  return 0;
}

TEST(Optimizer, StatesHaveTheBytesThatTheirTypesSay) {
  const Architecture model = job_of("").model;
  const auto total = static_cast<double>(count_parameters(model).total);
  const auto states = [&](const std::string& run) {
    return term(step_of(job_of(run)), "optimizer states") / total;
  };
  EXPECT_NEAR(states(""), 12, 1e-5) << "fp32 weights and two fp32 moments";
  EXPECT_NEAR(states(R"(, "optimizer": "adamw")"), 12, 1e-5);
  EXPECT_NEAR(states(R"(, "optimizer_states": "bf16")"), 8, 1e-5);
  EXPECT_NEAR(states(R"(, "optimizer_states": "int8", "master_weights": false)"), 2, 0.01);
  EXPECT_NEAR(states(R"(, "optimizer": "lion")"), 8, 1e-5);
  EXPECT_NEAR(states(R"(, "optimizer": "sgd", "master_weights": false)"), 4, 1e-5);
  EXPECT_EQ(states(R"(, "optimizer": "adafactor", "master_weights": false)"), 0);
  // Embedding and head, 1.05 of 8.03 billion, are AdamW's.
  EXPECT_NEAR(states(R"(, "optimizer": "muon")"), 4 + 4 * (1 + 1.0508 / 8.0303), 0.01);
}

TEST(Optimizer, GradientsUsedWhereTheyAreMadeAreNotKept) {
  const Job job =
      job_of(R"(, "gradients": "bf16", "optimizer_in_backward": true, "fused_optimizer": true)");
  const double table = 128256.0 * 4096;
  EXPECT_NEAR(term(step_of(job), "gradients"), 2 * table, 1);
  const Job kept = job_of(R"(, "gradients": "bf16")");
  EXPECT_NEAR(term(step_of(kept), "gradients"), 2 * 8.0303e9, 1e6);
  EXPECT_LT(step_of(job).memory.required, step_of(kept).memory.required);

  for (const int count : {2, 8, 64, 1024}) {
    const Job sharded = job_of(R"(, "optimizer_in_backward": true)", count, 3);
    EXPECT_LT(step_of(sharded).memory.required, step_of(job_of("", count, 3)).memory.required);
  }
  const std::string fault =
      test::fault_of([] { return job_of(R"(, "optimizer_in_backward": true)", 8, 1); });
  EXPECT_NE(fault.find("needs zero 3 or one replica"), std::string::npos) << fault;
}

// What an update of one kernel an operation keeps meanwhile is of all that the rank updates.
TEST(Optimizer, ScratchIsOfWhatTheRankUpdates) {
  const auto scratch = [](const std::string& run, int count, int zero) {
    const StepEstimate step = step_of(job_of(run, count, zero));
    return step.memory.required - term(step, "gradients") * B - term(step, "weights") * B -
           term(step, "optimizer states") * B;
  };
  EXPECT_EQ(scratch("", 8, 0), scratch("", 1, 0)) << "every replica updates all";
  EXPECT_LT(scratch("", 8, 1), scratch("", 1, 0));
  EXPECT_LT(scratch(R"(, "optimizer_states": "int8")", 1, 0), scratch("", 1, 0));
  // A tensor at a time: no more than its own.
  const Bytes at_once = step_of(job_of(R"(, "optimizer_in_backward": true)")).memory.required;
  const Bytes fused = step_of(job_of(R"(, "optimizer_in_backward": true, "fused_optimizer": true)"))
                          .memory.required;
  EXPECT_NEAR((at_once - fused).in(B), 4 * 128256.0 * 4096, 1);
}

TEST(Optimizer, MuonsProductsStayOnTheAccelerator) {
  const std::string fault =
      test::fault_of([] { return job_of(R"(, "optimizer": "muon", "offload": ["optimizer"])"); });
  EXPECT_NE(fault.find("/run/optimizer"), std::string::npos) << fault;
}

// A search's advice is what an estimate of it says.
TEST(Optimizer, AnotherPrecisionKeepsWhatItsOwnRunWould) {
  const auto job = [](const std::string& precision) {
    return test::job_from(R"({"model": "llama-3.1-8b", "stack": "pytorch",
      "cluster": {"accelerator": "h100-sxm", "count": 8},
      "run": {"sequence_length": 4096, "global_batch": 64, "steps": 10, "recompute": "full",
              "precision": ")" +
                          precision + R"("}, "search": {"tp": 1, "pp": 1, "zero": 1,
              "micro_batch": 1, "recompute": "full"}})");
  };
  const Job half = job("fp16"), narrow = job("fp8");
  const SearchAnswer answer = search(half, half.phases[0], {});
  const SearchAnswer wanted = search(narrow, narrow.phases[0], {});
  const auto advised = std::find_if(answer.next.begin(), answer.next.end(), [](const Advice& each) {
    return each.change == "run.precision=fp8";
  });
  ASSERT_NE(advised, answer.next.end());
  EXPECT_NEAR(advised->layout.required / wanted.top.front().required, 1, 1e-9);
}

TEST(Optimizer, NoGradientsAreAddedUpWhereNoneAreKept) {
  const std::string several = test::fault_of([] {
    return test::job_from(R"({"model": "llama-3.1-8b",
      "cluster": {"accelerator": "a100-sxm-80", "count": 1}, "layout": {"zero": 0},
      "run": {"sequence_length": 4096, "global_batch": 4, "micro_batch": 1, "steps": 10,
              "optimizer_in_backward": true}})");
  });
  EXPECT_NE(several.find("/run/optimizer_in_backward: optimizer_in_backward keeps no gradients, "
                         "and 4 micro-batches"),
            std::string::npos)
      << several;
  EXPECT_NE(several.find("micro_batch 4"), std::string::npos) << several;
}

TEST(Optimizer, ReplicasExchangeWhatTheRunSays) {
  const auto exchanged = [](const std::string& run) {
    const Job job = job_of(run, 64, 1);
    const StepContext context = job.phases[0].setup->context();
    return exchange_time(context, rank_parameters(context, 0), 1).gradients;
  };
  const double ratio = exchanged(R"(, "reduction": "bf16")") / exchanged("");
  EXPECT_NEAR(ratio, 0.5, 0.05);
  EXPECT_NEAR(exchanged(R"(, "gradients": "bf16")") / exchanged(""), ratio, 1e-9);
  EXPECT_NEAR(exchanged(R"(, "gradients": "bf16", "reduction": "fp32")") / exchanged(""), 1, 1e-9);
}

TEST(Optimizer, ManyKernelsMoveThreeTimesAsMuch) {
  const auto update = [](const std::string& run) {
    const Job job = job_of(run);
    const StepContext context = job.phases[0].setup->context();
    return optimizer_time(context, 8.03e9);
  };
  // 21 passes over fp32 values for 7, and weights in bf16 and the norm beside them.
  const std::string fused = R"(, "fused_optimizer": true)";
  const double ratio = update(R"(, "fused_optimizer": false)") / update(fused);
  EXPECT_GT(ratio, 2);
  EXPECT_LT(ratio, 3);
  EXPECT_LT(update(fused + R"(, "optimizer_states": "bf16")"), update(fused));
  EXPECT_GT(update(""), update(fused)) << "PyTorch's default is one kernel an operation";

  // The root of the second moment is held while no activations are.
  const auto required = [](const std::string& run) {
    return step_of(job_of(run)).memory.required.in(GB);
  };
  EXPECT_GT(required(R"(, "fused_optimizer": false)"), required(fused) + 10);
}

TEST(Optimizer, MuonsProductsAreCounted) {
  // One square matrix: 5 (4 + 2) n^3 over n^2 parameters; experts are matrices of their own.
  const Architecture model = job_of("").model;
  const double each = orthogonalization_flops(model);
  // Of 4,096 x 14,336 each parameter meets 5 (4 x 4096 + 2 x 4096^2 / 14336) FLOP.
  EXPECT_GT(each, 5 * 4 * 1024);
  EXPECT_LT(each, 5 * 6 * 4096);
  const StepEstimate adamw = step_of(job_of("")),
                     muon = step_of(job_of(R"(, "optimizer": "muon")"));
  constexpr double kPeak = 312e12;
  const double added = (muon.time - adamw.time).in(second);
  EXPECT_GT(added, 8.03e9 * each / kPeak * 0.8);
  EXPECT_LT(added, 8.03e9 * each / kPeak * 1.8);
}

TEST(Optimizer, WhatTheRunLeavesOpenIsTheStacksAndSaid) {
  const Job job = job_of(R"(, "optimizer_states": "bf16")");
  const auto said = [&](const std::string& what, const std::string& value) {
    return std::any_of(job.assumptions.begin(), job.assumptions.end(), [&](const Assumption& each) {
      return each.what == "/run/" + what && each.value == value;
    });
  };
  EXPECT_TRUE(said("optimizer", "adamw"));
  EXPECT_TRUE(said("master_weights", "true"));
  EXPECT_FALSE(said("optimizer_states", "2 bytes each")) << "stated, not assumed";
}

TEST(Optimizer, AHalfPrecisionRunKeepsTheGradientsThatItStates) {
  const auto gradients = [](const std::string& run) {
    const Job job = test::job_from(R"({"model": "llama-3.1-8b", "stack": "pytorch",
      "cluster": {"accelerator": "a100-sxm-80", "count": 1}, "layout": {"zero": 0},
      "run": {"global_batch": 1, "steps": 1, "precision": "fp16")" +
                                   run + "}}");
    return job.phases[0].setup->machine.stack.gradient_bytes;
  };
  EXPECT_EQ(gradients(""), 2);
  EXPECT_EQ(gradients(R"(, "gradients": "fp32")"), 4);
}

}  // namespace
}  // namespace traincost
