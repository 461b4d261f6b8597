#include <array>
#include <string>
#include <utility>

#include "base/units.h"
#include "estimator/job/resolver.h"

namespace traincost {
namespace {

using namespace unit;

constexpr const char* kDefaultTier = "neocloud";

// Rent, and what has a price of an hour once it is bought.
constexpr CostMethod kOwnedMethods[] = {CostMethod::kOwnership, CostMethod::kAmortised};

// What a record leaves out of owning unless the job states it.
std::string not_owned(const Ownership& ownership) {
  std::string left;
  const auto add = [&](bool has, const char* what) {
    if (!has) left += (left.empty() ? "" : ", ") + std::string(what);
  };
  add(ownership.interest > 0, "interest");
  add(ownership.maintenance > 0, "maintenance");
  add(ownership.hosting.has_value(), "hosting");
  add(ownership.staff > 0, "staff");
  return left;
}

}  // namespace

// Of a platform whose chip, system and grid are known, by the method of the job's pricing.
void Resolver::fill_pricing(const PhaseAt& at, Platform& platform) {
  const PricingSpec& pricing = at.sections.pricing;
  const std::string pointer = at.section(spec_, "pricing");
  const std::string of_job =
      spec_.pricing ? spec_.pricing->method.value_or("rental") : std::string("rental");
  if (pricing.method.value_or(of_job) != of_job) {
    fault(pointer + "/method",
          "the phase counts cost by " + *pricing.method + " and the job by " + of_job +
              ": methods are never mixed",
          "state one in the job's pricing; \"all\" shows them side by side");
    return;
  }
  job_.all_methods = of_job == kAllMethods;
  for (const auto& each : kCostMethods) {
    if (each.name == of_job) job_.cost_method = each.value;
  }
  const bool rents = job_.cost_method == CostMethod::kRental;
  if (rents) platform.pricing = rented(pricing, platform.accelerator, pointer);
  if (rents && !job_.all_methods) {
    if (pricing.ownership) {
      fault(pointer + "/ownership", "says nothing where cost is counted by rental",
            "state \"method\": \"ownership\", or \"all\"");
    }
    return;
  }
  buy(at, platform);
  if (!platform.purchase) return;
  for (const CostMethod each : kOwnedMethods) {
    if (!job_.all_methods && each != job_.cost_method) continue;
    platform.compared.push_back(owned(each, pricing, platform, pointer));
  }
  if (rents) {
    if (platform.pricing && platform.purchase->sold) {
      platform.break_even = break_even(platform.purchase->price, platform.pricing->price,
                                       owned_power(platform, job_.grid), platform.ownership);
    }
  } else if (!platform.compared.empty()) {
    platform.pricing = platform.compared.front();
    platform.compared.clear();
  }
}

std::optional<Pricing> Resolver::rented(const PricingSpec& pricing, const Accelerator& accelerator,
                                        const std::string& pointer) {
  if (pricing.price) return Pricing{CostMethod::kRental, *pricing.price, "stated by the job", {}};
  WantedQuote wanted{.accelerator = accelerator.record.id, .tier = kDefaultTier};
  wanted.tier = pricing.tier.value_or(wanted.tier);
  wanted.region = pricing.region.value_or("");
  if (pricing.as_of) wanted.as_of = pricing.as_of->month_text();
  const auto quote = find_rental_quote(db_.price_books(), wanted);
  if (!quote) {
    warn(WarningCode::kNoPrice, "no rental price is recorded for " + accelerator.record.id +
                                    ": cost is unknown; state pricing.price");
    return std::nullopt;
  }
  Pricing found{CostMethod::kRental,
                quote->price,
                quote->provider + ", " + quote->tier + ", " +
                    (quote->region.empty() ? "" : quote->region + ", ") + quote->date + " (" +
                    quote->source + ")",
                {}};
  assume(pointer + "/price", found.basis,
         "the newest quote of tier " + wanted.tier + ", or of any where it has none",
         Origin::kDefault);
  return found;
}

// What the accelerators cost to buy, and what owning them takes.
void Resolver::buy(const PhaseAt& at, Platform& platform) {
  const PricingSpec& pricing = at.sections.pricing;
  const std::string pointer = at.section(spec_, "pricing") + "/ownership";
  const OwnershipSpec stated = pricing.ownership.value_or(OwnershipSpec{});
  const std::string id = stated.record.value_or("default");
  auto found = db_.ownership(id);
  if (!found) return unknown(pointer, "ownership", id);
  Ownership& own = platform.ownership = std::move(*found);
  own.network_share = stated.network_share.value_or(own.network_share);
  own.life = stated.life.value_or(own.life);
  own.interest = stated.interest.value_or(own.interest);
  own.maintenance = stated.maintenance.value_or(own.maintenance);
  if (stated.hosting) own.hosting = stated.hosting;
  own.staff = stated.staff.value_or(own.staff);
  own.utilisation = stated.utilisation.value_or(own.utilisation);
  if (!stated.record) {
    const std::string left = not_owned(own);
    assume(pointer, own.record.id,
           "what the job does not state is as " + own.record.name +
               (left.empty() ? "" : "; without " + left),
           Origin::kDefault);
  }
  if (!job_.grid.electricity_price) {
    assume("/grid/electricity_price", "none",
           "no tariff is recorded for " + job_.grid.record.name +
               ": energy is not in what owning costs",
           Origin::kDefault);
  }
  if (stated.purchase) {
    platform.purchase = Purchase{*stated.purchase, "stated by the job", "", true};
    return;
  }
  constexpr double kNewest = 1e4;  // a year after all quotes
  const auto& when = pricing.as_of ? pricing.as_of : spec_.start;
  platform.purchase =
      nearest_purchase(db_.price_books(), platform.accelerator.record.id,
                       when ? date_in_years(when->month_text()).value_or(kNewest) : kNewest, own);
  if (!platform.purchase) {
    warn(WarningCode::kNoPrice, "no purchase price is recorded for " +
                                    platform.accelerator.record.id +
                                    ": what it costs to own is unknown; state "
                                    "pricing.ownership.purchase");
    return;
  }
  assume(pointer + "/purchase", platform.purchase->basis,
         when ? "the quote nearest to " + when->month_text() : "the newest quote",
         Origin::kDefault);
}

Pricing Resolver::owned(CostMethod method, const PricingSpec& pricing, const Platform& platform,
                        const std::string& pointer) {
  const Purchase& bought = *platform.purchase;
  const OwnedPower power = owned_power(platform, job_.grid);
  Pricing priced;
  priced.method = method;
  priced.basis = bought.basis;
  if (method == CostMethod::kOwnership) {
    priced.owned = owned_hour(bought.price, power, platform.ownership);
  } else {
    const auto& when = spec_.start ? spec_.start : pricing.as_of;
    const auto start = when ? date_in_years(when->month_text()) : std::nullopt;
    const auto quoted = date_in_years(bought.date);
    const double years =
        start && quoted ? years_fallen(*quoted, date_in_years(platform.accelerator.launch), *start)
                        : 0;
    priced.owned = amortised_hour(bought.price, years, power, platform.ownership);
    if (!start && quoted) {
      assume(pointer + "/ownership/purchase", "not fallen since " + bought.date,
             "the job states no start", Origin::kDefault);
    }
  }
  priced.price = priced.owned->total();
  return priced;
}

}  // namespace traincost
