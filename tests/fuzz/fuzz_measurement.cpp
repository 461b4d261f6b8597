// Measured rows: whatever is read is predicted with a positive, finite time, or left out.
#include <cmath>

#include "estimator/evidence/kernel_comparison.h"
#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace traincost;
  static const HardwareDb db = HardwareDb::load();
  return fuzz::refuse_or([&] {
    Measurements measurements;
    measurements.read_row(parse_json(fuzz::text(data, size), "fuzz.jsonl"), "fuzz.jsonl");
    for (const KernelErrors& each : compare(measurements.rows, db).groups) {
      if (!std::isfinite(each.bias) || each.bias <= -1) __builtin_trap();
    }
  });
}
