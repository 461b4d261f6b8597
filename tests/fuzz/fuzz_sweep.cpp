// Sweeps: whatever is accepted has points, and the first of them has a row.
#include "estimator/questions/sweep.h"

#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace traincost;
  static const HardwareDb db = HardwareDb::load();
  return fuzz::refuse_or([&] {
    const SweepSpec spec =
        read_sweep(parse_json(fuzz::text(data, size), "fuzz.sweep.json"), "fuzz.sweep.json");
    int rows = 0;
    if (spec.points() < 1) __builtin_trap();
    sweep(spec, db, 0, 1, [&](const SweepRow&, bool) { ++rows; });
    if (rows != 1) __builtin_trap();
  });
}
