#include "estimator/machine/machine.h"

#include <algorithm>

#include "base/units.h"

namespace traincost {
namespace {

using namespace unit;

// What a stream of element-wise kernels reaches of the memory's rate: residual adds 0.88 to 0.96,
// SwiGLU 0.50 to 0.58, unfused norms 0.33 (A100 and H100).
// Source: microsoft/vidur@7d47513, operator profiles; the mean over a layer's mix.
constexpr double kStreamFraction = 0.7;

// Where a chip has no curve of its own or of its family.
constexpr GemmCurve kDefaultCurve{.peak_fraction = 0.6,
                                  .half_depth = 150,
                                  .gap = 3 * microsecond,
                                  .bytes_fraction = 0.7,
                                  .median_error = 0.2,
                                  .rows = 0,
                                  .inherited = true};
constexpr AttentionCurves kDefaultAttention{{0.45, 750}, {0.40, 1000}, true};

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
  rate.operand_bytes = operand_bytes(precision);
  const std::string narrow = base_precision(precision);
  // fp16 and bf16 share units and tiles; block scaling has a curve of its own where measured.
  const std::string blocked = precision == "mxfp8" ? "fp8-block" : precision;
  for (const std::string& key : {blocked, narrow, std::string("bf16")}) {
    const auto found = accelerator.gemm.find(key);
    if (found == accelerator.gemm.end()) continue;
    rate.curve = found->second;
    return rate;
  }
  rate.curve = kDefaultCurve;
  return rate;
}

}  // namespace

std::string attention_generation(const Accelerator& accelerator, const Stack& stack) {
  for (const std::string& generation : stack.attention) {
    if (accelerator.attention.count(generation) != 0) return generation;
  }
  return "";
}

Machine make_machine(const Accelerator& accelerator, const System& system, const Stack& stack,
                     const ClusterOverrides& overrides, const std::string& precision) {
  Machine m;
  m.accelerator_id = accelerator.record.id;
  m.count = overrides.count;
  m.node_size = overrides.node_size > 0 ? overrides.node_size : system.node_size;
  m.scale_up_domain = std::max(system.scale_up_domain, m.node_size);
  // A host smaller than the system's scale-up domain splits it, unless the domain spans hosts.
  if (overrides.node_size > 0 && overrides.node_size < system.node_size) {
    m.scale_up_domain = std::min(system.scale_up_domain, overrides.node_size);
  }
  m.compute_units = accelerator.compute_units.value_or(100);
  const bool has_bf16 = accelerator.peak("bf16").has_value();
  m.base = gemm_rate(accelerator, has_bf16 ? "bf16" : "fp16");
  m.bf16_peak = m.base.peak;
  m.run = gemm_rate(accelerator, precision);
  m.run_precision = precision;
  m.sustained_fraction = accelerator.sustained_fraction;
  m.memory_capacity = accelerator.memory_capacity;
  m.memory = accelerator.memory_bandwidth;
  m.memory_stream = kStreamFraction * accelerator.memory_bandwidth;
  m.attention_generation = attention_generation(accelerator, stack);
  m.attention = m.attention_generation.empty() ? kDefaultAttention
                                               : accelerator.attention.at(m.attention_generation);

  m.torus = system.torus_dimensions > 0;
  m.scale_up = system.scale_up_efficiency * accelerator.scale_up_bandwidth.value_or(16 * GB_per_s);
  const Bandwidth nic =
      overrides.nic_stated ? overrides.nic : system.nic_bandwidth.value_or(25 * Gb_per_s);
  m.scale_out = (system.nic_efficiency / system.oversubscription) * nic;
  m.scale_up_latency = system.scale_up_latency;
  m.scale_out_latency = system.scale_out_latency;
  m.stack = stack;
  return m;
}

}  // namespace traincost
