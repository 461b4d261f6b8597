#include "estimator/search/layout_search.h"

#include <algorithm>

#include "estimator/search/searcher.h"

namespace traincost {

std::unique_ptr<Searcher::Scratch> Searcher::borrow_scratch() const {
  const std::lock_guard lock(lending_);
  if (idle_.empty()) return std::make_unique<Scratch>();
  std::unique_ptr<Scratch> scratch = std::move(idle_.back());
  idle_.pop_back();
  return scratch;
}

void Searcher::return_scratch(std::unique_ptr<Scratch> scratch) const {
  const std::lock_guard lock(lending_);
  idle_.push_back(std::move(scratch));
}

void Searcher::for_each(std::size_t n, const std::function<void(std::size_t)>& work) const {
  if (options_.for_each) return options_.for_each(n, work);
  for (std::size_t i = 0; i < n; ++i) work(i);
}

bool Searcher::look_at(Part part, KnownLayouts& known) {
  const std::size_t pass = part.played ? 1 : 0;
  std::stable_sort(shapes_.begin(), shapes_.end(),
                   [&](const BoundedShape& a, const BoundedShape& b) {
                     return a.least.time[pass] < b.least.time[pass];
                   });
  // Rounds of a fixed size: what a round may prune by is what the rounds before it know, so that
  // the counts do not depend on the number of threads.
  constexpr std::size_t kFirstRound = 1;
  constexpr std::size_t kLargestRound = 128;
  std::size_t round = kFirstRound;
  for (std::size_t next = 0; next < shapes_.size();
       next += round, round = std::min(2 * round, kLargestRound)) {
    const std::size_t here = std::min(round, shapes_.size() - next);
    std::vector<KnownLayouts> found(here);
    std::atomic<bool> skipped = false;
    for_each(here, [&](std::size_t i) {
      if (stopped()) {
        skipped = true;
        return;
      }
      found[i].objective = known.objective;
      found[i].most = known.most;
      found[i].wants_front = known.wants_front;
      found[i].folds = known.folds;
      found[i].cutoff = known.cutoff;
      found[i].ties = Ties(options_.tie);
      evaluate(shapes_[next + i], part, known, found[i]);
    });
    for (const KnownLayouts& each : found) known.merge(each);
    if (skipped) return false;
    if (options_.progress) {
      options_.progress({static_cast<double>(known.stats.evaluated + known.stats.pruned),
                         static_cast<double>(walk_.layouts())});
    }
  }
  return true;
}

SearchResult Searcher::run() {
  for_each(shapes_.size(),
           [&](std::size_t i) { shapes_[i].least = bounds_.of_shape(shapes_[i].shape); });
  KnownLayouts known;
  known.objective = options_.objective;
  known.most = std::max<std::size_t>(1, options_.top);
  known.wants_front = options_.front;
  known.folds = options_.fold_twins;
  known.cutoff = options_.cutoff;
  known.ties = Ties(options_.tie);
  SearchResult result;
  result.complete = std::all_of(kParts.begin(), kParts.end(),
                                [&](const Part& part) { return look_at(part, known); });
  result.top = std::move(known.top);
  if (result.top.size() > options_.top) result.top.resize(options_.top);
  result.front = known.front.found();
  if (known.stats.feasible == 0 && options_.least) result.least = known.least;
  result.stats = known.stats;
  result.stats.legal = walk_.layouts();
  result.faster = known.faster;
  result.simplest = known.ties.simplest();
  return result;
}

SearchResult search_layouts(const StepSetup& setup, const LayoutSpace& space,
                            const SearchOptions& options, double cost_rate,
                            std::optional<Seconds> than) {
  return Searcher(setup, space, options, cost_rate, than).run();
}

StepSetup with_layout(StepSetup setup, const LayoutSpace& space, const LayoutKey& key) {
  Layout& l = setup.layout;
  l = Layout{};
  l.tp = key.tp;
  l.pp = key.pp;
  l.vp = key.vp;
  l.cp = key.cp;
  l.dp = key.dp;
  l.ep = key.ep;
  l.expert_tp = key.expert_tp;
  l.zero = key.zero;
  l.zero_shards = key.zero_shards;
  l.sequence_parallel = key.sequence_parallel;
  l.tp_overlap = key.tp_overlap;
  l.schedule = key.schedule;
  Batch& batch = setup.batch;
  batch.global_batch = key.global_batch;
  batch.micro_batch = key.micro_batch;
  batch.offload_activations = key.offload_activations;
  batch.offload_optimizer = key.offload_optimizer;
  space.recompute[key.recompute].apply(batch);
  return setup;
}

std::optional<StepSetup> with_best_layout(const StepSetup& setup, const LayoutSpace& space) {
  SearchOptions options;
  options.top = 1;
  options.front = false;
  const SearchResult found = search_layouts(setup, space, options);
  if (!found.top.empty()) return with_layout(setup, space, found.top.front().key);
  if (found.least) return with_layout(setup, space, found.least->key);
  return std::nullopt;
}

}  // namespace traincost
