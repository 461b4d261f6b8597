#include "estimator/questions/layout_search.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>

#include "base/units.h"
#include "estimator/step/step.h"

namespace traincost {
namespace {

using namespace unit;

// Bounds and evaluations add the same terms in other orders.
constexpr double kRounding = 1 - 1e-9;

double as_double(std::int64_t value) { return static_cast<double>(value); }

template <typename T>
bool allowed(const std::vector<T>& list, T value) {
  return list.empty() || std::find(list.begin(), list.end(), value) != list.end();
}

std::vector<int> allowed_divisors(std::int64_t number, std::int64_t most,
                                  const std::vector<int>& list) {
  std::vector<int> found;
  for (const std::int64_t each : divisors(number)) {
    const int value = static_cast<int>(each);
    if (each <= most && allowed(list, value)) found.push_back(value);
  }
  return found;
}

std::vector<bool> switch_values(const std::vector<bool>& list, bool possible) {
  std::vector<bool> values;
  for (const bool each : {false, true}) {
    if ((possible || !each) && (!possible || allowed(list, each))) values.push_back(each);
  }
  return values;
}

// The knobs that operators' shapes depend on, experts' apart.
struct Shape {
  int tp = 1, cp = 1;
  std::int64_t micro_batch = 1;
  bool sequence_parallel = false;
  std::array<std::int64_t, 2> layouts{};  // of closed-form schedules, and of played ones
  std::array<Seconds, 2> least{};         // that none of those takes less than
  Bytes least_required;                   // memory that none of them needs less than
};

struct ExpertChoice {
  int ep = 1, expert_tp = 1;

  [[nodiscard]] std::int64_t ranks() const { return std::int64_t{ep} * expert_tp; }
};

struct PipelineChoice {
  int pp = 1, vp = 1;
  Schedule schedule = Schedule::k1F1B;
  std::vector<StagePlan> plans;  // for each recompute choice

  // Schedules that are played out cost a thousand times as much as others: they come second.
  [[nodiscard]] std::size_t pass() const { return is_played(schedule) ? 1 : 0; }
};

struct ZeroChoice {
  int level = 0;
  int shards = 0;
};

// Layouts of which none is faster and smaller than another, by time.
class Front {
 public:
  // Whether something at least as fast and as small is known, and better in one of the two.
  [[nodiscard]] bool dominates(Seconds step, Bytes required) const {
    const auto after =
        std::upper_bound(found_.begin(), found_.end(), step,
                         [](Seconds time, const FoundLayout& each) { return time < each.step; });
    if (after == found_.begin()) return false;
    const FoundLayout& before = *std::prev(after);
    return before.required < required || (before.required == required && before.step < step);
  }

  void insert(const FoundLayout& layout) {
    const auto at =
        std::lower_bound(found_.begin(), found_.end(), layout.step,
                         [](const FoundLayout& each, Seconds time) { return each.step < time; });
    if (dominates(layout.step, layout.required)) return;
    if (at != found_.end() && at->step == layout.step) {
      const bool stays = at->required < layout.required ||
                         (at->required == layout.required && at->key <= layout.key);
      if (stays) return;
    }
    auto beyond = at;
    while (beyond != found_.end() && beyond->required >= layout.required) ++beyond;
    found_.insert(found_.erase(at, beyond), layout);
  }

  [[nodiscard]] const std::vector<FoundLayout>& found() const { return found_; }

 private:
  std::vector<FoundLayout> found_;
};

void count_too_large(const RankLoad& load, Bytes required, SearchStats& stats) {
  const Bytes states = required - load.fixed;
  const Bytes other = load.fixed - load.activations;
  ++(load.activations >= max(states, other) ? stats.too_much_activations
     : states >= other                      ? stats.too_much_states
                                            : stats.too_much_other);
}

bool better(Objective objective, const FoundLayout& a, const FoundLayout& b) {
  if (objective == Objective::kMemory && a.required != b.required) return a.required < b.required;
  if (a.step != b.step) return a.step < b.step;
  if (a.required != b.required) return a.required < b.required;
  return a.key < b.key;
}

// What is known so far: of one shape, or of all before it.
struct Known {
  Objective objective = Objective::kTime;
  std::size_t most = 1;
  bool wants_front = true;
  std::vector<FoundLayout> top;  // best first
  Front front;
  std::optional<FoundLayout> least;
  SearchStats stats;
  std::int64_t faster = 0;

  [[nodiscard]] bool full() const { return top.size() >= most; }

  // Whether a layout of at least this time and memory may still enter the answer.
  [[nodiscard]] bool may_enter(Seconds step, Bytes required) const {
    if (!full()) return true;
    const FoundLayout& last = top.back();
    const bool top_enough =
        objective == Objective::kMemory ? required <= last.required : step <= last.step;
    return top_enough || (wants_front && !front.dominates(step, required));
  }

  void add(const FoundLayout& layout) {
    if (wants_front) front.insert(layout);
    if (full() && !better(objective, layout, top.back())) return;
    const auto at = std::upper_bound(
        top.begin(), top.end(), layout,
        [&](const FoundLayout& a, const FoundLayout& b) { return better(objective, a, b); });
    if (at != top.begin() && std::prev(at)->key == layout.key) return;
    top.insert(at, layout);
    if (top.size() > most) top.pop_back();
  }

  void add_too_large(const FoundLayout& layout) {
    if (!least || better(Objective::kMemory, layout, *least)) least = layout;
  }

  void merge(const Known& other) {
    for (const FoundLayout& each : other.top) add(each);
    for (const FoundLayout& each : other.front.found()) add(each);
    if (other.least) add_too_large(*other.least);
    stats += other.stats;
    faster += other.faster;
  }
};

class Searcher {
 public:
  Searcher(const PredictedPhase& phase, int count, const LayoutSpace& space,
           const SearchOptions& options, double cost_of_second, std::optional<Seconds> than)
      : phase_(phase),
        count_(count),
        space_(closed(space)),
        options_(options),
        cost_of_second_(cost_of_second),
        than_(than),
        capacity_(phase.machine.memory_capacity),
        layers_of_kind_(phase.model.layers_of_kind()) {
    list_pipelines();
    list_zero();
    list_shapes();
  }

  SearchResult run();

 private:
  // One recompute mode, overlap and place of the activations, in the midst of being looked at.
  struct Variant {
    const LayerTerms& terms;
    const StepContext& context;
    Layout& layout;
    Batch& batch;
    LayoutKey key;
    Seconds least;
  };

  void list_pipelines();
  void list_zero();
  void list_shapes();
  [[nodiscard]] std::array<std::int64_t, 2> layouts_of(const Shape& shape) const;
  void for_each(std::size_t n, const std::function<void(std::size_t)>& work) const;
  [[nodiscard]] bool stopped() const { return options_.stop != nullptr && *options_.stop; }

  void set_shape(const Shape& shape, Layout& layout, Batch& batch) const;
  // Sets what the pipeline is and the dp that is left; whether that is legal.
  [[nodiscard]] bool set_pipeline(const Shape& shape, const PipelineChoice& pipeline,
                                  Layout& layout, const Batch& batch) const;
  [[nodiscard]] std::vector<const PipelineChoice*> legal_pipelines(const Shape& shape,
                                                                   std::size_t pass) const;

  // Bounds: what nothing in a part of the space takes less than.
  void bound(Shape& shape) const;
  [[nodiscard]] Seconds least_time(const StepContext& context, const LayerTerms& terms,
                                   std::size_t pass) const;
  [[nodiscard]] Bytes least_memory(const StepContext& context, const TimedModel& timed) const;
  [[nodiscard]] bool can_matter(const Known& before, const Known& local, Seconds step,
                                Bytes required) const;
  [[nodiscard]] bool hopeless(const Known& before, const Known& local, Bytes required) const;
  // Whether a part is left out; its layouts are then counted as pruned.
  [[nodiscard]] bool pruned(const Known& before, Known& local, Seconds step, Bytes required,
                            std::int64_t layouts) const;

  // Looks at all shapes with the schedules of a pass; false where it was stopped.
  [[nodiscard]] bool look_at(std::size_t pass, Known& known);
  void evaluate(const Shape& shape, std::size_t pass, const Known& before, Known& local) const;
  void evaluate_experts(const StepContext& context, Layout& layout, Batch& batch, LayoutKey key,
                        const TimedModel& timed, const std::vector<const PipelineChoice*>& legal,
                        PipelineTerms& pipeline, const Known& before, Known& local) const;
  void evaluate_pipeline(const Variant& variant, const StagePlan& plan, PipelineTerms& pipeline,
                         const Known& before, Known& local) const;

  PredictedPhase phase_;
  int count_;
  LayoutSpace space_;
  const SearchOptions& options_;
  double cost_of_second_;
  std::optional<Seconds> than_;
  Bytes capacity_;

  std::vector<PipelineChoice> pipelines_;
  std::vector<int> pps_;
  std::vector<int> layers_of_kind_;
  std::map<int, std::vector<ZeroChoice>> zero_;  // by dp x cp
  std::vector<ExpertChoice> experts_;
  std::vector<Shape> shapes_;
  std::int64_t legal_ = 0;
  std::vector<bool> offload_activations_, offload_optimizer_;
  bool may_offload_optimizer_ = false;
  std::vector<double> harmonic_;  // 1 + 1/2 + ... + 1/n
};

void Searcher::list_pipelines() {
  const int layers = phase_.model.layer_count();
  const auto add = [&](int pp, int vp, Schedule schedule) {
    if (!allowed(space_.vp, vp)) return;
    PipelineChoice choice{pp, vp, schedule, {}};
    Layout layout;
    layout.pp = pp;
    layout.vp = vp;
    layout.schedule = schedule;
    Batch batch = phase_.batch;
    for (const RecomputeChoice& each : space_.recompute) {
      each.apply(batch);
      choice.plans.push_back(stage_plan(phase_.model, layout, batch));
    }
    pipelines_.push_back(std::move(choice));
  };
  for (const int pp : allowed_divisors(count_, layers + 2, space_.pp)) {
    if (pp == 1) {
      add(1, 1, Schedule::k1F1B);
      continue;
    }
    for (const Schedule schedule : space_.schedule) {
      if (schedule == Schedule::kInterleaved) {
        for (int vp = 2; vp <= (layers + 2) / pp; ++vp) add(pp, vp, schedule);
      } else if (is_v_shaped(schedule)) {
        if (2 * pp <= layers + 2) add(pp, 2, schedule);
      } else if (schedule != Schedule::kDualPipe || pp % 2 == 0) {
        add(pp, 1, schedule);
      }
    }
  }
  pps_ = allowed_divisors(count_, layers + 2, space_.pp);
  harmonic_.resize(static_cast<std::size_t>(layers) + 3);
  for (std::size_t n = 1; n < harmonic_.size(); ++n) {
    harmonic_[n] = harmonic_[n - 1] + 1 / static_cast<double>(n);
  }
}

void Searcher::list_zero() {
  for (const std::int64_t replicas : divisors(count_)) {
    std::vector<ZeroChoice>& choices = zero_[static_cast<int>(replicas)];
    for (int level = 0; level <= 3; ++level) {
      if (!allowed(space_.zero, level)) continue;
      if (allowed(space_.zero_shards, 0)) choices.push_back({level, 0});
      if (level == 0) continue;
      for (const std::int64_t shards : divisors(replicas)) {
        const int value = static_cast<int>(shards);
        const bool proper = shards > 1 && shards < replicas;
        if (proper && allowed(space_.zero_shards, value)) choices.push_back({level, value});
      }
    }
  }
}

void Searcher::list_shapes() {
  const Architecture& model = phase_.model;
  const auto sequence = static_cast<std::int64_t>(phase_.batch.sequence_length);
  offload_activations_ = switch_values(space_.offload_activations, true);
  offload_optimizer_ = switch_values(space_.offload_optimizer, true);
  may_offload_optimizer_ = offload_optimizer_.back();
  std::int64_t routed = 1;
  std::int64_t width = 1;
  for (const Layer& layer : model.kinds) {
    if (!layer.experts || routed > 1) continue;
    routed = layer.experts->routed;
    width = layer.experts->expert.width;
  }
  for (const int ep : allowed_divisors(routed, count_, space_.ep)) {
    for (const int expert_tp : allowed_divisors(width, count_, space_.expert_tp)) {
      const ExpertChoice choice{ep, expert_tp};
      if (count_ % choice.ranks() == 0) experts_.push_back(choice);
    }
  }
  for (const int tp : allowed_divisors(count_, count_, space_.tp)) {
    for (const int cp : allowed_divisors(std::gcd(count_ / tp, sequence), count_, space_.cp)) {
      for (const std::int64_t micro : divisors(phase_.batch.global_batch)) {
        if (!allowed(space_.micro_batch, micro)) continue;
        for (const bool sp : switch_values(space_.sequence_parallel, tp > 1)) {
          Shape shape{tp, cp, micro, sp, {}, {}, {}};
          shape.layouts = layouts_of(shape);
          const std::int64_t layouts = shape.layouts[0] + shape.layouts[1];
          legal_ += layouts;
          if (layouts > 0) shapes_.push_back(shape);
        }
      }
    }
  }
}

void Searcher::set_shape(const Shape& shape, Layout& layout, Batch& batch) const {
  layout.tp = shape.tp;
  layout.cp = shape.cp;
  layout.dp = count_ / (shape.tp * shape.cp);
  layout.sequence_parallel = shape.sequence_parallel;
  batch.micro_batch = shape.micro_batch;
}

bool Searcher::set_pipeline(const Shape& shape, const PipelineChoice& pipeline, Layout& layout,
                            const Batch& batch) const {
  const std::int64_t ranks = std::int64_t{shape.tp} * shape.cp * pipeline.pp;
  if (count_ % ranks != 0) return false;
  layout.pp = pipeline.pp;
  layout.vp = pipeline.vp;
  layout.schedule = pipeline.schedule;
  layout.dp = static_cast<int>(count_ / ranks);
  if (!allowed(space_.dp, layout.dp)) return false;
  return layout_faults(layout, batch, phase_.model, count_).empty();
}

// With ep and expert-tp 1, which forbid nothing; others must divide the ranks of a stage.
std::vector<const PipelineChoice*> Searcher::legal_pipelines(const Shape& shape,
                                                             std::size_t pass) const {
  Layout layout;
  Batch batch = phase_.batch;
  set_shape(shape, layout, batch);
  std::vector<const PipelineChoice*> legal;
  for (const PipelineChoice& each : pipelines_) {
    if (each.pass() == pass && set_pipeline(shape, each, layout, batch)) legal.push_back(&each);
  }
  return legal;
}

std::array<std::int64_t, 2> Searcher::layouts_of(const Shape& shape) const {
  const std::size_t variants = space_.recompute.size() * offload_activations_.size() *
                               offload_optimizer_.size() *
                               switch_values(space_.tp_overlap, shape.tp > 1).size();
  std::array<std::int64_t, 2> layouts{};
  for (std::size_t pass = 0; pass < layouts.size(); ++pass) {
    for (const PipelineChoice* each : legal_pipelines(shape, pass)) {
      const int stage = count_ / each->pp;
      const auto spread =
          std::count_if(experts_.begin(), experts_.end(),
                        [&](const ExpertChoice& choice) { return stage % choice.ranks() == 0; });
      layouts[pass] += spread * static_cast<std::int64_t>(zero_.at(stage / shape.tp).size());
    }
    layouts[pass] *= static_cast<std::int64_t>(variants);
  }
  return layouts;
}

// Whatever the pipeline and the shards are, some rank holds a mean share of all states, and a layer
// with the activations of one micro-batch. Where none leave for the host, rank r holds its share
// a_r of what a micro-batch leaves behind at least x_r = min(m, p - r) times, and states s_r beside
// it; the mean of x_r a_r + s_r with the weights 1 / x_r is no more than the most loaded rank's:
//
//   most >= (sum a + sum s / max x) / sum of 1 / x
Bytes Searcher::least_memory(const StepContext& context, const TimedModel& timed) const {
  const Layout& l = context.layout;
  const Batch& batch = context.batch;
  const Stack& stack = context.machine.stack;
  Bytes all;
  std::optional<Bytes> least_layer;
  LocalParameters parameters;
  for (std::size_t i = 0; i < timed.kinds.size(); ++i) {
    if (layers_of_kind_[i] == 0) continue;
    const std::vector<Operator>& operators = timed.kinds[i].operators;
    const Bytes kept = kept_bytes(context, operators);
    all += layers_of_kind_[i] * kept;
    least_layer = least_layer ? min(*least_layer, kept) : kept;
    parameters.add(layers_of_kind_[i], timed.parameters[i]);
  }
  const double split =
      parameters.dense * l.tp / count_ + parameters.experts * l.ep * l.expert_tp / count_;
  const double bytes_each =
      2 + stack.gradient_bytes + (may_offload_optimizer_ ? 0 : stack.optimizer_bytes);
  const double slack = 1 + stack.allocator_slack;
  const Bytes states = split * bytes_each * B;  // the mean over ranks
  Bytes held = max(slack * *least_layer, states);
  if (!batch.offload_activations) {
    std::optional<Bytes> shared;
    for (const int pp : pps_) {
      const std::int64_t m = batch.global_batch * l.tp * l.cp * pp / (count_ * batch.micro_batch);
      if (m < 1) continue;  // not legal
      const double deep = std::min<double>(as_double(m), pp);
      const double sets = (pp - deep) / deep + harmonic_[static_cast<std::size_t>(deep)];
      const Bytes here = (slack * all + (pp / deep) * states) / sets;
      shared = shared ? min(*shared, here) : here;
    }
    if (shared) held = max(held, *shared);
  }
  if (batch.recompute == Recompute::kFull) {
    const auto last = static_cast<std::size_t>(phase_.model.layers.back());
    held += slack * plain_bytes(batch, timed.kinds[last].operators);
  }
  return kRounding * (held + timed.working + stack.context_memory);
}

// Recomputation, copies and sends only add to the plain passes with all their overlap.
void Searcher::bound(Shape& shape) const {
  Layout layout;
  Batch batch = phase_.batch;
  set_shape(shape, layout, batch);
  RecomputeChoice{}.apply(batch);
  layout.tp_overlap = shape.tp > 1;
  const StepContext context{phase_.model, phase_.machine, layout, batch};
  TimedModel timed = timed_model(context);
  for (std::size_t i = 0; i < timed.kinds.size(); ++i) {
    if (!phase_.model.kinds[i].experts) continue;
    timed.kinds[i] = with_ideal_experts(context, phase_.model.kinds[i]);
  }
  const LayerTerms terms = layer_terms(context, timed);
  for (const std::size_t pass : {0U, 1U}) shape.least[pass] = least_time(context, terms, pass);
  // Experts' products narrow with ep and expert-tp, so that what they are worked with may too.
  shape.least_required = kRounding * phase_.machine.stack.context_memory;
  if (!phase_.model.has_experts()) shape.least_required += kRounding * timed.working;
}

// Micro-batches / pp, which is the same for every pp, of the passes through all layers.
Seconds Searcher::least_time(const StepContext& context, const LayerTerms& terms,
                             std::size_t pass) const {
  const Layout& l = context.layout;
  const double per_stage = as_double(context.batch.global_batch) * l.tp * l.cp /
                           (as_double(context.batch.micro_batch) * count_);
  return kRounding * (1 + terms.straggler) * per_stage * least_pass_time(context, terms, pass == 1);
}

bool Searcher::hopeless(const Known& before, const Known& local, Bytes required) const {
  if (required <= capacity_ || options_.exhaustive) return false;
  // Until something fits, the least that is lacking is looked for.
  if (before.stats.feasible + local.stats.feasible > 0) return true;
  const bool less_known = (before.least && before.least->required < required) ||
                          (local.least && local.least->required < required);
  return less_known;
}

bool Searcher::can_matter(const Known& before, const Known& local, Seconds step,
                          Bytes required) const {
  if (options_.exhaustive || (than_ && step <= *than_)) return true;
  return before.may_enter(step, required) && local.may_enter(step, required);
}

bool Searcher::pruned(const Known& before, Known& local, Seconds step, Bytes required,
                      std::int64_t layouts) const {
  const bool too_large = hopeless(before, local, required);
  if (!too_large && can_matter(before, local, step, required)) return false;
  local.stats.pruned += layouts;
  if (too_large) local.stats.pruned_memory += layouts;
  return true;
}

void Searcher::evaluate(const Shape& shape, std::size_t pass, const Known& before,
                        Known& local) const {
  if (shape.layouts[pass] == 0) return;
  if (pruned(before, local, shape.least[pass], shape.least_required, shape.layouts[pass])) return;
  Layout layout;
  Batch batch = phase_.batch;
  set_shape(shape, layout, batch);
  LayoutKey key;
  key.tp = shape.tp;
  key.cp = shape.cp;
  key.micro_batch = shape.micro_batch;
  key.sequence_parallel = shape.sequence_parallel;
  const StepContext context{phase_.model, phase_.machine, layout, batch};
  TimedModel timed = timed_model(context);
  PipelineTerms pipeline;
  const std::vector<const PipelineChoice*> pipelines = legal_pipelines(shape, pass);
  for (const ExpertChoice& choice : experts_) {
    std::vector<const PipelineChoice*> legal;
    for (const PipelineChoice* each : pipelines) {
      if (count_ / each->pp % choice.ranks() == 0) legal.push_back(each);
    }
    if (legal.empty()) continue;
    layout.ep = key.ep = choice.ep;
    layout.expert_tp = key.expert_tp = choice.expert_tp;
    if (phase_.model.has_experts()) retime_experts(context, timed);
    evaluate_experts(context, layout, batch, key, timed, legal, pipeline, before, local);
  }
}

void Searcher::evaluate_experts(const StepContext& context, Layout& layout, Batch& batch,
                                LayoutKey key, const TimedModel& timed,
                                const std::vector<const PipelineChoice*>& legal,
                                PipelineTerms& pipeline, const Known& before, Known& local) const {
  const std::vector<bool> overlaps = switch_values(space_.tp_overlap, layout.tp > 1);
  std::int64_t each = 0;  // layouts of one recompute mode, overlap and place of activations
  for (const PipelineChoice* choice : legal) {
    const int replicas = count_ / (choice->pp * layout.tp);
    each += static_cast<std::int64_t>(zero_.at(replicas).size() * offload_optimizer_.size());
  }
  // No recompute mode is faster than none, with overlap.
  RecomputeChoice{}.apply(batch);
  layout.tp_overlap = overlaps.back();
  const std::size_t pass = legal.front()->pass();
  LayerTerms terms;
  fill_layer_terms(context, timed, terms);
  const Seconds least = least_time(context, terms, pass);
  for (std::size_t recompute = 0; recompute < space_.recompute.size(); ++recompute) {
    space_.recompute[recompute].apply(batch);
    key.recompute = static_cast<std::uint16_t>(recompute);
    const auto of_overlaps = each * static_cast<std::int64_t>(overlaps.size());
    std::vector<std::pair<bool, Bytes>> places;  // of the activations, and the least memory there
    for (const bool offload : offload_activations_) {
      batch.offload_activations = offload;
      const Bytes required = least_memory(context, timed);
      if (pruned(before, local, least, required, of_overlaps)) continue;
      places.emplace_back(offload, required);
    }
    if (places.empty()) continue;
    for (const bool overlap : overlaps) {
      layout.tp_overlap = key.tp_overlap = overlap;
      fill_layer_terms(context, timed, terms);
      Variant variant{terms, context, layout, batch, key, least_time(context, terms, pass)};
      for (const auto& [offload, required] : places) {
        batch.offload_activations = variant.key.offload_activations = offload;
        if (pruned(before, local, variant.least, required, each)) continue;
        for (const PipelineChoice* choice : legal) {
          layout.pp = variant.key.pp = choice->pp;
          layout.vp = variant.key.vp = choice->vp;
          layout.schedule = variant.key.schedule = choice->schedule;
          layout.dp = count_ / (layout.tp * layout.cp * choice->pp);
          evaluate_pipeline(variant, choice->plans[recompute], pipeline, before, local);
        }
      }
    }
  }
}

void Searcher::evaluate_pipeline(const Variant& variant, const StagePlan& plan,
                                 PipelineTerms& pipeline, const Known& before, Known& local) const {
  const StepContext& context = variant.context;
  const LayerTerms& terms = variant.terms;
  Layout& layout = variant.layout;
  Batch& batch = variant.batch;
  LayoutKey key = variant.key;
  const std::vector<ZeroChoice>& zero = zero_.at(layout.dp * layout.cp);
  const auto layouts = static_cast<std::int64_t>(zero.size() * offload_optimizer_.size());
  fill_loads(context, terms, plan, pipeline);

  // The least memory: everything sharded over all replicas, the optimizer with the host.
  const Stack& stack = context.machine.stack;
  layout.zero_shards = 0;
  const Shards all = optimizer_shards(layout);
  StateBytes least_bytes = state_bytes(stack, 3, may_offload_optimizer_);
  least_bytes.gathered = 0;
  Bytes least_memory;
  for (const RankLoad& load : pipeline.loads) {
    least_memory =
        max(least_memory, required_memory(load, least_bytes, all.owned(load.parameters)));
  }
  least_memory = kRounding * least_memory;
  if (pruned(before, local, variant.least, least_memory, layouts)) return;
  fill_times(context, terms, plan, pipeline);
  layout.zero = 0;
  const bool played = is_played(layout.schedule);
  const PipelineCost plain = pipeline_cost(context, terms, plan, pipeline);
  const Seconds least = kRounding * step_time(plain, Seconds{}, Seconds{}, terms);
  if (pruned(before, local, least, least_memory, layouts)) return;

  // ZeRO 1 and 2 exchange the same, whatever their shards.
  layout.zero = 0;
  const Seconds reduced = data_parallel_time(context, pipeline, plain);
  layout.zero = 1;
  const Seconds scattered = data_parallel_time(context, pipeline, plain);
  std::vector<double> owned;  // by each group's ranks
  for (const ZeroChoice& choice : zero) {
    layout.zero = choice.level;
    layout.zero_shards = choice.shards;
    key.zero = static_cast<std::uint8_t>(choice.level);
    key.zero_shards = choice.shards;
    const Shards shards = optimizer_shards(layout);
    PipelineCost sharded;
    const PipelineCost* cost = &plain;
    Seconds exchanged = choice.level == 0 ? reduced : scattered;
    if (choice.level == 3) {
      // Playing a schedule once more costs as much as all that is left.
      const auto here = static_cast<std::int64_t>(offload_optimizer_.size());
      if (played && pruned(before, local, least, least_memory, here)) continue;
      sharded = pipeline_cost(context, terms, plan, pipeline);
      cost = &sharded;
      exchanged = data_parallel_time(context, pipeline, sharded);
    }
    owned.clear();
    for (const RankLoad& load : pipeline.loads) owned.push_back(shards.owned(load.parameters));
    const double updated =
        updated_parameters(choice.level, shards, pipeline.loads[cost->slowest].parameters);
    for (const bool offload : offload_optimizer_) {
      batch.offload_optimizer = key.offload_optimizer = offload;
      const StateBytes bytes = state_bytes(stack, choice.level, offload);
      FoundLayout found;
      found.step = step_time(*cost, exchanged, optimizer_time(context, updated), terms);
      found.cost = cost_of_second_ * found.step.in(second);
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
        if (than_ && found.step < *than_) ++local.faster;
        if (before.may_enter(found.step, found.required) &&
            local.may_enter(found.step, found.required)) {
          found.key = key;
          local.add(found);
        }
        continue;
      }
      count_too_large(pipeline.loads[worst], found.required, local.stats);
      if (local.stats.feasible == 0) {
        found.key = key;
        local.add_too_large(found);
      }
    }
  }
}

void Searcher::for_each(std::size_t n, const std::function<void(std::size_t)>& work) const {
  if (options_.for_each) return options_.for_each(n, work);
  for (std::size_t i = 0; i < n; ++i) work(i);
}

bool Searcher::look_at(std::size_t pass, Known& known) {
  std::stable_sort(shapes_.begin(), shapes_.end(),
                   [&](const Shape& a, const Shape& b) { return a.least[pass] < b.least[pass]; });
  // Rounds of a fixed size: what a round may prune by is what the rounds before it know, so that
  // the counts do not depend on the number of threads.
  constexpr std::size_t kFirstRound = 4;
  constexpr std::size_t kLargestRound = 128;
  std::size_t round = kFirstRound;
  for (std::size_t next = 0; next < shapes_.size();
       next += round, round = std::min(2 * round, kLargestRound)) {
    const std::size_t here = std::min(round, shapes_.size() - next);
    std::vector<Known> found(here);
    std::atomic<bool> skipped = false;
    for_each(here, [&](std::size_t i) {
      if (stopped()) {
        skipped = true;
        return;
      }
      found[i].objective = known.objective;
      found[i].most = known.most;
      found[i].wants_front = known.wants_front;
      evaluate(shapes_[next + i], pass, known, found[i]);
    });
    for (const Known& each : found) known.merge(each);
    if (skipped) return false;
    if (options_.progress) {
      options_.progress({as_double(known.stats.evaluated + known.stats.pruned), as_double(legal_)});
    }
  }
  return true;
}

SearchResult Searcher::run() {
  for_each(shapes_.size(), [&](std::size_t i) { bound(shapes_[i]); });
  Known known;
  known.objective = options_.objective;
  known.most = std::max<std::size_t>(1, options_.top);
  known.wants_front = options_.front;
  SearchResult result;
  result.complete = look_at(0, known) && look_at(1, known);
  result.top = std::move(known.top);
  if (result.top.size() > options_.top) result.top.resize(options_.top);
  result.front = known.front.found();
  if (known.stats.feasible == 0) result.least = known.least;
  result.stats = known.stats;
  result.stats.legal = legal_;
  result.faster = known.faster;
  return result;
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

LayoutSpace closed(LayoutSpace space) {
  if (space.recompute.empty()) {
    space.recompute = {
        {Recompute::kNone, 0, {}}, {Recompute::kSelective, 0, {}}, {Recompute::kFull, 0, {}}};
  }
  if (space.schedule.empty()) space.schedule = {Schedule::k1F1B, Schedule::kInterleaved};
  return space;
}

SearchResult search_layouts(const PredictedPhase& phase, int count, const LayoutSpace& space,
                            const SearchOptions& options, double cost_of_second,
                            std::optional<Seconds> than) {
  return Searcher(phase, count, space, options, cost_of_second, than).run();
}

PredictedPhase with_layout(PredictedPhase phase, int count, const LayoutSpace& space,
                           const LayoutKey& key) {
  Layout& l = phase.layout;
  l = Layout{};
  l.tp = key.tp;
  l.pp = key.pp;
  l.vp = key.vp;
  l.cp = key.cp;
  l.dp = count / (key.tp * key.pp * key.cp);
  l.ep = key.ep;
  l.expert_tp = key.expert_tp;
  l.zero = key.zero;
  l.zero_shards = key.zero_shards;
  l.sequence_parallel = key.sequence_parallel;
  l.tp_overlap = key.tp_overlap;
  l.schedule = key.schedule;
  Batch& batch = phase.batch;
  batch.micro_batch = key.micro_batch;
  batch.offload_activations = key.offload_activations;
  batch.offload_optimizer = key.offload_optimizer;
  space.recompute[key.recompute].apply(batch);
  return phase;
}

}  // namespace traincost
