// The same claim in other words has the same verdict: figures reworded one at a time in claim
// files, and whole sentences drafted.
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "estimator/claims/check_book.h"
#include "estimator/claims/draft.h"
#include "reports/report.h"
#include "tests/support.h"

namespace traincost {
namespace {

CheckBook& book() {
  static CheckBook shared(test::database());
  return shared;
}

using Figures = std::map<std::string, std::string>;

Verdict verdict_of(const std::string& chip, const Figures& figures) {
  std::string members;
  for (const auto& [key, text] : figures) {
    members += (members.empty() ? "" : ", ") + ("\"" + key + "\": \"" + text + "\"");
  }
  const JsonValue document = parse_json(
      R"({"schema": "traincost.claim/1", "id": "x", "statement": "x", "date": "2024-12",
          "source": {"kind": "paper", "title": "x"}, "accelerator": ")" +
          chip + R"(", "figures": {)" + members + "}}",
      "x");
  return check_claim(read_claims(document, "x", test::database()).front(), test::database(), book())
      .overall;
}

struct Claimed {
  const char* verdict;
  const char* chip;
  Figures figures;
  std::vector<std::pair<std::string, std::vector<std::string>>> reworded;
};

// Ten claims, ten rewordings each at least.
const std::vector<Claimed>& claims() {
  static const std::vector<Claimed> all = {
      {"consistent",
       "h800-sxm",
       {{"accelerator_time", "2.788M GPU-h"}, {"price", "$2.00/GPU-h"}, {"cost", "$5.576M"}},
       {{"accelerator_time",
         {"2.788 million GPU hours", "2,788,000 GPU-hours", "2.788M H800 hours", "2788K GPU-h",
          "2.788 million H800-hours", "278.8万 GPU小时", "2.788M chip-hours"}},
        {"price", {"$2.00 per GPU-hour", "$2.00 an hour", "2.00 USD/GPU-h"}},
        {"cost", {"US$5.576M", "$5.576 million", "5.576M USD", "557.6万美元"}}}},
      {"impossible",
       "h800-sxm",
       {{"accelerators", "648"}, {"wall_time", "198 h"}, {"price", "$2/GPU-h"}, {"cost", "$202K"}},
       {{"wall_time", {"198 hours", "8.25 days", "8.25 d", "11880 minutes", "198小时"}},
        {"cost", {"$202,000", "US$202K", "202K USD", "20.2万美元", "$202 thousand"}},
        {"wall_time", {"198.0 h"}}}},
      {"consistent",
       "a100-sxm-80",
       {{"accelerator_time", "1,082,990 GPU-h"}, {"accelerators", "384"}, {"wall_time", "117.5 d"}},
       {{"accelerator_time",
         {"1.083M GPU-h", "1.083 million GPU hours", "1.083M A100 hours", "108.3万 GPU小时",
          "1,082,990 A100-hours", "1083K GPU-h"}},
        {"wall_time", {"117.5 days", "2820 h", "2,820 hours", "117.5天"}}}},
      {"consistent",
       "v100-sxm2-32",
       {{"flops", "3.14e23 FLOP"},
        {"accelerators", "10,000"},
        {"wall_time", "14.8 d"},
        {"flop_rate", "24.6 TFLOP/s"}},
       {{"flops", {"3.14 x 10^23 FLOP", "3.14E23 FLOP", "314e21 FLOP"}},
        {"wall_time", {"14.8 days", "355 hours", "14.8天"}},
        {"flop_rate", {"24.6 TFLOPS", "24.6 TFLOPs/s", "24600 GFLOP/s", "0.0246 PFLOP/s"}}}},
      {"consistent",
       "h20-96",
       {{"units", "more than 1M"}, {"unit_price", "$12,000-13,000/GPU"}, {"revenue", "$12.5B"}},
       {{"units", {"more than 1 million", "over 1,000,000", "at least 1M", "超过100万"}},
        {"unit_price", {"$12,000 to 13,000/GPU", "between $12,000 and 13,000/GPU"}},
        {"revenue", {"$12.5 billion", "US$12.5B", "12.5B USD", "125亿美元"}}}},
      {"consistent",
       "h100-sxm",
       {{"energy", "1,287 MWh"}, {"carbon", "552 t"}, {"carbon_intensity", "0.429 kg/kWh"}},
       {{"energy", {"1.287 GWh", "1,287,000 kWh", "0.001287 TWh"}},
        {"carbon", {"552 tonnes", "552 tCO2e", "552 tCO2eq", "552 metric tons", "552,000 kg"}},
        {"carbon_intensity", {"429 g/kWh", "0.429 kgCO2eq/kWh"}}}},
      {"impossible",
       "h100-sxm",
       {{"accelerators", "16384"}, {"wall_time", "54 d"}, {"accelerator_time", "30.84M GPU-h"}},
       {{"accelerators", {"16,384"}},
        {"wall_time", {"54 days", "1296 h", "1,296 hours", "54天"}},
        {"accelerator_time",
         {"30.84 million GPU hours", "30.84M H100 hours", "3084万 GPU小时", "30,840,000 GPU-h",
          "30.84M GPU-hours"}}}},
      {"consistent",
       "h800-sxm",
       {{"accelerators", "512"}, {"wall_time", "3 weeks"}, {"cost", "$534,700"}},
       {{"wall_time", {"three weeks", "3 w", "3周"}},
        {"cost",
         {"US$534,700", "534,700 USD", "534,700 dollars", "$0.5347M", "$0.5347 million",
          "53.47万美元", "534700美元"}}}},
      {"plausible",
       "a100-sxm-80",
       {{"tokens", "300B tokens"}, {"parameters", "175B"}, {"accelerator_time", "830K GPU-h"}},
       {{"tokens", {"300 billion tokens", "0.3T tokens", "3000亿词元", "300B"}},
        {"parameters", {"175 billion", "1750亿"}},
        {"accelerator_time", {"830,000 GPU hours", "830K A100 hours", "83万 GPU小时"}}}},
      {"consistent",
       "h100-sxm",
       {{"accelerator_time", "246M GPU-h"}, {"cost", "$490M"}},
       {{"accelerator_time",
         {"246 million GPU hours", "246M H100-hours", "2.46亿 GPU小时", "246,000,000 GPU-h"}},
        {"cost",
         {"$490 million", "US$490M", "490M USD", "4.9亿美元", "$490,000,000", "$0.49B",
          "490 million US dollars"}}}},
  };
  return all;
}

TEST(Reworded, FiguresKeepTheirVerdict) {
  int tried = 0;
  for (const Claimed& claim : claims()) {
    EXPECT_EQ(verdict_name(verdict_of(claim.chip, claim.figures)), claim.verdict);
    for (const auto& [figure, texts] : claim.reworded) {
      for (const std::string& text : texts) {
        Figures figures = claim.figures;
        figures[figure] = text;
        ++tried;
        EXPECT_EQ(verdict_name(verdict_of(claim.chip, figures)), claim.verdict)
            << figure << " \"" << text << "\"";
      }
    }
  }
  EXPECT_GE(tried, 100);
}

// One claim in sentences of either language.
TEST(Reworded, SentencesKeepTheirVerdict) {
  const std::vector<std::pair<const char*, std::vector<const char*>>> claims = {
      {"consistent",
       {"Training took 2.788M H800 GPU-hours at $2.00 per GPU-hour, $5.576M in all.",
        "At $2.00 an hour, the 2.788 million H800 hours cost $5.576 million.",
        "The run used 2,788,000 H800 GPU hours and cost US$5.576M at $2.00 per H800-hour.",
        "训练用了278.8万H800 GPU小时,按每GPU小时2.00美元计算,成本557.6万美元。",
        "It cost $5.576M to train: 2.788M GPU hours on H800, at $2.00/GPU-h."}},
      {"impossible",
       {"R1-Zero was trained on 648 H800 GPUs for 198 hours at $2 an hour, $202K.",
        "Training on 648 H800 for 198 hours cost $202,000, at $2 per GPU-hour.",
        "用648块H800训练了198小时,每小时2美元,花费20.2万美元。",
        "The cost of training was US$202K: 648 H800s, 198 h, $2/GPU-h."}},
      {"consistent",
       {"It was trained on 384 H100 GPUs over 24 days, about 220,000 GPU hours.",
        "Training took 24 days on 384 H100s (about 220,000 H100 hours).",
        "About 220,000 GPU-hours were used to train it, 24 days on 384 H100.",
        "用384张H100训练了24天,约22万GPU小时。"}},
  };
  const DraftSource source{"a test", "", "", "2025-01", {}};
  for (const auto& [verdict, sentences] : claims) {
    for (const char* sentence : sentences) {
      const Draft draft = draft_claims(sentence, book().names);
      ASSERT_EQ(draft.claims.size(), 1U) << sentence;
      const JsonValue document = parse_json(draft_document(draft.claims, source), "draft");
      const Claim claim = read_claims(document, "draft", test::database()).front();
      EXPECT_EQ(verdict_name(check_claim(claim, test::database(), book()).overall), verdict)
          << sentence;
    }
  }
}

}  // namespace
}  // namespace traincost
