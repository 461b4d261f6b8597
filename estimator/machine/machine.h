// The machine that a run meets: one accelerator in one system under one software stack.
//
// All look-ups by name happen here, once; what follows are numbers.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "estimator/machine/engine.h"
#include "hwdb/accelerator.h"
#include "hwdb/stack.h"
#include "hwdb/system.h"

namespace traincost {

// A rate for matrix products in one precision.
struct GemmRate {
  FlopRate peak;  // dense, of the chip
  GemmCurve curve;
  double operand_bytes = 2;
  double backward_rate = 1;  // of gradients' products over forward ones
};

// The kernel generation that is computed as products and traffic, not by a curve.
inline constexpr std::string_view kEagerAttention = "eager";

// A level of switches above the cards. Whoever leaves `below` accelerators, those that meet under a
// switch of the level below it, passes through it.
struct FabricTier {
  std::string name;
  int below = 0;                // 0: a scale-up domain
  double oversubscription = 1;  // the cards' rate over what it carries of each accelerator
};

struct Machine {
  std::string accelerator_id;
  int count = 0;
  int node_size = 1;
  int scale_up_domain = 1;
  double compute_units = 100;
  bool paired_units = false;  // two of them work on one tile
  FlopRate bf16_peak;
  GemmRate base;  // bf16 (fp16 on chips without): what stays out of low precision
  GemmRate run;   // the run's precision
  std::string run_precision;
  // Of weights, of activations and of what ranks send of them: 4 where products are fp32 or tf32.
  double element_bytes = 2;
  bool splits_accumulators = false;
  Bytes memory_capacity;
  Bytes cache;              // what a benchmark's repeats find again; zero within a step
  Bandwidth memory;         // of the chip's sheet
  Bandwidth memory_stream;  // what element-wise work reaches of it
  Bandwidth host;           // over the host link, per direction
  std::string attention_generation;
  AttentionCurves attention;

  Bandwidth scale_up;              // per accelerator and direction, reached by a large collective
  Bandwidth scale_out;             // of an accelerator's part of the cards, before switches
  std::vector<FabricTier> fabric;  // the lowest first; empty: switches carry whatever cards send
  Bandwidth send;                  // as scale_up, by one message between two accelerators
  double all_reduce_gain = 1;      // in-switch reduction inside the scale-up domain
  Seconds collective_base;
  Seconds scale_up_latency;
  Seconds scale_out_latency;
  Bandwidth own_copy;       // of a rank's own part of a collective
  Bandwidth pairwise_copy;  // of its own part of an all-to-all
  std::array<double, System::kLargestShare + 1> link_share{};  // by group size; larger: as the last
  bool mesh = false;
  bool torus = false;
  int torus_dimensions = 1;

  FlopRate vector_peak;  // fp32 outside the matrix units
  Stack stack;
  EngineParameters engine;

  // Whether the run's products take operands of fewer bytes than its activations have.
  [[nodiscard]] bool narrow() const { return run.operand_bytes < base.operand_bytes; }
};

// What a job may say that overrides its system's record.
struct ClusterOverrides {
  int count = 0;
  int node_size = 0;  // 0: the system's
  int slices = 1;     // equal parts that meet only over the network: TPU slices
  Bandwidth nic;      // zero: the system's
  bool nic_stated = false;
  double derate = 1;               // share of the cards' rate that is there
  std::vector<FabricTier> fabric;  // empty: the system's
  int joined = 0;                  // accelerators that they join at most; 0: any number
};

// Accelerators that the fast links join, of the system as the overrides have it.
[[nodiscard]] int scale_up_domain(const System& system, const ClusterOverrides& overrides);

// A training step keeps the chip warm for seconds; a benchmark runs one kernel for moments.
enum class Load { kTraining, kBenchmark };

// `precision` must have a peak on this chip (checked where the job is read).
[[nodiscard]] Machine make_machine(const Accelerator& accelerator, const System& system,
                                   const Stack& stack, const EngineParameters& engine,
                                   const ClusterOverrides& overrides, const std::string& precision,
                                   Load load = Load::kTraining);

// What a machine is taken to have where its records do not say: each figure with where it is from.
struct MachineDefault {
  std::string what;
  std::string value;
  std::string why;
};
[[nodiscard]] std::vector<MachineDefault> machine_defaults(const Accelerator& accelerator,
                                                           const System& system,
                                                           const ClusterOverrides& overrides);

// The first kernel generation of the stack that the chip has a curve for; empty where there is
// none. The engine then assumes a default curve, and says so.
[[nodiscard]] std::string attention_generation(const Accelerator& accelerator, const Stack& stack);

}  // namespace traincost
