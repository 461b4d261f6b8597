// A row of a sweep is the answer of estimate to the job of its point.
#include "estimator/questions/sweep.h"

#include <gtest/gtest.h>

#include "base/json_path.h"
#include "base/units.h"
#include "reports/sweep_rows.h"
#include "tests/support.h"

namespace traincost {
namespace {

using namespace unit;

SweepSpec spec_from(const std::string& text) {
  return read_sweep(parse_json(text, "test.sweep.json"), "test.sweep.json");
}

constexpr const char* kGrid = R"({
  "job": {"model": "llama-3.1-8b", "cluster": {"accelerator": "h100-sxm", "count": 64},
          "layout": {"tp": 2}, "run": {"sequence_length": 4096, "global_batch": 256, "tokens": 1e12}},
  "axes": [
    {"path": "pricing.price", "values": ["$2/GPU-h", "$3/GPU-h"]},
    {"path": "cluster.count", "values": [64, 128, 48]},
    {"path": "/run/tokens", "from": 1e12, "to": 4e12, "count": 3, "scale": "log"},
    {"path": "layout.tp", "values": [1, 4]}
  ]})";

std::vector<SweepRow> rows_of(const SweepSpec& spec, std::int64_t first, std::int64_t last) {
  std::vector<SweepRow> rows;
  sweep(spec, test::database(), first, last,
        [&](const SweepRow& row, bool) { rows.push_back(row); });
  return rows;
}

// The job of a row, read anew from the values that it prints.
Job job_of_row(const SweepSpec& spec, const SweepRow& row) {
  JobSpec job = spec.job;
  Faults faults;
  for (std::size_t i = 0; i < spec.axes.size(); ++i) {
    const JsonValue value = loose_json(row.values[i].text);
    set_member(job, spec.axes[i].path, JsonCursor(value, "test.sweep.json", faults));
  }
  return with_chosen_layouts(resolve(job, test::database(), faults));
}

TEST(Sweep, EveryRowIsTheEstimateOfItsJob) {
  const SweepSpec spec = spec_from(kGrid);
  ASSERT_EQ(spec.points(), 36);
  int known = 0;
  for (SweepRow& row : rows_of(spec, 0, spec.points())) {
    if (!row.error.empty()) {
      EXPECT_NE(row.error.find("global batch"), std::string::npos) << row.error;
      continue;
    }
    ++known;
    const Job job = job_of_row(spec, row);
    const Estimate expected = estimate(job);
    const auto near = [](std::optional<double> value, double should_be) {
      ASSERT_TRUE(value.has_value());
      EXPECT_NEAR(*value / should_be, 1, 1e-12);
    };
    near(row[SweepFigure::kAcceleratorHours], expected.billed.in(accelerator_hour));
    near(row[SweepFigure::kAcceleratorHoursP95], expected.billed_spread.p95.in(accelerator_hour));
    near(row[SweepFigure::kWallDays], expected.wall.in(day));
    near(row[SweepFigure::kCost], expected.cost->in(usd));
    near(row[SweepFigure::kEnergy], expected.energy.in(kWh));
    near(row[SweepFigure::kMemory], expected.memory->required.in(B));
    near(row[SweepFigure::kStepTime], expected.phases.front().step_time.in(second));
    near(row[SweepFigure::kMfu], expected.phases.front().mfu);
    EXPECT_EQ(row.layout.tp, job.phases.front().setup->layout.tp);
  }
  EXPECT_EQ(known, 24);  // 48 accelerators do not divide the batch
}

TEST(Sweep, WhatOnlyScalesVariesFastest) {
  const SweepSpec spec = spec_from(kGrid);
  EXPECT_EQ(spec.axes[0].path, "cluster.count");
  EXPECT_EQ(spec.axes[1].path, "layout.tp");
  EXPECT_EQ(spec.axes[2].path, "pricing.price");
  EXPECT_EQ(spec.axes[3].path, "run.tokens");
}

TEST(Sweep, ARowDoesNotDependOnWhereAShardBegins) {
  const SweepSpec spec = spec_from(kGrid);
  SweepRows whole(spec, RowFormat::kNdjson);
  std::string at_once;
  sweep(spec, test::database(), 0, 36,
        [&](const SweepRow& row, bool same) { whole.append(row, same, at_once); });
  std::string piecewise;
  for (std::int64_t i = 0; i < 36; ++i) {
    SweepRows rows(spec, RowFormat::kNdjson);
    sweep(spec, test::database(), i, i + 1,
          [&](const SweepRow& row, bool same) { rows.append(row, same, piecewise); });
  }
  EXPECT_EQ(piecewise, at_once);
}

TEST(Sweep, ASampleStaysInItsRangesAndRepeats) {
  const SweepSpec spec = spec_from(R"({
    "job": {"model": "gpt2", "cluster": {"accelerator": "a100-sxm-80", "count": 8},
            "layout": {"tp": 1}, "run": {"sequence_length": 1024, "global_batch": 64, "tokens": 1e9}},
    "sample": {"points": 60, "seed": 7},
    "axes": [{"path": "run.tokens", "from": 1e9, "to": 1e11, "scale": "log"},
             {"path": "pricing.price", "from": 1, "to": 3, "unit": "$/GPU-h"},
             {"path": "cluster.accelerator", "values": ["a100-sxm-80", "h100-sxm"]}]})");
  std::vector<SweepRow> rows = rows_of(spec, 0, 60);
  int below = 0;
  int a100 = 0;
  for (SweepRow& row : rows) {
    ASSERT_EQ(row.error, "");
    EXPECT_GE(*row[SweepFigure::kTokens], 1e9);
    EXPECT_LE(*row[SweepFigure::kTokens], 1e11);
    EXPECT_GE(*row[SweepFigure::kPrice], 1);
    EXPECT_LE(*row[SweepFigure::kPrice], 3);
    if (*row[SweepFigure::kTokens] < 1e10) ++below;
    if (row.accelerator == "a100-sxm-80") ++a100;
  }
  // Half of a logarithmic range lies below its middle; 4 sigma of 60 coins is 15.
  EXPECT_NEAR(below, 30, 15);
  EXPECT_NEAR(a100, 30, 15);
  std::vector<SweepRow> later = rows_of(spec, 41, 42);
  EXPECT_EQ(*later[0][SweepFigure::kTokens], *rows[41][SweepFigure::kTokens]);
}

TEST(Sweep, QuotesAreThoseOfTheirMonth) {
  SweepSpec spec = spec_from(R"({
    "job": {"model": "gpt2", "cluster": {"accelerator": "h100-sxm", "count": 8},
            "layout": {"tp": 1}, "run": {"sequence_length": 1024, "global_batch": 64, "tokens": 1e9}},
    "axes": [{"path": "pricing.as_of", "values": ["2010-01", "2099-01"]}]})");
  std::vector<SweepRow> rows = rows_of(spec, 0, 2);
  EXPECT_FALSE(rows[0][SweepFigure::kCost].has_value());
  EXPECT_TRUE(rows[1][SweepFigure::kCost].has_value());
}

TEST(SweepReader, NamesEveryFault) {
  const std::string text = test::fault_of([] {
    return spec_from(R"({"axes": [{"path": "a", "from": 2, "to": 1, "scale": "log"},
                                  {"path": "b", "values": []}, {"path": "b", "from": 0, "to": 1}]})");
  });
  for (const char* part :
       {"\"job\"", "\"to\" is below \"from\"", "needs \"count\"", "at least one value"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << " in\n" << text;
  }
}

TEST(SweepReader, RefusesAxesThatMeet) {
  const auto faults = [](const std::string& axes) {
    return test::fault_of([&] { return spec_from(R"({"job": {}, "axes": [)" + axes + "]}"); });
  };
  EXPECT_NE(faults(R"({"path": "a", "values": [1]}, {"path": "/a", "values": [2]})")
                .find("two axes of the same path \"a\""),
            std::string::npos);
  EXPECT_NE(faults(R"({"path": "a.b", "values": [1]}, {"path": "a", "values": [2]})")
                .find("axis \"a.b\" lies inside axis \"a\""),
            std::string::npos);
  EXPECT_NE(faults(R"({"path": "a..b", "values": [1]})").find("is no path"), std::string::npos);
}

TEST(SweepReader, WholeNumbersStayWhole) {
  const SweepSpec spec = spec_from(R"({"job": {}, "axes": [
      {"path": "a", "from": 64, "to": 4096, "count": 7, "scale": "log"},
      {"path": "b", "from": 1, "to": 2, "count": 3, "integer": true}]})");
  for (std::size_t i = 0; i < 7; ++i) {
    EXPECT_EQ(spec.axes[0].values[i].number, static_cast<double>(64 << i));
  }
  EXPECT_EQ(spec.axes[1].values[1].number, 2);
}

}  // namespace
}  // namespace traincost
