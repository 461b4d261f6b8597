// The knobs of a step, one line each: what reports, rows and their schemas show of a layout and its
// batch folds over this table.
#pragma once

#include <cstdint>
#include <string_view>
#include <variant>
#include <vector>

#include "estimator/step/layout.h"

namespace traincost {

// A degree or count, a switch, a name, or several names.
using KnobValue = std::variant<std::int64_t, bool, std::string_view, std::vector<std::string_view>>;

struct Knob {
  std::string_view name;  // the member of a job's layout or run
  bool of_layout;         // of the Layout; else of the Batch
  KnobValue (*value)(const Layout& layout, const Batch& batch);
  std::string_view text;  // what it is, in a few words
};

inline constexpr Knob kKnobs[] = {
    {"tp", true, [](const Layout& l, const Batch&) -> KnobValue { return std::int64_t{l.tp}; },
     "tensor parallel degree"},
    {"pp", true, [](const Layout& l, const Batch&) -> KnobValue { return std::int64_t{l.pp}; },
     "pipeline parallel degree"},
    {"vp", true, [](const Layout& l, const Batch&) -> KnobValue { return std::int64_t{l.vp}; },
     "virtual stages of a pipeline rank"},
    {"cp", true, [](const Layout& l, const Batch&) -> KnobValue { return std::int64_t{l.cp}; },
     "context parallel degree"},
    {"dp", true, [](const Layout& l, const Batch&) -> KnobValue { return std::int64_t{l.dp}; },
     "data parallel degree"},
    {"ep", true, [](const Layout& l, const Batch&) -> KnobValue { return std::int64_t{l.ep}; },
     "expert parallel degree"},
    {"expert_tp", true,
     [](const Layout& l, const Batch&) -> KnobValue { return std::int64_t{l.expert_tp}; },
     "tensor parallel degree inside an expert"},
    {"zero", true, [](const Layout& l, const Batch&) -> KnobValue { return std::int64_t{l.zero}; },
     "ZeRO level"},
    {"zero_shards", true,
     [](const Layout& l, const Batch&) -> KnobValue { return std::int64_t{l.zero_shards}; },
     "ranks that share one copy of sharded states; 0: all replicas"},
    {"shards_outside", true,
     [](const Layout& l, const Batch&) -> KnobValue { return l.shards_outside; },
     "hybrid sharding across nodes, copies inside"},
    {"sequence_parallel", true,
     [](const Layout& l, const Batch&) -> KnobValue { return l.sequence_parallel; },
     "sequence parallelism"},
    {"tp_overlap", true, [](const Layout& l, const Batch&) -> KnobValue { return l.tp_overlap; },
     "tensor-parallel communication under products"},
    {"schedule", true,
     [](const Layout& l, const Batch&) -> KnobValue { return schedule_name(l.schedule); },
     "pipeline schedule"},
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

}  // namespace traincost
