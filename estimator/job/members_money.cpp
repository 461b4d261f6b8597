// What hours cost, where their power comes from, how often they are lost.
#include <array>

#include "estimator/job/member_forms.h"
#include "estimator/run/cost.h"
#include "hwdb/market.h"

namespace traincost {
namespace {

// The cost methods, and all of them side by side.
constexpr auto kMethods = [] {
  std::array<Name<const char*>, std::size(kCostMethods) + 1> names{};
  for (std::size_t i = 0; i < std::size(kCostMethods); ++i) {
    names[i] = {kCostMethods[i].name, kCostMethods[i].name};
  }
  names.back() = {kAllMethods, kAllMethods};
  return names;
}();

constexpr Member<OwnershipSpec> kOwnershipMembers[] = {
    text<&OwnershipSpec::record>("record", "id of an ownership record"),
    quantity<&OwnershipSpec::purchase>("purchase", "$100/GPU", "$1e6/GPU",
                                       "price of an accelerator with its share of the server"),
    number<&OwnershipSpec::network_share>("network_share", {0, 0.9},
                                          "of the whole cluster's price"),
    quantity<&OwnershipSpec::life>("life", "30 d", "20 y", "over which it is written off"),
    number<&OwnershipSpec::interest>("interest", {0, 1}, "a year; default: none"),
    number<&OwnershipSpec::maintenance>("maintenance", {0, 1},
                                        "a year, of the purchase; default: none"),
    quantity<&OwnershipSpec::hosting>("hosting", "$0/kW-month", "$2000/kW-month",
                                      "of the servers' rating, electricity apart"),
    number<&OwnershipSpec::staff>("staff", {0, 0.9}, "of the whole; default: none"),
    number<&OwnershipSpec::utilisation>("utilisation", {0.01, 1},
                                        "hours that are used, of its life's; default: all"),
};

constexpr Member<GridSpec> kGridMembers[] = {
    text<&GridSpec::record>("record", "id of a grid"),
    quantity<&GridSpec::electricity_price>("electricity_price", "$0/kWh", "$2/kWh",
                                           "such as $0.08/kWh"),
    quantity<&GridSpec::carbon_intensity>("carbon_intensity", "0 g/kWh", "2000 g/kWh",
                                          "such as 380 g/kWh"),
    number<&GridSpec::pue>("pue", {1, 3}, "power at the meter over that of the servers"),
    quantity<&GridSpec::wue>("wue", "0 L/kWh", "10 L/kWh",
                             "water drawn on site, of what the servers use"),
    number<&GridSpec::average_draw>("average_draw", {0.1, 1},
                                    "mean draw of a busy server over its rating"),
};

constexpr Member<CurrencySpec> kCurrencyMembers[] = {
    choice<&CurrencySpec::code, kCurrencies>("code", "ISO 4217, beside the dollar"),
    number<&CurrencySpec::per_usd>("per_usd", {1e-6, 1e6}, "units of it for a dollar"),
    date<&CurrencySpec::date>("date", Date::Precision::kMonth, "of the rate"),
};

constexpr Member<PricingSpec> kDollarPrice =
    quantity<&PricingSpec::price>("price", "$0/GPU-h", "$1e6/GPU-h",
                                  "rental, such as $2/GPU-h, or 14 CNY/GPU-h beside a currency");

// Rental, in dollars or in a currency that the job names.
constexpr Member<PricingSpec> price_member() {
  Member<PricingSpec> m = kDollarPrice;
  m.read = [](const Member<PricingSpec>&, const JsonCursor& at, PricingSpec& into) {
    into.price_currency.reset();
    const std::string text = at.is_text() ? at.value().text : "";
    for (const auto& currency : kCurrencies) {
      const std::size_t where = text.find(currency.name);
      if (where == std::string::npos) continue;
      into.price_currency = currency.name;
      JsonValue dollars = at.value();
      dollars.text.replace(where, std::string_view(currency.name).size(), "USD");
      return kDollarPrice.read(kDollarPrice, at.with(dollars), into);
    }
    kDollarPrice.read(kDollarPrice, at, into);
  };
  return m;
}

constexpr Range kDiscount{-10, 0.99};

constexpr Member<RentedPartSpec> kRentedPartMembers[] = {
    number<&RentedPartSpec::share>(
        "share", {1e-6, 1}, "of the accelerators; all add up to 1, and one part may leave it open"),
    quantity<&RentedPartSpec::price>("price", "$0/GPU-h", "$1e6/GPU-h",
                                     "of an accelerator; default: the newest quote of its tier"),
    choice<&RentedPartSpec::tier, kRentalTiers>("tier", "which quotes to prefer"),
    number<&RentedPartSpec::discount>("discount", kDiscount,
                                      "off the quote; a markup where negative"),
    number<&RentedPartSpec::interruptions_per_node_day>(
        "interruptions_per_node_day", {0, 1000}, "by the provider; spot capacity must say so"),
};

constexpr Member<PricingSpec> kPricingMembers[] = {
    choice<&PricingSpec::method, kMethods>(
        "method", "how cost is counted; \"all\": side by side, rental first"),
    price_member(),
    section<&PricingSpec::currency>("currency", "beside the dollar, at a rate of the job's own"),
    number<&PricingSpec::price_covers>("price_covers", {1, 1e5},
                                       "accelerators that the price is for: a node's, a rack's"),
    number<&PricingSpec::discount>("discount", kDiscount, "off a quote; a markup where negative"),
    number<&PricingSpec::interruptions_per_node_day>("interruptions_per_node_day", {0, 1000},
                                                     "by the provider; spot capacity must say so"),
    sections<&PricingSpec::mix>("mix", "parts that are rented at terms of their own"),
    choice<&PricingSpec::tier, kRentalTiers>("tier", "which quotes to prefer"),
    choice<&PricingSpec::region, kRegions>(
        "region", "where its accelerators stand: quotes of the region come first"),
    date<&PricingSpec::as_of>("as_of", Date::Precision::kMonth,
                              "YYYY-MM; later quotes are not known yet"),
    text_or_section<&PricingSpec::ownership>("ownership",
                                             "what was bought: a record, or its figures"),
};

constexpr Member<ReliabilitySpec> kReliabilityMembers[] = {
    text<&ReliabilitySpec::record>("record", "id of a reliability record"),
    number<&ReliabilitySpec::failures_per_node_day>("failures_per_node_day", {0, 1},
                                                    "per node of eight"),
    quantity<&ReliabilitySpec::checkpoint_write>("checkpoint_write", "0 s", "1 d",
                                                 "that training stands still for a checkpoint"),
    quantity<&ReliabilitySpec::restart>("restart", "0 s", "30 d",
                                        "from a failure to the next step"),
    quantity<&ReliabilitySpec::checkpoint_interval>("checkpoint_interval", "1 s", "365 d",
                                                    "default: what loses least"),
    quantity<&ReliabilitySpec::queue>("queue", "0 s", "30 d",
                                      "for what replaces a failed node, before the restart"),
    quantity<&ReliabilitySpec::startup>("startup", "0 s", "30 d", "of each phase"),
    number<&ReliabilitySpec::spares>("spares", {0, kMostAccelerators},
                                     "accelerators that stand by and are paid for"),
};

constexpr Member<BeyondSpec> kBeyondMembers[] = {
    text<&BeyondSpec::name>("name", "ablations, failed runs, data, evaluation, storage, egress"),
    number<&BeyondSpec::share>("share", {0, 1000}, "of the run's own cost"),
    quantity<&BeyondSpec::cost>("cost", "$0", "$1e12", "a sum, instead"),
    number<&BeyondSpec::accelerator_hours>("accelerator_hours", kHours,
                                           "at the run's price, instead"),
};

}  // namespace

constinit const std::span<const Member<OwnershipSpec>> MembersOf<OwnershipSpec>::table =
    kOwnershipMembers;
constinit const std::span<const Member<GridSpec>> MembersOf<GridSpec>::table = kGridMembers;
constinit const std::span<const Member<CurrencySpec>> MembersOf<CurrencySpec>::table =
    kCurrencyMembers;
constinit const std::span<const Member<RentedPartSpec>> MembersOf<RentedPartSpec>::table =
    kRentedPartMembers;
constinit const std::span<const Member<PricingSpec>> MembersOf<PricingSpec>::table =
    kPricingMembers;
constinit const std::span<const Member<ReliabilitySpec>> MembersOf<ReliabilitySpec>::table =
    kReliabilityMembers;
constinit const std::span<const Member<BeyondSpec>> MembersOf<BeyondSpec>::table = kBeyondMembers;

}  // namespace traincost
