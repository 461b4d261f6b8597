// One job over a grid, or a sample, of any of its members: a flat row for each point.
//
// Members that only scale an answer (pricing.price, run.tokens) vary fastest, so that a job is read
// and its step estimated once for all their values. A point is a function of its
// index alone: shards and threads may take any of them.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "estimator/job/spec.h"
#include "estimator/questions/estimate.h"
#include "hwdb/hwdb.h"

namespace traincost {

struct SweepAxis {
  std::string path;               // of the job's member, in dots: "cluster.count"
  std::vector<JsonValue> values;  // of a grid, or to sample from
  // A range to sample from where there are no values; its ends have the unit's text behind them.
  double low = 0, high = 0;
  bool logarithmic = false;
  bool integer = false;  // of a range: rounded to whole numbers
  std::string unit;
};

struct SweepSpec {
  std::string name;
  JobSpec job;
  std::string job_text;  // of its document, for the journal of a sweep that goes on
  std::vector<SweepAxis> axes;
  std::int64_t samples = 0;  // 0: the whole grid
  std::int64_t seed = 1;

  [[nodiscard]] std::int64_t points() const;
  // All that decides the rows, as JSON.
  [[nodiscard]] std::string text() const;
};

// Reads a sweep document (schema traincost.sweep/1). A job given as a path is read beside `file`.
// Throws InputError with every fault.
[[nodiscard]] SweepSpec read_sweep(const JsonValue& document, const std::string& file);

// Axes that are twice there, or one inside another, as faults of `file`; then moves those that only
// scale an answer behind the others. Done by read_sweep. Throws InputError.
void check_axes(SweepSpec& spec, const std::string& file);

// Figures of a row, in the order of its columns.
enum class SweepFigure : std::size_t {
  kTokens,
  kStepTime,
  kThroughput,
  kMfu,
  kAcceleratorHours,
  kAcceleratorHoursP5,
  kAcceleratorHoursTuned,
  kAcceleratorHoursP95,
  kWallDays,
  kGoodput,
  kPrice,
  kCost,
  kEnergy,
  kCarbon,
  kMemory,
  kCount,
};
struct SweepFigureKind {
  SweepFigure figure;
  std::string_view name;  // with its unit
  std::string_view text;  // what it is, in a few words
};

// In the order of SweepFigure.
inline constexpr SweepFigureKind kSweepFigures[] = {
    {SweepFigure::kTokens, "tokens", "trained on, all phases"},
    {SweepFigure::kStepTime, "step_time_s", "of the longest predicted phase"},
    {SweepFigure::kThroughput, "tokens_per_s_per_accelerator", "of the longest predicted phase"},
    {SweepFigure::kMfu, "mfu", "model FLOPs over the dense bf16 peak, longest predicted phase"},
    {SweepFigure::kAcceleratorHours, "accelerator_hours", "billed, goodput included"},
    {SweepFigure::kAcceleratorHoursP5, "accelerator_hours_p5", "5% quantile"},
    {SweepFigure::kAcceleratorHoursTuned, "accelerator_hours_tuned",
     "as the physics alone has them"},
    {SweepFigure::kAcceleratorHoursP95, "accelerator_hours_p95", "95% quantile"},
    {SweepFigure::kWallDays, "wall_days", "from start to finish, goodput included"},
    {SweepFigure::kGoodput, "goodput", "share of the time that makes progress"},
    {SweepFigure::kPrice, "price_usd_per_accelerator_hour", "rental; null where unknown"},
    {SweepFigure::kCost, "cost_usd", "rental; null where no price is known"},
    {SweepFigure::kEnergy, "energy_kwh", "at the grid's meter"},
    {SweepFigure::kCarbon, "carbon_kg", "CO2-equivalent of that energy"},
    {SweepFigure::kMemory, "memory_required_bytes", "of the most loaded rank"},
};

struct SweepValue {
  std::string text;
  std::string json;
};

struct SweepRow {
  std::int64_t index = 0;
  std::vector<SweepValue> values;  // of each axis
  std::string error;               // why there is no answer; figures are then absent
  std::string model, accelerator, precision;
  int accelerators = 0;
  bool fits = false;
  Layout layout;
  Batch batch;
  std::array<std::optional<double>, static_cast<std::size_t>(SweepFigure::kCount)> figures;

  [[nodiscard]] std::optional<double>& operator[](SweepFigure figure) {
    return figures[static_cast<std::size_t>(figure)];
  }
};

// Hands the rows of points first .. last - 1 to `visit`, in order. The row is the visitor's to read
// until it returns; `same_job` says that it differs from the one before in what scales alone.
void sweep(const SweepSpec& spec, const HardwareDb& db, std::int64_t first, std::int64_t last,
           const std::function<void(const SweepRow& row, bool same_job)>& visit);

}  // namespace traincost
