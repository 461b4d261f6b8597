// Where the rows of a sweep go: a file, written in order, that a killed run goes on with.
//
// Beside the file stands a journal (FILE.journal) of how many points are in it and how long it then
// was. Going on cuts the file at the last line of the journal, so that nothing is lost or doubled;
// the journal goes when the file is complete. A shard then leaves FILE.done, by which `merge` knows
// that all of them are there, and of one sweep.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "commands/threads.h"
#include "estimator/questions/sweep.h"
#include "hwdb/hwdb.h"

namespace traincost {

struct Shard {
  std::int64_t index = 1;  // 1 to `of`
  std::int64_t of = 1;

  // Its points: the shards of a sweep are consecutive parts of it.
  [[nodiscard]] std::int64_t first(std::int64_t points) const;
  [[nodiscard]] std::int64_t last(std::int64_t points) const;
};

struct SweepTarget {
  std::string path;      // .csv, .ndjson or .sqlite
  std::string database;  // which records are used, as the journal remembers it
  Shard shard;
  bool overwrite = false;
  bool part = false;  // to be merged, even where it is the only one
};

struct SweepOutcome {
  std::int64_t points = 0;   // in the file
  std::int64_t resumed = 0;  // of them, there already
  std::int64_t failed = 0;   // of those written now, points that are no job
  bool complete = true;
};

// Beside a finished shard: what it is a shard of.
[[nodiscard]] std::string finished_mark(const std::string& path);

// Throws InputError where the file is another sweep's, and OutputError where it cannot be written.
[[nodiscard]] SweepOutcome write_sweep(const SweepSpec& spec, const HardwareDb& db,
                                       const SweepTarget& target, int threads,
                                       const std::atomic<bool>& stop, ProgressLine& line);

// The parts of a sweep, in order of their shards, as one file. Throws InputError where a part is
// unfinished, missing or another sweep's.
void merge_sweeps(const std::vector<std::string>& parts, const std::string& path);

}  // namespace traincost
