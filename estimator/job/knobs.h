// The knobs of a step, one line each: a job's reader and its schema, resolve, what reports and rows
// show of a layout, and their schemas fold over this table.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <variant>
#include <vector>

#include "base/members.h"
#include "estimator/job/spec.h"
#include "estimator/step/layout.h"

namespace traincost {

inline constexpr Range kDegreeRange{1, 1 << 20};

// A degree or count, a switch, a name, or several names.
using KnobValue = std::variant<std::int64_t, bool, std::string_view, std::vector<std::string_view>>;

// What is known of a knob, whatever its type is.
struct Knob {
  std::string_view name;  // the member of a job's layout or run
  bool of_layout;         // of the Layout; else of the Batch
  KnobValue (*value)(const Layout& layout, const Batch& batch);
  std::string_view text;  // what it is, in a few words
};

// A knob of the layout: its member there, in what a job states and in what a search may choose from
// (null: a search does not turn it).
template <auto Value, auto Stated, auto Listed>
struct LayoutKnob {
  const char* name;
  const char* text;
  const char* otherwise;  // what it is where nothing is stated
  Range range;            // of degrees and counts
};
template <auto Value, auto Stated, auto Listed = nullptr>
constexpr LayoutKnob<Value, Stated, Listed> layout_knob(const char* name, const char* text,
                                                        const char* otherwise,
                                                        Range range = kDegreeRange) {
  return {name, text, otherwise, range};
}

inline constexpr std::tuple kLayoutKnobs{
    layout_knob<&Layout::tp, &LayoutSpec::tp, &KnobLists::tp>("tp", "tensor parallel degree", "1"),
    layout_knob<&Layout::pp, &LayoutSpec::pp, &KnobLists::pp>("pp", "pipeline parallel degree",
                                                              "1"),
    layout_knob<&Layout::vp, &LayoutSpec::vp, &KnobLists::vp>(
        "vp", "virtual stages of a pipeline rank", "1"),
    layout_knob<&Layout::cp, &LayoutSpec::cp, &KnobLists::cp>("cp", "context parallel degree", "1"),
    layout_knob<&Layout::dp, &LayoutSpec::dp, &KnobLists::dp>("dp", "data parallel degree",
                                                              "what is left"),
    layout_knob<&Layout::ep, &LayoutSpec::ep, &KnobLists::ep>("ep", "expert parallel degree", "1"),
    layout_knob<&Layout::expert_tp, &LayoutSpec::expert_tp, &KnobLists::expert_tp>(
        "expert_tp", "tensor parallel degree inside an expert", "1"),
    layout_knob<&Layout::zero, &LayoutSpec::zero, &KnobLists::zero>(
        "zero", "ZeRO level: 0 none, 1 optimizer states, 2 gradients too, 3 parameters too", "1",
        {0, 3}),
    layout_knob<&Layout::zero_shards, &LayoutSpec::zero_shards, &KnobLists::zero_shards>(
        "zero_shards", "ranks that share one copy of sharded states; 0: all replicas", "0",
        {0, kDegreeRange.high}),
    layout_knob<&Layout::shards_outside, &LayoutSpec::shards_outside>(
        "shards_outside", "hybrid sharding across nodes, copies inside", "the other way round"),
    layout_knob<&Layout::sequence_parallel, &LayoutSpec::sequence_parallel,
                &KnobLists::sequence_parallel>(
        "sequence_parallel", "norms and residuals split over the tensor-parallel group",
        "with tensor parallelism"),
    layout_knob<&Layout::tp_overlap, &LayoutSpec::tp_overlap, &KnobLists::tp_overlap>(
        "tp_overlap", "tensor-parallel communication under products", "the stack's"),
    layout_knob<&Layout::schedule, &LayoutSpec::schedule, &KnobLists::schedule>(
        "schedule", "pipeline schedule", "1f1b, interleaved where vp > 1"),
};

// What becomes of a batch and its activations; a job states these in its run.
inline constexpr Knob kBatchKnobs[] = {
    {"micro_batch", false, [](const Layout&, const Batch& b) -> KnobValue { return b.micro_batch; },
     "sequences of a data-parallel rank and pass"},
    {"recompute", false,
     [](const Layout&, const Batch& b) -> KnobValue { return recompute_name(b.recompute); },
     "what the backward pass computes again"},
    {"recompute_modules", false,
     [](const Layout&, const Batch& b) -> KnobValue { return module_names(b.modules); },
     "single modules that are computed again"},
    {"recompute_layers", false,
     [](const Layout&, const Batch& b) -> KnobValue { return std::int64_t{b.recompute_layers}; },
     "of each virtual stage, with full recomputation; 0: all"},
    {"offload_activations", false,
     [](const Layout&, const Batch& b) -> KnobValue { return b.offload_activations; },
     "activations in the host's memory between the passes"},
    {"offload_optimizer", false,
     [](const Layout&, const Batch& b) -> KnobValue { return b.offload_optimizer; },
     "optimizer states and update on the host"},
};

namespace knob_detail {

[[nodiscard]] inline KnobValue shown(int degree) { return std::int64_t{degree}; }
[[nodiscard]] inline KnobValue shown(bool on) { return on; }
[[nodiscard]] inline KnobValue shown(Schedule schedule) { return schedule_name(schedule); }

template <auto Value, auto Stated, auto Listed>
constexpr Knob row(const LayoutKnob<Value, Stated, Listed>& knob) {
  return {knob.name, true,
          [](const Layout& layout, const Batch&) -> KnobValue { return shown(layout.*Value); },
          knob.text};
}

}  // namespace knob_detail

// All of them, the layout's first.
inline constexpr auto kKnobs = std::apply(
    [](const auto&... knobs) {
      std::array<Knob, sizeof...(knobs) + std::size(kBatchKnobs)> rows{knob_detail::row(knobs)...};
      std::copy(std::begin(kBatchKnobs), std::end(kBatchKnobs), rows.begin() + sizeof...(knobs));
      return rows;
    },
    kLayoutKnobs);

}  // namespace traincost
