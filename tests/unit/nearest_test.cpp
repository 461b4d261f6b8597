#include "base/nearest.h"

#include <gtest/gtest.h>

namespace traincost {
namespace {

TEST(Nearest, FindsSlipsOfTheFinger) {
  const std::vector<std::string> names = {"h100-sxm", "h100-pcie", "a100-sxm-80"};
  EXPECT_EQ(nearest("h100-smx", names), "h100-sxm");
  EXPECT_EQ(nearest("H100-SXM", names), "h100-sxm");
  EXPECT_EQ(nearest("a100-sxm80", names), "a100-sxm-80");
}

TEST(Nearest, SaysNothingOfWhatIsFar) {
  EXPECT_EQ(nearest("quantum", {"h100-sxm"}), "");
  EXPECT_EQ(did_you_mean("quantum", {"h100-sxm"}), "");
  EXPECT_EQ(nearest(std::string(1000000, 'x'), {"h100-sxm"}), "") << "and in no time";
}

}  // namespace
}  // namespace traincost
