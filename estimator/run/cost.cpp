#include "estimator/run/cost.h"

#include <cmath>

#include "base/date.h"
#include "base/units.h"

namespace traincost {

using namespace unit;

Usd rental_cost(AcceleratorTime billed, RentalPrice price) { return billed * price; }

std::optional<RentalQuote> find_rental_quote(const std::vector<PriceBook>& books,
                                             const WantedQuote& wanted) {
  const RentalQuote* best = nullptr;
  const auto fit = [&](const RentalQuote& quote) {
    const bool there = !wanted.region.empty() && quote.region == wanted.region;
    return (there ? 2 : 0) + (quote.tier == wanted.tier ? 1 : 0);
  };
  const auto better = [&](const RentalQuote& quote) {
    if (best == nullptr) return true;
    if (fit(quote) != fit(*best)) return fit(quote) > fit(*best);
    if (quote.date != best->date) return quote.date > best->date;
    return quote.price < best->price;
  };
  for (const PriceBook& book : books) {
    for (const RentalQuote& quote : book.rental) {
      if (quote.accelerator != wanted.accelerator) continue;
      if (!wanted.as_of.empty() && quote.date > wanted.as_of) continue;
      if (better(quote)) best = &quote;
    }
  }
  return best == nullptr ? std::nullopt : std::optional(*best);
}

RentalPrice amortised_price(PurchasePrice price, double years) {
  constexpr double kOrdersPerYear = 0.14, kNetworkShare = 0.19;
  const Seconds year = 365.25 * day;
  const PurchasePrice worth = std::pow(10, -kOrdersPerYear * years) / (1 - kNetworkShare) * price;
  return (kOrdersPerYear * std::log(10)) * worth / year;
}

Usd acquisition_cost(PurchasePrice price, double accelerators) {
  constexpr double kNetworkShare = 0.19;
  return accelerators / (1 - kNetworkShare) * (price * accelerator);
}

std::optional<PurchaseQuote> nearest_purchase_quote(const std::vector<PriceBook>& books,
                                                    const std::string& accelerator, double date) {
  std::optional<PurchaseQuote> best;
  double nearest = 0;
  for (const PriceBook& book : books) {
    for (const PurchaseQuote& quote : book.purchase) {
      if (quote.accelerator != accelerator) continue;
      const double away = std::abs(date_in_years(quote.date).value_or(0) - date);
      if (best && away >= nearest) continue;
      nearest = away;
      best = quote;
    }
  }
  return best;
}

Power mean_power(const Accelerator& accelerator, const System& system, const Grid& grid) {
  constexpr double kServerOverBoard = 1.8;
  constexpr Power kBoardWithoutRecord = 400 * watt;  // machine_defaults says so
  if (system.server_power) {
    return (grid.average_draw / system.node_size) * *system.server_power;
  }
  return grid.average_draw * kServerOverBoard *
         accelerator.board_power.value_or(kBoardWithoutRecord);
}

Energy run_energy(AcceleratorTime billed, Power each, const Grid& grid) {
  const Seconds time = billed / (1 * accelerator);
  Energy energy;
  energy.total = grid.pue * (time * each);
  if (grid.carbon_intensity) energy.carbon = energy.total * *grid.carbon_intensity;
  return energy;
}

}  // namespace traincost
