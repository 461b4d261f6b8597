// What somebody measured: one kernel or one collective, its shape, how long it took, and where that
// is written. Read only to compare the engine with, and to fit its curves on (calibrate).
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/cursor.h"
#include "hwdb/record.h"

namespace traincost {

// Which of a layer's passes a kernel belongs to.
enum class Pass { kForward, kInputGradient, kWeightGradient, kBackward, kBoth };

// m x k by k x n, once for each of `groups`.
struct MeasuredGemm {
  std::string precision;
  double m = 0, n = 0, k = 0;
  double groups = 1;
  Pass pass = Pass::kForward;
  bool accumulate = false;  // the result is added to a gradient in fp32
  bool casts = false;       // the time holds casting the m x k operand
  bool warm = false;        // after seconds of the same load: at the rate that lasts
  bool best_of = false;     // the best of many shapes, not a fair draw
};

struct MeasuredAttention {
  std::string kernel;  // generation: "fa2", "cudnn"; "fa3-paged" where a server's cache is read
  Pass pass = Pass::kForward;
  bool causal = false;
  double batch = 0, sequence_length = 0, heads = 0, kv_heads = 0, qk_dim = 0, v_dim = 0;
};

struct MeasuredCollective {
  std::string collective;  // "all_reduce", "all_gather", "reduce_scatter", "all_to_all", "send"
  int ranks = 0;
  int ranks_per_node = 0;
  std::optional<Bandwidth> nic;  // per accelerator and direction, where it crosses nodes
  std::string algorithm;         // where one was forced: "ring", "tree", "nvls", "nvlstree"
  bool timed_singly = false;     // each call from a barrier, not the mean of many in a row
  Bytes bytes;                   // as nccl-tests counts them: of the gathered tensor
};

struct MeasuredElementWise {
  std::string kernel;
  Bytes bytes;
};

struct Measurement {
  std::string accelerator;  // id in the database
  std::string platform;     // the machine in words, where it is known
  std::string system;       // id in the database; empty: what the accelerator is usually built into
  std::string source;       // key into the sources
  Seconds time;
  bool apart =
      false;  // its source doubts the machine: compared, but by itself, and never fitted on
  std::variant<MeasuredGemm, MeasuredAttention, MeasuredCollective, MeasuredElementWise> shape;
};

struct Measurements {
  std::vector<Measurement> rows;
  std::vector<Source> sources;

  // Reads one row of a file: {"op": ..., "accelerator": ..., "time_us": ..., "source": ...} with
  // the shape's own members, or a source {"id", "kind", "title", "where", "retrieved"}. Throws
  // InputError with all faults of the row.
  void read_row(const JsonValue& row, const std::string& file);
};

}  // namespace traincost
