#include "estimator/run/cost.h"

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

Power rated_power(const Accelerator& accelerator, const System& system) {
  constexpr double kServerOverBoard = 1.8;
  constexpr Power kBoardWithoutRecord = 400 * watt;  // machine_defaults says so
  if (system.server_power) return 1.0 / system.node_size * *system.server_power;
  return kServerOverBoard * accelerator.board_power.value_or(kBoardWithoutRecord);
}

Power mean_power(const Accelerator& accelerator, const System& system, const Grid& grid) {
  return grid.average_draw * rated_power(accelerator, system);
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
  if (grid.carbon_intensity) energy.carbon = energy.total * *grid.carbon_intensity;
  return energy;
}

}  // namespace traincost
