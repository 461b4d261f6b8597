// A command: a question plus options, answered as text for standard output and an exit status.
//
// One table describes every command and its options; parsing, --help and the manual all come from
// it. Commands do not print: they return an Outcome.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/fault.h"

namespace traincost {

enum ExitStatus {
  kOk = 0,
  kInternal = 1,  // internal or output error
  kUsage = 2,
  kBadInput = 3,  // bad or missing input
  kInfeasible = 4,
  kCheckFailed = 5,
  kInterrupted = 130,  // by Ctrl-C, with what was done until then
};

struct OptionSpec {
  std::string_view name;      // without dashes
  std::string_view value;     // placeholder; empty for a flag
  std::string_view sentence;  // empty where help does not list it
  bool repeated = false;
  std::string_view shown = {};  // instead of the name and its value, for several of a kind
};

struct Arguments {
  std::map<std::string, std::vector<std::string>> options;
  std::vector<std::string> positional;
  // What "-" stands for, where it is not the program's standard input.
  std::optional<std::string> input = std::nullopt;

  [[nodiscard]] bool has(const std::string& name) const { return options.count(name) != 0; }
  // The last value given, or `fallback`.
  [[nodiscard]] std::string value(const std::string& name, const std::string& fallback = "") const;
  [[nodiscard]] std::vector<std::string> values(const std::string& name) const;
};

struct Outcome {
  std::string output;    // standard output
  std::string messages;  // standard error
  ExitStatus status = kOk;
  std::vector<Fault> faults = {};  // of bad input, as the messages tell them
};

struct Command {
  std::string_view name;
  std::string_view synopsis;
  std::string_view sentence;
  std::vector<OptionSpec> options;
  std::vector<std::string_view> examples;
  Outcome (*run)(const Arguments&);
};

[[nodiscard]] const std::vector<Command>& commands();

// "export-html", ...: what every command with a --format has, too.
[[nodiscard]] const std::vector<OptionSpec>& export_options();

// The command of that name, or nothing.
[[nodiscard]] const Command* find_command(std::string_view name);

// Wrong use of a command: exit 2, with the remedy on a second line.
struct UsageError {
  std::string message;
  std::string remedy;
};

// What was asked for cannot be written: exit 1.
struct OutputError {
  std::string message;
  std::string remedy;
};

[[nodiscard]] Outcome run_estimate(const Arguments& arguments);
[[nodiscard]] Outcome run_explain(const Arguments& arguments);
[[nodiscard]] Outcome run_fit(const Arguments& arguments);
[[nodiscard]] Outcome run_search(const Arguments& arguments);
[[nodiscard]] Outcome run_size(const Arguments& arguments);
[[nodiscard]] Outcome run_optimal(const Arguments& arguments);
[[nodiscard]] Outcome run_compare(const Arguments& arguments);
[[nodiscard]] Outcome run_check(const Arguments& arguments);
[[nodiscard]] Outcome run_claim(const Arguments& arguments);
[[nodiscard]] Outcome run_sweep(const Arguments& arguments);
[[nodiscard]] Outcome run_merge(const Arguments& arguments);
[[nodiscard]] Outcome run_params(const Arguments& arguments);
[[nodiscard]] Outcome run_hw(const Arguments& arguments);
[[nodiscard]] Outcome run_diff(const Arguments& arguments);
[[nodiscard]] Outcome run_render(const Arguments& arguments);
[[nodiscard]] Outcome run_prices(const Arguments& arguments);
[[nodiscard]] Outcome run_validate(const Arguments& arguments);
[[nodiscard]] Outcome run_bench(const Arguments& arguments);
[[nodiscard]] Outcome run_calibrate(const Arguments& arguments);
[[nodiscard]] Outcome run_completion(const Arguments& arguments);
[[nodiscard]] Outcome run_man(const Arguments& arguments);
[[nodiscard]] Outcome run_schema(const Arguments& arguments);

}  // namespace traincost
