#include "estimator/run/cost.h"

#include <algorithm>
#include <cmath>

#include "base/date.h"
#include "base/units.h"

namespace traincost {

using namespace unit;

Usd rental_cost(AcceleratorTime billed, RentalPrice price) { return billed * price; }

std::optional<RentalQuote> find_rental_quote(const std::vector<PriceBook>& books,
                                             const WantedQuote& wanted) {
  const auto fit = [&](const RentalQuote& quote) {
    const bool there = !wanted.region.empty() && quote.region == wanted.region;
    return (there ? 2 : 0) + (quote.tier == wanted.tier ? 1 : 0);
  };
  std::vector<const RentalQuote*> best;  // of the best fit
  double edge = 0;                       // the newest, or the oldest
  const auto date_of = [](const RentalQuote& quote) {
    return date_in_years(quote.date).value_or(0);
  };
  for (const PriceBook& book : books) {
    for (const RentalQuote& quote : book.rental) {
      if (quote.accelerator != wanted.accelerator) continue;
      if (quote.tier == kSpotTier && wanted.tier != kSpotTier) continue;
      if (!wanted.as_of.empty() && quote.date > wanted.as_of) continue;
      if (!best.empty() && fit(quote) < fit(*best.front())) continue;
      if (!best.empty() && fit(quote) > fit(*best.front())) {
        best.clear();
      }
      best.push_back(&quote);
      const double date = date_of(quote);
      if (best.size() == 1) edge = date;
      edge = wanted.oldest ? std::min(edge, date) : std::max(edge, date);
    }
  }
  constexpr double kThreeMonths = 2.5 / 12;  // between the middles of the first and the last
  std::erase_if(best, [&](const RentalQuote* quote) {
    return std::abs(date_of(*quote) - edge) > kThreeMonths;
  });
  if (best.empty()) return std::nullopt;
  std::stable_sort(best.begin(), best.end(),
                   [](const RentalQuote* a, const RentalQuote* b) { return a->price < b->price; });
  return *best[(best.size() - 1) / 2];
}

Power rated_power(const Accelerator& accelerator, const System& system) {
  constexpr double kServerOverBoard = 1.8;
  constexpr Power kBoardWithoutRecord = 400 * watt;  // machine_defaults says so
  if (system.server_power) return 1.0 / system.node_size * *system.server_power;
  return kServerOverBoard * accelerator.board_power.value_or(kBoardWithoutRecord);
}

Power mean_power(const Accelerator& accelerator, const System& system, const Grid& grid) {
  return grid.average_draw * rated_power(accelerator, system);
}

Grams embodied_carbon(AcceleratorTime billed, const Accelerator& chip, Seconds life) {
  return billed / (life * (1 * accelerator)) * chip.embodied_carbon.value_or(Grams{});
}

Energy board_energy(AcceleratorTime billed, const Accelerator& chip, const Grid& grid) {
  Energy energy;
  energy.total = billed / (1 * accelerator) * chip.board_power.value_or(Power{});
  if (grid.carbon_intensity) energy.carbon = energy.total * *grid.carbon_intensity;
  return energy;
}

Energy run_energy(AcceleratorTime billed, Power each, const Grid& grid) {
  const Seconds time = billed / (1 * accelerator);
  Energy energy;
  energy.total = grid.pue * (time * each);
  if (grid.wue) energy.water = time * each * *grid.wue;
  if (grid.carbon_intensity) energy.carbon = energy.total * *grid.carbon_intensity;
  return energy;
}

}  // namespace traincost
