// Published claims, each with the verdict that working it by hand gives, and the figures on which
// that rests. Sources stand in each file of examples/claims.
#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "base/units.h"
#include "estimator/claims/check.h"
#include "estimator/claims/check_book.h"
#include "estimator/run/cost.h"
#include "tests/support.h"

namespace traincost {
namespace {

using namespace unit;

std::vector<CheckAnswer> answers_of(const std::string& name) {
  const std::string path = "examples/claims/" + name + ".claim.json";
  std::vector<CheckAnswer> answers;
  static CheckBook book(test::database());
  for (const Claim& claim :
       read_claims(parse_json(test::source_file(path), path), path, test::database())) {
    answers.push_back(check_claim(claim, test::database(), book));
  }
  return answers;
}

struct ClaimRow {
  const char* id;
  Verdict verdict;
};
void PrintTo(const ClaimRow& row, std::ostream* out) { *out << row.id; }

constexpr ClaimRow kClaims[] = {
    {"arc-yi-lightning", Verdict::kPlausible},
    {"bloom", Verdict::kConsistent},
    {"cottier-growth", Verdict::kConsistent},
    {"dbrx", Verdict::kStrained},
    {"deepseek-r1", Verdict::kConsistent},
    {"deepseek-v2-per-T", Verdict::kConsistent},
    {"deepseek-v3", Verdict::kConsistent},
    {"deepseek-v3-1T-tokens", Verdict::kConsistent},
    {"epoch-bloom-176b", Verdict::kCannotTell},
    {"epoch-claude-3-opus", Verdict::kCannotTell},
    {"epoch-falcon-180b", Verdict::kCannotTell},
    {"epoch-gpt-3-175b", Verdict::kCannotTell},
    {"epoch-gpt-4.5", Verdict::kCannotTell},
    {"epoch-grok-2", Verdict::kCannotTell},
    {"epoch-grok-3", Verdict::kCannotTell},
    {"epoch-llama-2-70b", Verdict::kCannotTell},
    {"epoch-llama-3.1-405b", Verdict::kCannotTell},
    {"epoch-megascale-(production)", Verdict::kCannotTell},
    {"epoch-palm-540b", Verdict::kCannotTell},
    {"gemini-ultra-ai-index", Verdict::kPlausible},
    {"gpt-oss-120b", Verdict::kCannotTell},
    {"gpt3-lambda", Verdict::kConsistent},
    {"gpt3-patterson", Verdict::kConsistent},
    {"gpt4-ai-index", Verdict::kPlausible},
    {"gpt4-altman", Verdict::kCannotTell},
    {"gpt4-semianalysis", Verdict::kStrained},
    {"gpt4o-press", Verdict::kCannotTell},
    {"inflection2", Verdict::kCannotTell},
    {"llama2", Verdict::kConsistent},
    {"llama3-interruptions", Verdict::kImpossible},
    {"llama3.1", Verdict::kConsistent},
    {"llama4", Verdict::kConsistent},
    {"minimax-m1", Verdict::kConsistent},
    {"mosaic-gpt3-500k", Verdict::kPlausible},
    {"mpt-7b", Verdict::kConsistent},
    {"r1-whole-model-294k", Verdict::kStrained},
    {"sky-t1", Verdict::kConsistent},
    {"tinyzero", Verdict::kPlausible},
    {"understand-r1-zero", Verdict::kCannotTell},
};

class Claims : public testing::TestWithParam<ClaimRow> {};

TEST_P(Claims, HaveTheVerdictThatWorkingThemGives) {
  EXPECT_EQ(verdict_name(answers_of(GetParam().id).at(0).overall),
            verdict_name(GetParam().verdict));
}

INSTANTIATE_TEST_SUITE_P(Published, Claims, testing::ValuesIn(kClaims));

double implied(const CheckAnswer& answer, const std::string& figure) {
  for (const ImpliedFigure& each : answer.implied) {
    if (each.subject.empty() && each.figure == figure) return each.value;
  }
  return NAN;
}

TEST(ClaimFigures, AreThoseOfTheWorkedChecks) {
  EXPECT_NEAR(implied(answers_of("minimax-m1")[0], "price"), 2.072, 5e-4);
  EXPECT_NEAR(implied(answers_of("sky-t1")[0], "price"), 2.961, 5e-4);
  EXPECT_NEAR(implied(answers_of("mpt-7b")[0], "price"), 1.994, 5e-4);
  EXPECT_NEAR(implied(answers_of("arc-yi-lightning")[0], "price"), 2.083, 5e-4);
  EXPECT_NEAR(implied(answers_of("understand-r1-zero")[0], "accelerator_time"), 216, 1e-9);
  EXPECT_NEAR(implied(answers_of("bloom")[0], "mfu"), 0.35, 0.01);
  EXPECT_NEAR(implied(answers_of("deepseek-v3-1T-tokens")[0], "throughput"), 1543, 1);
  const double others =
      std::exp(engine_error_of(test::database()).of(Regime::kUnnamedSoftware).middle);
  // The hours of the steps alone, whose layout is the engine's and whose software nobody names: the
  // worked check, which takes tuned ones, has $5.5.
  EXPECT_NEAR(implied(answers_of("dbrx")[0], "price by the engine's hours"), 5.5 / others, 0.4);
}

TEST(Article, SaysWhichHalfOfEachSentenceIsTrue) {
  std::map<std::string, CheckAnswer> by_id;
  for (CheckAnswer& answer : answers_of("h20-and-deepseek")) {
    const std::string id = answer.claim.id;
    by_id.emplace(id, std::move(answer));
  }
  const auto verdict = [&](const char* id) { return verdict_name(by_id.at(id).overall); };
  EXPECT_EQ(verdict("h20-compute"), "plausible");
  EXPECT_EQ(verdict("h20-sheet"), "consistent");
  EXPECT_EQ(verdict("h20-bandwidth"), "consistent");
  EXPECT_EQ(verdict("h20-bandwidth-h200"), "consistent");
  EXPECT_EQ(verdict("h20-sales"), "consistent");
  EXPECT_EQ(verdict("h20-sales-tens"), "strained");
  EXPECT_EQ(verdict("v3-run"), "plausible");
  EXPECT_EQ(verdict("r1-run"), "strained");
  EXPECT_EQ(by_id.at("r1-run").scope, Verdict::kStrained);
  // The price of an hour is what the rest implies, and no more: the article states none.
  EXPECT_NEAR(implied(by_id.at("r1-run"), "price"), 1.86, 0.01);
  EXPECT_EQ(verdict("h20-export"), "consistent");
  EXPECT_EQ(verdict("h20-growth"), "cannot_tell");
  EXPECT_TRUE(by_id.at("h20-sales").claim.forecast);
  EXPECT_EQ(by_id.at("r1-twentieth-of-o1").scope, Verdict::kStrained);
  EXPECT_EQ(verdict("r1-api"), "consistent");
  // Against the SXM card dense, and it alone of the dense ones, by 0.04 points.
  for (const CheckRow& row : by_id.at("h20-compute").rows) {
    const bool sxm = row.from[1].rfind("h100-sxm", 0) == 0;  // of either memory
    const bool dense = row.from[3].empty();
    EXPECT_EQ(row.counts, sxm || !dense) << row.from[1];
    if (sxm && dense) {
      EXPECT_NEAR(row.derived_value, 0.1496, 5e-5);
    }
  }
  for (const CheckRow& row : by_id.at("r1-twentieth-of-o1").rows) {
    if (row.kind != RowKind::kRatio) continue;
    EXPECT_NEAR(1 / row.derived_value, 17.9, 0.05);
    ASSERT_FALSE(row.turns.empty());
    EXPECT_NEAR(row.turns.back().needed.low, 111.6e6, 1e5);
  }
}

}  // namespace
}  // namespace traincost
