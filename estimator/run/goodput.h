// What failures cost: checkpoints written, work lost, time to restart.
#pragma once

#include "base/formula.h"
#include "base/quantity.h"
#include "hwdb/reliability.h"

namespace traincost {

struct Goodput {
  double share = 1;              // of rented time that makes progress, in (0, 1]
  double writing = 0;            // of rented time, that writes checkpoints
  double lost = 0;               // of the rest: work that is done again, and restarts
  Seconds time_to_interruption;  // mean, of the whole job; 0 where it never fails
  Seconds checkpoint_interval;   // that loses least; 0 where it never fails
};

inline constexpr Formula kGoodputFormula{
    "goodput", "(1 - w/dt)(1 - (dt/2 + u)/M), dt = sqrt(2 w M)", "Young 1974, CACM 17(9)"};

// M = 1 / (nodes x r);  interval dt = sqrt(2 w M);  share = (1 - w/dt) (1 - (dt/2 + u) / M)
//
// w the time to write a checkpoint, u to restart, nodes of eight accelerators. With w = 0 the
// interval is taken as one minute. Source: Young 1974, CACM 17(9); first-order form of Daly 2006.
[[nodiscard]] Goodput goodput(const Reliability& reliability, double accelerators);

}  // namespace traincost
