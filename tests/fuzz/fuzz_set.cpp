// --set and the axes of sweeps: "PATH=VALUE" lines over a job. A member is set or is a fault, and
// what resolves can be estimated.
#include <cmath>
#include <string>

#include "base/json_path.h"
#include "base/units.h"
#include "estimator/job/resolve.h"
#include "estimator/questions/choice.h"
#include "estimator/questions/estimate.h"
#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace traincost;
  static const HardwareDb db = HardwareDb::load();
  return fuzz::refuse_or([&] {
    Faults faults;
    JobSpec spec;
    spec.file = "fuzz";
    spec.model = ModelSpec{.name = "gpt2"};
    spec.cluster = ClusterSpec{.accelerator = "h100-sxm", .count = 8};
    spec.run = RunSpec{.tokens = 1e9 * unit::token};
    std::string_view text = fuzz::text(data, size);
    while (!text.empty()) {
      const std::size_t end = std::min(text.find('\n'), text.size());
      const std::string line(text.substr(0, end));
      text.remove_prefix(std::min(end + 1, text.size()));
      const std::size_t equals = line.find('=');
      if (equals == std::string::npos || equals == 0) continue;
      const JsonValue value = loose_json(line.substr(equals + 1));
      set_member(spec, line.substr(0, equals), JsonCursor(value, "--set", faults));
    }
    const Estimate result = estimate(with_chosen_layouts(resolve(spec, db, faults)));
    const double hours = result.billed.in(unit::accelerator_hour);
    if (!std::isfinite(hours) || hours < 0) __builtin_trap();
  });
}
