// The kernels' and collectives' errors on measured rows do not slip: docs/kernels.md states them.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "estimator/questions/compare.h"
#include "tests/support.h"

namespace traincost {
namespace {

const Comparison& measured() {
  static const Comparison result = [] {
    Measurements rows;
    const std::string folder = std::string(TRAINCOST_SOURCE_DIR) + "/hwdb/data/measurements";
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      if (entry.path().extension() != ".jsonl") continue;
      std::ifstream in(entry.path());
      std::string line;
      while (std::getline(in, line)) {
        rows.read_row(parse_json(line, entry.path().string()), entry.path().string());
      }
    }
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

TEST(Kernels, ProductsAreWithinSixPercentOnEveryChipAndPrecision) {
  const std::vector<KernelErrors> products = groups("gemm", 5);
  EXPECT_GT(products.size(), 50U);
  for (const KernelErrors& each : products) {
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
  // One node of unknown make starts every collective twice as late as others of its kind.
  const std::set<std::string> odd = {"a100-sxm-40 8 ranks, 1 MiB or more"};
  int compared = 0;
  for (const char* operation : {"all_reduce", "all_gather", "reduce_scatter", "all_to_all"}) {
    for (const KernelErrors& each : groups(operation, 5)) {
      if (each.variant.find("under") != std::string::npos) continue;
      const std::string name = each.accelerator + " " + each.variant;
      EXPECT_LE(each.median_ape, odd.count(name) != 0 ? 0.17 : 0.15) << operation << " " << name;
      ++compared;
    }
  }
  EXPECT_GT(compared, 60);
}

}  // namespace
}  // namespace traincost
