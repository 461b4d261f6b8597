// Checks of one run against the market: rental and purchase prices in the dated price book; and
// what the same hours cost by other methods.
#include <algorithm>
#include <cmath>
#include <limits>

#include "base/date.h"
#include "base/text.h"
#include "base/units.h"
#include "estimator/claims/check_rows.h"
#include "estimator/doubt/reach.h"
#include "estimator/run/cost.h"
#include "estimator/run/ownership.h"

namespace traincost {
namespace {

using namespace unit;

struct Book {
  Interval range;
  std::vector<double> prices;  // from low to high
  int quotes = 0;
  std::string first, last;  // their dates

  // "6 quotes of 2022-03 to 2023-06".
  [[nodiscard]] std::string text() const {
    return std::to_string(quotes) + (quotes == 1 ? " quote of " : " quotes of ") +
           (first == last ? first : first + " to " + last);
  }
};

// Less than any industrial tariff of a year (recalled: 3 to 5 cents beside hydropower). USD/kWh.
constexpr double kLeastTariff = 0.02;

double tariff_of(const KnownFigures& figures) {
  const std::size_t price = index_of(Figure::kEnergyPrice);
  return figures.known[price] ? figures.printed[price].low / kind_of(Figure::kEnergyPrice).base
                              : kLeastTariff;
}

// What an hour's electricity costs at least: the power and the price that the claim tells, or half
// of the board's, as one that computes little draws, at the least tariff. USD/GPU-h.
double electricity_of(const Accelerator& chip, const KnownFigures& figures) {
  constexpr double kDraw = 0.5;
  const std::size_t power = index_of(Figure::kPower);
  if (figures.known[power]) {
    return (Power::from_base(figures.printed[power].low)).in(kW)*tariff_of(figures);
  }
  return chip.board_power ? kDraw * chip.board_power->in(kW)*tariff_of(figures) : 0;
}

// So few quotes are no market: what lies outside of them by less than this factor decides nothing.
constexpr int kThin = 4;
constexpr double kFarOutside = 1.25;

void ease_thin(CheckRow& row, const Book& book, const Accelerator& chip) {
  // Twice the quotes is what two GPUs on one board cost: no matter of few quotes.
  constexpr double kPair = 2;
  const bool pair = chip.is_half_of_a_board() &&
                    apart({row.stated.low / kPair, row.stated.high / kPair}, row.derived) <= 1;
  row.thin = row.verdict == Verdict::kStrained && !pair && book.quotes < kThin &&
             apart(row.stated, row.derived) < kFarOutside;
  if (row.thin) row.verdict = Verdict::kPlausible;
}

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
      if (book.quotes == 0) book.range = {value, value};
      book.range = {std::min(book.range.low, value), std::max(book.range.high, value)};
      if (book.quotes == 0 || quote.date < book.first) book.first = quote.date;
      if (book.quotes == 0 || quote.date > book.last) book.last = quote.date;
      book.prices.push_back(value);
      ++book.quotes;
    }
    std::sort(book.prices.begin(), book.prices.end());
    if (book.quotes > 0) return book;
  }
  return std::nullopt;
}

std::vector<RentalQuote> rental_quotes(const HardwareDb& db) {
  std::vector<RentalQuote> quotes;
  for (const PriceBook& book : db.price_books()) {
    quotes.insert(quotes.end(), book.rental.begin(), book.rental.end());
  }
  return quotes;
}

// Rental quotes near a date for the claim's region; for any region where that has none. `where`
// says which.
template <typename Wanted>
std::optional<Book> rental_book(const HardwareDb& db, const Subject& subject, double date,
                                Wanted wanted, std::string& where) {
  const auto price = [](const RentalQuote& quote) {
    return quote.price.in(usd_per_accelerator_hour);
  };
  const auto quotes = rental_quotes(db);
  where.clear();
  if (!subject.region.empty()) {
    where = " in " + subject.region;
    const auto there = [&](const RentalQuote& quote) {
      return quote.region == subject.region && wanted(quote);
    };
    if (auto book = quotes_near(quotes, date, there, price)) return book;
    where = " anywhere, none in " + subject.region;
  }
  return quotes_near(quotes, date, wanted, price);
}

// The middle two thirds of the quotes, a standard deviation each way, as what an hour usually
// costs; all of a thin book.
Interval usual(const Book& book) {
  if (book.quotes < kThin) return book.range;
  const std::size_t sixth = book.prices.size() / 6;
  return {book.prices[sixth], book.prices[book.prices.size() - 1 - sixth]};
}

// How far from quoted prices a bargain may lie; one or two quotes say less than a book.
double bargain(int quotes) {
  constexpr int kBook = 3;
  return quotes < kBook ? 1.3 : 1.1;
}

// What the sum leaves for an hour where the claim tells neither hours nor price: it pays for its
// tokens at some utilisation between the least that runs get and the most that the chip reaches.
std::optional<Held> price_at_any_mfu(const Subject& subject, const KnownFigures& figures) {
  if (!figures.stated[index_of(Figure::kCost)] || figures.known[index_of(Figure::kMfu)])
    return std::nullopt;
  KnownFigures with = figures;
  const Interval all{kLeastMfu, reachable_mfu(*subject.accelerator, subject.precision).products};
  give(with, index_of(Figure::kMfu), all, all, std::sqrt(all.low * all.high));
  auto price = implied(with, static_cast<int>(Figure::kPrice));
  if (!price) return std::nullopt;
  price->vague = true;
  return Held{std::move(*price), ""};
}

// The sum that would pay a price of the book for the same hours.
Turn cost_within(const KnownFigures& figures, Interval paid, Interval book) {
  const double cost = figures.value[index_of(Figure::kCost)];
  const FigureKind& kind = kind_of(Figure::kCost);
  return {kind.key, kind.unit, {cost * book.low / paid.high, cost * book.high / paid.low}, cost};
}

// What the sum pays for an hour of those that the engine says.
Held price_of_engine(const KnownFigures& figures, const CheckRow& engine) {
  const std::size_t cost = index_of(Figure::kCost);
  const double hour = kind_of(Figure::kAcceleratorTime).base;
  const auto over = [&](Interval sum) {
    return Interval{sum.low / (hour * engine.derived.high), sum.high / (hour * engine.derived.low)};
  };
  Solved price{over(figures.printed[cost]),
               over(figures.meant[cost]),
               figures.value[cost] / (hour * engine.derived_value),
               true,
               {kind_of(Figure::kCost).key, engine.from.front()}};
  return Held{std::move(price), ""};
}

// Whether the middles of what is held and of the range lie further apart than both doubts together:
// they have nothing to do with each other, so that their logarithms add in squares. Ranges that
// touch at their edges alone do.
bool lies_apart(const CheckRow& row) {
  const double middle = std::sqrt(row.derived.low * row.derived.high);
  const bool under = row.value < middle;
  const double own = std::log(under ? row.stated.high / row.value : row.value / row.stated.low);
  const double others = std::log(row.derived.high / middle);
  return std::abs(std::log(row.value / middle)) > std::hypot(own, others);
}

std::optional<CheckRow> price_row(const Claim& claim, const Subject& subject,
                                  const KnownFigures& figures, const HardwareDb& db,
                                  const CheckRow* engine) {
  const auto date = date_in_years(claim.date);
  if (!subject.accelerator || !date) return std::nullopt;
  auto price = held(subject, figures, Figure::kPrice);
  const bool open_price = !price && !figures.known[index_of(Figure::kPrice)];
  const bool by_engine = open_price && engine != nullptr && figures.stated[index_of(Figure::kCost)];
  const bool at_any_mfu = open_price && !by_engine;
  if (by_engine) price = price_of_engine(figures, *engine);
  if (at_any_mfu) price = price_at_any_mfu(subject, figures);
  if (!price) return std::nullopt;
  const Interval open = price->solved.printed;  // of two upper bounds nothing follows
  if (open.low <= 0 && !std::isfinite(open.high)) return std::nullopt;
  const std::string id = subject.accelerator->record.id;
  const std::string provider = lower(subject.provider), claimant = lower(claim.said_by);
  std::string where;
  const auto wanted = [&](const RentalQuote& quote) {
    if (quote.accelerator != id) return false;
    const std::string from = lower(quote.provider);
    if (!provider.empty()) return from.find(provider) != std::string::npos;
    if (!subject.tier.empty()) return quote.tier == subject.tier;
    // Nobody's own assumption supports them, and no long run lives on spare capacity.
    return quote.tier != "spot" && (claimant.empty() || from.find(claimant) != 0);
  };
  auto book = rental_book(db, subject, *date, wanted, where);
  const auto holds = [&](const Book& of) {
    const double apart = bargain(of.quotes);
    return scaled(open, kind_of(Figure::kPrice).base)
        .meets({of.range.low / apart, of.range.high * apart});
  };
  const bool few = by_engine && book && book->quotes < kThin;
  if (book && !subject.region.empty() && (few || !holds(*book))) {
    // One region's quotes are part of a market: what others pay is a price too, and where only the
    // engine tells the hours, few of them say little of it.
    Subject anywhere = subject;
    anywhere.region.clear();
    std::string all;
    const auto wider = rental_book(db, anywhere, *date, wanted, all);
    if (wider && wider->quotes >= kThin && (few || holds(*wider))) {
      where = few ? " anywhere, with only " + std::to_string(book->quotes) + " in " + subject.region
                  : " anywhere, outside the quotes of " + subject.region;
      book = wider;
    }
  }
  CheckRow row = held_row(RowKind::kPrice, Aspect::kMarket, subject, Figure::kPrice, *price);
  row.at_any_mfu = at_any_mfu;
  const std::string whose = id + (subject.provider.empty() ? "" : " of " + subject.provider) +
                            (subject.tier.empty() ? "" : ", " + subject.tier) + where;
  if (!book) {
    row.from = {"no quote of " + whose + " near " + claim.date};
    return row;
  }
  row.from = {whose + ", " + book->text()};
  const double apart = bargain(book->quotes);
  const Interval range{book->range.low / apart, book->range.high * apart};
  row.redundant = !subject.provider.empty();
  bound_row(row, range, std::sqrt(range.low * range.high));
  // What an hour was paid proves something where it is what runs pay: list or less, not the dearest
  // that some list has.
  const Interval near{range.low, usual(*book).high * apart};
  if (row.verdict == Verdict::kConsistent && !row.redundant && !near.holds(row.value)) {
    row.verdict = Verdict::kPlausible;
  }
  if (by_engine && row.verdict != Verdict::kStrained && lies_apart(row)) {
    row.verdict = Verdict::kStrained;
    row.at_edges = true;
  }
  ease_thin(row, *book, *subject.accelerator);
  if (row.verdict == Verdict::kStrained &&
      row.stated.high < electricity_of(*subject.accelerator, figures)) {
    row.verdict = Verdict::kImpossible;
    row.below_power = true;
  }
  if (row.verdict < Verdict::kStrained) return row;
  // And what the figures that imply the price would have to be.
  const FigureKind& kind = kind_of(Figure::kPrice);
  const Interval base = scaled(range, 1 / kind.base);
  if (at_any_mfu || by_engine) {
    row.turns = {cost_within(figures, price->solved.printed, base)};
    return row;
  }
  if (figures.stated[index_of(Figure::kPrice)]) return row;
  for (Turn& turn : stated_turns(figures, Figure::kPrice, base)) row.turns.push_back(turn);
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
  row.from = {id + ", " + book->text()};
  bound_row(row, range, std::sqrt(range.low * range.high));
  ease_thin(row, *book, *subject.accelerator);
  return row;
}

// Whether the sum is said to leave the electricity out.
bool leaves_out_energy(const Claim& claim) {
  if (!claim.scope) return false;
  const auto named = [](const std::string& text) {
    const std::string words = lower(text);
    return words.find("energy") != std::string::npos || words.find("electric") != std::string::npos;
  };
  return std::any_of(claim.scope->excludes.begin(), claim.scope->excludes.end(), named);
}

// The electricity is a part of what a run costs; nothing where the sum can pay for it.
std::optional<CheckRow> electricity_row(const Claim& claim, const Subject& subject,
                                        const KnownFigures& figures) {
  const std::size_t cost = index_of(Figure::kCost), energy = index_of(Figure::kEnergy);
  if (!figures.stated[cost] || leaves_out_energy(claim)) return std::nullopt;
  auto bill = held(subject, figures, Figure::kEnergyCost);
  if (!bill) {
    const double least = kLeastTariff * kind_of(Figure::kEnergyPrice).base;
    const auto used = figures.known[energy] ? known(figures, energy)
                                            : implied(figures, static_cast<int>(Figure::kEnergy));
    if (!used) return std::nullopt;
    bill = Held{Solved{{least * used->printed.low, std::numeric_limits<double>::infinity()},
                       {least * used->meant.low, std::numeric_limits<double>::infinity()},
                       least * used->value,
                       used->vague,
                       {"energy", "the least tariff"},
                       {}},
                ""};
  }
  if (figures.meant[cost].high >= bill->solved.printed.low) return std::nullopt;
  CheckRow row = held_row(RowKind::kOrder, Aspect::kMarket, subject, Figure::kEnergyCost, *bill);
  const double base = kind_of(Figure::kCost).base;
  close_row(row, {0, figures.printed[cost].high / base}, figures.value[cost] / base);
  row.from = {"the whole cost"};
  row.verdict = Verdict::kImpossible;
  return row;
}

}  // namespace

std::vector<CheckRow> market_rows(const Claim& claim, const Subject& subject,
                                  const KnownFigures& figures, const HardwareDb& db,
                                  const CheckRow* engine) {
  std::vector<CheckRow> rows;
  if (auto row = price_row(claim, subject, figures, db, engine)) rows.push_back(std::move(*row));
  if (auto row = unit_price_row(claim, subject, figures, db)) rows.push_back(std::move(*row));
  if (auto row = electricity_row(claim, subject, figures)) rows.push_back(std::move(*row));
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
  } else if (figures.known[index_of(Figure::kAcceleratorTime)]) {
    time = known(figures, index_of(Figure::kAcceleratorTime));
  }
  if (!time) return methods;
  const AcceleratorTime hours = AcceleratorTime::from_base(time->value);
  const std::string id = subject.accelerator->record.id;
  std::string where;
  if (const auto book = rental_book(
          db, subject, *date,
          [&](const RentalQuote& quote) { return quote.accelerator == id && quote.tier != "spot"; },
          where)) {
    const double n = hours.in(accelerator_hour);
    methods.push_back(
        {"rental", id + where + ", " + book->text(), {n * book->range.low, n * book->range.high}});
  }
  const auto own = db.ownership("default");
  if (!own) return methods;
  const auto bought = nearest_purchase(db.price_books(), id, *date, *own);
  if (!bought) return methods;
  auto grid = subject.grid ? subject.grid : db.grid(subject.region);
  if (!grid) grid = db.grid("default");
  OwnedPower power;
  std::string of_grid = "no tariff known";
  if (grid && grid->electricity_price) {
    const System system = db.usual_system(id);
    power = {rated_power(*subject.accelerator, system),
             mean_power(*subject.accelerator, system, *grid), grid->pue, *grid->electricity_price};
    of_grid = "energy of " + grid->record.name;
  }
  const auto add = [&](CostMethod method, Usd cost, const std::string& with) {
    methods.push_back({std::string(name_of(kCostMethods, method)),
                       bought->basis + ", " + with,
                       {cost.in(usd), cost.in(usd)}});
  };
  add(CostMethod::kOwnership, hours * owned_hour(bought->price, power, *own).total(),
      own->record.name + ", with network and " + of_grid);
  const double years = years_fallen(date_in_years(bought->date).value_or(*date),
                                    date_in_years(subject.accelerator->launch), *date);
  add(CostMethod::kAmortised, hours * amortised_hour(bought->price, years, power, *own).total(),
      "written off at the trend of price-performance, with network and " + of_grid);
  if (figures.known[index_of(Figure::kAccelerators)]) {
    add(CostMethod::kAcquisition,
        acquisition_cost(bought->price, figures.value[index_of(Figure::kAccelerators)], *own),
        "with network");
  }
  return methods;
}

}  // namespace traincost
