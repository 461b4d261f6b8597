#include "estimator/search/searcher.h"

#include <algorithm>

#include "base/units.h"

namespace traincost {

using namespace unit;

namespace {

void count_too_large(const RankLoad& load, Bytes required, SearchStats& stats) {
  const Bytes states = required - load.fixed;
  const Bytes other = load.fixed - load.activations;
  ++(load.activations >= max(states, other) ? stats.too_much_activations
     : states >= other                      ? stats.too_much_states
                                            : stats.too_much_other);
}

}  // namespace

bool Searcher::hopeless(const KnownLayouts& before, const KnownLayouts& local,
                        Bytes required) const {
  if (required <= capacity_ || options_.exhaustive) return false;
  // Until something fits, the least that is lacking is looked for.
  if (!options_.least || before.stats.feasible + local.stats.feasible > 0) return true;
  const bool less_known = (before.least && before.least->required < required) ||
                          (local.least && local.least->required < required);
  return less_known;
}

bool Searcher::can_matter(const KnownLayouts& before, const KnownLayouts& local, Seconds time,
                          Bytes required) const {
  if (options_.exhaustive || (than_ && time <= *than_)) return true;
  return before.may_enter({time, required}) && local.may_enter({time, required});
}

bool Searcher::pruned(const KnownLayouts& before, KnownLayouts& local, Seconds time, Bytes required,
                      std::int64_t layouts) const {
  const bool too_large = hopeless(before, local, required);
  if (!too_large && can_matter(before, local, time, required)) return false;
  local.stats.pruned += layouts;
  if (too_large) local.stats.pruned_memory += layouts;
  return true;
}

void Searcher::evaluate(const BoundedShape& bounded, Part part, const KnownLayouts& before,
                        KnownLayouts& local) const {
  const Shape& shape = bounded.shape;
  const std::int64_t layouts = shape.layouts[part.index()];
  if (layouts == 0) return;
  if (pruned(before, local, bounded.least.time[part.played ? 1 : 0], bounded.least.required,
             layouts))
    return;
  Layout layout;
  Batch batch = setup_.batch;
  walk_.set_shape(shape, layout, batch);
  LayoutKey key;
  key.tp = shape.tp;
  key.cp = shape.cp;
  key.micro_batch = shape.micro_batch;
  key.sequence_parallel = shape.sequence_parallel;
  const StepContext context{setup_.model, setup_.machine, layout, batch};
  TimedModel timed = timed_model(context);
  std::unique_ptr<Scratch> borrowed = borrow_scratch();
  Scratch& scratch = *borrowed;
  const std::vector<const PipelineChoice*> pipelines = walk_.legal_pipelines(shape, part.played);
  const auto variants = static_cast<std::int64_t>(
      walk_.space().recompute.size() * walk_.overlaps(shape.tp).size() *
      walk_.offload_activations().size() * walk_.offload_optimizer().size());
  const Seconds alone = bounded.least.time[part.played ? 1 : 0] / slowness_.least(count_);
  for (const ExpertChoice& choice : walk_.experts()) {
    std::vector<LegalPipeline> legal;
    for (const PipelineChoice* each : pipelines) {
      auto widest = walk_.spread(shape, *each, choice, count_);
      if (!widest) continue;
      auto all = static_cast<std::int64_t>(walk_.zero(widest->dp * shape.cp).size());
      if (part.narrower) {
        const int most = widest->dp - 1;
        widest = walk_.spread(shape, *each, choice, most);
        if (!widest) continue;
        all = walk_.spread_layouts(shape, *each, choice, most);
      }
      layout.pp = each->pp;
      layout.vp = each->vp;
      layout.schedule = each->schedule;
      layout.dp = widest->dp;
      const Seconds least = least_of_spread(layout, shape.micro_batch, alone);
      if (pruned(before, local, least, bounded.least.required, all * variants)) continue;
      legal.push_back({each, *widest, all});
    }
    if (legal.empty()) continue;
    walk_.set_shape(shape, layout, batch);
    layout.ep = key.ep = choice.ep;
    layout.expert_tp = key.expert_tp = choice.expert_tp;
    if (setup_.model.has_experts()) retime_experts(context, scratch.products, timed);
    evaluate_experts(context, layout, batch, key, bounded, timed, legal, scratch, before, local);
  }
  return_scratch(std::move(borrowed));
}

void Searcher::evaluate_experts(const StepContext& context, Layout& layout, Batch& batch,
                                LayoutKey key, const BoundedShape& bounded, const TimedModel& timed,
                                const std::vector<LegalPipeline>& legal, Scratch& scratch,
                                const KnownLayouts& before, KnownLayouts& local) const {
  const std::vector<bool> overlaps = walk_.overlaps(layout.tp);
  std::int64_t each = 0;  // layouts of one recompute mode, overlap and place of activations
  for (const LegalPipeline& pipeline : legal) each += pipeline.layouts;
  each *= static_cast<std::int64_t>(walk_.offload_optimizer().size());
  // No recompute mode is faster than none. Overlap hides communication and cuts products.
  RecomputeChoice{}.apply(batch);
  const std::size_t pass = legal.front().choice->played() ? 1 : 0;
  LayerTerms& terms = scratch.terms;
  scratch.ranks = 0;
  scratch.exchanges.assign(legal.size(), {});
  std::optional<Seconds> fastest;
  for (const bool overlap : overlaps) {
    layout.tp_overlap = overlap;
    fastest ? refill_times(context, timed, terms) : fill_layer_terms(context, timed, terms);
    const Seconds time = bounds_.time(context, terms, pass);
    fastest = fastest ? min(*fastest, time) : time;
  }
  const Seconds least = *fastest;
  for (std::size_t recompute = 0; recompute < walk_.space().recompute.size(); ++recompute) {
    walk_.space().recompute[recompute].apply(batch);
    key.recompute = static_cast<std::uint16_t>(recompute);
    refill_recomputation(context, timed, terms);
    const auto of_overlaps = each * static_cast<std::int64_t>(overlaps.size());
    std::vector<std::pair<bool, Bytes>> places;  // of the activations, and the least memory there
    for (const bool offload : walk_.offload_activations()) {
      batch.offload_activations = offload;
      const Bytes required = bounds_.required(context, bounded.least.depths, timed, terms);
      if (pruned(before, local, least, required, of_overlaps)) continue;
      places.emplace_back(offload, required);
    }
    if (places.empty()) continue;
    for (const bool overlap : overlaps) {
      layout.tp_overlap = key.tp_overlap = overlap;
      refill_times(context, timed, terms);
      Variant variant{terms, context, layout, batch, key, bounds_.alone(context, terms, pass), {}};
      for (const auto& [offload, required] : places) {
        batch.offload_activations = variant.key.offload_activations = offload;
        const Seconds here = slowness_.least(count_) * variant.alone;
        if (pruned(before, local, here, required, each)) continue;
        for (std::size_t i = 0; i < legal.size(); ++i) {
          evaluate_spreads(variant, required, bounded.shape, legal[i],
                           legal[i].choice->plans[recompute], scratch.exchanges[i], scratch, before,
                           local);
        }
      }
    }
  }
}

// Narrower ones run longer, though more micro-batches leave less of a bubble: by these two, the
// second as if batches could be divided at will.
Seconds Searcher::least_of_spread(const Layout& layout, std::int64_t micro_batch,
                                  Seconds alone) const {
  const double most =
      static_cast<double>(walk_.most_sequences()) / static_cast<double>(layout.dp * micro_batch);
  return slowness_.least(layout.ranks()) * (1 + least_bubble_share(layout, most)) * alone;
}

// From the widest down, until what is left would take too long.
void Searcher::evaluate_spreads(Variant& variant, Bytes required, const Shape& shape,
                                const LegalPipeline& legal, const StagePlan& plan,
                                std::vector<KnownExchange>& exchanges, Scratch& scratch,
                                const KnownLayouts& before, KnownLayouts& local) const {
  const PipelineChoice& choice = *legal.choice;
  Layout& layout = variant.layout;
  layout.pp = variant.key.pp = choice.pp;
  layout.vp = variant.key.vp = choice.vp;
  layout.schedule = variant.key.schedule = choice.schedule;
  const ExpertChoice experts{variant.key.ep, variant.key.expert_tp};
  const auto places = static_cast<std::int64_t>(walk_.offload_optimizer().size());
  std::int64_t left = legal.layouts * places;
  for (std::optional<Spread> at = legal.widest; at;) {
    layout.dp = variant.key.dp = at->dp;
    variant.batch.global_batch = variant.key.global_batch = at->global_batch;
    const Seconds least = least_of_spread(layout, shape.micro_batch, variant.alone);
    if (pruned(before, local, least, required, left)) return;
    const auto waves = static_cast<double>(micro_batches(layout, variant.batch));
    variant.passes =
        slowness_.of(layout.ranks()) * (1 + least_bubble_share(layout, waves)) * variant.alone;
    const auto here = static_cast<std::int64_t>(walk_.zero(at->dp * shape.cp).size()) * places;
    left -= here;
    if (pruned(before, local, variant.passes, required, here)) {
      if (left == 0) return;
      at = walk_.spread(shape, choice, experts, at->dp - 1);
      continue;
    }
    if (layout.ranks() != scratch.ranks || layout.pp != scratch.stages) {
      refill_ranks(variant.context, scratch.terms);
      scratch.ranks = layout.ranks();
      scratch.stages = layout.pp;
      scratch.goodput_share = slowness_.goodput_share(scratch.ranks);
    }
    const bool fits = evaluate_pipeline(variant, plan, exchanges, scratch, before, local);
    if (left == 0) return;
    if (!fits) {
      local.stats.pruned += left;
      local.stats.pruned_memory += left;
      return;
    }
    at = walk_.spread(shape, choice, experts, at->dp - 1);
  }
}

bool Searcher::may_enter_anywhere(const Variant& variant, double weight,
                                  const PipelineTerms& pipeline, const KnownLayouts& before,
                                  const KnownLayouts& local) const {
  const StepContext& context = variant.context;
  Layout sharded = variant.layout;
  sharded.zero = 3;
  sharded.zero_shards = 0;
  const Shards all = optimizer_shards(sharded);
  for (const bool offload : walk_.offload_optimizer()) {
    variant.batch.offload_optimizer = offload;
    StateBytes bytes = state_bytes(context.machine, sharded, update_place(variant.batch));
    bytes.gathered = 0;
    Bytes memory;
    std::optional<double> updated;  // by the rank that updates least
    for (const RankLoad& load : pipeline.loads) {
      const double owned = all.owned(load.parameters);
      memory = max(memory, required_memory(load, bytes, owned));
      updated = updated ? std::min(*updated, owned) : owned;
    }
    const Seconds update = optimizer_time(context, updated.value_or(0));
    const Seconds time =
        variant.passes + weight * kRounding * (1 + variant.terms.straggler) * update;
    const Bytes required = kRounding * memory;
    if (hopeless(before, local, required)) continue;
    if (can_matter(before, local, time, required)) return true;
  }
  return false;
}

bool Searcher::evaluate_pipeline(const Variant& variant, const StagePlan& plan,
                                 std::vector<KnownExchange>& exchanges, Scratch& scratch,
                                 const KnownLayouts& before, KnownLayouts& local) const {
  const StepContext& context = variant.context;
  const LayerTerms& terms = variant.terms;
  Layout& layout = variant.layout;
  Batch& batch = variant.batch;
  LayoutKey key = variant.key;
  const std::vector<ZeroChoice>& zero = walk_.zero(layout.dp * layout.cp);
  const auto layouts = static_cast<std::int64_t>(zero.size() * walk_.offload_optimizer().size());
  PipelineTerms& pipeline = scratch.pipeline;
  // The least memory: everything sharded over all replicas, the optimizer with the host.
  layout.zero_shards = 0;
  const Shards all = optimizer_shards(layout);
  layout.zero = 3;
  const UpdatePlace lightest = walk_.lightest_place(batch);
  StateBytes least_bytes = state_bytes(context.machine, layout, lightest);
  least_bytes.gathered = 0;
  const auto least_of = [&](const RankLoad& load, const StateBytes& bytes, const Shards& shards) {
    return kRounding * required_memory(load, bytes, shards.owned(load.parameters));
  };
  Bytes least_memory;
  begin_loads(context, pipeline);
  for (const RankGroup& group : plan.groups) {
    const RankLoad& load = add_load(context, terms, group, pipeline);
    least_memory = max(least_memory, least_of(load, least_bytes, all));
    if (hopeless(before, local, least_memory)) break;
  }
  // Of a step's time a sequence takes so much, failures included.
  const double weight = 1 / (static_cast<double>(batch.global_batch) * scratch.goodput_share);
  if (pruned(before, local, variant.passes, least_memory, layouts)) {
    return !hopeless(before, local, least_memory);
  }
  if (!may_enter_anywhere(variant, weight, pipeline, before, local)) {
    local.stats.pruned += layouts;
    return true;
  }
  fill_times(context, terms, plan, pipeline);
  layout.zero = 0;
  fill_passes(context, terms, plan, pipeline);
  const bool played = rules_of(layout.schedule).played;
  const auto busiest = [&] {
    return weight * kRounding * (1 + terms.straggler) * least_played_time(context, pipeline);
  };
  if (played && pruned(before, local, busiest(), least_memory, layouts)) return true;
  const PipelineCost plain = pipeline_cost(context, terms, plan, pipeline, scratch.orders);
  const Seconds least = weight * kRounding * step_time(plain, Seconds{}, Seconds{}, terms);
  if (pruned(before, local, least, least_memory, layouts)) return true;

  constexpr std::size_t kLevels = 3;
  exchanges.resize(kLevels + zero.size());
  const double m = pipeline.micro_batches;
  const auto exchanged = [&](std::size_t index, const PipelineCost& cost) {
    const auto level = static_cast<std::size_t>(zero[index].level);
    KnownExchange& known = exchanges[level < kLevels ? level : kLevels + index];
    const LocalParameters& held = pipeline.loads[cost.slowest].parameters;
    if (known.held != held || known.dp != layout.dp) {
      known = {held, layout.dp, exchange_time(context, held, m)};
    }
    return data_parallel_time(context, known.exchange, cost.pass, m);
  };
  std::vector<double> owned;  // by each group's ranks
  PipelineCost sharded;       // set by ZeRO-3 alone: clearing it for each choice is felt
  for (std::size_t index = 0; index < zero.size(); ++index) {
    const ZeroChoice& choice = zero[index];
    layout.zero = choice.level;
    layout.zero_shards = choice.shards;
    key.zero = static_cast<std::uint8_t>(choice.level);
    key.zero_shards = choice.shards;
    const Shards shards = optimizer_shards(layout);
    const PipelineCost* cost = &plain;
    if (choice.level == 3) {
      // Playing a schedule once more costs as much as all that is left.
      const auto here = static_cast<std::int64_t>(walk_.offload_optimizer().size());
      Bytes least_here;
      if (played) {
        const StateBytes bytes = state_bytes(context.machine, layout, lightest);
        for (const RankLoad& load : pipeline.loads) {
          least_here = max(least_here, least_of(load, bytes, shards));
        }
        if (pruned(before, local, least, least_here, here)) continue;
      }
      fill_passes(context, terms, plan, pipeline);
      if (played && pruned(before, local, busiest(), least_here, here)) continue;
      sharded = pipeline_cost(context, terms, plan, pipeline, scratch.orders);
      cost = &sharded;
    }
    const Seconds visible = exchanged(index, *cost);
    owned.clear();
    for (const RankLoad& load : pipeline.loads) owned.push_back(shards.owned(load.parameters));
    const LocalParameters& held = pipeline.loads[cost->slowest].parameters;
    const Seconds casts = weight_cast_time(context, held.total());
    const double updated = updated_parameters(choice.level, shards, held);
    for (const bool offload : walk_.offload_optimizer()) {
      batch.offload_optimizer = key.offload_optimizer = offload;
      const StateBytes bytes = state_bytes(context.machine, layout, update_place(batch));
      FoundLayout found;
      found.step = step_time(*cost, visible, optimizer_time(context, updated) + casts, terms);
      found.time = weight * found.step;
      found.cost = cost_rate_ * found.time.in(second);
      std::size_t worst = 0;
      for (std::size_t i = 0; i < owned.size(); ++i) {
        const Bytes required = required_memory(pipeline.loads[i], bytes, owned[i]);
        if (required <= found.required) continue;
        found.required = required;
        worst = i;
      }
      ++local.stats.evaluated;
      if (found.required <= capacity_) {
        ++local.stats.feasible;
        if (than_ && found.time < *than_) ++local.faster;
        if (before.may_enter(found.figures(), scratch.rival) && local.may_enter(found.figures())) {
          found.key = key;
          local.add(found);
        }
        continue;
      }
      count_too_large(pipeline.loads[worst], found.required, local.stats);
      if (options_.least && local.stats.feasible == 0) {
        found.key = key;
        local.add_too_large(found);
      }
    }
  }
  return true;
}

}  // namespace traincost
