#include "estimator/run/ownership.h"

#include <algorithm>
#include <cmath>

#include "base/date.h"
#include "base/units.h"

namespace traincost {
namespace {

using namespace unit;

constexpr Seconds kYear = 365.25 * day;

RentalPrice energy_of(const OwnedPower& power) {
  return power.pue * power.price * power.mean / (1 * accelerator);
}

}  // namespace

std::optional<Purchase> nearest_purchase(const std::vector<PriceBook>& books,
                                         const std::string& accelerator_id, double date,
                                         const Ownership& ownership) {
  const PurchaseQuote* best = nullptr;
  const auto away = [&](const PurchaseQuote& quote) {
    return std::abs(date_in_years(quote.date).value_or(0) - date);
  };
  for (const PriceBook& book : books) {
    for (const PurchaseQuote& quote : book.purchase) {
      if (quote.accelerator != accelerator_id) continue;
      const bool whole = includes_server(quote.form);
      const bool best_whole = best != nullptr && includes_server(best->form);
      const bool better = best == nullptr || (whole && !best_whole) ||
                          (whole == best_whole && away(quote) < away(*best));
      if (better) best = &quote;
    }
  }
  if (best == nullptr) return std::nullopt;
  Purchase found{best->price,
                 std::string(name_of(kPurchaseForms, best->form)) + " of " + best->date + " (" +
                     best->source + ")",
                 best->date};
  found.sold = best->form != PurchaseForm::kEquivalent;
  if (!found.sold) found.basis += ", by its making: nobody sells it";
  if (!includes_server(best->form)) {
    found.price = ownership.server_over_chip * found.price;
    found.basis += ", with its server";
  }
  return found;
}

PurchasePrice with_network(PurchasePrice price, const Ownership& ownership) {
  return 1 / (1 - ownership.network_share) * price;
}

Usd acquisition_cost(PurchasePrice price, double accelerators, const Ownership& ownership) {
  return accelerators * (with_network(price, ownership) * accelerator);
}

RentalPrice OwnedHour::total() const {
  RentalPrice sum;
  for (const OwnedHourLine& each : kOwnedHourLines) sum += this->*each.value;
  return sum;
}

OwnedHour owned_hour(PurchasePrice price, const OwnedPower& power, const Ownership& ownership) {
  const double years = ownership.life / kYear, r = ownership.interest;
  const PurchasePrice whole = with_network(price, ownership);
  const Seconds used_year = ownership.utilisation * kYear;
  const double annuity = r > 0 ? r / (1 - std::pow(1 + r, -years)) : 1 / years;
  OwnedHour hour;
  hour.hardware = 1 / years * price / used_year;
  hour.network = 1 / years * (whole - price) / used_year;
  hour.interest = (annuity - 1 / years) * whole / used_year;
  hour.maintenance = ownership.maintenance * whole / used_year;
  hour.hosting = 1 / ownership.utilisation * ownership.hosting.value_or(EnergyPrice{}) *
                 power.rating / (1 * accelerator);
  hour.energy = energy_of(power);
  hour.staff = ownership.staff / (1 - ownership.staff) * hour.total();
  return hour;
}

OwnedHour amortised_hour(PurchasePrice price, double years, const OwnedPower& power,
                         const Ownership& ownership) {
  constexpr double kOrdersPerYear = 0.14;
  const double written_off = kOrdersPerYear * std::log(10) * std::pow(10, -kOrdersPerYear * years);
  OwnedHour hour;
  hour.hardware = written_off * price / kYear;
  hour.network = written_off * (with_network(price, ownership) - price) / kYear;
  hour.energy = energy_of(power);
  return hour;
}

double years_fallen(double quoted, std::optional<double> launch, double start) {
  constexpr double kLaunchToShipping = 90 / 365.25;
  const double available = std::max(quoted, launch ? *launch + kLaunchToShipping : quoted);
  return std::max(0.0, start - available);
}

BreakEven break_even(PurchasePrice price, RentalPrice rent, const OwnedPower& power,
                     const Ownership& ownership) {
  const PurchasePrice whole = with_network(price, ownership);
  const double of_staff = 1 / (1 - ownership.staff);
  Ownership always = ownership;
  always.utilisation = 1;
  const OwnedHour hour = owned_hour(price, power, always);
  BreakEven at;
  const RentalPrice saved = rent - of_staff * (hour.maintenance + hour.hosting + hour.energy);
  const PurchasePrice paid = whole + ownership.life * hour.interest;
  if (saved > RentalPrice{}) at.time = of_staff * paid / saved;
  const RentalPrice standing = of_staff * (hour.total() - hour.staff - hour.energy);
  const RentalPrice room = rent - of_staff * hour.energy;
  if (room >= standing && standing > RentalPrice{}) at.utilisation = standing / room;
  return at;
}

}  // namespace traincost
