#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/nearest.h"
#include "base/text.h"
#include "estimator/job/job_reader.h"

namespace traincost {
namespace {

constexpr const char* kLastEagerPractice = "2021-12";
constexpr const char* kReported = "reported";

// The records that stand for whatever a family of accelerators is trained with.
bool is_default(const Stack& stack) { return stack.framework.rfind("default-", 0) == 0; }

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// "Megatron-LM" and "NeMo v25.02" as records have them: "megatron-lm", "nemo-25.02".
std::string plain_name(const std::string& as_written) {
  const std::string written = lower(as_written);
  std::string name;
  for (std::size_t i = 0; i < written.size(); ++i) {
    const char c = written[i] == ' ' || written[i] == '_' ? '-' : written[i];
    const bool of_version =
        c == 'v' && name.ends_with('-') && i + 1 < written.size() && is_digit(written[i + 1]);
    if (!of_version) name += c;
  }
  return name;
}

// "nemo" of "nemo-25.02", and that version; all of the name where it has none.
std::pair<std::string, std::string> name_and_version(const std::string& name) {
  const auto dash = name.rfind('-');
  if (dash == std::string::npos || dash == 0 || dash + 1 == name.size()) return {name, ""};
  const std::string version = name.substr(dash + 1);
  if (!is_digit(version.front()) || version.find_first_not_of("0123456789.") != std::string::npos) {
    return {name, ""};
  }
  return {name.substr(0, dash), version};
}

// The last month of a year; months are compared as text.
std::string end_of(const std::string& year) { return year + "-12"; }

bool is_year(const std::string& text) {
  return text.size() == 4 && (text.rfind("19", 0) == 0 || text.rfind("20", 0) == 0) &&
         std::all_of(text.begin(), text.end(), is_digit);
}

bool is_month_number(const std::string& text) {
  return text.size() == 2 && text >= "01" && text <= "12" && is_digit(text[1]);
}

// The month of a version that is one, as NeMo's are: "2025-02" of "25.02" and "25.02.01", and of
// "2025" its end; nothing of "4.1".
std::string month_of(const std::string& version) {
  if (is_year(version)) return end_of(version);
  const bool dotted = version.size() >= 5 && version[2] == '.' &&
                      (version.size() == 5 || version[5] == '.') && version[0] == '2' &&
                      is_digit(version[1]) && is_month_number(version.substr(3, 2));
  return dotted ? "20" + version.substr(0, 2) + "-" + version.substr(3, 2) : "";
}

bool tpu(const Accelerator& accelerator) { return accelerator.vendor == "Google"; }

}  // namespace

void JobReader::read_stack() {
  std::string framework;
  std::string date;
  bool overlaps = true;
  std::optional<bool> compiled;
  const auto stack = root_.find("stack");
  const auto unnamed = [](const std::string& name) { return plain_name(name) == kReported; };
  bool named = false;
  if (stack && stack->is_text()) {
    named = !unnamed(stack->text().value_or(""));
    if (named) named_stack(*stack, stack->text().value_or(""), "");
  } else if (stack && stack->expect_object()) {
    overlaps = stack->boolean("overlap").value_or(true);
    compiled = stack->boolean("compiled");
    framework = stack->text("framework").value_or("");
    date = stack_date(*stack);
    if (const auto record = stack->find("record")) {
      named = true;
      named_stack(*record, record->text().value_or(""), date);
    }
    for (const char* key : {"version", "strategy"}) stack->accept(key);
    stack->finish();
  }
  if (!named) framework_stack(framework, date);
  if (!overlaps) overlap_nothing();
  compile_stack(compiled);
}

// A month, perhaps with its day, or a year, of which the end counts. What is none is a fault of who
// plans; a published row's is not read.
std::string JobReader::stack_date(const JsonCursor& stack) {
  std::string date = stack.text("date").value_or("");
  if (date.empty()) return date;
  const std::string year = date.substr(0, 4);
  if (is_year(date)) return end_of(year);
  const bool of_month =
      is_year(year) && date.size() >= 7 && date[4] == '-' && is_month_number(date.substr(5, 2));
  if (of_month && (date.size() == 7 || (date.size() == 10 && date[7] == '-'))) return date;
  const std::string what = "expected a month such as 2024-07, found \"" + date + "\"";
  if (open_ != OpenLayout::kComplete) {
    stack.find("date")->fault(what, "");
    return "";
  }
  std::string read = is_year(year) ? end_of(year) : "";
  warn("W0210", what + (read.empty() ? "" : "; " + read + " is taken"));
  return read;
}

void JobReader::framework_stack(std::string framework, std::string date) {
  const bool reported = plain_name(framework) == kReported;
  std::string era;
  if ((framework.empty() || reported) && date.empty() && before_fused_attention()) {
    // Pipelines that were reported of those years ran mostly on Megatron-DeepSpeed (BLOOM,
    // Megatron-Turing NLG, GPT-NeoX); who plans takes the faster one.
    const bool pipeline = reported && states_pipeline();
    framework = pipeline ? "megatron-deepspeed" : "megatron-lm";
    date = kLastEagerPractice;
    era = pipeline ? "; most reported pipelines of before Hopper ran on it"
                   : "; the practice before Hopper";
  } else if (reported) {
    framework.clear();  // somebody's: nobody says whose
  }
  take_stack(choose_stack(db_, framework, date, job_.accelerator), era,
             framework.empty() ? Origin::kDefault : Origin::kDerived);
}

void JobReader::take_stack(ChosenStack chosen, const std::string& era, Origin origin) {
  job_.stack = std::move(chosen.stack);
  job_.names_software = !is_default(job_.stack) && era.empty();
  assume("/stack", job_.stack.record.id, chosen.why + era, origin);
  if (!chosen.doubt.empty()) {
    warn("W0205",
         chosen.doubt + "; " + job_.stack.record.id + " is taken: traincost hw list stacks");
  }
}

// Of a stack whose element-wise work is PyTorch's own.
void JobReader::compile_stack(std::optional<bool> compiled) {
  if (!job_.stack.eager_element_wise) {
    if (compiled.value_or(false)) {
      warn("W0206", "compiled changes nothing: the kernels of " + job_.stack.record.id +
                        " are fused already");
    }
    return;
  }
  job_.stack.eager_element_wise = !compiled.value_or(false);
  if (compiled) return;
  assume("/stack/compiled", "false", "PyTorch's own element-wise kernels, unless it is true",
         Origin::kDefault);
}

void JobReader::overlap_nothing() {
  hide_nothing(job_.stack);
  assume("/stack/overlap", "none", "the job says that no communication hides", Origin::kFile);
}

bool JobReader::states_pipeline() const {
  const auto layout = root_.find("layout");
  const JsonValue* pp = layout ? layout->value().find("pp") : nullptr;
  return pp != nullptr && pp->kind == JsonValue::Kind::kNumber && pp->number > 1;
}

// An undated run of a model with two-matrix feed-forwards on a chip from before Hopper is of the
// years before fused attention.
bool JobReader::before_fused_attention() const {
  const std::string& chip = job_.accelerator.architecture;
  const bool old_chip = chip == "Ampere" || chip == "Volta";
  return old_chip && !job_.model.kinds.empty() && !job_.model.kinds.front().dense.gated;
}

// A record or, of a framework, the newest.
void JobReader::named_stack(const JsonCursor& at, const std::string& name,
                            const std::string& date) {
  ChosenStack chosen = choose_stack(db_, name, date, job_.accelerator);
  if (!chosen.known) {
    std::vector<std::string> known;
    for (const Stack& stack : db_.stacks()) {
      known.push_back(stack.record.id);
      known.push_back(stack.framework);
      known.insert(known.end(), stack.record.aliases.begin(), stack.record.aliases.end());
    }
    const std::string near = did_you_mean(plain_name(name), known);
    at.fault("no stack \"" + name + "\" in hwdb",
             (near.empty() ? "" : near + " ") +
                 "`traincost hw list stacks` shows all; {\"framework\": \"" + name +
                 "\"} takes the default of the accelerator's family");
    return;
  }
  if (chosen.stack.record.id == name) {
    job_.stack = std::move(chosen.stack);
    job_.names_software = !is_default(job_.stack);
    return;
  }
  take_stack(std::move(chosen), "", Origin::kDerived);
}

ChosenStack choose_stack(const HardwareDb& db, const std::string& framework,
                         const std::string& date, const Accelerator& accelerator) {
  const std::string plain = plain_name(framework);
  const auto [stem, version] = name_and_version(plain);
  const auto is_named = [](const Stack& stack, const std::string& name) {
    const auto& aliases = stack.record.aliases;
    return !name.empty() && (stack.framework == name ||
                             std::find(aliases.begin(), aliases.end(), name) != aliases.end());
  };
  for (const std::string& name : {plain, stem}) {
    const std::string until = date.empty() && name != plain ? month_of(version) : date;
    std::optional<Stack> best, earliest;
    for (const Stack& stack : db.stacks()) {
      if (stack.record.id == name && name == plain) {
        return {stack, "the record of that name", true, ""};
      }
      if (!is_named(stack, name)) continue;
      const bool in_time = until.empty() || stack.date <= until;
      if (in_time && (!best || stack.date > best->date)) best = stack;
      if (!earliest || stack.date < earliest->date) earliest = stack;
    }
    if (best) {
      const bool read = name == plain || !until.empty();
      return {*best,
              "the newest record of " + name + (until.empty() ? "" : " that is not after " + until),
              true, read ? "" : "version " + version + " of " + name + " is not read"};
    }
    if (earliest) {
      return {*earliest, "the earliest record of " + name, true,
              "no record of " + name + " is of " + until + " or before"};
    }
  }
  const std::string fallback = tpu(accelerator) ? "default-tpu" : "default-gpu";
  auto stack = db.stack(fallback);
  if (!stack) {
    throw InputError(Fault{"", 0, "", "the database holds no stack \"" + fallback + "\"", ""});
  }
  std::string why = "the default of the accelerator's family";
  if (framework.empty()) return {std::move(*stack), why, false, ""};
  return {std::move(*stack), why + "; " + framework + " is not recorded", false,
          framework + " is not recorded"};
}

}  // namespace traincost
