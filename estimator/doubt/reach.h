// What no training step has got over: the ceiling of a chip's utilisation.
#pragma once

#include <string>

#include "hwdb/accelerator.h"

namespace traincost {

// Model FLOPs over the chip's bf16 peak, in the run's precision.
struct ReachableMfu {
  double products = 1;  // what its best products reach for long: no run does more
  double steps = 1;     // the most of that that a measured step has got, over chips
};
[[nodiscard]] ReachableMfu reachable_mfu(const Accelerator& chip, const std::string& precision);

}  // namespace traincost
