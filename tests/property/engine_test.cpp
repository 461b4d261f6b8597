// What must hold whatever the figures: monotone, homogeneous, conserved, independent of order.
#include <gtest/gtest.h>

#include "base/units.h"
#include "estimator/model/parameters.h"
#include "tests/support.h"

namespace traincost {
namespace {

using namespace unit;

constexpr const char* kExamples[] = {"deepseek-v3.job.json", "llama-3.1-405b.job.json",
                                     "gpt3-175b.job.json", "small-8-gpu.job.json"};

// The job's estimate after `change` was applied to each predicted phase.
template <typename Change>
Estimate changed(Job job, Change change) {
  for (Phase& phase : job.phases) {
    if (phase.setup) change(*phase.setup);
  }
  return estimate(job);
}

class Engine : public ::testing::TestWithParam<const char*> {
 protected:
  Job job_ = test::example(GetParam());
};

TEST_P(Engine, IsDeterministic) { EXPECT_EQ(estimate(job_).billed, estimate(job_).billed); }

TEST_P(Engine, DoublingTokensDoublesTimeAndCost) {
  const Estimate once = estimate(job_);
  Job twice = job_;
  for (Phase& phase : twice.phases) {
    phase.tokens = 2 * phase.tokens;
    if (phase.stated) phase.stated = 2 * *phase.stated;
  }
  const Estimate result = estimate(twice);
  EXPECT_NEAR(result.billed / once.billed, 2, 1e-12);
  EXPECT_NEAR(*result.cost / *once.cost, 2, 1e-12);
  EXPECT_NEAR(result.energy / once.energy, 2, 1e-12);
}

TEST_P(Engine, FasterHardwareIsNeverSlower) {
  const AcceleratorTime before = estimate(job_).billed;
  const auto faster = [&](auto change) { EXPECT_LE(changed(job_, change).billed, before); };
  faster([](StepSetup& p) { p.machine.scale_up = 2 * p.machine.scale_up; });
  faster([](StepSetup& p) { p.machine.scale_out = 2 * p.machine.scale_out; });
  faster([](StepSetup& p) {
    p.machine.memory = 2 * p.machine.memory;
    p.machine.memory_stream = 2 * p.machine.memory_stream;
  });
  faster([](StepSetup& p) { p.machine.run.peak = 2 * p.machine.run.peak; });
  faster([](StepSetup& p) { p.machine.scale_out_latency = {}; });
}

TEST_P(Engine, MoreRecomputationTakesLessMemoryAndMoreTime) {
  const auto with = [&](Recompute recompute) {
    return changed(job_, [&](StepSetup& p) { p.batch.recompute = recompute; });
  };
  const Estimate none = with(Recompute::kNone);
  const Estimate selective = with(Recompute::kSelective);
  const Estimate full = with(Recompute::kFull);
  EXPECT_LE(none.busy, selective.busy);
  EXPECT_LE(selective.busy, full.busy);
  EXPECT_GE(none.memory->required, selective.memory->required);
  EXPECT_GE(selective.memory->required, full.memory->required);
}

TEST_P(Engine, HigherZeroStagesNeedNoMoreMemory) {
  Bytes last = 1e15 * B;
  for (int zero = 0; zero <= 2; ++zero) {
    const Estimate result = changed(job_, [&](StepSetup& p) { p.layout.zero = zero; });
    EXPECT_LE(result.memory->required, last);
    last = result.memory->required;
  }
}

TEST_P(Engine, MfuNeverExceedsHfuNorOne) {
  for (const PhaseEstimate& phase : estimate(job_).phases) {
    if (!phase.step) continue;
    EXPECT_LE(phase.mfu, phase.hfu);
    EXPECT_GT(phase.mfu, 0.02);
    EXPECT_LT(phase.hfu, 1);
  }
}

TEST_P(Engine, ShardsOfAllPipelineRanksHoldTheWholeModel) {
  for (const Phase& phase : job_.phases) {
    if (!phase.setup) continue;
    const StepSetup& p = *phase.setup;
    const StepContext context{p.model, p.machine, p.layout, p.batch};
    const bool dual = p.layout.schedule == Schedule::kDualPipe;
    double held = 0;
    for (int rank = 0; rank < (dual ? p.layout.pp / 2 : p.layout.pp); ++rank) {
      const LocalParameters local = rank_parameters(context, rank);
      held += local.dense * p.layout.tp + local.experts * p.layout.ep * p.layout.expert_tp;
    }
    const ParameterCount count = count_parameters(p.model);
    // Learned positions are replicated over the tensor-parallel group.
    held -= (p.layout.tp - 1.0) * static_cast<double>(p.model.position_rows * p.model.hidden);
    // A tied head on another rank than the embedding is a second copy.
    const double copies =
        p.model.tied_embeddings && p.layout.pp > 1 ? static_cast<double>(count.input_embedding) : 0;
    const auto whole = static_cast<double>(count.total + count.mtp) + copies;
    EXPECT_NEAR(held / whole, 1, 0.001) << phase.name;
  }
}

INSTANTIATE_TEST_SUITE_P(Examples, Engine, ::testing::ValuesIn(kExamples));

StepEstimate gpt3(const std::string& run, const std::string& more = "") {
  const Job job = test::job_from(R"({"model": "gpt3-175b", )" + more + R"(
    "cluster": {"accelerator": "a100-sxm-80", "count": 256}, "layout": {"tp": 8, "pp": 8, "dp": 4},
    "run": {"sequence_length": 2048, "global_batch": 64, "steps": 1)" +
                                 run + "}}");
  const StepSetup& phase = *job.phases.front().setup;
  return estimate_step({phase.model, phase.machine, phase.layout, phase.batch});
}

TEST(Recompute, EachMoreLayerSavesMemoryAndCostsTime) {
  StepEstimate before = gpt3(R"(, "recompute": "none")");
  for (const int layers : {1, 2, 4, 8, 11}) {
    const StepEstimate now =
        gpt3(R"(, "recompute": "full", "recompute_layers": )" + std::to_string(layers));
    EXPECT_GT(now.time, before.time) << layers;
    if (layers > 1) {
      EXPECT_LT(now.memory.required, before.memory.required) << layers;
    }
    EXPECT_GT(now.recomputed, before.recomputed) << layers;
    before = now;
  }
  const StepEstimate all = gpt3(R"(, "recompute": "full")");
  EXPECT_DOUBLE_EQ(gpt3(R"(, "recompute": "full", "recompute_layers": 12)").time.in(unit::second),
                   all.time.in(unit::second))
      << "twelve layers a stage are all of them";
}

TEST(Offload, MovesBytesToTheHostAndLosesNone) {
  // With a fused loss the first stage needs the most, whatever leaves it.
  const std::string stack = R"("stack": {"framework": "nemo", "date": "2025-01"},)";
  const StepEstimate plain = gpt3(R"(, "recompute": "selective", "offload": [])", stack);
  for (const char* what : {R"("optimizer")", R"("activations")", R"("optimizer", "activations")"}) {
    const StepEstimate moved =
        gpt3(R"(, "recompute": "selective", "offload": [)" + std::string(what) + "]", stack);
    // Slack of the allocator follows activations; without it the bytes are the same.
    EXPECT_NEAR((moved.memory.allocated + moved.memory.host).in(unit::GB),
                plain.memory.allocated.in(unit::GB), 1e-6)
        << what;
    EXPECT_LT(moved.memory.required, plain.memory.required) << what;
    EXPECT_GE(moved.time, plain.time) << what;
  }
}

TEST(Offload, OfParametersCopiesAShardForEachPass) {
  const auto setup = [](int zero, const char* offload) {
    const Job job = test::job_from(R"({"model": "llama-2-70b", "stack": "deepspeed",
      "cluster": {"accelerator": "a100-sxm-80", "count": 4},
      "layout": {"zero": )" + std::to_string(zero) +
                                   R"(}, "run": {"tokens": "1B tokens", "sequence_length": 512,
        "global_batch": 8, "micro_batch": 1, "recompute": "full", "offload": [)" +
                                   offload + "]}}");
    return *job.phases.front().setup;
  };
  const StepSetup plain = setup(3, R"("optimizer")");
  const StepSetup away = setup(3, R"("optimizer", "parameters")");
  const StepEstimate here = estimate_step(plain.context());
  const StepEstimate there = estimate_step(away.context());
  EXPECT_NEAR(
      (there.memory.required + there.memory.host) / (here.memory.required + here.memory.host), 1,
      1e-9);
  const Bytes shard = rank_parameters(plain.context(), 0).total() / 4 * 2 * unit::B;
  EXPECT_NEAR((there.memory.host - here.memory.host) / shard, 1, 1e-9);
  // On a slow link two copies for each of two micro-batches last, and nothing hides them.
  StepSetup slow = away;
  slow.machine.host = 0.01 * away.machine.host;
  StepSetup slower = away;
  slower.machine.host = 0.005 * away.machine.host;
  const Seconds once = shard / slow.machine.host;
  const auto offloaded = [](const StepSetup& each) {
    for (const StepTerm& term : estimate_step(each.context()).terms) {
      if (term.cause == Cause::kOffload) return term.time;
    }
    return Seconds{};
  };
  EXPECT_NEAR((offloaded(slower) - offloaded(slow)) / (2 * 2 * once), 1, 0.03);
  EXPECT_THROW(setup(2, R"("parameters")"), InputError);
}

// The update of a host is its processors', however many accelerators wait for it.
TEST(Offload, AcceleratorsOfAHostShareItsUpdate) {
  const auto update = [](int count) {
    StepSetup setup = *test::job_from(R"({"model": "llama-2-7b", "stack": "deepspeed",
      "cluster": {"accelerator": "a100-sxm-80", "count": )" +
                                      std::to_string(count) + R"(}, "layout": {"zero": 3},
      "run": {"tokens": "1B tokens", "sequence_length": 512, "global_batch": 64,
        "micro_batch": 1, "recompute": "full", "offload": ["optimizer"]}})")
                           .phases.front()
                           .setup;
    setup.machine.host = 1e6 * setup.machine.host;  // the copies apart
    for (const StepTerm& term : estimate_step(setup.context()).terms) {
      if (term.cause == Cause::kOptimizer) return term.time.in(unit::second);
    }
    return 0.0;
  };
  EXPECT_NEAR(update(1), 6.74 * 26 / 40, 0.3) << "26 bytes each at 40 GB/s";
  EXPECT_NEAR(update(8) / update(1), 1, 0.01);
  EXPECT_NEAR(update(16) / update(1), 0.5, 0.01);
}

}  // namespace
}  // namespace traincost
