// The walk through a space of layouts, and what is kept of it. Internal to search/.
//
// layout_search.cpp has the rounds: which shapes are looked at when, and what a round knows of
// those before it. searcher.cpp looks at one shape, from what is dear to what is cheap.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "estimator/search/layout_bounds.h"
#include "estimator/search/layout_search.h"
#include "estimator/search/layout_walk.h"
#include "estimator/step/step.h"
#include "estimator/step/update.h"

namespace traincost {

class Searcher {
 public:
  Searcher(const StepSetup& setup, const LayoutSpace& space, const SearchOptions& options,
           double cost_rate, std::optional<Seconds> than)
      : setup_(setup),
        count_(setup.machine.count),
        walk_(setup_.model, setup_.batch, count_, space),
        slowness_(setup_.machine, options.reliability, count_, space.may_idle),
        bounds_(setup_, walk_, slowness_.least(count_)),
        options_(options),
        cost_rate_(cost_rate),
        than_(than),
        capacity_(setup.machine.memory_capacity) {
    for (const Shape& shape : walk_.shapes()) shapes_.push_back({shape, {}});
  }

  SearchResult run();

 private:
  struct BoundedShape {
    Shape shape;
    LayoutBounds::OfShape least;
  };

  // One recompute mode, overlap and place of the activations, in the midst of being looked at.
  struct Variant {
    const LayerTerms& terms;
    const StepContext& context;
    Layout& layout;
    Batch& batch;
    LayoutKey key;
    Seconds alone;   // LayoutBounds::alone
    Seconds passes;  // of a pipeline: what its passes and bubble take at least, of a sequence
  };

  // A pipeline under one choice of experts: the widest of its spreads in this part, and how many
  // layouts all have.
  struct LegalPipeline {
    const PipelineChoice* choice;
    Spread widest;
    std::int64_t layouts;
  };

  // How long a rank's gradients are exchanged, by what it holds.
  struct KnownExchange {
    LocalParameters held{-1, -1};
    int dp = 0;
    ReplicaExchange exchange;
  };

  // What one shape is evaluated in. Shapes hand it on to each other, for what it knows.
  struct Scratch {
    PipelineTerms pipeline;
    LayerTerms terms;
    OrderBook orders;
    KnownProducts products;
    std::optional<Figures> rival;  // KnownLayouts::may_enter's
    // Of each pipeline, by ZeRO level below 3, then by choice: neither recomputation nor overlap
    // changes them.
    std::vector<std::vector<KnownExchange>> exchanges;
    int ranks = 0, stages = 0;  // whose `terms` are
    double goodput_share = 1;
  };
  // An optimizer takes memory here, or time on the host: what is least of one is not of the other.
  [[nodiscard]] bool may_enter_anywhere(const Variant& variant, double weight,
                                        const PipelineTerms& pipeline, const KnownLayouts& before,
                                        const KnownLayouts& local) const;
  [[nodiscard]] std::unique_ptr<Scratch> borrow_scratch() const;
  void return_scratch(std::unique_ptr<Scratch> scratch) const;

  void for_each(std::size_t n, const std::function<void(std::size_t)>& work) const;
  [[nodiscard]] bool stopped() const { return options_.stop != nullptr && *options_.stop; }

  [[nodiscard]] bool can_matter(const KnownLayouts& before, const KnownLayouts& local, Seconds time,
                                Bytes required) const;
  [[nodiscard]] bool hopeless(const KnownLayouts& before, const KnownLayouts& local,
                              Bytes required) const;
  // Whether a part is left out; its layouts are then counted as pruned.
  [[nodiscard]] bool pruned(const KnownLayouts& before, KnownLayouts& local, Seconds time,
                            Bytes required, std::int64_t layouts) const;

  // Looks at a part of all shapes; false where it was stopped.
  [[nodiscard]] bool look_at(Part part, KnownLayouts& known);
  void evaluate(const BoundedShape& bounded, Part part, const KnownLayouts& before,
                KnownLayouts& local) const;
  void evaluate_experts(const StepContext& context, Layout& layout, Batch& batch, LayoutKey key,
                        const BoundedShape& bounded, const TimedModel& timed,
                        const std::vector<LegalPipeline>& legal, Scratch& scratch,
                        const KnownLayouts& before, KnownLayouts& local) const;
  // What a layout spread so wide or less takes of a sequence at least.
  [[nodiscard]] Seconds least_of_spread(const Layout& layout, std::int64_t micro_batch,
                                        Seconds alone) const;
  void evaluate_spreads(Variant& variant, Bytes required, const Shape& shape,
                        const LegalPipeline& legal, const StagePlan& plan,
                        std::vector<KnownExchange>& exchanges, Scratch& scratch,
                        const KnownLayouts& before, KnownLayouts& local) const;
  // False where no pipeline fits that is spread as wide or less.
  bool evaluate_pipeline(const Variant& variant, const StagePlan& plan,
                         std::vector<KnownExchange>& exchanges, Scratch& scratch,
                         const KnownLayouts& before, KnownLayouts& local) const;

  StepSetup setup_;
  int count_;
  LayoutWalk walk_;
  Slowness slowness_;
  LayoutBounds bounds_;
  const SearchOptions& options_;
  double cost_rate_;
  std::optional<Seconds> than_;
  Bytes capacity_;
  std::vector<BoundedShape> shapes_;
  mutable std::mutex lending_;
  mutable std::vector<std::unique_ptr<Scratch>> idle_;  // as many as threads at the most
};

}  // namespace traincost
