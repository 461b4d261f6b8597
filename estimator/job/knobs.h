// The knobs of a step, one line each: a job's reader and its schema, resolve, what reports and rows
// show of a layout, and their schemas fold over this table.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
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
  const char* text;  // what it is, in a few words
};

// A knob that everyone has as it is: its member of the Layout or Batch, in what a job states and in
// what a search may choose from (null: a search does not turn it).
template <auto Value, auto Stated, auto Listed>
struct PlainKnob {
  const char* name;
  const char* text;
  const char* otherwise;  // what it is where nothing is stated; null: its text says it
  Range range;            // of degrees and counts
};
template <auto Value, auto Stated, auto Listed = nullptr>
constexpr PlainKnob<Value, Stated, Listed> knob(const char* name, const char* text,
                                                const char* otherwise, Range range = kDegreeRange) {
  return {name, text, otherwise, range};
}

inline constexpr std::tuple kLayoutKnobs{
    knob<&Layout::tp, &LayoutSpec::tp, &KnobLists::tp>("tp", "tensor parallel degree", "1"),
    knob<&Layout::pp, &LayoutSpec::pp, &KnobLists::pp>("pp", "pipeline parallel degree", "1"),
    knob<&Layout::vp, &LayoutSpec::vp, &KnobLists::vp>("vp", "virtual stages of a pipeline rank",
                                                       "1"),
    knob<&Layout::cp, &LayoutSpec::cp, &KnobLists::cp>("cp", "context parallel degree", "1"),
    knob<&Layout::dp, &LayoutSpec::dp, &KnobLists::dp>("dp", "data parallel degree",
                                                       "what is left"),
    knob<&Layout::ep, &LayoutSpec::ep, &KnobLists::ep>("ep", "expert parallel degree", "1"),
    knob<&Layout::expert_tp, &LayoutSpec::expert_tp, &KnobLists::expert_tp>(
        "expert_tp", "tensor parallel degree inside an expert", "1"),
    knob<&Layout::zero, &LayoutSpec::zero, &KnobLists::zero>(
        "zero", "ZeRO level: 0 none, 1 optimizer states, 2 gradients too, 3 parameters too", "1",
        {0, 3}),
    knob<&Layout::zero_shards, &LayoutSpec::zero_shards, &KnobLists::zero_shards>(
        "zero_shards", "ranks that share one copy of sharded states; 0: all replicas", "0",
        {0, kDegreeRange.high}),
    knob<&Layout::shards_outside, &LayoutSpec::shards_outside>(
        "shards_outside", "hybrid sharding across nodes, copies inside", "the other way round"),
    knob<&Layout::sequence_parallel, &LayoutSpec::sequence_parallel, &KnobLists::sequence_parallel>(
        "sequence_parallel", "norms and residuals split over the tensor-parallel group",
        "with tensor parallelism"),
    knob<&Layout::tp_overlap, &LayoutSpec::tp_overlap, &KnobLists::tp_overlap>(
        "tp_overlap", "tensor-parallel communication under products", "the stack's"),
    knob<&Layout::schedule, &LayoutSpec::schedule, &KnobLists::schedule>(
        "schedule", "pipeline schedule", "1f1b, interleaved where vp > 1"),
};

// What becomes of a batch and its activations; a job states these in its run. Those that it writes
// in another form than the Batch has are read by members of their own (members.cpp).
inline constexpr std::tuple kBatchKnobs{
    knob<&Batch::micro_batch, &RunSpec::micro_batch, &KnobLists::micro_batch>(
        "micro_batch", "sequences of a data-parallel rank and pass", nullptr),
    Knob{"recompute", false,
         [](const Layout&, const Batch& b) -> KnobValue { return recompute_name(b.recompute); },
         "what the backward pass computes again"},
    Knob{"recompute_modules", false,
         [](const Layout&, const Batch& b) -> KnobValue { return module_names(b.modules); },
         "single modules that are computed again"},
    knob<&Batch::recompute_layers, &RunSpec::recompute_layers>(
        "recompute_layers", "of each virtual stage, with full recomputation; 0: all", nullptr,
        {0, 4096}),
    Knob{"offload_activations", false,
         [](const Layout&, const Batch& b) -> KnobValue { return b.offload_activations; },
         "activations in the host's memory between the passes"},
    Knob{"offload_optimizer", false,
         [](const Layout&, const Batch& b) -> KnobValue { return b.offload_optimizer; },
         "optimizer states and update on the host"},
    Knob{"offload_parameters", false,
         [](const Layout&, const Batch& b) -> KnobValue { return b.offload_parameters; },
         "ZeRO-3's parameters in the host's memory, copied for each pass"},
    knob<&Batch::optimizer_in_backward, &RunSpec::optimizer_in_backward>(
        "optimizer_in_backward",
        "each gradient is used and freed where it is made; needs one micro-batch a step", "false"),
};

namespace knob_detail {

template <typename T>
[[nodiscard]] inline KnobValue shown(T value) {
  if constexpr (std::is_same_v<T, bool>) {
    return value;
  } else if constexpr (std::is_same_v<T, Schedule>) {
    return schedule_name(value);
  } else {
    return std::int64_t{value};
  }
}

template <auto Value, auto Stated, auto Listed>
constexpr Knob row(const PlainKnob<Value, Stated, Listed>& knob) {
  constexpr bool kOfLayout = requires(const Layout& layout) { layout.*Value; };
  const auto value = [](const Layout& layout, const Batch& batch) -> KnobValue {
    if constexpr (kOfLayout) {
      return shown(layout.*Value);
    } else {
      return shown(batch.*Value);
    }
  };
  return {knob.name, kOfLayout, value, knob.text};
}
constexpr Knob row(const Knob& knob) { return knob; }

}  // namespace knob_detail

// All of them, the layout's first.
inline constexpr auto kKnobs =
    std::apply([](const auto&... knobs) { return std::array{knob_detail::row(knobs)...}; },
               std::tuple_cat(kLayoutKnobs, kBatchKnobs));

// Its few words; the name must be a knob's.
[[nodiscard]] constexpr const char* knob_text(std::string_view name) {
  return std::find_if(kKnobs.begin(), kKnobs.end(), [&](const Knob& k) { return k.name == name; })
      ->text;
}

// Sets in `into`, a Layout or a Batch, what `stated` states of the plain ones of `knobs`.
template <typename Values, typename Spec, typename Knobs>
void set_stated(Values& into, const Spec& stated, const Knobs& knobs) {
  const auto set = [&]<typename K>(const K&) {
    if constexpr (!std::is_same_v<K, Knob>) {
      [&]<auto Value, auto Stated, auto Listed>(const PlainKnob<Value, Stated, Listed>*) {
        if (stated.*Stated) into.*Value = *(stated.*Stated);
      }
      (static_cast<const K*>(nullptr));
    }
  };
  std::apply([&](const auto&... each) { (set(each), ...); }, knobs);
}

}  // namespace traincost
