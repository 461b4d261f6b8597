#include "reports/format.h"

#include <gtest/gtest.h>

namespace traincost {
namespace {

TEST(Format, RoundsForPeople) {
  EXPECT_EQ(rounded(2788000), "2,788,000");
  EXPECT_EQ(rounded(-1234567), "-1,234,567");
  EXPECT_EQ(rounded(999), "999");
  EXPECT_EQ(significant(19.926), "19.9");
  EXPECT_EQ(significant(1543.2), "1,543");
  EXPECT_EQ(significant(0.0479), "0.0479");
  EXPECT_EQ(significant(0), "0");
  EXPECT_EQ(magnitude_text(14.8e12), "14.8T");
  EXPECT_EQ(magnitude_text(300e9), "300B");
  EXPECT_EQ(dollars(5.576e6), "$5.576M");
  EXPECT_EQ(dollars(2), "$2.00");
  EXPECT_EQ(dollars(1764.4), "$1,764");
  EXPECT_EQ(percent(0.14958560, 2), "14.96%");
  EXPECT_EQ(duration(4.9e6), "56.7 days");
  EXPECT_EQ(duration(0.812), "812 ms");
  EXPECT_EQ(gigabytes(93.4e9), "93.4 GB");
}

TEST(Table, AlignsByCodePoints) {
  Table table({true, false});
  table.row({"Ångström", "1"});
  table.row({"b", "100"});
  EXPECT_EQ(table.text(), "Ångström    1\nb         100\n");
}

}  // namespace
}  // namespace traincost
