// From measured rows to curves, and back: the engine's time for one measured kernel or collective,
// and the curves of a chip that make those times agree with what was measured.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "estimator/machine/machine.h"
#include "hwdb/measurement.h"

namespace traincost {

// A chip as a benchmark meets it: one kernel at a time, its rate as fitted, no step around it.
[[nodiscard]] Machine bench_machine(const Accelerator& accelerator, const System& system,
                                    const EngineParameters& engine,
                                    const ClusterOverrides& overrides,
                                    const std::string& precision);

// The engine's time for what was measured, on a bench machine of its chip and precision; nothing
// where the chip has no curve for the row's kernel.
[[nodiscard]] std::optional<Seconds> predicted_time(const Machine& machine,
                                                    const Accelerator& accelerator,
                                                    const Measurement& row);

// Curves that minimise the mean absolute logarithm of predicted over measured time, bent so that
// outliers count less. With fewer than 30 rows only the rate, the gap and what power leaves of the
// rate move; of 2 to 4 rows the rate and the gap, or what power leaves instead where the longest
// row can show it and they are held better; with one row, or rows of one size, only the rate. What
// does not move keeps the value of `start` (the power's response no longer than rows can tell).
// Rows that are each the best of many shapes are a ceiling of the rate. Source of the method:
// NLopt's controlled random search, Price 1983, and subplex, Rowan 1990.
[[nodiscard]] GemmCurve fit_gemm(const Machine& bench, const GemmCurve& start,
                                 const std::vector<const Measurement*>& rows);

// Without rows of the backward pass its curve follows the forward one: 0.88 of the rate and twice
// the keys, the means of FlashAttention 2, 3 and 4 where both passes are published.
[[nodiscard]] AttentionCurves fit_attention(const Machine& bench,
                                            const std::vector<const Measurement*>& rows);

}  // namespace traincost
