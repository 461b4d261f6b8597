#include "estimator/run/cost.h"

#include "base/units.h"

namespace traincost {

using namespace unit;

RentalCost rental_cost(AcceleratorTime billed, RentalPrice price) {
  return {.billed = billed, .total = billed * price};
}

std::optional<RentalQuote> find_rental_quote(const std::vector<PriceBook>& books,
                                             const std::string& accelerator,
                                             const std::string& tier, const std::string& as_of) {
  std::optional<RentalQuote> best;
  const auto better = [&](const RentalQuote& quote) {
    if (!best) return true;
    const bool wanted = quote.tier == tier;
    const bool had = best->tier == tier;
    if (wanted != had) return wanted;
    if (quote.date != best->date) return quote.date > best->date;
    return quote.price < best->price;
  };
  for (const PriceBook& book : books) {
    for (const RentalQuote& quote : book.rental) {
      if (quote.accelerator != accelerator || (!as_of.empty() && quote.date > as_of)) continue;
      if (better(quote)) best = quote;
    }
  }
  return best;
}

Power mean_power(const Accelerator& accelerator, const System& system, const Grid& grid) {
  constexpr double kServerOverBoard = 1.8;
  if (system.server_power) {
    return (grid.average_draw / system.node_size) * *system.server_power;
  }
  return grid.average_draw * kServerOverBoard * accelerator.board_power.value_or(400 * watt);
}

Energy run_energy(AcceleratorTime billed, Power each, const Grid& grid) {
  const Seconds time = billed / (1 * accelerator);
  Energy energy;
  energy.total = grid.pue * (time * each);
  if (grid.carbon_intensity) energy.carbon = energy.total * *grid.carbon_intensity;
  return energy;
}

}  // namespace traincost
