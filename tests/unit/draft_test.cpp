// Claims from sentences: which numbers are found, as which figures, and tied to which words.
#include "estimator/claims/draft.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>

#include "tests/support.h"

namespace traincost {
namespace {

const NameBook& names() {
  static const NameBook book(test::database());
  return book;
}

DraftClaim drafted(const std::string& sentence) {
  Draft draft = draft_claims(sentence, names());
  return draft.claims.empty() ? DraftClaim{} : std::move(draft.claims.front());
}

// "accelerators 2048; cost $5.576M": what was found, parts and others by their name.
std::string found(const std::string& sentence) {
  const DraftClaim claim = drafted(sentence);
  std::string text;
  const auto add = [&](const DraftSubject& subject) {
    for (const DraftFigure& figure : subject.figures) {
      text += (text.empty() ? "" : "; ") + (subject.name.empty() ? "" : subject.name + ".") +
              kind_of(figure.figure).key + " " + figure.text;
    }
  };
  add(claim.subject);
  for (const auto* list : {&claim.parts, &claim.others}) {
    for (const DraftSubject& each : *list) add(each);
  }
  for (const DraftRatio& ratio : claim.ratios) {
    text += (text.empty() ? "" : "; ") + std::string(ratio.lower_by ? "lower_by " : "ratio ") +
            ratio.text;
  }
  for (const DraftSpec& spec : claim.specs) {
    text += (text.empty() ? "" : "; ") + spec.field + " " + spec.text;
  }
  for (const DraftGrowth& growth : claim.growth) {
    text += (text.empty() ? "" : "; ") + growth.name + " +" + growth.text + " a " + growth.over;
  }
  return text;
}

struct Row {
  const char* sentence;
  const char* figures;
};

TEST(Draft, FindsTheFiguresOfASentence) {
  const Row rows[] = {
      {"Full training of DeepSeek-V3 used 2.788M H800 GPU-hours at $2 per GPU-hour, $5.576M.",
       "accelerator_time 2.788M GPU-h; price $2/GPU-h; cost $5.576M"},
      {"Training took 54 days on 2,048 H800s at 40% MFU.",
       "wall_time 54 days; accelerators 2048; mfu 40%"},
      {"The model has 671B total parameters with 37B activated for each token.",
       "parameters 671B; active_parameters 37B"},
      {"The run consumed 1,287 MWh of electricity and emitted 552 tonnes of CO2.",
       "energy 1287 MWh; carbon 552 t"},
      {"xAI runs 100,000 H100s that draw 150 MW.", "accelerators 100000; cluster_power 150 MW"},
      {"It took about two months and over $100 million to train.",
       "wall_time about 2 months; cost more than $100M"},
      {"Oat-Zero-7B was trained in 27 hours on 8 A100.",
       "wall_time 27 h; accelerators 8; parameters 7B"},
      // Lists, parts and totals.
      {"Llama 2 used 3.3M A100-80GB GPU-hours: 7B 184,320, 13B 368,640, 34B 1,038,336, "
       "70B 1,720,320.",
       "accelerator_time 3.3M GPU-h; 7B.accelerator_time 184320 GPU-h; 7B.parameters 7B; "
       "13B.accelerator_time 368640 GPU-h; 13B.parameters 13B; 34B.accelerator_time 1038336 GPU-h; "
       "34B.parameters 34B; 70B.accelerator_time 1720320 GPU-h; 70B.parameters 70B"},
      // Chips: their sheets, their ratios.
      {"The H200 has 141 GB of HBM3e memory and 4.8 TB/s of bandwidth.",
       "memory_capacity 141 GB; memory_bandwidth 4.8 TB/s"},
      {"The H20 has less than 15% of the H100's AI compute.", "ratio less than 15%"},
      {"The H200 has 43% more bandwidth than the H100.", "ratio 1.43x"},
      // In Chinese.
      {"V3 的训练只用了 278.8 万 H800 GPU 小时,按每 GPU 小时 2 美元计算,总成本仅 557.6 万美元。",
       "accelerator_time 2.788M GPU-h; price $2/GPU-h; cost $5.576M"},
      {"GPT-4 的训练使用了约2.5万块 A100,耗时90到100天,成本约6300万美元。",
       "accelerators about 25K; wall_time 90-100 days; cost about $63M"},
      {"英伟达H20的销售额环比增长了50%。", "H20 sales +50% a quarter"},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(found(row.sentence), row.figures) << row.sentence;
  }
}

TEST(Draft, LeavesAloneWhatIsNoFigure) {
  const auto reasons = [](const std::string& sentence) {
    const Draft draft = draft_claims(sentence, names());
    std::map<std::string, WhyUnused> all;
    const auto add = [&](const std::vector<UnusedNumber>& numbers) {
      for (const UnusedNumber& number : numbers) all[number.text] = number.why;
    };
    for (const DraftClaim& claim : draft.claims) add(claim.unused);
    for (const UncheckableSentence& each : draft.uncheckable) add(each.unused);
    return all;
  };
  EXPECT_EQ(reasons("Nvidia's market cap fell $589 billion.").at("$589 billion"),
            WhyUnused::kFunding);
  EXPECT_EQ(reasons("The API costs $0.55 per million tokens.").count("$0.55"), 1U);
  EXPECT_EQ(reasons("Training cost 3M EUR.").at("3M EUR"), WhyUnused::kExchange);
  EXPECT_TRUE(found("The chip was announced in March 2024.").empty()) << "years are dates";
  EXPECT_TRUE(found("In 2024-12 it was done on Dec 27.").empty());
  EXPECT_TRUE(found("政府正研究进一步收紧出口。").empty()) << "一步 is no step";
  EXPECT_TRUE(found("It will be done in the next 3 months.").empty());
}

TEST(Draft, InventsNothing) {
  // Counts that look like years, and years.
  EXPECT_EQ(found("A cluster of 2048 H800 GPUs ran for 3 years."),
            "accelerators 2048; wall_time 3 years");
  EXPECT_EQ(found("In 2024, up to 2000 H100 were used."), "accelerators less than 2000");
  EXPECT_EQ(found("训练花了 3 年。"), "wall_time 3 years");
  // Numbers in words are read whole or not at all.
  EXPECT_EQ(found("训练成本三百二十万美元。"), "cost $3.2M");
  EXPECT_EQ(found("Training took twenty-five days."), "wall_time 25 days");
  // Words inside other words say nothing.
  EXPECT_EQ(found("Rapid training cost $5.6M."), "cost $5.6M");
  EXPECT_EQ(found("The fundamental model cost $6M to train."), "cost $6M");
  EXPECT_FALSE(drafted("There were 419 unexpected interruptions.").forecast);
  // What is only compared with, or needed, is no sheet.
  EXPECT_EQ(found("With 192 GB of memory, it beats the H100."), "");
  EXPECT_EQ(found("16 GB of memory per H100 is used for activations."), "");
  EXPECT_EQ(found("The H100 has 3.2 TB/s of network bandwidth."), "");
  EXPECT_EQ(found("Revenue grew 50%."), "") << "over which time?";
  EXPECT_EQ(found("It took 0 days on 0 H100."), "");
  EXPECT_EQ(found("It cost $1e999 to train."), "");
  EXPECT_EQ(found("特别2,000美元用于训练。"), "cost $2000") << "especially, not more than";
}

TEST(Draft, TellsOneFromSeveralAndActiveFromAll) {
  EXPECT_EQ(found("DeepSeek-V3's 671B parameters (37B activated) were trained on 14.8T tokens."),
            "parameters 671B; active_parameters 37B; tokens 14.8T tokens");
  EXPECT_EQ(found("激活参数为370亿，总参数为6710亿。"),
            "active_parameters 37B; parameters 671B");
  EXPECT_EQ(found("A GB200 superchip sells for $60,000 to $70,000."),
            "unit_price $60000-70000/GPU");
  EXPECT_EQ(found("The DGX H100 costs $400,000 and draws 10.2 kW."), "");
  EXPECT_EQ(found("一台8卡H800服务器每小时16美元。"), "") << "all of it is the server's";
  EXPECT_EQ(found("8 TPU v4 pods of 4,096 chips each were used."), "");
  EXPECT_EQ(found("The cost per GPU-hour was $2.00; 2.788M GPU-hours; total $5.576M."),
            "price $2.00/GPU-h; accelerator_time 2.788M GPU-h; cost $5.576M");
  EXPECT_EQ(found("At $0.08 per kWh, the 50 GWh would cost $4 million."),
            "energy_price $0.08/kWh; energy 50 GWh; energy_cost $4M");
  EXPECT_EQ(found("The H200 has 141GB of memory, 1.76 times the H100's 80GB."),
            "memory_capacity 141 GB; memory_capacity 80 GB");
  EXPECT_EQ(
      drafted("The H200 has 141GB of memory, 1.76 times the H100's 80GB.").specs.back().accelerator,
      "h100-sxm");
  EXPECT_EQ(found("The H100 has 1,979 TFLOPS of BF16."), "peak_dense.bf16 1979 TFLOP/s");
  EXPECT_EQ(found("H20's performance is 6.7 times lower than the H100's."), "ratio 1/6.7");
}

TEST(Draft, TellsPartsFromTheWhole) {
  EXPECT_EQ(found("Pre-training cost $3.2M and post-training cost $0.4M, for a total of $9M."),
            "cost $9M; Pre-training.cost $3.2M; post-training.cost $0.4M")
      << "whether they add up or not";
  EXPECT_EQ(found("训练分两个阶段,第一阶段30天,第二阶段10天,共40天,使用1024张A100。")
                .rfind("wall_time 40 days; accelerators 1024", 0),
            0U);
  EXPECT_EQ(found("Using 64 nodes with 8 A100s each (512 GPUs), the run took 21 days."),
            "accelerators 512; wall_time 21 days");
  EXPECT_EQ(found("The run took 5 million H100 GPU-hours at $2 apiece, or $30 million."),
            "accelerator_time 5M GPU-h; price $2/GPU-h; cost $30M");
  EXPECT_EQ(found("A cluster of 24,576 H100s at $30,000 each represents $1.5 billion."),
            "units 24576; unit_price $30000/GPU; revenue $1.5B");
  EXPECT_EQ(found("每训练1万亿token需要17.28万H800 GPU小时,共8.1万亿token,合计140万GPU小时。"),
            "accelerator_time_per_token 172.8K GPU-h/T tokens; tokens 8.1T tokens; "
            "accelerator_time 1.4M GPU-h");
}

TEST(Draft, AssertsNothingThatTheSentenceDenies) {
  EXPECT_EQ(found("Contrary to rumours of 50,000 H100s, the lab trained on 2,048 H800s."),
            "accelerators 2048");
  EXPECT_EQ(found("网传的600万美元成本并不属实,真实支出是16亿美元。"), "cost $1.6B");
  EXPECT_EQ(found("H100租金从8美元/小时跌至2.2美元/小时。"), "");
  EXPECT_EQ(found("Training did not cost $6 million; it cost $1.6 billion."), "cost $1.6B");
  EXPECT_EQ(found("我们没有花1亿美元，只花了600万美元训练。"), "cost $6.0M");
  EXPECT_EQ(found("MFU rose from 38% to 55%, saving $2 million."), "");
  EXPECT_EQ(found("R1 is priced at $2.19 per million output tokens."), "");
  EXPECT_EQ(found("-10 H100 GPUs were used."), "");
  EXPECT_TRUE(drafted("DeepSeek-V3 runs on 8 H200 GPUs.").subject.model.empty()) << "is served";
}

TEST(Draft, ReadsOtherCurrenciesAtGivenRates) {
  const std::string sentence = "1000张H800训练30天，共计864万元。";
  EXPECT_EQ(found(sentence), "accelerators 1000; wall_time 30 days");
  const Draft draft = draft_claims(sentence, names(), {{"CNY", 0.14}});
  ASSERT_EQ(draft.claims.size(), 1U);
  EXPECT_NEAR(draft.claims[0].subject.figure(Figure::kCost)->value, 8.64e6 * 0.14, 1);
}

TEST(Draft, JoinsSentencesThatGoOn) {
  const std::string text =
      "The model was trained on 512 A100s. It took 39 days. In total 479,232 GPU hours were used. "
      "Others spend $100 million on training.";
  const Draft draft = draft_claims(text, names());
  ASSERT_EQ(draft.claims.size(), 2U);
  const DraftClaim& run = draft.claims[0];
  ASSERT_EQ(run.subject.figures.size(), 3U);
  for (const DraftFigure& figure : run.subject.figures) {
    EXPECT_EQ(run.statement.substr(figure.words.start, figure.words.length)
                  .find(figure.text.substr(0, 2)),
              0U);
  }
  EXPECT_EQ(draft.claims[1].subject.figures.front().text, "$100M") << "of others";
}

TEST(Draft, BearsAnyLength) {
  std::string many;
  for (int i = 0; i < 50'000; ++i) many += "about ";
  EXPECT_TRUE(draft_claims(many + "3 H100.", names()).claims.empty()) << "no sentence is so long";
  many.clear();
  for (int i = 0; i < 50'000; ++i) many += "9,";
  EXPECT_TRUE(draft_claims(many, names()).claims.empty());
}

TEST(Draft, TiesEachFigureToItsWords) {
  const std::string sentence = "仅用了2048个H800 GPU,花了两个月,约558万美元。";
  const DraftClaim claim = drafted(sentence);
  ASSERT_EQ(claim.subject.figures.size(), 3U);
  const auto words = [&](Figure figure) {
    const Span span = claim.subject.figure(figure)->words;
    return sentence.substr(span.start, span.length);
  };
  EXPECT_EQ(words(Figure::kAccelerators), "2048个H800 GPU");
  EXPECT_EQ(words(Figure::kWallTime), "两个月");
  EXPECT_EQ(words(Figure::kCost), "约558万美元");
  EXPECT_EQ(characters_before(sentence, claim.subject.figure(Figure::kCost)->words.start), 23U);
  EXPECT_EQ(claim.subject.accelerator, "h800-sxm");
  EXPECT_EQ(claim.language, "zh");
}

TEST(Draft, ComparesWhatTheSentenceLends) {
  const DraftClaim claim = drafted(
      "DeepSeek-R1 rivals OpenAI o1, at about 1/20 of the latter's cost (about $5.58M to train; "
      "GPT-4o took more than $100M to train).");
  ASSERT_EQ(claim.ratios.size(), 1U);
  EXPECT_EQ(claim.ratios[0].text, "about 1/20");
  EXPECT_EQ(claim.ratios[0].b.value_of, "GPT-4o") << "the other side is a third one's";
}

TEST(Sentences, EndWhereTheyEnd) {
  const auto count = [](const char* text) { return sentences_of(text).size(); };
  EXPECT_EQ(count("It took 2.788M hours. It cost $5.576M."), 2U);
  EXPECT_EQ(count("用了2048张卡。花了两个月!"), 2U);
  EXPECT_EQ(count("Costs vs. prices, e.g. those of the U.S. market, differ."), 1U);
  EXPECT_EQ(count("\n\n  \n"), 0U);
  EXPECT_EQ(valid_utf8("a\xff\xe4\xb8"), "a\uFFFD\uFFFD\uFFFD");
}

TEST(Sentences, SayTheirDate) {
  EXPECT_EQ(date_said("It was 27 days after December 27, 2024."), "2024-12-27");
  EXPECT_EQ(date_said("2025年1月30日消息"), "2025-01-30");
  EXPECT_EQ(date_said("retrieved 2024-12-27"), "2024-12-27");
  EXPECT_EQ(date_said("in December 2024"), "2024-12");
  EXPECT_EQ(date_said("in 2024, 2,048 GPUs"), "");
}

}  // namespace
}  // namespace traincost
