// Parameter counts of real config.json files, to the last parameter.
#include <gtest/gtest.h>

#include "base/nlohmann.h"
#include "estimator/model/parameters.h"
#include "tests/support.h"

namespace traincost {
namespace {

const nlohmann::json& expected() {
  static const nlohmann::json all =
      nlohmann::json::parse(test::source_file("tests/paper/hf_configs/EXPECTED.json"));
  return all;
}

// Configs that are shipped as named models lie there; the others beside the expectations.
std::string config_text(const std::string& file) {
  std::string text = test::source_file("estimator/model/data/hf/" + file);
  return text.empty() ? test::source_file("tests/paper/hf_configs/" + file) : text;
}

struct Key {
  const char* name;
  std::int64_t ParameterCount::*member;
};
constexpr Key kKeys[] = {
    {"total", &ParameterCount::total},
    {"input_embedding", &ParameterCount::input_embedding},
    {"output_head", &ParameterCount::output_head},
    {"active_all", &ParameterCount::active_all},
    {"active_without_input_embedding", &ParameterCount::active_without_input_embedding},
    {"active_without_both", &ParameterCount::active_without_both},
};

TEST(HfCounts, AreExactOnEveryFileThatHasAnExactCount) {
  int exact = 0;
  for (const auto& row : expected()) {
    const std::string name = row["model"];
    const std::string text = config_text(row["config"]);
    ASSERT_FALSE(text.empty()) << name;
    if (row["expect"] != "exact") {
      EXPECT_THROW(static_cast<void>(test::config_from(text)), InputError) << name;
      continue;
    }
    ++exact;
    const ParameterCount count = count_parameters(test::config_from(text).model);
    for (const Key& key : kKeys) {
      if (row[key.name].is_null()) continue;
      EXPECT_EQ(count.*key.member, row[key.name].get<std::int64_t>()) << name << " " << key.name;
    }
  }
  EXPECT_EQ(exact, 31);
}

TEST(HfCounts, PartsAddUpAndActiveNeverExceedsTotal) {
  for (const std::string& name : model_names()) {
    const ParameterCount c = count_parameters(find_model(name)->model);
    EXPECT_EQ(c.total, c.input_embedding + c.output_head + c.attention + c.dense_feed_forward +
                           c.routed_experts + c.routers + c.norms + c.other)
        << name;
    EXPECT_LE(c.active_all, c.total) << name;
    EXPECT_EQ(c.active_all == c.total, c.routed_experts == 0) << name;
  }
}

}  // namespace
}  // namespace traincost
