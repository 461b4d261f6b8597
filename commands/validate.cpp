#include <chrono>
#include <cmath>
#include <filesystem>
#include <iostream>

#include "base/date.h"
#include "base/json_rows.h"
#include "base/nearest.h"
#include "base/units.h"
#include "commands/common.h"
#include "commands/threads.h"
#include "estimator/evidence/first_contact.h"
#include "estimator/evidence/learn.h"
#include "estimator/evidence/remember.h"
#include "estimator/evidence/validate.h"
#include "estimator/evidence/yardstick.h"
#include "reports/accuracy.h"

namespace traincost {
namespace {

namespace fs = std::filesystem;

// Refits; writes the parameters and the spread as records that --hwdb-overlay takes, and the page
// and picture of docs/accuracy.md beside them.
std::string learn_records(const std::vector<PublishedRun>& runs, const Ledger& ledger,
                          const Arguments& arguments) {
  LearnOptions options;
  options.ledger = &ledger;
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
    const bool scored = !learned.held_out.empty();
    throw InputError(Fault{arguments.positional.front(), 0, "",
                           scored ? "no family may teach the fit" : "no row can be scored",
                           scored ? "its first contact must be kept before: `traincost validate "
                                    "PATH --first-contact FAMILY`"
                                  : "`traincost validate` without --learn tells why"});
  }
  const fs::path folder = arguments.value("learn");
  write_file(folder / "engine" / "engine.json", engine_record(learned.parameters));
  write_file(folder / "engine_error" / "engine-error.json", engine_error_record(learned.error));
  const Validation in_sample = validate(with_engine(runs, learned.parameters, learned.error));
  write_file(folder / "known_runs" / "known-runs.json",
             known_runs_record(remembered(runs, in_sample)));
  std::vector<AccuracyPoint> points;
  for (const ValidatedCase& each : in_sample.cases) {
    if (each.regression) continue;
    points.push_back(
        {each.family, each.measured.in(unit::second), each.predicted.in(unit::second)});
  }
  std::string page = accuracy_page(in_sample, learned, constant_errors(runs));
  write_file(folder / "accuracy.md", page);
  write_file(folder / "accuracy.svg", accuracy_picture(points));
  return page;
}

// Writes what today's engine makes of a family that no ledger has, once.
Outcome keep_first_contact(const std::vector<PublishedRun>& runs, const Ledger& ledger,
                           const Arguments& arguments) {
  const std::string family = arguments.value("first-contact");
  const fs::path place = arguments.positional.front();
  const fs::path folder = (fs::is_directory(place) ? place : place.parent_path()) / "first_contact";
  const fs::path file = folder / (family + ".jsonl");
  if (ledger.count(family) != 0 || fs::exists(file)) {
    throw InputError(Fault{file.string(), 0, "", "the first contact of " + family + " is kept",
                           "it is written once; later errors are `traincost validate`'s"});
  }
  std::vector<FirstContact> contacts;
  std::vector<std::string> families;
  const Validation today = validate(runs);
  for (const ValidatedCase& each : today.cases) {
    families.push_back(each.family);
    if (each.family != family || each.regression) continue;
    contacts.push_back({each.id, each.measured, each.predicted, each.tuned, each.p5, each.p95});
  }
  for (const ValidatedIteration& each : today.iterations) {
    families.push_back(each.family);
    if (each.family != family) continue;
    contacts.push_back(
        {each.id, each.measured, each.predicted, each.tuned.total(), each.p5, each.p95});
  }
  if (contacts.empty()) {
    throw InputError(Fault{place.string(), 0, "", "no run of family \"" + family + "\" is scored",
                           did_you_mean(family, families)});
  }
  write_file(file.string(), first_contact_file(family, contacts, Date::today().text()));
  return {file.string() + ": " + std::to_string(contacts.size()) + " runs\n", "", kOk};
}

}  // namespace

Outcome run_validate(const Arguments& arguments) {
  expect_positional(arguments, 1, 1000, "files or folders of published runs");
  const HardwareDb database = load_database(arguments);
  std::vector<PublishedRun> runs;
  Ledger ledger;
  visit_json_rows(arguments.positional, "published runs, schema traincost.published/1",
                  [&](const JsonValue& row, const std::string& file) {
                    if (is_first_contact(row)) return read_first_contact(row, file, ledger);
                    runs.push_back(read_published_run(row, file, database));
                  });
  if (arguments.has("first-contact")) return keep_first_contact(runs, ledger, arguments);
  if (arguments.has("learn")) return {learn_records(runs, ledger, arguments), "", kOk};
  return {rendered(validation_report(validate(runs)), arguments), "", kOk};
}

}  // namespace traincost
