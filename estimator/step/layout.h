// How one training step is spread over a cluster, and what makes that legal.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/cursor.h"
#include "base/quantity.h"
#include "estimator/model/architecture.h"
#include "estimator/model/operators.h"
#include "estimator/step/schedules.h"

namespace traincost {

struct Layout {
  int tp = 1;
  int pp = 1;
  int vp = 1;  // virtual stages per pipeline rank
  int cp = 1;
  int dp = 1;
  int ep = 1;
  int expert_tp = 1;
  int zero = 1;                 // 0 none, 1 optimizer states, 2 gradients too, 3 parameters too
  int zero_shards = 0;          // ranks that share one copy where fewer than dp; 0: all of dp
  bool shards_outside = false;  // those ranks lie farthest apart, and copies next to each other
  bool sequence_parallel = false;
  bool tp_overlap = false;
  Schedule schedule = Schedule::k1F1B;
  std::vector<int> stage_layers;  // layers of each virtual stage in model order; empty: even

  // Accelerators that it uses; others of the cluster are idle.
  [[nodiscard]] int ranks() const { return tp * pp * cp * dp; }
};

enum class Recompute { kNone, kSelective, kFull, kModules };

inline constexpr Name<Recompute> kRecomputeNames[] = {{"none", Recompute::kNone},
                                                      {"selective", Recompute::kSelective},
                                                      {"full", Recompute::kFull},
                                                      {"modules", Recompute::kModules}};

[[nodiscard]] std::string_view recompute_name(Recompute recompute);

// Megatron's names where it has one; of two for one module the first is said.
inline constexpr Name<Module> kModuleNames[] = {
    {"layernorm", Module::kNorm},
    {"core_attn", Module::kCoreAttention},
    {"mla_up_proj", Module::kLatentUpProjection},
    {"activation", Module::kActivation},
    {"moe_act", Module::kActivation},
    {"mlp", Module::kFeedForward},
    {"shared_experts", Module::kFeedForward},
    {"moe", Module::kExperts},
    {"second_products", Module::kSecondProducts},
};
[[nodiscard]] std::vector<std::string_view> module_names(const ModuleSet& modules);
// Adds the module of that name; nothing where it is none.
void add_module(ModuleSet& modules, std::string_view name);

// The batch of one step, and what becomes of its activations: kept, computed again or moved.
struct Batch {
  double sequence_length = 0;
  std::int64_t global_batch = 0;  // sequences
  std::int64_t micro_batch = 1;   // sequences per data-parallel rank
  Recompute recompute = Recompute::kNone;
  ModuleSet modules;         // for kModules
  int recompute_layers = 0;  // of each virtual stage, where kFull recomputes only so many; 0: all
  bool fp8_activation_cache = false;
  bool offload_activations = false;  // to the host between the passes
  bool offload_optimizer = false;    // states and the update live on the host
  bool offload_parameters = false;   // ZeRO-3's shards live there, and each pass copies them
  // Each gradient is used and freed where the backward pass makes it: not legal where replicas
  // exchange whole ones first.
  bool optimizer_in_backward = false;

  [[nodiscard]] bool recomputes(Module module) const {
    switch (recompute) {
      case Recompute::kNone: return false;
      case Recompute::kFull: return true;
      case Recompute::kSelective: return module == Module::kCoreAttention;
      case Recompute::kModules: return modules.contains(module);
    }
    return false;
  }
  // How many of a virtual stage's `layers` recompute as the mode says; the others keep all.
  [[nodiscard]] int recomputing_layers(int layers) const;
  [[nodiscard]] Batch without_recompute() const;
};

// Everything that forbids a layout, in words; empty where it is legal. Legal: t p c d = count;
// e x expert-tp divides t c d; t divides heads and, above them, kv heads are replicated; c divides
// the sequence; the global batch is d x b x m, all whole; no more stages than layers; the
// schedule's own rule.
struct LayoutFault {
  std::string key;  // member of the layout or run that is at fault: "tp", "global_batch"
  std::string message;
};
[[nodiscard]] std::vector<LayoutFault> layout_faults(const Layout& layout, const Batch& batch,
                                                     const Architecture& model, int count);

// The most micro-batches of a data-parallel rank, `most` at the most, that the schedule takes on so
// many pipeline ranks; 0 where it takes none.
[[nodiscard]] std::int64_t legal_micro_batches(Schedule schedule, int pp, std::int64_t most);

// The fewest that it takes.
[[nodiscard]] std::int64_t least_micro_batches(Schedule schedule, int pp);

// Tokens of one optimizer step: all sequences of the global batch.
[[nodiscard]] Tokens tokens_per_step(const Batch& batch);

// Micro-batches that one data-parallel rank sees in a step.
[[nodiscard]] std::int64_t micro_batches(const Layout& layout, const Batch& batch);

}  // namespace traincost
