// A published training run: what was measured, beside the job that should predict it.
//
// Reads one row of `traincost.published/1`. Whatever keeps a row from being scored (its own word,
// a missing layout, a chip that the database does not know) becomes a reason, never a fault: files
// of measured runs come from many hands.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/json.h"
#include "estimator/job/job.h"

namespace traincost {

struct PublishedRun {
  std::string id;
  std::string family;
  std::string report;                     // title of its source: whole runs of one are of one hand
  std::optional<Job> job;                 // of one step; absent where the row cannot be scored
  std::string unscored_reason;            // why it is absent
  Seconds step_time;                      // as measured; zero where unknown
  std::optional<Bytes> allocated_memory;  // of the most loaded rank, framework allocator's peak
  std::optional<Bytes> reserved_memory;   // what that allocator took from the device at most
  std::vector<std::pair<std::string, Seconds>> parts;  // of the step, by the names of step_parts
  std::optional<Job> iteration;  // instead of a step, where the row is of reinforcement learning
  // Of the whole run, where its accelerator time and tokens are stated, whatever else is: as a job
  // whose layout and software are the engine's to choose where the row leaves them open.
  std::optional<Job> whole;
  AcceleratorTime whole_time;
  std::optional<Job> starved;  // of one step, which ended out of memory (`measured.fits` false)
  // The source itself calls the row a regression of a software patch: scored, but listed apart.
  bool regression = false;
};

// `file` names the row's file in reasons. Throws InputError only where `row` is not an object.
[[nodiscard]] PublishedRun read_published_run(const JsonValue& row, const std::string& file,
                                              const HardwareDb& db);

}  // namespace traincost
