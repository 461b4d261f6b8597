#include "base/foreign.h"

#include <algorithm>
#include <initializer_list>

namespace traincost {
namespace {

// A kind of document, by keys that must all be there.
struct ForeignKind {
  std::initializer_list<std::string_view> keys;
  const char* what;
  const char* remedy;
};

const ForeignKind kKinds[] = {
    {{"peft_type"},
     "is the configuration of a LoRA adapter, not a model",
     "give the config.json of its base model (base_model_name_or_path)"},
    {{"zero_optimization"},
     "is a DeepSpeed configuration, not a model or a job",
     "state its parts in a job: layout.zero, run.offload, run.micro_batch"},
    {{"train_micro_batch_size_per_gpu"},
     "is a DeepSpeed configuration, not a model or a job",
     "state its parts in a job: layout.zero, run.offload, run.micro_batch"},
    {{"_diffusers_version"},
     "is a diffusion model's configuration: only decoders are counted",
     "give a language model's config.json"},
    {{"_class_name", "in_channels"},
     "is a diffusion model's configuration: only decoders are counted",
     "give a language model's config.json"},
    {{"dim", "n_layers", "norm_eps"},
     "is a params.json of Mistral's or Meta's own form",
     "give the config.json of the same model in Hugging Face's form"},
    {{"compute_environment", "distributed_type"},
     "is a configuration of accelerate, not a job",
     "state its parts in a job: cluster.count, layout, run.precision"},
    {{"tokenizer_class", "added_tokens_decoder"},
     "is a tokenizer's configuration, not a model",
     "give the config.json beside it"},
};

// "layers: 32" or "- name: x" at a line's beginning.
bool looks_like_yaml(std::string_view line) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || colon == 0) return false;
  const bool ends_key = colon + 1 == line.size() || line[colon + 1] == ' ';
  const std::string_view key = line.substr(0, colon);
  return ends_key && key.find_first_of("{}[]\"'=") == std::string_view::npos;
}

bool looks_like_toml(std::string_view line) {
  if (line.front() == '[' && line.back() == ']') {
    return line.find_first_of(",\"{") == std::string_view::npos && line.size() > 2 &&
           (line[1] < '0' || line[1] > '9');
  }
  const std::size_t equals = line.find(" = ");
  return equals != std::string_view::npos &&
         line.substr(0, equals).find_first_of(" {}\"") == std::string_view::npos;
}

}  // namespace

std::optional<ForeignDocument> foreign_json(const JsonValue& document) {
  if (document.kind != JsonValue::Kind::kObject) return std::nullopt;
  for (const ForeignKind& kind : kKinds) {
    const bool all = std::all_of(kind.keys.begin(), kind.keys.end(), [&](std::string_view key) {
      return document.find(key) != nullptr;
    });
    if (all) return ForeignDocument{kind.what, kind.remedy};
  }
  return std::nullopt;
}

std::optional<ForeignDocument> foreign_text(std::string_view text, std::string_view file) {
  const auto is = [](const char* what) {
    return ForeignDocument{std::string("is ") + what + ", not JSON",
                           "a job is a JSON object, {\"model\": ..., \"cluster\": ..., \"run\": "
                           "...}: see examples/, `traincost schema job`"};
  };
  if (text.substr(0, 2) == "#!" || file.ends_with(".sh")) return is("a shell script");
  if (file.ends_with(".yaml") || file.ends_with(".yml")) return is("YAML");
  if (file.ends_with(".toml")) return is("TOML");
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    while (!line.empty() && (line.front() == ' ' || line.front() == '\t')) line.remove_prefix(1);
    while (!line.empty() && (line.back() == ' ' || line.back() == '\r')) line.remove_suffix(1);
    if (line.empty() || line.front() == '#') continue;
    if (line.front() == '{' || line.front() == '"') return std::nullopt;
    if (line == "---" || looks_like_yaml(line)) return is("YAML");
    if (looks_like_toml(line)) return is("TOML");
    return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace traincost
