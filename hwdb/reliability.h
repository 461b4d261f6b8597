// How often a cluster fails, and what a failure costs.
#pragma once

#include <optional>

#include "base/quantity.h"
#include "hwdb/record.h"

namespace traincost {

struct Reliability {
  Record record;
  double failures_per_node_day = 0;  // interruptions, per node of eight and day
  Seconds checkpoint_write;          // time that training stands still for one checkpoint
  Seconds restart;                   // detection, replacement and reload after a failure
  std::optional<Seconds> checkpoint_interval;  // work between two; absent: what loses least
};

[[nodiscard]] Reliability read_reliability(const JsonCursor& cursor);

}  // namespace traincost
