// The rows of a sweep in an SQLite database: table `sweep`, a column for each of sweep_columns.
//
// How far it is stands in table `journal` and is written in the transaction of its rows, so that a
// killed run goes on with nothing lost or doubled; the table goes when the sweep is complete.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "estimator/questions/sweep.h"
#include "reports/sweep_rows.h"

namespace traincost {

class SqliteRows {
 public:
  // `head` says which sweep it is. Throws InputError where the file is another sweep's or no
  // database.
  SqliteRows(const std::string& path, const std::string& head, std::vector<SweepColumn> columns,
             bool overwrite);
  ~SqliteRows();
  SqliteRows(const SqliteRows&) = delete;
  SqliteRows& operator=(const SqliteRows&) = delete;

  [[nodiscard]] std::optional<std::int64_t> next() const;  // nothing where it is new
  void insert(const std::vector<SweepRow>& rows);
  void commit(std::int64_t next);
  void finish();

 private:
  struct Database;
  std::unique_ptr<Database> db_;
};

}  // namespace traincost
