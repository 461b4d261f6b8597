// Overlay records and price books as folders: the text is laid over a shipped record of the room
// that its first byte chooses, and that room is read.
#include <filesystem>
#include <fstream>
#include <string>

#include "estimator/doubt/engine_error.h"
#include "estimator/doubt/known_runs.h"
#include "estimator/machine/engine.h"
#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace traincost;
  if (size == 0) return 0;
  constexpr const char* kFiles[] = {
      "accelerators/h100-sxm",     "accelerators/new-chip",   "systems/dgx-h100",
      "stacks/default-gpu",        "prices/rental",           "grids/default",
      "reliability/default",       "export_rules/us-2023-10", "engine/engine",
      "engine_error/engine-error", "known_runs/known-runs"};
  namespace fs = std::filesystem;
  static const fs::path folder = [] {
    std::string name = (fs::temp_directory_path() / "traincost-fuzz-XXXXXX").string();
    return fs::path(mkdtemp(name.data()));
  }();
  const std::string name = kFiles[data[0] % std::size(kFiles)];
  const std::string room = name.substr(0, name.find('/'));
  const fs::path file = folder / (name + ".json");
  fs::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary) << fuzz::text(data + 1, size - 1);
  const int done = fuzz::refuse_or([&] {
    const HardwareDb db = HardwareDb::load("", folder.string());
    if (room == "prices") static_cast<void>(db.price_books());
    if (room == "engine") {
      static_cast<void>(engine_of(db));
    } else if (room == "engine_error") {
      static_cast<void>(engine_error_of(db));
    } else if (room == "known_runs") {
      static_cast<void>(known_runs_of(db));
    } else {
      static_cast<void>(db.records(room));
    }
  });
  fs::remove(file);
  return done;
}
