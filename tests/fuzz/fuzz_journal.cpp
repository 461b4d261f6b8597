// Journals of sweeps, and shards that merge: whatever lies beside a file, a sweep goes on to the
// same rows or is refused, and a merge holds every row once.
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "base/json.h"
#include "commands/sweep_file.h"
#include "estimator/job/members.h"
#include "tests/fuzz/fuzz.h"

namespace {

namespace fs = std::filesystem;

std::string read(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

void write(const fs::path& path, const std::string& text) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace traincost;
  static const HardwareDb db = HardwareDb::load();
  static const fs::path folder = [] {
    std::string name = (fs::temp_directory_path() / "traincost-fuzz-XXXXXX").string();
    return fs::path(mkdtemp(name.data()));
  }();
  static const SweepSpec spec = [] {
    const JsonValue document = parse_json(
        R"({"job": {"model": "gpt2", "cluster": {"accelerator": "h100-sxm", "count": 8},
            "layout": {"dp": 8}, "run": {"tokens": "1B tokens", "recompute": "none",
            "micro_batch": 1}},
            "axes": [{"path": "run.tokens", "values": ["1B tokens", "2B tokens", "3B tokens"]}]})",
        "fuzz.sweep.json");
    return read_sweep(document, "fuzz.sweep.json");
  }();
  static const std::string whole = [] {
    ProgressLine line("fuzzing");
    const std::atomic<bool> never = false;
    SweepTarget target;
    target.path = (folder / "whole.csv").string();
    static_cast<void>(write_sweep(spec, db, target, 1, never, line));
    return read(target.path);
  }();
  if (size == 0) return 0;
  const std::string text(fuzz::text(data + 1, size - 1));
  const fs::path out = folder / "out.csv";
  const fs::path part = folder / "part.csv";
  for (const fs::path& each : fs::directory_iterator(folder)) {
    if (each.filename() != "whole.csv") fs::remove(each);
  }
  if (data[0] % 2 == 0) {
    // A journal of the right head, then the fuzzer's marks; the file has as many rows as it says.
    write(out, whole);
    write(out.string() + ".journal", text);
    return fuzz::refuse_or([&] {
      ProgressLine line("fuzzing");
      const std::atomic<bool> never = false;
      SweepTarget target;
      target.path = out.string();
      const SweepOutcome done = write_sweep(spec, db, target, 1, never, line);
      if (done.complete && read(out) != whole) __builtin_trap();
    });
  }
  write(part, text);
  write(part.string() + ".done", text.substr(0, text.find('\n')));
  return fuzz::refuse_or([&] { merge_sweeps({part.string()}, out.string()); });
}
