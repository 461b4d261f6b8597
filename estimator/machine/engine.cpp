#include "estimator/machine/engine.h"

#include <string>

namespace traincost {

const std::vector<EngineParameter>& engine_parameters() {
  using P = EngineParameters;
  static const std::vector<EngineParameter> all = {
      {"accumulation_exposure", &P::accumulation_exposure, 0, 1.5,
       "visible share of adding a micro-batch's weight gradients inside their product"},
      {"power_share", &P::power_share, 0, 1,
       "share of what the power limit takes from lasting products that a step feels"},
      {"split_accumulator_rate", &P::split_accumulator_rate, 0.6, 1,
       "backward 8-bit products on Hopper, whose partial sums leave the matrix units, over "
       "forward"},
      {"cast_traffic", &P::cast_traffic, 0, 3, "bytes moved by casts and scaling over the count"},
      {"stream_rate", &P::stream_rate, 0.4, 0.95,
       "what element-wise kernels reach of the memory's bandwidth"},
      {"unfused_traffic", &P::unfused_traffic, 0, 3,
       "extra passes of unfused element-wise work over the stack's record"},
      {"attention_rate", &P::attention_rate, 0.6, 1.2,
       "fused attention in a step over the published kernel curves"},
      {"unaligned_rate", &P::unaligned_rate, 0.1, 2,
       "heads' products whose rows are not multiples of 16 bytes, over the vector units' fp32 "
       "peak"},
      {"scale_up_rate", &P::scale_up_rate, 0.6, 1.1,
       "collectives inside the scale-up domain over the records' bus bandwidth"},
      {"scale_out_rate", &P::scale_out_rate, 0.4, 1.05,
       "collectives over the network over the records' card bandwidth"},
      {"latency", &P::latency, 0.3, 4, "latency of a collective's hop over the records'"},
      {"sharded_bandwidth", &P::sharded_bandwidth, 0.3, 1.1,
       "gathers of sharded parameters over plain collectives' bandwidth"},
      {"tp_exposure", &P::tp_exposure, 0.2, 1.6,
       "exposed share of tensor-parallel communication over the stack's record"},
      {"cp_exposure", &P::cp_exposure, 0.2, 3, "the same, context parallel"},
      {"ep_exposure", &P::ep_exposure, 0.2, 2, "the same, expert parallel"},
      {"dp_exposure", &P::dp_exposure, 0.2, 3, "the same, data parallel"},
      {"sharded_exposure", &P::sharded_exposure, 0.2, 3, "the same, ZeRO-3 gathers"},
      {"pp_exposure", &P::pp_exposure, 0, 2, "the same, pipeline sends"},
      {"dispatch", &P::dispatch, 0.3, 2, "host time of a kernel over the stack's record"},
      {"collective_dispatch", &P::collective_dispatch, 0, 3,
       "meeting of ranks and streams before a tensor- or expert-parallel collective, over the "
       "stack's dispatch"},
      {"straggler", &P::straggler, 0, 3, "spread of the ranks' steps over the stack's record"},
      {"optimizer_traffic", &P::optimizer_traffic, 0.5, 4,
       "bytes moved by the optimizer step over the count"},
  };
  return all;
}

Engine read_engine(const JsonCursor& cursor) {
  RecordReader reader(cursor, "engine");
  Engine engine;
  for (const EngineParameter& each : engine_parameters()) {
    const std::string name(each.name);
    const auto value = reader.number(name, {each.low, each.high});
    engine.parameters.*each.member = reader.required(name, value);
  }
  engine.record = reader.finish();
  return engine;
}

Engine engine_of(const HardwareDb& db) {
  return db.record("engine", "engine", read_engine).value_or(Engine{});
}

}  // namespace traincost
