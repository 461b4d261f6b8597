// Rows of published runs: whatever is scored has a positive, finite step, and all else a reason.
// Rows of the ledger: whatever is taken is a family's.
#include <cmath>

#include "base/units.h"
#include "estimator/evidence/first_contact.h"
#include "estimator/evidence/validate.h"
#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace traincost;
  static const HardwareDb db = HardwareDb::load();
  return fuzz::refuse_or([&] {
    const JsonValue row = parse_json(fuzz::text(data, size), "fuzz.jsonl");
    if (is_first_contact(row)) {
      Ledger ledger;
      read_first_contact(row, "fuzz.jsonl", ledger);
      if (ledger.size() != 1) __builtin_trap();
      return;
    }
    const PublishedRun run = read_published_run(row, "fuzz.jsonl", db);
    if (!run.job && run.unscored_reason.empty()) __builtin_trap();
    const Validation validation = validate({run});
    for (const ValidatedCase& each : validation.cases) {
      if (!(each.predicted > Seconds{}) || !std::isfinite(each.error)) __builtin_trap();
    }
  });
}
