#include "base/json_rows.h"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "base/read_file.h"

namespace traincost {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxLineBytes = std::size_t{1} << 20U;

using Visit = std::function<void(const JsonValue&, const std::string&)>;

std::vector<std::string> files_under(const std::string& path, const std::string& expected) {
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
    throw InputError(Fault{path, 0, "", "holds no *.jsonl or *.json", "expected " + expected});
  }
  return files;
}

// Runs `work`; what it throws is added to the faults.
template <typename Work>
void collect(std::vector<Fault>& faults, Work work) {
  try {
    work();
  } catch (const InputError& bad) {
    faults.insert(faults.end(), bad.faults().begin(), bad.faults().end());
  }
}

void visit_document(const std::string& file, const Visit& visit, std::vector<Fault>& faults) {
  const JsonValue document = parse_json(read_file(file), file);
  if (document.kind != JsonValue::Kind::kArray) return visit(document, file);
  for (const JsonValue& row : document.items) collect(faults, [&] { visit(row, file); });
}

void visit_lines(const std::string& file, const Visit& visit, std::vector<Fault>& faults) {
  std::ifstream in(file, std::ios::binary);
  std::error_code error;
  if (!in || !fs::is_regular_file(file, error)) {
    faults.push_back(Fault{file, 0, "", "no such file", ""});
    return;
  }
  std::string line;
  for (int number = 1; std::getline(in, line); ++number) {
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    if (line.size() > kMaxLineBytes) {
      faults.push_back(Fault{file, number, "", "a line longer than 1 MiB", ""});
      continue;
    }
    collect(faults, [&] { visit(parse_json(line, file, number), file); });
  }
}

}  // namespace

void visit_json_rows(const std::vector<std::string>& paths, const std::string& expected,
                     const Visit& visit) {
  std::vector<Fault> faults;
  for (const std::string& path : paths) {
    for (const std::string& file : files_under(path, expected)) {
      if (fs::path(file).extension() == ".json") {
        collect(faults, [&] { visit_document(file, visit, faults); });
      } else {
        visit_lines(file, visit, faults);
      }
    }
  }
  if (!faults.empty()) throw InputError(faults);
}

}  // namespace traincost
