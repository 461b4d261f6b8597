// Published steps that the engine was held against, in a few features each: what a plan is near to.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "hwdb/hwdb.h"

namespace traincost {

// One step. Text fields hold no blank and no ';'.
struct KnownRun {
  std::string id;
  std::string software;     // framework of its stack; "unnamed" where the source names none
  std::string accelerator;  // id
  std::string precision;    // of its products
  int count = 0;            // of accelerators
  bool experts = false;
  double active_parameters = 0;  // that one token meets
  double sequence_length = 0;    // tokens
  int tp = 1, pp = 1, cp = 1, ep = 1, zero = 0;
  double measured = 0, predicted = 0;  // seconds; the answer, the median
};

// What `traincost validate --learn` keeps of all rows: some runs of each family, evenly spaced, and
// how many steps of all use each knob.
struct KnownRuns {
  Record record;
  std::vector<KnownRun> runs;
  std::vector<std::pair<std::string, int>> knobs;  // "zero=3" 216, as used_knobs names them
  // The highest MFU of all rows on a chip by the precision of its products: "h100-sxm/bf16" 0.58.
  std::vector<std::pair<std::string, double>> reached;

  // 0 where no row of that kind is known.
  [[nodiscard]] double highest_mfu(const std::string& accelerator,
                                   const std::string& precision) const;
};

// As records hold them: words of a run's fields with ';' between, and "knob:steps". Words that are
// none are left out where they are read.
[[nodiscard]] std::string runs_text(const std::vector<KnownRun>& runs);
[[nodiscard]] std::vector<KnownRun> runs_from(const std::string& text);
[[nodiscard]] std::string knobs_text(const std::vector<std::pair<std::string, int>>& knobs);
[[nodiscard]] std::vector<std::pair<std::string, int>> knobs_from(const std::string& text);

[[nodiscard]] std::string reached_text(const std::vector<std::pair<std::string, double>>& reached);
[[nodiscard]] std::vector<std::pair<std::string, double>> reached_from(const std::string& text);

[[nodiscard]] KnownRuns read_known_runs(const JsonCursor& cursor);

// What the database holds of it; none where it holds none. Reads the record anew at each call.
[[nodiscard]] KnownRuns known_runs_of(const HardwareDb& db);

}  // namespace traincost
