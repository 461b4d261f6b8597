#include "estimator/questions/job_reader.h"

#include <algorithm>
#include <cctype>
#include <string>
#include <string_view>
#include <utility>

#include "base/units.h"

namespace traincost {
namespace {

using namespace unit;

constexpr const char* kLastEagerPractice = "2021-12";

// The records that stand for whatever a family of accelerators is trained with.
bool is_default(const Stack& stack) { return stack.framework.rfind("default-", 0) == 0; }

// "Megatron-LM" and "Transformer Engine" as records have them.
std::string plain_name(std::string name) {
  for (char& c : name) {
    c = c == ' ' || c == '_' ? '-' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return name;
}

// "nemo" of "nemo-25.02", "mlperf" of "mlperf-v4.1".
std::string without_version(const std::string& name) {
  const auto digit = name.find_first_of("0123456789");
  if (digit == std::string::npos) return name;
  std::string stem = name.substr(0, digit);
  if (stem.size() > 1 && stem.back() == 'v' && stem[stem.size() - 2] == '-') stem.pop_back();
  while (!stem.empty() && stem.back() == '-') stem.pop_back();
  return stem;
}

bool tpu(const Accelerator& accelerator) { return accelerator.vendor == "Google"; }

}  // namespace

void JobReader::read_hardware() {
  const auto cluster = root_.require("cluster");
  if (!cluster || !cluster->expect_object()) return;
  const auto name = cluster->require("accelerator");
  if (!name) return;
  const std::string id = name->text().value_or("");
  auto found = db_.accelerator(id);
  if (!found) {
    const auto fault = db_.name_fault("accelerators", id);
    name->fault(fault.message, fault.remedy);
    return;
  }
  job_.accelerator = std::move(*found);
  job_.engine = db_.engine();
  job_.engine_error = db_.engine_error();
  read_system(*cluster);
  read_stack();
  read_reliability();
  read_grid();
}

void JobReader::read_system(const JsonCursor& cluster) {
  const auto name = cluster.find("system");
  if (!name) {
    const auto node = cluster.integer("node_size", {1, 1024});
    job_.system = default_system(db_, job_.accelerator, static_cast<int>(node.value_or(0)));
    const bool of_that_size = node && job_.system.node_size == *node;
    assume("/cluster/system", job_.system.record.id,
           of_that_size ? "the system with nodes of that size that this accelerator is built into"
                        : "the system that this accelerator is usually built into",
           Origin::kDefault);
    return;
  }
  const std::string id = name->text().value_or("");
  auto found = db_.system(id);
  if (!found) {
    const auto fault = db_.name_fault("systems", id);
    name->fault(fault.message, fault.remedy);
    return;
  }
  job_.system = std::move(*found);
  const auto& built = job_.system.accelerators;
  if (std::find(built.begin(), built.end(), job_.accelerator.record.id) == built.end()) {
    warn("W0203", "system " + id + " is not recorded with " + job_.accelerator.record.id);
  }
}

void JobReader::read_stack() {
  std::string framework;
  std::string date;
  const auto stack = root_.find("stack");
  if (stack && stack->is_text() && stack->text() != "reported") {
    named_stack(*stack, stack->text().value_or(""));
    return;
  }
  bool overlaps = true;
  std::optional<bool> compiled;
  if (stack && !stack->is_text() && stack->expect_object()) {
    overlaps = stack->boolean("overlap").value_or(true);
    if (const auto record = stack->find("record")) {
      named_stack(*record, record->text().value_or(""));
      framework.clear();
    }
    framework = stack->text("framework").value_or("");
    date = stack->text("date").value_or("");
    for (const char* key : {"version", "strategy"}) stack->accept(key);
    compiled = stack->boolean("compiled");
    stack->finish();
    if (stack->find("record")) {
      if (!overlaps) overlap_nothing();
      settle_compilation(compiled);
      return;
    }
  }
  std::string era;
  if ((framework.empty() || framework == "reported") && date.empty() && before_fused_attention()) {
    // Pipelines that were reported of those years ran mostly on Megatron-DeepSpeed (BLOOM,
    // Megatron-Turing NLG, GPT-NeoX); who plans takes the faster one.
    const bool pipeline = framework == "reported" && states_pipeline();
    framework = pipeline ? "megatron-deepspeed" : "megatron-lm";
    date = kLastEagerPractice;
    era = pipeline ? "; most reported pipelines of before Hopper ran on it"
                   : "; the practice before Hopper";
  }
  if (framework == "reported") framework.clear();  // somebody's: nobody says whose
  ChosenStack chosen = choose_stack(db_, framework, date, job_.accelerator);
  const bool known = chosen.known;
  job_.stack = std::move(chosen.stack);
  job_.names_software = !is_default(job_.stack) && era.empty();
  assume("/stack", job_.stack.record.id, chosen.why + era,
         framework.empty() ? Origin::kDefault : Origin::kDerived);
  if (!framework.empty() && !known) {
    warn("W0205", framework + " is not recorded; " + job_.stack.record.id +
                      " is taken: traincost hw list stacks");
  }
  if (!overlaps) overlap_nothing();
  settle_compilation(compiled);
}

void JobReader::settle_compilation(std::optional<bool> compiled) {
  if (!job_.stack.eager_element_wise) return;
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

void JobReader::named_stack(const JsonCursor& at, const std::string& id) {
  auto found = db_.stack(id);
  if (!found || found->record.id != id) {
    ChosenStack chosen = choose_stack(db_, id, "", job_.accelerator);
    if (chosen.known) {
      found = std::move(chosen.stack);
      assume("/stack", found->record.id, chosen.why, Origin::kDerived);
    }
  }
  if (!found) {
    const auto fault = db_.name_fault("stacks", id);
    at.fault(fault.message, fault.remedy);
    return;
  }
  job_.stack = std::move(*found);
  job_.names_software = !is_default(job_.stack);
}

void JobReader::read_reliability() {
  const auto member = root_.find("reliability");
  std::string id = "default";
  if (member && member->is_text()) id = member->text().value_or("");
  auto found = db_.reliability(id);
  if (!found) {
    const auto fault = db_.name_fault("reliability", id);
    if (member) member->fault(fault.message, fault.remedy);
    return;
  }
  job_.reliability = std::move(*found);
  if (member && !member->is_text()) {
    if (!member->expect_object()) return;
    Reliability& r = job_.reliability;
    r.failures_per_node_day =
        member->number("failures_per_node_day", {0, 1}).value_or(r.failures_per_node_day);
    r.checkpoint_write =
        member->quantity<Dimension{.second = 1}>("checkpoint_write").value_or(r.checkpoint_write);
    r.restart = member->quantity<Dimension{.second = 1}>("restart").value_or(r.restart);
    member->finish();
    return;
  }
  if (!member) {
    assume("/reliability", job_.reliability.record.id,
           "failures as on " + job_.reliability.record.name, Origin::kDefault);
  }
}

void JobReader::read_grid() {
  const auto member = root_.find("grid");
  const std::string id = member ? member->text().value_or("") : "default";
  auto found = db_.grid(id);
  if (!found) {
    const auto fault = db_.name_fault("grids", id);
    if (member) member->fault(fault.message, fault.remedy);
    return;
  }
  job_.grid = std::move(*found);
  if (!member) {
    assume("/grid", job_.grid.record.id, "PUE and carbon of " + job_.grid.record.name,
           Origin::kDefault);
  }
}

ChosenStack choose_stack(const HardwareDb& db, const std::string& framework,
                         const std::string& date, const Accelerator& accelerator) {
  const std::string plain = plain_name(framework);
  for (const std::string& name : {plain, without_version(plain)}) {
    std::optional<Stack> best, earliest;
    for (const Stack& stack : db.stacks()) {
      const auto& aliases = stack.record.aliases;
      const bool named =
          !name.empty() && (stack.framework == name ||
                            std::find(aliases.begin(), aliases.end(), name) != aliases.end());
      if (!named) continue;
      const bool in_time = date.empty() || stack.date <= date;
      if (in_time && (!best || stack.date > best->date)) best = stack;
      if (!earliest || stack.date < earliest->date) earliest = stack;
    }
    if (best) {
      return {
          *best,
          "the newest record of " + framework + (date.empty() ? "" : " that is not after " + date),
          true};
    }
    if (earliest) {
      return {*earliest, "the earliest record of " + framework + "; none is of " + date, true};
    }
  }
  const std::string fallback = tpu(accelerator) ? "default-tpu" : "default-gpu";
  std::string why = "the default of the accelerator's family";
  if (!framework.empty()) why += "; " + framework + " is not recorded";
  auto stack = db.stack(fallback);
  if (!stack) {
    throw InputError(Fault{"", 0, "", "the database holds no stack \"" + fallback + "\"", ""});
  }
  return {std::move(*stack), why};
}

System default_system(const HardwareDb& db, const Accelerator& accelerator, int node_size) {
  if (auto found = db.usual_system(accelerator.record.id, node_size)) return std::move(*found);
  auto generic = db.system("pcie-node");
  if (!generic) {
    throw InputError(Fault{
        "", 0, "",
        "the database holds no system for \"" + accelerator.record.id + "\" and no \"pcie-node\"",
        ""});
  }
  return std::move(*generic);
}

}  // namespace traincost
