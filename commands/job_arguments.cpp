#include "commands/job_arguments.h"

#include <algorithm>
#include <optional>

#include "base/foreign.h"
#include "base/json_path.h"
#include "base/parse_quantity.h"
#include "base/read_file.h"
#include "estimator/job/resolve.h"
#include "estimator/questions/choice.h"
#include "estimator/run/cost.h"

namespace traincost {
namespace {

// An option that sets a member of the job.
struct Shortcut {
  const char* option;
  const char* path;
};
constexpr Shortcut kShortcuts[] = {
    {"model", "model"},
    {"accelerator", "cluster.accelerator"},
    {"accelerators", "cluster.count"},
    {"gpus", "cluster.count"},
    {"tokens", "run.tokens"},
    {"sequence-length", "run.sequence_length"},
    {"global-batch", "run.global_batch"},
    {"min-batch", "run.min_batch"},
    {"max-batch", "run.max_batch"},
    {"micro-batch", "run.micro_batch"},
    {"memory-reserve", "search.memory_reserve"},
    {"precision", "run.precision"},
    {"price", "pricing.price"},
    {"method", "pricing.method"},
    {"stack", "stack"},
};

// "4%" as 0.04; others as they are.
std::string share_text(const std::string& text) {
  if (text.empty() || text.back() != '%') return text;
  const auto percent = parse_number(text.substr(0, text.size() - 1));
  return percent ? std::to_string(*percent / 100) : text;
}

// What the short form cannot do without.
void expect_short_form(const Arguments& arguments) {
  for (const char* name : {"model", "accelerator", "tokens"}) {
    if (!arguments.has(name)) {
      throw UsageError{"expected a job file, or --model, --accelerator and --tokens; --" +
                           std::string(name) + " is missing",
                       "such as --model llama-3.1-8b --accelerator h100-sxm --tokens 1T"};
    }
  }
  if (arguments.value("accelerators", arguments.value("gpus")).empty()) {
    throw UsageError{"--accelerators is missing", "such as --accelerators 1024"};
  }
}

// Options laid over a job file, or making one.
void apply_shortcuts(JobSpec& spec, const Arguments& arguments, Faults& faults) {
  for (const Shortcut& each : kShortcuts) {
    if (!arguments.has(each.option)) continue;
    const std::string text = arguments.value(each.option);
    const std::string path = each.path;
    if (path == "pricing.price") {
      const std::string eaten = eaten_by_shell(each.option, text);
      if (!eaten.empty()) throw UsageError{"--price: \"" + text + "\" is no price", eaten};
    }
    // Names stay texts, whatever they look like; so do tokens without a unit.
    const bool tokens = path == "run.min_batch" || path == "run.max_batch";
    const JsonValue value =
        path == "model" ? text_value(text)
        : tokens && parse_number(text)
            ? text_value(text + " tokens")
            : loose_json(path == "search.memory_reserve" ? share_text(text) : text);
    set_member(spec, path, JsonCursor(value, spec.file, faults));
  }
}

// Members that the question does not read as they are meant.
void warn_of_idle_settings(Job& job, const Arguments& arguments, bool searches) {
  const bool open = std::any_of(job.phases.begin(), job.phases.end(),
                                [](const Phase& phase) { return phase.open.layout; });
  const auto warn = [&](const std::string& what) {
    job.warnings.push_back({WarningCode::kIdleSetting, what});
  };
  for (const std::string& each : arguments.values("set")) {
    const std::string path = dotted_path(each.substr(0, each.find('=')));
    const auto within = [&](const std::string& section) {
      return path.rfind(section + ".", 0) == 0;
    };
    const std::string knob = path.substr(path.find('.') + 1);
    const bool of_batch = path.rfind("run.recompute", 0) == 0 || path == "run.micro_batch";
    if (searches && !open && (within("layout") || of_batch)) {
      warn("--set " + path +
           " is of the job's own layout, which this compares with others; --set search." + knob +
           " pins the knob");
    } else if (!searches && !open && within("search")) {
      warn("--set " + path + " pins a knob of `traincost search`; --set layout." + knob +
           " sets it here");
    }
  }
}

}  // namespace

void set_members(JobSpec& spec, const Arguments& arguments, Faults& faults) {
  for (const std::string& assignment : arguments.values("set")) {
    const std::size_t equals = assignment.find('=');
    if (equals == std::string::npos || equals == 0) {
      throw UsageError{"--set expects PATH=VALUE, found \"" + assignment + "\"",
                       "such as --set layout.tp=8"};
    }
    const JsonValue value = loose_json(assignment.substr(equals + 1));
    set_member(spec, assignment.substr(0, equals), JsonCursor(value, spec.file, faults));
  }
}

JsonValue read_document(const Arguments& arguments, const std::string& file) {
  const std::string text = read_input(arguments, file);
  const std::string name = file == "-" ? "standard input" : file;
  const auto refuse = [&](const ForeignDocument& foreign) {
    throw InputError(Fault{name, 0, "", foreign.what, foreign.remedy});
  };
  if (const auto foreign = foreign_text(text, file)) refuse(*foreign);
  JsonValue document = parse_json(text, name);
  if (const auto foreign = foreign_json(document)) refuse(*foreign);
  if (document.find("model_type") != nullptr || document.find("num_hidden_layers") != nullptr) {
    refuse({"is a model's config.json, not a job", "traincost estimate --model " + file +
                                                       " --accelerator ID --accelerators N "
                                                       "--tokens T"});
  }
  return document;
}

SpecArguments spec_of(const Arguments& arguments) {
  expect_positional(arguments, 0, 1, "one job file");
  SpecArguments read;
  if (arguments.positional.empty()) {
    expect_short_form(arguments);
    read.spec.file = "command line";
  } else {
    if (arguments.has("tokens")) {
      throw UsageError{"--tokens belongs to the short form",
                       "with a job file use --set run.tokens=... or --set phases.0.tokens=..."};
    }
    const std::string file = arguments.positional.front();
    const JsonValue document = read_document(arguments, file);
    read.spec = read_spec(JsonCursor(document, file, read.faults));
  }
  apply_shortcuts(read.spec, arguments, read.faults);
  set_members(read.spec, arguments, read.faults);
  return read;
}

void pin_options(JobSpec& spec, const Arguments& arguments) {
  if (!arguments.has("micro-batch") || !spec.run || !spec.run->micro_batch) return;
  if (!spec.search) spec.search.emplace();
  if (spec.search->micro_batch.empty()) spec.search->micro_batch = {*spec.run->micro_batch};
}

AskedJob asked_job(const Arguments& arguments, const HardwareDb& database, Layouts layouts) {
  SpecArguments read = spec_of(arguments);
  const bool searches = layouts == Layouts::kLeftOpen;
  if (searches) pin_options(read.spec, arguments);
  Job job = resolve(read.spec, database, read.faults);
  job = searches ? with_stated_layouts_chosen(std::move(job)) : with_chosen_layouts(std::move(job));
  for (const std::string& assignment : arguments.values("set")) {
    job.assumptions.push_back({"--set", assignment, "given on the command line", Origin::kUser});
  }
  if (searches) {
    expect_hourly_method(read.spec);
    warn_of_medians(read.spec, job.warnings);
  }
  warn_of_idle_settings(job, arguments, searches);
  return {std::move(read.spec), std::move(job)};
}

Job job_of(const Arguments& arguments, const HardwareDb& database, Layouts layouts) {
  return asked_job(arguments, database, layouts).job;
}

void expect_hourly_method(const JobSpec& spec) {
  const std::string method = spec.pricing ? spec.pricing->method.value_or("") : "";
  const bool hourly =
      method != kAllMethods && method != name_of(kCostMethods, CostMethod::kAcquisition);
  if (hourly) return;
  throw InputError(Fault{spec.file, spec.line_of("/pricing/method"), "/pricing/method",
                         "\"" + method + "\" is a method of `estimate`: this question counts hours",
                         "rental, ownership or amortised"});
}

void warn_of_medians(const JobSpec& spec, std::vector<Warning>& warnings) {
  std::string paths;
  for (const UncertainMember& each : spec.uncertain) {
    paths += (paths.empty() ? "" : ", ") + each.path;
  }
  if (paths.empty()) return;
  warnings.push_back(
      {WarningCode::kIdleSetting,
       "ranges are taken at their medians here: " + paths + "; `traincost estimate` samples them"});
}

std::string warning_lines(const std::vector<Warning>& warnings) {
  std::string lines;
  for (const Warning& warning : warnings) {
    lines += "warning " + std::string(warning.id()) + ": " + warning.message + "\n";
  }
  return lines;
}

}  // namespace traincost
