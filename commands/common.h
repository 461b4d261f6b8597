// What several commands share: the format asked for, the database, faults about their arguments.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/quantity.h"
#include "commands/command.h"
#include "hwdb/hwdb.h"
#include "reports/report.h"

namespace traincost {

// The report in the format of --format, `format` where it is given instead; and in each format of
// an --export-FORMAT, as a file that is there whole or not at all. Throws UsageError for a format
// that the question has not, OutputError where a file cannot be written.
[[nodiscard]] std::string rendered(const Report& report, const Arguments& arguments,
                                   const std::string& format = "");

// The shipped records are read once, whatever else is asked.
[[nodiscard]] HardwareDb load_database(const Arguments& arguments);

// A file's text; of "-" what the arguments have for it, or standard input.
[[nodiscard]] std::string read_input(const Arguments& arguments, const std::string& file);

// Throws UsageError unless the count lies in the range.
void expect_positional(const Arguments& arguments, std::size_t least, std::size_t most,
                       const std::string& what);

// The whole number that an option gives, 1 to a million. Throws UsageError for anything else.
[[nodiscard]] int count_option(const Arguments& arguments, const char* name, int fallback);

// The day that an option gives, YYYY-MM-DD. Throws UsageError for anything else.
[[nodiscard]] std::string day_option(const Arguments& arguments, const char* name);

// What to say of an amount of money that a shell took apart: "$3M" unquoted arrives as "M". Empty
// where it did not.
[[nodiscard]] std::string eaten_by_shell(const std::string& option, const std::string& value);

// The quantity above 0 that an option gives, in base units. Throws UsageError for anything else.
[[nodiscard]] double option_base(const Arguments& arguments, const char* name, Dimension dimension);
template <typename Q>
[[nodiscard]] std::optional<Q> quantity_option(const Arguments& arguments, const char* name) {
  if (!arguments.has(name)) return std::nullopt;
  return Q::from_base(option_base(arguments, name, Q::dimension));
}

// "a,b,c" in its items; commas inside brackets and quotes do not divide. At least one item, which
// may be empty.
[[nodiscard]] std::vector<std::string> comma_list(const std::string& text);

// Writes a file and the folders above it: whole, or not at all. Throws OutputError where that
// fails.
void write_file(const std::string& path, const std::string& text);

}  // namespace traincost
