#include "estimator/model/hf_config.h"

#include <algorithm>
#include <cstdint>
#include <optional>

#include "base/nearest.h"
#include "estimator/model/hf/families.h"

namespace traincost {
namespace {

using namespace hf;

struct Family {
  const char* model_type;
  const char* architecture;  // architectures[0]
  Architecture (*read)(const Config&);
};

constexpr Family kFamilies[] = {
    {"llama", "LlamaForCausalLM", read_llama},
    {"mistral", "MistralForCausalLM", read_mistral},
    {"ministral3", "Ministral3ForCausalLM", read_mistral},
    {"qwen2", "Qwen2ForCausalLM", read_qwen2},
    {"qwen3", "Qwen3ForCausalLM", read_qwen3},
    {"mixtral", "MixtralForCausalLM", read_mixtral},
    {"minimax_m2", "MiniMaxM2ForCausalLM", read_minimax_m2},
    {"qwen2_moe", "Qwen2MoeForCausalLM", read_qwen2_moe},
    {"qwen3_moe", "Qwen3MoeForCausalLM", read_qwen3_moe},
    {"deepseek", "DeepseekForCausalLM", read_deepseek},
    {"deepseek_v2", "DeepseekV2ForCausalLM", read_deepseek_v2},
    {"deepseek_v3", "DeepseekV3ForCausalLM", read_deepseek_v3},
    {"kimi_k2", "DeepseekV3ForCausalLM", read_deepseek_v3},
    {"gpt_oss", "GptOssForCausalLM", read_gpt_oss},
    {"llama4_text", "Llama4ForCausalLM", read_llama4},
    {"llama4", "Llama4ForConditionalGeneration", read_llama4},
    {"gemma", "GemmaForCausalLM", read_gemma},
    {"gemma2", "Gemma2ForCausalLM", read_gemma2},
    {"gemma3_text", "Gemma3ForCausalLM", read_gemma3},
    {"gemma3", "Gemma3ForConditionalGeneration", read_gemma3},
    {"olmo2", "Olmo2ForCausalLM", read_olmo2},
    {"cohere", "CohereForCausalLM", read_cohere},
    {"phi3", "Phi3ForCausalLM", read_phi3},
    {"phi", "PhiForCausalLM", read_phi},
    {"phi-msft", "MixFormerSequentialForCausalLM", read_phi_msft},
    {"mixformer-sequential", "MixFormerSequentialForCausalLM", read_phi_msft},
    {"gpt2", "GPT2LMHeadModel", read_gpt2},
    {"gpt_bigcode", "GPTBigCodeForCausalLM", read_gpt_bigcode},
    {"gptj", "GPTJForCausalLM", read_gptj},
    {"gpt_neox", "GPTNeoXForCausalLM", read_gpt_neox},
    {"opt", "OPTForCausalLM", read_opt},
    {"bloom", "BloomForCausalLM", read_bloom},
    {"falcon", "FalconForCausalLM", read_falcon},
    {"RefinedWeb", "RWForCausalLM", read_falcon},
    {"RefinedWebModel", "RWForCausalLM", read_falcon},
    {"mpt", "MPTForCausalLM", read_mpt},
    {"starcoder2", "Starcoder2ForCausalLM", read_starcoder2},
    {"dbrx", "DbrxForCausalLM", read_dbrx},
};

// Types that borrow a supported architecture class but add parts that are not counted here.
constexpr const char* kRefused[] = {"deepseek_v32", "deepseek_v3.2", "glm_moe_dsa", "deepseek_v4",
                                    "kimi_k3",      "nemotron_h",    "qwen3_5_moe", "gemma4"};

const Family* family_of_type(const std::string& type) {
  for (const Family& family : kFamilies) {
    if (type == family.model_type) return &family;
  }
  return nullptr;
}

bool refused(const std::string& type) {
  return std::any_of(std::begin(kRefused), std::end(kRefused),
                     [&](const char* each) { return type == each; });
}

// The class name decides only where the type says nothing known.
const Family* family_of(const JsonCursor& cursor, const std::string& type) {
  if (const Family* family = family_of_type(type)) return family;
  if (refused(type)) return nullptr;
  const auto classes = cursor.find("architectures");
  if (!classes || classes->kind() != JsonValue::Kind::kArray || classes->value().items.empty()) {
    return nullptr;
  }
  const std::string name = classes->value().items.front().text;
  for (const Family& family : kFamilies) {
    if (name == family.architecture) return &family;
  }
  return nullptr;
}

bool looks_structural(const std::string& key) {
  const auto has = [&](const char* part) { return key.find(part) != std::string::npos; };
  const bool layers =
      key.rfind("num_", 0) == 0 && key.size() > 7 && key.compare(key.size() - 7, 7, "_layers") == 0;
  return key.rfind("index_", 0) == 0 || key.rfind("compress_", 0) == 0 ||
         key.rfind("mamba_", 0) == 0 || key.rfind("linear_", 0) == 0 || has("_lora_rank") ||
         layers || key == "hybrid_override_pattern" || key == "layer_types" || has("_experts");
}

constexpr const char* kNested[] = {"text_config", "llm_config", "language_config"};

bool has_deepseek_native_keys(const JsonCursor& cursor) {
  const JsonValue& value = cursor.value();
  return value.find("model_type") == nullptr && value.find("dim") != nullptr &&
         value.find("inter_dim") != nullptr && value.find("n_activated_experts") != nullptr;
}

// Parts that a structural-looking key may name without changing a count.
constexpr const char* kHarmless[] = {
    "num_hidden_layers",   "max_window_layers", "output_router_logits", "router_aux_loss_coef",
    "num_experts_per_tok", "num_local_experts", "experts_per_token",    "n_limited_groups",
    "num_experts",         "n_expert_groups",   "n_routed_experts",     "n_shared_experts"};

void warn_of_unread(const JsonCursor& cursor, std::vector<std::string>& warnings) {
  for (const std::string& key : cursor.unknown_members()) {
    const bool harmless = std::any_of(std::begin(kHarmless), std::end(kHarmless),
                                      [&](const char* each) { return key == each; });
    const JsonValue* value = cursor.value().find(key);
    if (harmless || !looks_structural(key) || value->kind == JsonValue::Kind::kNull) continue;
    warnings.push_back("\"" + key + "\" looks structural but enters no formula here");
  }
}

// The class beside a known type: one of other parts is refused, one without a head is said.
void check_class(const JsonCursor& cursor, const Family& family,
                 std::vector<std::string>& warnings) {
  const auto classes = cursor.find("architectures");
  if (!classes || classes->kind() != JsonValue::Kind::kArray || classes->value().items.empty()) {
    return;
  }
  const std::string name = classes->value().items.front().text;
  const bool known = std::any_of(std::begin(kFamilies), std::end(kFamilies),
                                 [&](const Family& each) { return name == each.architecture; });
  if (name.empty() || known) return;
  for (const char* other : {"Bitnet", "Eagle", "Medusa"}) {
    if (name.find(other) == std::string::npos) continue;
    classes->fault("unsupported architecture \"" + name + "\"",
                   "model_type " + std::string(family.model_type) + " does not describe it");
    return;
  }
  warnings.push_back("class " + name + " is not " + family.architecture +
                     "; counted as that class, output head included");
}

// Beyond this the products of widths leave the integers; no model is near it.
void check_size(const JsonCursor& cursor, const Architecture& m) {
  constexpr double kMostParameters = 1e17;
  double total = 2.0 * static_cast<double>(m.hidden) * static_cast<double>(m.vocab);
  for (const int kind : m.layers) {
    const Layer& layer = m.kinds[static_cast<std::size_t>(kind)];
    const Attention& a = layer.attention;
    const auto h = static_cast<double>(m.hidden);
    total += 2.0 * h * (static_cast<double>(a.heads) + a.kv_heads) * (1.0 * a.qk_dim + a.v_dim);
    total += 3.0 * h * static_cast<double>(layer.dense.width);
    if (layer.experts) {
      total += 3.0 * h *
               (static_cast<double>(layer.experts->expert.width) * layer.experts->routed +
                static_cast<double>(layer.experts->shared_width));
    }
  }
  if (total > kMostParameters) cursor.fault("describes more than 10^17 parameters");
}

}  // namespace

std::vector<std::string> supported_families() {
  std::vector<std::string> names;
  for (const Family& family : kFamilies) names.emplace_back(family.model_type);
  return names;
}

bool looks_like_hf_config(const JsonCursor& cursor) {
  const JsonValue& value = cursor.value();
  if (has_deepseek_native_keys(cursor)) return true;
  for (const char* key : {"model_type", "architectures", "text_config", "hidden_size",
                          "num_hidden_layers", "transformers_version"}) {
    if (value.find(key) != nullptr) return true;
  }
  return false;
}

ImportedModel read_hf_config(const JsonCursor& cursor, const std::string& as) {
  ImportedModel imported;
  if (!cursor.expect_object()) return imported;
  if (as.empty() && has_deepseek_native_keys(cursor)) {
    const Config config(cursor);
    imported.model = read_deepseek_native(config);
    imported.model.family = "deepseek_v3";
    warn_of_unread(cursor, imported.warnings);
    return imported;
  }
  for (const char* key : kNested) {
    const auto nested = cursor.find(key);
    if (!nested || !nested->is_object()) continue;
    std::string inner_as = as;
    if (inner_as.empty() && nested->value().find("model_type") == nullptr) {
      const auto outer = cursor.text("model_type");
      if (outer && family_of_type(*outer) != nullptr) inner_as = *outer;
    }
    imported = read_hf_config(*nested, inner_as);
    // transformers 5 keeps the tie in the outer object; gemma3 reads the inner one.
    const bool inner_ties = nested->value().find("tie_word_embeddings") != nullptr;
    const auto outer_tie = cursor.boolean("tie_word_embeddings");
    if (!inner_ties && outer_tie && cursor.text("model_type").value_or("") != "gemma3") {
      imported.model.tied_embeddings = *outer_tie;
    }
    for (const auto& [name, member] : cursor.members()) {
      const bool tower = name != key && member.is_object() && name.size() > 7 &&
                         name.compare(name.size() - 7, 7, "_config") == 0 &&
                         name != "quantization_config";
      if (tower) imported.model.not_counted.push_back(name);
    }
    return imported;
  }

  const auto type_member = cursor.find("model_type");
  const std::string type =
      type_member && type_member->is_text() ? type_member->text().value_or("") : "";
  const Family* family = as.empty() ? family_of(cursor, type) : family_of_type(as);
  if (family == nullptr) {
    const std::string wanted = as.empty() ? type : as;
    const std::string near = nearest(wanted, supported_families());
    const std::string remedy =
        (near.empty() ? "" : "the nearest supported type is \"" + near + "\"; ") +
        std::string("`--as TYPE` forces one, at the price of a wrong count");
    const JsonCursor& at = type_member ? *type_member : cursor;
    at.fault(wanted.empty() ? "no model_type: not a config.json that can be counted"
                            : "unsupported architecture \"" + wanted + "\"",
             remedy);
    return imported;
  }
  const Config config(cursor);
  imported.model = family->read(config);
  imported.model.family = type.empty() ? family->model_type : type;
  warn_of_unread(cursor, imported.warnings);
  if (as.empty()) check_class(cursor, *family, imported.warnings);
  check_size(cursor, imported.model);
  return imported;
}

}  // namespace traincost
