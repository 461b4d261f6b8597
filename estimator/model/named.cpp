#include "estimator/model/named.h"

#include <filesystem>

#include "base/foreign.h"
#include "base/json.h"
#include "base/nearest.h"
#include "base/read_file.h"
#include "estimator/model/embedded.h"
#include "estimator/model/native.h"

namespace traincost {
namespace {

ImportedModel parse_model(std::string_view text, const std::string& file, const std::string& as) {
  const JsonValue document = parse_json(text, file);
  if (const auto foreign = foreign_json(document)) {
    throw InputError(Fault{file, 0, "", foreign->what, foreign->remedy});
  }
  Faults faults;
  ImportedModel imported = read_model(JsonCursor(document, file, faults), as);
  faults.throw_if_any();
  return imported;
}

}  // namespace

ImportedModel read_model(const JsonCursor& cursor, const std::string& as) {
  if (!as.empty() || looks_like_hf_config(cursor)) return read_hf_config(cursor, as);
  return {read_native_model(cursor), {}};
}

namespace {

// As ids are written: "Llama 3.1_70B" is "llama-3.1-70b".
std::string folded(std::string_view name) {
  std::string id;
  for (const char c : name) {
    const bool gap = c == ' ' || c == '_';
    if (gap && (id.empty() || id.back() == '-')) continue;
    id += gap ? '-' : c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  while (!id.empty() && id.back() == '-') id.pop_back();
  return id;
}

}  // namespace

std::optional<ImportedModel> find_model(std::string_view asked) {
  const std::string name = folded(asked);
  for (const EmbeddedFile& file : embedded_model_files()) {
    if (file.id != name) continue;
    ImportedModel imported = parse_model(
        file.text,
        "estimator/model/data/" + std::string(file.room) + "/" + std::string(file.id) + ".json",
        "");
    imported.model.name = name;
    return imported;
  }
  return std::nullopt;
}

std::vector<std::string> model_names() {
  std::vector<std::string> names;
  for (const EmbeddedFile& file : embedded_model_files()) names.emplace_back(file.id);
  return names;
}

ImportedModel load_model(const std::string& name_or_path, const std::string& as) {
  std::error_code error;
  const bool path =
      files_are_read() && (name_or_path == "-" || std::filesystem::exists(name_or_path, error));
  if (!path) {
    if (auto model = find_model(name_or_path)) return std::move(*model);
    const bool looks_like_path = name_or_path.find('/') != std::string::npos ||
                                 name_or_path.find(".json") != std::string::npos;
    if (looks_like_path) throw InputError(Fault{name_or_path, 0, "", "no such file", ""});
    const std::string near = did_you_mean_one_of(name_or_path, model_names());
    throw InputError(Fault{"", 0, "", "no model \"" + name_or_path + "\"",
                           (near.empty() ? "" : near + " ") +
                               "`traincost hw list --models` shows all; a path to a config.json "
                               "works too"});
  }
  ImportedModel imported = parse_model(read_file(name_or_path), name_or_path, as);
  if (imported.model.name.empty()) {
    imported.model.name = std::filesystem::path(name_or_path).stem().string();
  }
  return imported;
}

}  // namespace traincost
