// The rows of a sweep as text: comma-separated values, or a JSON object a line.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "estimator/questions/sweep.h"

namespace traincost {

enum class RowFormat { kCsv, kNdjson };

// A column's name, and whether it holds numbers; one for each cell of a row.
struct SweepColumn {
  std::string name;
  bool number = false;
};

class SweepRows {
 public:
  SweepRows(const SweepSpec& spec, RowFormat format);

  [[nodiscard]] const std::vector<SweepColumn>& columns() const { return columns_; }
  [[nodiscard]] std::string header() const;  // empty where the format has none
  void append(const SweepRow& row, bool same_job, std::string& text);

 private:
  void set_fixed(const SweepRow& row);
  void set_scaled(const SweepRow& row);

  RowFormat format_;
  std::vector<SweepColumn> columns_;
  std::size_t axes_;
  std::vector<std::string> cells_;  // of the row before; what stays is not made again
  std::vector<std::string> keys_;   // "\"step_time_s\":" of each column
};

}  // namespace traincost
