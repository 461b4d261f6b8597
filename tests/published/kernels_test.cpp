// The kernels' and collectives' errors on measured rows do not slip: docs/kernels.md states them.
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "base/json_rows.h"
#include "estimator/evidence/kernel_comparison.h"
#include "tests/support.h"

namespace traincost {
namespace {

const Comparison& measured() {
  static const Comparison result = [] {
    Measurements rows;
    visit_json_rows(
        {std::string(TRAINCOST_SOURCE_DIR) + "/hwdb/data/measurements"}, "measured rows",
        [&](const JsonValue& row, const std::string& file) { rows.read_row(row, file); });
    return compare(rows.rows, test::database());
  }();
  return result;
}

// The groups of one operation that hold at least `rows`, of machines that nobody doubts.
std::vector<KernelErrors> groups(const std::string& operation, int rows) {
  std::vector<KernelErrors> result;
  for (const KernelErrors& each : measured().groups) {
    if (each.operation == operation && !each.apart && each.n >= rows) result.push_back(each);
  }
  return result;
}

// Groups of five rows; where a chip has fewer in a precision, those. The best of many shapes is
// what a curve stays under, not what it holds.
TEST(Kernels, ProductsAreWithinSixPercentOnEveryChipAndPrecision) {
  const auto subject = [](const KernelErrors& group) {
    return group.accelerator + " " + group.variant.substr(0, group.variant.find(','));
  };
  std::vector<KernelErrors> held = groups("gemm", 5);
  EXPECT_GT(held.size(), 50U);
  std::set<std::string> known;
  for (const KernelErrors& each : held) known.insert(subject(each));
  for (const KernelErrors& each : groups("gemm", 2)) {
    const bool best = each.variant.find("best shape") != std::string::npos;
    if (!best && known.count(subject(each)) == 0) held.push_back(each);
  }
  for (const KernelErrors& each : held) {
    EXPECT_LE(each.median_ape, 0.06) << each.accelerator << " " << each.variant;
  }
}

TEST(Kernels, AttentionIsWithinTenPercentOnEveryChipAndKernel) {
  const std::vector<KernelErrors> kernels = groups("attention", 4);
  EXPECT_GT(kernels.size(), 25U);
  for (const KernelErrors& each : kernels) {
    EXPECT_LE(each.median_ape, 0.10) << each.accelerator << " " << each.variant;
  }
}

TEST(Kernels, CollectivesOfAMegabyteAreWithinFifteenPercent) {
  int compared = 0;
  for (const char* operation :
       {"all_reduce", "all_gather", "reduce_scatter", "all_to_all", "send"}) {
    for (const KernelErrors& each : groups(operation, 2)) {
      if (each.variant.find("under") != std::string::npos) continue;
      EXPECT_LE(each.median_ape, 0.15)
          << each.operation << " " << each.accelerator << " " << each.variant;
      ++compared;
    }
  }
  EXPECT_GT(compared, 70);
}

}  // namespace
}  // namespace traincost
