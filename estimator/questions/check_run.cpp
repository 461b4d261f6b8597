// Checks of one run against physics: the model's size, what the chip reaches, what the engine
// predicts, power and carbon.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/json_path.h"
#include "base/units.h"
#include "estimator/model/parameters.h"
#include "estimator/questions/check_rows.h"
#include "estimator/questions/doubt.h"
#include "estimator/questions/search.h"

namespace traincost {
namespace {

using namespace unit;

constexpr std::size_t at(Figure figure) { return index_of(figure); }

CheckRow model_size_row(const Subject& subject, const Stated& stated, Figure figure) {
  const ParameterCount count = count_parameters(*subject.model);
  const bool all = figure == Figure::kParameters;
  const auto without = static_cast<double>(count.active_without_both);
  const auto with = static_cast<double>(count.active_all);
  const auto total = static_cast<double>(count.total);
  const Held held{Solved{stated.printed, stated.meant, stated.value, stated.vague, {}},
                  stated.text};
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

// What the best products of a chip reach of its bf16 peak, in the run's precision: no run's model
// FLOPs do more.
double reachable_mfu(const Accelerator& chip, const std::string& precision) {
  constexpr double kUnmeasured = 0.95;
  const std::string wanted = precision.empty() ? "bf16" : precision;
  const auto base = chip.peak("bf16") ? chip.peak("bf16") : chip.peak("fp16");
  const auto peak = chip.peak(wanted) ? chip.peak(wanted) : base;
  if (!base || !peak) return 1;
  const auto curve = chip.gemm.find(wanted);
  const double reached = curve == chip.gemm.end() ? kUnmeasured
                                                  : std::min(1.0, curve->second.peak_fraction) *
                                                        curve->second.sustained_fraction;
  return reached * (*peak / *base);
}

std::optional<CheckRow> mfu_row(const Subject& subject, const KnownFigures& figures) {
  if (!subject.accelerator) return std::nullopt;
  const auto mfu = held(subject, figures, Figure::kMfu);
  if (!mfu) return std::nullopt;
  CheckRow row = held_row(RowKind::kMfu, Aspect::kPhysics, subject, Figure::kMfu, *mfu);
  // Below, hours hold much besides the steps; production runs reach four fifths of the products'
  // rate at most (tests/published: 0.61 of the bf16 peak on A100, whose products reach 0.8 or
  // more).
  constexpr double kLeast = 0.10, kOfProducts = 0.8;
  const double reach = reachable_mfu(*subject.accelerator, subject.precision);
  row.from = {"products on " + subject.accelerator->record.id + " in " +
              (subject.precision.empty() ? "bf16" : subject.precision)};
  close_row(row, {kLeast, reach}, reach);
  row.ratio = row.value / reach;
  if (row.stated.low > reach) {
    row.verdict = Verdict::kImpossible;
  } else if (row.stated.low > kOfProducts * reach || row.stated.high < kLeast) {
    row.verdict = Verdict::kStrained;
  } else {
    row.verdict = row.vague ? Verdict::kPlausible : Verdict::kConsistent;
  }
  if (row.verdict >= Verdict::kStrained) {
    // What each stated figure would have to be for a usual utilisation.
    KnownFigures usual = figures;
    usual.known[at(Figure::kMfu)] = true;
    usual.printed[at(Figure::kMfu)] = usual.meant[at(Figure::kMfu)] = {kLeast, kOfProducts * reach};
    for (const Figure each : {Figure::kAcceleratorTime, Figure::kAccelerators, Figure::kWallTime,
                              Figure::kTokens, Figure::kActiveParameters, Figure::kMfu}) {
      if (!figures.stated[at(each)]) continue;
      KnownFigures asked = usual;
      asked.known[at(each)] = false;
      if (each == Figure::kMfu) {
        row.turns.push_back({"mfu", "", {kLeast, kOfProducts * reach}, row.value});
      } else if (const auto needed = implied(asked, static_cast<int>(each))) {
        const FigureKind& kind = kind_of(each);
        row.turns.push_back({kind.key, kind.unit, scaled(needed->printed, kind.base),
                             figures.value[at(each)] / kind.base});
      }
    }
  }
  return row;
}

// The run as a job: what the claim states, its own "job" members over that.
std::optional<JsonValue> job_of(const Claim& claim, const Subject& subject,
                                const KnownFigures& figures, const Solved& hours) {
  if (!subject.model || subject.model_name.empty() || !subject.accelerator) return std::nullopt;
  if (!figures.known[at(Figure::kTokens)]) return std::nullopt;
  // Hours depend little on how many accelerators share them; a usual count stands in for an unsaid
  // one, a month of the hours that are claimed.
  constexpr double kMonth = 30 * 86400.0;
  const double nodes = std::max(1.0, std::round(hours.value / kMonth / 64));
  const double count = figures.known[at(Figure::kAccelerators)]
                           ? std::round(figures.value[at(Figure::kAccelerators)])
                           : 64 * std::exp2(std::round(std::log2(nodes)));
  constexpr double kMostAccelerators = 1e6;
  if (!(count >= 1 && count <= kMostAccelerators)) return std::nullopt;
  JsonValue job = object_value();
  static_cast<void>(set_json(job, "model", text_value(subject.model_name)));
  static_cast<void>(
      set_json(job, "cluster.accelerator", text_value(subject.accelerator->record.id)));
  static_cast<void>(set_json(job, "cluster.count", number_value(count)));
  static_cast<void>(set_json(job, "run.tokens", number_value(figures.value[at(Figure::kTokens)])));
  // A batch that the claim does not state is what so large a run would take: 4M tokens or a quarter
  // of a sequence for each accelerator, in whole sequences for every usual data-parallel degree.
  constexpr std::int64_t kSequences = 1024, kModelParallel = 64, kAllData = 4096;
  const auto whole = static_cast<std::int64_t>(count);
  const std::int64_t share = whole <= kAllData ? whole : whole / std::gcd(whole, kModelParallel);
  const std::int64_t least = std::max(kSequences, whole / 4);
  const std::int64_t sequences = (least + share - 1) / share * share;
  static_cast<void>(
      set_json(job, "run.global_batch", number_value(static_cast<double>(sequences))));
  if (!subject.precision.empty()) {
    static_cast<void>(set_json(job, "run.precision", text_value(subject.precision)));
  }
  static_cast<void>(set_json(job, "layout", text_value("search")));
  if (claim.date.size() >= 7) {
    static_cast<void>(set_json(job, "stack.date", text_value(claim.date.substr(0, 7))));
  }
  if (subject.job.kind == JsonValue::Kind::kObject) merge_json(job, subject.job);
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

// Hours against the engine's prediction, and whether any layout fits.
std::vector<CheckRow> engine_rows(const Claim& claim, const Subject& subject,
                                  const KnownFigures& figures, const HardwareDb& db) {
  const auto time = held(subject, figures, Figure::kAcceleratorTime);
  const auto document = time ? job_of(claim, subject, figures, time->solved) : std::nullopt;
  if (!document) return {};
  std::optional<Job> job;
  try {
    job = read_job(*document, claim.file, db, Faults::Unknown::kFault, OpenLayout::kLeave);
  } catch (const InputError& error) {
    // A count that no layout divides is the engine's limit; a layout that the claim states and
    // that its count or batch contradict is the claim's; other faults of its "job" are the file's.
    if (subject.job.kind != JsonValue::Kind::kObject) return {};
    const auto of_layout = [](const Fault& fault) {
      return fault.pointer.rfind("/layout", 0) == 0 || fault.pointer.rfind("/run", 0) == 0;
    };
    if (!std::all_of(error.faults().begin(), error.faults().end(), of_layout)) throw;
    CheckRow row;
    row.kind = RowKind::kLayout;
    row.aspect = Aspect::kPhysics;
    row.verdict = Verdict::kImpossible;
    row.subject = subject.name;
    row.figure = "layout";
    for (const Fault& fault : error.faults()) row.from.push_back(fault.message);
    return {row};
  }
  for (Phase& phase : job->phases) {
    if (!phase.predicted || !phase.predicted->search_layout) continue;
    const LayoutSpace space = closed(practical_space(job->space, *phase.predicted));
    auto best = with_best_layout(*phase.predicted, phase.count, space);
    if (!best) return {};  // a count that no degrees divide is nobody's claim
    phase.predicted = std::move(*best);
  }
  const Estimate predicted = estimate(*job);
  std::vector<CheckRow> rows;
  CheckRow memory;
  memory.kind = RowKind::kMemory;
  memory.aspect = Aspect::kPhysics;
  memory.subject = subject.name;
  memory.figure = "memory";
  memory.unit = "GB";
  if (predicted.memory) {
    memory.value = predicted.memory->required.in(GB);
    memory.stated = {memory.value, memory.value};
    close_row(memory, {0, predicted.memory->available.in(GB)}, predicted.memory->available.in(GB));
    memory.from = {"the engine's layout on " + subject.accelerator->record.id};
    memory.verdict = predicted.fits() ? Verdict::kPlausible : Verdict::kImpossible;
    rows.push_back(memory);
  }
  if (!predicted.fits()) return rows;

  CheckRow row =
      held_row(RowKind::kEngineTime, Aspect::kPhysics, subject, Figure::kAcceleratorTime, *time);
  const double hours = predicted.billed.in(accelerator_hour);
  close_row(row,
            {predicted.billed_spread.p5.in(accelerator_hour),
             predicted.billed_spread.p95.in(accelerator_hour)},
            hours);
  row.from = {"the engine on " + std::to_string(job->phases.front().count) + " x " +
              subject.accelerator->record.id};
  const Doubt& doubt = predicted.phases.front().doubt;
  // The end of the stated interval that lies nearer to the median.
  const double nearest = std::clamp(doubt.p50 * hours, row.stated.low, row.stated.high);
  row.probability = tail(nearest / hours, doubt);
  // Faster than physics allows is a fault; slower hours hold more than the steps, up to a point,
  // unless the claim says that they hold the steps alone.
  constexpr double kUnlikely = 1e-3, kSlowest = 5;
  const bool faster = nearest < doubt.p50 * hours;
  const bool counts = faster || steps_alone(claim, subject);
  const bool strained =
      (counts && *row.probability < kUnlikely) || row.stated.low > kSlowest * hours;
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

std::optional<CheckRow> power_row(const Subject& subject, const KnownFigures& figures) {
  if (!subject.accelerator || !subject.accelerator->board_power) return std::nullopt;
  const auto power = held(subject, figures, Figure::kPower);
  if (!power) return std::nullopt;
  // A busy board to a whole server at three quarters of its rating, which is 1.4 to 1.5 boards.
  // Source: server over chip power 1.8 to 2, draw 0.75, Cottier et al. 2024, arXiv:2405.21015,
  // appendix A.
  constexpr double kIdle = 0.5, kWithServer = 1.75;
  const double board = subject.accelerator->board_power->in(watt);
  CheckRow row = held_row(RowKind::kPower, Aspect::kPhysics, subject, Figure::kPower, *power);
  row.from = {"board of " + subject.accelerator->record.id};
  bound_row(row, {kIdle * board, kWithServer * board}, board);
  return row;
}

std::optional<CheckRow> intensity_row(const Subject& subject, const KnownFigures& figures) {
  const auto intensity = held(subject, figures, Figure::kCarbonIntensity);
  if (!intensity) return std::nullopt;
  // Hydropower to lignite, in kg/kWh (recalled: IPCC AR5 WG3, annex III).
  constexpr Interval kGrids{0.01, 1.1};
  CheckRow row = held_row(RowKind::kIntensity, Aspect::kPhysics, subject, Figure::kCarbonIntensity,
                          *intensity);
  row.from = {"hydropower to lignite"};
  bound_row(row, kGrids, 0.4);
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
  add(mfu_row(subject, figures));
  for (CheckRow& row : engine_rows(claim, subject, figures, db)) rows.push_back(std::move(row));
  add(power_row(subject, figures));
  add(intensity_row(subject, figures));
  return rows;
}

}  // namespace traincost
