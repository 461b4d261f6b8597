// The door between a page and the engine: a command's arguments as JSON in, its outcome as JSON
// out.
//
// {"command": "estimate", "positional": [], "options": {"model": ["llama-3.1-8b"]}}
//   -> {"status": 0, "output": "...", "messages": "..."}
#include <string>

#include "base/json.h"
#include "commands/answer.h"
#include "reports/csv.h"
#include "reports/report.h"

namespace traincost {
namespace {

struct PageCommand {
  const char* name;
  Outcome (*run)(const Arguments&);
};

// Those that a page has a use for: they read what they are given and write no files.
constexpr PageCommand kPageCommands[] = {
    {"estimate", run_estimate}, {"explain", run_explain}, {"search", run_search},
    {"size", run_size},         {"compare", run_compare}, {"check", run_check},
    {"claim", run_claim},       {"params", run_params},   {"hw", run_hw},
    {"prices", run_prices},     {"render", run_render},   {"diff", run_diff},
};

std::vector<std::string> texts_of(const JsonValue* list) {
  std::vector<std::string> texts;
  if (list == nullptr) return texts;
  for (const JsonValue& each : list->items) texts.push_back(each.text);
  return texts;
}

Outcome run(const std::string& question) {
  const JsonValue document = parse_json(question, "question");
  const JsonValue* name = document.find("command");
  Arguments arguments;
  arguments.positional = texts_of(document.find("positional"));
  if (const JsonValue* options = document.find("options")) {
    for (const JsonMember& each : options->members) {
      arguments.options[each.key] = texts_of(&each.value);
    }
  }
  for (const PageCommand& each : kPageCommands) {
    if (name != nullptr && name->text == each.name) return each.run(arguments);
  }
  throw UsageError{"the page has no such command", ""};
}

}  // namespace
}  // namespace traincost

extern "C" {

const char* traincost_ask(const char* question) {
  using namespace traincost;
  static std::string told;
  const Outcome outcome = answer([&] { return run(question); });
  told = "{\"status\": " + std::to_string(outcome.status) +
         ", \"output\": " + json_string(outcome.output) +
         ", \"messages\": " + json_string(outcome.messages) + "}";
  return told.c_str();
}

const char* traincost_style() {
  static const std::string style = traincost::page_style();
  return style.c_str();
}

const char* traincost_version() {
  static const std::string version =
      traincost::engine_version() + ", data of " + traincost::data_version();
  return version.c_str();
}
}
