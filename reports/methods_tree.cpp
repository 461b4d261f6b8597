#include "reports/methods_tree.h"

#include <cmath>

#include "base/units.h"
#include "reports/format.h"

namespace traincost {
namespace {

using namespace unit;

// Of several platforms none speaks for all.
const Pricing* only_pricing(const Job& job, CostMethod method) {
  if (job.platforms.size() != 1) return nullptr;
  const Platform& platform = job.platform();
  if (platform.pricing && platform.pricing->method == method) return &*platform.pricing;
  for (const Pricing& each : platform.compared) {
    if (each.method == method) return &each;
  }
  return nullptr;
}

Tree method_tree(const Job& job, const Estimate& estimate, const CostByMethod& each) {
  Tree t;
  t["method"] = std::string(name_of(kCostMethods, each.method));
  t["cost_usd"] = each.cost ? Tree(each.cost->in(usd)) : Tree(nullptr);
  t["cost_usd_range"] = each.cost ? Tree({{"p5", each.spread.p5.in(usd)},
                                          {"p50", each.spread.p50.in(usd)},
                                          {"p95", each.spread.p95.in(usd)}})
                                  : Tree(nullptr);
  t["over_first"] = each.cost && estimate.cost ? Tree(*each.cost / *estimate.cost) : Tree(nullptr);
  const Pricing* pricing = only_pricing(job, each.method);
  t["price_usd_per_accelerator_hour"] =
      pricing != nullptr ? Tree(pricing->price.in(usd_per_accelerator_hour)) : Tree(nullptr);
  t["price_parts"] = pricing != nullptr ? price_parts_tree(*pricing) : Tree(nullptr);
  t["basis"] = pricing != nullptr ? Tree(pricing->basis) : Tree(nullptr);
  const auto& bought = job.platform().purchase;
  if (each.method == CostMethod::kAcquisition && bought && job.platforms.size() == 1) {
    t["basis"] = dollars(bought->price.in(usd / accelerator)) + " an accelerator, " +
                 bought->basis + ", network " + percent(job.platform().ownership.network_share, 0) +
                 " of the whole";
  }
  return t;
}

constexpr double kMonths = 12;

std::string parts_text(const Tree& parts) {
  std::string text;
  for (const auto& [name, value] : parts.items()) {
    if (value.get<double>() <= 0) continue;
    text += (text.empty() ? "" : ", ") + name + " " + dollars(value.get<double>());
  }
  return text;
}

}  // namespace

Tree price_parts_tree(const Pricing& pricing) {
  if (!pricing.owned) return nullptr;
  Tree t = Tree::object();
  for (const OwnedHourLine& line : kOwnedHourLines) {
    t[line.name] = ((*pricing.owned).*line.value).in(usd_per_accelerator_hour);
  }
  return t;
}

Tree methods_tree(const Job& job, const Estimate& estimate) {
  if (!job.all_methods) return nullptr;
  Tree t = Tree::array();
  for (const CostByMethod& each : estimate.methods) {
    t.push_back(method_tree(job, estimate, each));
  }
  return t;
}

Tree break_even_tree(const Job& job) {
  if (job.platforms.size() != 1 || !job.platform().break_even) return nullptr;
  const Platform& platform = job.platform();
  const Seconds year = 365.25 * day;
  Tree t;
  t["months"] = platform.break_even->time ? Tree(kMonths * (*platform.break_even->time / year))
                                          : Tree(nullptr);
  t["utilisation"] =
      platform.break_even->utilisation ? Tree(*platform.break_even->utilisation) : Tree(nullptr);
  t["life_years"] = platform.ownership.life / year;
  return t;
}

std::string methods_text(const Tree& total) {
  const std::string margin = "            ";
  Table table({true, false, false, true});
  for (const Tree& each : total["methods"]) {
    if (each["cost_usd"].is_null()) {
      table.row({each["method"].get<std::string>(), "-", "", "no price is known"});
      continue;
    }
    const Tree& price = each["price_usd_per_accelerator_hour"];
    std::string says;
    if (!price.is_null()) says = dollars(price.get<double>()) + "/GPU-h: ";
    says += !each["price_parts"].is_null() ? parts_text(each["price_parts"])
            : each["basis"].is_null()      ? std::string("by each phase's price")
                                           : each["basis"].get<std::string>();
    const Tree& over = each["over_first"];
    table.row({each["method"].get<std::string>(), dollars(each["cost_usd"].get<double>()),
               over.is_null() ? "" : significant(over.get<double>(), 3) + "x", says});
  }
  std::string text = table.text(margin).substr(margin.size());
  const Tree& even = total["break_even"];
  if (even.is_null()) return text;
  const double years = even["life_years"].get<double>();
  const std::string life = (years == std::round(years) ? rounded(years) : significant(years, 2)) +
                           (years == 1 ? " year" : " years");
  std::string says =
      even["months"].is_null()
          ? "an hour of what is bought costs more to run than to rent"
          : "buying costs as much as renting after " +
                significant(even["months"].get<double>(), 3) + " months of full use" +
                (even["months"].get<double>() > kMonths * years ? ", longer than its life" : "");
  says += even["utilisation"].is_null()
              ? ", and over " + life + " renting is cheaper at any use"
              : ", and over " + life + " less above " +
                    percent(even["utilisation"].get<double>(), 0) + " use";
  return text + margin + wrapped(says, margin) + "\n";
}

}  // namespace traincost
