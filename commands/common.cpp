#include "commands/common.h"

namespace traincost {

std::string rendered(const Report& report, const Arguments& arguments) {
  const std::string format = arguments.value("format", "text");
  if (format == "text") return report.text();
  if (format == "json") return report.json();
  const auto table = report.csv();
  if (format == "csv" && table) return *table;
  const auto page = report.html();
  if (format == "html" && page) return *page;
  throw UsageError{
      "unknown format \"" + format + "\"",
      std::string("one of: text, json") + (table ? ", csv" : "") + (page ? ", html" : "")};
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

}  // namespace traincost
