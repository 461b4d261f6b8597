#include "estimator/search/found_layouts.h"

#include <algorithm>
#include <iterator>
#include <tuple>

namespace traincost {
namespace {

bool better(Objective objective, const FoundLayout& a, const FoundLayout& b) {
  if (objective == Objective::kCost && a.cost != b.cost) return a.cost < b.cost;
  if (objective == Objective::kMemory && a.required != b.required) return a.required < b.required;
  if (a.time != b.time) return a.time < b.time;
  if (a.step != b.step) return a.step < b.step;  // a last bit that the division took
  if (a.required != b.required) return a.required < b.required;
  return a.key < b.key;
}

}  // namespace

void Ties::add(const FoundLayout& layout) {
  if (!takes(layout.time)) return;
  const auto twin = std::find_if(found_.begin(), found_.end(), [&](const FoundLayout& each) {
    return mechanisms(each.key) == mechanisms(layout.key) && each.key.ranks() == layout.key.ranks();
  });
  if (twin == found_.end()) {
    found_.push_back(layout);
  } else if (better(Objective::kTime, layout, *twin)) {
    *twin = layout;
  }
  if (found_.size() > 1 && layout.time >= fastest_) return;
  fastest_ = layout.time;
  std::erase_if(found_, [&](const FoundLayout& each) { return !takes(each.time); });
}

std::optional<Ties::Simplest> Ties::simplest() const {
  if (found_.empty()) return std::nullopt;
  const FoundLayout* fastest = &found_.front();
  for (const FoundLayout& each : found_) {
    if (better(Objective::kTime, each, *fastest)) fastest = &each;
  }
  Seconds limit = (1 + width_) * fastest->time;
  for (const FoundLayout& each : found_) {
    if (each.key.ranks() < fastest->key.ranks()) limit = min(limit, each.time);
  }
  const FoundLayout* simplest = fastest;
  for (const FoundLayout& each : found_) {
    if (each.key.ranks() != fastest->key.ranks() || each.time > limit) continue;
    const int fewer = mechanisms(simplest->key) - mechanisms(each.key);
    if (fewer > 0 || (fewer == 0 && better(Objective::kTime, each, *simplest))) simplest = &each;
  }
  return Simplest{*simplest, limit};
}

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
      std::upper_bound(found_.begin(), found_.end(), figures.time,
                       [](Seconds time, const FoundLayout& each) { return time < each.time; });
  if (after == found_.begin()) return std::nullopt;
  const Figures before = std::prev(after)->figures();
  if (!before.dominates(figures)) return std::nullopt;
  return before;
}

void Front::insert(const FoundLayout& layout) {
  const auto at =
      std::lower_bound(found_.begin(), found_.end(), layout.time,
                       [](const FoundLayout& each, Seconds time) { return each.time < time; });
  if (dominator(layout.figures())) return;
  if (at != found_.end() && at->time == layout.time) {
    const bool stays = at->required < layout.required ||
                       (at->required == layout.required &&
                        std::tie(at->step, at->key) <= std::tie(layout.step, layout.key));
    if (stays) return;
  }
  auto beyond = at;
  while (beyond != found_.end() && beyond->required >= layout.required) ++beyond;
  found_.insert(found_.erase(at, beyond), layout);
}

bool KnownLayouts::may_enter(const Figures& figures, std::optional<Figures>& rival) const {
  if (!wants_front && cutoff && figures.time > *cutoff) return false;
  if (top.size() < most && (!cutoff || figures.time <= *cutoff)) return true;
  const bool top_enough = top.size() == most &&
                          (objective == Objective::kMemory ? figures.required <= top.back().required
                                                           : figures.time <= top.back().time);
  if (top_enough || ties.takes(figures.time)) return true;
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
  ties.add(layout);
  if (cutoff && layout.time > *cutoff) return;
  if (folds) {
    const auto twin = std::find_if(top.begin(), top.end(), [&](const FoundLayout& each) {
      return idea_of(each.key) == idea_of(layout.key);
    });
    if (twin != top.end()) {
      if (!better(objective, layout, *twin)) return;
      top.erase(twin);
    }
  }
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
  for (const FoundLayout& each : other.ties.found()) add(each);
  if (other.least) add_too_large(*other.least);
  stats += other.stats;
  faster += other.faster;
}

}  // namespace traincost
