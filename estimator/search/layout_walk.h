// The ways through a space of layouts: its shapes, and under each what is legal there.
//
// A shape is what operators' times depend on; the experts' spread, pipelines and ZeRO levels below
// it are lists that all shapes share. What is listed is what layout_faults finds nothing against.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "estimator/search/layout_space.h"
#include "estimator/step/memory.h"
#include "estimator/step/pipeline.h"
#include "estimator/step/stage_plan.h"

namespace traincost {

// A space is looked at in parts, what is dear or seldom better last, when more is known to prune it
// by: schedules that are played out cost a thousand times as much as others, and narrower spreads
// than a pipeline's widest are many.
struct Part {
  bool played = false, narrower = false;

  [[nodiscard]] std::size_t index() const { return (narrower ? 2U : 0U) + (played ? 1U : 0U); }
};
inline constexpr std::array<Part, 4> kParts{
    {{false, false}, {true, false}, {false, true}, {true, true}}};

// The knobs that operators' shapes depend on, experts' apart.
struct Shape {
  int tp = 1, cp = 1;
  std::int64_t micro_batch = 1;
  bool sequence_parallel = false;
  std::array<std::int64_t, kParts.size()> layouts{};  // of each part, by its index
};

struct ExpertChoice {
  int ep = 1, expert_tp = 1;

  [[nodiscard]] std::int64_t ranks() const { return std::int64_t{ep} * expert_tp; }
};

struct PipelineChoice {
  int pp = 1, vp = 1;
  Schedule schedule = Schedule::k1F1B;
  std::vector<StagePlan> plans;  // for each recompute choice

  [[nodiscard]] bool played() const { return rules_of(schedule).played; }
};

// How many replicas of a pipeline share which batch.
struct Spread {
  int dp = 1;
  std::int64_t global_batch = 1;  // sequences
};

struct ZeroChoice {
  int level = 0;
  int shards = 0;
};

class LayoutWalk {
 public:
  LayoutWalk(const Architecture& model, const Batch& batch, int count, LayoutSpace space);

  [[nodiscard]] const LayoutSpace& space() const { return space_; }
  [[nodiscard]] const std::vector<Shape>& shapes() const { return shapes_; }
  [[nodiscard]] std::int64_t layouts() const { return layouts_; }
  [[nodiscard]] const std::vector<ExpertChoice>& experts() const { return experts_; }
  [[nodiscard]] const std::vector<int>& pps() const { return pps_; }
  // Of so many replicas, dp x cp.
  [[nodiscard]] const std::vector<ZeroChoice>& zero(int replicas) const;
  // Values of the switches, off before on.
  [[nodiscard]] std::vector<bool> overlaps(int tp) const;
  [[nodiscard]] const std::vector<bool>& offload_activations() const {
    return offload_activations_;
  }
  [[nodiscard]] const std::vector<bool>& offload_optimizer() const { return offload_optimizer_; }

  // Where the least of the states is on the accelerator.
  [[nodiscard]] UpdatePlace lightest_place(const Batch& batch) const {
    UpdatePlace place = update_place(batch);
    place.offload_optimizer = offload_optimizer_.back();
    return place;
  }

  void set_shape(const Shape& shape, Layout& layout, Batch& batch) const;
  // With ep and expert-tp 1, which forbid nothing; others must divide the ranks of a stage.
  [[nodiscard]] std::vector<const PipelineChoice*> legal_pipelines(const Shape& shape,
                                                                   bool played) const;
  // The widest spread of a legal pipeline of at most so many replicas; each that is narrower takes
  // longer for a sequence, at best.
  [[nodiscard]] std::optional<Spread> spread(const Shape& shape, const PipelineChoice& pipeline,
                                             const ExpertChoice& experts, int most) const;
  // The largest batch of a step.
  [[nodiscard]] std::int64_t most_sequences() const;
  // Layouts of all spreads but for recomputation, overlap and offload: their ZeRO choices.
  [[nodiscard]] std::int64_t spread_layouts(const Shape& shape, const PipelineChoice& pipeline,
                                            const ExpertChoice& experts, int most) const;

 private:
  void list_pipelines();
  void list_zero();
  void list_shapes();
  [[nodiscard]] std::vector<int> degrees(std::int64_t number, int most,
                                         const std::vector<int>& list) const;
  [[nodiscard]] static int replica_step(const Shape& shape, const ExpertChoice& experts);
  [[nodiscard]] std::vector<std::int64_t> micro_batch_sizes() const;
  [[nodiscard]] bool is_legal(const Shape& shape, const PipelineChoice& pipeline) const;
  // The largest batch of the space that so many replicas share; 0 where they can share none.
  [[nodiscard]] std::int64_t shared_batch(const Shape& shape, const PipelineChoice& pipeline,
                                          int dp) const;
  [[nodiscard]] std::vector<ZeroChoice> zero_choices(int replicas) const;
  [[nodiscard]] std::array<std::int64_t, kParts.size()> layouts_of(const Shape& shape) const;

  const Architecture& model_;
  Batch batch_;
  int count_;
  LayoutSpace space_;
  std::vector<PipelineChoice> pipelines_;
  std::vector<int> pps_;
  std::map<int, std::vector<ZeroChoice>> zero_;  // by replicas; where none shards apart, of 1 and 2
  bool shards_apart_ = true;                     // whether fewer than all may share
  std::map<std::int64_t, std::vector<std::int64_t>> divisors_;  // of a batch over its micro-batch
  std::vector<ExpertChoice> experts_;
  std::vector<Shape> shapes_;
  std::int64_t layouts_ = 0;
  std::vector<bool> offload_activations_, offload_optimizer_;
};

}  // namespace traincost
