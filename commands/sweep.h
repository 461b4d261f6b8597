// The sweep that a command line describes; shared with the program that runs under mpirun.
#pragma once

#include <string>

#include "commands/command.h"
#include "commands/sweep_file.h"
#include "estimator/questions/sweep.h"

namespace traincost {

// A sweep document, or a job with axes beside it (--axis PATH=V1,V2,... ).
[[nodiscard]] SweepSpec sweep_of(const Arguments& arguments);

// --out, --overwrite, --shard and what names the database.
[[nodiscard]] SweepTarget target_of(const Arguments& arguments);

[[nodiscard]] Outcome sweep_outcome(const SweepSpec& spec, const SweepTarget& target,
                                    const SweepOutcome& written);

}  // namespace traincost
