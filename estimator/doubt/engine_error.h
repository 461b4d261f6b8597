// How far the engine was off on runs outside the families that it was fitted on, by regime.
//
// Each regime holds the 5%, 50% and 95% quantiles of ln(measured / predicted), families weighing
// the same; the outer two widened until nine runs of ten lie inside that shaped no part of them
// (docs/accuracy.md has the factor); software that is not named keeps its own runs' quantiles. A
// prediction takes the widest of the regimes that it lies in.
#pragma once

#include <string_view>
#include <vector>

#include "hwdb/hwdb.h"

namespace traincost {

struct LogInterval {
  double low = 0;     // ln(measured / predicted), 5% quantile
  double high = 0;    // 95%
  double middle = 0;  // 50%, between them
};

enum class Regime {
  kDense,
  kExperts,
  kNewChip,
  kUnmeasuredChip,
  kShardedData,
  kUnnamedSoftware,
};

struct RegimeName {
  Regime regime;
  std::string_view name;
  std::string_view meaning;
};
[[nodiscard]] const std::vector<RegimeName>& regime_names();

struct EngineError {
  Record record;
  std::vector<LogInterval> by_regime;  // in the order of regime_names

  [[nodiscard]] LogInterval of(Regime regime) const {
    return by_regime[static_cast<std::size_t>(regime)];
  }
};

[[nodiscard]] EngineError read_engine_error(const JsonCursor& cursor);

// What the database holds of it; no spread where it holds none.
[[nodiscard]] EngineError engine_error_of(const HardwareDb& db);

}  // namespace traincost
