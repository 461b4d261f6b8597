#include <chrono>
#include <cmath>
#include <filesystem>
#include <iostream>

#include "base/json_rows.h"
#include "base/units.h"
#include "commands/common.h"
#include "commands/threads.h"
#include "estimator/evidence/learn.h"
#include "estimator/evidence/validate.h"
#include "reports/accuracy.h"

namespace traincost {
namespace {

namespace fs = std::filesystem;

// Refits; writes the parameters and the spread as records that --hwdb-overlay takes, and the page
// and picture of docs/accuracy.md beside them.
std::string learn_records(const std::vector<PublishedRun>& runs, const Arguments& arguments) {
  LearnOptions options;
  options.evaluations = count_option(arguments, "evaluations", options.evaluations);
  options.for_each = on_threads(thread_count(arguments));
  for (const std::string& family : arguments.values("hold-out")) options.held_out.insert(family);
  const auto started = std::chrono::steady_clock::now();
  const Learned learned =
      learn(runs, EngineParameters{}, options, [&](int done, int of, const std::string& family) {
        const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - started;
        std::cerr << "fit " << done << " of " << of
                  << (family.empty() ? std::string(", all families") : ", without " + family)
                  << ", about " << std::lround(taken.count() / done * (of - done)) << " s to go\n";
      });
  if (learned.unseen.empty()) {
    throw InputError(Fault{arguments.positional.front(), 0, "", "no row can be scored",
                           "`traincost validate` without --learn tells why"});
  }
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
  std::vector<PublishedRun> runs;
  visit_json_rows(arguments.positional, "published runs, schema traincost.published/1",
                  [&](const JsonValue& row, const std::string& file) {
                    runs.push_back(read_published_run(row, file, database));
                  });
  if (arguments.has("learn")) return {learn_records(runs, arguments), "", kOk};
  return {rendered(validation_report(validate(runs)), arguments), "", kOk};
}

}  // namespace traincost
