#include "commands/sweep.h"

#include "base/json_path.h"
#include "base/parse_quantity.h"
#include "base/read_file.h"
#include "commands/common.h"
#include "commands/job_arguments.h"
#include "estimator/job/members.h"
#include "reports/format.h"
#include "reports/sweep_rows.h"

namespace traincost {
namespace {

SweepAxis axis_option(const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0 || equals + 1 == text.size()) {
    throw UsageError{"--axis expects PATH=VALUE,VALUE,..., found \"" + text + "\"",
                     "such as --axis cluster.count=512,1024,2048"};
  }
  SweepAxis axis;
  axis.path = dotted_path(text.substr(0, equals));
  for (const std::string& item : comma_list(text.substr(equals + 1))) {
    if (item.empty()) {
      throw UsageError{"--axis has an empty value, found \"" + text + "\"",
                       "such as --axis cluster.count=512,1024,2048"};
    }
    axis.values.push_back(loose_json(item));
  }
  return axis;
}

Shard shard_option(const std::string& text) {
  Shard shard;
  if (text.empty()) return shard;
  const std::size_t slash = text.find('/');
  const auto number = [](const std::string& part) { return parse_number(part).value_or(0); };
  const double index = number(text.substr(0, slash));
  const double of = slash == std::string::npos ? 0 : number(text.substr(slash + 1));
  constexpr double kMost = 1e6;
  shard.index = static_cast<std::int64_t>(index);
  shard.of = static_cast<std::int64_t>(of);
  const bool numbers =
      static_cast<double>(shard.index) == index && static_cast<double>(shard.of) == of;
  if (!numbers || index < 1 || of < index || of > kMost) {
    throw UsageError{"--shard expects I/N with I from 1 to N, found \"" + text + "\"",
                     "such as --shard 1/4"};
  }
  return shard;
}

// Points that are no job: their rows say why, and where there is nothing else the input is at
// fault.
void note_failed(std::int64_t failed, std::int64_t of, Outcome& outcome) {
  if (failed == 0) return;
  outcome.messages += rounded(static_cast<double>(failed)) + " of " +
                      rounded(static_cast<double>(of)) +
                      " points are no job; column \"error\" of their rows says why\n";
  if (failed == of) outcome.status = kBadInput;
}

}  // namespace

SweepSpec sweep_of(const Arguments& arguments) {
  expect_positional(arguments, 1, 1, "one sweep or job file");
  const std::string& file = arguments.positional.front();
  const JsonValue document = read_document(arguments, file);
  const bool is_sweep =
      document.kind == JsonValue::Kind::kObject && document.find("axes") != nullptr;
  if (is_sweep) {
    if (arguments.has("axis") || arguments.has("set")) {
      throw UsageError{"--axis and --set belong to a job file; this is a sweep",
                       "its own \"axes\" and \"job\" say them"};
    }
    return read_sweep(document, file);
  }
  SweepSpec spec;
  Faults faults;
  spec.job = read_spec(JsonCursor(document, file, faults));
  set_members(spec.job, arguments, faults);
  spec.job_text = json_text(document);
  for (const std::string& each : arguments.values("set")) spec.job_text += " --set " + each;
  for (const std::string& each : arguments.values("axis")) spec.axes.push_back(axis_option(each));
  if (spec.axes.empty()) {
    throw UsageError{"a job file needs axes to sweep over",
                     "such as --axis cluster.count=512,1024,2048"};
  }
  faults.throw_if_any();
  check_axes(spec, file);
  return spec;
}

SweepTarget target_of(const Arguments& arguments) {
  SweepTarget target;
  target.path = arguments.value("out");
  if (target.path.empty()) {
    throw UsageError{"--out is missing", "a file that ends in .csv, .ndjson or .sqlite"};
  }
  target.shard = shard_option(arguments.value("shard"));
  target.overwrite = arguments.has("overwrite");
  target.database = arguments.value("hwdb") + "|" + arguments.value("hwdb-overlay");
  return target;
}

Outcome sweep_outcome(const SweepSpec& spec, const SweepTarget& target,
                      const SweepOutcome& written) {
  Outcome outcome;
  outcome.output = target.path + ": " + rounded(static_cast<double>(written.points)) + " of " +
                   rounded(static_cast<double>(target.shard.last(spec.points()) -
                                               target.shard.first(spec.points()))) +
                   " points";
  if (target.shard.of > 1) {
    outcome.output += " (shard " + std::to_string(target.shard.index) + " of " +
                      std::to_string(target.shard.of) + ")";
  }
  if (written.resumed > 0) {
    outcome.output += ", " + rounded(static_cast<double>(written.resumed)) + " of them from before";
  }
  outcome.output += "\n";
  note_failed(written.failed, written.points - written.resumed, outcome);
  if (!written.complete) {
    outcome.messages += "stopped; the same command goes on from here\n";
    outcome.status = kInterrupted;
  }
  return outcome;
}

Outcome run_sweep(const Arguments& arguments) {
  const SweepSpec spec = sweep_of(arguments);
  const HardwareDb database = load_database(arguments);
  if (!arguments.has("out")) {
    for (const char* option : {"shard", "overwrite"}) {
      if (arguments.has(option)) {
        throw UsageError{"--" + std::string(option) + " needs --out", "such as --out sweep.csv"};
      }
    }
    constexpr std::int64_t kMostShown = 100000;
    if (spec.points() > kMostShown) {
      throw UsageError{
          "a sweep of " + rounded(static_cast<double>(spec.points())) + " points goes to a file",
          "--out sweep.csv, sweep.ndjson or sweep.sqlite"};
    }
    SweepRows rows(spec, RowFormat::kCsv);
    Outcome outcome;
    outcome.output = rows.header();
    std::int64_t failed = 0;
    sweep(spec, database, 0, spec.points(), [&](const SweepRow& row, bool same_job) {
      rows.append(row, same_job, outcome.output);
      if (!row.error.empty()) ++failed;
    });
    note_failed(failed, spec.points(), outcome);
    return outcome;
  }
  const SweepTarget target = target_of(arguments);
  ProgressLine line("sweeping");
  const SweepOutcome written =
      write_sweep(spec, database, target, thread_count(arguments), heard_interrupt(), line);
  return sweep_outcome(spec, target, written);
}

Outcome run_merge(const Arguments& arguments) {
  expect_positional(arguments, 2, 1000000, "the merged file, then its parts in order");
  const std::vector<std::string> parts(arguments.positional.begin() + 1,
                                       arguments.positional.end());
  merge_sweeps(parts, arguments.positional.front());
  return {arguments.positional.front() + ": " + std::to_string(parts.size()) + " parts\n", "", kOk};
}

}  // namespace traincost
