// One parser for numbers with units: what it reads, and what it says of what it refuses.
#include "base/parse_quantity.h"

#include <gtest/gtest.h>

namespace traincost {
namespace {

constexpr Dimension kTokens{.token = 1};
constexpr Dimension kBytes{.byte = 1};
constexpr Dimension kBandwidth{.byte = 1, .second = -1};
constexpr Dimension kSeconds{.second = 1};
constexpr Dimension kRental{.second = -1, .usd = 1, .accelerator = -1};
constexpr Dimension kUsd{.usd = 1};
constexpr Dimension kAcceleratorTime{.second = 1, .accelerator = 1};

struct Row {
  const char* text;
  Dimension dimension;
  double base;
};
void PrintTo(const Row& row, std::ostream* out) { *out << row.text; }

class Reads : public ::testing::TestWithParam<Row> {};
TEST_P(Reads, TheValueInBaseUnits) {
  const ParsedQuantity parsed = parse_quantity(GetParam().text, GetParam().dimension);
  ASSERT_TRUE(parsed.base.has_value()) << parsed.problem;
  EXPECT_DOUBLE_EQ(*parsed.base, GetParam().base);
}
INSTANTIATE_TEST_SUITE_P(
    Quantities, Reads,
    ::testing::Values(Row{"15.6T tokens", kTokens, 15.6e12}, Row{"14.8T", kTokens, 14.8e12},
                      Row{"1.5e13", kTokens, 1.5e13}, Row{"300B tokens", kTokens, 300e9},
                      Row{"300 B tokens", kTokens, 300e9}, Row{"80 GB", kBytes, 80e9},
                      Row{"80GB", kBytes, 80e9}, Row{"74.5 GiB", kBytes, 74.5 * 1073741824},
                      Row{"400 Gb/s", kBandwidth, 50e9}, Row{"3.35 TB/s", kBandwidth, 3.35e12},
                      Row{"54 d", kSeconds, 54 * 86400.0}, Row{"90 min", kSeconds, 5400},
                      Row{"2.5 us", kSeconds, 2.5e-6}, Row{"$2/GPU-h", kRental, 2 / 3600.0},
                      Row{"$2.00/h", kRental, 2 / 3600.0}, Row{"2 USD/GPU-h", kRental, 2 / 3600.0},
                      Row{"$5.576M", kUsd, 5.576e6}, Row{"5.6M USD", kUsd, 5.6e6},
                      Row{"5K GPU-h", kAcceleratorTime, 5000 * 3600.0},
                      Row{"2.788M GPU-hours", kAcceleratorTime, 2.788e6 * 3600}));

struct Refused {
  const char* text;
  Dimension dimension;
  const char* problem;
};
void PrintTo(const Refused& row, std::ostream* out) { *out << row.text; }

class Refuses : public ::testing::TestWithParam<Refused> {};
TEST_P(Refuses, AndSaysWhy) {
  const ParsedQuantity parsed = parse_quantity(GetParam().text, GetParam().dimension);
  EXPECT_FALSE(parsed.base.has_value());
  EXPECT_EQ(parsed.problem, GetParam().problem);
  EXPECT_FALSE(parsed.remedy.empty());
}
INSTANTIATE_TEST_SUITE_P(
    Quantities, Refuses,
    ::testing::Values(
        Refused{"80 Gb", kBytes, "unknown unit \"Gb\" for an amount of memory"},
        Refused{"80", kBytes, "\"80\" has no unit; expected an amount of memory"},
        Refused{"80 GB/s", kBytes, "unit \"GB/s\" is a bandwidth, not an amount of memory"},
        Refused{"ten GB", kBytes,
                "\"ten GB\" does not start with a number; expected an amount of memory"},
        Refused{"", kBytes, "\"\" does not start with a number; expected an amount of memory"},
        Refused{"nan s", kSeconds, "\"nan s\" does not start with a number; expected a duration"},
        Refused{"inf s", kSeconds, "\"inf s\" does not start with a number; expected a duration"},
        Refused{"5 m", kSeconds, "unknown unit \"m\" for a duration"},
        Refused{"1,000 s", kSeconds, "\"1,000 s\" has a separator inside its number"},
        Refused{"1e400 s", kSeconds, "\"1e400 s\" is out of the range of numbers"},
        Refused{"2e291E", kTokens, "\"2e291E\" is out of the range of numbers"},
        Refused{"400 Gbps", kBandwidth, "unknown unit \"Gbps\" for a bandwidth"},
        Refused{"$2", kRental, "unit \"USD\" is an amount of money, not a rental price"},
        Refused{"12 sheep", kTokens, "unknown unit \"sheep\" for a number of tokens"}));

TEST(ParseNumber, TakesDecimalNumbersOnly) {
  EXPECT_DOUBLE_EQ(parse_number("1.5e3").value(), 1500);
  EXPECT_DOUBLE_EQ(parse_number("-2").value(), -2);
  for (const char* text : {"", "0x10", "1 ", " 1", "1,5", "inf", "nan", "1e999", "--1", "."}) {
    EXPECT_FALSE(parse_number(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace traincost
