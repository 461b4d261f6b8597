// Every example, record, row and report obeys its JSON Schema, and every record's reader asks for
// the members that its schema has.
//
// The schemas are JSON Schema 2020-12 kept to keywords that draft-7 has too; a keyword outside that
// subset is a failure here.
#include "base/nlohmann.h"  // before who includes it in another way

#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validator.hpp>

#include "estimator/doubt/engine_error.h"
#include "estimator/doubt/known_runs.h"
#include "estimator/machine/engine.h"
#include "tests/support.h"

namespace traincost {
namespace {

using Json = nlohmann::json;
namespace fs = std::filesystem;

fs::path source(const std::string& path) { return fs::path(TRAINCOST_SOURCE_DIR) / path; }

Json read(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return Json::parse(in);
}

const std::set<std::string>& allowed_keywords() {
  static const std::set<std::string> all = {
      "$schema", "$id",      "$ref",    "$defs",      "title",    "description",
      "type",    "enum",     "const",   "properties", "required", "additionalProperties",
      "items",   "minItems", "pattern", "minimum",    "maximum",  "exclusiveMinimum"};
  return all;
}

void check_keywords(const std::string& name, const Json& node, bool keywords = true) {
  if (!node.is_object()) return;
  for (const auto& [key, value] : node.items()) {
    if (keywords) {
      EXPECT_TRUE(allowed_keywords().count(key)) << name << ": keyword " << key;
    }
    check_keywords(name, value, !(keywords && (key == "properties" || key == "$defs")));
  }
}

struct Schema {
  Json document;
  valijson::Schema compiled;
};

// The schemas by name, compiled once.
const Schema& schema(const std::string& name) {
  static std::map<std::string, Schema> known;
  const auto found = known.find(name);
  if (found != known.end()) return found->second;
  Schema& made = known[name];
  for (const char* room : {"input", "report"}) {
    const fs::path path = source("reports/schema") / room / (name + ".json");
    if (fs::exists(path)) made.document = read(path);
  }
  EXPECT_EQ(made.document["$schema"], "https://json-schema.org/draft/2020-12/schema") << name;
  check_keywords(name, made.document);
  valijson::SchemaParser parser;
  parser.populateSchema(valijson::adapters::NlohmannJsonAdapter(made.document), made.compiled);
  return made;
}

::testing::AssertionResult obeys(const std::string& name, const Json& document) {
  valijson::Validator validator(valijson::Validator::kStrongTypes);
  valijson::ValidationResults results;
  const valijson::adapters::NlohmannJsonAdapter target(document);
  if (validator.validate(schema(name).compiled, target, &results)) {
    return ::testing::AssertionSuccess();
  }
  auto failure = ::testing::AssertionFailure() << name;
  valijson::ValidationResults::Error error;
  for (int i = 0; i < 5 && results.popError(error); ++i) {
    std::string where;
    for (const std::string& step : error.context) where += step;
    failure << "\n  " << where << ": " << error.description;
  }
  return failure;
}

// What the program prints, and its exit status.
struct Printed {
  std::string output;
  int status = 0;
};
Printed run(const std::string& arguments) {
  const std::string command = std::string(TRAINCOST_PROGRAM) + " " + arguments + " 2>/dev/null";
  Printed printed;
  FILE* pipe = popen(command.c_str(), "r");
  std::array<char, 65536> buffer{};
  while (const std::size_t got = fread(buffer.data(), 1, buffer.size(), pipe)) {
    printed.output.append(buffer.data(), got);
  }
  constexpr int kExit = 8;  // bits of a wait status below the exit status
  printed.status = pclose(pipe) >> kExit;
  return printed;
}

TEST(Schemas, RecordsObeyTheirs) {
  const std::map<std::string, std::string> names = {{"accelerators", "accelerator"},
                                                    {"systems", "system"},
                                                    {"stacks", "stack"},
                                                    {"grids", "grid"},
                                                    {"ownership", "ownership"},
                                                    {"reliability", "reliability"},
                                                    {"prices", "prices"},
                                                    {"engine", "engine"},
                                                    {"engine_error", "engine_error"},
                                                    {"known_runs", "known_runs"},
                                                    {"export_rules", "export_rule"}};
  for (const char* data : {"hwdb/data", "estimator/machine/data", "estimator/doubt/data"}) {
    for (const auto& room : fs::directory_iterator(source(data))) {
      const auto name = names.find(room.path().filename().string());
      if (name == names.end()) continue;
      for (const auto& file : fs::directory_iterator(room.path())) {
        EXPECT_TRUE(obeys(name->second, read(file.path()))) << file.path();
      }
    }
  }
  for (const RecordKind& kind : kRecordKinds) {
    EXPECT_TRUE(names.count(std::string(kind.room))) << kind.room << " has no schema";
  }
}

// Members that the reader asked of a record, against those that its schema has.
template <typename Read>
void expect_same_members(const std::string& name, const std::string& room, Read read_record) {
  std::set<std::string> asked;
  for (const auto& file : fs::directory_iterator(source(room))) {
    std::ifstream in(file.path(), std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    const JsonValue document = parse_json(text, file.path().string());
    Faults faults;
    const JsonCursor cursor(document, file.path().string(), faults);
    static_cast<void>(read_record(cursor));
    for (const std::string& key : cursor.asked()) asked.insert(key);
  }
  std::set<std::string> described;
  for (const auto& [key, value] : schema(name).document["properties"].items()) {
    described.insert(key);
  }
  EXPECT_EQ(described, asked) << name;
}

TEST(Schemas, RecordsReadersAskForWhatTheirSchemasHave) {
  expect_same_members("accelerator", "hwdb/data/accelerators", read_accelerator);
  expect_same_members("system", "hwdb/data/systems", read_system);
  expect_same_members("stack", "hwdb/data/stacks", read_stack);
  expect_same_members("grid", "hwdb/data/grids", read_grid);
  expect_same_members("ownership", "hwdb/data/ownership", read_ownership);
  expect_same_members("reliability", "hwdb/data/reliability", read_reliability);
  expect_same_members("prices", "hwdb/data/prices", read_price_book);
  expect_same_members("export_rule", "hwdb/data/export_rules", read_export_rule);
  expect_same_members("engine", "estimator/machine/data/engine", read_engine);
  expect_same_members("engine_error", "estimator/doubt/data/engine_error", read_engine_error);
  expect_same_members("known_runs", "estimator/doubt/data/known_runs", read_known_runs);
}

TEST(Schemas, RowsObeyTheirs) {
  int rows = 0;
  for (const auto& [folder, name] : {std::pair{"hwdb/data/measurements", "measurement"},
                                     {"hwdb/data/published", "published"},
                                     {"hwdb/data/published/first_contact", "first_contact"}}) {
    for (const auto& file : fs::directory_iterator(source(folder))) {
      if (file.path().extension() != ".jsonl") continue;
      std::ifstream in(file.path(), std::ios::binary);
      for (std::string line; std::getline(in, line);) {
        if (line.empty()) continue;
        ASSERT_TRUE(obeys(name, Json::parse(line))) << file.path() << ": " << line.substr(0, 200);
        ++rows;
      }
    }
  }
  EXPECT_GT(rows, 30000);
}

TEST(Schemas, ExamplesObeyTheirs) {
  for (const auto& file : fs::directory_iterator(source("examples"))) {
    const std::string name = file.path().filename().string();
    if (name.ends_with(".job.json")) {
      EXPECT_TRUE(obeys("job", read(file.path()))) << name;
    }
    if (name.ends_with(".sweep.json")) {
      EXPECT_TRUE(obeys("sweep", read(file.path()))) << name;
    }
  }
  for (const auto& file : fs::directory_iterator(source("examples/claims"))) {
    EXPECT_TRUE(obeys("claim", read(file.path()))) << file.path();
  }
}

TEST(Schemas, AcceptNoNonsense) {
  EXPECT_FALSE(obeys("job", {{"model", "x"}, {"cluster", {{"accelerator", "y"}, {"count", 0}}}}));
  EXPECT_FALSE(obeys("report", {{"schema", "traincost.report/1"}}));
}

TEST(Schemas, ReportsObeyTheirs) {
  const std::string root = std::string(TRAINCOST_SOURCE_DIR) + "/";
  const std::string gpt = root + "examples/gpt3-175b-64-a100.job.json";
  std::vector<std::pair<std::string, int>> runs = {
      {"check " + root + "examples/claims", 5},
      {"check " + root + "examples/claims/deepseek-v3.claim.json", 0},
      {"validate " + root + "hwdb/data/published/megatron.jsonl", 0},
      {"estimate --model llama-3.1-8b --accelerator h100-sxm --accelerators 8 --tokens 1B", 0},
      {"estimate " + gpt + " --method all --samples 64 --budget '$5M' --deadline '30 d'", 0},
      {"estimate " + gpt + " --set run.tokens='{\"low\": \"1T\", \"high\": \"2T\"}'", 0},
      {"explain " + root + "examples/deepseek-v3.job.json", 0},
      {"explain " + gpt + " phases.0.mfu --method ownership", 0},
      {"estimate --fit model --model llama-3.1-8b --accelerator h100-sxm --gpus 8", 0},
      {"estimate --fit sequence --model llama-3.1-70b --accelerator h100-sxm --gpus 8", 4},
      {"search " + gpt + " --set search.tp=8", 0},
      {"search " + gpt + " --set cluster.count=2 --set layout=search", 4},
      {"compare --model llama-3.1-8b --tokens 1T --accelerator h100-sxm,trainium2,rtx4090 --gpus 8",
       0},
      {"size --model llama-3.1-8b --tokens 1T --accelerator h100-sxm,a100-sxm-80 --budget '$1M'",
       0},
      {"size --budget '$1M' --accelerator h100-sxm,mi300x", 0},
      {"size --budget '$1M' --accelerator mi300a --shape experts", 4},
      {"bench compare " + root + "hwdb/data/measurements/element_wise.jsonl", 0},
      {"params deepseek-v3", 0},
      {"params gpt2", 0},
      {"hw list", 0},
      {"hw list stacks", 0},
      {"hw list models", 0},
      {"hw list export_rules", 0},
      {"hw list --exportable-as-of 2024-06-01", 0},
      {"hw show h800-sxm", 0},
      {"hw show hai-llm-2024", 0},
      {"hw show us-2023-10", 0},
      {"hw show h20-96 --export", 0},
      {"hw compare h20-96 h100-sxm", 0},
      {"prices", 0}};
  for (const auto& file : fs::directory_iterator(source("examples"))) {
    if (!file.path().string().ends_with(".job.json")) continue;
    runs.emplace_back("estimate " + file.path().string(), 0);
  }
  for (const auto& [arguments, status] : runs) {
    const Printed printed = run(arguments + " --format json");
    ASSERT_EQ(printed.status, status) << arguments;
    const Json report = Json::parse(printed.output);
    EXPECT_TRUE(obeys("report", report)) << arguments;
    std::set<std::string> ids, keys;
    for (const Json& row : report["rows"]) {
      EXPECT_TRUE(ids.insert(row["id"]).second) << arguments << ": row ids repeat";
      std::string names;
      for (const auto& [key, value] : row.items()) names += key + " ";
      keys.insert(names);
    }
    EXPECT_LE(keys.size(), 1U) << arguments << ": rows differ in their keys";
  }
}

}  // namespace
}  // namespace traincost
