#include "commands/common.h"

#include <filesystem>
#include <fstream>

namespace traincost {

std::string rendered(const Report& report, const Arguments& arguments) {
  const std::string format = arguments.value("format", "text");
  if (format == "text") return report.text();
  if (format == "json") return report.json();
  const auto table = report.csv();
  if (format == "csv" && table) return *table;
  const auto page = report.html();
  if (format == "html" && page) return *page;
  const auto markdown = report.markdown();
  if (format == "markdown" && markdown) return *markdown;
  throw UsageError{"unknown format \"" + format + "\"",
                   std::string("one of: text, json") + (table ? ", csv" : "") +
                       (page ? ", html" : "") + (markdown ? ", markdown" : "")};
}

HardwareDb load_database(const Arguments& arguments) {
  return HardwareDb::load(arguments.value("hwdb"), arguments.value("hwdb-overlay"));
}

void expect_positional(const Arguments& arguments, std::size_t least, std::size_t most,
                       const std::string& what) {
  const std::size_t given = arguments.positional.size();
  if (given < least) throw UsageError{"expected " + what, ""};
  if (given > most) {
    throw UsageError{"unexpected argument \"" + arguments.positional[most] + "\"",
                     "expected " + what};
  }
}

void write_file(const std::string& path, const std::string& text) {
  std::error_code error;
  std::filesystem::create_directories(std::filesystem::path(path).parent_path(), error);
  std::ofstream out(path, std::ios::binary);
  out << text;
  out.close();
  if (!out) throw InputError(Fault{path, 0, "", "cannot be written", ""});
}

}  // namespace traincost
