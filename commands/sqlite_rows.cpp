#include "commands/sqlite_rows.h"

#include <SQLiteCpp/SQLiteCpp.h>

#include <filesystem>
#include <utility>

#include "base/fault.h"

namespace traincost {
namespace {

std::string quoted_name(const std::string& name) {
  std::string text = "\"";
  for (const char c : name) text += c == '"' ? std::string("\"\"") : std::string(1, c);
  return text + "\"";
}

const char* type_of(const SweepColumn& column) {
  switch (column.kind) {
    case ColumnKind::kNumber: return " real";
    case ColumnKind::kInteger:
    case ColumnKind::kTruth: return " integer";
    case ColumnKind::kText:
    case ColumnKind::kAxis: break;
  }
  return column.name == "id" ? " text primary key" : " text";
}

void bind_cell(SQLite::Statement& row, int at, const Cell& cell) {
  if (const auto* number = std::get_if<double>(&cell)) {
    row.bind(at, *number);
  } else if (const auto* integer = std::get_if<std::int64_t>(&cell)) {
    row.bind(at, *integer);
  } else if (const auto* on = std::get_if<bool>(&cell)) {
    row.bind(at, *on ? 1 : 0);
  } else if (const auto* text = std::get_if<std::string>(&cell)) {
    row.bind(at, *text);
  } else {
    row.bind(at);
  }
}

}  // namespace

struct SqliteRows::Database {
  std::string path;
  std::vector<SweepColumn> columns;
  std::unique_ptr<SQLite::Database> handle;
  std::unique_ptr<SQLite::Statement> row;
  std::unique_ptr<SQLite::Transaction> open;
  std::optional<std::int64_t> next;

  // Runs `work`; what SQLite says against it becomes a fault of the file.
  template <typename Work>
  auto guarded(const char* what, Work work) const {
    try {
      return work();
    } catch (const SQLite::Exception& error) {
      throw InputError(Fault{path, 0, "", std::string(what) + ": " + error.what(), ""});
    }
  }

  void read_journal(const std::string& head) {
    SQLite::Statement query(*handle, "select head, next from journal");
    std::string known;
    if (query.executeStep()) {
      known = query.getColumn(0).getString();
      if (!query.getColumn(1).isNull()) next = query.getColumn(1).getInt64();
    }
    if (known != head) {
      throw InputError(Fault{path, 0, "",
                             "belongs to another sweep, shard, database or version of traincost",
                             "--overwrite begins anew"});
    }
  }

  void begin(const std::string& head) const {
    std::string names;
    for (const SweepColumn& column : columns) {
      names += (names.empty() ? "" : ", ") + quoted_name(column.name) + type_of(column);
    }
    SQLite::Transaction creation(*handle);
    handle->exec("create table sweep (" + names + ") without rowid");
    handle->exec("create table journal (head text, next integer)");
    SQLite::Statement note(*handle, "insert into journal values (?, null)");
    note.bind(1, head);
    note.exec();
    creation.commit();
  }
};

SqliteRows::SqliteRows(const std::string& path, const std::string& head,
                       std::vector<SweepColumn> columns, bool overwrite)
    : db_(std::make_unique<Database>()) {
  std::error_code ignored;
  if (overwrite) std::filesystem::remove(path, ignored);
  db_->path = path;
  db_->columns = std::move(columns);
  db_->guarded("cannot be opened", [&] {
    constexpr int kPatience = 5000;  // milliseconds
    db_->handle = std::make_unique<SQLite::Database>(
        path, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE, kPatience);
  });
  db_->guarded("is no database of a sweep", [&] {
    const bool unfinished = db_->handle->tableExists("journal");
    if (!unfinished && db_->handle->tableExists("sweep")) {
      throw InputError(Fault{path, 0, "", "exists, and holds a finished sweep",
                             "--overwrite replaces it; or choose another name"});
    }
    unfinished ? db_->read_journal(head) : db_->begin(head);
    std::string places;
    for (std::size_t i = 0; i < db_->columns.size(); ++i) places += i == 0 ? "?" : ",?";
    db_->row = std::make_unique<SQLite::Statement>(*db_->handle,
                                                   "insert into sweep values (" + places + ")");
    db_->open = std::make_unique<SQLite::Transaction>(*db_->handle);
  });
}

SqliteRows::~SqliteRows() = default;

std::optional<std::int64_t> SqliteRows::next() const {
  return db_->next && *db_->next > 0 ? db_->next : std::nullopt;
}

void SqliteRows::insert(const std::vector<SweepRow>& rows) {
  db_->guarded("cannot be written", [&] {
    for (const SweepRow& row : rows) {
      for (std::size_t i = 0; i < db_->columns.size(); ++i) {
        bind_cell(*db_->row, static_cast<int>(i) + 1, db_->columns[i].cell(row));
      }
      db_->row->exec();
      db_->row->reset();
    }
  });
}

void SqliteRows::commit(std::int64_t next) {
  db_->guarded("cannot be written", [&] {
    db_->handle->exec("update journal set next = " + std::to_string(next));
    db_->open->commit();
    db_->open = std::make_unique<SQLite::Transaction>(*db_->handle);
  });
}

void SqliteRows::finish() {
  db_->guarded("cannot be written", [&] {
    db_->handle->exec("drop table journal");
    db_->open->commit();
    db_->open.reset();
  });
}

}  // namespace traincost
