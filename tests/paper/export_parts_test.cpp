// Export parts against the parts that they were cut from, as the press quotes them.
#include <gtest/gtest.h>

#include "base/units.h"
#include "tests/support.h"

namespace traincost {
namespace {

double ratio(const char* a, const char* b, const char* field) {
  const auto first = test::database().accelerator(a);
  const auto second = test::database().accelerator(b);
  return first->record.field(field)->base / second->record.field(field)->base;
}

TEST(H20, HasLessThan15PercentOfTheH100SxmByFourHundredthsOfAPoint) {
  for (const char* precision : {"peak_dense.bf16", "peak_dense.fp8", "peak_dense.int8"}) {
    EXPECT_NEAR(100 * ratio("h20-96", "h100-sxm", precision), 14.96, 0.005) << precision;
  }
  EXPECT_NEAR(100 * ratio("h20-96", "h100-pcie", "peak_dense.bf16"), 19.6, 0.05);
  EXPECT_NEAR(100 * ratio("h20-96", "h100-nvl", "peak_dense.bf16"), 17.7, 0.05);
}

TEST(H20, HasMoreMemoryAndBandwidthThanTheH100AndLessThanTheH200) {
  EXPECT_NEAR(ratio("h20-96", "h100-sxm", "memory_capacity"), 1.20, 0.005);
  EXPECT_NEAR(ratio("h20-96", "h100-sxm", "memory_bandwidth"), 1.19, 0.005);
  EXPECT_NEAR(ratio("h20-96", "h200-sxm", "memory_bandwidth"), 0.83, 0.005);
}

TEST(H800, DiffersFromTheH100InLinksOnly) {
  EXPECT_EQ(ratio("h800-sxm", "h100-sxm", "peak_dense.bf16"), 1);
  EXPECT_NEAR(ratio("h800-sxm", "h100-sxm", "scale_up_bandwidth"), 400.0 / 900, 1e-9);
}

TEST(L20, HasAThirdOfTheL40S) {
  EXPECT_NEAR(ratio("l20", "l40s", "peak_dense.bf16"), 0.33, 0.0005);
}

}  // namespace
}  // namespace traincost
