// The ways through a space of layouts: its shapes, and under each what is legal there.
//
// A shape is what operators' times depend on; the experts' spread, pipelines and ZeRO levels below
// it are lists that all shapes share. What is listed is what layout_faults finds nothing against.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <vector>

#include "estimator/search/layout_space.h"
#include "estimator/step/memory.h"
#include "estimator/step/pipeline.h"
#include "estimator/step/stage_plan.h"

namespace traincost {

// The knobs that operators' shapes depend on, experts' apart.
struct Shape {
  int tp = 1, cp = 1;
  std::int64_t micro_batch = 1;
  bool sequence_parallel = false;
  std::array<std::int64_t, 2> layouts{};  // of closed-form schedules, and of played ones
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
  [[nodiscard]] std::size_t pass() const { return rules_of(schedule).played ? 1 : 0; }
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
  [[nodiscard]] const std::vector<ZeroChoice>& zero(int replicas) const {
    return zero_.at(replicas);
  }
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
  // Of one pass, with ep and expert-tp 1, which forbid nothing; others must divide the ranks of a
  // stage.
  [[nodiscard]] std::vector<const PipelineChoice*> legal_pipelines(const Shape& shape,
                                                                   std::size_t pass) const;

 private:
  void list_pipelines();
  void list_zero();
  void list_shapes();
  // Sets what the pipeline is and the dp that is left; whether that is legal.
  [[nodiscard]] bool set_pipeline(const Shape& shape, const PipelineChoice& pipeline,
                                  Layout& layout, const Batch& batch) const;
  [[nodiscard]] std::array<std::int64_t, 2> layouts_of(const Shape& shape) const;

  const Architecture& model_;
  Batch batch_;
  int count_;
  LayoutSpace space_;
  std::vector<PipelineChoice> pipelines_;
  std::vector<int> pps_;
  std::map<int, std::vector<ZeroChoice>> zero_;
  std::vector<ExpertChoice> experts_;
  std::vector<Shape> shapes_;
  std::int64_t layouts_ = 0;
  std::vector<bool> offload_activations_, offload_optimizer_;
};

}  // namespace traincost
