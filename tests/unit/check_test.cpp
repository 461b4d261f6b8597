// Claims: what is read, what follows from what, and how a finding is worded.
#include "estimator/claims/check_rows.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "estimator/claims/check_book.h"
#include "reports/report.h"
#include "tests/support.h"

namespace traincost {
namespace {

constexpr const char* kHead =
    R"("schema": "traincost.claim/1", "id": "x", "statement": "said", "date": "2024-03-01",
       "source": {"kind": "recalled", "title": "somewhere"})";

std::vector<Claim> claims_from(const std::string& members) {
  const std::string text = "{" + std::string(kHead) + ", " + members + "}";
  return read_claims(parse_json(text, "c.json"), "c.json", test::database());
}

CheckAnswer answer_to(const std::string& members) {
  static CheckBook book(test::database());
  return check_claim(claims_from(members).front(), test::database(), book);
}

const CheckRow* row_of(const CheckAnswer& answer, RowKind kind) {
  const auto found = std::find_if(answer.rows.begin(), answer.rows.end(),
                                  [&](const CheckRow& row) { return row.kind == kind; });
  return found == answer.rows.end() ? nullptr : &*found;
}

TEST(Claim, EveryFaultIsToldWithItsPlace) {
  EXPECT_EQ(
      test::fault_of([] {
        return claims_from(R"("accelerator": "h100-smx",
    "figures": {"cost": "5 GPU-h", "wall_time": "100-90 d", "acelerators": 3},
    "period": {"from": "2024-05-01", "to": "2024-04-01"})");
      }),
      "c.json:2: /accelerator: no accelerator \"h100-smx\" in hwdb\n"
      "    did you mean \"h100-sxm\"? `traincost hw list` shows all\n"
      "c.json:3: /figures/cost: unit \"GPU-h\" is an amount of accelerator time, not an amount "
      "of money\n"
      "    write it as $5.6M or 5.6M USD\n"
      "c.json:3: /figures/wall_time: the range \"100-90 d\" runs backwards\n"
      "    write the lower end first\n"
      "c.json:3: /figures/acelerators: unknown figure \"acelerators\"\n"
      "    did you mean \"accelerators\"?\n"
      "c.json:4: /period: the period ends before it begins: 2024-05-01 to 2024-04-01");
}

TEST(Claim, OneThatStatesNothingIsNone) {
  EXPECT_NE(test::fault_of([] { return claims_from(R"("notes": [])"); }).find("states nothing"),
            std::string::npos);
}

TEST(Relations, TheSmallestSetsThatTheLawsTie) {
  std::array<bool, kVariables> known{};
  for (const Figure each :
       {Figure::kAccelerators, Figure::kWallTime, Figure::kPrice, Figure::kCost, Figure::kTokens}) {
    known[static_cast<std::size_t>(each)] = true;
  }
  const std::vector<Circuit> found = circuits(known);
  ASSERT_EQ(found.size(), 1U);  // tokens tie to nothing
  const double own = found[0].exponent(static_cast<int>(Figure::kCost));
  for (const Figure each : {Figure::kAccelerators, Figure::kWallTime, Figure::kPrice}) {
    EXPECT_NEAR(found[0].exponent(static_cast<int>(each)) / own, -1, 1e-9);
  }
  std::array<Interval, kVariables> values{};
  values[static_cast<std::size_t>(Figure::kAccelerators)] = {10, 20};
  values[static_cast<std::size_t>(Figure::kWallTime)] = {3, 4};
  values[static_cast<std::size_t>(Figure::kPrice)] = {2, 2};
  const Interval cost = solve(found[0], static_cast<int>(Figure::kCost), values);
  EXPECT_NEAR(cost.low, 60, 1e-9);
  EXPECT_NEAR(cost.high, 160, 1e-9);
}

// A run whose figures obey every law.
std::array<double, kVariables> lawful_run() {
  std::array<double, kVariables> value{};
  const auto at = [&](Figure figure) -> double& { return value[static_cast<std::size_t>(figure)]; };
  value[kPeak] = 989e12;
  value[kFlopsPerParameter] = 6.3;
  value[kHardwareFactor] = 1.2;
  value[kGoodputShare] = 0.9;
  at(Figure::kAccelerators) = 2048;
  at(Figure::kPrice) = 2.0 / 3600;
  at(Figure::kActiveParameters) = 37e9;
  at(Figure::kMfu) = 0.35;
  at(Figure::kSteps) = 2e5;
  at(Figure::kBatchTokens) = 6e7;
  at(Figure::kPower) = 700;
  at(Figure::kPue) = 1.1;
  at(Figure::kCarbonIntensity) = 1e-4;
  at(Figure::kUnits) = 1e6;
  at(Figure::kUnitPrice) = 12e3;
  at(Figure::kTokens) = at(Figure::kSteps) * at(Figure::kBatchTokens);
  at(Figure::kFlopsPerToken) = value[kFlopsPerParameter] * at(Figure::kActiveParameters);
  at(Figure::kFlops) = at(Figure::kFlopsPerToken) * at(Figure::kTokens);
  at(Figure::kFlopRate) = at(Figure::kMfu) * value[kPeak];
  at(Figure::kHfu) = at(Figure::kMfu) * value[kHardwareFactor];
  at(Figure::kAcceleratorTime) = at(Figure::kFlops) / at(Figure::kFlopRate) / value[kGoodputShare];
  at(Figure::kWallTime) = at(Figure::kAcceleratorTime) / at(Figure::kAccelerators);
  at(Figure::kCost) = at(Figure::kAcceleratorTime) * at(Figure::kPrice);
  at(Figure::kAcceleratorTimePerToken) = at(Figure::kAcceleratorTime) / at(Figure::kTokens);
  at(Figure::kThroughput) = 1 / at(Figure::kAcceleratorTimePerToken) / value[kGoodputShare];
  at(Figure::kClusterThroughput) = at(Figure::kThroughput) * at(Figure::kAccelerators);
  at(Figure::kStepTime) = at(Figure::kWallTime) * value[kGoodputShare] / at(Figure::kSteps);
  at(Figure::kEnergy) = at(Figure::kAcceleratorTime) * at(Figure::kPower) * at(Figure::kPue);
  at(Figure::kCarbon) = at(Figure::kEnergy) * at(Figure::kCarbonIntensity);
  at(Figure::kRevenue) = at(Figure::kUnits) * at(Figure::kUnitPrice);
  return value;
}

TEST(Relations, AClaimThatStatesEverythingHasLawfulCircuitsAndSoon) {
  const std::array<double, kVariables> value = lawful_run();
  std::array<bool, kVariables> known{};
  for (std::size_t i = 0; i < known.size(); ++i) known[i] = value[i] > 0;
  const std::vector<Circuit> found = circuits(known);
  EXPECT_GT(found.size(), 100U);
  EXPECT_LT(found.size(), 10000U);
  for (const Circuit& each : found) {
    double product = 0;
    for (const auto& [variable, power] : each.terms) {
      product += power * std::log(value[static_cast<std::size_t>(variable)]);
    }
    EXPECT_NEAR(product, 0, 1e-9);
  }
  const auto ties = [&](std::initializer_list<Figure> figures) {
    return std::any_of(found.begin(), found.end(), [&](const Circuit& each) {
      return each.terms.size() == figures.size() &&
             std::all_of(figures.begin(), figures.end(), [&](Figure figure) {
               return each.exponent(static_cast<int>(figure)) != 0;
             });
    });
  };
  EXPECT_TRUE(ties({Figure::kCost, Figure::kPrice, Figure::kAcceleratorTime}));
  EXPECT_TRUE(ties({Figure::kCost, Figure::kPrice, Figure::kAccelerators, Figure::kWallTime}));
  EXPECT_TRUE(
      ties({Figure::kBatchTokens, Figure::kThroughput, Figure::kAccelerators, Figure::kStepTime}));
}

TEST(Relations, EveryCircuitIsMinimal) {
  std::array<bool, kVariables> known{};
  for (const Figure each : {Figure::kAccelerators, Figure::kWallTime, Figure::kPrice, Figure::kCost,
                            Figure::kAcceleratorTime, Figure::kTokens, Figure::kThroughput,
                            Figure::kStepTime, Figure::kBatchTokens}) {
    known[static_cast<std::size_t>(each)] = true;
  }
  const std::vector<Circuit> found = circuits(known);
  EXPECT_GT(found.size(), 5U);
  for (const Circuit& a : found) {
    std::set<int> inside;
    for (const auto& term : a.terms) inside.insert(term.first);
    for (const Circuit& b : found) {
      if (&a == &b) continue;
      const bool within = std::all_of(b.terms.begin(), b.terms.end(), [&](const auto& term) {
        return inside.count(term.first) != 0;
      });
      EXPECT_FALSE(within);
    }
  }
}

TEST(Compare, RoundingThenVaguenessThenNeither) {
  EXPECT_EQ(compare({1, 2}, {2, 3}, {1, 2}, {2, 3}), Verdict::kConsistent);
  EXPECT_EQ(compare({1, 2}, {2.4, 3}, {0.8, 2.5}, {2.4, 3}), Verdict::kPlausible);
  EXPECT_EQ(compare({1, 2}, {2.05, 3}, {1, 2}, {2.05, 3}), Verdict::kStrained);
  EXPECT_EQ(compare({1, 2}, {2.4, 3}, {1, 2}, {2.4, 3}), Verdict::kImpossible);
}

TEST(Check, WhatIsMissingIsSolvedFor) {
  const CheckAnswer answer = answer_to(
      R"("accelerator": "h100-sxm", "precision": "bf16", "figures": {"accelerators": 3072,
         "wall_time": "exactly 75 d", "cost": "$10M", "tokens": "12T tokens",
         "active_parameters": "36B"})");
  for (const ImpliedFigure& each : answer.implied) {
    if (each.figure == "price") {
      EXPECT_NEAR(each.value, 1.808, 0.001);
    }
    if (each.figure == "mfu") {
      EXPECT_NEAR(each.value, 0.1316, 0.0005);
    }
  }
  const CheckRow* price = row_of(answer, RowKind::kPrice);
  ASSERT_NE(price, nullptr);
  EXPECT_EQ(price->verdict, Verdict::kStrained);
  ASSERT_FALSE(price->turns.empty());
  EXPECT_GT(price->turns[0].needed.low, price->value);
}

TEST(Check, ThePriceBookIsOfTheRegionWhereItHasOne) {
  const auto row_in = [](const char* region, const char* price) {
    const CheckAnswer answer = answer_to(R"("accelerator": "h800-sxm", "region": ")" +
                                         std::string(region) + R"(", "figures": {"price": ")" +
                                         price + R"(/GPU-h", "accelerator_time": "2M GPU-h"})");
    return *row_of(answer, RowKind::kPrice);
  };
  EXPECT_LT(row_in("china", "$2.20").derived.high, 2.8) << "two quotes bound to 1.3";
  const CheckRow outside = row_in("china", "$3.30");  // $2.00 and $2.07 there, $3.42 of no region
  EXPECT_EQ(outside.verdict, Verdict::kPlausible);
  EXPECT_NE(outside.from.at(0).find("outside the quotes of china"), std::string::npos);
  EXPECT_EQ(row_in("china", "$30").verdict, Verdict::kStrained);
  const CheckRow elsewhere = row_in("europe", "$3.30");
  EXPECT_EQ(elsewhere.verdict, Verdict::kPlausible) << "$3.42 of no region is in";
  EXPECT_NE(elsewhere.from.at(0).find("anywhere, none in europe"), std::string::npos);
}

TEST(Check, OwnershipPaysForEnergyOfTheClaimsGrid) {
  const auto owned_in = [](const std::string& where) {
    const CheckAnswer answer = answer_to(R"("accelerator": "h800-sxm")" + where +
                                         R"(, "figures": {"accelerator_time": "2M GPU-h"})");
    for (const MethodCost& method : answer.methods) {
      if (method.method == "ownership") return method.usd.low;
    }
    return 0.0;
  };
  EXPECT_GT(owned_in(R"(, "grid": "france")"), owned_in(""));
  EXPECT_GT(owned_in(R"(, "region": "china")"), owned_in(""));
}

TEST(Check, NoChipDoesMoreThanItsProductsReach) {
  const CheckAnswer answer = answer_to(
      R"("accelerator": "h100-sxm", "precision": "bf16", "figures": {"accelerator_time": "1M GPU-h",
         "tokens": "15T tokens", "active_parameters": "70B"})");
  EXPECT_EQ(answer.physics, Verdict::kImpossible);
  EXPECT_EQ(answer.overall, Verdict::kImpossible);
}

TEST(Check, AModelThatFitsNowhereIsImpossible) {
  const CheckAnswer answer = answer_to(
      R"("model": "llama-3.1-405b", "accelerator": "h100-sxm", "figures": {"accelerators": 8,
         "accelerator_time": "30M GPU-h", "tokens": "15T tokens"})");
  const CheckRow* memory = row_of(answer, RowKind::kMemory);
  ASSERT_NE(memory, nullptr);
  EXPECT_EQ(memory->verdict, Verdict::kImpossible);
}

TEST(Check, ALayoutThatContradictsTheCountIsTheClaimsFault) {
  const CheckAnswer answer = answer_to(
      R"("model": "llama-3.1-8b", "accelerator": "h100-sxm", "figures": {"accelerators": 64,
         "accelerator_time": "0.5M GPU-h", "tokens": "15T tokens"},
         "job": {"layout": {"tp": 1, "pp": 1, "dp": 32}})");
  EXPECT_EQ(answer.overall, Verdict::kImpossible);
  ASSERT_NE(row_of(answer, RowKind::kLayout), nullptr);
}

const CheckRow& worst_row(const CheckAnswer& answer, RowKind kind) {
  const CheckRow* worst = nullptr;
  for (const CheckRow& row : answer.rows) {
    if (row.kind == kind && (worst == nullptr || row.verdict > worst->verdict)) worst = &row;
  }
  EXPECT_NE(worst, nullptr);
  static const CheckRow none;
  return worst == nullptr ? none : *worst;
}

TEST(Check, RatesAreOfTheStepsAndTimesOfTheWholeRun) {
  // 6 x 70e9 x 2e12 FLOP at 400 TFLOP/s are 583,333 GPU-hours of steps.
  const auto verdict = [](const char* hours) {
    const CheckAnswer answer =
        answer_to(R"("figures": {"flop_rate": "exactly 400 TFLOP/s", "tokens": "2.000T tokens",
                     "active_parameters": "70.00B", "accelerator_time": ")" +
                  std::string(hours) + R"(GPU-h"})");
    return worst_row(answer, RowKind::kRelation).verdict;
  };
  EXPECT_EQ(verdict("590,123 "), Verdict::kConsistent);
  EXPECT_EQ(verdict("850,123 "), Verdict::kPlausible) << "two thirds are steps";
  EXPECT_EQ(verdict("1,500,123 "), Verdict::kStrained) << "two fifths at most";
  EXPECT_EQ(verdict("400,123 "), Verdict::kImpossible) << "less than the steps take";
}

TEST(Check, EnergyMayBeToldBeforePue) {
  const CheckAnswer answer =
      answer_to(R"("figures": {"energy": "104 MWh", "pue": "1.1", "carbon": "75.05 t",
                   "carbon_intensity": "0.656 kg/kWh"})");
  EXPECT_EQ(answer.overall, Verdict::kConsistent);
  EXPECT_TRUE(worst_row(answer, RowKind::kRelation).before_pue);
}

TEST(Check, NoPartIsMoreThanAllOfIt) {
  EXPECT_EQ(answer_to(R"("figures": {"parameters": "37B", "active_parameters": "671B"})").overall,
            Verdict::kImpossible);
  const CheckAnswer parts = answer_to(
      R"("figures": {"cost": "$4.0M"}, "parts": [{"name": "a", "figures": {"cost": "$5.0M"}},
                   {"name": "b", "figures": {"tokens": "1T tokens"}}])");
  EXPECT_EQ(worst_row(parts, RowKind::kSum).verdict, Verdict::kImpossible);
}

TEST(Check, PartsRanOnWhatTheWholeRanOn) {
  const CheckAnswer answer =
      answer_to(R"("accelerator": "a100-sxm-40", "precision": "bf16", "figures": {"cost": "$1M"},
                   "parts": [{"name": "7B", "figures": {"accelerator_time": "33,500 GPU-h",
                   "tokens": "3.00T tokens", "parameters": "6.9B"}}])");
  EXPECT_EQ(worst_row(answer, RowKind::kMfu).verdict, Verdict::kImpossible);
}

TEST(Check, CountsToTheLastDigitAreExact) {
  const auto closes = [](const char* count) {
    return answer_to(R"("figures": {"accelerators": )" + std::string(count) +
                     R"(, "wall_time": "exactly 10 d", "accelerator_time": "4,080 GPU-h"})")
               .overall == Verdict::kConsistent;
  };
  EXPECT_FALSE(closes("16"));
  EXPECT_TRUE(closes("17"));
}

TEST(Check, FlopsOfAParameterAreSixToThoseOfFullRecomputationWithAttention) {
  const auto verdict = [](const char* flops) {
    return answer_to(R"("figures": {"parameters": "50.6B", "tokens": "569B tokens", "flops": ")" +
                     std::string(flops) + "\"}")
        .overall;
  };
  EXPECT_EQ(verdict("1.73e23 FLOP"), Verdict::kConsistent);
  EXPECT_EQ(verdict("2.36e23 FLOP"), Verdict::kPlausible) << "8.2";
  EXPECT_EQ(verdict("3.2e23 FLOP"), Verdict::kImpossible);
}

TEST(Check, ATimeIsNotLongerThanThePeriodItWasIn) {
  const auto verdict = [](const char* time) {
    return answer_to(R"("period": {"from": "2022-03-11", "to": "2022-07-06"},
                        "figures": {"wall_time": ")" +
                     std::string(time) + "\"}")
        .arithmetic;
  };
  EXPECT_EQ(verdict("117 d"), Verdict::kConsistent);
  EXPECT_EQ(verdict("90 d"), Verdict::kPlausible) << "not every day need have been used";
  EXPECT_EQ(verdict("30 d"), Verdict::kStrained);
  EXPECT_EQ(verdict("200 d"), Verdict::kImpossible);
}

TEST(Check, WhatNoBuildingChipOrGridDoes) {
  const auto physics = [](const std::string& text) { return answer_to(text).physics; };
  EXPECT_EQ(physics(R"("figures": {"pue": "0.5"})"), Verdict::kImpossible);
  EXPECT_EQ(physics(R"("figures": {"pue": "2.5"})"), Verdict::kStrained);
  EXPECT_EQ(physics(R"("accelerator": "h100-sxm", "figures": {"accelerator_time": "1M GPU-h",
                      "energy": "6,000 MWh"})"),
            Verdict::kImpossible);
  EXPECT_EQ(physics(R"("accelerator": "h100-sxm", "figures": {"power": "2 kW"})"),
            Verdict::kStrained);
  EXPECT_EQ(physics(R"("grid": "france", "figures": {"carbon_intensity": "0.8 kg/kWh"})"),
            Verdict::kStrained);
  EXPECT_EQ(physics(R"("figures": {"carbon_intensity": "0.8 kg/kWh"})"), Verdict::kPlausible);
}

TEST(Check, NoRunIsOlderThanItsChip) {
  const auto launched = [](const std::string& begin, const std::string& end) {
    return worst_row(answer_to(R"("accelerator": "h100-sxm", "period": {"from": ")" + begin +
                               R"(", "to": ")" + end + R"("}, "figures": {"accelerators": 64})"),
                     RowKind::kLaunch)
        .verdict;
  };
  EXPECT_EQ(launched("2021-01-01", "2021-03-01"), Verdict::kImpossible);
  EXPECT_EQ(launched("2022-06-01", "2022-07-01"), Verdict::kStrained) << "makers are first";
  EXPECT_EQ(row_of(answer_to(R"("accelerator": "h100-sxm", "figures": {"accelerators": 64})"),
                   RowKind::kLaunch),
            nullptr);
}

TEST(Check, ASumMustPayForItsTokensAtSomeUtilisation) {
  const auto market = [](const char* cost) {
    return answer_to(R"("accelerator": "h800-sxm", "precision": "bf16", "figures": {
                        "tokens": "15.5T tokens", "active_parameters": "32B", "cost": ")" +
                     std::string(cost) + "\"}")
        .market;
  };
  EXPECT_EQ(market("$46,000"), Verdict::kStrained);
  EXPECT_EQ(market("$4.6M"), Verdict::kPlausible);
  EXPECT_EQ(market("$500M"), Verdict::kStrained);
}

TEST(Check, AModelNeedsItsMemoryWhetherTimeIsToldOrNot) {
  const CheckAnswer answer = answer_to(
      R"("model": "llama-3.1-405b", "accelerator": "h100-sxm", "figures": {"accelerators": 8})");
  EXPECT_EQ(worst_row(answer, RowKind::kMemory).verdict, Verdict::kImpossible);
}

TEST(Check, AnEstimateOfAnotherRunHoldsNothing) {
  const Job job = test::example("deepseek-v3-measured.job.json");
  const JsonValue saved = parse_json(estimate_report(job, estimate(job)).json(), "r.json");
  const auto claims = claims_from(
      R"("accelerator": "a100-sxm-80", "figures": {"accelerator_time": "1.02M GPU-h"})");
  const CheckAnswer answer = check_estimate(claims.front(), saved, "r.json");
  EXPECT_EQ(answer.overall, Verdict::kCannotTell);
  EXPECT_EQ(answer.would_decide.at(0), "an estimate on a100-sxm-80, this one is on h800-sxm");
}

TEST(Check, ARunOfAnotherModelIsNotHeldAgainstOne) {
  const Job job = test::job_from(R"({"model": "llama-2-70b",
    "cluster": {"accelerator": "a100-sxm-80", "count": 2048}, "run": {"tokens": "2T tokens"}})");
  const JsonValue saved = parse_json(estimate_report(job, estimate(job)).json(), "r.json");
  const auto held = [&](const std::string& parameters) {
    const std::string row = R"({"id": "a", "family": "f",
      "model": {"name": "LLaMA", "stated_params": )" +
                            parameters +
                            R"(}, "cluster": {"accelerator": "a100-sxm-80"},
      "measured": {"gpu_hours": 82432}})";
    const Claim claim = claim_of_run(parse_json(row, "r.jsonl"), "r.jsonl", test::database());
    return check_estimate(claim, saved, "r.json");
  };
  EXPECT_EQ(held("6.7e9").would_decide.at(0),
            "an estimate of the same model, this one is of llama-2-70b");
  EXPECT_TRUE(held("6.9e10").would_decide.empty());
  EXPECT_FALSE(held("6.9e10").rows.empty());
}

TEST(Check, WhoCannotTellSaysWhatWouldDecide) {
  const CheckAnswer answer =
      answer_to(R"("accelerator": "h100-sxm", "figures": {"cost": "more than $100M"})");
  EXPECT_EQ(answer.overall, Verdict::kCannotTell);
  EXPECT_EQ(answer.would_decide, (std::vector<std::string>{"accelerator_time"}));
}

TEST(Check, ASavedEstimateHoldsOrDoesNot) {
  const Job job = test::example("deepseek-v3-measured.job.json");
  const std::string report = estimate_report(job, estimate(job)).json();
  const JsonValue saved = parse_json(report, "r.json");
  const auto verdict = [&](const char* hours) {
    const auto claims =
        claims_from(R"("figures": {"accelerator_time": ")" + std::string(hours) + "\"}");
    return check_estimate(claims.front(), saved, "r.json").overall;
  };
  EXPECT_EQ(verdict("2.788M GPU-h"), Verdict::kConsistent);
  EXPECT_EQ(verdict("6M GPU-h"), Verdict::kImpossible);
  EXPECT_NE(test::fault_of([&] {
              return check_estimate(claims_from(R"("figures": {"cost": "$1M"})").front(),
                                    parse_json("{}", "r.json"), "r.json");
            }).find("is no saved estimate"),
            std::string::npos);
}

TEST(CheckReport, FormsForOtherToolsNamePlaceAndFinding) {
  const CheckAnswer answer =
      answer_to(R"("figures": {"accelerator_time": "1000 GPU-h", "price": "exactly $2/GPU-h",
         "cost": "$9000"})");
  const Report report = check_report({answer}, {"c.json"});
  const std::string finding =
      "1,000 GPU-h x $2.00/GPU-h = $2,000; stated $9000 (the product is 1/4.5 of what is stated); "
      "impossible unless at least 4,475 GPU-h, or a price per GPU-hour of at "
      "least $8.14/GPU-h, or a cost of "
      "at most $2,200";
  EXPECT_EQ(report.in("github"), "::error file=c.json,line=3,title=x::" + finding + "\n");
  const JsonValue sarif = parse_json(*report.in("sarif"), "sarif");
  EXPECT_EQ(sarif.find("version")->text, "2.1.0");
  const JsonValue& result = sarif.find("runs")->items[0].find("results")->items[0];
  EXPECT_EQ(result.find("ruleId")->text, "relation");
  EXPECT_EQ(result.find("level")->text, "error");
  EXPECT_EQ(result.find("message")->find("text")->text, "x: " + finding);
  EXPECT_FALSE(report.in("trace").has_value()) << "a verdict has no step";
}

TEST(CheckReport, FilesThatCouldNotBeReadAreFindingsToo) {
  const Fault fault{"a b/c#.json", 7, "/figures", "unknown figure", "did you mean \"cost\"?"};
  const Report report = check_report({}, {"a b"}, {fault});
  EXPECT_EQ(report.in("github"),
            "::error file=a b/c#.json,line=7,title=bad input::/figures: unknown figure; did you "
            "mean \"cost\"?\n");
  const JsonValue sarif = parse_json(*report.in("sarif"), "sarif");
  const JsonValue& call = sarif.find("runs")->items[0].find("invocations")->items[0];
  EXPECT_FALSE(call.find("executionSuccessful")->boolean);
  const JsonValue& place = call.find("toolExecutionNotifications")
                               ->items[0]
                               .find("locations")
                               ->items[0]
                               .find("physicalLocation")
                               ->find("artifactLocation")[0];
  EXPECT_EQ(place.find("uri")->text, "a%20b/c%23.json");
}

}  // namespace
}  // namespace traincost
