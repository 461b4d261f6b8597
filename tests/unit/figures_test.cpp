// A figure that stands alone in the words of a sentence.
#include "estimator/prose/figures.h"

#include <gtest/gtest.h>

#include <cmath>

namespace traincost {
namespace {

constexpr Dimension kMoney{.usd = 1};
constexpr Dimension kTime{.second = 1, .accelerator = 1};
constexpr Dimension kHourly{.second = -1, .usd = 1, .accelerator = -1};

Stated read(std::string_view text, Dimension dimension = {}, const ExchangeRates& rates = {}) {
  const ParsedStated parsed = parse_figure(text, dimension, rates).read;
  EXPECT_TRUE(parsed.stated.has_value()) << text << ": " << parsed.problem;
  return parsed.stated.value_or(Stated{});
}

struct StatedRow {
  const char* text;
  Dimension dimension;
  double unit, low, high;  // in `unit`
};

// One figure in the words of as many people.
TEST(ProseFigures, WordsStandForUnits) {
  const StatedRow rows[] = {
      {"3,800 A100 hours", kTime, 3600, 3750, 3900},
      {"3,800 A100-hours", kTime, 3600, 3750, 3900},
      {"3,800 A100 GPU hours", kTime, 3600, 3750, 3900},
      {"2.788 million H800 GPU hours", kTime, 3600e6, 2.7875, 2.789},
      {"US$4,500", kMoney, 1, 4450, 4600},
      {"4,500 dollars", kMoney, 1, 4450, 4600},
      {"26 minutes", {.second = 1}, 60, 25.5, 27},
      {"$2 an hour", kHourly, 1 / 3600.0, 1.5, 2.5},
      {"$2 per hour", kHourly, 1 / 3600.0, 1.5, 2.5},
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

TEST(ProseFigures, ScalesAndNumbersAreWrittenOut) {
  EXPECT_DOUBLE_EQ(read("$5.6 million", kMoney).value, 5.6e6);
  EXPECT_DOUBLE_EQ(read("15 trillion tokens", {.token = 1}).value, 15e12);
  EXPECT_DOUBLE_EQ(read("about 1.08 million GPU hours", kTime).value, 1.08e6 * 3600);
  EXPECT_DOUBLE_EQ(read("8.4M TPU-hours", kTime).value, 8.4e6 * 3600);
  EXPECT_DOUBLE_EQ(read("149 TFLOPS", {.flop = 1, .second = -1}).value, 149e12);
  EXPECT_DOUBLE_EQ(read("3.14e23 FLOPs", {.flop = 1}).value, 3.14e23);
  EXPECT_DOUBLE_EQ(read("3,640 petaflop/s-days", {.flop = 1}).value, 3640 * 1e15 * 86400);
  EXPECT_DOUBLE_EQ(read("25 tCO2eq", {.gram = 1}).value, 25e6);
  EXPECT_DOUBLE_EQ(read("175 billion").value, 175e9);
  EXPECT_DOUBLE_EQ(read("two weeks", {.second = 1}).value, 14 * 86400.0);
  EXPECT_DOUBLE_EQ(read("2.25 \u00d7 10^24 FLOP", {.flop = 1}).value, 2.25e24);
  EXPECT_DOUBLE_EQ(read("24k tokens/s/GPU", {.second = -1, .token = 1, .accelerator = -1}).value,
                   24e3);
  EXPECT_DOUBLE_EQ(read("\u20ac3M", kMoney, {{"EUR", 1.05}}).value, 3.15e6);
  EXPECT_DOUBLE_EQ(read("half a million GPU hours", kTime).value, 0.5e6 * 3600);
  EXPECT_NEAR(read("3 hours 51 minutes", {.second = 1}).value, 3.85 * 3600, 1e-6);
  EXPECT_NEAR(read("3h51m", {.second = 1}).value, 3.85 * 3600, 1e-6);
  EXPECT_NEAR(read("a month", {.second = 1}).value, 365.25 * 86400 / 12, 1e-6);
  EXPECT_DOUBLE_EQ(read("about a quarter").value, 0.25);
  EXPECT_DOUBLE_EQ(read("1438 lbs", {.gram = 1}).value, 1438 * 453.59237);
  EXPECT_DOUBLE_EQ(read("0.079 tCO2e per MWh", {.joule = -1, .gram = 1}).value, 79 / 3.6e6);
  EXPECT_DOUBLE_EQ(read("202 kiloliters", {.metre = 3}).value, 202);
  EXPECT_TRUE(std::isinf(read("over two months", {.second = 1}).printed.high));
  EXPECT_DOUBLE_EQ(read("3,800 A100-80GB hours", kTime).value, 3800 * 3600.0);
  EXPECT_DOUBLE_EQ(read("about a month", {.second = 1}).value, 365.25 * 86400 / 12);
  EXPECT_DOUBLE_EQ(read("8 cents per kWh", {.usd = 1, .joule = -1}).value, 0.08 / 3.6e6);
  EXPECT_DOUBLE_EQ(read("50\u4e07\u5ea6", {.joule = 1}).value, 0.5e6 * 3.6e6);
  EXPECT_DOUBLE_EQ(read("\u4e24\u4e2a\u6708", {.second = 1}).value, 365.25 * 86400 / 6);
}

// What words count is told, for the figure to refuse; other words are none of a figure.
TEST(ProseFigures, SayWhatTheyCount) {
  EXPECT_EQ(parse_figure("2,048 GPUs", {}).noun, Noun::kAccelerators);
  EXPECT_EQ(parse_figure("256 nodes", {}).noun, Noun::kSystems);
  EXPECT_EQ(parse_figure("671B parameters", {}).noun, Noun::kParameters);
  EXPECT_EQ(parse_figure("2048", {}).noun, Noun::kNone);
  for (const char* text : {"", "it cost $5M", "$5M and more besides", "two", "$5M, then $6M",
                           "5 apples", "A100", "\xff\xfe"}) {
    EXPECT_FALSE(parse_figure(text, kMoney).read.stated.has_value()) << text;
    EXPECT_FALSE(parse_figure(text, kMoney).read.problem.empty()) << text;
  }
  EXPECT_EQ(parse_figure("3\u4e07\u5143", kMoney).read.problem, "nothing says what CNY was worth");
}

TEST(Figures, CountChipsByTheirNames) {
  for (const char* text : {"2,048 H800s", "2048 x H800", "2048xA100-80GB", "2,048 × MI300X"}) {
    const ParsedFigure figure = parse_figure(text, Dimension{});
    ASSERT_TRUE(figure.read.stated) << text;
    EXPECT_EQ(figure.read.stated->value, 2048) << text;
    EXPECT_EQ(figure.noun, Noun::kAccelerators) << text;
  }
  for (const char* text : {"2,048 zebras", "2048 8", "x H800"}) {
    EXPECT_FALSE(parse_figure(text, Dimension{}).read.stated) << text;
  }
}

TEST(Figures, MayBeACoupleOrMore) {
  const ParsedFigure couple = parse_figure("a couple of months", Dimension{.second = 1});
  ASSERT_TRUE(couple.read.stated);
  EXPECT_NEAR(couple.read.stated->value / (2 * 365.25 / 12 * 86400), 1, 0.01);
  const ParsedFigure more = parse_figure("15T+ tokens", Dimension{.token = 1});
  ASSERT_TRUE(more.read.stated);
  EXPECT_EQ(more.read.stated->value, 15e12);
  EXPECT_FALSE(std::isfinite(more.read.stated->printed.high));
}

}  // namespace
}  // namespace traincost
