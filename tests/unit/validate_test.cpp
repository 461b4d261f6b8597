// Published runs: what is read, what is not scored and why, and the statistics of what is.
#include "estimator/evidence/validate.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "base/units.h"
#include "estimator/evidence/family_effects.h"
#include "estimator/evidence/first_contact.h"
#include "estimator/evidence/learn.h"
#include "estimator/evidence/yardstick.h"
#include "estimator/questions/nearest.h"
#include "tests/support.h"

namespace traincost {
namespace {

using namespace unit;

constexpr const char* kRow = R"({
  "schema": "traincost.published/1", "id": "a", "family": "f",
  "stack": {"framework": "megatron-lm", "date": "2022-05"},
  "model": {"name": "22B", "layers": 48, "hidden": 6144, "ffn_hidden": 24576, "heads": 64,
    "kv_heads": 64, "head_dim": 96, "vocab": 51200, "gated_mlp": false, "tied_embeddings": true},
  "cluster": {"accelerator": "a100-sxm-80", "count": 8, "node_size": 8},
  "layout": {"tp": 8, "pp": 1, "vp": null, "dp": 1, "zero": 0, "sequence_parallel": true},
  "run": {"sequence_length": 2048, "global_batch": 4, "micro_batch": 4, "precision": "fp16",
    "recompute": "selective"},
  "measured": {"step_time_s": 1.1}, "notes": "", "flags": [], "scorable": true})";

PublishedRun run_from(const std::string& text) {
  return read_published_run(parse_json(text, "runs.jsonl"), "runs.jsonl", test::database());
}

std::string changed(const std::string& from, const std::string& to) {
  std::string text = kRow;
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

TEST(PublishedRun, BecomesAJobOfOneStep) {
  const PublishedRun run = run_from(kRow);
  ASSERT_TRUE(run.job) << run.unscored_reason;
  EXPECT_EQ(run.job->platform().stack.record.id, "megatron-lm-2022");
  EXPECT_EQ(run.job->phases.front().setup->layout.vp, 1) << "null is unstated";
  EXPECT_EQ(run.step_time, 1.1 * second);
}

TEST(PublishedRun, SaysWhyItIsNotScored) {
  const auto reason = [](const std::string& text) { return run_from(text).unscored_reason; };
  EXPECT_EQ(reason(changed(R"({"step_time_s": 1.1})", "{}")), "no measured.step_time_s");
  for (const char* wrong : {R"("1.1 s")", "-1", "0"}) {
    EXPECT_EQ(reason(changed("1.1}", wrong + std::string("}"))),
              "/measured/step_time_s: expected a number that a run could have");
  }
  EXPECT_EQ(reason(changed(R"("count": 8)", R"("count": null)")), "not stated: cluster.count");
  EXPECT_EQ(reason(changed(R"("scorable": true)", R"("scorable": false)")),
            "marked as not scorable by its source");
  EXPECT_EQ(reason(changed("a100-sxm-80", "a100-sxm-81")),
            "/cluster/accelerator: no accelerator \"a100-sxm-81\" in hwdb");
  EXPECT_NE(reason(changed(R"("tp": 8)", R"("tp": 3)")).find("/layout/tp: the count (8) is not"),
            std::string::npos);
}

TEST(PublishedRun, TheDateOfItsSoftwareIsAMonthOrAYear) {
  const auto run = [](const std::string& date) { return run_from(changed("2022-05", date)); };
  EXPECT_EQ(run("2021").job->platform().stack.record.id, "megatron-lm-2021");
  EXPECT_EQ(run("2022-Q2").unscored_reason,
            "/stack/date: expected a month such as 2024-07, found \"2022-Q2\"");
}

TEST(PublishedRun, SoftwareThatIsInferredIsNotNamed) {
  const PublishedRun run =
      run_from(changed(R"("date": "2022-05")", R"("date": "2022-05", "inferred": true)"));
  ASSERT_TRUE(run.job) << run.unscored_reason;
  EXPECT_EQ(run.job->platform().stack.record.id, "megatron-lm-2022");
  EXPECT_FALSE(run.job->platform().names_software);
}

TEST(PublishedRun, NotesAreForPeople) {
  const PublishedRun run =
      run_from(changed(R"("notes": "")", R"("notes": "a regression; tp-comm-overlap")"));
  ASSERT_TRUE(run.job) << run.unscored_reason;
  EXPECT_FALSE(run.regression);
  EXPECT_FALSE(run.job->phases.front().setup->layout.tp_overlap);
  EXPECT_TRUE(run_from(changed(R"("flags": [])", R"("flags": [], "regression": true)")).regression);
}

TEST(PublishedRun, TakesTheDegreesThatTheCountLeaves) {
  const auto layout = [](const std::string& degrees) {
    std::string text = changed(R"("tp": 8, "pp": 1, "vp": null, "dp": 1)", degrees);
    const PublishedRun run =
        run_from(text.replace(text.find(R"("micro_batch": 4)"), 16, R"("micro_batch": 1)"));
    return run.job ? std::pair{run.job->phases.front().setup->layout.tp,
                               run.job->phases.front().setup->layout.pp}
                   : std::pair{0, 0};
  };
  EXPECT_EQ(layout(R"("dp": 2, "tp": 2)"), (std::pair{2, 2}));
  EXPECT_EQ(layout(R"("dp": 2, "pp": 1, "tp": null)"), (std::pair{4, 1}));
  EXPECT_EQ(layout(R"("dp": 4, "cp": 2)"), (std::pair{1, 1}));
  EXPECT_EQ(layout(R"("dp": 2)"), (std::pair{0, 0})) << "tp and pp share 4 in an unknown way";
  EXPECT_EQ(layout(R"("dp": 3, "pp": 1)"), (std::pair{0, 0}));
  EXPECT_EQ(layout(R"("dp": 2, "tp": 2, "cp": null)"), (std::pair{0, 0}));
  EXPECT_EQ(layout(R"("pp": 1)"), (std::pair{0, 0}));
}

TEST(PublishedRun, UnknownMembersOnlyWarn) {
  const PublishedRun run = run_from(changed(R"("tp": 8)", R"("tp": 8, "tpx": 2)"));
  ASSERT_TRUE(run.job) << run.unscored_reason;
  ASSERT_EQ(run.job->warnings.size(), 1U);
  EXPECT_NE(run.job->warnings.front().message.find("unknown member \"tpx\""), std::string::npos);
}

TEST(PublishedRun, UnstatedRecomputationIsTheLeastThatFits) {
  const PublishedRun run = run_from(changed(R"("selective")", "null"));
  ASSERT_TRUE(run.job);
  EXPECT_EQ(run.job->phases.front().setup->batch.recompute, Recompute::kSelective);
}

TEST(PublishedRun, UnstatedMicroBatchesAndVirtualStagesAreTheFastestThatFit) {
  const std::string pipeline = changed(R"("tp": 8, "pp": 1, "vp": null, "dp": 1)",
                                       R"("tp": 4, "pp": 2, "vp": null, "dp": 1)");
  const auto open = [](std::string text, const std::string& micro, const std::string& batch) {
    text.replace(text.find(R"("global_batch": 4)"), 17, R"("global_batch": )" + batch);
    return run_from(text.replace(text.find(R"("micro_batch": 4, )"), 18, micro));
  };
  const PublishedRun stated = open(pipeline, R"("micro_batch": 1, )", "16");
  ASSERT_TRUE(stated.job) << stated.unscored_reason;
  EXPECT_GT(stated.job->phases.front().setup->layout.vp, 1) << "interleaving fills the bubble";
  const PublishedRun chosen = open(pipeline, "", "16");
  ASSERT_TRUE(chosen.job) << chosen.unscored_reason;
  const StepSetup& phase = *chosen.job->phases.front().setup;
  EXPECT_GT(phase.batch.micro_batch, 1) << "thin products are slow";
  EXPECT_EQ(phase.layout.pp, 2);
  EXPECT_EQ(phase.batch.recompute, Recompute::kSelective) << "what is stated stands";
  const auto said = [&](const std::string& what) {
    const auto& all = chosen.job->assumptions;
    return std::any_of(all.begin(), all.end(),
                       [&](const Assumption& each) { return each.what == what; });
  };
  EXPECT_TRUE(said("/run/micro_batch"));
  EXPECT_TRUE(said("/layout/vp"));
  EXPECT_FALSE(said("/run/recompute"));
}

TEST(PublishedRun, StagesWhoseLayersAreStatedStayAsTheyAre) {
  std::string row = changed(R"("tp": 8, "pp": 1, "vp": null, "dp": 1)",
                            R"("tp": 4, "pp": 2, "dp": 1, "stage_layers": [10, 38])");
  row.erase(row.find(R"("micro_batch": 4, )"), 18);
  const PublishedRun run = run_from(row);
  ASSERT_TRUE(run.job) << run.unscored_reason;
  const StepSetup& phase = *run.job->phases.front().setup;
  EXPECT_EQ(phase.layout.stage_layers, (std::vector<int>{10, 38}));
  EXPECT_EQ(phase.batch.micro_batch, 1);
}

TEST(PublishedRun, FullShardingStaysWithinAPod) {
  const auto shards = [](int count) {
    std::string row =
        changed(R"("tp": 8, "pp": 1, "vp": null, "dp": 1, "zero": 0, "sequence_parallel": true)",
                R"("tp": 1, "pp": 1, "zero": 3, "dp": )" + std::to_string(count));
    row.replace(row.find(R"("accelerator": "a100-sxm-80", "count": 8)"), 40,
                R"("accelerator": "tpu-v5e", "count": )" + std::to_string(count));
    row.replace(row.find(R"("global_batch": 4)"), 17,
                R"("global_batch": )" + std::to_string(4 * count));
    row.replace(row.find(R"("precision": "fp16")"), 19, R"("precision": "bf16")");
    const PublishedRun run = run_from(row);
    EXPECT_TRUE(run.job) << run.unscored_reason;
    return run.job->phases.front().setup->layout.zero_shards;
  };
  EXPECT_EQ(shards(256), 0) << "one pod";
  EXPECT_EQ(shards(1024), 256);
  EXPECT_EQ(shards(480), 240) << "the largest that divides";
  EXPECT_EQ(shards(514), 0) << "2 or 1 of 256 would hold all of the model";
}

TEST(PublishedRun, SlicesMeetOverTheNetwork) {
  const auto domain = [](const std::string& more) {
    std::string row = changed(R"("accelerator": "a100-sxm-80", "count": 8, "node_size": 8)",
                              R"("accelerator": "tpu-v4", "count": 8, "node_size": 8,
                                 "interconnect": "ICI torus")" +
                                  more);
    row.replace(row.find(R"("precision": "fp16")"), 19, R"("precision": "bf16")");
    const PublishedRun run = run_from(row);
    EXPECT_TRUE(run.job) << run.unscored_reason;
    for (const Warning& each : run.job->warnings) {
      EXPECT_NE(each.code, WarningCode::kUnknownMember) << "a row tells the network in words";
    }
    return run.job->phases.front().setup->machine.scale_up_domain;
  };
  EXPECT_EQ(domain(R"(, "slices": 2)"), 4);
  EXPECT_GT(domain(""), 4);
}

TEST(PublishedRun, SingleModulesAreRecomputedBeforeWholeLayers) {
  std::string row =
      changed(R"("megatron-lm", "date": "2022-05")", R"("megatron-core", "date": "2025-06")");
  const auto at = row.find(R"(,
    "recompute": "selective")");
  ASSERT_NE(at, std::string::npos);
  row.erase(at, std::string(",\n    \"recompute\": \"selective\"").size());
  row.replace(row.find(R"("global_batch": 4, "micro_batch": 4)"), 35,
              R"("global_batch": 12, "micro_batch": 12)");
  const PublishedRun run = run_from(row);
  ASSERT_TRUE(run.job) << run.unscored_reason;
  EXPECT_EQ(run.job->phases.front().setup->batch.recompute, Recompute::kModules);
}

TEST(Validation, StatisticsAreOfSignedAndAbsoluteErrors) {
  std::vector<ValidatedCase> cases(5);
  const double errors[] = {-0.1, 0.2, 0.3, 0.0, 9.0};
  for (std::size_t i = 0; i < cases.size(); ++i) {
    cases[i].family = "f";
    cases[i].error = errors[i];
    cases[i].measured = 1 * second;
    cases[i].predicted = (1 + errors[i]) * second;
    cases[i].p5 = 0.85 * cases[i].predicted;
    cases[i].p95 = 1.15 * cases[i].predicted;
  }
  cases[4].regression = true;
  const ErrorStatistics s = error_statistics(cases, "f");
  EXPECT_EQ(s.n, 4) << "a regression is listed apart";
  EXPECT_NEAR(s.mape, 0.15, 1e-12);
  EXPECT_NEAR(s.median_ape, 0.15, 1e-12);
  EXPECT_NEAR(s.bias, 0.1, 1e-12);
  EXPECT_NEAR(s.max_ape, 0.3, 1e-12);
  EXPECT_NEAR(s.coverage, 0.5, 1e-12);
  EXPECT_NEAR(s.median_width, 0.3, 1e-12);
  EXPECT_EQ(error_statistics(cases, "other").n, 0);
}

TEST(Validation, RegressionsAreSetApart) {
  const PublishedRun run =
      run_from(changed(R"("flags": [])", R"("flags": [], "regression": true)"));
  ASSERT_TRUE(run.job);
  const Validation validation = validate({run});
  EXPECT_EQ(validation.cases.size(), 1U);
  EXPECT_EQ(validation.all.n, 0);
}

TEST(Learning, WholeRunsOfUnnamedSoftwareMakeItsSpread) {
  std::vector<PublishedRun> runs = {run_from(kRow)};
  // Twenty-one runs, of as many reports, that took twice what is predicted.
  std::string row = changed(R"("measured": {"step_time_s": 1.1})",
                            R"("measured": {"gpu_hours": 82432, "tokens": 1e12})");
  const std::string stated = R"(megatron-lm", "date": "2022-05)";
  row.replace(row.find(stated), stated.size(), "reported");
  for (int i = 0; i < 21; ++i) {
    runs.push_back(run_from(row));
    ASSERT_TRUE(runs.back().whole) << runs.back().unscored_reason;
    runs.back().report += std::to_string(i);
    runs.back().whole_time = 2 * estimate(*runs.back().whole).tuned;
  }
  LearnOptions options;
  options.evaluations = 1;
  const Learned learned = learn(runs, runs.front().job->engine.parameters, options,
                                [](int, int, const std::string&) {});
  EXPECT_EQ(learned.runs.size(), 21U);
  const LogInterval& unnamed = learned.error.of(Regime::kUnnamedSoftware);
  EXPECT_NEAR(std::exp(unnamed.middle), 2, 0.1);
  EXPECT_GT(std::exp(unnamed.high), 2);
  const LogInterval& dense = learned.error.of(Regime::kDense);
  EXPECT_LT(dense.high, unnamed.high) << "they say nothing of software that is named";
}

TEST(KnownRuns, AreReadAsTheyWereWritten) {
  const KnownRuns known = known_runs_of(test::database());
  EXPECT_GT(known.runs.size(), 250U);
  KnownRun large = known.runs.front();
  large.count = 10752;
  large.sequence_length = 131072;
  EXPECT_EQ(runs_from(runs_text({large})).front().count, 10752);
  EXPECT_EQ(runs_from(runs_text({large})).front().sequence_length, 131072);
  const std::string text = runs_text(known.runs);
  EXPECT_EQ(runs_text(runs_from(text)), text);
  EXPECT_EQ(knobs_text(knobs_from(knobs_text(known.knobs))), knobs_text(known.knobs));
  EXPECT_TRUE(runs_from("a;b;c a;b;c;bf16;x;0;1;1;1;1;1;1;1;1;1").empty());
  EXPECT_TRUE(knobs_from("none tp: tp:x tp:0").empty());
  EXPECT_EQ(reached_text(reached_from(reached_text(known.reached))), reached_text(known.reached));
  EXPECT_GT(known.highest_mfu("h100-sxm", "bf16"), 0.4);
  EXPECT_LT(known.highest_mfu("h100-sxm", "bf16"), 0.7);
  EXPECT_EQ(known.highest_mfu("trainium2", "bf16"), 0) << "no row is of it";
}

TEST(KnownRuns, ARunIsNearestToItself) {
  const KnownRuns known = known_runs_of(test::database());
  for (const KnownRun& each : known.runs) {
    const std::vector<KnownRun> nearest = nearest_runs(known, each, 3);
    ASSERT_EQ(nearest.size(), 3U);
    EXPECT_EQ(distance(nearest.front(), each), 0) << each.id;
    EXPECT_LE(distance(nearest[1], each), distance(nearest[2], each)) << each.id;
  }
}

TEST(KnownRuns, WhatNoRunTurnedIsNamed) {
  const auto unknown = [](const std::string& run) {
    const Job job = test::job_from(R"({"model": "gpt3-175b",
      "cluster": {"accelerator": "a100-sxm-80", "count": 64}, "layout": {"tp": 8, "pp": 8},
      "run": {"sequence_length": 2048, "global_batch": 64, "tokens": "1B tokens")" +
                                   run + "}}");
    Estimate answer = estimate(job);
    look_up(answer, job, known_runs_of(test::database()));
    return answer.phases.front().evidence.unknown_knobs;
  };
  EXPECT_TRUE(unknown("").empty());
  EXPECT_EQ(unknown(R"(, "offload": ["optimizer"])"),
            std::vector<std::string>{"offload_optimizer"});
}

TEST(Families, FewOfThemNeitherMoveTheMiddleFarNorPromiseMuch) {
  const FamilySpread all{.between = 0.2, .below = 0.1, .above = 0.2};
  const LogInterval none = unseen_family({}, all);
  EXPECT_EQ(none.middle, 0);
  EXPECT_LT(none.low, -0.2);
  EXPECT_GT(none.high, 0.2);
  const std::vector<double> slow = {0.38, 0.39, 0.4, 0.41, 0.42};
  const LogInterval one = unseen_family({{"a", slow}}, all);
  EXPECT_NEAR(one.middle, 0.2, 1e-12) << "half of what one family is off by";
  const LogInterval three = unseen_family({{"a", slow}, {"b", slow}, {"c", slow}}, all);
  EXPECT_NEAR(three.middle, 0.4, 1e-12);
  const auto width = [](const LogInterval& each) { return each.high - each.low; };
  EXPECT_LT(width(three), width(one));
  FamilyErrors many;
  for (int i = 0; i < 40; ++i) many[std::to_string(i)] = slow;
  EXPECT_LT(width(unseen_family(many, all)), width(three));
}

TEST(Families, OneRunIsNoFamily) {
  const FamilySpread all{.between = 0.1, .below = 0.1, .above = 0.1};
  FamilyErrors few = {{"a", {0, 0, 0, 0, 0}}, {"b", {0.1, 0.1, 0.1, 0.1, 0.1}}};
  const LogInterval before = unseen_family(few, all);
  few["far"] = {0.9};
  const LogInterval one = unseen_family(few, all);
  few["far"] = {0.9, 0.9, 0.9, 0.9, 0.9};
  const LogInterval five = unseen_family(few, all);
  EXPECT_NEAR(one.middle, before.middle, 0.1);
  EXPECT_GT(one.high, before.high);
  EXPECT_GT(five.high - one.high, 0.2);
}

TEST(Families, TheSpreadOfAllIsBetweenTheirMediansAndInsideEach) {
  const FamilySpread all =
      spread_of_all({{"a", {0, 0, 0, 0, 0}}, {"b", {0.4, 0.4, 0.4, 0.4, 0.4}}, {"c", {0.2}}});
  EXPECT_NEAR(all.between, std::sqrt(0.08 / 1.2), 1e-12) << "one case is a fifth of a family";
  EXPECT_EQ(all.below, 0);
  EXPECT_EQ(all.above, 0);
  EXPECT_EQ(spread_of_all({}).between, 0);
}

TEST(Learning, NeverRaisesTheErrorAndDoesNotDependOnThreads) {
  std::vector<PublishedRun> runs;
  for (int i = 0; i < 6; ++i) {
    runs.push_back(run_from(kRow));
    runs.back().family = i < 3 ? "f" : "g";
    runs.back().step_time = (1.3 + 0.05 * i) * second;
  }
  const EngineParameters start;
  LearnOptions options;
  options.evaluations = 120;
  const auto quiet = [](int, int, const std::string&) {};
  const Learned one = learn(runs, start, options, quiet);
  const Learned two = learn(runs, start, options, quiet);
  ASSERT_EQ(one.unseen.size(), runs.size());
  for (std::size_t i = 0; i < runs.size(); ++i) {
    EXPECT_EQ(one.unseen[i].log_error, two.unseen[i].log_error);
  }
  double before = 0;
  StepWorkspace workspace;
  for (const PublishedRun& run : runs) {
    before += std::fabs(std::log(step_time_with(run, start, workspace) / run.step_time)) / 6;
  }
  EXPECT_LE(one.in_sample, before + 1e-9);
}

TEST(Learning, OnlyFamiliesThatTheLedgerLetsTeach) {
  std::vector<PublishedRun> runs;
  for (const char* family : {"taught", "met", "unmet"}) {
    runs.push_back(run_from(kRow));
    runs.back().family = family;
  }
  Ledger ledger;
  ledger["taught"].teaches = true;
  ledger["met"].runs = {
      {runs[1].id, 2 * second, 1 * second, 1 * second, 0.9 * second, 1.1 * second}};
  LearnOptions options;
  options.evaluations = 1;
  options.ledger = &ledger;
  const auto quiet = [](int, int, const std::string&) {};
  const Learned learned = learn(runs, EngineParameters{}, options, quiet);
  EXPECT_EQ(learned.held_out, (std::set<std::string>{"met", "unmet"}));
  ASSERT_EQ(learned.unseen.size(), 3U);
  for (const UnseenCase& each : learned.unseen) {
    EXPECT_EQ(each.first_error.has_value(), each.family == "met");
    if (each.first_error) {
      EXPECT_NEAR(*each.first_error, std::log(0.5), 1e-12);
    }
  }
  EXPECT_EQ(text_of(learned.error.taught), "megatron-lm/a100-sxm-80:1");
  EXPECT_EQ(text_of(learned.error.met), "megatron-lm/a100-sxm-80:2");
  EXPECT_EQ(text_of(known_steps("a/b:3 nonsense c/d:0 e:f/g")), "a/b:3");
  ledger["taught"].teaches = false;
  EXPECT_TRUE(learn(runs, EngineParameters{}, options, quiet).unseen.empty());
}

TEST(Yardstick, IsWhatTheOtherFamiliesReachedOnThatChip) {
  std::vector<PublishedRun> runs = {run_from(kRow), run_from(kRow)};
  runs[0].family = "quick";
  runs[1].family = "slow";
  runs[1].step_time = 2 * runs[0].step_time;
  const std::map<std::string, double> errors = constant_errors(runs);
  EXPECT_NEAR(errors.at("quick"), 1, 1e-12) << "said to take twice what it took";
  EXPECT_NEAR(errors.at("slow"), 0.5, 1e-12);
  runs.pop_back();
  EXPECT_TRUE(constant_errors(runs).empty()) << "nobody else ran";
}

TEST(FirstContacts, AreReadWholeOrNotAtAll) {
  const auto read = [](const std::string& text) {
    Ledger ledger;
    const JsonValue row = parse_json(text, "l.jsonl");
    EXPECT_TRUE(is_first_contact(row));
    read_first_contact(row, "l.jsonl", ledger);
    return ledger;
  };
  const std::string head = R"({"schema": "traincost.first_contact/1", "family": "f", )";
  EXPECT_TRUE(read(head + R"("teaches": true})").at("f").teaches);
  const std::string run = R"("id": "r", "engine": "0.1.0", "date": "2026-11-29", )";
  const std::string times =
      R"("measured_s": 2, "predicted_s": 1.5, "tuned_s": 1.4, "p5_s": 1, "p95_s": 3})";
  const Ledger ledger = read(head + run + times);
  ASSERT_EQ(ledger.at("f").runs.size(), 1U);
  EXPECT_EQ(ledger.at("f").runs[0].tuned, 1.4 * second);
  EXPECT_FALSE(ledger.at("f").teaches);
  try {
    read(head + run + R"("measured_s": -2, "predicted_s": 1.5})");
    ADD_FAILURE() << "four members are missing or wrong";
  } catch (const InputError& error) {
    EXPECT_EQ(error.faults().size(), 4U);
  }
}

TEST(PublishedRun, HoursOfWholeRunsNeedNoLayout) {
  const auto whole = [](const std::string& stack, const std::string& more) {
    std::string row = changed(R"("measured": {"step_time_s": 1.1}, "notes": "")",
                              R"("measured": {"gpu_hours": 82432, "tokens": 1e12})" + more);
    const std::string layout =
        R"("tp": 8, "pp": 1, "vp": null, "dp": 1, "zero": 0, "sequence_parallel": true)";
    row.erase(row.find(layout), layout.size());
    row.replace(row.find(R"("count": 8)"), 10, R"("count": null)");
    const std::string stated = R"("framework": "megatron-lm", "date": "2022-05")";
    row.replace(row.find(stated), stated.size(), stack);
    return run_from(row);
  };
  const PublishedRun named = whole(R"("framework": "megatron-lm", "date": "2022-05")", "");
  ASSERT_TRUE(named.whole);
  EXPECT_FALSE(named.job) << "no step was measured";
  EXPECT_TRUE(named.whole->platform().names_software);
  EXPECT_TRUE(named.whole->phases.front().open.layout);
  const PublishedRun reported = whole(R"("framework": null)", "");
  ASSERT_TRUE(reported.whole);
  EXPECT_FALSE(reported.whole->platform().names_software);
  const Validation validation = validate({named, reported});
  ASSERT_EQ(validation.runs.size(), 2U);
  EXPECT_EQ(validation.all.n, 0) << "hours enter no statistic of steps";
  const auto width = [&](std::size_t i) { return validation.runs[i].p95 / validation.runs[i].p5; };
  EXPECT_GT(width(1), width(0)) << "who does not name the software hears of others'";
  EXPECT_FALSE(whole(R"("framework": null)", R"(, "distilled": true)").whole);
}

TEST(Doubt, TakesTheWidestRegimeAndContainsThePrediction) {
  const EngineError error = engine_error_of(test::database());
  const Doubt dense = engine_doubt(error, {Regime::kDense});
  const Doubt both = engine_doubt(error, {Regime::kDense, Regime::kExperts});
  EXPECT_LE(dense.p5, 1);
  EXPECT_GE(dense.p95, 1);
  EXPECT_GT(dense.p50, dense.p5);
  EXPECT_LT(dense.p50, dense.p95);
  EXPECT_LE(both.p5, dense.p5);
  EXPECT_GE(both.p95, dense.p95);
}

}  // namespace
}  // namespace traincost
