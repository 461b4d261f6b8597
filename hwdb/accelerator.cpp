#include "hwdb/accelerator.h"

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "base/units.h"

namespace traincost {
namespace {

using namespace unit;

constexpr double kPowerExponent = 0.55;  // at_power

constexpr const char* kPrecisions[] = {
    "fp64",        "fp64_tensor", "fp64_matrix", "fp32",      "fp32_matrix", "tf32", "bf16", "fp16",
    "fp16_vector", "fp16_acc16",  "fp8",         "fp8_acc16", "fp6",         "fp4",  "int8", "int4",
};

// A host link by the name that records give it, x16.
struct HostLink {
  const char* name;
  Bandwidth line_rate;  // per direction
  Bandwidth reached;    // by a pinned copy
};

// Source of what is reached: nvbandwidth as published by Azure and AWS, 26 GB/s of generation 4 and
// 52 of 5; the others in proportion to the line rate; C2C 369 of 450.
std::optional<HostLink> host_link(const std::string& text) {
  static const HostLink kCoherent{"C2C", 450 * GB_per_s, 369 * GB_per_s};
  static const HostLink kLinks[] = {{"PCIe 3.0", 16 * GB_per_s, 13 * GB_per_s},
                                    {"PCIe 4.0", 32 * GB_per_s, 26 * GB_per_s},
                                    {"PCIe 5.0", 64 * GB_per_s, 52 * GB_per_s},
                                    {"PCIe 6.0", 128 * GB_per_s, 104 * GB_per_s}};
  if (text.find("C2C") != std::string::npos) return kCoherent;
  for (const HostLink& each : kLinks) {
    if (text.rfind(each.name, 0) != 0) continue;
    const double lanes = text.find("x8") != std::string::npos ? 0.5 : 1;
    return HostLink{each.name, lanes * each.line_rate, lanes * each.reached};
  }
  return std::nullopt;
}

GemmCurve read_gemm(RecordReader& reader, const JsonCursor& at) {
  GemmCurve curve;
  if (!at.expect_object()) return curve;
  at.require("peak_fraction");
  curve.peak_fraction = at.number("peak_fraction", {0.01, 1.5}).value_or(0.5);
  curve.half_depth = at.number("half_depth", {0, 10000}).value_or(0);
  curve.gap = at.quantity<Dimension{.second = 1}>("gap").value_or(Seconds{});
  if (curve.gap < Seconds{} || curve.gap > 1 * millisecond) at.fault("gap is not 0 to 1 ms");
  curve.bytes_fraction = at.number("bytes_fraction", {0.05, 1}).value_or(0.7);
  curve.sustained_fraction = at.number("sustained_fraction", {0.3, 1}).value_or(1);
  curve.power_response =
      at.quantity<Dimension{.second = 1}>("power_response").value_or(GemmCurve::kPowerResponse);
  if (curve.power_response < 10 * microsecond || curve.power_response > 1 * second) {
    at.fault("power_response is not 10 us to 1 s");
  }
  curve.cast_passes = at.number("cast_passes", {0, 20}).value_or(0);
  curve.cache_gain = at.number("cache_gain", {1, 20}).value_or(1);
  curve.median_error = at.number("median_error", {0, 1}).value_or(0);
  curve.rows = static_cast<int>(at.integer("rows", {0, 1e7}).value_or(0));
  if (at.require("source")) reader.use_source(at, at.text("source").value_or(""));
  at.accept("note");
  at.finish();
  return curve;
}

AttentionCurve read_attention_pass(const JsonCursor& at, const char* pass) {
  const auto member = at.require(pass);
  AttentionCurve curve;
  if (!member || !member->expect_object()) return curve;
  curve.peak_fraction = member->number("peak_fraction", {0.01, 1.5}).value_or(0.5);
  curve.half_keys = member->number("half_keys", {0, 100000}).value_or(0);
  member->finish();
  return curve;
}

void read_kernels(RecordReader& reader, Accelerator& accelerator) {
  const auto kernels = reader.cursor().find("kernels");
  if (!kernels || !kernels->expect_object()) return;
  accelerator.kernels_inherited_from = kernels->text("inherits").value_or("");
  if (const auto gemm = kernels->find("gemm")) {
    for (const auto& [precision, curve] : gemm->members()) {
      accelerator.gemm[precision] = read_gemm(reader, curve);
    }
  }
  if (const auto attention = kernels->find("attention")) {
    for (const auto& [generation, curves] : attention->members()) {
      if (!curves.expect_object()) continue;
      AttentionCurves& read = accelerator.attention[generation];
      read.forward = read_attention_pass(curves, "forward");
      read.backward = read_attention_pass(curves, "backward");
      read.head_exponent = curves.number("head_exponent", {-1, 2}).value_or(0);
      read.gap = curves.quantity<Dimension{.second = 1}>("gap").value_or(Seconds{});
      read.median_error = curves.number("median_error", {0, 1}).value_or(0);
      read.rows = static_cast<int>(curves.integer("rows", {0, 1e7}).value_or(0));
      if (curves.require("source")) {
        reader.use_source(curves, curves.text("source").value_or(""));
      }
      curves.accept("note");
      curves.finish();
    }
  }
  kernels->finish();
}

}  // namespace

std::string base_precision(const std::string& precision) {
  if (precision == "fp8-block" || precision == "fp8-tensorwise" || precision == "fp8-rowwise" ||
      precision == "mxfp8") {
    return "fp8";
  }
  if (precision == "nvfp4" || precision == "mxfp4") return "fp4";
  return precision;
}

bool Accelerator::runs(const std::string& format) const {
  if (!peak(format)) return false;
  const bool scaled = format.rfind("mx", 0) == 0 || format.rfind("nv", 0) == 0;
  return !scaled ||
         std::find(scaled_formats.begin(), scaled_formats.end(), format) != scaled_formats.end();
}

std::optional<FlopRate> Accelerator::peak(const std::string& precision) const {
  const auto found = peak_dense.find(base_precision(precision));
  if (found == peak_dense.end()) return std::nullopt;
  return found->second;
}

GemmCurve at_power(GemmCurve curve, double share) {
  if (curve.sustained_fraction >= 1) return curve;
  curve.sustained_fraction =
      std::min(1.0, curve.sustained_fraction * std::pow(share, kPowerExponent));
  return curve;
}

Accelerator with_power_cap(Accelerator accelerator, Power cap) {
  if (!accelerator.board_power || cap >= *accelerator.board_power) return accelerator;
  const double share = cap / *accelerator.board_power;
  for (auto& [precision, curve] : accelerator.gemm) curve = at_power(curve, share);
  for (auto& [generation, curves] : accelerator.attention) {
    for (AttentionCurve* pass : {&curves.forward, &curves.backward}) {
      pass->peak_fraction *= std::pow(share, kPowerExponent);
    }
  }
  accelerator.board_power = cap;
  return accelerator;
}

Accelerator read_accelerator(const JsonCursor& cursor) {
  RecordReader reader(cursor, "accelerators");
  Accelerator a;
  a.vendor = cursor.text("vendor").value_or("");
  a.architecture = cursor.text("architecture").value_or("");
  a.form_factor = cursor.text("form_factor").value_or("");
  cursor.accept("vendor");

  a.launch = a.generation = reader.text("launch").value_or("");
  a.datacenter = !reader.text("marketed_for");
  for (const std::string& precision : reader.names_in("peak_dense")) {
    bool known = false;
    for (const char* each : kPrecisions) known = known || precision == each;
    if (!known) {
      cursor.fault("unknown precision \"" + precision + "\" in peak_dense");
      continue;
    }
    const auto peak =
        reader.quantity("peak_dense." + precision, 0.1 * TFLOP_per_s, 50000 * TFLOP_per_s);
    if (peak) a.peak_dense[precision] = *peak;
  }
  const auto capacity = reader.quantity("memory_capacity", 1 * GB, 2000 * GB);
  a.memory_capacity = reader.required("memory_capacity", capacity);
  reader.text("memory_type");
  const auto bandwidth = reader.quantity("memory_bandwidth", 50 * GB_per_s, 50000 * GB_per_s);
  a.memory_bandwidth = reader.required("memory_bandwidth", bandwidth);
  a.cache_capacity = reader.quantity("cache_capacity", 0.5 * MB, 2000 * MB).value_or(Bytes{});
  a.compute_units = reader.count("compute_units", {1, 10000});
  a.paired_units = reader.flag("paired_units");
  reader.quantity("boost_clock", 100 * MHz, 5000 * MHz);
  a.has_own_links = reader.text("scale_up_link").value_or("") != "none";
  a.scale_up_bandwidth = reader.quantity("scale_up_bandwidth", 1 * GB_per_s, 5000 * GB_per_s);
  a.scale_up_domain = reader.count("scale_up_domain", {1, 100000});
  if (const auto text = reader.text("host_link")) {
    if (const auto link = host_link(*text)) {
      a.host_bandwidth = link->reached;
      a.host_line_rate = link->line_rate;
    }
  }
  a.embodied_carbon = reader.quantity("embodied_carbon", 1 * kg, 20000 * kg);
  a.board_power = reader.quantity("board_power", 10 * watt, 5000 * watt);
  a.die_area = reader.quantity("die_area", 20 * mm2, 1000 * mm2);
  a.die_area_is_upper_bound = reader.flag("die_area_is_upper_bound").value_or(false);
  a.dies = reader.count("dies", {1, 32});
  reader.text("process");
  if (const auto formats = reader.text("scaled_formats")) a.scaled_formats = words_of(*formats);
  a.splits_accumulators = reader.flag("splits_accumulators").value_or(false);
  a.lasting_rate = reader.number("lasting_rate", {0.3, 1});
  read_kernels(reader, a);
  a.record = reader.finish();
  return a;
}

std::string family_of(std::string_view id) {
  const std::size_t dash = id.find('-');
  if (id.rfind("tpu-", 0) == 0 || dash == std::string_view::npos) return std::string(id);
  constexpr std::string_view kAscend = "ascend-";
  if (id.rfind(kAscend, 0) == 0) {  // a letter, and a number for each of its members
    const bool member = id.back() >= '0' && id.back() <= '9' && id.size() > kAscend.size() + 4;
    return std::string(member ? id.substr(0, id.size() - 1) : id);
  }
  return std::string(id.substr(0, dash));
}

}  // namespace traincost
