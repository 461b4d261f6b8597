#include "reports/sample_tree.h"

#include <algorithm>
#include <vector>

#include "base/units.h"
#include "reports/format.h"

namespace traincost {
namespace {

using namespace unit;

struct SampledName {
  SampledFigure figure;
  const char* name;  // with its unit
  double unit;       // in base units
};
const SampledName kSampledNames[] = {
    {SampledFigure::kHours, "accelerator_hours", accelerator_hour.in(second* accelerator)},
    {SampledFigure::kWall, "wall_days", day.in(second)},
    {SampledFigure::kCost, "cost_usd", 1},
    {SampledFigure::kProject, "cost_usd_with_beyond", 1},
    {SampledFigure::kEnergy, "energy_kwh", kWh.in(joule)},
    {SampledFigure::kCarbon, "carbon_kg", kg.in(gram)},
};

bool is_cost(SampledFigure figure) {
  return figure == SampledFigure::kCost || figure == SampledFigure::kProject;
}

const SampledName& sampled_name(SampledFigure figure) {
  return kSampledNames[static_cast<std::size_t>(figure)];
}

std::string certainty_key(double share) {
  char text[16];
  std::snprintf(text, sizeof text, "p%.0f", 100 * share);
  return text;
}

Tree optional_tree(const std::optional<double>& value) {
  return value ? Tree(*value) : Tree(nullptr);
}

}  // namespace

Tree sampled_range(const Sampled& sampled, SampledFigure figure) {
  const SampledSpread& spread = sampled.figures[static_cast<std::size_t>(figure)];
  Tree t = Tree::object();
  for (std::size_t i = 0; i < std::size(kCertainties); ++i) {
    const std::string key = certainty_key(kCertainties[i]);
    if (key == "p5" || key == "p50" || key == "p95")
      t[key] = spread.at[i] / sampled_name(figure).unit;
  }
  return t;
}

Tree sample_tree(const Sampled& sampled, const SampleOptions& options) {
  Tree t;
  t["samples"] = sampled.samples;
  t["seed"] = sampled.seed;
  t["figures"] = Tree::array();
  for (const SampledName& each : kSampledNames) {
    if (is_cost(each.figure) && !sampled.priced) continue;
    const SampledSpread& spread = sampled.figures[static_cast<std::size_t>(each.figure)];
    Tree figure;
    figure["figure"] = each.name;
    for (std::size_t i = 0; i < std::size(kCertainties); ++i) {
      figure[certainty_key(kCertainties[i])] = spread.at[i] / each.unit;
    }
    figure["mean"] = spread.mean / each.unit;
    figure["standard_error"] = spread.error / each.unit;
    t["figures"].push_back(std::move(figure));
  }
  t["deadline_days"] = options.deadline ? Tree(options.deadline->in(day)) : Tree(nullptr);
  t["meets_deadline"] = optional_tree(sampled.meets_deadline);
  t["budget_usd"] = options.budget ? Tree(options.budget->in(usd)) : Tree(nullptr);
  t["meets_budget"] = optional_tree(sampled.meets_budget);
  t["drivers"] = Tree::array();
  for (const SampledInput& input : sampled.inputs) {
    Tree driver;
    driver["input"] = input.name;
    driver["range"] = input.says;
    for (const SampledName& each : kSampledNames) {
      const auto k = static_cast<std::size_t>(each.figure);
      if (is_cost(each.figure) && !sampled.priced) continue;
      driver[std::string(each.name) + "_p5"] = input.low[k] / each.unit;
      driver[std::string(each.name) + "_p95"] = input.high[k] / each.unit;
      driver[std::string(each.name) + "_index"] = input.index[k];
    }
    t["drivers"].push_back(std::move(driver));
  }
  return t;
}

std::string sample_text(const Tree& sampled) {
  const std::string margin = "            ";
  const auto figure = [&](const char* name) -> const Tree* {
    for (const Tree& each : sampled["figures"]) {
      if (each["figure"] == name) return &each;
    }
    return nullptr;
  };
  const Tree* cost = figure("cost_usd");
  const Tree& wall = *figure("wall_days");
  const auto money = [](const Tree& value) { return dollars(value.get<double>()); };
  const auto days = [](const Tree& value) { return days_text(value.get<double>()); };

  std::string says = "half of such runs take no more than " + days(wall["p50"]);
  if (cost != nullptr) says += " and " + money((*cost)["p50"]);
  for (const char* level : {"p80", "p90", "p95"}) {
    says += std::string(", ") + (level + 1) + "% " + days(wall[level]);
    if (cost != nullptr) says += " and " + money((*cost)[level]);
  }
  says += " (" + rounded(sampled["samples"].get<double>()) + " points, seed " +
          std::to_string(sampled["seed"].get<std::uint64_t>()) + ", medians within " +
          percent(wall["standard_error"].get<double>() / wall["p50"].get<double>()) + ")";
  std::string text = "  certainty " + wrapped(says, margin) + "\n";

  std::string limits;
  if (!sampled["meets_deadline"].is_null()) {
    limits = "done within " + days(sampled["deadline_days"]) + " with " +
             percent(sampled["meets_deadline"].get<double>(), 0);
  }
  if (!sampled["meets_budget"].is_null()) {
    limits += (limits.empty() ? "" : ", ") + std::string("all that is paid for within ") +
              money(sampled["budget_usd"]) + " with " +
              percent(sampled["meets_budget"].get<double>(), 0);
  }
  if (!limits.empty()) text += "  limits    " + wrapped(limits, margin) + "\n";

  // Of a deadline what drives the days; what changes neither is not worth a line.
  const bool of_days = cost == nullptr ||
                       (!sampled["meets_deadline"].is_null() && sampled["meets_budget"].is_null());
  const std::string key = of_days ? "wall_days" : "cost_usd_with_beyond";
  std::vector<Tree> drivers;
  for (const Tree& each : sampled["drivers"]) {
    if (each[key + "_p5"] != each[key + "_p95"]) drivers.push_back(each);
  }
  std::stable_sort(drivers.begin(), drivers.end(), [&](const Tree& a, const Tree& b) {
    return a[key + "_index"].get<double>() > b[key + "_index"].get<double>();
  });
  Table table({true, false, true, true});
  for (const Tree& each : drivers) {
    Tree low = each[key + "_p5"], high = each[key + "_p95"];
    if (low > high) std::swap(low, high);  // more of it takes less
    table.row({each["input"].get<std::string>(), percent(each[key + "_index"].get<double>(), 0),
               of_days ? days(low) + " to " + days(high) : money(low) + " to " + money(high),
               each["range"].get<std::string>()});
  }
  if (drivers.empty()) return text;
  return text + "  driven by " + table.text(margin).substr(margin.size());
}

}  // namespace traincost
