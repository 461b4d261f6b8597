#include "estimator/questions/sweep.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <random>

#include "base/cursor.h"
#include "base/decimal.h"
#include "base/json_path.h"
#include "base/read_file.h"
#include "base/units.h"
#include "estimator/job/resolve.h"
#include "estimator/questions/choice.h"

namespace traincost {
namespace {

using namespace unit;

constexpr std::int64_t kMostPoints = std::int64_t{1} << 53;
constexpr std::int64_t kMostValues = 1000000;

constexpr const char* kPrice = "pricing.price";
constexpr const char* kTokens = "run.tokens";

std::optional<Tokens> tokens_of(const JsonValue& value) {
  Faults ignored;
  const auto tokens = JsonCursor(value, "", ignored).quantity<Dimension{.token = 1}>();
  constexpr double kMost = 1e18;
  return tokens && *tokens >= 1 * token && *tokens <= kMost * token ? tokens : std::nullopt;
}

std::optional<RentalPrice> price_of(const JsonValue& value) {
  Faults ignored;
  const auto price = JsonCursor(value, "", ignored)
                         .quantity<Dimension{.second = -1, .usd = 1, .accelerator = -1}>();
  return price && *price >= RentalPrice{} ? price : std::nullopt;
}

// Values that are not understood are left to the reader of jobs, which says why.
bool only_scales(const SweepAxis& axis, const SweepSpec& spec) {
  const auto each = [&](const auto& understood) {
    return !axis.values.empty() && std::all_of(axis.values.begin(), axis.values.end(), understood);
  };
  // Phases have tokens of their own.
  const bool phased = !spec.job.phases.empty() ||
                      std::any_of(spec.axes.begin(), spec.axes.end(), [](const SweepAxis& other) {
                        return other.path.rfind("phases", 0) == 0;
                      });
  if (axis.path == kTokens && !phased) {
    return each([](const JsonValue& value) { return tokens_of(value).has_value(); });
  }
  if (axis.path == kPrice) {
    return each([](const JsonValue& value) { return price_of(value).has_value(); });
  }
  return false;
}

// The shortest text that reads back as the same number.
std::string number_text(double value) { return decimal_text(value); }

JsonValue with_unit(double value, const SweepAxis& axis) {
  const std::string& unit = axis.unit;
  // A logarithm's rounding makes 256 of 255.99999999999997.
  constexpr double kRounding = 1e-12;
  const double nearest = std::round(value);
  if (axis.integer || std::abs(value - nearest) <= kRounding * std::abs(value)) value = nearest;
  JsonValue result;
  if (unit.empty()) {
    result.kind = JsonValue::Kind::kNumber;
    result.number = value;
  } else {
    result.kind = JsonValue::Kind::kText;
    // "$/GPU-h" stands around its number.
    result.text = unit.front() == '$' ? "$" + number_text(value) + unit.substr(1)
                                      : number_text(value) + " " + unit;
  }
  return result;
}

SweepValue shown(const JsonValue& value) {
  std::string json = json_text(value);
  return {value.kind == JsonValue::Kind::kText ? value.text : json, json};
}

// The texts of a grid's values, each made when a point first has it.
class ShownValues {
 public:
  explicit ShownValues(const SweepSpec& spec) {
    for (const SweepAxis& axis : spec.axes) shown_.emplace_back(axis.values.size());
  }

  const SweepValue& of(std::size_t axis, std::size_t at, const JsonValue& value) {
    SweepValue& kept = shown_[axis][at];
    if (kept.json.empty()) kept = shown(value);
    return kept;
  }

 private:
  std::vector<std::vector<SweepValue>> shown_;
};

double between(const SweepAxis& axis, double share) {
  if (!axis.logarithmic) return axis.low + share * (axis.high - axis.low);
  return axis.low * std::pow(axis.high / axis.low, share);
}

// ---- reading ----

constexpr struct {
  const char* name;
  bool value;
} kScales[] = {{"linear", false}, {"log", true}};

SweepAxis read_axis(const JsonCursor& at, bool sampled) {
  SweepAxis axis;
  if (!at.expect_object()) return axis;
  at.require("path");
  axis.path = dotted_path(at.text("path").value_or(""));
  if (const auto list = at.find("values")) {
    for (const JsonCursor& item : list->items()) axis.values.push_back(item.value());
    if (axis.values.empty()) list->fault("expected at least one value");
    at.finish();
    return axis;
  }
  constexpr Range kAny{-1e300, 1e300};
  at.require("from");
  at.require("to");
  axis.low = at.number("from", kAny).value_or(0);
  axis.high = at.number("to", kAny).value_or(0);
  axis.unit = at.text("unit").value_or("");
  axis.integer = at.boolean("integer").value_or(false);
  axis.logarithmic = at.one_of("scale", kScales).value_or(false);
  const auto count = at.integer("count", {1, static_cast<double>(kMostValues)});
  if (axis.high < axis.low) at.fault("\"to\" is below \"from\"");
  if (axis.logarithmic && axis.low <= 0) {
    at.fault("a logarithmic range begins above 0", "or \"scale\": \"linear\"");
  }
  if (!sampled && !count) {
    at.fault("a range of a grid needs \"count\"", "how many values from \"from\" to \"to\"");
  }
  for (std::int64_t i = 0; count && i < *count; ++i) {
    const double share =
        *count > 1 ? static_cast<double>(i) / static_cast<double>(*count - 1) : 0.0;
    axis.values.push_back(with_unit(between(axis, share), axis));
  }
  at.finish();
  return axis;
}

// ---- points ----

// The values of one point, by axis.
class Points {
 public:
  explicit Points(const SweepSpec& spec) : spec_(spec) {}

  void set(std::int64_t index, std::vector<JsonValue>& values,
           std::vector<std::size_t>& chosen) const {
    values.resize(spec_.axes.size());
    chosen.resize(spec_.axes.size());
    if (spec_.samples > 0) return sample(index, values, chosen);
    for (std::size_t i = spec_.axes.size(); i > 0; --i) {
      const SweepAxis& axis = spec_.axes[i - 1];
      const auto size = static_cast<std::int64_t>(axis.values.size());
      const auto at = static_cast<std::size_t>(index % size);
      index /= size;
      if (chosen[i - 1] != at || values[i - 1].kind == JsonValue::Kind::kNull) {
        values[i - 1] = axis.values[at];
      }
      chosen[i - 1] = at;
    }
  }

 private:
  // Seeded by the point's index, so that a point does not depend on those before it.
  void sample(std::int64_t index, std::vector<JsonValue>& values,
              std::vector<std::size_t>& chosen) const {
    std::seed_seq seeds{spec_.seed & 0xffffffff, spec_.seed >> 32, index & 0xffffffff, index >> 32};
    std::mt19937_64 random(seeds);
    for (std::size_t i = 0; i < spec_.axes.size(); ++i) {
      const SweepAxis& axis = spec_.axes[i];
      constexpr double kSteps = 9007199254740992.0;  // 2^53
      const double share = static_cast<double>(random() >> 11U) / kSteps;
      chosen[i] = static_cast<std::size_t>(index);
      if (axis.values.empty()) {
        values[i] = with_unit(between(axis, share), axis);
        continue;
      }
      const auto size = static_cast<double>(axis.values.size());
      values[i] = axis.values[static_cast<std::size_t>(share * size)];
    }
  }

  const SweepSpec& spec_;
};

// ---- rows ----

// What a point makes of the answer to its job.
struct Scale {
  double factor = 1;  // of tokens
  bool priced = false;
  RentalPrice price;

  void set_price(const std::optional<RentalPrice>& known) {
    priced = known.has_value();
    price = known.value_or(RentalPrice{});
  }
};

// A job of the sweep and its answer, for all values of what only scales it.
struct Solved {
  std::optional<Job> job;
  Estimate estimate;
  Tokens tokens;
  std::string error;
};

std::string text_of(const Fault& fault) {
  return (fault.pointer.empty() ? "" : fault.pointer + ": ") + fault.message;
}

Solved solve(const SweepSpec& spec, const HardwareDb& db, const std::vector<JsonValue>& values) {
  Solved solved;
  JobSpec job = spec.job;
  Faults faults;
  for (std::size_t i = 0; i < values.size(); ++i) {
    set_member(job, spec.axes[i].path, JsonCursor(values[i], job.file, faults));
  }
  try {
    solved.job = with_chosen_layouts(resolve(job, db, faults));
  } catch (const InputError& error) {
    solved.error = text_of(error.faults().front());
    return solved;
  }
  solved.estimate = estimate(*solved.job);
  for (const Phase& phase : solved.job->phases) solved.tokens += phase.tokens;
  return solved;
}

Scale own_scale(const Solved& solved) {
  Scale scale;
  if (solved.job && solved.job->platform().pricing) {
    scale.set_price(solved.job->platform().pricing->price);
  }
  return scale;
}

// What the scaling members of one point say, beside the job that was solved.
class Scaling {
 public:
  // The axes from `fixed` on only scale.
  Scaling(const SweepSpec& spec, std::size_t fixed)
      : fixed_(fixed), tokens_(spec.axes.size()), prices_(spec.axes.size()) {
    for (std::size_t i = fixed; i < spec.axes.size(); ++i) {
      for (const JsonValue& value : spec.axes[i].values) {
        if (spec.axes[i].path == kTokens) tokens_[i].push_back(*tokens_of(value));
        if (spec.axes[i].path == kPrice) prices_[i].push_back(*price_of(value));
      }
    }
  }

  [[nodiscard]] Scale of(const Solved& solved, const std::vector<std::size_t>& chosen) const {
    Scale scale = own_scale(solved);
    for (std::size_t i = fixed_; i < chosen.size(); ++i) {
      if (!tokens_[i].empty()) scale.factor = tokens_[i][chosen[i]] / solved.tokens;
      if (!prices_[i].empty()) scale.set_price(prices_[i][chosen[i]]);
    }
    return scale;
  }

 private:
  std::size_t fixed_;
  std::vector<std::vector<Tokens>> tokens_;       // by axis and value
  std::vector<std::vector<RentalPrice>> prices_;  // by axis and value
};

void describe(const Solved& solved, SweepRow& row) {
  row.error = solved.error;
  row.figures = {};
  row.layout = {};
  row.batch = {};
  row.model = row.accelerator = row.precision = "";
  row.accelerators = 0;
  row.fits = false;
  if (!solved.job) return;
  const Job& job = *solved.job;
  row.model = job.model.name;
  row.accelerator = job.platform().accelerator.record.id;
  row.accelerators = job.phases.front().count;
  row.fits = solved.estimate.fits();
  const PhaseEstimate* longest = nullptr;
  for (const PhaseEstimate& each : solved.estimate.phases) {
    if (each.step && (longest == nullptr || each.time > longest->time)) longest = &each;
  }
  if (longest == nullptr) return;
  row.layout = *longest->layout;
  row.batch = *longest->batch;
  row.precision = longest->run_precision;
  row[SweepFigure::kStepTime] = longest->step_time.in(second);
  row[SweepFigure::kThroughput] = longest->throughput.in(token / (second * accelerator));
  row[SweepFigure::kMfu] = longest->mfu;
  if (solved.estimate.memory) {
    row[SweepFigure::kMemory] = solved.estimate.memory->required.in(B);
  }
}

void scale_figures(const Solved& solved, const Scale& scaling, SweepRow& row) {
  const Estimate& e = solved.estimate;
  const double scale = scaling.factor;
  const auto hours = [&](AcceleratorTime time) { return scale * time.in(accelerator_hour); };
  row[SweepFigure::kTokens] = scale * solved.tokens.in(token);
  row[SweepFigure::kAcceleratorHours] = hours(e.billed);
  row[SweepFigure::kAcceleratorHoursP5] = hours(e.billed_spread.p5);
  row[SweepFigure::kAcceleratorHoursTuned] = hours(e.tuned);
  row[SweepFigure::kAcceleratorHoursP95] = hours(e.billed_spread.p95);
  row[SweepFigure::kWallDays] = scale * e.wall.in(day);
  row[SweepFigure::kGoodput] = e.goodput.share;
  row[SweepFigure::kEnergy] = scale * e.energy.in(kWh);
  row[SweepFigure::kCarbon] = scale * e.carbon.in(kg);
  row[SweepFigure::kPrice] = row[SweepFigure::kCost] = std::nullopt;
  if (!scaling.priced) return;
  row[SweepFigure::kPrice] = scaling.price.in(usd_per_accelerator_hour);
  row[SweepFigure::kCost] = (scale * e.billed * scaling.price).in(usd);
}

}  // namespace

std::int64_t SweepSpec::points() const {
  if (samples > 0) return samples;
  double all = 1;
  std::int64_t exact = 1;
  for (const SweepAxis& axis : axes) {
    all *= static_cast<double>(axis.values.size());
    if (all > static_cast<double>(kMostPoints)) return kMostPoints;
    exact *= static_cast<std::int64_t>(axis.values.size());
  }
  return exact;
}

std::string SweepSpec::text() const {
  std::string list;
  for (const SweepAxis& axis : axes) {
    std::string values;
    for (const JsonValue& value : axis.values) {
      values += (values.empty() ? "" : ",") + json_text(value);
    }
    const std::string range = number_text(axis.low) + " " + number_text(axis.high) +
                              (axis.logarithmic ? " log " : " linear ") +
                              (axis.integer ? "integer " : "") + axis.unit;
    list += (list.empty() ? "" : ",") + ("{\"path\":" + json_text(text_value(axis.path))) +
            ",\"values\":[" + values + "],\"range\":" + json_text(text_value(range)) + "}";
  }
  return "{\"job\":" + job_text + ",\"axes\":[" + list + "],\"samples\":\"" +
         std::to_string(samples) + " " + std::to_string(seed) + "\"}";
}

void check_axes(SweepSpec& spec, const std::string& file) {
  Faults faults;
  for (std::size_t i = 0; i < spec.axes.size(); ++i) {
    const std::string& path = spec.axes[i].path;
    if (path.empty() || path.find("..") != std::string::npos || path.back() == '.') {
      faults.add({file, 0, "/axes", "\"" + path + "\" is no path", "such as cluster.count"});
    }
    for (std::size_t j = 0; j < spec.axes.size(); ++j) {
      const std::string& other = spec.axes[j].path;
      if (j > i && other == path) {
        faults.add({file, 0, "/axes", "two axes of the same path \"" + path + "\"", ""});
      } else if (other.rfind(path + ".", 0) == 0) {
        faults.add({file, 0, "/axes", "axis \"" + other + "\" lies inside axis \"" + path + "\"",
                    "keep one"});
      }
    }
  }
  if (spec.points() >= kMostPoints) {
    faults.add({file, 0, "/axes", "the grid has more than 9e15 points", "sample it: \"sample\""});
  }
  faults.throw_if_any();
  std::stable_partition(spec.axes.begin(), spec.axes.end(),
                        [&](const SweepAxis& axis) { return !only_scales(axis, spec); });
}

SweepSpec read_sweep(const JsonValue& document, const std::string& file) {
  Faults faults;
  const JsonCursor root(document, file, faults);
  SweepSpec spec;
  if (!root.expect_object()) faults.throw_if_any();
  if (root.text("schema").value_or("traincost.sweep/1") != "traincost.sweep/1") {
    root.find("schema")->fault("expected \"traincost.sweep/1\"");
  }
  spec.name = root.text("name").value_or("");
  root.accept("notes");
  if (const auto job = root.require("job")) {
    if (job->is_text()) {
      namespace fs = std::filesystem;
      const std::string job_file = (fs::path(file).parent_path() / job->value().text).string();
      const JsonValue text = parse_json(read_file(job_file), job_file);
      spec.job = read_spec(JsonCursor(text, job_file, faults));
      spec.job_text = json_text(text);
    } else if (job->expect_object()) {
      spec.job = read_spec(JsonCursor(job->value(), file, faults));
      spec.job_text = json_text(job->value());
    }
  }
  if (const auto sample = root.find("sample"); sample && sample->expect_object()) {
    sample->require("points");
    constexpr double kMost = 1e12;
    spec.samples = sample->integer("points", {1, kMost}).value_or(1);
    spec.seed = sample->integer("seed", {0, kMost}).value_or(1);
    sample->finish();
  }
  if (const auto axes = root.require("axes")) {
    for (const JsonCursor& item : axes->items()) {
      spec.axes.push_back(read_axis(item, spec.samples > 0));
    }
    if (spec.axes.empty()) axes->fault("expected at least one axis");
  }
  root.finish();
  faults.throw_if_any();
  check_axes(spec, file);
  return spec;
}

void sweep(const SweepSpec& spec, const HardwareDb& db, std::int64_t first, std::int64_t last,
           const std::function<void(const SweepRow& row, bool same_job)>& visit) {
  const Points points(spec);
  // Axes that change the job; those behind them only scale. A sample reads every job.
  std::size_t fixed = 0;
  while (fixed < spec.axes.size() && (spec.samples > 0 || !only_scales(spec.axes[fixed], spec))) {
    ++fixed;
  }
  const Scaling scaling(spec, fixed);
  ShownValues texts(spec);
  std::vector<JsonValue> values;
  std::vector<std::size_t> chosen, before;
  std::optional<Solved> solved;
  SweepRow row;
  row.values.resize(spec.axes.size());
  for (std::int64_t index = first; index < last; ++index) {
    before = chosen;
    points.set(index, values, chosen);
    row.index = index;
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (!before.empty() && before[i] == chosen[i]) continue;
      row.values[i] = spec.samples > 0 ? shown(values[i]) : texts.of(i, chosen[i], values[i]);
    }
    const auto fixed_end = chosen.begin() + static_cast<std::ptrdiff_t>(fixed);
    const bool same_job =
        solved && spec.samples == 0 && std::equal(chosen.begin(), fixed_end, before.begin());
    if (!same_job) {
      // At the first values of what scales, so that a row does not depend on where a shard begins.
      std::vector<JsonValue> of_job = values;
      for (std::size_t i = fixed; i < values.size(); ++i) of_job[i] = spec.axes[i].values.front();
      solved = solve(spec, db, of_job);
      describe(*solved, row);
    }
    if (solved->job) scale_figures(*solved, scaling.of(*solved, chosen), row);
    visit(row, same_job);
  }
}

}  // namespace traincost
