#include "estimator/search/found_layouts.h"

#include <algorithm>
#include <iterator>

namespace traincost {
namespace {

bool better(Objective objective, const FoundLayout& a, const FoundLayout& b) {
  if (objective == Objective::kCost && a.cost != b.cost) return a.cost < b.cost;
  if (objective == Objective::kMemory && a.required != b.required) return a.required < b.required;
  if (a.step != b.step) return a.step < b.step;
  if (a.required != b.required) return a.required < b.required;
  return a.key < b.key;
}

}  // namespace

std::string_view objective_name(Objective objective) {
  switch (objective) {
    case Objective::kTime: return "time";
    case Objective::kCost: return "cost";
    case Objective::kEnergy: return "energy";
    case Objective::kMemory: return "memory";
  }
  return "";
}

SearchStats& SearchStats::operator+=(const SearchStats& other) {
  for (std::int64_t SearchStats::*each :
       {&SearchStats::legal, &SearchStats::evaluated, &SearchStats::pruned,
        &SearchStats::pruned_memory, &SearchStats::feasible, &SearchStats::too_much_activations,
        &SearchStats::too_much_states, &SearchStats::too_much_other}) {
    this->*each += other.*each;
  }
  return *this;
}

std::optional<Figures> Front::dominator(const Figures& figures) const {
  const auto after =
      std::upper_bound(found_.begin(), found_.end(), figures.step,
                       [](Seconds time, const FoundLayout& each) { return time < each.step; });
  if (after == found_.begin()) return std::nullopt;
  const Figures before = std::prev(after)->figures();
  if (!before.dominates(figures)) return std::nullopt;
  return before;
}

void Front::insert(const FoundLayout& layout) {
  const auto at =
      std::lower_bound(found_.begin(), found_.end(), layout.step,
                       [](const FoundLayout& each, Seconds time) { return each.step < time; });
  if (dominator(layout.figures())) return;
  if (at != found_.end() && at->step == layout.step) {
    const bool stays = at->required < layout.required ||
                       (at->required == layout.required && at->key <= layout.key);
    if (stays) return;
  }
  auto beyond = at;
  while (beyond != found_.end() && beyond->required >= layout.required) ++beyond;
  found_.insert(found_.erase(at, beyond), layout);
}

bool KnownLayouts::may_enter(const Figures& figures, std::optional<Figures>& rival) const {
  if (top.size() < most) return true;
  const FoundLayout& last = top.back();
  const bool top_enough = objective == Objective::kMemory ? figures.required <= last.required
                                                          : figures.step <= last.step;
  if (top_enough) return true;
  if (!wants_front) return false;
  if (!rival || !rival->dominates(figures)) rival = front.dominator(figures);
  return !rival;
}

bool KnownLayouts::may_enter(const Figures& figures) const {
  std::optional<Figures> rival;
  return may_enter(figures, rival);
}

void KnownLayouts::add(const FoundLayout& layout) {
  if (wants_front) front.insert(layout);
  if (top.size() >= most && !better(objective, layout, top.back())) return;
  const auto at = std::upper_bound(
      top.begin(), top.end(), layout,
      [&](const FoundLayout& a, const FoundLayout& b) { return better(objective, a, b); });
  if (at != top.begin() && std::prev(at)->key == layout.key) return;
  top.insert(at, layout);
  if (top.size() > most) top.pop_back();
}

void KnownLayouts::add_too_large(const FoundLayout& layout) {
  if (!least || better(Objective::kMemory, layout, *least)) least = layout;
}

void KnownLayouts::merge(const KnownLayouts& other) {
  for (const FoundLayout& each : other.top) add(each);
  for (const FoundLayout& each : other.front.found()) add(each);
  if (other.least) add_too_large(*other.least);
  stats += other.stats;
  faster += other.faster;
}

}  // namespace traincost
