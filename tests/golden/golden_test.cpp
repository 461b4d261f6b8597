// Every example as the report that it gives, byte for byte. UPDATE_GOLDEN=1 rewrites the files;
// the diff is then read in review: a commit that moves a figure says which and why.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "reports/member_schema.h"
#include "reports/report.h"
#include "reports/sweep_rows.h"
#include "tests/support.h"

namespace traincost {
namespace {

// The version of the data is a digest of every record: it moves with each, and tells nothing here.
std::string without_version(std::string text) {
  const std::string version = data_version();
  for (auto at = text.find(version); at != std::string::npos; at = text.find(version)) {
    text.replace(at, version.size(), "DATA_VERSION");
  }
  return text;
}

::testing::AssertionResult matches_golden(const std::string& report, const std::string& name) {
  const std::string actual = without_version(report);
  const std::string path = std::string(TRAINCOST_SOURCE_DIR) + "/tests/golden/" + name;
  if (std::getenv("UPDATE_GOLDEN") != nullptr) {
    std::filesystem::create_directories(std::filesystem::path(path).parent_path());
    std::ofstream(path, std::ios::binary) << actual;
    return ::testing::AssertionSuccess();
  }
  const std::string expected = test::source_file("tests/golden/" + name);
  if (actual == expected) return ::testing::AssertionSuccess();
  std::size_t at = 0;
  std::size_t line = 1;
  while (at < actual.size() && at < expected.size() && actual[at] == expected[at]) {
    if (actual[at++] == '\n') ++line;
  }
  const auto context = [&](const std::string& text) {
    const std::size_t start = at == 0 ? 0 : text.rfind('\n', at - 1) + 1;
    return text.substr(start, text.find('\n', at) - start);
  };
  return ::testing::AssertionFailure()
         << name << " differs from line " << line << "\n  golden: " << context(expected)
         << "\n  actual: " << context(actual) << "\nUPDATE_GOLDEN=1 rewrites it";
}

class Golden : public ::testing::TestWithParam<const char*> {};

TEST_P(Golden, ReportIsUnchanged) {
  const std::string name = GetParam();
  const Job job = test::example(name + ".job.json");
  const Report report = estimate_report(job, estimate(job));
  EXPECT_TRUE(matches_golden(report.json(), name + "/report.json"));
  EXPECT_TRUE(matches_golden(report.text(), name + "/report.txt"));
}

TEST_P(Golden, FirstScreenHasAtMost24LinesOf120Columns) {
  const Job job = test::example(std::string(GetParam()) + ".job.json");
  const std::string text = estimate_report(job, estimate(job)).text();
  EXPECT_LE(std::count(text.begin(), text.end(), '\n'), 24);
  std::size_t start = 0;
  for (std::size_t end = text.find('\n'); end != std::string::npos; end = text.find('\n', start)) {
    EXPECT_LE(end - start, 120U) << text.substr(start, end - start);
    start = end + 1;
  }
}

INSTANTIATE_TEST_SUITE_P(Examples, Golden,
                         ::testing::Values("deepseek-v3", "deepseek-v3-measured", "llama-3.1-405b",
                                           "gpt3-175b", "small-8-gpu", "llama-3.1-405b-as-reported",
                                           "bloom-176b", "deepseek-r1-zero"));

TEST(GoldenHw, CompareH20WithH100) {
  const auto a = test::database().accelerator("h20-96");
  const auto b = test::database().accelerator("h100-sxm");
  EXPECT_TRUE(matches_golden(compare_report(*a, *b).json(), "h20-against-h100/report.json"));
  EXPECT_TRUE(matches_golden(compare_report(*a, *b).text(), "h20-against-h100/report.txt"));
}

TEST(GoldenSchema, SchemasFoldOverTheTablesThatRead) {
  EXPECT_TRUE(matches_golden(job_schema(), "../../reports/schema/input/job.json"));
  EXPECT_TRUE(matches_golden(published_schema(), "../../reports/schema/input/published.json"));
  EXPECT_TRUE(matches_golden(sweep_row_schema(), "../../reports/schema/report/sweep_row.json"));
  const std::string report = test::source_file("reports/schema/report/report.json");
  EXPECT_TRUE(matches_golden(report_schema(report), "../../reports/schema/report/report.json"));
}

TEST(GoldenPages, WarningsFoldOverTheirTable) {
  std::string page =
      "# Warnings\n\nAn answer that warns is given all the same: the code is stable, the words may "
      "change. They stand on\nstandard error in text, and under `warnings` in JSON.\n\n"
      "| code | what it says | what to do |\n|---|---|---|\n";
  for (const WarningKind& kind : kWarnings) {
    page += "| " + std::string(kind.id) + " | " + std::string(kind.meaning) + " | " +
            std::string(kind.remedy) + " |\n";
    EXPECT_EQ(warning_kind(kind.code).id, kind.id) << "the table is in the order of its codes";
  }
  EXPECT_TRUE(matches_golden(page, "../../docs/warnings.md"));
}

TEST(GoldenParams, DeepSeekV3) {
  const auto model = find_model("deepseek-v3");
  const Report report = parameters_report(model->model, 4096, model->warnings);
  EXPECT_TRUE(matches_golden(report.json(), "params-deepseek-v3/report.json"));
  EXPECT_TRUE(matches_golden(report.text(), "params-deepseek-v3/report.txt"));
}

}  // namespace
}  // namespace traincost
