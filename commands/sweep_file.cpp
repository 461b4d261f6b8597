#include "commands/sweep_file.h"

#include <algorithm>
#include <charconv>
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

// Points that one thread takes at a time, and the blocks of a thread between two journal lines.
constexpr std::int64_t kBlock = 2048;
constexpr std::int64_t kBlocksPerThread = 8;

[[noreturn]] void fail(const std::string& file, const std::string& message,
                       const std::string& remedy = "") {
  throw InputError(Fault{file, 0, "", message, remedy});
}

std::string extension_of(const std::string& path) {
  const std::string extension = fs::path(path).extension().string();
  for (const char* known : {".csv", ".ndjson", ".jsonl", ".sqlite", ".db"}) {
    if (extension == known) return extension;
  }
  throw UsageError{"--out \"" + path + "\" has no known format",
                   "a name that ends in .csv, .ndjson or .sqlite"};
}

bool is_sqlite(const std::string& extension) {
  return extension == ".sqlite" || extension == ".db";
}

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

// The last whole line of a journal.
std::optional<Mark> last_mark(const std::string& journal, const std::string& head) {
  std::ifstream in(journal, std::ios::binary);
  if (!in) return std::nullopt;
  std::string line;
  std::optional<Mark> mark;
  bool first = true;
  while (std::getline(in, line)) {
    const bool whole = !in.eof();  // a line that was cut has no end
    if (first) {
      if (!whole) return std::nullopt;
      if (line != head) {
        fail(journal, "belongs to another sweep, shard, database or version of traincost",
             "--overwrite begins anew; or remove the journal and its file");
      }
      first = false;
      continue;
    }
    if (!whole) break;
    Mark read;
    const char* end = line.data() + line.size();
    const auto next = std::from_chars(line.data(), end, read.next);
    if (next.ec != std::errc{} || next.ptr == end) break;
    if (std::from_chars(next.ptr + 1, end, read.length).ec != std::errc{}) break;
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
      if (error || length < mark->length) {
        fail(path_, "is shorter than its journal says", "--overwrite begins anew");
      }
      fs::resize_file(path_, mark->length);
      mark_ = *mark;
      out_.open(path_, std::ios::binary | std::ios::app);
      journal_.open(journal_path_, std::ios::binary | std::ios::trunc);
      journal_ << head << '\n';
      note(mark_.next);
      return;
    }
    if (!mark && !target.overwrite && fs::exists(path_)) {
      fail(path_, "exists, and no journal says that it is unfinished",
           "--overwrite replaces it; or choose another name");
    }
    journal_.open(journal_path_, std::ios::binary | std::ios::trunc);
    journal_ << head << '\n' << std::flush;
    out_.open(path_, std::ios::binary | std::ios::trunc);
    write(header);
    begun_ = true;
  }

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
    journal_ << next << ' ' << mark_.length << '\n' << std::flush;
    if (!out_ || !journal_) fail(path_, "cannot be written: is the disk full?");
  }

  void finish() {
    out_.close();
    journal_.close();
    fs::remove(journal_path_);
  }

 private:
  std::string path_, journal_path_;
  std::ofstream out_, journal_;
  Mark mark_;
  bool begun_ = false;
};

// Rounds of blocks: computed on all threads, handed on in order.
template <typename Block>
bool for_blocks(std::int64_t first, std::int64_t last, int threads, const std::atomic<bool>& stop,
                const std::function<Block(std::int64_t, std::int64_t)>& compute,
                const std::function<void(Block&)>& take,
                const std::function<void(std::int64_t)>& after_round) {
  const ForEach for_each = on_threads(threads);
  for (std::int64_t at = first; at < last;) {
    if (stop) return false;
    const std::int64_t blocks =
        std::min(threads * kBlocksPerThread, (last - at + kBlock - 1) / kBlock);
    std::vector<Block> made(static_cast<std::size_t>(blocks));
    const auto work = [&](std::size_t i) {
      const std::int64_t from = at + kBlock * static_cast<std::int64_t>(i);
      made[i] = compute(from, std::min(from + kBlock, last));
    };
    if (for_each) {
      for_each(made.size(), work);
    } else {
      for (std::size_t i = 0; i < made.size(); ++i) work(i);
    }
    for (Block& each : made) take(each);
    at = std::min(at + blocks * kBlock, last);
    after_round(at);
  }
  return true;
}

SweepOutcome write_text(const SweepSpec& spec, const HardwareDb& db, const SweepTarget& target,
                        int threads, const std::atomic<bool>& stop, ProgressLine& line) {
  const RowFormat format =
      extension_of(target.path) == ".csv" ? RowFormat::kCsv : RowFormat::kNdjson;
  const std::int64_t first = target.shard.first(spec.points());
  const std::int64_t last = target.shard.last(spec.points());
  TextFile file(target, journal_head(spec, target), SweepRows(spec, format).header());
  const std::int64_t from = file.next().value_or(first);
  SweepOutcome outcome;
  outcome.points = from - first;
  outcome.resumed = from - first;
  outcome.complete = for_blocks<std::string>(
      from, last, threads, stop,
      [&](std::int64_t begin, std::int64_t end) {
        SweepRows rows(spec, format);
        std::string text;
        sweep(spec, db, begin, end,
              [&](const SweepRow& row, bool same_job) { rows.append(row, same_job, text); });
        return text;
      },
      [&](const std::string& text) { file.write(text); },
      [&](std::int64_t next) {
        file.note(next);
        outcome.points = next - first;
        line.show(static_cast<double>(next - from), static_cast<double>(last - from));
      });
  if (outcome.complete) file.finish();
  return outcome;
}

SweepOutcome write_sqlite(const SweepSpec& spec, const HardwareDb& db, const SweepTarget& target,
                          int threads, const std::atomic<bool>& stop, ProgressLine& line) {
  const std::int64_t first = target.shard.first(spec.points());
  const std::int64_t last = target.shard.last(spec.points());
  SqliteRows table(target.path, journal_head(spec, target),
                   SweepRows(spec, RowFormat::kCsv).columns(), target.overwrite);
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
      [&](const std::vector<SweepRow>& rows) { table.insert(rows); },
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
  if (at == std::string::npos || at > kLatest) return std::nullopt;
  std::int64_t number = 0;
  const char* begin = line.data() + at + 6;
  const auto read = std::from_chars(begin, line.data() + line.size(), number);
  return read.ec == std::errc{} ? std::optional(number) : std::nullopt;
}

}  // namespace

std::int64_t Shard::first(std::int64_t points) const {
  return points / of * (index - 1) + std::min(points % of, index - 1);
}

std::int64_t Shard::last(std::int64_t points) const {
  return points / of * index + std::min(points % of, index);
}

SweepOutcome write_sweep(const SweepSpec& spec, const HardwareDb& db, const SweepTarget& target,
                         int threads, const std::atomic<bool>& stop, ProgressLine& line) {
  const std::string extension = extension_of(target.path);
  std::error_code error;
  const fs::path folder = fs::path(target.path).parent_path();
  if (!folder.empty()) fs::create_directories(folder, error);
  if (!is_sqlite(extension)) return write_text(spec, db, target, threads, stop, line);
  return write_sqlite(spec, db, target, threads, stop, line);
}

void merge_sweeps(const std::vector<std::string>& parts, const std::string& path) {
  if (fs::exists(path)) fail(path, "exists", "choose another name, or remove it");
  for (const std::string& part : parts) {
    if (fs::exists(part + ".journal")) {
      fail(part, "is unfinished: its journal is still there", "run its shard again to its end");
    }
  }
  const std::string half_way = path + ".part";
  std::ofstream out(half_way, std::ios::binary | std::ios::trunc);
  std::string header;
  std::int64_t expected = 0;
  for (const std::string& part : parts) {
    std::ifstream in(part, std::ios::binary);
    if (!in) fail(part, "cannot be read");
    std::string line;
    bool first = true;
    for (int number = 1; std::getline(in, line); ++number, first = false) {
      line += '\n';
      const auto point = point_of(line);
      if (!point) {
        if (!first) throw InputError(Fault{part, number, "", "is no row of a sweep", ""});
        if (expected > 0 && line != header) fail(part, "has other columns than the first part");
        if (expected == 0) out << (header = line);
        continue;
      }
      if (*point != expected) {
        throw InputError(Fault{part, number, "",
                               "holds point " + std::to_string(*point) + " where point " +
                                   std::to_string(expected) + " should follow",
                               "give every shard once, in order"});
      }
      ++expected;
      out << line;
    }
  }
  out.close();
  if (!out) fail(path, "cannot be written: is the disk full?");
  fs::rename(half_way, path);
}

}  // namespace traincost
