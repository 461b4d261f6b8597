// Models by name, and the three ways in which a file or a job may give one.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "estimator/model/architecture.h"
#include "estimator/model/hf_config.h"

namespace traincost {

// A shipped model ("deepseek-v3"); nothing where the name is unknown.
[[nodiscard]] std::optional<ImportedModel> find_model(std::string_view name);

// The names of shipped models, sorted.
[[nodiscard]] std::vector<std::string> model_names();

// A model object: a Hugging Face config.json, DeepSeek's own form, or native dimensions.
[[nodiscard]] ImportedModel read_model(const JsonCursor& cursor, const std::string& as = "");

// A model by name, or from the file of that path. Throws InputError.
[[nodiscard]] ImportedModel load_model(const std::string& name_or_path, const std::string& as = "");

}  // namespace traincost
