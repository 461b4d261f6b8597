// An answer taken apart: parts multiply out to it, sensitivities are those of the engine itself.
#include "estimator/questions/explain.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/json_path.h"
#include "base/units.h"
#include "estimator/job/resolve.h"
#include "estimator/questions/choice.h"
#include "tests/support.h"

namespace traincost {
namespace {

using namespace unit;

struct Asked {
  JobSpec spec;
  Job job;
  Estimate answer;
  Explanation explanation;
};

Asked asked(const std::string& name, const std::string& path = "", const std::string& value = "") {
  const std::string file = "examples/" + name + ".job.json";
  JobSpec spec = test::spec_from(test::source_file(file), file);
  if (!path.empty()) {
    Faults faults;
    const JsonValue set = loose_json(value);
    set_member(spec, path, JsonCursor(set, "--set", faults));
  }
  Job job = with_chosen_layouts(resolve(spec, test::database()));
  Estimate answer = estimate(job);
  Explanation explanation = explain(spec, job, answer);
  return {std::move(spec), std::move(job), std::move(answer), std::move(explanation)};
}

TEST(Explain, TokensTimesFlopsOverPeakTimesMfuIsTheTime) {
  for (const char* name : {"deepseek-v3", "llama-3.1-405b", "gpt3-175b"}) {
    const Asked run = asked(name);
    const auto value = [&](const std::string& path) {
      const ExplainedFigure* found = find_figure(run.explanation, path);
      EXPECT_NE(found, nullptr) << path;
      return found == nullptr ? std::nan("") : found->value;
    };
    const double seconds = value("phases.0.tokens") * value("phases.0.flops_per_token") /
                           (value("phases.0.bf16_peak") * value("phases.0.mfu"));
    EXPECT_NEAR(seconds / 3600 / value("phases.0.accelerator_hours"), 1, 1e-9) << name;
    EXPECT_NEAR(value("total.accelerator_hours") * value("total.price_usd_per_accelerator_hour") /
                    value("total.cost_usd"),
                1, 1e-9);
    double busy = 0, billed = 0;
    for (const PhaseEstimate& each : run.answer.phases) {
      busy += each.time.in(accelerator_hour);
      billed += each.time.in(accelerator_hour) / each.goodput.share;
    }
    EXPECT_NEAR(value("total.accelerator_hours"), billed, 1e-6 * busy);
  }
}

// Each by itself, changed by a per cent in the job.
TEST(Explain, SensitivitiesAreWhatTheEngineMakesOfAPerCent) {
  const Asked before = asked("llama-3.1-405b");
  const auto changed = [&](const std::string& path, const std::string& value) {
    return 100 * (*asked("llama-3.1-405b", path, value).answer.cost / *before.answer.cost - 1);
  };
  const auto said = [&](const std::string& path) {
    return *find_figure(before.explanation, path)->sensitivity;
  };
  EXPECT_NEAR(said("phases.0.tokens"), changed("run.tokens", "15.756T tokens"), 0.005);
  EXPECT_NEAR(said("reliability.failures_per_node_day"),
              changed("reliability.failures_per_node_day", "0.0038279"), 0.005);
  EXPECT_NEAR(said("reliability.restart"), changed("reliability.restart", "606 s"), 0.005);
}

TEST(Explain, LeavesSayWhereTheyAreFrom) {
  const Asked run = asked("deepseek-v3");
  for (const std::string& path : figure_paths(run.explanation)) {
    const ExplainedFigure& each = *find_figure(run.explanation, path);
    if (!each.parts.empty()) continue;
    EXPECT_FALSE(each.origin.empty() && each.rule.empty()) << path;
  }
  EXPECT_EQ(find_figure(run.explanation, "phases.0.tokens")->origin, "file");
  EXPECT_EQ(find_figure(run.explanation, "phases.0.bf16_peak")->origin, "record");
  EXPECT_EQ(asked("deepseek-v3", "phases.0.tokens", "1T tokens")
                .explanation.answers.front()
                .parts.front()
                .parts.front()
                .parts.front()
                .origin,
            "user");
  EXPECT_EQ(find_figure(run.explanation, "phases.9.mfu"), nullptr);
}

TEST(Explain, WhatBindsALargeDenseRunIsItsMatrixUnits) {
  const Asked run = asked("llama-3.1-405b");
  ASSERT_FALSE(run.explanation.levers.empty());
  EXPECT_EQ(run.explanation.levers.front().name, "matrix units");
  for (const Lever& each : run.explanation.levers) {
    EXPECT_GE(each.saved, -1e-9) << each.name;
    EXPECT_LT(each.saved, 0.1) << each.name;
  }
}

TEST(Explain, AFigureIsFoundByTheNameThatPeopleUse) {
  const Explanation explanation = asked("deepseek-v3").explanation;
  EXPECT_EQ(figure_path(explanation, "cost"), "total.cost_usd");
  EXPECT_EQ(figure_path(explanation, "mfu"), "phases.0.mfu");
  EXPECT_EQ(figure_path(explanation, "phases.1.mfu"), "phases.1.mfu");
  EXPECT_EQ(figure_path(explanation, "price"), "total.price_usd_per_accelerator_hour");
  EXPECT_EQ(figure_path(explanation, "cos"), "");
}

}  // namespace
}  // namespace traincost
