// The few numbers that the engine could not read off a data sheet: fitted on measured runs.
//
// Each has a physical meaning and bounds; `validate --learn` moves them and nothing else. They hold
// for every chip, model and layout, so that none can be tuned to a case.
#pragma once

#include <string_view>
#include <vector>

#include "hwdb/hwdb.h"

namespace traincost {

struct EngineParameters {
  double accumulation_exposure = 0.37;
  double power_share = 1;
  double split_accumulator_rate = 0.9;
  double cast_traffic = 1;
  double stream_rate = 0.7;
  double unfused_traffic = 1;
  double attention_rate = 1;
  double unaligned_rate = 0.6;
  double scale_up_rate = 1;
  double scale_out_rate = 1;
  double latency = 1;
  double sharded_bandwidth = 1;
  double tp_exposure = 1;
  double cp_exposure = 1;
  double ep_exposure = 1;
  double dp_exposure = 1;
  double sharded_exposure = 1;
  double pp_exposure = 1;
  double dispatch = 1;
  double collective_dispatch = 1;
  double straggler = 1;
  double optimizer_traffic = 1;
};

struct EngineParameter {
  std::string_view name;
  double EngineParameters::*member;
  double low, high;
  std::string_view meaning;
};

// Every parameter with its bounds and meaning, in the order of the struct.
[[nodiscard]] const std::vector<EngineParameter>& engine_parameters();

struct Engine {
  Record record;
  EngineParameters parameters;
};

[[nodiscard]] Engine read_engine(const JsonCursor& cursor);

// What the database holds of it; the compiled defaults where it holds none.
[[nodiscard]] Engine engine_of(const HardwareDb& db);

}  // namespace traincost
