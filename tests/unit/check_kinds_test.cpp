// Kinds of claims that were judged wrong on real use, each by its smallest case.
#include <gtest/gtest.h>

#include <algorithm>

#include "base/units.h"
#include "estimator/claims/check.h"
#include "estimator/claims/check_book.h"
#include "tests/support.h"

namespace traincost {
namespace {

CheckAnswer judged(const std::string& members, const std::string& statement = "said") {
  const std::string text =
      R"({"schema": "traincost.claim/1", "id": "x", "statement": ")" + statement +
      R"(", "date": "2025-06", "source": {"kind": "recalled", "title": "somewhere"}, )" + members +
      "}";
  static CheckBook book(test::database());
  return check_claim(read_claims(parse_json(text, "c.json"), "c.json", test::database()).front(),
                     test::database(), book);
}

std::string verdict_of(const std::string& members) {
  return std::string(verdict_name(judged(members).overall));
}

bool has_row(const CheckAnswer& answer, RowKind kind, const std::string& subject = "") {
  return std::any_of(answer.rows.begin(), answer.rows.end(), [&](const CheckRow& row) {
    return row.kind == kind && (subject.empty() || row.subject == subject);
  });
}

TEST(CheckKinds, ReferencesCompareIntervals) {
  const auto against = [](const std::string& cost, const std::string& other) {
    return verdict_of(R"("figures": {"cost": ")" + cost +
                      R"("}, "references": [{"method": "rental", "same_method": true, "cost": ")" +
                      other + R"("}])");
  };
  EXPECT_EQ(against("more than $100M", "$250M"), "plausible");
  EXPECT_EQ(against("$20M-60M", "$25M"), "plausible");
  EXPECT_EQ(against("more than $100M", "$60M"), "strained");
  EXPECT_EQ(against("$100M", "$250M"), "impossible");
}

TEST(CheckKinds, AGapBelowThePrintedRoundingIsNoAlarm) {
  const auto at = [](const std::string& cost) {
    return verdict_of(R"("accelerator": "h800-sxm", "figures": {"accelerators": "exactly 2048",
        "wall_time": "exactly 1361.1 h", "price": "exactly $2/GPU-h", "cost": ")" +
                      cost + R"("})");
  };
  EXPECT_EQ(at("$5.576M"), "consistent");  // $5,575,066
  EXPECT_EQ(at("$5.580M"), "strained");
}

TEST(CheckKinds, ScopesAreComparedByMeaning) {
  const auto scope = [](const std::string& priced, const std::string& said_of) {
    return judged(R"("figures": {"cost": "$5.576M"}, "scope": {"priced": ")" + priced +
                  R"(", "said_of": ")" + said_of + R"(", "includes": ["x"]})")
        .scope;
  };
  EXPECT_EQ(scope("DeepSeek-V3, the final run", "the final run of DeepSeek-V3"),
            Verdict::kConsistent);
  EXPECT_EQ(scope("DeepSeek-V3, the final run", "DeepSeek-R1"), Verdict::kStrained);
  EXPECT_EQ(scope("the final run", "the final run and all research"), Verdict::kStrained);
}

TEST(CheckKinds, AUtilisationOverAllIsJudged) {
  EXPECT_EQ(verdict_of(R"("accelerator": "h100-sxm", "figures": {"mfu": "120%"})"), "impossible");
  EXPECT_NE(test::fault_of([] {
              return judged(R"("accelerator": "h100-sxm", "figures": {"mfu": 42})");
            }).find("write it as 35% or 0.35"),
            std::string::npos);
}

TEST(CheckKinds, APeakWithSparsityIsSaidToBeOne) {
  const auto stated = [](const std::string& peak) {
    return judged(R"("specs": [{"accelerator": "h100-sxm", "field": "peak_dense.fp8",
        "stated": ")" +
                  peak + R"("}])");
  };
  const CheckAnswer sparse = stated("3,958 TFLOP/s");
  EXPECT_EQ(sparse.overall, Verdict::kStrained);
  EXPECT_TRUE(sparse.rows.front().sparse);
  EXPECT_EQ(stated("1,979 TFLOP/s").overall, Verdict::kConsistent);
  EXPECT_EQ(stated("5,000 TFLOP/s").overall, Verdict::kImpossible);
}

TEST(CheckKinds, UnitsThatAChipLacksRaiseNoCeiling) {
  const auto run = [](const std::string& precision) {
    return judged(R"("accelerator": "a100-sxm-80", "precision": ")" + precision +
                  R"(", "figures": {"accelerators": 512, "wall_time": "exactly 30 d",
        "flops": "3.5e23 FLOP"})");
  };
  EXPECT_EQ(run("fp8").overall, Verdict::kImpossible);
  EXPECT_TRUE(has_row(run("fp8"), RowKind::kPrecision));
  EXPECT_FALSE(has_row(run("bf16"), RowKind::kPrecision));
  const auto ceiling = [&](const std::string& precision) {
    const CheckAnswer answer = run(precision);
    return std::find_if(answer.rows.begin(), answer.rows.end(),
                        [](const CheckRow& row) { return row.kind == RowKind::kMfu; })
        ->derived_value;
  };
  EXPECT_EQ(ceiling("fp8"), ceiling("bf16"));
}

TEST(CheckKinds, AParameterCountThatFitsItsShapeDecidesNothing) {
  EXPECT_EQ(verdict_of(R"("model": "llama-3.1-8b", "figures": {"parameters": "8B"})"), "plausible");
}

TEST(CheckKinds, StatesAreHeldAgainstAllMemory) {
  const auto on = [](const std::string& count) {
    return judged(R"("accelerator": "a100-sxm-40", "figures": {"parameters": "405B",
        "accelerators": )" +
                  count + "}");
  };
  EXPECT_EQ(on("8").overall, Verdict::kImpossible);  // 810 GB of weights in 320
  EXPECT_EQ(on("64").overall, Verdict::kPlausible);  // 6.5 TB of states in 2.6
  EXPECT_FALSE(has_row(on("256"), RowKind::kMemory));
}

TEST(CheckKinds, APriceOfOneDigitIsNotAnyPriceNearIt) {
  const auto at = [](const std::string& price, const std::string& cost) {
    return judged(R"("accelerator": "h800-sxm", "figures": {"accelerators": 648,
        "wall_time": "198 h", "price": ")" +
                  price + R"(", "cost": ")" + cost + R"("})")
        .arithmetic;
  };
  EXPECT_EQ(at("$2/GPU-h", "$202K"), Verdict::kImpossible);  // $256,608
  EXPECT_EQ(at("$2/GPU-h", "$250K"), Verdict::kConsistent);
  EXPECT_EQ(at("$1.5-2.5/GPU-h", "$202K"), Verdict::kPlausible)
      << "a range says what it is; its middle is 27% off";
}

TEST(CheckKinds, APriceBelowItsElectricityIsImpossible) {
  const CheckAnswer answer = judged(R"("accelerator": "h800-sxm", "model": "kimi-k2",
      "figures": {"cost": "$46", "tokens": "15.5T tokens"})");
  EXPECT_EQ(answer.market, Verdict::kImpossible);
  // The electricity is a part of the sum, at the claim's own price or at the least that any pays.
  const auto market = [](const char* figures, const char* more = "") {
    return verdict_name(
        judged(R"("accelerator": "h100-sxm", "figures": {)" + std::string(figures) + "}" + more)
            .market);
  };
  EXPECT_EQ(market(R"("energy": "100 GWh", "energy_price": "$0.08/kWh", "cost": "$3M")"),
            "impossible");
  EXPECT_EQ(market(R"("energy": "100 GWh", "cost": "$1M")"), "impossible");
  EXPECT_EQ(market(R"("energy": "100 GWh", "cost": "$10M")"), "cannot_tell");
  EXPECT_EQ(market(R"("energy": "100 GWh", "cost": "$1M")",
                   R"(, "scope": {"excludes": ["electricity"]})"),
            "cannot_tell");
  EXPECT_EQ(market(R"("accelerator_time": "1M GPU-h", "cost": "$150,000", "power": "700 W",
                      "energy_price": "$0.5/kWh")"),
            "impossible");
}

TEST(CheckKinds, HoursFasterThanTheEngineDaresAreStrained) {
  const char* run = R"("model": "llama-3.1-405b", "accelerator": "h100-sxm", "precision": "bf16",
      "figures": {"accelerators": 16384, "tokens": "15.6T tokens", "wall_time": "exactly )";
  EXPECT_EQ(verdict_of(std::string(run) + R"(45 d"})"), "strained") << "60% of peak all the while";
  EXPECT_EQ(verdict_of(std::string(run) + R"(55 d"})"), "plausible");
}

TEST(CheckKinds, ParametersThatStandForActiveOnesAreATurn) {
  const CheckAnswer answer = judged(R"("accelerator": "h800-sxm", "precision": "fp8",
      "figures": {"accelerator_time": "2.788M GPU-h", "tokens": "14.8T tokens",
                  "parameters": "671B"})");
  EXPECT_EQ(answer.overall, Verdict::kImpossible);
  bool told = false;
  for (const CheckRow& row : answer.rows) {
    for (const Turn& turn : row.turns) {
      if (turn.figure != "active_parameters") continue;
      told = true;
      EXPECT_LT(turn.needed.high, 130e9);
      EXPECT_GT(turn.needed.high, 37e9);
    }
  }
  EXPECT_TRUE(told);
}

TEST(CheckKinds, TheEngineSpeaksWhereTheClaimStatesNoHours) {
  const CheckAnswer answer = judged(R"("model": "kimi-k2", "accelerator": "h800-sxm",
      "precision": "bf16", "figures": {"accelerators": 2048, "cost": "$4.6M",
                                       "tokens": "15.5T tokens"})");
  const auto row = std::find_if(answer.rows.begin(), answer.rows.end(),
                                [](const CheckRow& each) { return each.unsaid; });
  ASSERT_NE(row, answer.rows.end());
  const Estimate own = estimate(test::job_from(R"({"model": "kimi-k2",
      "cluster": {"accelerator": "h800-sxm", "count": 2048}, "stack": {"date": "2025-06"},
      "run": {"tokens": "15.5T tokens", "precision": "bf16"}, "layout": "search"})"));
  EXPECT_NEAR(row->derived_value / own.billed.in(unit::accelerator_hour), 1, 1e-9)
      << "as estimate has it";
  EXPECT_TRUE(has_row(answer, RowKind::kPrice));
}

TEST(CheckKinds, ARegionIsPartOfAMarket) {
  const auto in = [](const std::string& region) {
    return verdict_of(R"("accelerator": "h100-sxm", )" + region +
                      R"("figures": {"accelerator_time": "246M GPU-h", "cost": "$490M"})");
  };
  EXPECT_EQ(in(""), "consistent");
  EXPECT_EQ(in(R"("region": "us", )"), "consistent");
}

TEST(CheckKinds, AThinBookDecidesNothing) {
  const auto bought = [](const std::string& unit_price) {
    return judged(R"("accelerator": "h20-96", "figures": {"units": 1024,
        "unit_price": ")" +
                  unit_price + R"("})");
  };
  const CheckAnswer answer = bought("$18k/GPU");
  EXPECT_EQ(answer.market, Verdict::kPlausible);
  EXPECT_TRUE(answer.rows.front().thin);
  EXPECT_EQ(bought("$180k/GPU").market, Verdict::kStrained);
}

TEST(CheckKinds, PartsThatCountNoUnitsSellNone) {
  const CheckAnswer answer = judged(R"("accelerator": "h100-sxm",
      "figures": {"units": 1024, "unit_price": "$40k/GPU", "revenue": "$41M"},
      "parts": [{"name": "nodes", "figures": {"revenue": "$39M"}},
                {"name": "switches", "figures": {"revenue": "$2M"}}])");
  for (const ImpliedFigure& each : answer.implied) {
    EXPECT_FALSE(each.figure == "units" && !each.subject.empty()) << each.subject;
  }
  for (const CheckRow& row : answer.rows) EXPECT_NE(row.figure, "units") << row.subject;
}

TEST(CheckKinds, ARangeThatHoldsProvesNothing) {
  const CheckAnswer answer = judged(R"("accelerator": "h100-sxm", "figures": {"mfu": "40%",
      "power": "700 W", "price": "$2.50/GPU-h"})");
  EXPECT_EQ(answer.overall, Verdict::kPlausible);
  for (const CheckRow& row : answer.rows) EXPECT_EQ(row.verdict, Verdict::kPlausible);
}

TEST(CheckKinds, WhatOnlyRoundingClosesProvesNothing) {
  const auto energy = [](const char* hours, const char* stated) {
    return judged(R"("accelerator": "gh200-96", "figures": {"accelerator_time": ")" +
                  std::string(hours) + R"( GPU-h", "power": "560 W", "energy": ")" + stated +
                  R"("})");
  };
  EXPECT_EQ(energy("6.0M", "3.7 GWh").arithmetic, Verdict::kConsistent);
  // 5 GWh would take a PUE of 1.49: only its rounding holds 4.5.
  const CheckAnswer answer = energy("about 6M", "5 GWh");
  EXPECT_EQ(answer.arithmetic, Verdict::kStrained);
  EXPECT_EQ(answer.rows.front().turns.front().figure, "pue");
}

TEST(CheckKinds, FewDigitsExcuseLittle) {
  const auto energy = [](const char* stated) {
    return judged(R"("accelerator": "h100-sxm", "figures": {"accelerator_time": "1M GPU-h",
        "power": "700 W", "pue": "1.10", "energy": ")" +
                  std::string(stated) + R"("})")
        .arithmetic;
  };
  EXPECT_EQ(energy("770 MWh"), Verdict::kConsistent);
  EXPECT_EQ(energy("1,001 MWh"), Verdict::kImpossible) << "1M is not 1.3M";
  // Utilisation of steps against hours of the run: 86% of the time is a usual goodput.
  const auto mfu = [](const char* hours, const char* stated) {
    return judged(R"("accelerator": "h100-sxm", "figures": {"flops": "3.80e25 FLOP",
        "accelerator_time": ")" +
                  std::string(hours) + R"(", "mfu": ")" + stated + R"("})")
        .arithmetic;
  };
  EXPECT_EQ(mfu("30.84M GPU-h", "40%"), Verdict::kPlausible);
  EXPECT_EQ(mfu("30.84M GPU-h", "34.6%"), Verdict::kConsistent);
  EXPECT_EQ(judged(R"("accelerator": "h100-sxm", "figures": {"active_parameters": "32B",
      "tokens": "10T tokens", "accelerator_time": "2.7M GPU-h", "mfu": "40%"})")
                .arithmetic,
            Verdict::kStrained)
      << "20% by the figures";
  EXPECT_EQ(mfu("50.0M GPU-h", "40%"), Verdict::kStrained) << "the steps take 53% of the time";
}

TEST(CheckKinds, AnHourThatSomeListHasProvesNothing) {
  const auto paid = [](const char* cost) {
    return judged(R"("accelerator": "h100-sxm", "figures": {"accelerators": 8,
        "wall_time": "19 h", "cost": ")" +
                  std::string(cost) + R"("})")
        .overall;
  };
  EXPECT_EQ(paid("$450"), Verdict::kConsistent);
  EXPECT_EQ(paid("$1,900"), Verdict::kPlausible) << "$12.50 an hour";
}

TEST(CheckKinds, ARatioOfOtherFiguresStandsInForIt) {
  const auto ratio = [](const char* b) {
    return judged(R"("others": [{"name": "x", "figures": {"active_parameters": "3B",
        "parameters": "80B"}}, {"name": "y", "figures": {"parameters": "32B",
        "active_parameters": "32B"}}], "ratios": [{"name": "hours", "a": "x.active_parameters",
        "b": "y.)" +
                  std::string(b) + R"(", "ratio": "9.4%"}])")
        .overall;
  };
  EXPECT_EQ(ratio("active_parameters"), Verdict::kConsistent);
  EXPECT_EQ(ratio("parameters"), Verdict::kPlausible);
}

TEST(CheckKinds, NoRunIsLongerThanItsChipIsOut) {
  EXPECT_EQ(judged(R"("accelerator": "h100-sxm", "figures": {"accelerators": 1000,
      "wall_time": "72,000 h"})")
                .physics,
            Verdict::kImpossible);
}

// The factor between what is stated and what follows names the mistake.
TEST(CheckKinds, AFactorThatPeopleMistakeIsNamed) {
  const auto slip = [](const std::string& members) {
    const CheckAnswer answer = judged(members);
    for (const CheckRow& row : answer.rows) {
      if (row.slip) return std::string(slip_name(*row.slip));
    }
    return std::string("none");
  };
  const std::string run = R"("accelerator": "h800-sxm", "figures": {"accelerators": 2048, )";
  EXPECT_EQ(slip(run + R"("wall_time": "1361 d", "accelerator_time": "2.788M GPU-h"})"),
            "days_for_hours");
  EXPECT_EQ(slip(run + R"("price": "$2.00/GPU-h", "accelerator_time": "2.788M GPU-h",
                          "cost": "$5.576B"})"),
            "thousands");
  EXPECT_EQ(slip(run + R"("wall_time": "56.7 d", "accelerator_time": "27.88M GPU-h"})"),
            "decimal_point");
  EXPECT_EQ(slip(R"("accelerator": "h800-sxm", "figures": {"accelerators": 256,
                    "wall_time": "56.7 d", "accelerator_time": "2.788M GPU-h"})"),
            "nodes_for_gpus");
  EXPECT_EQ(slip(R"("accelerator": "gb200", "figures": {"unit_price": "$100,000/GPU"})"),
            "superchip_for_gpu");
  EXPECT_EQ(slip(run + R"("parameters": "671B", "active_parameters": "37B",
                          "flops_per_token": "4.03e12 FLOP/token"})"),
            "total_for_active");
  EXPECT_EQ(slip(run + R"("wall_time": "80 d", "accelerator_time": "2.788M GPU-h"})"), "none");
}

TEST(CheckKinds, AStatementThatSaysOtherThingsThanItsFiguresIsToldSo) {
  const std::string said = "The 3B model took 220,000 GPU hours on 384 H100 GPUs, 24 days.";
  const auto differs = [&](const char* chip, const char* parameters, const char* time) {
    std::string names;
    for (const CheckRow& row :
         judged(R"("accelerator": ")" + std::string(chip) + R"(", "figures": {"parameters": ")" +
                    parameters + R"(", "accelerators": 384, "wall_time": ")" + time + R"("})",
                said)
             .rows) {
      if (row.kind == RowKind::kStatement) names += row.figure + " ";
    }
    return names;
  };
  EXPECT_EQ(differs("h100-sxm", "3B", "24 d"), "");
  EXPECT_EQ(differs("h100-sxm", "3.07B", "576 h"), "") << "another unit, another rounding";
  EXPECT_EQ(differs("h100-sxm", "6B", "24 d"), "parameters ");
  EXPECT_EQ(differs("h800-sxm", "3B", "48 d"), "accelerator wall_time ");
}

TEST(CheckKinds, WhatAFigureOfTheClaimExplainsIsNoOtherThing) {
  const auto warned = [](const char* said, const char* members) {
    return has_row(judged(R"("accelerator": "h100-sxm", )" + std::string(members), said),
                   RowKind::kStatement);
  };
  const char* rates = R"("figures": {"accelerators": 8, "wall_time": "24 h", "price": "$3.50/GPU-h",
      "tokens": "33.6B tokens", "batch_tokens": "1,048,576 tokens", "mfu": "46.2%"})";
  EXPECT_FALSE(warned("One node of 8 H100 took 24 hours at $28 an hour.", rates)) << "of the node";
  EXPECT_FALSE(warned("Training steps of about 1M tokens, on 8 H100.", rates)) << "of a step";
  EXPECT_TRUE(warned("It took 24 hours on 8 H100 at $9 an hour.", rates));
  const char* parts = R"("parts": [{"name": "1B", "figures": {"carbon": "107 t"}},
                                   {"name": "3B", "figures": {"carbon": "133 t"}}])";
  EXPECT_FALSE(warned("Training emitted 240 tonnes of CO2.", parts)) << "the sum of the parts";
  EXPECT_TRUE(warned("Training emitted 290 tonnes of CO2.", parts));
  const auto named = [&](const char* name, const char* size) {
    return warned("said", (R"("parts": [{"name": ")" + std::string(name) +
                           R"(", "figures": {"parameters": ")" + size + R"("}}])")
                              .c_str());
  };
  EXPECT_TRUE(named("Pythia-1.4B", "2.8B"));
  EXPECT_TRUE(named("1.4B", "2.8B"));
  EXPECT_FALSE(named("Pythia-1.4B", "1.41B"));
  EXPECT_FALSE(named("the second run", "2.8B"));
}

TEST(CheckKinds, ParametersOfExpertsDoNotStandInForActiveOnes) {
  const char* run = R"("accelerator": "h800-sxm", "precision": "bf16", "figures": {
      "parameters": "352B", "accelerators": 1440, "cluster_throughput": "1.41M tokens/s"})";
  EXPECT_EQ(judged(run, "The model of 352B parameters trains at 1.41M tokens/s.").physics,
            Verdict::kImpossible)
      << "209% of the peak, were it dense";
  EXPECT_EQ(judged(run, "The 352B MoE trains at 1.41M tokens/s.").physics, Verdict::kCannotTell);
}

TEST(CheckKinds, EnergyIsTheServersOrTheSites) {
  const auto slack = [](const char* energy) {
    for (const CheckRow& row : judged(R"("accelerator": "a100-sxm-40", "figures": {
             "accelerators": 768, "wall_time": "60 d", "power": "400 W", "energy": ")" +
                                      std::string(energy) + R"("})")
                                   .rows) {
      if (row.kind == RowKind::kRelation && row.figure == "energy") return row.ratio - 1;
    }
    return 1.0;
  };
  EXPECT_NEAR(slack("442.4 MWh"), 0, 1e-3) << "before any PUE";
  EXPECT_NEAR(slack("486.6 MWh"), 0, 1e-3) << "with one of 1.1";
}

TEST(CheckKinds, AForecastMayRunOnWhatIsNotOut) {
  const std::string run = R"("accelerator": "gb300",
      "figures": {"accelerators": 2000, "wall_time": "90 d"})";
  EXPECT_TRUE(has_row(judged(run), RowKind::kLaunch)) << "out three months after it was said";
  EXPECT_FALSE(has_row(judged(R"("forecast": true, )" + run), RowKind::kLaunch));
}

TEST(CheckKinds, TheEngineTakesTheBatchThatAClaimStates) {
  // MegaScale's table 2: without its batch the engine has each step of 12,288 take less.
  EXPECT_NE(verdict_of(R"("model": "gpt3-175b", "accelerator": "a100-sxm-80", "precision": "bf16",
      "figures": {"accelerators": 12288, "mfu": "55.2%", "step_time": "6.34 s",
                  "batch_tokens": "12,582,912 tokens", "wall_time": "1.75 days",
                  "tokens": "300B tokens"})"),
            "strained");
}

TEST(CheckKinds, APartHasNoMoreAcceleratorsOrDaysThanTheWhole) {
  const auto arithmetic = [](const char* part) {
    return judged(R"("accelerator": "h800-sxm", "figures": {"accelerators": 2048,
        "wall_time": "56 d"}, "parts": [{"name": "a", "figures": {)" +
                  std::string(part) + "}}]")
        .arithmetic;
  };
  EXPECT_EQ(arithmetic(R"("accelerators": 4096)"), Verdict::kImpossible);
  EXPECT_EQ(arithmetic(R"("wall_time": "80 d")"), Verdict::kImpossible);
  EXPECT_EQ(arithmetic(R"("accelerators": 2048, "wall_time": "50 d")"), Verdict::kCannotTell);
}

TEST(CheckKinds, AClusterItsElectricityAndItsWater) {
  const std::string site = R"("accelerator": "h100-sxm", "figures": {"accelerators": "100,000",)";
  EXPECT_EQ(judged(site + R"("cluster_power": "150 MW"})").physics, Verdict::kPlausible);
  EXPECT_EQ(judged(site + R"("cluster_power": "1.5 GW"})").physics, Verdict::kImpossible);
  const auto figures = [](const char* members) {
    return judged(R"("figures": {)" + std::string(members) + "}");
  };
  EXPECT_EQ(figures(R"("energy": "1,287 MWh", "energy_price": "$0.08/kWh",
                       "energy_cost": "$102,960")")
                .overall,
            Verdict::kConsistent);
  EXPECT_EQ(figures(R"("energy": "1,287 MWh", "energy_cost": "$5M")").market, Verdict::kImpossible);
  EXPECT_EQ(figures(R"("energy": "1,287 MWh", "water": "700 m3")").physics, Verdict::kPlausible);
  EXPECT_EQ(
      figures(R"("flops": "3e24 FLOP", "cost": "$6M", "flops_per_usd": "5e17 FLOP/USD")").overall,
      Verdict::kConsistent);
}

// 15.5T tokens of Kimi K2 in 16 bits are 4.7M H800-hours in the middle, $0.98 each for $4.6M, where
// others paid $2.00 to $3.42: only the edges of both meet. In a precision that is not said they may
// have been fewer.
TEST(CheckMarket, TwoDoubtsMeetByMoreThanTheirEdges) {
  const auto said = [](const char* cost, const char* precision) {
    return answer_to(R"("model": "kimi-k2", "accelerator": "h800-sxm", "figures": {"cost": ")" +
                     std::string(cost) + R"(", "accelerators": 2048, "tokens": "15.5T tokens"})" +
                     precision);
  };
  const char* bf16 = R"(, "precision": "bf16")";
  const CheckAnswer cheap = said("$4.6M", bf16);
  EXPECT_EQ(cheap.market, Verdict::kStrained);
  const auto price = std::find_if(cheap.rows.begin(), cheap.rows.end(), [](const CheckRow& row) {
    return row.kind == RowKind::kPrice;
  });
  ASSERT_NE(price, cheap.rows.end());
  EXPECT_TRUE(price->at_edges);
  EXPECT_TRUE(price->stated.meets(price->derived)) << "the ranges themselves do meet";
  EXPECT_EQ(said("$9M", bf16).market, Verdict::kPlausible);
  EXPECT_EQ(said("$4.6M", "").market, Verdict::kPlausible);
}

}  // namespace
}  // namespace traincost
