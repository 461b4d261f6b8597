// How far the engine is off on families of runs that it was not fitted on, by regime.
//
// Each regime holds the 5%, 50% and 95% quantiles of ln(measured / predicted) for a family to come
// (estimator/evidence/family_effects), the outer two scaled about the middle until 93 unseen
// measurements in 100, families weighing the same, lie inside (docs/accuracy.md has the factor). A
// prediction takes the widest of the regimes that it lies in, and its middle from what is known of
// its software and chip.
#pragma once

#include <string>
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
  kExposed,
  kUntunedSoftware,
  kUnnamedSoftware,
  kReinforcement,
};

struct RegimeName {
  Regime regime;
  std::string_view name;
  std::string_view meaning;
  bool has_middle;  // what it is about moves the middle, not the spread alone
};
[[nodiscard]] const std::vector<RegimeName>& regime_names();

// Published steps of some software on a chip.
struct KnownSteps {
  std::string software;     // framework of a stack: "maxtext"
  std::string accelerator;  // id
  int steps = 0;
};

struct EngineError {
  Record record;
  std::vector<LogInterval> by_regime;  // in the order of regime_names
  std::vector<KnownSteps> taught;      // that the engine was fitted on,
  std::vector<KnownSteps> met;         // and that it was held against alone

  [[nodiscard]] LogInterval of(Regime regime) const {
    return by_regime[static_cast<std::size_t>(regime)];
  }
};

// "maxtext/tpu-v5p:33 ...", as records hold them. What is no such text is left out.
[[nodiscard]] std::string text_of(const std::vector<KnownSteps>& known);
[[nodiscard]] std::vector<KnownSteps> known_steps(const std::string& text);

[[nodiscard]] EngineError read_engine_error(const JsonCursor& cursor);

// What the database holds of it; no spread where it holds none.
[[nodiscard]] EngineError engine_error_of(const HardwareDb& db);

}  // namespace traincost
