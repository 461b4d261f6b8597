// Overlay records and price books as folders: the text is laid over a shipped record of the room
// that its first byte chooses, and all that then reads is read.
#include <filesystem>
#include <fstream>
#include <string>

#include "estimator/doubt/engine_error.h"
#include "estimator/machine/engine.h"
#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace traincost;
  if (size == 0) return 0;
  constexpr const char* kFiles[] = {"accelerators/h100-sxm", "accelerators/new-chip",
                                    "systems/dgx-h100",      "stacks/default-gpu",
                                    "prices/rental",         "grids/default",
                                    "reliability/default",   "export_rules/us-2023-10",
                                    "engine/engine",         "engine_error/engine-error"};
  namespace fs = std::filesystem;
  static const fs::path folder = [] {
    std::string name = (fs::temp_directory_path() / "traincost-fuzz-XXXXXX").string();
    return fs::path(mkdtemp(name.data()));
  }();
  const fs::path file = folder / (std::string(kFiles[data[0] % std::size(kFiles)]) + ".json");
  fs::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary) << fuzz::text(data + 1, size - 1);
  const int done = fuzz::refuse_or([&] {
    const HardwareDb db = HardwareDb::load("", folder.string());
    for (const RecordKind& kind : kRecordKinds) {
      if (!kind.fitted) static_cast<void>(db.records(kind.room));
    }
    static_cast<void>(db.price_books());
    static_cast<void>(engine_of(db));
    static_cast<void>(engine_error_of(db));
  });
  fs::remove(file);
  return done;
}
