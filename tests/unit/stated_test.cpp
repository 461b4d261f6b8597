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

// One figure in the words of as many people.
TEST(Stated, WordsOfProseStandForUnits) {
  const StatedRow rows[] = {
      {"3,800 A100 hours", kTime, 3600, 3750, 3900},
      {"3,800 A100-hours", kTime, 3600, 3750, 3900},
      {"3,800 A100 GPU hours", kTime, 3600, 3750, 3900},
      {"2.788 million H800 GPU hours", kTime, 3600e6, 2.7875, 2.789},
      {"US$4,500", kMoney, 1, 4450, 4600},
      {"4,500 dollars", kMoney, 1, 4450, 4600},
      {"26 minutes", {.second = 1}, 60, 25.5, 27},
      {"$2 an hour", {.second = -1, .usd = 1, .accelerator = -1}, 1 / 3600.0, 1.5, 2.5},
      {"$2 per hour", {.second = -1, .usd = 1, .accelerator = -1}, 1 / 3600.0, 1.5, 2.5},
      {"12 TWh", {.joule = 1}, 3.6e15, 11.5, 13},
      {"between $12,000 and $13,000", kMoney, 1, 12000, 13000},
      {"278.8\u4e07GPU\u5c0f\u65f6", kTime, 3600e6, 2.7875, 2.789},
      {"14.8\u4e07\u4ebf", {}, 1e12, 14.75, 14.9},
      {"7800\u7f8e\u5143", kMoney, 1, 7750, 7900},
      {"557.6\u4e07\u7f8e\u5143", kMoney, 1e6, 5.5755, 5.577},
      {"2048\u5757", {}, 1, 2047.5, 2049},
      {"100\u5929", {.second = 1}, 86400, 95, 110},
      {"1.2\u4e07\u81f31.3\u4e07\u7f8e\u5143", kMoney, 1, 12000, 13000},
  };
  for (const StatedRow& row : rows) {
    const Stated stated = read(row.text, row.dimension);
    EXPECT_NEAR(stated.printed.low / row.unit, row.low, 1e-9 * row.low) << row.text;
    EXPECT_NEAR(stated.printed.high / row.unit, row.high, 1e-9 * row.high) << row.text;
  }
  EXPECT_TRUE(read("\u7ea62400 GPU\u5c0f\u65f6", kTime).vague);
  EXPECT_TRUE(read("close to $5M", kMoney).vague);
  EXPECT_TRUE(std::isinf(read("\u8d85\u8fc71\u4ebf\u7f8e\u5143", kMoney).printed.high));
  EXPECT_EQ(read("\u4e0d\u523015%").printed.high, 0.15);
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
  EXPECT_DOUBLE_EQ(read("\u20ac3M", kMoney, {{"EUR", 1.05}}).value, 3.15e6);
  const ParsedStated unknown = parse_stated("3M EUR", kMoney);
  EXPECT_EQ(unknown.problem, "nothing says what EUR was worth");
  EXPECT_NE(unknown.remedy.find("\"exchange\""), std::string::npos);
}

TEST(Stated, BelowAPowerOfTenOneDigitIsATenthOfIt) {
  EXPECT_DOUBLE_EQ(read("1T tokens", {.token = 1}).printed.low, 0.95e12);
  EXPECT_DOUBLE_EQ(read("1T tokens", {.token = 1}).printed.high, 1.5e12);
  EXPECT_DOUBLE_EQ(read("2T tokens", {.token = 1}).printed.low, 1.5e12);
}

TEST(Stated, ProseStandsForUnits) {
  constexpr Dimension kGpuTime{.second = 1, .accelerator = 1};
  EXPECT_DOUBLE_EQ(read("$5.6 million", kMoney).value, 5.6e6);
  EXPECT_DOUBLE_EQ(read("15 trillion tokens", {.token = 1}).value, 15e12);
  EXPECT_DOUBLE_EQ(read("about 1.08 million GPU hours", kGpuTime).value, 1.08e6 * 3600);
  EXPECT_DOUBLE_EQ(read("8.4M TPU-hours", kGpuTime).value, 8.4e6 * 3600);
  EXPECT_DOUBLE_EQ(read("149 TFLOPS", {.flop = 1, .second = -1}).value, 149e12);
  EXPECT_DOUBLE_EQ(read("3.14e23 FLOPs", {.flop = 1}).value, 3.14e23);
  EXPECT_DOUBLE_EQ(read("3,640 petaflop/s-days", {.flop = 1}).value, 3640 * 1e15 * 86400);
  EXPECT_DOUBLE_EQ(read("25 tCO2eq", {.gram = 1}).value, 25e6);
  EXPECT_DOUBLE_EQ(read("175 billion").value, 175e9);
  EXPECT_DOUBLE_EQ(read("two weeks", {.second = 1}).value, 14 * 86400.0);
  EXPECT_DOUBLE_EQ(read("2.25 \u00d7 10^24 FLOP", {.flop = 1}).value, 2.25e24);
  EXPECT_DOUBLE_EQ(read("24k tokens/s/GPU", {.second = -1, .token = 1, .accelerator = -1}).value,
                   24e3);
  EXPECT_FALSE(parse_stated("3 millions", kMoney).stated) << "no word of the list";
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
