#include "commands/sqlite_rows.h"

#include <sqlite3.h>

#include <filesystem>

#include "base/fault.h"

namespace traincost {
namespace {

std::string quoted_name(const std::string& name) {
  std::string text = "\"";
  for (const char c : name) text += c == '"' ? std::string("\"\"") : std::string(1, c);
  return text + "\"";
}

}  // namespace

struct SqliteRows::Database {
  std::string path;
  sqlite3* handle = nullptr;
  sqlite3_stmt* row = nullptr;
  std::optional<std::int64_t> next;

  explicit Database(std::string file) : path(std::move(file)) {
    if (sqlite3_open(path.c_str(), &handle) != SQLITE_OK) fail("cannot be opened");
    sqlite3_busy_timeout(handle, 5000);
  }
  ~Database() {
    sqlite3_finalize(row);
    sqlite3_close(handle);
  }
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  [[noreturn]] void fail(const std::string& what) const {
    throw InputError(Fault{path, 0, "", what + ": " + sqlite3_errmsg(handle), ""});
  }
  void run(const std::string& sql) const {
    if (sqlite3_exec(handle, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
      fail("cannot be written");
    }
  }
  [[nodiscard]] sqlite3_stmt* prepare(const std::string& sql) const {
    sqlite3_stmt* statement = nullptr;
    if (sqlite3_prepare_v2(handle, sql.c_str(), -1, &statement, nullptr) != SQLITE_OK) {
      fail("is no database of a sweep");
    }
    return statement;
  }
  [[nodiscard]] bool has_table(const std::string& name) const {
    sqlite3_stmt* query = prepare(
        "select count(*) from sqlite_master where type = 'table' and name = '" + name + "'");
    const bool found = sqlite3_step(query) == SQLITE_ROW && sqlite3_column_int(query, 0) > 0;
    sqlite3_finalize(query);
    return found;
  }
  void read_journal(const std::string& head) {
    sqlite3_stmt* query = prepare("select head, next from journal");
    const bool found = sqlite3_step(query) == SQLITE_ROW;
    const std::string known =
        found ? reinterpret_cast<const char*>(sqlite3_column_text(query, 0)) : "";
    if (found) next = sqlite3_column_int64(query, 1);
    sqlite3_finalize(query);
    if (known != head) {
      throw InputError(Fault{path, 0, "",
                             "belongs to another sweep, shard, database or version of traincost",
                             "--overwrite begins anew"});
    }
  }
  void begin(const std::string& head, const std::vector<SweepColumn>& columns) const {
    std::string names;
    for (const SweepColumn& column : columns) {
      names += (names.empty() ? "" : ", ") + quoted_name(column.name) +
               (column.number         ? " real"
                : column.name == "id" ? " text primary key"
                                      : " text");
    }
    run("begin; create table sweep (" + names +
        ") without rowid; create table journal (head text, next integer)");
    sqlite3_stmt* note = prepare("insert into journal values (?, null)");
    sqlite3_bind_text(note, 1, head.c_str(), -1, SQLITE_TRANSIENT);
    sqlite3_step(note);
    sqlite3_finalize(note);
    run("commit");
  }
};

SqliteRows::SqliteRows(const std::string& path, const std::string& head,
                       const std::vector<SweepColumn>& columns, bool overwrite) {
  std::error_code ignored;
  if (overwrite) std::filesystem::remove(path, ignored);
  db_ = std::make_unique<Database>(path);
  const bool unfinished = db_->has_table("journal");
  if (!unfinished && db_->has_table("sweep")) {
    throw InputError(Fault{path, 0, "", "exists, and holds a finished sweep",
                           "--overwrite replaces it; or choose another name"});
  }
  if (unfinished) {
    db_->read_journal(head);
  } else {
    db_->begin(head, columns);
  }
  std::string places;
  for (std::size_t i = 0; i < columns.size(); ++i) places += i == 0 ? "?" : ",?";
  db_->row = db_->prepare("insert into sweep values (" + places + ")");
  db_->run("begin");
}

SqliteRows::~SqliteRows() = default;

std::optional<std::int64_t> SqliteRows::next() const {
  return db_->next && *db_->next > 0 ? db_->next : std::nullopt;
}

void SqliteRows::insert(const std::vector<SweepRow>& rows) {
  sqlite3_stmt* statement = db_->row;
  for (const SweepRow& row : rows) {
    int at = 0;
    const auto text = [&](const std::string& value) {
      ++at;
      if (value.empty()) {
        sqlite3_bind_null(statement, at);
      } else {
        sqlite3_bind_text(statement, at, value.c_str(), -1, SQLITE_TRANSIENT);
      }
    };
    const bool known = row.error.empty();
    const auto number = [&](std::optional<double> value) {
      ++at;
      if (value) {
        sqlite3_bind_double(statement, at, *value);
      } else {
        sqlite3_bind_null(statement, at);
      }
    };
    const auto whole = [&](std::int64_t value) {
      number(known ? std::optional(static_cast<double>(value)) : std::nullopt);
    };
    text("point-" + std::to_string(row.index));
    text("sweep");
    for (const SweepValue& value : row.values) text(value.text);
    text(row.model);
    text(row.accelerator);
    whole(row.accelerators);
    text(row.precision);
    for (const auto& figure : row.figures) number(figure);
    whole(row.fits ? 1 : 0);
    const Layout& l = row.layout;
    for (const int degree : {l.tp, l.pp, l.vp, l.cp, l.dp, l.ep, l.zero}) whole(degree);
    whole(row.batch.micro_batch);
    whole(row.batch.global_batch);
    text(known ? std::string(recompute_name(row.batch.recompute)) : "");
    text(known ? std::string(schedule_name(l.schedule)) : "");
    text(row.error);
    if (sqlite3_step(statement) != SQLITE_DONE) db_->fail("cannot be written");
    sqlite3_reset(statement);
  }
}

void SqliteRows::commit(std::int64_t next) {
  db_->run("update journal set next = " + std::to_string(next) + "; commit; begin");
}

void SqliteRows::finish() { db_->run("drop table journal; commit"); }

}  // namespace traincost
