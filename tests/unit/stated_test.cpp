// What a printed figure leaves open.
#include "base/stated.h"

#include <gtest/gtest.h>

#include <cmath>

namespace traincost {
namespace {

constexpr Dimension kMoney{.usd = 1};
constexpr Dimension kTime{.second = 1, .accelerator = 1};

Stated read(std::string_view text, Dimension dimension = {}, const ExchangeRates& rates = {}) {
  const ParsedStated parsed = parse_stated(text, dimension, rates);
  EXPECT_TRUE(parsed.stated.has_value()) << text << ": " << parsed.problem;
  return parsed.stated.value_or(Stated{});
}

struct StatedRow {
  const char* text;
  Dimension dimension;
  double unit, low, high;  // in `unit`
};

TEST(Stated, PrintedDigitsLeaveHalfAUnitBelowAndOneAbove) {
  const StatedRow rows[] = {
      {"2.788M GPU-h", kTime, 3600e6, 2.7875, 2.789},
      {"$5.576M", kMoney, 1e6, 5.5755, 5.577},
      {"$5.6M", kMoney, 1e6, 5.55, 5.7},
      {"180K GPU-h", kTime, 3600e3, 175, 190},  // two digits
      {"2048", {}, 1, 2047.5, 2049},
      {"25,000", {}, 1, 24500, 26000},
      {"1,082,990", {}, 1, 1082985, 1083000},
      {"$100M", kMoney, 1e6, 95, 110},
      {"405B", {}, 1e9, 404.5, 406},
      {"35.3%", {}, 0.01, 35.25, 35.4},
      {"0.425", {}, 1, 0.4245, 0.426},
      {"1/28", {}, 1, 1 / 29.0, 1 / 27.5},
      {"2.4x", {}, 1, 2.35, 2.5},
      {"3.14e23 FLOP", {.flop = 1}, 1e23, 3.135, 3.15},
      {"2 months", {.second = 1}, 365.25 * 86400 / 12, 1.5, 2.5},
  };
  for (const StatedRow& row : rows) {
    const Stated stated = read(row.text, row.dimension);
    EXPECT_NEAR(stated.printed.low / row.unit, row.low, 1e-9 * row.low) << row.text;
    EXPECT_NEAR(stated.printed.high / row.unit, row.high, 1e-9 * row.high) << row.text;
    EXPECT_FALSE(stated.vague) << row.text;
  }
}

TEST(Stated, WordsWidenOrBound) {
  const Stated about = read("about $63M", kMoney);
  EXPECT_DOUBLE_EQ(about.printed.high, 64e6);
  EXPECT_DOUBLE_EQ(about.meant.low, 0.9 * 63e6);
  EXPECT_TRUE(about.vague);
  EXPECT_TRUE(std::isinf(read("more than $100M", kMoney).printed.high));
  EXPECT_EQ(read("more than $100M", kMoney).printed.low, 100e6);
  EXPECT_EQ(read("less than 15%").printed.high, 0.15);
  EXPECT_EQ(read("less than 15%").printed.low, 0);
  EXPECT_EQ(read("exactly $2/GPU-h", {.second = -1, .usd = 1, .accelerator = -1}).printed.low,
            2.0 / 3600);
  EXPECT_DOUBLE_EQ(read("nearly 10").printed.low, 9);
}

TEST(Stated, RangesShareTheirUnit) {
  const Stated price = read("$12,000-13,000/GPU", {.usd = 1, .accelerator = -1});
  EXPECT_EQ(price.printed.low, 12000);
  EXPECT_EQ(price.printed.high, 13000);
  EXPECT_EQ(price.value, 12500);
  EXPECT_EQ(read("90 to 100 days", {.second = 1}).printed.low, 90 * 86400);
  EXPECT_EQ(read("32%-36%").printed.high, 0.36);
  EXPECT_EQ(read("2.5\u20133 months", {.second = 1}).printed.high, 365.25 * 86400 / 4);
  EXPECT_EQ(parse_stated("100-90 d", {.second = 1}).problem,
            "the range \"100-90 d\" runs backwards");
}

TEST(Stated, OtherCurrenciesTakeTheRateThatIsGiven) {
  EXPECT_DOUBLE_EQ(read("3M EUR", kMoney, {{"EUR", 1.05}}).value, 3.15e6);
  const ParsedStated unknown = parse_stated("3M EUR", kMoney);
  EXPECT_EQ(unknown.problem, "nothing says what EUR was worth");
  EXPECT_NE(unknown.remedy.find("\"exchange\""), std::string::npos);
}

TEST(Stated, BelowAPowerOfTenOneDigitIsATenthOfIt) {
  EXPECT_DOUBLE_EQ(read("1T tokens", {.token = 1}).printed.low, 0.95e12);
  EXPECT_DOUBLE_EQ(read("1T tokens", {.token = 1}).printed.high, 1.5e12);
  EXPECT_DOUBLE_EQ(read("2T tokens", {.token = 1}).printed.low, 1.5e12);
}

TEST(Stated, WhatIsNoFigureSaysWhy) {
  for (const char* text : {"", "$", "many", "1e400", "12 apples", "-3", "about", "5 GPU-h", "1/0",
                           "over 3-4", "1,00"}) {
    const ParsedStated parsed = parse_stated(text, kMoney);
    EXPECT_FALSE(parsed.stated.has_value()) << text;
    EXPECT_FALSE(parsed.problem.empty()) << text;
  }
}

TEST(Stated, BareNumbersArePrintedShortest) {
  EXPECT_EQ(stated_number(2048).stated->printed.low, 2047.5);
  EXPECT_DOUBLE_EQ(stated_number(10000).stated->printed.low, 9500);
  EXPECT_DOUBLE_EQ(stated_number(0.35).stated->printed.low, 0.345);
  EXPECT_FALSE(stated_number(-1).stated.has_value());
  EXPECT_EQ(stated_number(0).stated->printed.high, 0);
}

}  // namespace
}  // namespace traincost
