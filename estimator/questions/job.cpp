#include "estimator/questions/job.h"

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <string_view>
#include <utility>

#include "base/nearest.h"
#include "base/units.h"
#include "estimator/model/named.h"
#include "estimator/questions/estimate.h"
#include "estimator/run/cost.h"

namespace traincost {
namespace {

using namespace unit;

constexpr std::int64_t kDefaultSequence = 4096;
// Four million tokens a step, and on large clusters 1,024 for each accelerator: what GPT-3 and
// Llama 3 405B used.
constexpr std::int64_t kDefaultBatchTokens = 4194304;
constexpr std::int64_t kDefaultTokensPerAccelerator = 1024;
constexpr Range kDegree{1, 1 << 20};
constexpr Range kTokenRange{1, 1e18};
constexpr const char* kDefaultTier = "neocloud";
constexpr const char* kLastEagerPractice = "2021-12";

template <typename T>
struct Name {
  const char* name;
  T value;
};

constexpr Name<Schedule> kSchedules[] = {
    {"1f1b", Schedule::k1F1B},          {"interleaved", Schedule::kInterleaved},
    {"gpipe", Schedule::kGPipe},        {"zb-h1", Schedule::kZbH1},
    {"zb-v", Schedule::kZbV},           {"dualpipe", Schedule::kDualPipe},
    {"dualpipev", Schedule::kDualPipeV}};

constexpr Name<Recompute> kRecompute[] = {
    {"none", Recompute::kNone}, {"selective", Recompute::kSelective}, {"full", Recompute::kFull}};

// Megatron's names where it has one.
constexpr Name<Module> kModules[] = {
    {"layernorm", Module::kNorm},
    {"core_attn", Module::kCoreAttention},
    {"mla_up_proj", Module::kLatentUpProjection},
    {"activation", Module::kActivation},
    {"moe_act", Module::kActivation},
    {"mlp", Module::kFeedForward},
    {"shared_experts", Module::kFeedForward},
    {"moe", Module::kExperts},
};

constexpr Name<bool Batch::*> kOffloads[] = {{"activations", &Batch::offload_activations},
                                             {"optimizer", &Batch::offload_optimizer}};

constexpr Name<const char*> kPrecisions[] = {
    {"bf16", "bf16"},
    {"fp16", "fp16"},
    {"fp32", "fp32"},
    {"tf32", "tf32"},
    {"fp8", "fp8"},
    {"fp8-block", "fp8-block"},
    {"fp8-tensorwise", "fp8-tensorwise"},
    {"fp8-rowwise", "fp8-rowwise"},
    {"mxfp8", "mxfp8"},
    {"nvfp4", "nvfp4"},
    {"int8", "int8"},
};

constexpr Name<bool> kCaches[] = {{"bf16", false}, {"fp8", true}};

std::string count_text(std::int64_t value) { return std::to_string(value); }

// Reads one job document; its members are filled in the order in which they depend on each other.
class JobReader {
 public:
  JobReader(const JsonValue& document, std::string file, const HardwareDb& db,
            Faults::Unknown unknown)
      : faults_(unknown), root_(document, std::move(file), faults_), db_(db) {}

  Job read() {
    if (!root_.expect_object()) faults_.throw_if_any();
    read_header();
    read_model();
    read_hardware();
    faults_.throw_if_any();  // names first: what follows needs them
    read_phases();
    read_money();
    root_.finish();
    faults_.throw_if_any();
    for (const Fault& unknown : faults_.warnings()) warn("W0204", unknown.text());
    return std::move(job_);
  }

 private:
  void assume(std::string what, std::string value, std::string why, Origin origin) {
    for (const Assumption& known : job_.assumptions) {
      if (known.what == what && known.value == value) return;
    }
    job_.assumptions.push_back({std::move(what), std::move(value), std::move(why), origin});
  }

  void warn(std::string code, std::string message) {
    job_.warnings.push_back({std::move(code), std::move(message)});
  }

  void read_header() {
    if (const auto schema = root_.find("schema")) {
      if (schema->text().value_or("") != "traincost.job/1") {
        schema->fault("expected \"traincost.job/1\"");
      }
    }
    job_.name = root_.text("name").value_or("");
    job_.start = root_.text("start").value_or("");
    root_.accept("notes");
    if (const auto list = root_.find("assumptions")) {
      for (const JsonCursor& item : list->items()) {
        assume("file", item.text().value_or(""), "stated by the file", Origin::kFile);
      }
    }
    if (const auto list = root_.find("leaves_out")) {
      for (const JsonCursor& item : list->items()) {
        job_.leaves_out.push_back(item.text().value_or(""));
      }
    }
  }

  void read_model() {
    const auto member = root_.require("model");
    if (!member) return;
    ImportedModel imported;
    if (member->is_text()) {
      imported = model_by_name(*member);
    } else if (member->expect_object()) {
      imported = traincost::read_model(*member);
    }
    job_.model = std::move(imported.model);
    for (const std::string& warning : imported.warnings) warn("W0201", "model: " + warning);
    for (const std::string& part : job_.model.not_counted) {
      warn("W0202", "model: \"" + part + "\" is not counted");
    }
    if (job_.name.empty()) job_.name = job_.model.name;
  }

  ImportedModel model_by_name(const JsonCursor& member) {
    const std::string name = member.text().value_or("");
    if (auto found = find_model(name)) return std::move(*found);
    namespace fs = std::filesystem;
    const fs::path beside = fs::path(root_.file()).parent_path() / name;
    std::error_code error;
    if (fs::is_regular_file(beside, error)) return load_model(beside.string());
    const std::string near = did_you_mean(name, model_names());
    member.fault("no model \"" + name + "\"",
                 (near.empty() ? "" : near + " ") +
                     "a shipped name (`traincost hw list --models`), or a path to a config.json");
    return {};
  }

  void read_hardware() {
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

  void read_system(const JsonCursor& cluster) {
    const auto name = cluster.find("system");
    if (!name) {
      job_.system = default_system(db_, job_.accelerator);
      assume("/cluster/system", job_.system.record.id,
             "the system that this accelerator is usually built into", Origin::kDefault);
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

  void read_stack() {
    std::string framework;
    std::string date;
    const auto stack = root_.find("stack");
    if (stack && stack->is_text()) {
      named_stack(*stack, stack->text().value_or(""));
      return;
    }
    if (stack && stack->expect_object()) {
      if (const auto record = stack->find("record")) {
        named_stack(*record, record->text().value_or(""));
        framework.clear();
      }
      framework = stack->text("framework").value_or("");
      date = stack->text("date").value_or("");
      for (const char* key : {"version", "strategy"}) stack->accept(key);
      stack->accept("compiled");
      stack->finish();
      if (stack->find("record")) return;
    }
    if (framework.empty() || framework == "reported") {
      if (date.empty() && before_fused_attention()) {
        framework = "megatron-lm";
        date = kLastEagerPractice;
      }
    }
    ChosenStack chosen = choose_stack(db_, framework, date, job_.accelerator);
    job_.stack = std::move(chosen.stack);
    assume("/stack", job_.stack.record.id, chosen.why,
           framework.empty() ? Origin::kDefault : Origin::kDerived);
  }

  // An undated run of a model with two-matrix feed-forwards on a chip from before Hopper is of the
  // years before fused attention.
  [[nodiscard]] bool before_fused_attention() const {
    const std::string& chip = job_.accelerator.architecture;
    const bool old_chip = chip == "Ampere" || chip == "Volta";
    return old_chip && !job_.model.kinds.empty() && !job_.model.kinds.front().dense.gated;
  }

  void named_stack(const JsonCursor& at, const std::string& id) {
    auto found = db_.stack(id);
    if (!found) {
      const auto fault = db_.name_fault("stacks", id);
      at.fault(fault.message, fault.remedy);
      return;
    }
    job_.stack = std::move(*found);
  }

  void read_reliability() {
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

  void read_grid() {
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

  // The job's own section with the phase's laid over it, and where to say it stands.
  struct Section {
    JsonValue value;
    std::string pointer;
  };
  Section section(const JsonCursor* phase, const char* key) {
    Section merged;
    merged.value.kind = JsonValue::Kind::kObject;
    merged.pointer = std::string("/") + key;
    if (const auto own = root_.find(key)) {
      merged.value = own->value();
    }
    if (phase == nullptr) return merged;
    if (const auto over = phase->find(key)) {
      if (merged.value.kind != JsonValue::Kind::kObject) merged.value = {};
      if (merged.value.kind == JsonValue::Kind::kNull) {
        merged.value.kind = JsonValue::Kind::kObject;
      }
      merge_json(merged.value, over->value());
      merged.pointer = phase->pointer() + "/" + key;
    }
    return merged;
  }

  void read_phases() {
    const auto list = root_.find("phases");
    if (!list) {
      read_phase(nullptr, 0);
      return;
    }
    const auto items = list->items();
    if (items.empty()) list->fault("expected at least one phase");
    for (std::size_t i = 0; i < items.size(); ++i) {
      if (items[i].expect_object()) read_phase(&items[i], i);
    }
  }

  void read_phase(const JsonCursor* own, std::size_t index) {
    Phase phase;
    phase.name = own != nullptr ? own->text("name").value_or(
                                      "phase " + count_text(static_cast<std::int64_t>(index) + 1))
                                : "pre-training";
    const Section cluster_section = section(own, "cluster");
    const JsonCursor cluster(cluster_section.value, root_.file(), faults_, cluster_section.pointer);
    ClusterOverrides overrides = read_cluster(cluster);
    phase.accelerator = job_.accelerator.record.id;
    phase.count = overrides.count;
    if (own != nullptr) {
      phase.assumed = own->boolean("assumed").value_or(false);
      if (phase.assumed) {
        assume(own->pointer(), phase.name, "the file marks this phase's layout as assumed",
               Origin::kFile);
      }
    }

    const Section run_section = section(own, "run");
    const JsonCursor run(run_section.value, root_.file(), faults_, run_section.pointer);
    const JsonCursor& amounts = own != nullptr ? *own : run;
    std::optional<Tokens> tokens = amounts.quantity<Dimension{.token = 1}>("tokens");
    if (tokens && (*tokens < kTokenRange.low * token || *tokens > kTokenRange.high * token)) {
      if (const auto at = amounts.find("tokens")) {
        at->fault("the number of tokens is out of range: expected 1 to 10^18");
      }
    }
    const auto steps = amounts.number("steps", {1, 1e9});
    phase.stated = read_stated(own, tokens);
    if (own != nullptr) {
      for (const char* key : {"cluster", "layout", "run", "notes"}) own->accept(key);
      own->finish();
    }
    if (phase.stated) {
      phase.tokens = tokens.value_or(Tokens{});
      accept_all(run);
      job_.phases.push_back(std::move(phase));
      return;
    }
    PredictedPhase predicted;
    predicted.model = job_.model;
    const std::string precision = read_precision(run);
    predicted.batch = read_batch(run, phase.count);
    run.accept("tokens");
    run.accept("steps");
    run.accept("precision_detail");
    run.finish();
    predicted.cluster = overrides;
    predicted.machine = make_machine(job_.accelerator, job_.system, job_.stack,
                                     job_.engine.parameters, overrides, precision);
    if (predicted.machine.attention_generation.empty()) {
      assume("attention kernel", "default curve",
             "no kernel generation of stack " + job_.stack.record.id + " is measured on " +
                 job_.accelerator.record.id,
             Origin::kDefault);
    }
    read_layout(own, run, predicted, phase.count);
    predicted.doubt = engine_doubt(job_.engine_error, regimes(job_.model, job_.accelerator,
                                                              predicted.machine, predicted.layout));
    if (tokens) {
      phase.tokens = *tokens;
    } else if (steps) {
      phase.tokens = *steps * static_cast<double>(predicted.batch.global_batch) *
                     predicted.batch.sequence_length * token;
    } else {
      amounts.fault("the phase names neither tokens, steps nor accelerator_hours",
                    "write \"tokens\": \"14.8T tokens\", or \"steps\": 1000");
    }
    phase.predicted = std::move(predicted);
    job_.phases.push_back(std::move(phase));
  }

  static void accept_all(const JsonCursor& cursor) {
    for (const auto& [key, member] : cursor.value().members) cursor.accept(key);
  }

  std::optional<StatedPhase> read_stated(const JsonCursor* own, std::optional<Tokens> tokens) {
    if (own == nullptr) return std::nullopt;
    constexpr Range kHours{1e-3, 1e13};
    if (const auto hours = own->number("accelerator_hours", kHours)) {
      return StatedPhase{*hours * accelerator_hour};
    }
    if (const auto rate = own->number("accelerator_hours_per_trillion_tokens", kHours)) {
      if (!tokens) {
        own->fault("accelerator_hours_per_trillion_tokens needs \"tokens\" beside it");
        return StatedPhase{};
      }
      return StatedPhase{*rate * accelerator_hour * (*tokens / trillion_tokens)};
    }
    return std::nullopt;
  }

  ClusterOverrides read_cluster(const JsonCursor& cluster) {
    ClusterOverrides overrides;
    if (!cluster.expect_object()) return overrides;
    cluster.require("count");
    overrides.count = static_cast<int>(cluster.integer("count", {1, 1e7}).value_or(1));
    overrides.node_size = static_cast<int>(cluster.integer("node_size", {1, 1024}).value_or(0));
    if (const auto nic = cluster.number("nic_gbps_per_accelerator", {0.1, 1e5})) {
      overrides.nic = *nic * Gb_per_s;
      overrides.nic_stated = true;
    }
    for (const char* key : {"accelerator", "system", "interconnect"}) cluster.accept(key);
    cluster.finish();
    return overrides;
  }

  std::string read_precision(const JsonCursor& run) {
    const bool has_bf16 = job_.accelerator.peak("bf16").has_value();
    const auto stated = run.one_of("precision", kPrecisions);
    if (!stated) {
      if (!run.find("precision")) {
        assume("/run/precision", has_bf16 ? "bf16" : "fp16", "the widest practice",
               Origin::kDefault);
      }
      return has_bf16 ? "bf16" : "fp16";
    }
    if (!job_.accelerator.peak(*stated)) {
      std::string has;
      for (const auto& [name, peak] : job_.accelerator.peak_dense) {
        has += (has.empty() ? "" : ", ") + name;
      }
      if (const auto at = run.find("precision")) {
        at->fault(job_.accelerator.record.id + " has no " + base_precision(*stated) + " units",
                  "it has: " + has);
      }
      return has_bf16 ? "bf16" : "fp16";
    }
    return *stated;
  }

  Batch read_batch(const JsonCursor& run, int count) {
    Batch batch;
    const auto length = run.integer("sequence_length", {1, 1 << 27});
    if (!length) {
      assume("/run/sequence_length", count_text(kDefaultSequence),
             "the training length is never taken from a model's config; state it",
             Origin::kDefault);
    }
    const std::int64_t sequence = length.value_or(kDefaultSequence);
    batch.sequence_length = static_cast<double>(sequence);
    const auto global = run.integer("global_batch", {1, 1 << 28});
    const std::int64_t tokens_a_step =
        std::max(kDefaultBatchTokens, kDefaultTokensPerAccelerator * count);
    batch.global_batch = global.value_or(std::max<std::int64_t>(1, tokens_a_step / sequence));
    if (!global) {
      assume("/run/global_batch", count_text(batch.global_batch) + " sequences",
             "4 million tokens a step, or 1,024 for each accelerator", Origin::kDefault);
    }
    batch.micro_batch = run.integer("micro_batch", {1, 1 << 20}).value_or(1);
    batch.fp8_activation_cache = run.one_of("activation_cache", kCaches).value_or(false);
    if (const auto list = run.find("offload")) {
      for (const JsonCursor& item : list->items()) {
        if (const auto what = item.one_of(kOffloads)) batch.*(*what) = true;
      }
    }
    const auto layers = run.integer("recompute_layers", {1, 4096});
    batch.recompute_layers = static_cast<int>(layers.value_or(0));
    if (const auto modules = run.find("recompute_modules")) {
      batch.recompute = Recompute::kModules;
      for (const JsonCursor& item : modules->items()) {
        if (const auto module = item.one_of(kModules)) batch.modules.push_back(*module);
      }
      run.accept("recompute");
    } else if (const auto mode = run.one_of("recompute", kRecompute)) {
      batch.recompute = *mode;
    }
    if (layers && batch.recompute != Recompute::kFull) {
      run.find("recompute_layers")
          ->fault("recompute_layers needs full recomputation", "add \"recompute\": \"full\"");
    }
    return batch;
  }

  void read_layout(const JsonCursor* own, const JsonCursor& run, PredictedPhase& phase, int count) {
    const Section found = section(own, "layout");
    const JsonCursor layout(found.value, root_.file(), faults_, found.pointer);
    const bool absent = !root_.find("layout") && (own == nullptr || !own->find("layout"));
    const bool search = layout.is_text() && layout.text().value_or("") == "search";
    if (layout.is_text() && !search) {
      layout.fault("expected an object or \"search\"");
      return;
    }
    if (absent || search) {
      if (!faults_.empty()) return;
      phase.search_layout = true;
      phase = with_chosen_layout(std::move(phase), count);
      report_layout_faults(layout, run, phase, count);
      assume(found.pointer, layout_text(phase), "the fastest of a coarse search that fits",
             Origin::kDerived);
      return;
    }
    if (!layout.expect_object()) return;
    phase.layout = read_layout_members(layout, count);
    shard_within_pods(found.pointer, phase);
    const bool stated =
        run.find("recompute").has_value() || run.find("recompute_modules").has_value();
    report_layout_faults(layout, run, phase, count);
    if (!stated && faults_.empty()) choose_recompute(phase);
  }

  // Full sharding gathers over a pod's own links; pods replicate each other over the network.
  void shard_within_pods(const std::string& pointer, PredictedPhase& phase) {
    Layout& l = phase.layout;
    const int replicas = l.dp * l.cp;
    const int inside = std::max(1, phase.machine.scale_up_domain / (l.tp * l.pp));
    if (!phase.machine.torus || l.zero < 3 || l.zero_shards > 0 || replicas <= inside) return;
    if (replicas % inside != 0) return;
    l.zero_shards = inside;
    assume(pointer + "/zero_shards", count_text(inside),
           "parameters are sharded within a pod and replicated between pods", Origin::kDerived);
  }

  Layout read_layout_members(const JsonCursor& at, int count) {
    Layout l;
    const auto degree = [&](const char* key, int fallback) {
      return static_cast<int>(at.integer(key, kDegree).value_or(fallback));
    };
    l.tp = degree("tp", 1);
    l.pp = degree("pp", 1);
    l.vp = degree("vp", 1);
    l.cp = degree("cp", 1);
    l.ep = degree("ep", 1);
    l.expert_tp = degree("expert_tp", 1);
    const std::int64_t others = std::int64_t{l.tp} * l.pp * l.cp;
    l.dp = degree("dp", static_cast<int>(std::max<std::int64_t>(1, count / others)));
    const auto zero = at.integer("zero", {0, 3});
    l.zero = static_cast<int>(zero.value_or(1));
    if (!zero) {
      assume(at.pointer() + "/zero", "1", "optimizer states sharded over data parallelism",
             Origin::kDefault);
    }
    l.zero_shards = degree("zero_shards", 0);
    l.sequence_parallel = at.boolean("sequence_parallel").value_or(l.tp > 1);
    l.tp_overlap = at.boolean("tp_overlap").value_or(l.tp > 1 && l.sequence_parallel);
    l.schedule = at.one_of("schedule", kSchedules)
                     .value_or(l.vp > 1 ? Schedule::kInterleaved : Schedule::k1F1B);
    if (is_v_shaped(l.schedule) && !at.find("vp")) l.vp = 2;
    if (const auto list = at.find("stage_layers")) {
      for (const JsonCursor& item : list->items()) {
        l.stage_layers.push_back(static_cast<int>(item.integer({0, 4096}).value_or(0)));
      }
    }
    at.accept("note");
    at.finish();
    return l;
  }

  void report_layout_faults(const JsonCursor& layout, const JsonCursor& run,
                            const PredictedPhase& phase, int count) {
    if (!faults_.empty()) return;
    for (const LayoutFault& each : layout_faults(phase.layout, phase.batch, phase.model, count)) {
      const JsonCursor& home = each.key == "global_batch" ? run : layout;
      const auto at = home.is_object() ? home.find(each.key) : std::nullopt;
      (at ? *at : home).fault(each.message);
    }
  }

  // The least recomputation that fits: what a practitioner would do.
  void choose_recompute(PredictedPhase& phase) {
    const char* chosen = "none";
    for (const Name<Recompute>& mode : kRecompute) {
      phase.batch.recompute = mode.value;
      chosen = mode.name;
      const StepContext context{phase.model, phase.machine, phase.layout, phase.batch};
      if (step_memory(context).fits()) break;
    }
    assume("/run/recompute", chosen, "the least recomputation that fits", Origin::kDerived);
  }

  static std::string layout_text(const PredictedPhase& phase) {
    const Layout& l = phase.layout;
    std::string text = "tp " + std::to_string(l.tp) + ", pp " + std::to_string(l.pp) + ", dp " +
                       std::to_string(l.dp);
    if (l.vp > 1) text += ", vp " + std::to_string(l.vp);
    if (l.ep > 1) text += ", ep " + std::to_string(l.ep);
    text += ", micro-batch " + count_text(phase.batch.micro_batch);
    for (const Name<Recompute>& mode : kRecompute) {
      if (mode.value == phase.batch.recompute) text += std::string(", recompute ") + mode.name;
    }
    return text;
  }

  void read_money() {
    std::string tier = kDefaultTier;
    if (const auto pricing = root_.find("pricing"); pricing && pricing->expect_object()) {
      if (const auto method = pricing->text("method"); method && *method != "rental") {
        pricing->fault("unknown cost method \"" + *method + "\"", "one of: rental");
      }
      tier = pricing->text("tier").value_or(tier);
      const auto price =
          pricing->quantity<Dimension{.second = -1, .usd = 1, .accelerator = -1}>("price");
      pricing->finish();
      if (price) {
        job_.pricing = Pricing{*price, "stated by the job"};
        return;
      }
    }
    const auto quote = find_rental_quote(db_.price_books(), job_.accelerator.record.id, tier);
    if (!quote) {
      warn("W0301", "no rental price is recorded for " + job_.accelerator.record.id +
                        ": cost is unknown; state pricing.price");
      return;
    }
    job_.pricing = Pricing{quote->price, quote->provider + ", " + quote->tier + ", " + quote->date +
                                             " (" + quote->source + ")"};
    assume("/pricing/price", job_.pricing->basis, "the newest quote of the price book",
           Origin::kDefault);
  }

  Faults faults_;
  JsonCursor root_;
  const HardwareDb& db_;
  Job job_;
};

bool tpu(const Accelerator& accelerator) { return accelerator.vendor == "Google"; }

}  // namespace

std::string_view origin_name(Origin origin) {
  switch (origin) {
    case Origin::kUser: return "user";
    case Origin::kFile: return "file";
    case Origin::kDefault: return "default";
    case Origin::kDerived: return "derived";
  }
  return "";
}

ChosenStack choose_stack(const HardwareDb& db, const std::string& framework,
                         const std::string& date, const Accelerator& accelerator) {
  std::optional<Stack> best;
  for (Stack& stack : db.stacks()) {
    const auto& aliases = stack.record.aliases;
    const bool named = stack.framework == framework ||
                       std::find(aliases.begin(), aliases.end(), framework) != aliases.end();
    if (framework.empty() || !named) continue;
    const bool in_time = date.empty() || stack.date <= date;
    if (in_time && (!best || stack.date > best->date)) best = std::move(stack);
  }
  if (best) {
    return {*best, "the newest record of " + framework +
                       (date.empty() ? "" : " that is not after " + date)};
  }
  const std::string fallback = tpu(accelerator) ? "default-tpu" : "default-gpu";
  std::string why = "the default of the accelerator's family";
  if (!framework.empty()) why += "; no record of " + framework + " is early enough or known";
  auto stack = db.stack(fallback);
  if (!stack) {
    throw InputError(Fault{"", 0, "", "the database holds no stack \"" + fallback + "\"", ""});
  }
  return {std::move(*stack), why};
}

System default_system(const HardwareDb& db, const Accelerator& accelerator) {
  std::optional<System> found;
  for (System& system : db.systems()) {
    const auto& built = system.accelerators;
    const bool holds = std::find(built.begin(), built.end(), accelerator.record.id) != built.end();
    if (holds && system.usual && !found) found = std::move(system);
  }
  if (found) return std::move(*found);
  auto generic = db.system("pcie-node");
  if (!generic) {
    throw InputError(Fault{
        "", 0, "",
        "the database holds no system for \"" + accelerator.record.id + "\" and no \"pcie-node\"",
        ""});
  }
  return std::move(*generic);
}

Job read_job(const JsonValue& document, const std::string& file, const HardwareDb& db,
             Faults::Unknown unknown) {
  return JobReader(document, file, db, unknown).read();
}

}  // namespace traincost
