// What failures cost: checkpoints written, work lost, time to restart.
#pragma once

#include "base/formula.h"
#include "base/quantity.h"
#include "hwdb/reliability.h"

namespace traincost {

// Shares of rented time; the four add up to 1.
struct Goodput {
  double share = 1;              // makes progress, in (0, 1]
  double writing = 0;            // writes checkpoints
  double lost = 0;               // does work again, and restarts
  double paused = 0;             // starts up, or evaluates
  Seconds time_to_interruption;  // mean, of the whole job; 0 where it never fails
  Seconds checkpoint_interval;   // stated, or what loses least; 0 where it never fails
};

inline constexpr Formula kGoodputFormula{
    "goodput",
    "dt/(M e^(u/M) (e^((dt + w)/M) - 1)); dt = sqrt(2 w M) (1 + sqrt(w/(2 M))/3 + w/(18 M)) - w",
    "Daly 2006, Future Generation Computer Systems 22(3)"};

// M = 1 / (nodes x r), nodes of eight accelerators; w the time to write a checkpoint, u to restart,
// dt the work between two checkpoints: as stated, or Daly's optimum (M where w >= 2 M; a minute at
// least). Failures are a Poisson process and may strike while a checkpoint is written or read.
// Source: Daly 2006, "A higher order estimate of the optimum checkpoint interval for restart
// dumps", the complete form; to first order that is (1 - w/dt)(1 - (dt/2 + u)/M) with Young's
// interval sqrt(2 w M), CACM 17(9), 1974.
// A stated interval is cut to `work`, the run without failures: there is no more to lose.
[[nodiscard]] Goodput goodput(const Reliability& reliability, double accelerators,
                              std::optional<Seconds> work = std::nullopt);
// The same at another rate of failures, of a node and day.
[[nodiscard]] Goodput goodput(const Reliability& reliability, double failures_per_node_day,
                              double accelerators, std::optional<Seconds> work);

// The same where so much work stands still for so long besides: failures strike the rest alone.
[[nodiscard]] Goodput with_pauses(Goodput goodput, Seconds work, Seconds pauses);

}  // namespace traincost
