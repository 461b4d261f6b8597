// Importing config.json: dispatch, class defaults, refusals. Counts of real files are in paper/.
#include "estimator/model/hf_config.h"

#include <gtest/gtest.h>

#include "estimator/model/parameters.h"
#include "tests/support.h"

namespace traincost {
namespace {

using test::config_from;
using test::fault_of;

constexpr const char* kLlama =
    R"({"model_type": "llama", "hidden_size": 64, "intermediate_size": 128,
  "num_hidden_layers": 2, "num_attention_heads": 4, "vocab_size": 100)";

std::int64_t total(const std::string& text) {
  return count_parameters(config_from(text).model).total;
}

TEST(HfConfig, CountsASmallLlamaByHand) {
  // Layer: 4 x 64 x 64 + 3 x 64 x 128 + 2 x 64; twice; plus 2 x 100 x 64 and the final norm.
  EXPECT_EQ(total(std::string(kLlama) + "}"), 2 * (16384 + 24576 + 128) + 12800 + 64);
}

TEST(HfConfig, UntyingAddsExactlyTheHead) {
  const std::int64_t tied = total(std::string(kLlama) + R"(, "tie_word_embeddings": true})");
  const std::int64_t untied = total(std::string(kLlama) + R"(, "tie_word_embeddings": false})");
  EXPECT_EQ(untied - tied, 100 * 64);
}

TEST(HfConfig, Qwen2HasBiasesThatNoKeyNames) {
  std::string text = std::string(kLlama) + "}";
  const std::int64_t llama = total(text);
  text.replace(text.find("llama"), 5, "qwen2");
  EXPECT_EQ(total(text) - llama, 2 * 3 * 64);
}

TEST(HfConfig, Gemma3TakesItsClassDefaultsWhereKeysAreAbsent) {
  const Architecture m =
      config_from(R"({"model_type": "gemma3", "text_config": {"hidden_size": 2560,
      "intermediate_size": 10240, "model_type": "gemma3_text", "num_hidden_layers": 34,
      "sliding_window": 1024}, "vision_config": {"hidden_size": 1152}})")
          .model;
  EXPECT_EQ(m.vocab, 262208);
  EXPECT_EQ(m.kinds.front().attention.heads, 8);
  EXPECT_EQ(m.kinds.front().attention.kv_heads, 4);
  EXPECT_EQ(m.kinds.front().attention.qk_dim, 256);
  EXPECT_TRUE(m.tied_embeddings);
  EXPECT_EQ(m.not_counted, std::vector<std::string>{"vision_config"});
  EXPECT_EQ(m.layer(0).attention.window, 1024);
  EXPECT_EQ(m.layer(5).attention.window, 0) << "every sixth layer sees all";
}

TEST(HfConfig, QwensUnusedWindowIsIgnored) {
  const auto qwen = find_model("qwen2.5-32b");
  EXPECT_EQ(qwen->model.layer(0).attention.window, 0);
}

TEST(HfConfig, TheClassNameDecidesWhereTheTypeIsUnknown) {
  const Architecture m = config_from(std::string(kLlama).replace(16, 5, "zebra") +
                                     R"(, "architectures": ["LlamaForCausalLM"]})")
                             .model;
  EXPECT_EQ(m.family, "zebra");
  EXPECT_EQ(m.layer_count(), 2);
}

TEST(HfConfig, RefusesByNameWhatItCannotCount) {
  EXPECT_EQ(fault_of([] {
              return config_from(R"({"model_type": "nemotron_h", "hidden_size": 1,
      "architectures": ["LlamaForCausalLM"]})");
            }),
            "config.json:1: /model_type: unsupported architecture \"nemotron_h\"\n"
            "    `--as TYPE` forces one, at the price of a wrong count");
  EXPECT_EQ(
      fault_of([] { return config_from(R"({"model_type": "lama", "hidden_size": 1})"); }),
      "config.json:1: /model_type: unsupported architecture \"lama\"\n"
      "    the nearest supported type is \"llama\"; `--as TYPE` forces one, at the price of a "
      "wrong count");
}

TEST(HfConfig, AsForcesAFamily) {
  const std::string text = std::string(kLlama).replace(16, 5, "zebra") + "}";
  EXPECT_EQ(count_parameters(config_from(text, "llama").model).total,
            total(std::string(kLlama) + "}"));
}

TEST(HfConfig, ReportsEveryFaultOfAFile) {
  const std::string text = fault_of([] {
    return config_from(R"({"model_type": "llama", "hidden_size": 100, "num_hidden_layers": -2,
      "num_attention_heads": 3, "vocab_size": 1.5, "intermediate_size": 10})");
  });
  EXPECT_NE(text.find("/num_hidden_layers: -2 is out of range"), std::string::npos) << text;
  EXPECT_NE(text.find("/vocab_size: expected a whole number, found 1.5"), std::string::npos);
  EXPECT_NE(text.find("attention heads (3) does not divide the hidden size (100)"),
            std::string::npos)
      << text;
}

TEST(HfConfig, WarnsOfStructuralKeysThatNothingReads) {
  const auto imported =
      config_from(std::string(kLlama) + R"(, "index_topk": 2048, "rope_theta": 1})");
  ASSERT_EQ(imported.warnings.size(), 1U);
  EXPECT_EQ(imported.warnings.front(),
            "\"index_topk\" looks structural but enters no formula here");
}

TEST(HfConfig, ReadsTheOriginalFalconClassByItsOwnDefaults) {
  // falcon-40b as first published: no new_decoder_architecture key; the count is its checkpoint's.
  EXPECT_EQ(total(R"({"model_type": "RefinedWeb", "hidden_size": 8192, "n_layer": 60, "n_head": 128,
    "n_head_kv": 8, "vocab_size": 65024, "bias": false, "parallel_attn": true})"),
            41303293952);
}

TEST(HfConfig, ReadsDeepSeeksOwnFormWithoutQueryRank) {
  EXPECT_EQ(total(R"({"vocab_size": 102400, "dim": 2048, "inter_dim": 10944, "moe_inter_dim": 1408,
    "n_layers": 27, "n_dense_layers": 1, "n_heads": 16, "n_routed_experts": 64,
    "n_shared_experts": 2, "n_activated_experts": 6, "route_scale": 1.0, "q_lora_rank": 0,
    "kv_lora_rank": 512, "qk_nope_head_dim": 128, "qk_rope_head_dim": 64, "v_head_dim": 128})"),
            15706484224);
}

TEST(HfConfig, AnAbsentKeyTakesTheClassDefaultAndNullMeansAsManyAsHeads) {
  const std::string mixtral = R"({"model_type": "mixtral", "hidden_size": 4096,
    "num_hidden_layers": 32, "num_attention_heads": 32, "vocab_size": 32000,
    "intermediate_size": 14336, "num_local_experts": 8, "num_experts_per_tok": 2)";
  EXPECT_EQ(total(mixtral + "}"), 46702792704);
  EXPECT_EQ(total(mixtral + R"(, "num_key_value_heads": null})"), 47508099072);
}

TEST(HfConfig, RefusesPartsThatNoFormulaCounts) {
  const auto refused = [](const std::string& text, const std::string& why) {
    const std::string fault = fault_of([&] { return config_from(text); });
    EXPECT_NE(fault.find(why), std::string::npos) << fault;
  };
  refused(R"({"dim": 7168, "inter_dim": 18432, "n_activated_experts": 8, "index_topk": 2048})",
          "the sparse-attention indexer (\"index_topk\") is not counted");
  refused(std::string(kLlama) + R"(, "architectures": ["BitnetForCausalLM"]})",
          "unsupported architecture \"BitnetForCausalLM\"");
  refused(R"({"model_type": "qwen3_moe", "hidden_size": 2048, "num_hidden_layers": 4,
    "num_attention_heads": 32, "vocab_size": 1000, "num_experts": 8, "num_experts_per_tok": 2,
    "moe_intermediate_size": 768, "mlp_only_layers": [0]})",
          "missing member \"intermediate_size\"");
  refused(R"({"model_type": "llama", "hidden_size": 16777216, "num_hidden_layers": 4096,
    "num_attention_heads": 16777216, "head_dim": 16777216, "vocab_size": 1000,
    "intermediate_size": 16777216})",
          "describes more than 10^17 parameters");
}

TEST(NativeModel, AgreesWithTheConfigOfTheSameModel) {
  const auto native = config_from(R"({"name": "llama-3.1-8b", "layers": 32, "hidden": 4096,
    "ffn_hidden": 14336, "heads": 32, "kv_heads": 8, "vocab": 128256, "gated_mlp": true,
    "tied_embeddings": false})");
  EXPECT_EQ(count_parameters(native.model).total,
            count_parameters(find_model("llama-3.1-8b")->model).total);
}

}  // namespace
}  // namespace traincost
