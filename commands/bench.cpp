#include <iostream>

#include "base/json_rows.h"
#include "commands/common.h"
#include "estimator/evidence/kernel_comparison.h"
#include "reports/kernels_report.h"

namespace traincost {
namespace {

Measurements read_measurements(const std::vector<std::string>& paths) {
  Measurements measurements;
  visit_json_rows(
      paths, "measured rows, as in hwdb/data/measurements",
      [&](const JsonValue& row, const std::string& file) { measurements.read_row(row, file); });
  return measurements;
}

}  // namespace

Outcome run_bench(const Arguments& arguments) {
  if (arguments.positional.empty() || arguments.positional.front() != "compare") {
    throw UsageError{"bench expects \"compare\" and files or folders of measured rows",
                     "traincost bench compare hwdb/data/measurements"};
  }
  expect_positional(arguments, 2, 1000, "\"compare\" and files or folders of measured rows");
  const std::vector<std::string> paths(arguments.positional.begin() + 1,
                                       arguments.positional.end());
  const HardwareDb database = load_database(arguments);
  const Measurements measurements = read_measurements(paths);
  return {rendered(comparison_report(compare(measurements.rows, database)), arguments), "", kOk};
}

Outcome run_calibrate(const Arguments& arguments) {
  expect_positional(arguments, 1, 1000, "files or folders of measured rows");
  const std::string folder = arguments.value("out");
  if (folder.empty()) throw UsageError{"calibrate needs --out DIR", "--out build/curves"};
  const HardwareDb database = load_database(arguments);
  const Measurements measurements = read_measurements(arguments.positional);
  const auto fitted =
      calibrate(measurements.rows, database, [](int done, int of, const std::string& accelerator) {
        std::cerr << "fit " << done + 1 << " of " << of << ", " << accelerator << "\n";
      });
  std::string written;
  for (const FittedKernels& kernels : fitted) {
    const std::string file = folder + "/accelerators/" + kernels.accelerator + ".json";
    write_file(file, kernels_record(kernels));
    written += file + "\n";
  }
  return {written, "", kOk};
}

}  // namespace traincost
