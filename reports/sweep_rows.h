// The rows of a sweep: one table of columns, from which every form of them is made.
//
// Comma-separated values and JSON objects a line are written here, tables of a database by
// commands/sqlite_rows.h; the schema of a row folds over the same columns.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "estimator/questions/sweep.h"

namespace traincost {

enum class RowFormat { kCsv, kNdjson };

// What a cell holds: nothing, a number, a count, a switch, or a text.
using Cell = std::variant<std::monostate, double, std::int64_t, bool, std::string>;

enum class ColumnKind { kNumber, kInteger, kTruth, kText, kAxis };

struct SweepColumn {
  std::string name;
  ColumnKind kind = ColumnKind::kText;
  std::string text;      // what it is, in a few words
  bool scales = false;   // differs between rows of the same job
  std::size_t axis = 0;  // of kAxis: which, as its value was written
  std::function<Cell(const SweepRow&)> cell;
};

// The columns of a sweep's rows, in order: id, question, a column for each axis, then those that
// every sweep has.
[[nodiscard]] std::vector<SweepColumn> sweep_columns(const SweepSpec& spec);

// The JSON Schema of a row (NDJSON), axes apart.
[[nodiscard]] std::string sweep_row_schema();

// Writes rows one after the other; what stays the same between them is not made again.
class SweepRows {
 public:
  SweepRows(const SweepSpec& spec, RowFormat format);

  [[nodiscard]] std::string header() const;  // empty where the format has none
  // `same_job`: the row differs from the one before in what scales alone.
  void append(const SweepRow& row, bool same_job, std::string& text);

 private:
  void keep(const SweepRow& row);
  void add(const SweepColumn& column, const SweepRow& row, std::string& text) const;

  RowFormat format_;
  std::vector<SweepColumn> columns_;
  std::vector<std::string> before_;   // each cell: ",", or ",\"step_time_s\":"
  std::vector<std::size_t> scaling_;  // columns that scale, and
  std::vector<std::string> kept_;     //   what stands before each of them and after the last
};

}  // namespace traincost
