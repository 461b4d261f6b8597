// A report read back by `check --estimate`: whatever it holds, a claim is held against it or it is
// refused.
#include "base/json.h"
#include "estimator/claims/check.h"
#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace traincost;
  static const HardwareDb db = HardwareDb::load();
  static const Claim claim =
      claim_of_run(parse_json(R"({"schema": "traincost.published/1", "id": "x", "family": "f",
          "model": {"stated_params": 671e9}, "cluster": {"accelerator": "h800-sxm"},
          "measured": {"step_time_s": 19.9, "gpu_hours": 2788000, "tokens": 1.48e13, "mfu": 0.39}})",
                              "fuzz.jsonl"),
                   "fuzz.jsonl", db);
  return fuzz::refuse_or([&] {
    const JsonValue report = parse_json(fuzz::text(data, size), "fuzz.json");
    static_cast<void>(check_estimate(claim, report, "fuzz.json"));
  });
}
