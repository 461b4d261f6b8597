#include <algorithm>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <thread>

#include "base/json.h"
#include "base/parse_quantity.h"
#include "base/read_file.h"
#include "base/units.h"
#include "commands/common.h"
#include "estimator/questions/learn.h"
#include "estimator/questions/validate.h"
#include "reports/accuracy.h"

namespace traincost {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxLineBytes = std::size_t{1} << 20U;

// The files of measured runs under `path`: itself, or every .jsonl and .json of a folder, sorted.
std::vector<std::string> run_files(const std::string& path) {
  std::error_code error;
  if (!fs::is_directory(path, error)) return {path};
  std::vector<std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(path)) {
    const auto extension = entry.path().extension();
    if (entry.is_regular_file() && (extension == ".jsonl" || extension == ".json")) {
      files.push_back(entry.path().string());
    }
  }
  std::sort(files.begin(), files.end());
  if (files.empty()) {
    throw InputError(Fault{path, 0, "", "holds no file of published runs",
                           "expected *.jsonl or *.json, schema traincost.published/1"});
  }
  return files;
}

void write_file(const fs::path& path, const std::string& text) {
  std::error_code error;
  fs::create_directories(path.parent_path(), error);
  std::ofstream out(path, std::ios::binary);
  out << text;
  out.close();
  if (!out) throw InputError(Fault{path.string(), 0, "", "cannot be written", ""});
}

class RunReader {
 public:
  explicit RunReader(const HardwareDb& db) : db_(db) {}

  void read(const std::string& file) {
    if (fs::path(file).extension() == ".json") {
      const JsonValue document = parse_json(read_file(file), file);
      if (document.kind == JsonValue::Kind::kArray) {
        for (const JsonValue& row : document.items) add(row, file);
      } else {
        add(document, file);
      }
      return;
    }
    read_lines(file);
  }

  std::vector<PublishedRun> take() {
    if (!faults_.empty()) throw InputError(faults_);
    return std::move(runs_);
  }

 private:
  void add(const JsonValue& row, const std::string& file) {
    runs_.push_back(read_published_run(row, file, db_));
  }

  // One line at a time, so that a file of any length takes the memory of its runs alone.
  void read_lines(const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    std::error_code error;
    if (!in || !fs::is_regular_file(file, error)) {
      faults_.push_back(Fault{file, 0, "", "no such file", ""});
      return;
    }
    std::string line;
    for (int number = 1; std::getline(in, line); ++number) {
      if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
      if (line.size() > kMaxLineBytes) {
        faults_.push_back(Fault{file, number, "", "a line longer than 1 MiB", ""});
        continue;
      }
      try {
        add(parse_json(line, file, number), file);
      } catch (const InputError& bad) {
        faults_.insert(faults_.end(), bad.faults().begin(), bad.faults().end());
      }
    }
  }

  const HardwareDb& db_;
  std::vector<PublishedRun> runs_;
  std::vector<Fault> faults_;
};

int count_option(const Arguments& arguments, const char* name, int fallback) {
  const std::string text = arguments.value(name);
  if (text.empty()) return fallback;
  const auto number = parse_number(text);
  if (!number || *number < 1 || *number > 1e6 || *number != std::floor(*number)) {
    throw UsageError{"--" + std::string(name) + " expects a whole number from 1 to 1000000", ""};
  }
  return static_cast<int>(*number);
}

// Refits; writes the parameters and the spread as records that --hwdb-overlay takes, and the page
// and picture of docs/accuracy.md beside them.
std::string learn_records(const std::vector<PublishedRun>& runs, const HardwareDb& database,
                          const Arguments& arguments) {
  LearnOptions options;
  options.evaluations = count_option(arguments, "evaluations", options.evaluations);
  options.threads =
      count_option(arguments, "threads", static_cast<int>(std::thread::hardware_concurrency()));
  for (const std::string& family : arguments.values("hold-out")) options.held_out.insert(family);
  const auto started = std::chrono::steady_clock::now();
  const Learned learned = learn(
      runs, database.engine().parameters, options,
      [&](int done, int of, const std::string& family) {
        const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - started;
        std::cerr << "fit " << done << " of " << of
                  << (family.empty() ? std::string(", all families") : ", without " + family)
                  << ", about " << std::lround(taken.count() / done * (of - done)) << " s to go\n";
      });
  const fs::path folder = arguments.value("learn");
  write_file(folder / "engine" / "engine.json", engine_record(learned.parameters));
  write_file(folder / "engine_error" / "engine-error.json", engine_error_record(learned.spread));
  const Validation in_sample = validate(with_engine(runs, learned.parameters, learned.spread));
  std::vector<AccuracyPoint> points;
  for (const ValidatedCase& each : in_sample.cases) {
    if (each.regression) continue;
    points.push_back(
        {each.family, each.measured.in(unit::second), each.predicted.in(unit::second)});
  }
  std::string page = accuracy_page(in_sample, learned, options.held_out);
  write_file(folder / "accuracy.md", page);
  write_file(folder / "accuracy.svg", accuracy_picture(points));
  return page;
}

}  // namespace

Outcome run_validate(const Arguments& arguments) {
  expect_positional(arguments, 1, 1000, "files or folders of published runs");
  const HardwareDb database = load_database(arguments);
  RunReader reader(database);
  for (const std::string& path : arguments.positional) {
    for (const std::string& file : run_files(path)) reader.read(file);
  }
  const std::vector<PublishedRun> runs = reader.take();
  if (arguments.has("learn")) return {learn_records(runs, database, arguments), "", kOk};
  return {rendered(validation_report(validate(runs)), arguments), "", kOk};
}

}  // namespace traincost
