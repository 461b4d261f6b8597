#include "commands/sweep_file.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>

#include "commands/common.h"
#include "commands/sqlite_rows.h"
#include "reports/csv.h"
#include "reports/report.h"
#include "reports/sweep_rows.h"

namespace traincost {
namespace {

namespace fs = std::filesystem;

// Points that one thread takes at a time, at the most, and its blocks between two journal lines.
constexpr std::int64_t kLargestBlock = 2048;
constexpr std::int64_t kBlocksPerThread = 8;

[[noreturn]] void fail(const std::string& file, const std::string& message,
                       const std::string& remedy = "") {
  throw InputError(Fault{file, 0, "", message, remedy});
}

[[noreturn]] void cannot_write(const std::string& file) {
  throw OutputError{file + ": cannot be written", "is its folder there, and has the disk room?"};
}

std::string extension_of(const std::string& path) {
  std::string extension = fs::path(path).extension().string();
  for (const char* known : {".csv", ".ndjson", ".jsonl", ".sqlite", ".db"}) {
    if (extension == known) return extension;
  }
  throw UsageError{"--out \"" + path + "\" has no known format",
                   "a name that ends in .csv, .ndjson or .sqlite"};
}

bool is_sqlite(const std::string& extension) {
  return extension == ".sqlite" || extension == ".db";
}

// All but the shard is the same in each part of a sweep.
std::string journal_head(const SweepSpec& spec, const SweepTarget& target) {
  return "{\"schema\":\"traincost.journal/1\",\"engine_version\":" + json_string(engine_version()) +
         ",\"data_version\":" + json_string(data_version()) +
         ",\"database\":" + json_string(target.database) + ",\"shard\":\"" +
         std::to_string(target.shard.index) + "/" + std::to_string(target.shard.of) +
         "\",\"sweep\":" + spec.text() + "}";
}

// The rows written so far, and the length of the file with them.
struct Mark {
  std::int64_t next = 0;
  std::uintmax_t length = 0;
};

// The last complete line of a journal.
std::optional<Mark> last_mark(const std::string& journal, const std::string& head) {
  std::ifstream in(journal, std::ios::binary);
  if (!in) return std::nullopt;
  std::string line;
  std::optional<Mark> mark;
  bool first = true;
  while (std::getline(in, line)) {
    const bool complete = !in.eof();  // a line that was cut has no end
    if (!first && line.empty()) continue;
    if (first) {
      if (!complete) return std::nullopt;
      if (line != head) {
        fail(journal, "belongs to another sweep, shard, database or version of traincost",
             "--overwrite begins anew; or remove the journal and its file");
      }
      first = false;
      continue;
    }
    if (!complete) break;
    Mark read;
    const char* end = line.data() + line.size();
    const auto next = std::from_chars(line.data(), end, read.next);
    if (next.ec != std::errc{} || next.ptr == end) break;
    const auto length = std::from_chars(next.ptr + 1, end, read.length);
    // "12 3" may be what is left of "12 345": it stands on a line that was cut, and such a line is
    // followed by an empty one only where a later run went on.
    if (length.ec != std::errc{} || length.ptr == end || *length.ptr != '.') continue;
    mark = read;
  }
  return first ? std::nullopt : std::optional(mark.value_or(Mark{-1, 0}));
}

// A text file that grows, with its journal.
class TextFile {
 public:
  TextFile(const SweepTarget& target, const std::string& head, const std::string& header)
      : path_(target.path), journal_path_(target.path + ".journal") {
    std::optional<Mark> mark;
    if (!target.overwrite) mark = last_mark(journal_path_, head);
    if (mark && mark->next >= 0) {
      std::error_code error;
      const std::uintmax_t length = fs::file_size(path_, error);
      if (error) fail(path_, "is gone, but its journal is there", "--overwrite begins anew");
      if (length < mark->length) {
        fail(path_, "is shorter than its journal says", "--overwrite begins anew");
      }
      fs::resize_file(path_, mark->length);
      mark_ = *mark;
      out_.open(path_, std::ios::binary | std::ios::app);
      // A journal cut short keeps its complete lines: begin the next on a line of its own.
      journal_.open(journal_path_, std::ios::binary | std::ios::app);
      journal_ << '\n';
      note(mark_.next);
      return;
    }
    std::ifstream done(finished_mark(path_), std::ios::binary);
    std::string known;
    if (!target.overwrite && done && std::getline(done, known) && known == head) {
      finished_ = true;
      return;
    }
    if (!mark && !target.overwrite && fs::exists(path_)) {
      fail(path_, "exists, and no journal says that it is unfinished",
           "--overwrite replaces it; or choose another name");
    }
    std::error_code error;
    fs::remove(finished_mark(path_), error);
    // The journal first, and with its head at once, whenever the program is killed: a file without
    // one is somebody's own.
    const std::string begun = journal_path_ + ".new";
    journal_.open(begun, std::ios::binary | std::ios::trunc);
    journal_ << head << '\n' << std::flush;
    if (!journal_) cannot_write(path_);
    fs::rename(begun, journal_path_, error);
    if (error) cannot_write(path_);
    out_.open(path_, std::ios::binary | std::ios::trunc);
    if (!out_) {
      fs::remove(journal_path_, error);
      cannot_write(path_);
    }
    write(header);
    begun_ = true;
  }

  // Whether it is a shard that was finished before.
  [[nodiscard]] bool finished() const { return finished_; }

  // Where to go on: nothing where the file is new.
  [[nodiscard]] std::optional<std::int64_t> next() const {
    return begun_ ? std::nullopt : std::optional(mark_.next);
  }

  void write(const std::string& text) {
    out_ << text;
    mark_.length += text.size();
  }

  // All rows before `next` are in the file.
  void note(std::int64_t next) {
    mark_.next = next;
    out_ << std::flush;
    journal_ << next << ' ' << mark_.length << ".\n" << std::flush;
    if (!out_ || !journal_) cannot_write(path_);
  }

  void finish(bool is_part, const std::string& head) {
    out_.close();
    journal_.close();
    if (is_part) {
      std::ofstream done(finished_mark(path_), std::ios::binary | std::ios::trunc);
      done << head << '\n';
      done.close();
      if (!done) cannot_write(finished_mark(path_));
    }
    std::error_code ignored;
    fs::remove(journal_path_, ignored);
  }

 private:
  std::string path_, journal_path_;
  std::ofstream out_, journal_;
  Mark mark_;
  bool begun_ = false;
  bool finished_ = false;
};

// Rounds of blocks: computed on all threads, handed on in order. A point may take a microsecond or
// a search: blocks grow while a round is short and shrink where it is long, so that points are
// shared among the threads and noted about every second.
template <typename Block>
bool for_blocks(std::int64_t first, std::int64_t last, int threads, const std::atomic<bool>& stop,
                const std::function<Block(std::int64_t, std::int64_t)>& compute,
                const std::function<void(Block&)>& take,
                const std::function<void(std::int64_t)>& after_round) {
  const ForEach for_each = on_threads(threads);
  constexpr std::chrono::milliseconds kShort{100};
  constexpr std::chrono::milliseconds kLong{1000};
  std::int64_t block = 1;
  for (std::int64_t at = first; at < last;) {
    if (stop) return false;
    const auto started = std::chrono::steady_clock::now();
    const std::int64_t blocks =
        std::min(threads * kBlocksPerThread, (last - at + block - 1) / block);
    std::vector<Block> made(static_cast<std::size_t>(blocks));
    const auto work = [&](std::size_t i) {
      const std::int64_t from = at + block * static_cast<std::int64_t>(i);
      made[i] = compute(from, std::min(from + block, last));
    };
    if (for_each) {
      for_each(made.size(), work);
    } else {
      for (std::size_t i = 0; i < made.size(); ++i) work(i);
    }
    for (Block& each : made) take(each);
    at = std::min(at + blocks * block, last);
    after_round(at);
    const auto taken = std::chrono::steady_clock::now() - started;
    if (taken < kShort) block = std::min(4 * block, kLargestBlock);
    if (taken > kLong) block = std::max<std::int64_t>(1, block / 2);
  }
  return true;
}

SweepOutcome write_text(const SweepSpec& spec, const HardwareDb& db, const SweepTarget& target,
                        int threads, const std::atomic<bool>& stop, ProgressLine& line) {
  const RowFormat format =
      extension_of(target.path) == ".csv" ? RowFormat::kCsv : RowFormat::kNdjson;
  const std::int64_t first = target.shard.first(spec.points());
  const std::int64_t last = target.shard.last(spec.points());
  const std::string head = journal_head(spec, target);
  TextFile file(target, head, SweepRows(spec, format).header());
  SweepOutcome outcome;
  if (file.finished()) {
    outcome.points = outcome.resumed = last - first;
    return outcome;
  }
  const std::int64_t from = file.next().value_or(first);
  std::atomic<std::int64_t> failed = 0;
  outcome.points = from - first;
  outcome.resumed = from - first;
  outcome.complete = for_blocks<std::string>(
      from, last, threads, stop,
      [&](std::int64_t begin, std::int64_t end) {
        SweepRows rows(spec, format);
        std::string text;
        sweep(spec, db, begin, end, [&](const SweepRow& row, bool same_job) {
          rows.append(row, same_job, text);
          if (!row.error.empty()) ++failed;
        });
        return text;
      },
      [&](const std::string& text) { file.write(text); },
      [&](std::int64_t next) {
        file.note(next);
        outcome.points = next - first;
        line.show(static_cast<double>(next - from), static_cast<double>(last - from));
      });
  outcome.failed = failed;
  if (outcome.complete) file.finish(target.part || target.shard.of > 1, head);
  return outcome;
}

SweepOutcome write_sqlite(const SweepSpec& spec, const HardwareDb& db, const SweepTarget& target,
                          int threads, const std::atomic<bool>& stop, ProgressLine& line) {
  const std::int64_t first = target.shard.first(spec.points());
  const std::int64_t last = target.shard.last(spec.points());
  SqliteRows table(target.path, journal_head(spec, target), sweep_columns(spec), target.overwrite);
  const std::int64_t from = table.next().value_or(first);
  SweepOutcome outcome;
  outcome.points = from - first;
  outcome.resumed = from - first;
  outcome.complete = for_blocks<std::vector<SweepRow>>(
      from, last, threads, stop,
      [&](std::int64_t begin, std::int64_t end) {
        std::vector<SweepRow> rows;
        sweep(spec, db, begin, end, [&](const SweepRow& row, bool) { rows.push_back(row); });
        return rows;
      },
      [&](const std::vector<SweepRow>& rows) {
        table.insert(rows);
        outcome.failed += std::count_if(rows.begin(), rows.end(),
                                        [](const SweepRow& row) { return !row.error.empty(); });
      },
      [&](std::int64_t next) {
        table.commit(next);
        outcome.points = next - first;
        line.show(static_cast<double>(next - from), static_cast<double>(last - from));
      });
  if (outcome.complete) table.finish();
  return outcome;
}

// ---- merge ----

// The number of the row that a line holds: "point-17,..." or {"id":"point-17",...}.
std::optional<std::int64_t> point_of(const std::string& line) {
  const std::size_t at = line.find("point-");
  constexpr std::size_t kLatest = 7;  // {"id":"
  if (at > kLatest) return std::nullopt;
  std::int64_t number = 0;
  const char* begin = line.data() + at + 6;
  const auto read = std::from_chars(begin, line.data() + line.size(), number);
  return read.ec == std::errc{} ? std::optional(number) : std::nullopt;
}

// Rows in order, the header once.
void append_parts(const std::vector<std::string>& parts, std::ofstream& out) {
  std::string header;
  std::int64_t expected = 0;
  for (const std::string& part : parts) {
    std::ifstream in(part, std::ios::binary);
    if (!in) fail(part, "cannot be read");
    std::string line;
    for (int number = 1; std::getline(in, line); ++number) {
      if (in.eof()) throw InputError(Fault{part, number, "", "ends within a row", ""});
      line += '\n';
      const auto point = point_of(line);
      if (!point) {
        if (number > 1) throw InputError(Fault{part, number, "", "is no row of a sweep", ""});
        if (header.empty()) out << (header = line);
        continue;
      }
      if (*point != expected) {
        throw InputError(Fault{part, number, "",
                               "holds point " + std::to_string(*point) + " where point " +
                                   std::to_string(expected) + " should follow",
                               "write the shard again"});
      }
      ++expected;
      out << line;
    }
  }
}

}  // namespace

std::string finished_mark(const std::string& path) { return path + ".done"; }

std::int64_t Shard::first(std::int64_t points) const {
  return points / of * (index - 1) + std::min(points % of, index - 1);
}

std::int64_t Shard::last(std::int64_t points) const {
  return points / of * index + std::min(points % of, index);
}

SweepOutcome write_sweep(const SweepSpec& spec, const HardwareDb& db, const SweepTarget& target,
                         int threads, const std::atomic<bool>& stop, ProgressLine& line) {
  const std::string extension = extension_of(target.path);
  if (is_sqlite(extension) && target.shard.of > 1) {
    throw UsageError{"shards are written as .csv or .ndjson", "import the merged file into SQLite"};
  }
  try {
    const fs::path folder = fs::path(target.path).parent_path();
    if (!folder.empty()) fs::create_directories(folder);
    if (fs::is_directory(target.path)) fail(target.path, "is a folder", "name a file");
    if (!is_sqlite(extension)) return write_text(spec, db, target, threads, stop, line);
    return write_sqlite(spec, db, target, threads, stop, line);
  } catch (const fs::filesystem_error& error) {
    throw OutputError{target.path + ": cannot be written: " + error.code().message(), ""};
  }
}

// The head that a finished shard left, its shard cut out; its shard in `shard`.
std::string head_of_part(const std::string& part, Shard& shard) {
  if (fs::exists(part + ".journal")) {
    fail(part, "is unfinished: its journal is still there", "run its shard again to its end");
  }
  std::ifstream done(finished_mark(part), std::ios::binary);
  std::string head;
  if (!done || !std::getline(done, head)) {
    fail(part, "is no finished shard: no " + finished_mark(part) + " beside it",
         "write it by `traincost sweep ... --shard I/N --out " + part + "`");
  }
  const std::string key = "\"shard\":\"";
  const std::size_t at = head.find(key);
  const std::size_t from = at + key.size();
  const std::size_t end = at == std::string::npos ? at : head.find('"', from);
  const std::size_t slash = at == std::string::npos ? at : head.find('/', from);
  if (end == std::string::npos || slash == std::string::npos || slash > end) {
    fail(finished_mark(part), "says of no shard");
  }
  std::from_chars(head.data() + from, head.data() + slash, shard.index);
  std::from_chars(head.data() + slash + 1, head.data() + end, shard.of);
  return head.erase(at, end - at);
}

void merge_sweeps(const std::vector<std::string>& parts, const std::string& path) {
  if (fs::exists(path)) fail(path, "exists", "choose another name, or remove it");
  for (const std::string& part : parts) {
    if (fs::path(part).extension() == fs::path(path).extension()) continue;
    throw UsageError{path + " is not of the form of " + part,
                     "the merged file is what its parts are, .csv or .ndjson"};
  }
  std::string sweep_head;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    Shard shard;
    const std::string head = head_of_part(parts[i], shard);
    if (i == 0) sweep_head = head;
    if (head != sweep_head) fail(parts[i], "is of another sweep than " + parts.front());
    const auto index = static_cast<std::int64_t>(i) + 1;
    const auto count = static_cast<std::int64_t>(parts.size());
    if (shard.index != index || shard.of != count) {
      fail(parts[i],
           "is shard " + std::to_string(shard.index) + " of " + std::to_string(shard.of) +
               " where shard " + std::to_string(index) + " should stand" +
               (count == shard.of ? "" : "; " + std::to_string(count) + " are given"),
           "give every shard once, in order");
    }
  }
  const std::string half_way = path + ".part";
  std::ofstream out(half_way, std::ios::binary | std::ios::trunc);
  if (!out) cannot_write(path);
  try {
    append_parts(parts, out);
  } catch (...) {
    out.close();
    std::error_code ignored;
    fs::remove(half_way, ignored);
    throw;
  }
  out.close();
  if (!out) cannot_write(path);
  std::error_code error;
  fs::rename(half_way, path, error);
  if (error) cannot_write(path);
}

}  // namespace traincost
