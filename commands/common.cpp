#include "commands/common.h"

#include <cmath>
#include <filesystem>
#include <fstream>
#include <set>

#include "base/date.h"
#include "base/parse_quantity.h"
#include "base/read_file.h"

namespace traincost {

std::string rendered(const Report& report, const Arguments& arguments, const std::string& given) {
  const auto in = [&](const std::string& format) {
    if (auto written = report.in(format)) return std::move(*written);
    std::string known;
    for (const std::string& name : report.formats()) known += (known.empty() ? "" : ", ") + name;
    throw UsageError{"unknown format \"" + format + "\"", "one of: " + known};
  };
  std::string printed = in(given.empty() ? arguments.value("format", "text") : given);
  const std::string kExport = "export-";
  std::set<std::string> written;
  for (const auto& [name, values] : arguments.options) {
    if (!name.starts_with(kExport) || values.empty()) continue;
    const std::string& file = values.back();
    const std::filesystem::path folder = std::filesystem::path(file).parent_path();
    std::error_code error;
    if (file.empty() || !written.insert(file).second) {
      throw UsageError{
          "--" + name + (file.empty() ? " needs a file" : ": \"" + file + "\" is given twice"),
          "a file for each format"};
    }
    if (!folder.empty() && !std::filesystem::is_directory(folder, error)) {
      throw OutputError{file + ": cannot be written", "there is no folder " + folder.string()};
    }
    write_file(file, in(name.substr(kExport.size())));
  }
  return printed;
}

HardwareDb load_database(const Arguments& arguments) {
  static const HardwareDb shipped = HardwareDb::load();
  if (!arguments.has("hwdb") && !arguments.has("hwdb-overlay")) return shipped;
  return HardwareDb::load(arguments.value("hwdb"), arguments.value("hwdb-overlay"));
}

std::string read_input(const Arguments& arguments, const std::string& file) {
  return file == "-" && arguments.input ? *arguments.input : read_file(file);
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

int count_option(const Arguments& arguments, const char* name, int fallback) {
  const std::string text = arguments.value(name);
  if (text.empty()) return fallback;
  const auto number = parse_number(text);
  if (!number || *number < 1 || *number > 1e6 || *number != std::floor(*number)) {
    throw UsageError{"--" + std::string(name) + " expects a whole number from 1 to 1000000", ""};
  }
  return static_cast<int>(*number);
}

double option_base(const Arguments& arguments, const char* name, Dimension dimension) {
  const std::string text = arguments.value(name);
  const ParsedQuantity parsed = parse_quantity(text, dimension);
  if (!parsed.base) {
    const std::string eaten =
        dimension == Dimension{.usd = 1} ? eaten_by_shell(name, text) : std::string();
    throw UsageError{"--" + std::string(name) + ": " + parsed.problem,
                     eaten.empty() ? parsed.remedy : eaten};
  }
  if (*parsed.base <= 0) throw UsageError{"--" + std::string(name) + " must be above 0", ""};
  return *parsed.base;
}

std::string day_option(const Arguments& arguments, const char* name) {
  const std::string text = arguments.value(name);
  if (!is_day(text)) {
    throw UsageError{
        "--" + std::string(name) + " expects a day as YYYY-MM-DD, found \"" + text + "\"", ""};
  }
  return text;
}

std::string eaten_by_shell(const std::string& option, const std::string& value) {
  const bool begins =
      !value.empty() && (value.front() == '$' || value.front() == '-' ||
                         (value.front() >= '0' && value.front() <= '9') || value.front() == '{');
  if (begins) return "";
  return "the shell took the amount for a variable: quote it, --" + option + " '$3" +
         (value.empty() ? "M" : value) + "'";
}

std::vector<std::string> comma_list(const std::string& text) {
  std::vector<std::string> items(1);
  int depth = 0;
  bool quoted = false;
  for (const char c : text) {
    if (c == '"') quoted = !quoted;
    if (!quoted && (c == '[' || c == '{')) ++depth;
    if (!quoted && (c == ']' || c == '}')) --depth;
    if (c == ',' && depth == 0 && !quoted) {
      items.emplace_back();
    } else {
      items.back() += c;
    }
  }
  return items;
}

void write_file(const std::string& path, const std::string& text) {
  namespace fs = std::filesystem;
  std::error_code error;
  fs::create_directories(fs::path(path).parent_path(), error);
  // Devices and pipes are written in place; a file is renamed into it.
  const bool in_place = fs::exists(path, error) && !fs::is_regular_file(path, error);
  const std::string target = in_place ? path : path + ".part";
  std::ofstream out(target, std::ios::binary);
  out << text;
  out.close();
  error.clear();
  if (out && !in_place) fs::rename(target, path, error);
  if (out && !error) return;
  if (!in_place) fs::remove(target, error);
  throw OutputError{path + ": cannot be written", ""};
}

}  // namespace traincost
