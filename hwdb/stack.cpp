#include "hwdb/stack.h"

#include "base/text.h"
#include "base/units.h"

namespace traincost {
using namespace unit;

void compile(Stack& stack) {
  // Host time of a kernel of a fused graph: 9 us, and 42 us a graph of some 15.
  // Source: meta-pytorch/tritonbench pull 1016 (GB200, 2026).
  constexpr Seconds kCompiledDispatch = 12 * unit::microsecond;
  stack.eager_element_wise = false;
  stack.dispatch = min(stack.dispatch, kCompiledDispatch);
}

void hide_nothing(Stack& stack) {
  for (double* share :
       {&stack.tp_overlap, &stack.dp_overlap, &stack.zero3_overlap, &stack.pp_overlap,
        &stack.cp_overlap, &stack.ep_overlap, &stack.pair_overlap}) {
    *share = 0;
  }
  stack.overlaps_gather = false;
  stack.overlaps_tp = false;
  stack.async_tp_backward = false;
}

Stack read_stack(const JsonCursor& cursor) {
  RecordReader reader(cursor, "stacks");
  Stack s;
  if (cursor.require("framework")) s.framework = cursor.text("framework").value_or("");
  s.version = cursor.text("version").value_or("");
  if (cursor.require("date")) s.date = cursor.text("date").value_or("");
  s.attention = words_of(reader.required("attention", reader.text("attention")));
  s.schedules = words_of(reader.required("schedules", reader.text("schedules")));
  if (s.schedules == std::vector<std::string>{"none"}) s.schedules.clear();
  const auto share = [&](const char* name) {
    return reader.required(name, reader.number(name, {0, 1}));
  };
  s.element_wise_passes =
      reader.required("element_wise_passes", reader.number("element_wise_passes", {0.5, 5}));
  s.tp_overlap = share("tp_overlap");
  s.dp_overlap = share("dp_overlap");
  s.zero3_overlap = share("zero3_overlap");
  s.pp_overlap = share("pp_overlap");
  s.cp_overlap = share("cp_overlap");
  s.ep_overlap = share("ep_overlap");
  s.pair_overlap = share("pair_overlap");
  s.bucket = reader.quantity("bucket", 1 * MB, 100 * GB).value_or(Bytes{});
  s.overlaps_gather = reader.flag("overlaps_gather").value_or(true);
  s.overlaps_tp = reader.flag("overlaps_tp").value_or(false);
  s.saves_fp8_inputs = reader.flag("saves_fp8_inputs").value_or(false);
  s.selective = words_of(reader.text("selective").value_or("core_attn"));
  s.recomputes_modules = reader.flag("recomputes_modules").value_or(false);
  s.gathers_tensors = reader.flag("gathers_tensors").value_or(false);
  s.checkpoint_early_stop = reader.flag("checkpoint_early_stop").value_or(false);
  s.async_tp_backward = reader.flag("async_tp_backward").value_or(false);
  s.fused_loss = reader.flag("fused_loss").value_or(true);
  s.eager_element_wise = reader.flag("eager_element_wise").value_or(false);
  s.compiles = reader.flag("compiles").value_or(false);
  s.separate_projections = reader.flag("separate_projections").value_or(false);
  s.unfused_gate = reader.flag("unfused_gate").value_or(false);
  s.fused_accumulation = reader.flag("fused_accumulation").value_or(false);
  s.balances_stages = reader.flag("balances_stages").value_or(false);
  s.pads_vocabulary = reader.flag("pads_vocabulary").value_or(false);
  s.fused_dispatch = reader.flag("fused_dispatch").value_or(false);
  s.grouped_experts = reader.flag("grouped_experts").value_or(false);
  s.expert_imbalance =
      reader.required("expert_imbalance", reader.number("expert_imbalance", {1, 4}));
  s.overlap_tax = share("overlap_tax");
  s.gradient_bytes = reader.required("gradient_bytes", reader.number("gradient_bytes", {1, 4}));
  s.raw_gradient_bytes = reader.number("raw_gradient_bytes", {0, 4}).value_or(0);
  s.optimizer_bytes = reader.required("optimizer_bytes", reader.number("optimizer_bytes", {2, 16}));
  s.fused_optimizer = reader.flag("fused_optimizer").value_or(true);
  s.tuned = reader.flag("tuned").value_or(false);
  s.cast_passes = reader.required("cast_passes", reader.number("cast_passes", {0, 20}));
  s.dispatch =
      reader.required("dispatch", reader.quantity("dispatch", 0 * microsecond, 1 * millisecond));
  s.cuda_graphs = reader.required("cuda_graphs", reader.flag("cuda_graphs"));
  s.graphs_on = words_of(reader.text("graphs_on").value_or(""));
  s.straggler = share("straggler");
  s.context_memory =
      reader.required("context_memory", reader.quantity("context_memory", 0 * GB, 32 * GB));
  s.allocator_slack = share("allocator_slack");
  s.record = reader.finish();
  return s;
}

}  // namespace traincost
