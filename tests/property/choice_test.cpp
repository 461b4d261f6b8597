// One question, one answer: whoever asks for a layout gets the same, and more accelerators are
// never worse.
#include "estimator/questions/choice.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "base/json_path.h"
#include "base/text.h"
#include "base/units.h"
#include "estimator/job/members.h"
#include "estimator/job/resolve.h"
#include "estimator/questions/advice.h"
#include "estimator/questions/other_chip.h"
#include "estimator/questions/search.h"
#include "estimator/questions/size.h"
#include "tests/support.h"

namespace traincost {
namespace {

using namespace unit;

struct Question {
  std::string model, accelerator;
  int count = 8;
  int sequence = 4096;
  double tokens = 1e12;
};

JobSpec spec_of(const Question& asked) {
  JobSpec spec;
  spec.model = ModelSpec{.name = asked.model};
  spec.cluster = ClusterSpec{.accelerator = asked.accelerator, .count = asked.count};
  RunSpec& run = spec.run.emplace();
  run.tokens = asked.tokens * token;
  run.sequence_length = asked.sequence;
  return spec;
}

std::string text(const Question& asked) {
  return asked.model + " on " + std::to_string(asked.count) + " x " + asked.accelerator + " at " +
         std::to_string(asked.sequence);
}

// Five models on eight chips, from 4K to 1M tokens a sequence.
std::vector<Question> forty_questions() {
  const struct {
    const char* name;
    int count;
  } models[] = {{"llama-3.1-8b", 64},
                {"llama-3.1-70b", 504},
                {"qwen3-30b-a3b", 96},
                {"gpt3-175b", 1000},
                {"deepseek-v3", 2048}};
  const char* chips[] = {"h100-sxm", "h800-sxm", "a100-sxm-80", "b200-sxm",
                         "mi300x",   "gb200",    "tpu-v5p",     "h20-96"};
  const int sequences[] = {4096, 8192, 32768, 131072, 1048576};
  std::vector<Question> all;
  for (const auto& model : models) {
    for (const char* chip : chips) {
      const std::size_t i = all.size();
      all.push_back({model.name, chip, model.count + 8 * static_cast<int>(i % 3),
                     sequences[(i + i / 8) % std::size(sequences)]});
    }
  }
  return all;
}

class OneAnswer : public ::testing::TestWithParam<int> {};

TEST_P(OneAnswer, EstimateSizeAndSearchAgree) {
  const std::vector<Question> all = forty_questions();
  int fitting = 0;
  for (std::size_t i = 0; i < 8; ++i) {
    const Question asked = all[8 * static_cast<std::size_t>(GetParam()) + i];
    SCOPED_TRACE(text(asked));
    const JobSpec spec = spec_of(asked);
    const Job open = resolve(spec, test::database());
    const Estimate estimated = estimate(with_chosen_layouts(open));
    SizeLimits limits;
    limits.counts = {asked.count};
    const SizeAnswer sized =
        size_cluster(spec, test::database(), {}, limits, SizeObjective::kFastest);
    const SearchAnswer searched = search(open, open.phases.front(), {}, false);
    ASSERT_EQ(estimated.fits(), sized.best.has_value());
    ASSERT_EQ(estimated.fits(), !searched.top.empty());
    if (!estimated.fits()) continue;
    ++fitting;
    constexpr double kAgree = 0.005;
    EXPECT_NEAR(sized.best->totals.wall / estimated.wall, 1, kAgree);
    EXPECT_NEAR(searched.top.front().totals.wall / estimated.wall, 1, kAgree);
    ASSERT_EQ(estimated.cost.has_value(), sized.best->totals.cost.has_value());
    if (estimated.cost) {
      EXPECT_NEAR(*sized.best->totals.cost / *estimated.cost, 1, kAgree);
    }
    for (const RankedLayout& each : searched.top) {
      EXPECT_GE((1 + kAgree) * each.totals.wall, estimated.wall) << "no other is faster than a tie";
    }
  }
  EXPECT_GE(fitting, 5);
}

INSTANTIATE_TEST_SUITE_P(Models, OneAnswer, ::testing::Range(0, 5));

// From `first` in steps of `step`: none is slower than the one before, and none takes more hours
// than its accelerators more would if they idled.
void expect_never_slower(Question asked, int first, int step, int steps) {
  Seconds before;
  int count_before = 0;
  for (int i = 0; i < steps; ++i) {
    asked.count = first + i * step;
    SCOPED_TRACE(text(asked));
    const Job job = with_chosen_layouts(resolve(spec_of(asked), test::database()));
    const Estimate found = estimate(job);
    EXPECT_LE(job.phases.front().setup->layout.ranks(), asked.count);
    if (!found.fits()) {
      EXPECT_EQ(count_before, 0) << "what fits on fewer fits on more";
      continue;
    }
    if (count_before > 0) {
      constexpr double kLastBits = 1e-12;
      EXPECT_LE(found.wall / before, 1 + kLastBits);
      const double hours = found.billed / (before * (count_before * accelerator));
      EXPECT_LE(hours, (1 + kLastBits) * asked.count / count_before);
    }
    before = found.wall;
    count_before = asked.count;
  }
  EXPECT_GT(count_before, 0);
}

TEST(MoreAccelerators, AreNeverSlowerForAModelOfExperts) {
  expect_never_slower({"deepseek-v3", "h100-sxm", 0, 4096, 14.8e12}, 1160, 8, 40);
  expect_never_slower({"deepseek-v3", "h800-sxm", 0, 4096, 14.8e12}, 1960, 24, 40);
}

TEST(MoreAccelerators, AreNeverSlowerForASmallModel) {
  expect_never_slower({"llama-3.1-8b", "h100-sxm"}, 8, 8, 80);
}

TEST(MoreAccelerators, AreNeverSlowerByTrays) {
  expect_never_slower({"llama-3.1-70b", "gb200", 0, 4096, 15e12}, 2304, 4, 80);
}

TEST(MoreAccelerators, AreNeverSlowerWhereTheBatchRunsOut) {
  expect_never_slower({"llama-3.1-8b", "h100-sxm", 0, 131072}, 64, 8, 80);
  expect_never_slower({"llama-3.1-405b", "h100-sxm", 0, 8192, 300e9}, 4000, 88, 40);
}

TEST(MoreAccelerators, AreNeverSlowerAtAStatedBatch) {
  Question asked{"gpt3-175b", "a100-sxm-80", 0, 2048, 300e9};
  Seconds before;
  for (int count = 512; count < 512 + 40 * 8; count += 8) {
    asked.count = count;
    JobSpec spec = spec_of(asked);
    spec.run->global_batch = 1536;
    const Job job = with_chosen_layouts(resolve(spec, test::database()));
    EXPECT_EQ(job.phases.front().setup->batch.global_batch, 1536) << "it is kept";
    const Seconds wall = estimate(job).wall;
    if (count > 512) {
      EXPECT_LE(wall / before, 1 + 1e-12) << count;
    }
    before = wall;
  }
}

// What practitioners use loses little to the whole space, at long sequences too.
TEST(Choice, IsWithinThreePercentOfTheWholeSpaceAtLongSequences) {
  const Job job =
      resolve(spec_of({"llama-3.1-8b", "h100-sxm", 512, 131072, 1e12}), test::database());
  const SearchAnswer answer = search(job, job.phases.front(), {}, true);
  ASSERT_FALSE(answer.top.empty());
  for (const RankedLayout& each : answer.wider) {
    EXPECT_LT(answer.top.front().totals.wall / each.totals.wall, 1.03);
  }
}

// The layouts of published runs, or what is as fast: named beside them.
TEST(Choice, IsNearWhatPublishedRunsChose) {
  const auto chosen = [](const char* model, const char* chip, int count, double tokens) {
    return with_chosen_layouts(
               resolve(spec_of({model, chip, count, 8192, tokens}), test::database()))
        .phases.front()
        .setup->layout;
  };
  // Llama Team 2024, arXiv:2407.21783, table 4: tp 8, pp 16, dp 128 on 16,384 H100.
  const Layout llama = chosen("llama-3.1-405b", "h100-sxm", 16384, 15.6e12);
  EXPECT_EQ(llama.tp, 8);
  EXPECT_EQ(llama.pp, 16);
  EXPECT_EQ(llama.dp * llama.cp, 128);
  EXPECT_EQ(chosen("llama-3.1-8b", "h100-sxm", 8, 1e12).pp, 1) << "an 8B model needs no pipeline";
}

JobSpec with_change(JobSpec spec, const std::string& change) {
  Faults faults;
  for (const std::string& assignment : words_of(change)) {
    const std::size_t equals = assignment.find('=');
    const JsonValue value = loose_json(assignment.substr(equals + 1));
    set_member(spec, assignment.substr(0, equals), JsonCursor(value, "test", faults));
  }
  faults.throw_if_any();
  return spec;
}

// Advice that was run: setting what it says gives what it says.
TEST(Advice, IsWhatAnEstimateWithItSays) {
  const JobSpec spec = test::spec_from(test::source_file("examples/gpt3-175b.job.json"),
                                       "examples/gpt3-175b.job.json");
  const Job job = with_chosen_layouts(resolve(spec, test::database()));
  const Estimate now = estimate(job);
  const StepEstimate& step = *now.phases.front().step;
  std::vector<Advice> all = advise(job, job.phases.front(), step, 20, true);
  ASSERT_GE(all.size(), 6U);
  for (const Advice& each : all) EXPECT_TRUE(each.fits()) << each.change;
  const std::vector<Advice> of_memory = memory_changes(job, job.phases.front(), step);
  ASSERT_GE(of_memory.size(), 12U);
  all.insert(all.end(), of_memory.begin(), of_memory.end());
  for (const Advice& each : all) {
    SCOPED_TRACE(each.change);
    const JobSpec changed = with_change(spec, each.change);
    const Estimate then = estimate(with_chosen_layouts(resolve(changed, test::database())));
    constexpr double kSame = 1e-9;
    EXPECT_NEAR(each.layout.totals.wall / then.wall, 1, kSame);
    EXPECT_NEAR(*each.layout.totals.cost / *then.cost, 1, kSame);
    EXPECT_NEAR(each.layout.step / then.phases.front().step_time, 1, kSame);
    EXPECT_NEAR(each.layout.required / then.memory->required, 1, kSame);
  }
}

// Of a phase among others the change is that phase's, and the rest stays.
TEST(Advice, OfOnePhaseLeavesTheOthers) {
  const JobSpec spec = test::spec_from(test::source_file("examples/deepseek-v3.job.json"),
                                       "examples/deepseek-v3.job.json");
  const Job job = with_chosen_layouts(resolve(spec, test::database()));
  const Estimate now = estimate(job);
  const StepEstimate& step = *now.phases.front().step;
  std::vector<Advice> all = advise(job, job.phases.front(), step, 20, true);
  const std::vector<Advice> of_memory = memory_changes(job, job.phases.front(), step);
  all.insert(all.end(), of_memory.begin(), of_memory.end());
  ASSERT_GE(all.size(), 15U);
  for (const Advice& each : all) {
    SCOPED_TRACE(each.change);
    EXPECT_EQ(each.change.rfind("phases.0.", 0), 0U);
    const Estimate then =
        estimate(with_chosen_layouts(resolve(with_change(spec, each.change), test::database())));
    EXPECT_NEAR(then.phases.front().step->memory.required / each.layout.required, 1, 1e-9);
    EXPECT_NEAR(then.phases[1].step_time / now.phases[1].step_time, 1, 1e-12);
    // More accelerators fail more often, in all phases.
    const double slack = each.change.find("cluster.count") == std::string::npos ? 1e-9 : 0.02;
    EXPECT_NEAR((now.wall - each.saved) / then.wall, 1, slack);
  }
}

// Other chips too, at their own prices.
TEST(Advice, OtherAcceleratorsAreWhatAnEstimateOnThemSays) {
  const JobSpec spec = test::spec_from(test::source_file("examples/deepseek-v3.job.json"),
                                       "examples/deepseek-v3.job.json");
  const Job job = with_chosen_layouts(resolve(spec, test::database()));
  const Estimate now = estimate(job);
  const std::vector<Advice> chips =
      other_accelerators(spec, test::database(), job, {.wall = now.wall, .cost = now.cost}, 5);
  ASSERT_EQ(chips.size(), 5U);
  for (const Advice& each : chips) {
    SCOPED_TRACE(each.change);
    const JobSpec changed = with_change(spec, each.change);
    const Estimate then = estimate(with_chosen_layouts(resolve(changed, test::database())));
    EXPECT_NEAR(each.layout.totals.wall / then.wall, 1, 0.005);
    EXPECT_NEAR(each.gain, now.wall / each.layout.totals.wall - 1, 1e-12);
    ASSERT_EQ(each.layout.totals.cost.has_value(), then.cost.has_value());
    if (then.cost) {
      EXPECT_NEAR(*each.layout.totals.cost / *then.cost, 1, 0.005);
    }
    EXPECT_TRUE(each.gain > 0 || *each.layout.totals.cost < *now.cost);
  }
}

}  // namespace
}  // namespace traincost
