// Jobs: whatever is accepted can be estimated, and its figures are finite and not negative.
#include <cmath>

#include "base/units.h"
#include "estimator/job/resolve.h"
#include "estimator/questions/choice.h"
#include "estimator/questions/estimate.h"
#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace traincost;
  static const HardwareDb db = HardwareDb::load();
  return fuzz::refuse_or([&] {
    const JsonValue document = parse_json(fuzz::text(data, size), "fuzz.job.json");
    const Job job = with_chosen_layouts(resolve(document, "fuzz.job.json", db));
    const Estimate result = estimate(job);
    const double hours = result.billed.in(unit::accelerator_hour);
    if (!std::isfinite(hours) || hours < 0) __builtin_trap();
    if (result.memory && !(result.memory->required > Bytes{})) __builtin_trap();
  });
}
