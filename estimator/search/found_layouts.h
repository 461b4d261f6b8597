// What a search finds: layouts with their figures, the best of them, the Pareto front, the counts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/quantity.h"
#include "estimator/search/layout_space.h"

namespace traincost {

// On one cluster time, cost and energy order layouts alike; memory is the least required.
enum class Objective { kTime, kCost, kEnergy, kMemory };
[[nodiscard]] std::string_view objective_name(Objective objective);

// What layouts are compared by, less being better in both.
struct Figures {
  Seconds time;  // of a sequence, what failures cost included: step / global batch / goodput
  Bytes required;

  // At least as fast and as small, and better in one of the two.
  [[nodiscard]] bool dominates(const Figures& other) const {
    return time <= other.time && required <= other.required && *this != other;
  }
  friend bool operator==(const Figures&, const Figures&) = default;
};

// A layout that was evaluated.
struct FoundLayout {
  Seconds step;
  Seconds time;     // of a sequence, as Figures have it
  Bytes required;   // memory of the most loaded rank
  double cost = 0;  // of the phase, in US dollars; 0 where no price is known
  LayoutKey key;

  [[nodiscard]] Figures figures() const { return {time, required}; }
};

// What became of the legal layouts.
struct SearchStats {
  std::int64_t legal = 0;
  std::int64_t evaluated = 0;      // time, memory and cost computed
  std::int64_t pruned = 0;         // ruled out by a bound; legal = evaluated + pruned when complete
  std::int64_t pruned_memory = 0;  // of those, because they cannot fit
  std::int64_t feasible = 0;       // of those evaluated, in memory
  // Those evaluated that do not fit, by what takes most of their memory: activations, states
  // (weights, gradients, optimizer), other.
  std::int64_t too_much_activations = 0, too_much_states = 0, too_much_other = 0;

  SearchStats& operator+=(const SearchStats& other);
};

// Layouts of which none is both faster and smaller than another, by time.
class Front {
 public:
  // What dominates these figures, where something does.
  [[nodiscard]] std::optional<Figures> dominator(const Figures& figures) const;
  void insert(const FoundLayout& layout);
  [[nodiscard]] const std::vector<FoundLayout>& found() const { return found_; }

 private:
  std::vector<FoundLayout> found_;
};

// The layouts that are as fast as the fastest, but for a tie: of each number of mechanisms and of
// ranks the fastest.
class Ties {
 public:
  explicit Ties(double width = 0) : width_(width) {}

  [[nodiscard]] bool takes(Seconds time) const {
    return width_ > 0 && (found_.empty() || time <= (1 + width_) * fastest_);
  }
  void add(const FoundLayout& layout);
  [[nodiscard]] const std::vector<FoundLayout>& found() const { return found_; }

  // The one of fewest mechanisms, and of those the fastest. It has as many ranks as the fastest has
  // and is no slower than what fewer ranks can do, so that more ranks are never slower. `limit`:
  // how slow it might be by that.
  struct Simplest {
    FoundLayout layout;
    Seconds limit;
  };
  [[nodiscard]] std::optional<Simplest> simplest() const;

 private:
  double width_;
  Seconds fastest_;
  std::vector<FoundLayout> found_;
};

// What a search knows so far: of one part of the space, or of all before it.
struct KnownLayouts {
  Objective objective = Objective::kTime;
  std::size_t most = 1;
  bool wants_front = true;
  bool folds = false;             // twins: `top` has the best of each idea
  std::optional<Seconds> cutoff;  // of time: `top` has nothing slower
  std::vector<FoundLayout> top;   // best first
  Ties ties;
  Front front;
  std::optional<FoundLayout> least;  // the least memory of those that do not fit
  SearchStats stats;
  std::int64_t faster = 0;

  // Whether a layout of no better figures than these may still enter the answer. `rival` is what
  // dominated the figures asked for before, if anything did: most often it dominates these too.
  [[nodiscard]] bool may_enter(const Figures& figures, std::optional<Figures>& rival) const;
  [[nodiscard]] bool may_enter(const Figures& figures) const;
  void add(const FoundLayout& layout);
  void add_too_large(const FoundLayout& layout);
  void merge(const KnownLayouts& other);
};

}  // namespace traincost
