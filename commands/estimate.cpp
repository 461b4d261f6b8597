#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <optional>

#include "base/json.h"
#include "base/parse_quantity.h"
#include "base/read_file.h"
#include "commands/common.h"
#include "estimator/model/named.h"
#include "estimator/questions/estimate.h"

namespace traincost {
namespace {

JsonValue text_value(std::string text) {
  JsonValue value;
  value.kind = JsonValue::Kind::kText;
  value.text = std::move(text);
  return value;
}

// What a person wrote after "=": JSON where it is JSON, a text otherwise.
JsonValue loose_value(const std::string& text) {
  if (const auto number = parse_number(text)) {
    JsonValue value;
    value.kind = JsonValue::Kind::kNumber;
    value.number = *number;
    return value;
  }
  try {
    return parse_json(text, "--set");
  } catch (const InputError&) {
    return text_value(text);
  }
}

JsonValue& member(JsonValue& object, const std::string& key) {
  if (JsonValue* found = object.find(key)) return *found;
  object.members.push_back({key, {}});
  return object.members.back().value;
}

// "layout.tp" or "/layout/tp"; a number steps into an array.
std::vector<std::string> path_steps(const std::string& path) {
  std::vector<std::string> steps;
  const char separator = !path.empty() && path.front() == '/' ? '/' : '.';
  std::string step;
  for (std::size_t i = separator == '/' ? 1 : 0; i <= path.size(); ++i) {
    if (i < path.size() && path[i] != separator) {
      step += path[i];
      continue;
    }
    steps.push_back(step);
    step.clear();
  }
  return steps;
}

void set_value(JsonValue& document, const std::string& assignment) {
  const std::size_t equals = assignment.find('=');
  if (equals == std::string::npos || equals == 0) {
    throw UsageError{"--set expects PATH=VALUE, found \"" + assignment + "\"",
                     "such as --set layout.tp=8"};
  }
  JsonValue* at = &document;
  const std::string path = assignment.substr(0, equals);
  for (const std::string& step : path_steps(path)) {
    if (step.empty()) throw UsageError{"empty step in --set path \"" + path + "\"", ""};
    if (at->kind == JsonValue::Kind::kArray) {
      const auto index = parse_number(step);
      if (!index || *index < 0 || *index >= static_cast<double>(at->items.size())) {
        throw UsageError{"--set path \"" + path + "\": no item \"" + step + "\"",
                         "the array has " + std::to_string(at->items.size()) + " items, from 0"};
      }
      at = &at->items[static_cast<std::size_t>(*index)];
      continue;
    }
    if (at->kind != JsonValue::Kind::kObject) {
      *at = {};
      at->kind = JsonValue::Kind::kObject;
    }
    at = &member(*at, step);
  }
  *at = loose_value(assignment.substr(equals + 1));
}

void set_text(JsonValue& document, const std::string& section, const std::string& key,
              const std::string& text) {
  JsonValue& home = section.empty() ? document : member(document, section);
  home.kind = JsonValue::Kind::kObject;
  member(home, key) = loose_value(text);
}

// The short form builds the document that a file would hold.
JsonValue short_form(const Arguments& arguments) {
  JsonValue document;
  document.kind = JsonValue::Kind::kObject;
  for (const char* name : {"model", "accelerator", "tokens"}) {
    if (!arguments.has(name)) {
      throw UsageError{
          "expected a job file, or --model, --accelerator, --accelerators and "
          "--tokens; --" +
              std::string(name) + " is missing",
          "traincost estimate --help"};
    }
  }
  const std::string count = arguments.value("accelerators", arguments.value("gpus"));
  if (count.empty()) {
    throw UsageError{"--accelerators is missing", "such as --accelerators 1024"};
  }
  member(document, "model") = text_value(arguments.value("model"));
  set_text(document, "cluster", "accelerator", arguments.value("accelerator"));
  set_text(document, "cluster", "count", count);
  set_text(document, "run", "tokens", arguments.value("tokens"));
  return document;
}

struct Shortcut {
  const char* option;
  const char* section;
  const char* key;
};
constexpr Shortcut kShortcuts[] = {
    {"sequence-length", "run", "sequence_length"},
    {"global-batch", "run", "global_batch"},
    {"micro-batch", "run", "micro_batch"},
    {"precision", "run", "precision"},
    {"price", "pricing", "price"},
};

// Options of the short form laid over a job file.
void apply_options(JsonValue& document, const Arguments& arguments, bool from_file) {
  if (from_file) {
    if (arguments.has("model")) member(document, "model") = text_value(arguments.value("model"));
    if (arguments.has("accelerator")) {
      set_text(document, "cluster", "accelerator", arguments.value("accelerator"));
    }
    const std::string count = arguments.value("accelerators", arguments.value("gpus"));
    if (!count.empty()) set_text(document, "cluster", "count", count);
    if (arguments.has("tokens")) {
      throw UsageError{"--tokens belongs to the short form",
                       "with a job file use --set run.tokens=... or --set phases.0.tokens=..."};
    }
  }
  for (const Shortcut& each : kShortcuts) {
    if (arguments.has(each.option)) {
      set_text(document, each.section, each.key, arguments.value(each.option));
    }
  }
  for (const std::string& assignment : arguments.values("set")) set_value(document, assignment);
}

// RFC 3339; SOURCE_DATE_EPOCH where set, now where --stamp asks for it, nothing otherwise.
std::optional<std::string> stamp(const Arguments& arguments) {
  std::time_t when = 0;
  if (const char* epoch = std::getenv("SOURCE_DATE_EPOCH")) {
    const auto seconds = parse_number(epoch);
    if (!seconds) throw UsageError{"SOURCE_DATE_EPOCH is not a number", ""};
    when = static_cast<std::time_t>(*seconds);
  } else if (arguments.has("stamp")) {
    when = std::time(nullptr);
  } else {
    return std::nullopt;
  }
  char text[40];
  std::tm parts{};
  gmtime_r(&when, &parts);
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

void note_user_settings(Job& job, const Arguments& arguments) {
  for (const std::string& assignment : arguments.values("set")) {
    job.assumptions.push_back({"--set", assignment, "given on the command line", Origin::kUser});
  }
}

}  // namespace

Outcome run_estimate(const Arguments& arguments) {
  expect_positional(arguments, 0, 1, "one job file");
  const bool from_file = !arguments.positional.empty();
  const std::string file = from_file ? arguments.positional.front() : "command line";
  JsonValue document = from_file ? parse_json(read_file(file), file) : short_form(arguments);
  if (document.kind == JsonValue::Kind::kObject) apply_options(document, arguments, from_file);
  const HardwareDb database = load_database(arguments);
  Job job = read_job(document, file, database);
  note_user_settings(job, arguments);

  const Estimate result = estimate(job);
  Outcome outcome;
  outcome.output = rendered(estimate_report(job, result, stamp(arguments)), arguments);
  for (const Warning& warning : job.warnings) {
    outcome.messages += "warning " + warning.code + ": " + warning.message + "\n";
  }
  outcome.status = result.fits() ? kOk : kInfeasible;
  return outcome;
}

}  // namespace traincost
