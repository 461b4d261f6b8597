#include "commands/job_arguments.h"

#include <optional>

#include "base/json_path.h"
#include "base/read_file.h"

namespace traincost {
namespace {

JsonValue text_value(std::string text) {
  JsonValue value;
  value.kind = JsonValue::Kind::kText;
  value.text = std::move(text);
  return value;
}

JsonValue& member(JsonValue& object, const std::string& key) {
  if (JsonValue* found = object.find(key)) return *found;
  object.members.push_back({key, {}});
  return object.members.back().value;
}

void set_text(JsonValue& document, const std::string& section, const std::string& key,
              const std::string& text) {
  JsonValue& home = section.empty() ? document : member(document, section);
  home.kind = JsonValue::Kind::kObject;
  member(home, key) = loose_json(text);
}

// The short form builds the document that a file would hold.
JsonValue short_form(const Arguments& arguments) {
  JsonValue document;
  document.kind = JsonValue::Kind::kObject;
  for (const char* name : {"model", "accelerator", "tokens"}) {
    if (!arguments.has(name)) {
      throw UsageError{"expected a job file, or --model, --accelerator and --tokens; --" +
                           std::string(name) + " is missing",
                       "such as --model llama-3.1-8b --accelerator h100-sxm --tokens 1T"};
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
    {"stack", "", "stack"},
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
  for (const std::string& each : arguments.values("set")) {
    // A stack that is a text is its record's name, beside which other members can stand.
    JsonValue* stack = document.find("stack");
    if (stack != nullptr && stack->kind == JsonValue::Kind::kText && each.rfind("stack.", 0) == 0) {
      const JsonValue name = *stack;
      *stack = {};
      stack->kind = JsonValue::Kind::kObject;
      member(*stack, "record") = name;
    }
    traincost::set_value(document, each);
  }
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
  const auto fault =
      set_json(document, assignment.substr(0, equals), loose_json(assignment.substr(equals + 1)));
  if (fault) throw UsageError{"--set: " + fault->message, fault->remedy};
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

void pin_options(JsonValue& document, const Arguments& arguments) {
  if (!arguments.has("micro-batch") || document.kind != JsonValue::Kind::kObject) return;
  JsonValue& search = member(document, "search");
  search.kind = JsonValue::Kind::kObject;
  if (search.find("micro_batch") == nullptr) {
    member(search, "micro_batch") = loose_json(arguments.value("micro-batch"));
  }
}

// Members that the question does not read as they are meant.
void warn_of_idle_settings(Job& job, const Arguments& arguments, bool searches) {
  const auto warn = [&](const std::string& what) { job.warnings.push_back({"W0209", what}); };
  for (const std::string& each : arguments.values("set")) {
    const std::string path = each.substr(0, each.find('='));
    const auto within = [&](const std::string& section) {
      return path.rfind(section + ".", 0) == 0;
    };
    const std::string knob = path.substr(path.find('.') + 1);
    if (searches &&
        (within("layout") || path.rfind("run.recompute", 0) == 0 || path == "run.micro_batch")) {
      warn("--set " + path +
           " is of the job's own layout, which this compares with others; --set search." + knob +
           " pins the knob");
    } else if (!searches && within("search")) {
      warn("--set " + path + " pins a knob of `traincost search`; --set layout." + knob +
           " sets it here");
    }
  }
}

Job job_of(const Arguments& arguments, const HardwareDb& database, OpenLayout open) {
  JobDocument read = job_document(arguments);
  if (open == OpenLayout::kLeave) pin_options(read.document, arguments);
  Job job = read_job(read.document, read.file, database, Faults::Unknown::kFault, open);
  note_user_settings(job, arguments);
  warn_of_idle_settings(job, arguments, open == OpenLayout::kLeave);
  return job;
}

std::string warning_lines(const std::vector<Warning>& warnings) {
  std::string lines;
  for (const Warning& warning : warnings) {
    lines += "warning " + warning.code + ": " + warning.message + "\n";
  }
  return lines;
}

}  // namespace traincost
