#include "estimator/job/members.h"

#include <algorithm>
#include <array>
#include <tuple>
#include <type_traits>

#include "base/foreign.h"
#include "base/json_path.h"
#include "estimator/job/knobs.h"
#include "estimator/job/member_forms.h"
#include "hwdb/accelerator.h"

namespace traincost {
namespace {

constexpr Name<Offload> kOffloads[] = {{"activations", Offload::kActivations},
                                       {"optimizer", Offload::kOptimizer},
                                       {"parameters", Offload::kParameters}};
constexpr Name<bool> kCaches[] = {{"bf16", false}, {"fp8", true}};

// Modes that a run may state; single modules are named in recompute_modules.
constexpr Name<Recompute> kRunRecompute[] = {
    {"none", Recompute::kNone}, {"selective", Recompute::kSelective}, {"full", Recompute::kFull}};

constexpr Range kNode{1, 1024};
constexpr Member<TierSpec> kTierMembers[] = {
    text<&TierSpec::name>("name", "rail, leaf, spine"),
    number<&TierSpec::accelerators>("accelerators", {2, kMostAccelerators},
                                    "that meet under one of its switches; the last: all"),
    quantity<&TierSpec::bandwidth>("bandwidth", "0.1 Gb/s", "100000 Gb/s",
                                   "that it carries of each accelerator below, per direction"),
    number<&TierSpec::oversubscription>("oversubscription", {1, 64},
                                        "the cards' rate over that, instead; default: 1"),
};

constexpr Member<NetworkSpec> kNetworkMembers[] = {
    number<&NetworkSpec::cards_per_node>("cards_per_node", {1, 1024},
                                         "network cards; default: one an accelerator"),
    quantity<&NetworkSpec::card_bandwidth>("card_bandwidth", "0.1 Gb/s", "100000 Gb/s",
                                           "of a card, per direction"),
    sections<&NetworkSpec::tiers>("tiers", "switches above the cards, the lowest first"),
    number<&NetworkSpec::derate>("derate", {0.01, 1},
                                 "share of the cards' rate that is there: links down or slow"),
};

constexpr Member<ClusterSpec> kClusterMembers[] = {
    text<&ClusterSpec::accelerator>("accelerator", "id or alias of an accelerator"),
    number<&ClusterSpec::count>("count", {1, kMostAccelerators}, "accelerators"),
    text<&ClusterSpec::system>("system", "id of a system: nodes, links, cards"),
    number<&ClusterSpec::node_size>("node_size", kNode, "accelerators of a host"),
    number<&ClusterSpec::slices>("slices", {1, 1e6},
                                 "equal parts that meet over the network alone: TPU slices"),
    number<&ClusterSpec::nic_gbps_per_accelerator>("nic_gbps_per_accelerator", {0.1, 1e5},
                                                   "Gb/s each way; default: the system's"),
    section<&ClusterSpec::network>("network", "cards and switches; default: the system's"),
    quantity<&ClusterSpec::power_cap>("power_cap", "10 W", "5 kW",
                                      "that a board is held to, such as 500 W; default: its own"),
};

constexpr Member<StackSpec> kStackMembers[] = {
    text<&StackSpec::record>("record", "id of a stack, or a framework's newest"),
    text<&StackSpec::framework>("framework", "family, in any case, with or without a version"),
    text<&StackSpec::version>("version", "release; shown, not used"),
    text<&StackSpec::strategy>("strategy", "shown, not used"),
    date<&StackSpec::date>("date", Date::Precision::kYear, "YYYY-MM"),
    truth<&StackSpec::compiled>("compiled",
                                "torch.compile fuses the element-wise kernels of a stack that runs "
                                "PyTorch's own; false leaves out a stack's own compiler"),
    truth<&StackSpec::overlap>(
        "overlap", "false: no communication hides under compute, whatever the stack can"),
    truth<&StackSpec::fused_accumulation>(
        "fused_accumulation",
        "weight gradients are added up inside their product; default: the "
        "record's (Megatron: --no-gradient-accumulation-fusion)"),
    truth<&StackSpec::fused_activation>(
        "fused_activation",
        "the gate of a feed-forward in one kernel; default: the record's "
        "(Megatron: --no-bias-swiglu-fusion)"),
    truth<&StackSpec::inferred>("inferred",
                                "the source names no software; this is what it likely was"),
};

// The line of a knob's member in a section: a value, or in a search a list of them.
template <auto P, typename S>
constexpr Member<S> knob_member(const char* name, Range range, const char* text) {
  using T = member_detail::ValueOf<P>;
  if constexpr (std::is_same_v<T, bool>) {
    return truth<P, S>(name, text);
  } else if constexpr (std::is_same_v<T, Schedule>) {
    return choice<P, kScheduleNames, S>(name, text);
  } else {
    return number<P, S>(name, range, text);
  }
}

// What a section states of a knob: one member, or none where the section words it itself.
template <typename S, auto Value, auto Stated, auto Listed>
constexpr auto stated_members(const PlainKnob<Value, Stated, Listed>& knob) {
  auto m = knob_member<Stated, S>(knob.name, knob.range, knob.text);
  m.otherwise = knob.otherwise;
  return std::tuple{m};
}
template <typename S>
constexpr std::tuple<> stated_members(const Knob&) {
  return {};
}

// What a search may list of it; none where it does not turn the knob.
template <auto Value, auto Stated, auto Listed>
constexpr auto listed_members(const PlainKnob<Value, Stated, Listed>& knob) {
  if constexpr (std::is_null_pointer_v<decltype(Listed)>) {
    return std::tuple{};
  } else {
    return std::tuple{
        one_or_list(knob_member<Listed, SearchSpec>(knob.name, knob.range, knob.text))};
  }
}
constexpr std::tuple<> listed_members(const Knob&) { return {}; }

// Tuples of members as one table.
template <typename... Tuples>
constexpr auto table_of(const Tuples&... tuples) {
  return std::apply([](const auto&... members) { return std::array{members...}; },
                    std::tuple_cat(tuples...));
}

// A section's members of all `knobs`.
template <typename S, typename Knobs>
constexpr auto all_stated(const Knobs& knobs) {
  return std::apply([](const auto&... each) { return std::tuple_cat(stated_members<S>(each)...); },
                    knobs);
}
template <typename Knobs>
constexpr auto all_listed(const Knobs& knobs) {
  return std::apply([](const auto&... each) { return std::tuple_cat(listed_members(each)...); },
                    knobs);
}

constexpr auto kLayoutMembers = table_of(
    all_stated<LayoutSpec>(kLayoutKnobs),
    std::tuple{number<&LayoutSpec::stage_layers>("stage_layers", {0, 4096},
                                                 "layers of each virtual stage in model order; "
                                                 "default: even")});

constexpr Member<RunSpec> run_recompute() {
  auto m = choice<&RunSpec::recompute, kRunRecompute>("recompute", knob_text("recompute"));
  m.otherwise = "the least that fits";
  return m;
}

// What the stack's record says where the run does not.
constexpr Member<RunSpec> of_stack(Member<RunSpec> m) {
  m.otherwise = "the stack's";
  return m;
}

constexpr Member<RunSpec> of_gradients(Member<RunSpec> m) {
  m.otherwise = "that of gradients";
  return m;
}

constexpr auto kRunMembers = table_of(
    std::tuple{
        quantity<&RunSpec::tokens>("tokens", "1 token", "1e18 tokens", "trained on, such as 15.6T"),
        number<&RunSpec::steps>("steps", {1, 1e9}, "optimizer steps, instead of tokens"),
        number<&RunSpec::sequence_length>("sequence_length", {1, 1 << 27}, "tokens; default 4096"),
        number<&RunSpec::global_batch>("global_batch", {1, 1 << 28},
                                       "sequences of a step; default: chosen with the layout"),
        quantity<&RunSpec::min_batch>("min_batch", "1 token", "1e12 tokens",
                                      "of a step, where global_batch is open; default 2M"),
        quantity<&RunSpec::max_batch>(
            "max_batch", "1 token", "1e12 tokens",
            "of a step, where global_batch is open; default what the run's tokens suggest, to 16M"),
        number<&RunSpec::mfu>("mfu", {0.001, 1},
                              "of the dense bf16 peak, causal attention: stated, not predicted"),
        quantity<&RunSpec::flop_rate>("flop_rate", "0.001 TFLOP/s", "1000 PFLOP/s",
                                      "model FLOP/s of an accelerator, instead"),
        quantity<&RunSpec::throughput>("throughput", "0.001 tokens/s/GPU", "1e9 tokens/s/GPU",
                                       "of an accelerator, instead"),
        text<&RunSpec::batch_ramp>("batch_ramp",
                                   "sequences of a step from so many tokens on: "
                                   "\"0:768 250B:1536\", instead of global_batch"),
        quantity<&RunSpec::evaluation_every>("evaluation_every", "1 token", "1e18 tokens",
                                             "training stands still meanwhile; default: never"),
        quantity<&RunSpec::evaluation_time>("evaluation_time", "0 s", "30 d", "that each takes"),
        choice<&RunSpec::precision, kRunPrecisions>("precision", "of products"),
        run_recompute(),
        choice<&RunSpec::recompute_modules, kModuleNames>("recompute_modules",
                                                          knob_text("recompute_modules")),
        choice<&RunSpec::fp8_activation_cache, kCaches>("activation_cache",
                                                        "what inputs of products are kept in"),
        choice<&RunSpec::offload, kOffloads>("offload", "what moves to the host's memory"),
        of_stack(choice<&UpdateSpec::optimizer, kOptimizerNames, RunSpec>(
            "optimizer", "that updates the weights; sgd with momentum, adafactor without")),
        of_stack(choice<&UpdateSpec::optimizer_states, kStateBytes, RunSpec>(
            "optimizer_states", "type of its moments")),
        of_stack(truth<&UpdateSpec::master_weights, RunSpec>(
            "master_weights", "an fp32 copy of the weights is kept")),
        of_stack(choice<&UpdateSpec::gradients, kGradientBytes, RunSpec>(
            "gradients", "type in which they are added up")),
        of_gradients(choice<&UpdateSpec::reduction, kGradientBytes, RunSpec>(
            "reduction", "type in which replicas exchange gradients")),
        of_stack(truth<&UpdateSpec::fused_optimizer, RunSpec>(
            "fused_optimizer", "one kernel an update, not one an operation")),
    },
    all_stated<RunSpec>(kBatchKnobs));

constexpr auto kSearchMembers = table_of(
    all_listed(kLayoutKnobs), all_listed(kBatchKnobs),
    std::tuple{
        one_or_list(truth<&KnobLists::offload_activations, SearchSpec>(
            "offload_activations", knob_text("offload_activations"))),
        one_or_list(truth<&KnobLists::offload_optimizer, SearchSpec>(
            "offload_optimizer", knob_text("offload_optimizer"))),
        one_or_list(choice<&SearchSpec::recompute, kRecomputeNames>(
            "recompute", "modes; modules: those of run.recompute_modules")),
        one_or_list(number<&SearchSpec::recompute_layers>(
            "recompute_layers", {1, 4096}, "full recomputation of so many layers of a stage")),
        number<&SearchSpec::memory_reserve>("memory_reserve", {0, 0.9},
                                            "share of the memory that a layout which is chosen "
                                            "leaves free; default 0.04"),
    });

// A name, native dimensions, or a config.json.
constexpr Member<JobSpec> model_member() {
  auto m = member_detail::line<JobSpec>(
      "model", MemberForm::kSection,
      "a shipped name, a path, a Hugging Face config or native dimensions");
  m.inner = member_detail::infos<NativeModel>;
  m.or_text = m.or_others = true;
  member_detail::set_functions<&JobSpec::model>(m);
  m.read = [](const Member<JobSpec>&, const JsonCursor& at, JobSpec& into) {
    ModelSpec& model = into.model.emplace();
    if (at.is_text()) {
      model.name = at.text();
    } else if (const auto foreign = foreign_json(at.value())) {
      at.fault(foreign->what, foreign->remedy);
    } else if (at.expect_object()) {
      if (looks_like_hf_config(at)) {
        model.imported = read_hf_config(at);
      } else {
        read_members(at, model.dimensions.emplace());
      }
    }
  };
  m.descend = [](JobSpec& into, PathSteps steps, const JsonCursor& value) {
    if (!into.model) into.model.emplace();
    ModelSpec& model = *into.model;
    if (model.name || model.imported) {
      value.moved("/model").fault("has no members to set: it is a name or a config.json",
                                  "give the model by its dimensions (traincost schema job)");
      return;
    }
    if (!model.dimensions) model.dimensions.emplace();
    set_member<NativeModel>(*model.dimensions, steps, value, value.pointer());
  };
  return m;
}

// A null of a phase takes away what the job says.
void note_cleared(const JsonCursor& phase, PhaseSpec& spec) {
  for (const auto& [key, member] : phase.value().members) {
    if (member.kind != JsonValue::Kind::kObject) continue;
    for (const auto& [inner, value] : member.members) {
      if (value.kind == JsonValue::Kind::kNull) spec.cleared.push_back(key + "." + inner);
    }
  }
}

constexpr Member<JobSpec> phases_member() {
  auto m = member_detail::line<JobSpec>("phases", MemberForm::kSection, "in order");
  m.list = true;
  m.inner = member_detail::infos<PhaseSpec>;
  member_detail::set_functions<&JobSpec::phases>(m);
  m.read = [](const Member<JobSpec>&, const JsonCursor& at, JobSpec& into) {
    into.phases.clear();
    const auto items = at.items();
    if (at.kind() == JsonValue::Kind::kArray && items.empty()) {
      at.fault("expected at least one phase");
    }
    for (const JsonCursor& item : items) {
      PhaseSpec& phase = into.phases.emplace_back();
      read_members(item, phase);
      if (item.is_object()) note_cleared(item, phase);
    }
  };
  m.descend = [](JobSpec& into, PathSteps steps, const JsonCursor& value) {
    const auto index = member_detail::item_at(steps.front(), into.phases.size(), value);
    if (!index) return;
    const std::string at = "/phases/" + steps.front();
    if (steps.size() == 1) {
      into.phases[*index] = {};
      read_members(value.moved(at), into.phases[*index]);
      return;
    }
    PhaseSpec& phase = into.phases[*index];
    const bool clears = value.kind() == JsonValue::Kind::kNull && steps.size() == 3;
    if (clears) phase.cleared.push_back(steps[1] + "." + steps[2]);
    set_member<PhaseSpec>(phase, steps.subspan(1), value, at);
  };
  return m;
}

constexpr Member<JobSpec> kJobMembers[] = {
    text<&JobSpec::name>("name", "title of the report"),
    date<&JobSpec::start>("start", Date::Precision::kDay, "first day, YYYY-MM-DD"),
    model_member(),
    section<&JobSpec::cluster>("cluster", "what it runs on"),
    text_or_section<&JobSpec::stack>("stack", "a record or a framework, or framework and date"),
    layout_section<&JobSpec::layout>("layout"),
    section<&JobSpec::run>("run", "what one step is, and how many"),
    phases_member(),
    sections<&JobSpec::beyond>("beyond", "what is paid for beside the final run; default: nothing"),
    section<&JobSpec::pricing>("pricing", "what an hour costs"),
    text_or_section<&JobSpec::reliability>("reliability", "a record, or its figures"),
    text_or_section<&JobSpec::grid>("grid", "a grid, or its figures"),
    text<&JobSpec::assumptions>("assumptions", "in words"),
    text<&JobSpec::leaves_out>("leaves_out", "what the sum does not hold"),
    section<&JobSpec::search>("search",
                              "what `search` may choose from: a knob pinned to a value or to a "
                              "list; what is absent is open"),
};

// Every member's line by its pointer, to that depth: deeper ones are a model's.
void note_lines(const JsonValue& value, const std::string& pointer, int depth,
                std::map<std::string, int>& lines) {
  lines[pointer] = value.line;
  if (depth == 0) return;
  for (const auto& [key, member] : value.members) {
    if (member.kind == JsonValue::Kind::kNull) continue;
    note_lines(member, pointer + "/" + key, depth - 1, lines);
  }
  for (std::size_t i = 0; i < value.items.size(); ++i) {
    note_lines(value.items[i], pointer + "/" + std::to_string(i), depth - 1, lines);
  }
}

}  // namespace

constinit const std::span<const Member<TierSpec>> MembersOf<TierSpec>::table = kTierMembers;
constinit const std::span<const Member<NetworkSpec>> MembersOf<NetworkSpec>::table =
    kNetworkMembers;
constinit const std::span<const Member<ClusterSpec>> MembersOf<ClusterSpec>::table =
    kClusterMembers;
constinit const std::span<const Member<StackSpec>> MembersOf<StackSpec>::table = kStackMembers;
constinit const std::span<const Member<LayoutSpec>> MembersOf<LayoutSpec>::table = kLayoutMembers;
constinit const std::span<const Member<RunSpec>> MembersOf<RunSpec>::table = kRunMembers;
constinit const std::span<const Member<SearchSpec>> MembersOf<SearchSpec>::table = kSearchMembers;
constinit const std::span<const Member<JobSpec>> MembersOf<JobSpec>::table = kJobMembers;

int JobSpec::line_of(std::string pointer) const {
  if (!lines) return 0;
  for (;;) {
    if (std::find(set.begin(), set.end(), pointer) != set.end()) return 0;
    if (const auto found = lines->find(pointer); found != lines->end()) return found->second;
    const std::size_t slash = pointer.rfind('/');
    if (slash == std::string::npos) return 0;
    pointer.erase(slash);
  }
}

bool JobSpec::wrote(const std::string& pointer) const {
  const auto holds = [&](const std::string& taken) {
    return pointer == taken || pointer.rfind(taken + "/", 0) == 0;
  };
  if (std::any_of(unset.begin(), unset.end(), holds)) return false;
  return (lines && lines->find(pointer) != lines->end()) ||
         std::find(set.begin(), set.end(), pointer) != set.end();
}

JobSpec read_spec(const JsonCursor& root, SpecForm form) {
  JobSpec spec;
  spec.file = root.file();
  if (!root.expect_object()) return spec;
  constexpr int kDeepest = 8;
  auto lines = std::make_shared<std::map<std::string, int>>();
  note_lines(root.value(), "", kDeepest, *lines);
  spec.lines = std::move(lines);
  if (form == SpecForm::kJob) {
    JsonValue settled = root.value();
    TakenDistributions taken = take_distributions(settled, root);
    spec.uncertain = std::move(taken.members);
    const JsonCursor job = taken.any ? root.with(settled) : root;
    if (const auto schema = job.find("schema")) {
      if (schema->text().value_or("") != "traincost.job/1") {
        schema->fault("expected \"traincost.job/1\"");
      }
    }
    read_members(job, spec);
    return spec;
  }
  // A row has the sections of a job among others, and tells more in them than a job may.
  const auto read = [&](const char* key, auto& section) {
    const auto at = root.find(key);
    if (at && at->is_object()) read_members(*at, section.emplace(), kShownByRows);
  };
  read("cluster", spec.cluster);
  read("stack", spec.stack);
  read("layout", spec.layout);
  read("run", spec.run);
  std::optional<ReinforcementSpec> rl;
  read("rl", rl);
  if (rl) spec.phases.emplace_back().rl = std::move(rl);
  if (const auto model = root.find("model")) {
    constexpr Member<JobSpec> kModel = model_member();
    kModel.read(kModel, *model, spec);
  }
  return spec;
}

namespace {

// "layout.tp", where a step that no job has at its top is a member of one of its sections.
std::string path_below(const std::string& step) {
  for (const MemberInfo* section : member_detail::infos<JobSpec>()) {
    if (section->name == step) return "";
    if (section->inner == nullptr || section->list) continue;
    for (const MemberInfo* member : section->inner()) {
      if (member->name == step) return std::string(section->name) + "." + step;
    }
  }
  return "";
}

}  // namespace

void set_member(JobSpec& spec, const std::string& path, const JsonCursor& value) {
  const std::vector<std::string> steps = path_steps(path);
  if (steps.size() == 1) {
    if (const std::string below = path_below(path); !below.empty()) {
      value.moved("/").fault("unknown member \"" + path + "\"", "did you mean \"" + below + "\"?");
      return;
    }
  }
  if (std::any_of(steps.begin(), steps.end(), [](const auto& step) { return step.empty(); })) {
    value.fault("empty step in path \"" + path + "\"");
    return;
  }
  // Beside a mode that is set, modules that were named say nothing.
  if (steps.size() == 2 && steps[0] == "run" && steps[1] == "recompute" && spec.run &&
      value.kind() != JsonValue::Kind::kNull) {
    spec.run->recompute_modules.clear();
  }
  std::string pointer, dotted;
  for (const std::string& step : steps) {
    pointer += "/" + step;
    dotted += (dotted.empty() ? "" : ".") + step;
  }
  std::erase_if(spec.uncertain, [&](const UncertainMember& each) {
    return each.path == dotted || each.path.rfind(dotted + ".", 0) == 0;
  });
  JsonValue settled = value.value();
  TakenDistributions taken = take_distributions(settled, value.moved(pointer));
  set_member<JobSpec>(spec, steps, taken.any ? value.with(settled) : value);
  std::move(taken.members.begin(), taken.members.end(), std::back_inserter(spec.uncertain));
  if (value.kind() == JsonValue::Kind::kNull) {
    spec.unset.push_back(std::move(pointer));
    return;
  }
  std::erase_if(spec.unset, [&](const std::string& away) {
    return away == pointer || pointer.rfind(away + "/", 0) == 0 ||
           away.rfind(pointer + "/", 0) == 0;
  });
  spec.set.push_back(std::move(pointer));
}

}  // namespace traincost
