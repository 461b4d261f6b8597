// One accelerator: its dense peaks, memory, links, power, and how much of them kernels reach.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/quantity.h"
#include "base/units.h"
#include "hwdb/record.h"

namespace traincost {

// How long a matrix product takes, as fitted on measured rows (estimator/machine/kernels.h):
// peak_fraction is what a large product reaches, half_depth the depth k at which the pipeline's
// ramp costs half, gap the time between kernels, bytes_fraction the memory bandwidth reached.
struct GemmCurve {
  double peak_fraction = 0;
  double half_depth = 0;
  Seconds gap;
  double bytes_fraction = 0;
  double sustained_fraction = 1;            // of that rate under a load that lasts: power binds
  Seconds power_response = kPowerResponse;  // of a product that has lost half of what power takes
  double cast_passes = 0;                   // memory passes of casting one operand, where rows have
  double cache_gain = 1;    // over the memory, of operands that a repeated product finds cached
  double median_error = 0;  // of the fit, over its rows
  int rows = 0;             // measured rows that it rests on; 0 where it is assumed
  bool inherited = false;   // taken from a related chip

  static constexpr Seconds kPowerResponse = 2 * unit::millisecond;
};

// One pass of attention reaches peak_fraction / (1 + half_keys / keys) of the bf16 peak, keys being
// those that a query sees.
struct AttentionCurve {
  double peak_fraction = 0;
  double half_keys = 0;
};

struct AttentionCurves {
  AttentionCurve forward;
  AttentionCurve backward;
  double head_exponent = 0;  // the rate grows with (head size / 128) to this power, up to 128
  Seconds gap;               // a call's own time on the device
  double median_error = 0;
  int rows = 0;
  bool inherited = false;
};

struct Accelerator {
  Record record;
  std::string vendor;
  std::string architecture;
  std::string form_factor;

  std::map<std::string, FlopRate> peak_dense;  // by precision: "bf16", "fp8", ...
  Bytes memory_capacity;
  Bandwidth memory_bandwidth;
  Bytes cache_capacity;  // last level; zero where not known
  std::optional<int> compute_units;
  std::optional<bool> paired_units;             // two compute units work on one tile of a product
  std::optional<Bandwidth> scale_up_bandwidth;  // per direction
  std::optional<int> scale_up_domain;           // accelerators that the links join
  std::optional<Bandwidth> host_bandwidth;      // per direction, what a copy reaches of the link
  std::optional<Power> board_power;
  std::optional<Grams> embodied_carbon;  // of making it; each record says within which boundary
  std::optional<Area> die_area;  // per die
  std::optional<int> dies;
  bool die_area_is_upper_bound = false;
  std::optional<Bandwidth> host_line_rate;  // per direction, what the host link is rated at
  bool has_own_links = true;  // false where accelerators meet over the host link alone
  std::string launch;         // YYYY or YYYY-MM, as makers count it; empty where not known
  std::string generation;     // launch of the oldest chip in the line that its kernels are from
  bool datacenter = true;     // designed or marketed for data centres

  // Formats whose scales the matrix units apply themselves: "mxfp8", "nvfp4".
  std::vector<std::string> scaled_formats;
  // Partial sums of 8-bit products leave the matrix units every few steps.
  bool splits_accumulators = false;

  // What products keep of a benchmark's rate while a load lasts for seconds; power binds below 1.
  std::optional<double> lasting_rate;
  std::string kernels_inherited_from;                // id of the related chip, or empty
  std::map<std::string, GemmCurve> gemm;             // by precision; "fp8-block" beside "fp8"
  std::map<std::string, AttentionCurves> attention;  // by kernel generation: "fa2", "cudnn"

  // Whether the record is of one GPU of a board that is sold, and draws, as two: a superchip.
  [[nodiscard]] bool is_half_of_a_board() const { return form_factor == "superchip/rack"; }
  // Whether a run's products may be in the format ("fp8-block", "mxfp8").
  [[nodiscard]] bool runs(const std::string& format) const;
  // The dense peak of the units that a format runs on, or nothing where the chip lacks them.
  [[nodiscard]] std::optional<FlopRate> peak(const std::string& precision) const;
};

// What chips of one family share of their ids, form, memory and links apart: "h100" of "h100-sxm",
// "ascend-910b" of "ascend-910b2". Others are a family of their own: "tpu-v5e".
[[nodiscard]] std::string family_of(std::string_view id);

// Formats that a run's products may be in.
inline constexpr Name<const char*> kRunPrecisions[] = {
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

// The curve on a board that has `share` of the power for each of its FLOP/s:
//
//   sustained' = sustained x share^0.55, at most 1
//
// What no limit holds on its own board none is assumed to hold on another. Source: pairs of boards
// of one die. A100 PCIe against SXM (250 and 400 W, both measured: hwdb/data/measurements): 0.70
// over 0.92 of the rate at 0.63 of the power, exponent 0.58; H100 PCIe (350 W, products of 433 to
// 449 TFLOP/s, public tests) against SXM: 0.46 to 0.5. A cap of 600 W on 700 W then costs products
// that last 8%; a vendor of cap settings says 10 to 15% of a step.
[[nodiscard]] GemmCurve at_power(GemmCurve curve, double share);

// The accelerator with its boards held to `cap`, at most their own power: products, and fused
// attention alike.
[[nodiscard]] Accelerator with_power_cap(Accelerator accelerator, Power cap);

// Throws nothing: faults go to the cursor's document.
[[nodiscard]] Accelerator read_accelerator(const JsonCursor& cursor);

// "fp8-block" -> "fp8", "nvfp4" -> "fp4": the unit of the chip that a format runs on.
[[nodiscard]] std::string base_precision(const std::string& precision);

}  // namespace traincost
