#include "commands/job_arguments.h"

#include <optional>

#include "base/json.h"
#include "base/parse_quantity.h"
#include "base/read_file.h"

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
          "traincost help estimate"};
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
  for (const std::string& each : arguments.values("set")) traincost::set_value(document, each);
}

void note_user_settings(Job& job, const Arguments& arguments) {
  for (const std::string& assignment : arguments.values("set")) {
    job.assumptions.push_back({"--set", assignment, "given on the command line", Origin::kUser});
  }
}

}  // namespace

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

JobDocument job_document(const Arguments& arguments) {
  expect_positional(arguments, 0, 1, "one job file");
  const bool from_file = !arguments.positional.empty();
  JobDocument job;
  job.file = from_file ? arguments.positional.front() : "command line";
  job.document = from_file ? parse_json(read_file(job.file), job.file) : short_form(arguments);
  if (job.document.kind == JsonValue::Kind::kObject) {
    apply_options(job.document, arguments, from_file);
  }
  return job;
}

Job job_of(const Arguments& arguments, const HardwareDb& database) {
  const JobDocument read = job_document(arguments);
  Job job = read_job(read.document, read.file, database);
  note_user_settings(job, arguments);
  return job;
}

std::string warning_lines(const Job& job) {
  std::string lines;
  for (const Warning& warning : job.warnings) {
    lines += "warning " + warning.code + ": " + warning.message + "\n";
  }
  return lines;
}

}  // namespace traincost
