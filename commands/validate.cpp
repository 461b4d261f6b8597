#include <algorithm>
#include <filesystem>
#include <fstream>

#include "base/json.h"
#include "base/read_file.h"
#include "commands/common.h"
#include "estimator/questions/validate.h"

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

}  // namespace

Outcome run_validate(const Arguments& arguments) {
  expect_positional(arguments, 1, 1000, "files or folders of published runs");
  const HardwareDb database = load_database(arguments);
  RunReader reader(database);
  for (const std::string& path : arguments.positional) {
    for (const std::string& file : run_files(path)) reader.read(file);
  }
  const std::vector<PublishedRun> runs = reader.take();
  return {rendered(validation_report(validate(runs)), arguments), "", kOk};
}

}  // namespace traincost
