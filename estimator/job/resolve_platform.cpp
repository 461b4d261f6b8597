#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "base/nearest.h"
#include "base/units.h"
#include "estimator/job/resolver.h"

namespace traincost {
namespace {

using namespace unit;

constexpr const char* kLastEagerPractice = "2021-12";
// FlashAttention, arXiv:2205.14135.
constexpr const char* kFusedAttention = "2022-05";

// The three systems whose chips are most like it: of the same vendor, and of as fast links.
std::string likely_systems(const HardwareDb& db, const Accelerator& chip) {
  constexpr std::size_t kShown = 3;
  constexpr double kOtherVendor = 10;
  const auto links = [](const Accelerator& each) {
    return std::log(each.scale_up_bandwidth.value_or(1 * GB_per_s).in(GB_per_s));
  };
  std::vector<std::pair<double, std::string>> systems;
  for (const System& each : db.systems()) {
    double nearest = 2 * kOtherVendor;
    for (const std::string& id : each.accelerators) {
      const auto other = db.accelerator(id);
      if (!other) continue;
      const double vendor = other->vendor == chip.vendor ? 0 : kOtherVendor;
      nearest = std::min(nearest, vendor + std::fabs(links(*other) - links(chip)));
    }
    systems.emplace_back(nearest, each.record.id);
  }
  std::sort(systems.begin(), systems.end());
  std::string names;
  for (std::size_t i = 0; i < systems.size() && i < kShown; ++i) {
    names += (i == 0 ? "" : ", ") + systems[i].second;
  }
  return names;
}

}  // namespace

// Of the job, or of a phase that has its own; nothing is added where the chip is not known.
void Resolver::fill_platform(const PhaseAt& at) {
  const ClusterSpec& cluster = at.sections.cluster;
  const std::string pointer = at.section(spec_, "cluster");
  if (!cluster.accelerator) missing(pointer, "accelerator");
  if (!cluster.count) missing(pointer, "count");
  if (!cluster.accelerator) return;
  auto found = db_.accelerator(*cluster.accelerator);
  if (!found) {
    return unknown(member_pointer(at, "cluster", "accelerator"), "accelerators",
                   *cluster.accelerator);
  }
  Platform platform;
  platform.accelerator = std::move(*found);
  fill_system(at, platform);
  if (cluster.power_cap) cap_power(at, *cluster.power_cap, platform);
  fill_stack(at, platform);
  job_.platforms.push_back(std::move(platform));
}

// Boards, and the servers that they stand in, held to less than their own power.
void Resolver::cap_power(const PhaseAt& at, Power cap, Platform& platform) {
  Accelerator& chip = platform.accelerator;
  if (!chip.board_power || cap > *chip.board_power) {
    fault(member_pointer(at, "cluster", "power_cap"),
          chip.board_power ? "over the board's own " +
                                 std::to_string(std::lround(chip.board_power->in(watt))) + " W"
                           : "the power of " + chip.record.id + "'s board is not recorded");
    return;
  }
  System& system = platform.system;
  if (system.server_power) *system.server_power -= system.node_size * (*chip.board_power - cap);
  chip = with_power_cap(std::move(chip), cap);
}

void Resolver::fill_system(const PhaseAt& at, Platform& platform) {
  const ClusterSpec& cluster = at.sections.cluster;
  const std::string pointer = at.section(spec_, "cluster");
  if (!cluster.system && !db_.has_system(platform.accelerator.record.id)) {
    const std::string id = platform.accelerator.record.id;
    fault(member_pointer(at, "cluster", "accelerator"),
          "no system is recorded with " + id + ": its links and cards are not known",
          "name one as cluster.system, such as " + likely_systems(db_, platform.accelerator) +
              "; or list " + id + " among a system's accelerators");
  }
  if (!cluster.system) {
    const int node = cluster.node_size.value_or(0);
    platform.system = db_.usual_system(platform.accelerator.record.id, node);
    const bool of_that_size = cluster.node_size && platform.system.node_size == node;
    assume(pointer + "/system", platform.system.record.id,
           of_that_size ? "the system with nodes of that size that this accelerator is built into"
                        : "the system that this accelerator is usually built into",
           Origin::kDefault);
    return;
  }
  auto found = db_.system(*cluster.system);
  if (!found) return unknown(member_pointer(at, "cluster", "system"), "systems", *cluster.system);
  platform.system = std::move(*found);
  const auto& built = platform.system.accelerators;
  if (std::find(built.begin(), built.end(), platform.accelerator.record.id) == built.end()) {
    warn(WarningCode::kSystemWithoutChip,
         "system " + *cluster.system + " is not recorded with " + platform.accelerator.record.id);
  }
}

void Resolver::fill_stack(const PhaseAt& at, Platform& platform) {
  const StackSpec& stack = at.sections.stack;
  const std::string pointer = at.section(spec_, "stack");
  if (stack.record) {
    take_record(at, platform);
  } else {
    take_framework(stack, pointer, platform);
  }
  if (!stack.overlap.value_or(true)) {
    hide_nothing(platform.stack);
    assume(pointer + "/overlap", "none", "the job says that no communication hides", Origin::kFile);
  }
  Stack& used = platform.stack;
  used.fused_accumulation = stack.fused_accumulation.value_or(used.fused_accumulation);
  if (stack.fused_activation) used.unfused_gate = !*stack.fused_activation;
  const bool compiled = stack.compiled.value_or(false);
  if (used.compiles && !stack.compiled.value_or(true)) {
    const auto plain = db_.stack("pytorch");
    used.eager_element_wise = true;
    if (plain) used.dispatch = max(used.dispatch, plain->dispatch);
    used.cuda_graphs = false;
    return;
  }
  if (!platform.stack.eager_element_wise) {
    if (stack.compiled) {
      warn(WarningCode::kCompiledAlready, "compiled changes nothing: the kernels of " +
                                              platform.stack.record.id + " are fused " +
                                              (compiled ? "already" : "by hand"));
    }
    return;
  }
  if (compiled) compile(platform.stack);
  if (stack.compiled) return;
  assume(pointer + "/compiled", "false", "PyTorch's own element-wise kernels, unless it is true",
         Origin::kDefault);
}

void Resolver::take_framework(const StackSpec& stack, const std::string& pointer,
                              Platform& platform) {
  std::string framework = stack.framework.value_or("");
  std::string month = stack.date ? stack.date->month_text() : "";
  std::string era;
  if (framework.empty() && month.empty() && before_fused_attention(platform.accelerator)) {
    framework = "megatron-lm";
    month = kLastEagerPractice;
    era = "; the practice before fused attention";
  } else if (stack.inferred.value_or(false)) {
    era = "; inferred: the source names no software";
  }
  ChosenStack chosen = choose_stack(db_, framework, month, platform.accelerator);
  const bool of_a_gpu = chosen.stack.framework == "default-gpu";
  if (!chosen.known && of_a_gpu && !month.empty() && month < chosen.stack.date) {
    // Before the first default, which has fused attention.
    ChosenStack old = choose_stack(db_, "megatron-lm", month, platform.accelerator);
    old.doubt = chosen.doubt;
    chosen = std::move(old);
    era += "; the practice before fused attention";
  }
  take_stack(std::move(chosen), era, framework.empty() ? Origin::kDefault : Origin::kDerived,
             pointer, platform);
}

void Resolver::take_stack(ChosenStack chosen, const std::string& era, Origin origin,
                          const std::string& pointer, Platform& platform) {
  platform.stack = std::move(chosen.stack);
  platform.names_software = !is_default_stack(platform.stack) && era.empty();
  assume(pointer, platform.stack.record.id, chosen.why + era, origin);
  if (!chosen.doubt.empty()) {
    warn(WarningCode::kSoftwareNotRecorded,
         chosen.doubt + "; " + platform.stack.record.id + " is taken: traincost hw list stacks");
  }
}

// An undated run of a model with two-matrix feed-forwards, on a chip that was out before attention
// was fused, is of the years before that.
bool Resolver::before_fused_attention(const Accelerator& chip) const {
  const std::string& launch = chip.launch;
  const bool old_chip = !launch.empty() && launch < kFusedAttention && chip.vendor == "NVIDIA";
  return old_chip && !job_.model.kinds.empty() && !job_.model.kinds.front().dense.gated;
}

// A record or, of a framework, the newest.
void Resolver::take_record(const PhaseAt& at, Platform& platform) {
  const StackSpec& stack = at.sections.stack;
  const std::string& name = *stack.record;
  const std::string month = stack.date ? stack.date->month_text() : "";
  ChosenStack chosen = choose_stack(db_, name, month, platform.accelerator);
  if (!chosen.known) {
    std::vector<std::string> known;
    for (const Stack& each : db_.stacks()) {
      known.push_back(each.record.id);
      known.push_back(each.framework);
      known.insert(known.end(), each.record.aliases.begin(), each.record.aliases.end());
    }
    const std::string near = did_you_mean(stack_name(name), known);
    fault(member_pointer(at, "stack", "record"), "no stack \"" + name + "\" in hwdb",
          (near.empty() ? "" : near + " ") +
              "`traincost hw list stacks` shows all; {\"framework\": \"" + name +
              "\"} takes the default of the accelerator's family");
    return;
  }
  if (chosen.stack.record.id == name) {
    platform.stack = std::move(chosen.stack);
    platform.names_software = !is_default_stack(platform.stack);
    return;
  }
  take_stack(std::move(chosen), "", Origin::kDerived, at.section(spec_, "stack"), platform);
}

Stack Resolver::updating_stack(const PhaseAt& at, Stack stack) {
  const UpdateSpec& update = at.sections.run;
  const std::string run = at.section(spec_, "run");
  const std::string of_stack = "as stack " + stack.record.id + " keeps it";
  const KeptStates kept = kept_states(stack, update, job_.model);
  if (update.states_kept()) {
    if (!update.optimizer) assume(run + "/optimizer", "adamw", of_stack, Origin::kDerived);
    if (!update.optimizer_states && kept.moments > 0) {
      assume(run + "/optimizer_states", std::to_string(std::lround(kept.moment)) + " bytes each",
             of_stack, Origin::kDerived);
    }
    if (!update.master_weights) {
      assume(run + "/master_weights", kept.master > 0 ? "true" : "false", of_stack,
             Origin::kDerived);
    }
  }
  const std::vector<Offload>& moved = at.sections.run.offload;
  const bool on_host = std::find(moved.begin(), moved.end(), Offload::kOptimizer) != moved.end();
  if (on_host && update.optimizer == Optimizer::kMuon) {
    fault(member_pointer(at, "run", "optimizer"), "muon's products on the host are not modelled",
          "leave \"optimizer\" out of run.offload, or take another optimizer");
  }
  set_update(stack, update, job_.model);
  return stack;
}

ClusterOverrides Resolver::overrides_of(const PhaseAt& at, const System& system) {
  const ClusterSpec& cluster = at.sections.cluster;
  ClusterOverrides overrides;
  overrides.count = cluster.count.value_or(1);
  overrides.node_size = cluster.node_size.value_or(0);
  overrides.slices = cluster.slices.value_or(1);
  if (overrides.count % overrides.slices != 0) {
    fault(member_pointer(at, "cluster", "slices"), "slices (" + std::to_string(overrides.slices) +
                                                       ") does not divide the count (" +
                                                       std::to_string(overrides.count) + ")");
    overrides.slices = 1;
  }
  if (cluster.nic_gbps_per_accelerator) {
    overrides.nic = *cluster.nic_gbps_per_accelerator * Gb_per_s;
    overrides.nic_stated = true;
  }
  if (cluster.network) fill_network(at, system, overrides);
  return overrides;
}

// Cards and switches that the job states over its system's.
void Resolver::fill_network(const PhaseAt& at, const System& system, ClusterOverrides& overrides) {
  const NetworkSpec& network = *at.sections.cluster.network;
  const std::string pointer = at.section(spec_, "cluster") + "/network";
  const int node = overrides.node_size > 0 ? overrides.node_size : system.node_size;
  overrides.derate = network.derate.value_or(1);
  if (network.card_bandwidth) {
    if (overrides.nic_stated) {
      fault(pointer + "/card_bandwidth", "nic_gbps_per_accelerator says the same", "drop one");
    }
    overrides.nic =
        network.cards_per_node.value_or(node) / static_cast<double>(node) * *network.card_bandwidth;
    overrides.nic_stated = true;
  } else if (network.cards_per_node) {
    fault(pointer + "/cards_per_node", "says nothing without card_bandwidth", "add it");
  }
  const Bandwidth card =
      overrides.derate *
      (overrides.nic_stated ? overrides.nic : system.nic_bandwidth.value_or(Bandwidth{}));
  int below = scale_up_domain(system, overrides);
  for (std::size_t i = 0; i < network.tiers.size(); ++i) {
    const TierSpec& stated = network.tiers[i];
    const std::string here = pointer + "/tiers/" + std::to_string(i);
    const std::string name = stated.name.value_or("tier " + std::to_string(i + 1));
    // The lowest begins at a domain, however large that is.
    FabricTier tier{name, i == 0 ? 0 : below, stated.oversubscription.value_or(1)};
    if (stated.bandwidth && stated.oversubscription) {
      fault(here + "/bandwidth", "oversubscription says the same", "drop one");
    } else if (stated.bandwidth && card > Bandwidth{}) {
      tier.oversubscription = std::max(1.0, card / *stated.bandwidth);
    } else if (stated.bandwidth) {
      fault(here + "/bandwidth", "the cards' rate below it is not known", "add card_bandwidth");
    }
    overrides.fabric.push_back(tier);
    const bool last = i + 1 == network.tiers.size();
    if (!stated.accelerators) {
      if (!last) {
        fault(here, "all accelerators meet under " + name + ": nothing is left for the tiers above",
              "add \"accelerators\", how many meet under one of its switches");
      }
      continue;
    }
    if (*stated.accelerators <= below) {
      fault(here + "/accelerators",
            name + " joins " + std::to_string(*stated.accelerators) + " accelerators, and " +
                std::to_string(below) + " meet below it already",
            "more than that, or drop the tier");
    }
    below = *stated.accelerators;
    if (last) overrides.joined = below;
    if (last && below < overrides.count) {
      fault(here + "/accelerators",
            name + " joins " + std::to_string(below) + " of the " +
                std::to_string(overrides.count) + " accelerators, and no tier is above it",
            "add a tier, or leave \"accelerators\" out of the last");
    }
  }
}

}  // namespace traincost
