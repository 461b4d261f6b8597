// Checks of one run: against the model's size, what the chip reaches, what the engine predicts, and
// what hardware and power cost; and the cost by other methods.
#include <algorithm>
#include <cctype>
#include <cmath>
#include <numeric>

#include "base/day.h"
#include "base/json_path.h"
#include "base/units.h"
#include "estimator/model/parameters.h"
#include "estimator/questions/check.h"
#include "estimator/questions/search.h"
#include "estimator/run/cost.h"

namespace traincost {
namespace {

using namespace unit;

constexpr std::size_t at(Figure figure) { return static_cast<std::size_t>(figure); }

Interval scaled(Interval interval, double unit) {
  return {interval.low / unit, interval.high / unit};
}

// A figure of the run, stated or implied, as a row's left side.
struct Held {
  Solved solved;
  std::string text;  // as written, where stated
};

std::optional<Held> held(const Subject& subject, const KnownFigures& figures, Figure figure) {
  if (figures.known[at(figure)]) {
    if (!figures.stated[at(figure)]) return std::nullopt;  // inherited: the whole has its row
    const Stated& stated = *subject.figure(figure);
    return Held{Solved{stated.printed, stated.meant, stated.value, stated.vague, {}}, stated.text};
  }
  const auto solution = implied(figures, static_cast<int>(figure));
  if (!solution) return std::nullopt;
  return Held{*solution, ""};
}

CheckRow held_row(RowKind kind, Aspect aspect, const Subject& subject, Figure figure,
                  const Held& held) {
  const FigureKind& k = kind_of(figure);
  CheckRow row;
  row.kind = kind;
  row.aspect = aspect;
  row.subject = subject.name;
  row.figure = k.key;
  row.unit = k.unit;
  row.text = held.text;
  row.value = held.solved.value / k.base;
  row.stated = scaled(held.solved.printed, k.base);
  row.vague = held.solved.vague;
  row.through = held.solved.from;
  return row;
}

void close_row(CheckRow& row, Interval derived, double derived_value) {
  row.derived = derived;
  row.derived_value = derived_value;
  row.ratio = derived_value > 0 ? row.value / derived_value : 0;
}

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

JsonValue object() {
  JsonValue value;
  value.kind = JsonValue::Kind::kObject;
  return value;
}

JsonValue text(const std::string& written) {
  JsonValue value;
  value.kind = JsonValue::Kind::kText;
  value.text = written;
  return value;
}

JsonValue number(double written) {
  JsonValue value;
  value.kind = JsonValue::Kind::kNumber;
  value.number = written;
  value.integral = true;
  return value;
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
  JsonValue job = object();
  static_cast<void>(set_json(job, "model", text(subject.model_name)));
  static_cast<void>(set_json(job, "cluster.accelerator", text(subject.accelerator->record.id)));
  static_cast<void>(set_json(job, "cluster.count", number(count)));
  static_cast<void>(set_json(job, "run.tokens", number(figures.value[at(Figure::kTokens)])));
  // A batch that the claim does not state is what so large a run would take: 4M tokens or a quarter
  // of a sequence for each accelerator, in whole sequences for every usual data-parallel degree.
  constexpr std::int64_t kSequences = 1024, kModelParallel = 64, kAllData = 4096;
  const auto whole = static_cast<std::int64_t>(count);
  const std::int64_t share = whole <= kAllData ? whole : whole / std::gcd(whole, kModelParallel);
  const std::int64_t least = std::max(kSequences, whole / 4);
  const std::int64_t sequences = (least + share - 1) / share * share;
  static_cast<void>(set_json(job, "run.global_batch", number(static_cast<double>(sequences))));
  if (!subject.precision.empty()) {
    static_cast<void>(set_json(job, "run.precision", text(subject.precision)));
  }
  static_cast<void>(set_json(job, "layout", text("search")));
  if (claim.date.size() >= 7) {
    static_cast<void>(set_json(job, "stack.date", text(claim.date.substr(0, 7))));
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
    phase.predicted = with_practical_layout(*phase.predicted, phase.count, job->space);
    // A count that no degrees divide is nobody's claim.
    if (!layout_faults(phase.predicted->layout, phase.predicted->batch, phase.predicted->model,
                       phase.count)
             .empty()) {
      return {};
    }
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
  // Faster than physics allows is a fault; slower hours hold more than the steps, up to a point.
  constexpr double kUnlikely = 0.01, kSlowest = 5;
  constexpr double kBesides = 1.25;  // evaluation, batch ramp, restarts beyond the goodput
  const bool faster = nearest < doubt.p50 * hours;
  const double slowest = steps_alone(claim, subject) ? kBesides * doubt.p95 : kSlowest;
  const bool strained = faster ? *row.probability < kUnlikely : row.stated.low > slowest * hours;
  row.verdict = strained ? Verdict::kStrained : Verdict::kPlausible;
  if (row.verdict == Verdict::kStrained) {
    row.turns.push_back({row.figure, row.unit, {row.derived.low, slowest * hours}, row.value});
  }
  rows.push_back(row);
  return rows;
}

// ---- the market ----

std::string lower(std::string word) {
  for (char& c : word) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return word;
}

struct Book {
  Interval range;
  std::vector<std::string> quotes;
};

// Quotes within so many years of a date; the window doubles until it holds one, twice at most.
template <typename Quote, typename Wanted, typename Price>
std::optional<Book> quotes_near(const std::vector<Quote>& quotes, double date, Wanted wanted,
                                Price price) {
  constexpr double kYears = 1.5;
  for (const double window : {kYears, 2 * kYears}) {
    Book book;
    for (const Quote& quote : quotes) {
      const auto when = date_in_years(quote.date);
      if (!when || std::abs(*when - date) > window || !wanted(quote)) continue;
      const double value = price(quote);
      if (book.quotes.empty()) book.range = {value, value};
      book.range = {std::min(book.range.low, value), std::max(book.range.high, value)};
      book.quotes.push_back(quote.source);
    }
    if (!book.quotes.empty()) return book;
  }
  return std::nullopt;
}

std::string counted(std::size_t quotes) {
  return std::to_string(quotes) + (quotes == 1 ? " quote" : " quotes");
}

constexpr double kBargain = 1.1;  // how far from a quoted price a bargain may lie

std::optional<CheckRow> price_row(const Claim& claim, const Subject& subject,
                                  const KnownFigures& figures, const HardwareDb& db) {
  const auto date = date_in_years(claim.date);
  if (!subject.accelerator || !date) return std::nullopt;
  const auto price = held(subject, figures, Figure::kPrice);
  if (!price) return std::nullopt;
  std::vector<RentalQuote> quotes;
  for (const PriceBook& book : db.price_books()) {
    quotes.insert(quotes.end(), book.rental.begin(), book.rental.end());
  }
  const std::string id = subject.accelerator->record.id;
  const std::string provider = lower(subject.provider), claimant = lower(claim.said_by);
  const auto book = quotes_near(
      quotes, *date,
      [&](const RentalQuote& quote) {
        if (quote.accelerator != id) return false;
        const std::string from = lower(quote.provider);
        if (!provider.empty()) return from.find(provider) != std::string::npos;
        if (!subject.tier.empty()) return quote.tier == subject.tier;
        // Nobody's own assumption supports them, and no long run lives on spare capacity.
        return quote.tier != "spot" && (claimant.empty() || from.find(claimant) != 0);
      },
      [](const RentalQuote& quote) { return quote.price.in(usd_per_accelerator_hour); });
  CheckRow row = held_row(RowKind::kPrice, Aspect::kMarket, subject, Figure::kPrice, *price);
  if (!book) {
    row.from = {"no quote of " + id + " near " + claim.date};
    return row;
  }
  row.from = {id + (subject.provider.empty() ? "" : " of " + subject.provider) +
              (subject.tier.empty() ? "" : ", " + subject.tier) + " near " + claim.date + ", " +
              counted(book->quotes.size())};
  const Interval range{book->range.low / kBargain, book->range.high * kBargain};
  close_row(row, range, std::sqrt(range.low * range.high));
  row.redundant = !subject.provider.empty();
  const bool inside = row.stated.meets(range);
  row.verdict = !inside
                    ? Verdict::kStrained
                    : (row.vague && !row.redundant ? Verdict::kPlausible : Verdict::kConsistent);
  if (inside) return row;
  row.turns.push_back({row.figure, row.unit, range, row.value});
  // And what the figures that imply the price would have to be.
  KnownFigures usual = figures;
  usual.known[at(Figure::kPrice)] = true;
  usual.printed[at(Figure::kPrice)] = usual.meant[at(Figure::kPrice)] =
      scaled(range, 1 / kind_of(Figure::kPrice).base);
  usual.value[at(Figure::kPrice)] = row.derived_value * kind_of(Figure::kPrice).base;
  for (const Figure each : {Figure::kCost, Figure::kAcceleratorTime, Figure::kWallTime}) {
    if (!figures.stated[at(each)] || figures.stated[at(Figure::kPrice)]) continue;
    KnownFigures asked = usual;
    asked.known[at(each)] = false;
    const auto needed = implied(asked, static_cast<int>(each));
    if (!needed) continue;
    const FigureKind& kind = kind_of(each);
    row.turns.push_back({kind.key, kind.unit, scaled(needed->printed, kind.base),
                         figures.value[at(each)] / kind.base});
  }
  return row;
}

std::optional<CheckRow> unit_price_row(const Claim& claim, const Subject& subject,
                                       const KnownFigures& figures, const HardwareDb& db) {
  const auto date = date_in_years(claim.date);
  if (!subject.accelerator || !date) return std::nullopt;
  const auto price = held(subject, figures, Figure::kUnitPrice);
  if (!price) return std::nullopt;
  std::vector<PurchaseQuote> quotes;
  for (const PriceBook& book : db.price_books()) {
    quotes.insert(quotes.end(), book.purchase.begin(), book.purchase.end());
  }
  const std::string id = subject.accelerator->record.id;
  const auto book = quotes_near(
      quotes, *date, [&](const PurchaseQuote& quote) { return quote.accelerator == id; },
      [](const PurchaseQuote& quote) { return quote.price.in(usd / accelerator); });
  CheckRow row =
      held_row(RowKind::kUnitPrice, Aspect::kMarket, subject, Figure::kUnitPrice, *price);
  if (!book) {
    row.from = {"no quote of " + id + " near " + claim.date};
    return row;
  }
  constexpr double kHaggle = 1.25;  // single cards and whole servers differ by that
  const Interval range{book->range.low / kHaggle, book->range.high * kHaggle};
  row.from = {id + " near " + claim.date + ", " + counted(book->quotes.size())};
  close_row(row, range, std::sqrt(range.low * range.high));
  const bool inside = row.stated.meets(range);
  row.verdict =
      !inside ? Verdict::kStrained : (row.vague ? Verdict::kPlausible : Verdict::kConsistent);
  if (!inside) row.turns.push_back({row.figure, row.unit, range, row.value});
  return row;
}

// ---- power and carbon ----

std::optional<CheckRow> power_row(const Subject& subject, const KnownFigures& figures) {
  if (!subject.accelerator || !subject.accelerator->board_power) return std::nullopt;
  const auto power = held(subject, figures, Figure::kPower);
  if (!power) return std::nullopt;
  // A busy board to a whole server at three quarters of its rating, which is 1.4 to 1.5 boards.
  // Source: server over chip power 1.8 to 2, draw 0.75, Cottier et al. 2024, arXiv:2405.21015,
  // appendix A.
  constexpr double kIdle = 0.55, kWithServer = 1.75;
  const double board = subject.accelerator->board_power->in(watt);
  CheckRow row = held_row(RowKind::kPower, Aspect::kPhysics, subject, Figure::kPower, *power);
  close_row(row, {kIdle * board, kWithServer * board}, board);
  row.from = {"board of " + subject.accelerator->record.id};
  const bool inside = row.stated.meets(row.derived);
  row.verdict =
      !inside ? Verdict::kStrained : (row.vague ? Verdict::kPlausible : Verdict::kConsistent);
  if (!inside) row.turns.push_back({row.figure, row.unit, row.derived, row.value});
  return row;
}

std::optional<CheckRow> intensity_row(const Subject& subject, const KnownFigures& figures) {
  const auto intensity = held(subject, figures, Figure::kCarbonIntensity);
  if (!intensity) return std::nullopt;
  // Hydropower to lignite, in kg/kWh (recalled: IPCC AR5 WG3, annex III).
  constexpr Interval kGrids{0.01, 1.1};
  CheckRow row = held_row(RowKind::kIntensity, Aspect::kPhysics, subject, Figure::kCarbonIntensity,
                          *intensity);
  close_row(row, kGrids, 0.4);
  row.from = {"hydropower to lignite"};
  const bool inside = row.stated.meets(kGrids);
  row.verdict =
      !inside ? Verdict::kStrained : (row.vague ? Verdict::kPlausible : Verdict::kConsistent);
  if (!inside) row.turns.push_back({row.figure, row.unit, kGrids, row.value});
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
  add(price_row(claim, subject, figures, db));
  add(unit_price_row(claim, subject, figures, db));
  add(power_row(subject, figures));
  add(intensity_row(subject, figures));
  return rows;
}

std::vector<MethodCost> method_costs(const Claim& claim, const Subject& subject,
                                     const KnownFigures& figures, const HardwareDb& db) {
  std::vector<MethodCost> methods;
  const auto date = date_in_years(claim.date);
  if (!subject.accelerator || !date) return methods;
  const auto stated = held(subject, figures, Figure::kAcceleratorTime);
  std::optional<Solved> time;
  if (stated) {
    time = stated->solved;
  } else if (figures.known[at(Figure::kAcceleratorTime)]) {
    const std::size_t i = at(Figure::kAcceleratorTime);
    time = Solved{figures.printed[i], figures.meant[i], figures.value[i], figures.vague[i], {}};
  }
  if (!time) return methods;
  const AcceleratorTime hours = AcceleratorTime::from_base(time->value);
  const std::string id = subject.accelerator->record.id;
  std::vector<RentalQuote> quotes;
  for (const PriceBook& book : db.price_books()) {
    quotes.insert(quotes.end(), book.rental.begin(), book.rental.end());
  }
  if (const auto book = quotes_near(
          quotes, *date,
          [&](const RentalQuote& quote) { return quote.accelerator == id && quote.tier != "spot"; },
          [](const RentalQuote& quote) { return quote.price.in(usd_per_accelerator_hour); })) {
    const double n = hours.in(accelerator_hour);
    methods.push_back({"rental",
                       counted(book->quotes.size()) + " of " + id + " near " + claim.date,
                       {n * book->range.low, n * book->range.high}});
  }
  const auto purchase = nearest_purchase_quote(db.price_books(), id, *date);
  if (!purchase) return methods;
  const double years = std::max(0.0, *date - date_in_years(purchase->date).value_or(*date));
  const Usd hardware = hours * amortised_price(purchase->price, years);
  Usd energy;
  if (const auto grid = db.grid("default"); grid && grid->electricity_price) {
    const System system = default_system(db, *subject.accelerator);
    energy = run_energy(hours, mean_power(*subject.accelerator, system, *grid), *grid).total *
             *grid->electricity_price;
  }
  const double owned = (hardware + energy).in(usd);
  const std::string basis = purchase->form + " of " + purchase->date;
  methods.push_back({"ownership", basis + ", amortised, with network and energy", {owned, owned}});
  if (figures.known[at(Figure::kAccelerators)]) {
    const double bought =
        acquisition_cost(purchase->price, figures.value[at(Figure::kAccelerators)]).in(usd);
    methods.push_back({"acquisition", basis + ", with network", {bought, bought}});
  }
  return methods;
}

}  // namespace traincost
