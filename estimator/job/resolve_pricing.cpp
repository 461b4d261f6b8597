#include <array>
#include <cmath>
#include <cstdio>
#include <string>
#include <utility>

#include "base/units.h"
#include "estimator/job/resolver.h"

namespace traincost {
namespace {

using namespace unit;

constexpr const char* kDefaultTier = "neocloud";

std::string printed(const char* format, double value) {
  char text[32];
  std::snprintf(text, sizeof text, format, value);
  return text;
}
std::string percent_text(double share) { return printed("%.3g%%", 100 * share); }
std::string price_text(RentalPrice price) {
  return printed("$%.4g", price.in(usd_per_accelerator_hour));
}
std::string plain_number(double value) { return printed("%.6g", value); }

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

// How the job counts cost; a phase may have a price of its own, not a method.
bool Resolver::fill_method(const PricingSpec& pricing, const std::string& pointer) {
  const std::string of_job =
      spec_.pricing ? spec_.pricing->method.value_or("rental") : std::string("rental");
  if (pricing.method.value_or(of_job) != of_job) {
    fault(pointer + "/method",
          "the phase counts cost by " + *pricing.method + " and the job by " + of_job +
              ": methods are never mixed",
          "state one in the job's pricing; \"all\" shows them side by side");
    return false;
  }
  job_.all_methods = of_job == kAllMethods;
  for (const auto& each : kCostMethods) {
    if (each.name == of_job) job_.cost_method = each.value;
  }
  return true;
}

bool Resolver::fill_currency(const PricingSpec& pricing, const std::string& pointer) {
  if (!pricing.currency) return true;
  const CurrencySpec& currency = *pricing.currency;
  if (!currency.code || !currency.per_usd) {
    fault(pointer + "/currency", "a currency has its code and its rate",
          "such as {\"code\": \"CNY\", \"per_usd\": 7.2, \"date\": \"2025-03\"}");
    return false;
  }
  job_.currency =
      Currency{*currency.code, *currency.per_usd, currency.date ? currency.date->month_text() : ""};
  return true;
}

// Of a platform whose chip, system and grid are known.
void Resolver::fill_pricing(const PhaseAt& at, Platform& platform) {
  const PricingSpec& pricing = at.sections.pricing;
  const std::string pointer = at.section(spec_, "pricing");
  platform.reliability = job_.reliability;
  if (!fill_method(pricing, pointer) || !fill_currency(pricing, pointer)) return;
  const bool rents = job_.cost_method == CostMethod::kRental;
  const std::string& launch = platform.accelerator.launch;
  if (spec_.start && !launch.empty() && spec_.start->month_text() < launch.substr(0, 7)) {
    warn(WarningCode::kBeforeLaunch, "the run starts in " + spec_.start->month_text() + ", and " +
                                         platform.accelerator.record.id + " was launched in " +
                                         launch);
  }
  if (rents) platform.pricing = rented(at, platform);
  if (rents && !job_.all_methods) {
    if (pricing.ownership) {
      fault(pointer + "/ownership", "says nothing where cost is counted by rental",
            "state \"method\": \"ownership\", or \"all\"");
    }
    return;
  }
  if (!rents && (pricing.price || pricing.tier || !pricing.mix.empty())) {
    assume(pointer, "its rent is not used",
           "cost is counted by " + std::string(name_of(kCostMethods, job_.cost_method)),
           Origin::kDerived);
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

// What is rented at one price as a part that is all; in dollars, of one accelerator.
std::optional<RentedPartSpec> Resolver::whole_as_part(const PricingSpec& pricing,
                                                      const std::string& pointer) {
  RentedPartSpec whole;
  whole.price = pricing.price;
  whole.tier = pricing.tier;
  whole.discount = pricing.discount;
  whole.interruptions_per_node_day = pricing.interruptions_per_node_day;
  if (!whole.price) {
    if (pricing.price_covers) {
      fault(pointer + "/price_covers", "says nothing without a price", "add \"price\"");
    }
    return whole;
  }
  if (pricing.price_currency) {
    if (!job_.currency || job_.currency->code != *pricing.price_currency) {
      fault(pointer + "/price",
            "the price is in " + *pricing.price_currency + ", and the job states no rate for it",
            "add \"currency\": {\"code\": \"" + *pricing.price_currency +
                "\", \"per_usd\": ..., \"date\": \"YYYY-MM\"}");
      return std::nullopt;
    }
    whole.price = *whole.price / job_.currency->per_usd;
  }
  whole.price = *whole.price / pricing.price_covers.value_or(1);
  return whole;
}

// At a price that is stated or quoted, or a mix of such.
std::optional<Pricing> Resolver::rented(const PhaseAt& at, Platform& platform) {
  const PricingSpec& pricing = at.sections.pricing;
  const std::string pointer = at.section(spec_, "pricing");
  const std::string& id = platform.accelerator.record.id;
  if (pricing.mix.empty()) {
    const auto whole = whole_as_part(pricing, pointer);
    return whole ? rented_part(*whole, pricing, id, pointer, platform) : std::nullopt;
  }
  const std::pair<const char*, bool> beside[] = {
      {"price", pricing.price.has_value()},
      {"tier", pricing.tier.has_value()},
      {"price_covers", pricing.price_covers.has_value()},
      {"discount", pricing.discount.has_value()},
      {"interruptions_per_node_day", pricing.interruptions_per_node_day.has_value()}};
  for (const auto& [name, stated] : beside) {
    if (stated) {
      member_fault(pointer, name, "says nothing beside a mix, whose parts have their own",
                   "drop it, or the mix");
    }
  }
  constexpr double kRounding = 1e-6;
  Pricing whole;
  double shares = 0;
  bool known = true, left = false;
  for (const RentedPartSpec& each : pricing.mix) shares += each.share.value_or(0);
  for (std::size_t i = 0; i < pricing.mix.size(); ++i) {
    RentedPartSpec each = pricing.mix[i];
    const std::string here = pointer + "/mix/" + std::to_string(i);
    if (!each.share) {  // what the others leave
      if (left) fault(here, "two parts have no share", "one may take what the others leave");
      left = true;
      each.share = std::max(0.0, 1 - shares);
      shares += *each.share;
      assume(here + "/share", percent_text(*each.share), "what the other parts leave",
             Origin::kDerived);
    }
    const double share = *each.share;
    const auto part = rented_part(each, pricing, id, here, platform);
    known = known && part.has_value();
    if (!part) continue;
    whole.price += share * part->price;
    whole.basis += (i == 0 ? "" : "; ") + percent_text(share) + " at " + price_text(part->price) +
                   ", " + part->basis;
  }
  if (std::abs(shares - 1) > kRounding) {
    fault(pointer + "/mix", "the shares add up to " + plain_number(shares) + ", not to 1",
          "state each part's share of the accelerators");
  }
  return known ? std::optional(whole) : std::nullopt;
}

// One part; what its provider interrupts is added to the platform's failures.
std::optional<Pricing> Resolver::rented_part(const RentedPartSpec& part, const PricingSpec& pricing,
                                             const std::string& id, const std::string& pointer,
                                             Platform& platform) {
  const bool spot = part.tier.value_or("") == kSpotTier;
  if (spot && !part.interruptions_per_node_day) {
    fault(pointer, "spot capacity is interrupted, and the job does not say how often",
          "state interruptions_per_node_day: AWS's bands of 2025 say 0.002 to 0.007 for most "
          "regions, traces of 2023 measured 3 to 17");
  }
  platform.reliability.failures_per_node_day +=
      part.share.value_or(1) * part.interruptions_per_node_day.value_or(0);
  const double kept = 1 - part.discount.value_or(0);
  const std::string terms = !part.discount ? std::string()
                            : *part.discount >= 0
                                ? ", less " + percent_text(*part.discount)
                                : ", and " + percent_text(-*part.discount) + " more";
  if (part.price) {
    const std::string tier = part.tier ? *part.tier + ", " : "";
    return Pricing{CostMethod::kRental, kept * *part.price, tier + kStatedPrice + terms, {}};
  }
  WantedQuote wanted{.accelerator = id, .tier = part.tier.value_or(kDefaultTier)};
  wanted.region = pricing.region.value_or("");
  // What is quoted after the run began was not what it paid, unless nothing was before.
  const auto& when = pricing.as_of ? pricing.as_of : spec_.start;
  if (when) wanted.as_of = when->month_text();
  auto quote = find_rental_quote(db_.price_books(), wanted);
  if (!quote && !pricing.as_of && spec_.start) {
    wanted.as_of.clear();
    wanted.oldest = true;
    quote = find_rental_quote(db_.price_books(), wanted);
  }
  if (!quote) {
    warn(WarningCode::kNoPrice,
         "no rental price is recorded for " + id + ": cost is unknown; state pricing.price");
    return std::nullopt;
  }
  warn_of_age(quote->date, when, "rental price of " + id);
  Pricing found{CostMethod::kRental,
                kept * quote->price,
                quote->provider + ", " + quote->tier + ", " +
                    (quote->region.empty() ? "" : quote->region + ", ") + quote->date + " (" +
                    quote->source + ")" + terms,
                {}};
  assume(pointer + "/price", found.basis,
         "the middle of the newest quotes of tier " + wanted.tier +
             ", or of any where it has none" +
             (quote->region != wanted.region && !wanted.region.empty()
                  ? "; none is known in " + wanted.region
                  : ""),
         Origin::kDefault);
  if (!wanted.region.empty() && quote->region != wanted.region) {
    found.basis += ", none in " + wanted.region;
  }
  return found;
}

// A price of another year is not what a run pays.
void Resolver::warn_of_age(const std::string& quoted, const std::optional<Date>& when,
                           const std::string& what) {
  if (!when) return;
  const auto then = date_in_years(quoted), now = date_in_years(when->month_text());
  if (!then || !now || std::abs(*now - *then) <= 1) return;
  warn(WarningCode::kOldPrice, "the " + what + " that lies nearest is of " + quoted +
                                   ", and the run of " + when->month_text() +
                                   ": state pricing.price");
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
    platform.purchase = Purchase{*stated.purchase, kStatedPrice, "", true};
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
  warn_of_age(platform.purchase->date, when, "purchase price of " + platform.accelerator.record.id);
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
