#include "estimator/evidence/kernel_comparison.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>

#include "base/median.h"
#include "base/units.h"
#include "estimator/job/job.h"

namespace traincost {
namespace {

using namespace unit;

// The curve that a precision's rows speak for: bf16 and fp16 share units and tiles.
std::string curve_name(const std::string& precision) {
  if (precision == "fp16") return "bf16";
  return precision == "nvfp4" ? "fp4" : precision;
}

struct Kind {
  std::string operation, variant;
};

Kind kind_of(const Measurement& row) {
  if (const auto* gemm = std::get_if<MeasuredGemm>(&row.shape)) {
    std::string variant = curve_name(gemm->precision);
    if (gemm->groups > 1) variant += ", grouped";
    if (gemm->pass == Pass::kInputGradient) variant += ", input gradient";
    if (gemm->pass == Pass::kWeightGradient) variant += ", weight gradient";
    if (gemm->best_of) variant += ", best shape";
    return {"gemm", variant};
  }
  if (const auto* attention = std::get_if<MeasuredAttention>(&row.shape)) {
    return {"attention", attention->kernel};
  }
  if (const auto* collective = std::get_if<MeasuredCollective>(&row.shape)) {
    const bool large = collective->bytes >= 1 * MiB;
    const std::string forced =
        collective->algorithm.empty() ? "" : ", forced " + collective->algorithm;
    return {collective->collective, std::to_string(collective->ranks) +
                                        (large ? " ranks, 1 MiB or more" : " ranks, under 1 MiB") +
                                        forced};
  }
  return {"element_wise", std::get<MeasuredElementWise>(row.shape).kernel};
}

// Machines by chip, precision and network, each made once.
class Benches {
 public:
  explicit Benches(const HardwareDb& db) : db_(db), engine_(engine_of(db).parameters) {
    // What the engine adds to a kernel inside a step has no place around one alone.
    engine_.attention_rate = 1;
  }

  // Nothing where the database lacks the chip.
  const Accelerator* accelerator(const std::string& id) {
    auto found = accelerators_.find(id);
    if (found == accelerators_.end()) {
      auto read = db_.accelerator(id);
      if (!read) return nullptr;
      found = accelerators_.emplace(id, std::move(*read)).first;
    }
    return &found->second;
  }

  const Machine& machine(const Accelerator& accelerator, const Measurement& row) {
    std::string precision = accelerator.peak("bf16") ? "bf16" : "fp16";
    ClusterOverrides overrides;
    if (const auto* gemm = std::get_if<MeasuredGemm>(&row.shape)) precision = gemm->precision;
    if (const auto* collective = std::get_if<MeasuredCollective>(&row.shape)) {
      overrides.nic_stated = collective->nic.has_value();
      overrides.nic = collective->nic.value_or(Bandwidth{});
    }
    const auto key = std::make_tuple(accelerator.record.id, precision, row.system,
                                     overrides.nic.in(1 * GB_per_s));
    const auto found = machines_.find(key);
    if (found != machines_.end()) return found->second;
    const auto named = row.system.empty() ? std::nullopt : db_.system(row.system);
    const System system = named ? *named : db_.usual_system(accelerator.record.id);
    return machines_.emplace(key, bench_machine(accelerator, system, engine_, overrides, precision))
        .first->second;
  }

 private:
  const HardwareDb& db_;
  EngineParameters engine_;
  std::map<std::string, Accelerator> accelerators_;
  std::map<std::tuple<std::string, std::string, std::string, double>, Machine> machines_;
};

std::string missing(const Accelerator* accelerator, const Measurement& row) {
  if (accelerator == nullptr) return "no accelerator \"" + row.accelerator + "\" in hwdb";
  if (const auto* gemm = std::get_if<MeasuredGemm>(&row.shape)) {
    if (!accelerator->peak(gemm->precision)) return "no dense peak for " + gemm->precision;
  }
  return "";
}

KernelErrors errors_of(std::vector<double> errors) {
  KernelErrors group;
  group.n = static_cast<int>(errors.size());
  for (const double error : errors) group.bias += error / group.n;
  for (double& error : errors) error = std::fabs(error);
  for (const double error : errors) group.mape += error / group.n;
  group.median_ape = median(errors);
  return group;
}

}  // namespace

Comparison compare(const std::vector<Measurement>& rows, const HardwareDb& db) {
  Benches benches(db);
  std::map<std::tuple<std::string, std::string, std::string, bool>, std::vector<double>> errors;
  std::map<std::pair<std::string, std::string>, int> left;
  Comparison result;
  for (const Measurement& row : rows) {
    const Accelerator* accelerator = benches.accelerator(row.accelerator);
    std::string reason = missing(accelerator, row);
    const Kind kind = kind_of(row);
    if (reason.empty()) {
      const auto time = predicted_time(benches.machine(*accelerator, row), *accelerator, row);
      if (time) {
        errors[{kind.operation, row.accelerator, kind.variant, row.apart}].push_back(
            *time / row.time - 1);
        ++result.rows;
        continue;
      }
      reason = "no curve for " + kind.operation + " " + kind.variant;
    }
    ++left[{row.accelerator, reason}];
  }
  for (auto& [key, each] : errors) {
    KernelErrors group = errors_of(std::move(each));
    std::tie(group.operation, group.accelerator, group.variant, group.apart) = key;
    result.groups.push_back(std::move(group));
  }
  for (const auto& [key, n] : left) result.uncompared.push_back({key.first, key.second, n});
  return result;
}

std::vector<FittedKernels> calibrate(
    const std::vector<Measurement>& rows, const HardwareDb& db,
    const std::function<void(int done, int of, const std::string& accelerator)>& progress) {
  struct Rows {
    std::map<std::string, std::vector<const Measurement*>> gemm, best_of, attention;
  };
  std::map<std::string, Rows> chips;
  Benches benches(db);
  for (const Measurement& row : rows) {
    const Accelerator* accelerator = benches.accelerator(row.accelerator);
    if (row.apart || !missing(accelerator, row).empty()) continue;
    if (const auto* gemm = std::get_if<MeasuredGemm>(&row.shape)) {
      Rows& chip = chips[row.accelerator];
      (gemm->best_of ? chip.best_of : chip.gemm)[curve_name(gemm->precision)].push_back(&row);
    } else if (const auto* attention = std::get_if<MeasuredAttention>(&row.shape)) {
      // Eager attention is computed as products, not by a curve.
      if (attention->kernel != "eager") {
        chips[row.accelerator].attention[attention->kernel].push_back(&row);
      }
    }
  }
  std::map<std::string, FittedKernels> fitted;
  // A curve starts from that of the chip which its own inherits from: few rows then move little.
  const auto start_of = [&](const Accelerator& accelerator, const std::string& precision) {
    constexpr GemmCurve kStart{
        .peak_fraction = 0.7, .half_depth = 100, .gap = 3 * microsecond, .bytes_fraction = 0.8};
    const std::string& parent = accelerator.kernels_inherited_from;
    const auto fresh = fitted.find(parent);
    if (fresh != fitted.end() && fresh->second.gemm.count(precision) != 0) {
      return fresh->second.gemm.at(precision);
    }
    const Accelerator* known = parent.empty() ? nullptr : benches.accelerator(parent);
    return known != nullptr && known->gemm.count(precision) != 0 ? known->gemm.at(precision)
                                                                 : kStart;
  };
  std::vector<std::string> order;  // parents first
  for (const bool inherits : {false, true}) {
    for (const auto& [id, chip] : chips) {
      if (!benches.accelerator(id)->kernels_inherited_from.empty() == inherits) order.push_back(id);
    }
  }
  int done = 0;
  for (const std::string& id : order) {
    Rows& chip = chips.at(id);
    progress(done++, static_cast<int>(chips.size()), id);
    const Accelerator& accelerator = *benches.accelerator(id);
    FittedKernels& kernels = fitted[id];
    kernels.accelerator = id;
    // The best of many shapes is no fair draw: it speaks only where nothing else does.
    for (auto& [precision, best] : chip.best_of) chip.gemm.emplace(precision, best);
    for (const auto& [precision, each] : chip.gemm) {
      kernels.gemm[precision] = fit_gemm(benches.machine(accelerator, *each.front()),
                                         start_of(accelerator, precision), each);
    }
    for (const auto& [kernel, each] : chip.attention) {
      kernels.attention[kernel] = fit_attention(benches.machine(accelerator, *each.front()), each);
    }
  }
  std::vector<FittedKernels> all;
  all.reserve(fitted.size());
  for (auto& [id, kernels] : fitted) all.push_back(std::move(kernels));
  return all;
}

}  // namespace traincost
