// Checks of one run against physics: the model's size, what the chip reaches, what the engine
// predicts, power and carbon.
#include <algorithm>
#include <cmath>
#include <utility>

#include "base/date.h"
#include "base/units.h"
#include "estimator/claims/check_rows.h"
#include "estimator/doubt/doubt.h"
#include "estimator/doubt/reach.h"
#include "estimator/job/lay_over.h"
#include "estimator/job/resolve.h"
#include "estimator/model/named.h"
#include "estimator/model/parameters.h"
#include "estimator/model/scaled.h"
#include "estimator/questions/choice.h"
#include "estimator/questions/search.h"

namespace traincost {
namespace {

using namespace unit;

// A row about a figure that the claim does not state as such.
CheckRow physics_row(RowKind kind, const Subject& subject, std::string figure,
                     std::string unit = "") {
  CheckRow row;
  row.kind = kind;
  row.aspect = Aspect::kPhysics;
  row.subject = subject.name;
  row.figure = std::move(figure);
  row.unit = std::move(unit);
  return row;
}

CheckRow model_size_row(const Subject& subject, const Stated& stated, Figure figure) {
  const ParameterCount count = count_parameters(*subject.model);
  const bool all = figure == Figure::kParameters;
  const auto without = static_cast<double>(count.active_without_both);
  const auto with = static_cast<double>(count.active_all);
  const auto total = static_cast<double>(count.total);
  const Held held{as_stated(stated), stated.text};
  CheckRow row = held_row(RowKind::kModelSize, Aspect::kArithmetic, subject, figure, held);
  row.from = {"the shape of " + subject.model->name};
  row.redundant = true;
  // Names round parameters generously: 405B of 405.85, 7B of 6.7 (not counting embeddings).
  constexpr double kName = 0.05;
  const Interval counted =
      all ? Interval{(1 - kName) * (total - static_cast<double>(count.input_embedding)),
                     (1 + kName) * (total + static_cast<double>(count.mtp))}
          : Interval{(1 - kName) * without, (1 + kName) * with};
  close_row(row, counted, all ? total : with);
  row.verdict = compare(stated.printed, counted, stated.meant, counted);
  if (row.verdict != Verdict::kConsistent)
    row.turns.push_back({row.figure, "", counted, row.value});
  return row;
}

std::optional<CheckRow> mfu_row(const Subject& subject, const KnownFigures& figures) {
  if (!subject.accelerator) return std::nullopt;
  const auto mfu = held(subject, figures, Figure::kMfu);
  if (!mfu) return std::nullopt;
  CheckRow row = held_row(RowKind::kMfu, Aspect::kPhysics, subject, Figure::kMfu, *mfu);
  constexpr double kRounding = 0.9;  // digits that were dropped may hide so much
  const auto [reach, runs] = reachable_mfu(*subject.accelerator, subject.precision);
  const Interval usual{kLeastMfu, runs};
  const bool runs_it = !subject.precision.empty() && subject.accelerator->peak(subject.precision);
  row.from = {subject.accelerator->record.id, runs_it ? subject.precision : "bf16"};
  close_row(row, usual, reach);
  if (row.stated.low > reach) {
    row.verdict = Verdict::kImpossible;
  } else if (!row.stated.meets(usual) || row.value > reach ||
             (row.value > usual.high && row.stated.low > kRounding * usual.high)) {
    row.verdict = Verdict::kStrained;
  } else {
    row.verdict = Verdict::kPlausible;  // a range proves nothing
  }
  if (row.verdict >= Verdict::kStrained) row.turns = stated_turns(figures, Figure::kMfu, usual);
  return row;
}

// A model of the stated size where none is named: as Llama 3.1 where each token meets all of it, as
// DeepSeek-V3 where it meets a part. What it makes of hours stands beside the claim and decides
// nothing.
std::optional<ModelSpec> model_of(const Subject& subject, const KnownFigures& figures) {
  if (subject.model) {
    if (subject.model_name.empty()) return std::nullopt;
    return ModelSpec{.name = subject.model_name};
  }
  const std::size_t active = index_of(Figure::kActiveParameters);
  if (!figures.known[active]) return std::nullopt;
  constexpr Interval kSizes{1e8, 2e12};
  const double parameters = figures.value[active];
  if (!kSizes.holds(parameters)) return std::nullopt;
  const Stated* all = subject.figure(Figure::kParameters);
  const bool experts = all != nullptr && all->value > parameters;
  const auto shape = find_model(experts ? "deepseek-v3" : "llama-3.1-70b");
  if (!shape) return std::nullopt;
  ImportedModel like{scaled_to(shape->model, parameters), {}};
  return ModelSpec{.imported = std::move(like)};
}

// The run as a job: what the claim states, its own "job" members over that.
std::optional<JobSpec> job_of(const Claim& claim, const Subject& subject,
                              const KnownFigures& figures, const Solved* hours) {
  if (!subject.accelerator) return std::nullopt;
  const auto model = model_of(subject, figures);
  if (!model) return std::nullopt;
  const bool counted = figures.known[index_of(Figure::kAccelerators)];
  if (hours == nullptr && !counted && !figures.known[index_of(Figure::kTokens)])
    return std::nullopt;
  // Hours depend little on how many accelerators share them; a usual count stands in for an unsaid
  // one, a month of the hours that are claimed, or of those that the FLOPs take at a usual MFU.
  constexpr double kMonth = (30 * day).in(second), kUsualMfu = 0.4;
  const auto value = [&](int variable) {
    return figures.value[static_cast<std::size_t>(variable)];
  };
  const std::size_t per_token = index_of(Figure::kFlopsPerToken);
  const double flops =
      figures.known[per_token]
          ? figures.value[per_token]
          : value(kFlopsPerParameter) * figures.value[index_of(Figure::kActiveParameters)];
  const double taken = hours != nullptr   ? hours->value
                       : value(kPeak) > 0 ? flops * figures.value[index_of(Figure::kTokens)] /
                                                value(kPeak) / kUsualMfu
                                          : 0;
  const double nodes = std::max(1.0, std::round(taken / kMonth / 64));
  const double count = figures.known[index_of(Figure::kAccelerators)]
                           ? std::round(figures.value[index_of(Figure::kAccelerators)])
                           : 64 * std::exp2(std::round(std::log2(nodes)));
  constexpr double kMostAccelerators = 1e6;
  if (!(count >= 1 && count <= kMostAccelerators)) return std::nullopt;
  JobSpec job;
  job.file = claim.file;
  job.model = model;
  job.cluster =
      ClusterSpec{.accelerator = subject.accelerator->record.id, .count = static_cast<int>(count)};
  // Where none are stated only the memory is asked for, which does not depend on them.
  constexpr double kAnyTokens = 1e12;
  const bool stated = figures.known[index_of(Figure::kTokens)];
  RunSpec& run = job.run.emplace();
  run.tokens = (stated ? figures.value[index_of(Figure::kTokens)] : kAnyTokens) * token;
  if (!subject.precision.empty() && subject.accelerator->runs(subject.precision)) {
    run.precision = subject.precision;
  }
  job.layout = LayoutSpec{.search = true};
  if (claim.date.size() >= 7) job.stack = StackSpec{.date = Date::parse(claim.date.substr(0, 7))};
  if (subject.job) lay_over(job, *subject.job);
  const Stated* batch = subject.figure(Figure::kBatchTokens);
  RunSpec& laid = *job.run;
  if (batch != nullptr && !laid.global_batch && !laid.min_batch && !laid.max_batch) {
    constexpr double kWhole = 0.02;  // of sequences and replicas
    laid.min_batch = (1 - kWhole) * batch->meant.low * token;
    laid.max_batch = (1 + kWhole) * batch->meant.high * token;
  }
  return job;
}

// The share of unseen runs that lie at least so far from the prediction, on that side: two normals
// in the logarithm that meet at the median.
double tail(double ratio, const Doubt& doubt) {
  constexpr double kFivePercent = 1.6448536269514722;  // standard deviations
  const double side = ratio < doubt.p50 ? doubt.p50 / doubt.p5 : doubt.p95 / doubt.p50;
  const double deviation = std::log(side) / kFivePercent;
  if (deviation <= 0) return ratio == doubt.p50 ? 1 : 0;
  const double z = std::abs(std::log(ratio / doubt.p50)) / deviation;
  return std::erfc(z / std::sqrt(2.0)) / 2;
}

// Whether the claim says that its hours hold pre-training and nothing else.
bool steps_alone(const Claim& claim, const Subject& subject) {
  if (subject.name == "pre-training") return true;
  return claim.scope && claim.scope->includes == std::vector<std::string>{"pre-training"};
}

// The fewest hours of nine runs in ten in the same layout, where the claim leaves the precision
// open and the chip has a narrower one than is usual; none where it has not.
std::optional<double> fewest_narrow_hours(const Subject& subject, const JobSpec& spec, Job job) {
  constexpr const char* kNarrow = "fp8";
  const bool open = subject.precision.empty() && !(spec.run && spec.run->precision);
  if (!open || !subject.accelerator->runs(kNarrow)) return std::nullopt;
  for (Phase& phase : job.phases) {
    if (!phase.setup) continue;
    const Platform& platform = job.platform(phase);
    phase.setup->machine = make_machine(platform.accelerator, platform.system, phase.stack,
                                        job.engine.parameters, phase.cluster, kNarrow);
  }
  return estimate(job).billed_spread.p5.in(accelerator_hour);
}

// Hours against the engine's prediction, and whether any layout fits.
std::vector<CheckRow> engine_rows(const Claim& claim, const Subject& subject,
                                  const KnownFigures& figures, const HardwareDb& db) {
  const auto time = held(subject, figures, Figure::kAcceleratorTime);
  const bool timed = time && figures.known[index_of(Figure::kTokens)];
  // A sum of parts is held to nothing that its parts are held to.
  if (!timed && subject.name.empty() && !claim.parts.empty()) return {};
  const auto spec = job_of(claim, subject, figures, timed ? &time->solved : nullptr);
  if (!spec) return {};
  std::optional<Job> job;
  try {
    job = with_chosen_layouts(resolve(*spec, db));
  } catch (const InputError& error) {
    // A count that no layout divides is the engine's limit; a layout that the claim states and
    // that its count or batch contradict is the claim's; other faults of its "job" are the file's.
    if (!subject.job) return {};
    const auto of_layout = [](const Fault& fault) {
      return fault.pointer.rfind("/layout", 0) == 0 || fault.pointer.rfind("/run", 0) == 0;
    };
    if (!std::all_of(error.faults().begin(), error.faults().end(), of_layout)) throw;
    CheckRow row = physics_row(RowKind::kLayout, subject, "layout");
    row.verdict = Verdict::kImpossible;
    for (const Fault& fault : error.faults()) row.from.push_back(fault.message);
    return {row};
  }
  const Estimate predicted = estimate(*job);
  std::vector<CheckRow> rows;
  const bool stands_in = !subject.model;
  const bool counted = timed || figures.known[index_of(Figure::kAccelerators)];
  if (predicted.memory && !stands_in && counted) {
    CheckRow memory = physics_row(RowKind::kMemory, subject, "memory", "GB");
    memory.value = predicted.memory->required.in(GB);
    memory.stated = {memory.value, memory.value};
    close_row(memory, {0, predicted.memory->available.in(GB)}, predicted.memory->available.in(GB));
    memory.from = {"the engine's layout on " + subject.accelerator->record.id};
    memory.verdict = predicted.fits() ? Verdict::kPlausible : Verdict::kImpossible;
    rows.push_back(std::move(memory));
  }
  if (!predicted.fits()) return rows;
  if (stands_in && !figures.known[index_of(Figure::kTokens)]) return rows;
  const double hours = predicted.billed.in(accelerator_hour);
  const Interval range{predicted.billed_spread.p5.in(accelerator_hour),
                       predicted.billed_spread.p95.in(accelerator_hour)};
  const std::string engine = "the engine on " + std::to_string(job->phases.front().count) + " x " +
                             subject.accelerator->record.id +
                             (stands_in ? ", with a model of that size," : "");
  const auto usd = [&]() -> std::optional<std::array<double, 3>> {
    if (figures.stated[index_of(Figure::kPrice)]) {
      const double price = figures.value[index_of(Figure::kPrice)] * kHour;
      return std::array{range.low * price, hours * price, range.high * price};
    }
    // The engine's own price is of no region.
    if (!predicted.cost_spread || !subject.region.empty()) return std::nullopt;
    const Spread<Usd>& cost = *predicted.cost_spread;
    return std::array{cost.p5.in(unit::usd), cost.p50.in(unit::usd), cost.p95.in(unit::usd)};
  }();
  if (!timed) {
    if (!figures.known[index_of(Figure::kTokens)]) return rows;
    // What it would take, where the claim does not say.
    const FigureKind& kind = kind_of(Figure::kAcceleratorTime);
    CheckRow unsaid = physics_row(RowKind::kEngineTime, subject, kind.key, kind.unit);
    const auto narrow = fewest_narrow_hours(subject, *spec, *job);
    const Interval either{std::min(range.low, narrow.value_or(range.low)), range.high};
    unsaid.value = hours;
    unsaid.stated = either;
    close_row(unsaid, either, hours);
    unsaid.from = {engine + (narrow ? ", in 16 bits or 8," : "")};
    unsaid.usd = usd;
    unsaid.unsaid = true;
    unsaid.stands_in = stands_in;
    unsaid.counts = false;
    rows.push_back(std::move(unsaid));
    return rows;
  }
  CheckRow row =
      held_row(RowKind::kEngineTime, Aspect::kPhysics, subject, Figure::kAcceleratorTime, *time);
  close_row(row, range, hours);
  row.from = {engine};
  row.usd = usd;
  const Doubt& doubt = predicted.phases.front().doubt;
  // The end of the stated interval that lies nearer to the median.
  const double nearest = std::clamp(doubt.p50 * hours, row.stated.low, row.stated.high);
  row.probability = tail(nearest / hours, doubt);
  // Faster than physics allows is a fault; slower hours hold more than the steps, up to a point,
  // unless the claim says that they hold the steps alone.
  constexpr double kSlowest = 5;  // times the prediction: no run holds so little of its model
  const bool faster = nearest < doubt.p50 * hours;
  const bool counts = faster ? nearest < row.derived.low
                             : nearest > row.derived.high && steps_alone(claim, subject);
  row.counts = !stands_in;
  row.stands_in = stands_in;
  const bool strained = counts || row.stated.low > kSlowest * hours;
  row.verdict = strained ? Verdict::kStrained : Verdict::kPlausible;
  if (row.verdict == Verdict::kStrained) {
    row.turns.push_back({row.figure,
                         row.unit,
                         {row.derived.low, counts ? row.derived.high : kSlowest * hours},
                         row.value});
  }
  rows.push_back(row);
  return rows;
}

// A row that lies outside what is usual, and impossible outside what can be.
void bound_physics(CheckRow& row, const KnownFigures& figures, Figure figure, Interval usual,
                   double middle, Interval possible) {
  bound_row(row, usual, middle);
  if (row.verdict != Verdict::kStrained) return;
  if (!row.stated.meets(possible)) row.verdict = Verdict::kImpossible;
  row.turns = stated_turns(figures, figure, scaled(usual, 1 / kind_of(figure).base));
}

std::optional<CheckRow> power_row(const Subject& subject, const KnownFigures& figures) {
  if (!subject.accelerator || !subject.accelerator->board_power) return std::nullopt;
  const auto power = held(subject, figures, Figure::kPower);
  if (!power) return std::nullopt;
  // A busy board to a whole server at its rating, which is two boards, with a tenth for network and
  // storage, as sites count. Beyond twice that, or under a fifth of a board, no run was.
  // Source: server over chip power 1.47 to 2.03, Cottier et al. 2024, arXiv:2405.21015, appendix A;
  // a tenth (recalled: 1.5 kW of critical power for each H100 of 700 W, SemiAnalysis 2024).
  constexpr double kIdle = 0.5, kWithServer = 1.1 * 2.03, kAsleep = 0.2, kNever = 4;
  const double board = subject.accelerator->board_power->in(watt);
  CheckRow row = held_row(RowKind::kPower, Aspect::kPhysics, subject, Figure::kPower, *power);
  row.from = {"board of " + subject.accelerator->record.id};
  bound_physics(row, figures, Figure::kPower, {kIdle * board, kWithServer * board}, board,
                {kAsleep * board, kNever * board});
  return row;
}

// A figure against what is usual, whatever the chip.
std::optional<CheckRow> usual_row(RowKind kind, Aspect aspect, const Subject& subject,
                                  const KnownFigures& figures, Figure figure, const char* whose,
                                  Interval usual, double middle, Interval possible) {
  const auto stated = held(subject, figures, figure);
  if (!stated) return std::nullopt;
  CheckRow row = held_row(kind, aspect, subject, figure, *stated);
  row.from = {whose};
  bound_physics(row, figures, figure, usual, middle, possible);
  return row;
}

// The best halls reach 1.05; the mean of all is 1.6, old ones 2 (recalled: Uptime Institute, Global
// Data Center Survey 2023). It is total over servers' energy, so never under 1.
std::optional<CheckRow> pue_row(const Subject& subject, const KnownFigures& figures) {
  return usual_row(RowKind::kPue, Aspect::kPhysics, subject, figures, Figure::kPue,
                   "servers alone, to old halls", {1, 2}, 1.2, {1, 3});
}

std::optional<CheckRow> intensity_row(const Subject& subject, const KnownFigures& figures) {
  const auto intensity = held(subject, figures, Figure::kCarbonIntensity);
  if (!intensity) return std::nullopt;
  CheckRow row = held_row(RowKind::kIntensity, Aspect::kPhysics, subject, Figure::kCarbonIntensity,
                          *intensity);
  // Hydropower to lignite, in kg/kWh, and beyond the worst plant (recalled: IPCC AR5 WG3, annex
  // III); of a grid that the claim names, hours, years and contracts differ by twice.
  constexpr Interval kGrids{0.01, 1.1}, kPossible{0.002, 1.5};
  if (subject.grid && subject.grid->carbon_intensity) {
    const double grid = subject.grid->carbon_intensity->in(1000 * gram / kWh);
    constexpr double kApart = 2;
    row.from = {"the grid of " + subject.grid->record.name};
    bound_physics(row, figures, Figure::kCarbonIntensity, {grid / kApart, grid * kApart}, grid,
                  kPossible);
  } else {
    row.from = {"hydropower to lignite"};
    bound_physics(row, figures, Figure::kCarbonIntensity, kGrids, 0.4, kPossible);
  }
  return row;
}

// Electricity of industry costs some cents beside hydropower to half a dollar in a bad year
// (recalled: Eurostat and EIA, 2019 to 2024).
std::optional<CheckRow> tariff_row(const Subject& subject, const KnownFigures& figures) {
  return usual_row(RowKind::kTariff, Aspect::kMarket, subject, figures, Figure::kEnergyPrice,
                   "hydropower to a bad year of Europe", {0.02, 0.5}, 0.08, {0.005, 2});
}

// Halls evaporate from nothing (closed loops) to a few litres for each kWh; the mean is 1.8
// (recalled: Shehabi et al. 2016, LBNL-1005775), and plants that make it some more.
std::optional<CheckRow> water_row(const Subject& subject, const KnownFigures& figures) {
  return usual_row(RowKind::kWaterUse, Aspect::kPhysics, subject, figures, Figure::kWaterIntensity,
                   "closed loops, to halls with the plants that feed them", {0.01, 6}, 1.8,
                   {0, 20});
}

// A stated time against the days that the run is said to have lasted from and to.
std::optional<CheckRow> period_row(const Subject& subject, const KnownFigures& figures) {
  const Stated* time = subject.figure(Figure::kWallTime);
  if (!subject.period || time == nullptr || time->text == subject.period->text) return std::nullopt;
  const Held held{as_stated(*time), time->text};
  CheckRow row = held_row(RowKind::kPeriod, Aspect::kArithmetic, subject, Figure::kWallTime, held);
  const Stated& period = *subject.period;
  const double unit = kind_of(Figure::kWallTime).base;
  close_row(row, scaled(period.printed, unit), period.value / unit);
  row.redundant = true;
  row.from = {period.text};
  row.verdict = compare(time->printed, period.printed, time->meant, period.meant);
  // A run need not have used every day of its period.
  const bool within = time->printed.high < period.printed.low;
  if (within && row.verdict != Verdict::kConsistent) {
    const bool most = time->printed.high >= kWorstGoodput * period.printed.low;
    row.verdict = most ? Verdict::kPlausible : Verdict::kStrained;
  }
  if (row.verdict >= Verdict::kStrained) {
    row.turns = stated_turns(figures, Figure::kWallTime, period.printed);
  }
  return row;
}

// A run on a chip that was not out yet: makers and the first customers are some months ahead.
std::optional<CheckRow> launch_row(const Claim& claim, const Subject& subject) {
  if (!subject.accelerator || subject.accelerator->launch.empty() || claim.forecast) {
    return std::nullopt;  // what will be may run on what will be out
  }
  constexpr Figure kOfRuns[] = {Figure::kAccelerators, Figure::kWallTime, Figure::kAcceleratorTime,
                                Figure::kTokens,       Figure::kMfu,      Figure::kThroughput,
                                Figure::kFlopRate,     Figure::kStepTime, Figure::kCost,
                                Figure::kFlops,        Figure::kEnergy,   Figure::kPower,
                                Figure::kUnits,        Figure::kRevenue};
  const bool runs = std::any_of(std::begin(kOfRuns), std::end(kOfRuns),
                                [&](Figure each) { return subject.figure(each) != nullptr; });
  const std::string ran = subject.started.empty() ? claim.date : subject.started;
  // A run that was told of began as long before as it took.
  const auto told = date_in_years(claim.date), out = date_in_years(subject.accelerator->launch);
  const Stated* took = subject.figure(Figure::kWallTime);
  if (took != nullptr && told && out && *told > *out) {
    constexpr double kYear = (365.25 * day).in(second), kAheadOfAll = 1;
    if (took->printed.low / kYear > *told - *out + kAheadOfAll) {
      CheckRow row = physics_row(RowKind::kLaunch, subject, "wall_time", "d");
      row.text = took->text;
      row.from = {subject.accelerator->record.id, subject.accelerator->launch, claim.date};
      row.verdict = Verdict::kImpossible;
      return row;
    }
  }
  const std::string& launch = subject.accelerator->launch;
  const std::size_t length = std::min(ran.size(), launch.size());
  if (!runs || ran.substr(0, length) >= launch.substr(0, length)) return std::nullopt;
  const auto before = date_in_years(ran), after = date_in_years(launch);
  if (!before || !after) return std::nullopt;
  CheckRow row = physics_row(RowKind::kLaunch, subject, "date");
  row.text = ran;
  row.from = {subject.accelerator->record.id, launch};
  constexpr double kAhead = 1;  // years
  row.verdict = *after - *before > kAhead ? Verdict::kImpossible : Verdict::kStrained;
  return row;
}

// States against all memory, where no model is known whose layout would tell: weights alone in 16
// bits, to the sixteen bytes of mixed precision with Adam.
// Source: Rajbhandari et al. 2020 (ZeRO), arXiv:1910.02054, section 3.1.
std::optional<CheckRow> states_row(const Subject& subject, const KnownFigures& figures) {
  constexpr double kWeights = 2, kAll = 16;
  const std::size_t count = index_of(Figure::kAccelerators), all = index_of(Figure::kParameters);
  if (!subject.accelerator || !figures.known[count] || !figures.known[all]) return std::nullopt;
  const double capacity = figures.printed[count].high * subject.accelerator->memory_capacity.in(GB);
  const auto needs = [&](double bytes) { return bytes * figures.printed[all].low / GB.in(B); };
  if (!std::isfinite(capacity) || needs(kAll) <= capacity) return std::nullopt;
  CheckRow row = physics_row(RowKind::kMemory, subject, "memory", "GB");
  row.text = "states";
  row.value = needs(kAll);
  row.stated = {needs(kWeights), needs(kAll)};
  close_row(row, {0, capacity}, capacity);
  row.from = {subject.accelerator->record.id};
  row.verdict = needs(kWeights) > capacity ? Verdict::kImpossible : Verdict::kPlausible;
  return row;
}

// A run in a precision that the chip has no units for.
std::optional<CheckRow> precision_row(const Subject& subject) {
  if (!subject.accelerator || subject.precision.empty()) return std::nullopt;
  const Accelerator& chip = *subject.accelerator;
  const bool known = chip.peak("bf16") || chip.peak("fp16");
  if (!known || chip.runs(subject.precision) || chip.peak(subject.precision)) return std::nullopt;
  CheckRow row = physics_row(RowKind::kPrecision, subject, "precision");
  row.verdict = Verdict::kImpossible;
  row.text = subject.precision;
  row.from = {chip.record.id};
  return row;
}

}  // namespace

std::vector<CheckRow> run_rows(const Claim& claim, const Subject& subject,
                               const KnownFigures& figures, const HardwareDb& db) {
  std::vector<CheckRow> rows;
  const auto add = [&](std::optional<CheckRow> row) {
    if (row) rows.push_back(std::move(*row));
  };
  if (subject.model) {
    for (const Figure each : {Figure::kParameters, Figure::kActiveParameters}) {
      const Stated* stated = subject.figure(each);
      if (stated != nullptr) rows.push_back(model_size_row(subject, *stated, each));
    }
  }
  add(launch_row(claim, subject));
  add(precision_row(subject));
  add(period_row(subject, figures));
  add(mfu_row(subject, figures));
  std::vector<CheckRow> by_engine = engine_rows(claim, subject, figures, db);
  if (!subject.model || by_engine.empty()) add(states_row(subject, figures));
  for (CheckRow& row : by_engine) rows.push_back(std::move(row));
  add(power_row(subject, figures));
  add(pue_row(subject, figures));
  add(intensity_row(subject, figures));
  add(tariff_row(subject, figures));
  add(water_row(subject, figures));
  return rows;
}

}  // namespace traincost
