#include "base/read_file.h"

#include <array>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <istream>

#include "base/fault.h"
#include "base/json.h"

namespace traincost {
namespace {

std::string read_stream(std::istream& in, const std::string& name) {
  std::string text;
  std::array<char, 65536> buffer{};
  while (in.read(buffer.data(), buffer.size()) || in.gcount() > 0) {
    text.append(buffer.data(), static_cast<std::size_t>(in.gcount()));
    if (text.size() > kMaxJsonBytes) throw InputError(Fault{name, 0, "", "larger than 16 MiB", ""});
  }
  return text;
}

bool no_files = false;

}  // namespace

void refuse_files() { no_files = true; }
bool files_are_read() { return !no_files; }

std::string read_file(const std::string& path) {
  if (no_files) throw InputError(Fault{path, 0, "", "files are not read here", ""});
  if (path == "-") return read_stream(std::cin, "standard input");
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (!std::filesystem::exists(status)) throw InputError(Fault{path, 0, "", "no such file", ""});
  if (std::filesystem::is_directory(status)) {
    throw InputError(Fault{path, 0, "", "is a folder, expected a file", ""});
  }
  std::ifstream in(path, std::ios::binary);
  if (!in) throw InputError(Fault{path, 0, "", "cannot be read", ""});
  return read_stream(in, path);
}

}  // namespace traincost
