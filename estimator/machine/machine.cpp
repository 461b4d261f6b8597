#include "estimator/machine/machine.h"

#include <algorithm>

#include "base/units.h"
#include "estimator/machine/kernels.h"

namespace traincost {
namespace {

using namespace unit;

// Where a chip has no curve of its own or of its family.
constexpr GemmCurve kDefaultCurve{.peak_fraction = 0.6,
                                  .half_depth = 150,
                                  .gap = 3 * microsecond,
                                  .bytes_fraction = 0.7,
                                  .median_error = 0.2,
                                  .rows = 0,
                                  .inherited = true};
constexpr AttentionCurves kDefaultAttention{
    .forward = {0.45, 375}, .backward = {0.40, 500}, .inherited = true};

// Of chips that are half known. Vector units are a sixteenth of the matrix units on A100 (19.5 of
// 312 TFLOP/s, NVIDIA's sheet); the links are those of PCIe 4.0 x16: 26 GB/s as nvbandwidth
// measures a pinned copy, 16 GB/s as collectives reach between cards (recalled); the card is the
// slowest that clusters are built with (recalled); the units are near those of A100 (108).
constexpr double kVectorShare = 1.0 / 16;
constexpr Bandwidth kHostLink = 26 * GB_per_s;
constexpr Bandwidth kLinkWithoutRecord = 16 * GB_per_s;
constexpr Bandwidth kCardWithoutRecord = 25 * Gb_per_s;
constexpr double kComputeUnits = 100;

constexpr double kHalf = 2, kCopy = 4;  // bytes of a gradient

// Of the memory's bandwidth, what a ring's kernel reaches copying a rank's own part. Fitted on the
// published nccl-tests of A100 to B300 together.
constexpr double kOwnCopy = 0.18;

double link_share(const System& system, int size) {
  if (system.link_share.empty()) return 1;
  const auto listed = system.link_share.lower_bound(size);
  return listed == system.link_share.end() ? system.link_share.rbegin()->second : listed->second;
}

double operand_bytes(const std::string& precision) {
  const std::string base = base_precision(precision);
  if (base == "fp8" || base == "int8") return 1;
  if (base == "fp4") return 0.5625;  // a 16-element block shares one scale byte
  if (base == "fp32" || base == "tf32") return 4;
  return 2;
}

GemmRate gemm_rate(const Accelerator& accelerator, const std::string& precision) {
  GemmRate rate;
  rate.peak = accelerator.peak(precision).value_or(FlopRate{});
  // AMD's sheets tell the matrix units' fp32 apart from the vector units'.
  const auto matrix = accelerator.peak_dense.find(precision + "_matrix");
  if (matrix != accelerator.peak_dense.end()) rate.peak = matrix->second;
  rate.operand_bytes = operand_bytes(precision);
  // fp16 and bf16 share units and tiles; block scaling has a curve of its own where measured.
  for (const std::string& key : {precision, base_precision(precision), std::string("bf16")}) {
    const auto found = accelerator.gemm.find(key);
    if (found == accelerator.gemm.end()) continue;
    rate.curve = found->second;
    return rate;
  }
  rate.curve = kDefaultCurve;
  return rate;
}

// What a training step finds of curves that were fitted on kernels alone.
void warm_up(Machine& m, double lasting_rate) {
  const double burst = m.base.curve.peak_fraction;
  for (GemmRate* rate : {&m.base, &m.run}) {
    GemmCurve& curve = rate->curve;
    curve.sustained_fraction = std::min(curve.sustained_fraction, lasting_rate);
    curve = warmed(curve, m.engine.power_share);
  }
  if (m.splits_accumulators) m.run.backward_rate = m.engine.split_accumulator_rate;
  // Serving kernels' gap holds the casts' launches, which a step counts apart.
  if (m.narrow()) m.run.curve.gap = min(m.run.curve.gap, m.base.curve.gap);
  // Attention draws as much power as products; a server's call holds the page tables' kernels.
  const double warm = m.base.curve.peak_fraction / burst;
  m.attention.forward.peak_fraction *= warm;
  m.attention.backward.peak_fraction *= warm;
  m.attention.gap = min(m.attention.gap, m.base.curve.gap);
}

}  // namespace

std::vector<MachineDefault> machine_defaults(const Accelerator& accelerator, const System& system,
                                             const ClusterOverrides& overrides) {
  std::vector<MachineDefault> taken;
  const std::string chip = accelerator.record.id;
  const auto take = [&](bool unknown, const char* what, const char* value, const char* why) {
    if (unknown) taken.push_back({chip + ": " + what, value, why});
  };
  take(!accelerator.peak("fp32"), "fp32 peak of the vector units", "1/16 of bf16",
       "not recorded; A100's ratio");
  take(!accelerator.compute_units, "compute units", "100", "not recorded; near A100's");
  take(!accelerator.host_bandwidth, "host link", "26 GB/s", "not recorded; PCIe 4.0 x16");
  take(!accelerator.scale_up_bandwidth && accelerator.has_own_links, "links between accelerators",
       "16 GB/s", "not recorded; PCIe 4.0 x16, as collectives reach");
  const bool crosses = overrides.count > system.scale_up_domain && system.torus_dimensions == 0;
  take(crosses && !system.nic_bandwidth && !overrides.nic_stated, "network card", "25 Gb/s",
       "not recorded; the slowest that clusters are built with");
  take(!accelerator.board_power && !system.server_power, "board power", "400 W",
       "not recorded; A100's");
  return taken;
}

std::string attention_generation(const Accelerator& accelerator, const Stack& stack) {
  for (const std::string& generation : stack.attention) {
    if (accelerator.attention.count(generation) != 0) return generation;
  }
  return "";
}

int scale_up_domain(const System& system, const ClusterOverrides& overrides) {
  const int node = overrides.node_size > 0 ? overrides.node_size : system.node_size;
  int domain = std::max(system.scale_up_domain, node);
  // A host smaller than the system's scale-up domain splits it, unless the domain spans hosts.
  const bool spans_hosts = system.scale_up_domain > system.node_size;
  if (!spans_hosts && node < system.node_size) domain = std::min(system.scale_up_domain, node);
  return overrides.slices > 1 ? std::min(domain, overrides.count / overrides.slices) : domain;
}

Machine make_machine(const Accelerator& accelerator, const System& system, const Stack& stack,
                     const EngineParameters& engine, const ClusterOverrides& overrides,
                     const std::string& precision, Load load) {
  Machine m;
  m.engine = engine;
  m.accelerator_id = accelerator.record.id;
  m.count = overrides.count;
  m.node_size = overrides.node_size > 0 ? overrides.node_size : system.node_size;
  m.scale_up_domain = scale_up_domain(system, overrides);
  m.compute_units = accelerator.compute_units ? *accelerator.compute_units : kComputeUnits;
  m.paired_units = accelerator.paired_units.value_or(false);
  if (load == Load::kBenchmark) m.cache = accelerator.cache_capacity;
  const bool has_bf16 = accelerator.peak("bf16").has_value();
  m.base = gemm_rate(accelerator, has_bf16 ? "bf16" : "fp16");
  m.bf16_peak = m.base.peak;
  m.run = gemm_rate(accelerator, precision);
  const bool wide = m.run.operand_bytes > m.base.operand_bytes;
  if (wide) {
    m.element_bytes = m.run.operand_bytes;
    m.base = m.run;
  }
  // Hopper's matrix units keep 14 bits of 8-bit sums; backward passes promote them to fp32 on the
  // vector units every few steps, block scaling in the forward pass too (its rows hold that).
  // Source: DeepSeek-V3, arXiv:2412.19437, section 3.3.2; Transformer Engine's recipes set
  // use_split_accumulator for both gradients (recalled).
  m.splits_accumulators = accelerator.splits_accumulators && base_precision(precision) == "fp8" &&
                          precision != "fp8-block";
  m.run_precision = precision;
  m.vector_peak = accelerator.peak("fp32").value_or(kVectorShare * m.bf16_peak);
  m.memory_capacity = accelerator.memory_capacity;
  m.memory = accelerator.memory_bandwidth;
  m.memory_stream = engine.stream_rate * accelerator.memory_bandwidth;
  m.host = accelerator.host_bandwidth.value_or(kHostLink);
  // No fused kernel of attention takes fp32.
  m.attention_generation =
      wide ? std::string(kEagerAttention) : attention_generation(accelerator, stack);
  const auto curves = accelerator.attention.find(m.attention_generation);
  m.attention = curves == accelerator.attention.end() ? kDefaultAttention : curves->second;
  if (load == Load::kTraining) warm_up(m, accelerator.lasting_rate.value_or(1));

  m.own_copy = kOwnCopy * accelerator.memory_bandwidth;
  m.pairwise_copy = system.pairwise_copy * accelerator.memory_bandwidth;
  for (int size = 0; size <= System::kLargestShare; ++size) {
    m.link_share[static_cast<std::size_t>(size)] = link_share(system, size);
  }
  m.mesh = system.mesh;
  m.torus = system.torus_dimensions > 0;
  m.torus_dimensions = std::max(1, system.torus_dimensions);
  const Bandwidth links =
      engine.scale_up_rate * accelerator.scale_up_bandwidth.value_or(kLinkWithoutRecord);
  m.scale_up = system.scale_up_efficiency * links;
  m.send = system.send_efficiency.value_or(system.scale_up_efficiency) * links;
  const Bandwidth nic =
      overrides.nic_stated ? overrides.nic : system.nic_bandwidth.value_or(kCardWithoutRecord);
  m.scale_out = engine.scale_out_rate * (system.nic_efficiency * overrides.derate) * nic;
  m.fabric = overrides.fabric;
  if (m.fabric.empty() && system.oversubscription > 1) {
    m.fabric = {{"network", 0, system.oversubscription}};
  }
  m.all_reduce_gain = system.all_reduce_gain;
  m.collective_base = engine.latency * system.collective_base;
  m.scale_up_latency = engine.latency * system.scale_up_latency;
  m.scale_out_latency = engine.latency * system.scale_out_latency;
  m.stack = stack;
  const auto& captured = stack.graphs_on;
  m.stack.cuda_graphs =
      stack.cuda_graphs &&
      (captured.empty() ||
       std::any_of(captured.begin(), captured.end(), [&](const std::string& architecture) {
         return accelerator.architecture.rfind(architecture, 0) == 0;
       }));
  // Accumulation in fp32 is the rule of bf16 and of the fused product only; else the optimizer
  // makes an fp32 copy of its gradients.
  // Source: NVIDIA/Megatron-LM@d98e8a6 megatron/training/arguments.py; docs/source/api-guide,
  // distributed optimizer, theoretical memory (recalled).
  const bool ruled = !stack.fused_accumulation && !stack.gradients_stated;
  if (precision == "fp16" && ruled && stack.gradient_bytes > kHalf) {
    m.stack.gradient_bytes = kHalf;
    m.stack.optimizer_bytes += kCopy;
  }
  // Weights in fp32 are their own masters.
  if (wide) {
    if (!stack.gradients_stated) m.stack.gradient_bytes = m.element_bytes;
    constexpr double kMoments = 8;
    if (stack.optimizer_bytes > kMoments) m.stack.optimizer_bytes -= m.element_bytes;
  }
  if (stack.reduction_bytes <= 0) m.stack.reduction_bytes = m.stack.gradient_bytes;
  return m;
}

}  // namespace traincost
