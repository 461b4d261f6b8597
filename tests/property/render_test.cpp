// A saved report is the report: whatever the question, each format written from its JSON is, byte
// for byte, what the question itself writes; and no text of a stranger becomes anything but text.
#include <gtest/gtest.h>

#include <set>

#include "commands/command.h"
#include "reports/report.h"
#include "tests/support.h"

namespace traincost {
namespace {

std::string path(const std::string& file) { return std::string(TRAINCOST_SOURCE_DIR) + "/" + file; }

struct Question {
  const char* command;
  std::vector<std::string> positional;
  std::map<std::string, std::vector<std::string>> options;

  [[nodiscard]] std::string in(const std::string& format) const {
    Arguments arguments{options, positional};
    arguments.options["format"] = {format};
    return find_command(command)->run(arguments).output;
  }
};

void PrintTo(const Question& question, std::ostream* out) {
  *out << question.command;
  for (const std::string& each : question.positional) *out << ' ' << each;
}

std::vector<Question> questions() {
  const std::string v3 = path("examples/deepseek-v3.job.json");
  const std::string small = path("examples/small-8-gpu.job.json");
  const std::map<std::string, std::vector<std::string>> llama = {
      {"model", {"llama-3.1-8b"}}, {"tokens", {"1T"}}, {"accelerator", {"h100-sxm,h200-sxm"}}};
  const auto with = [](std::map<std::string, std::vector<std::string>> options,
                       const std::string& name, const std::string& value) {
    options[name] = {value};
    return options;
  };
  return {
      {"estimate", {v3}, {{"timetable", {}}}},
      {"estimate", {v3}, {{"timetable", {}}, {"samples", {"64"}}, {"method", {"all"}}}},
      {"estimate", {path("examples/deepseek-r1.job.json")}, {{"timetable", {}}}},
      {"estimate", {path("examples/deepseek-v3-measured.job.json")}, {{"timetable", {}}}},
      {"estimate",
       {v3},
       {{"timetable", {}}, {"set", {"run.precision=bf16", "run.recompute=none"}}}},
      {"explain", {small}, {}},
      {"estimate", {small}, {{"fit", {"micro-batch"}}}},
      {"search", {small}, {{"practical", {}}, {"threads", {"1"}}}},
      {"size", {}, with(with(llama, "deadline", "60 d"), "max-accelerators", "256")},
      {"compare", {}, with(llama, "gpus", "64")},
      {"check", {path("examples/claims/deepseek-v3.claim.json")}, {}},
      {"check", {path("examples/claims")}, {}},
      {"claim", {"DeepSeek-V3 took 2.788M H800 hours at $2 an hour, $5.576M"}, {}},
      {"params", {"deepseek-v3"}, {}},
      {"hw", {"list"}, {}},
      {"hw", {"list", "grids"}, {}},
      {"hw", {"list"}, {{"models", {}}}},
      {"hw", {"list"}, {{"exportable-as-of", {"2024-06-01"}}}},
      {"hw", {"show", "h800-sxm"}, {}},
      {"hw", {"show", "h20-96"}, {{"export", {}}}},
      {"hw", {"compare", "h20-96", "h100-sxm"}, {}},
      {"prices", {"h100-sxm"}, {}},
      {"validate", {path("hwdb/data/published/deepseek.jsonl")}, {}},
      {"validate", {path("hwdb/data/published/rl_runs.jsonl")}, {}},
      {"bench", {"compare", path("hwdb/data/measurements/attention.jsonl")}, {}},
  };
}

class Rendered : public ::testing::TestWithParam<Question> {};

// A search tells how long it took, so its formats are written from one answer.
TEST_P(Rendered, FromItsJsonInTheSameBytes) {
  const std::string json = GetParam().in("json");
  const Report saved = read_report(json, "saved.json");
  EXPECT_EQ(saved.json(), json);
  const bool timed = std::string(GetParam().command) == "search";
  for (const std::string& format : saved.formats()) {
    if (format == "trace" && json.find("\"timetable\": {") == std::string::npos) continue;
    const std::string written = *saved.in(format);
    EXPECT_FALSE(format == "html" && written.size() > 1'200'000) << "a page is too large";
    if (!timed && (format == "text" || format == "html")) {
      EXPECT_EQ(written, GetParam().in(format)) << format;
    }
    EXPECT_EQ(*read_report(saved.json(), "again.json").in(format), written) << format;
  }
}

TEST_P(Rendered, CsvHasAsManyCellsInEachLine) {
  const std::string csv = GetParam().in("csv");
  std::set<std::size_t> widths;
  std::size_t cells = 1;
  bool quoted = false;
  for (const char c : csv) {
    if (c == '"') quoted = !quoted;
    if (!quoted && c == ',') ++cells;
    if (!quoted && c == '\n') {
      widths.insert(cells);
      cells = 1;
    }
  }
  EXPECT_LE(widths.size(), 1U);
}

INSTANTIATE_TEST_SUITE_P(Questions, Rendered, ::testing::ValuesIn(questions()));

TEST(Render, WhatIsNoReportIsRefused) {
  const auto fault = [](const std::string& text) {
    return test::fault_of([&] { return read_report(text, "r.json").text(); });
  };
  EXPECT_NE(fault("{").find("r.json:1"), std::string::npos);
  EXPECT_EQ(fault("[]").rfind("r.json: /schema: this is no saved report", 0), 0U);
  EXPECT_EQ(fault(R"({"schema": "traincost.report/2"})").rfind("r.json: /schema: this is no", 0),
            0U);
  EXPECT_EQ(fault(R"({"schema": "traincost.report/1", "question": "weather"})")
                .rfind("r.json: /question: no question is called \"weather\"", 0),
            0U);
  const std::string head =
      R"({"schema": "traincost.report/1", "question": "estimate", "engine_version": "0",
          "data_version": "0", "inputs": {}, "rows": [], "assumptions": [], "sources": [],
          "warnings": [], "result": )";
  EXPECT_EQ(fault(head + "5}").rfind("r.json: /result: a report has this member", 0), 0U);
  EXPECT_EQ(fault(head + "{}}").rfind("r.json: lacks what a report of \"estimate\" has", 0), 0U);
  EXPECT_EQ(fault(head + R"({"phases": 5}})").rfind("r.json: lacks what a report of", 0), 0U);
}

// Twice the price: the cost doubles, for that cause alone.
TEST(Difference, SaysWhatMovedAndWhy) {
  const auto report = [](const std::string& price) {
    Arguments arguments{{{"price", {price}}}, {path("examples/deepseek-v3.job.json")}};
    arguments.options["format"] = {"json"};
    return read_report(find_command("estimate")->run(arguments).output, price + ".json");
  };
  const Report one = report("$1/GPU-h"), two = report("$2/GPU-h");
  const std::string text = difference_report(one, two, "one.json", "two.json").text();
  EXPECT_NE(text.find("cost, rental  $2.754M  $5.508M  x 2.00"), std::string::npos) << text;
  EXPECT_NE(text.find("setting  total/price_usd_per_accelerator_hour  1  2\n"), std::string::npos)
      << text;
  EXPECT_EQ(text.find("wall time"), std::string::npos) << text;
  EXPECT_EQ(difference_report(one, one, "one.json", "one.json").text(),
            "estimate: one.json against one.json\n\n"
            "  the same answer, of the same inputs, engine and data\n");
}

// A name that would be markup, a formula, an escape, a turn of the text's direction, or endless.
TEST(Render, HostileNamesStayNames) {
  const std::string name =
      "</script><b onclick=x>|=cmd()\\u001b[31m\\u202egnp`*_" + std::string(10000, 'x');
  const std::string text = R"({"name": ")" + name + R"(", "model": "llama-3.1-8b",
      "cluster": {"accelerator": "h100-sxm", "count": 8}, "run": {"tokens": "1T",
      "global_batch": 64, "micro_batch": 1}, "layout": {"tp": 8}})";
  const Job job = test::job_from(text);
  const Report report = estimate_report(job, estimate(job));
  const std::string page = *report.in("html");
  EXPECT_EQ(page.find("</script><b"), std::string::npos);
  EXPECT_EQ(page.find("<b onclick"), std::string::npos);
  for (const char* format : {"html", "svg", "md"}) {
    const std::string written = *report.in(format);
    EXPECT_EQ(written.find('\x1b'), std::string::npos) << format;
    EXPECT_EQ(written.find("\xE2\x80\xAE"), std::string::npos) << format;
  }
  const std::string markdown = *report.in("md");
  EXPECT_NE(markdown.find("&lt;/script&gt;&lt;b onclick=x&gt;\\|=cmd()\\\\u001b"),
            std::string::npos)
      << markdown.substr(0, 200);
}

}  // namespace
}  // namespace traincost
