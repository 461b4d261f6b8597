// How far the engine is from measured kernels and collectives, and the curves that would bring it
// nearer: a fold over measured rows, and a fit for each chip.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "estimator/evidence/calibrate.h"
#include "hwdb/hwdb.h"

namespace traincost {

// Rows of one chip and one kind of kernel: "matrix products, fp8-block", "all_reduce, 8 ranks".
struct KernelErrors {
  std::string accelerator;
  std::string operation;  // "gemm", "attention", "element_wise", "all_reduce", ...
  std::string variant;    // precision, kernel, or ranks and size
  bool apart = false;
  int n = 0;
  double median_ape = 0;
  double mape = 0;
  double bias = 0;  // mean signed error
};

struct UncomparedRows {
  std::string accelerator;
  std::string reason;
  int n = 0;
};

struct Comparison {
  std::vector<KernelErrors> groups;  // by operation, accelerator, variant
  std::vector<UncomparedRows> uncompared;
  int rows = 0;
};

[[nodiscard]] Comparison compare(const std::vector<Measurement>& rows, const HardwareDb& db);

// The fitted curves of one chip.
struct FittedKernels {
  std::string accelerator;
  std::map<std::string, GemmCurve> gemm;
  std::map<std::string, AttentionCurves> attention;
};

// Chips without a row of their own are left out. `progress` hears of each chip before its fit.
[[nodiscard]] std::vector<FittedKernels> calibrate(
    const std::vector<Measurement>& rows, const HardwareDb& db,
    const std::function<void(int done, int of, const std::string& accelerator)>& progress);

}  // namespace traincost
