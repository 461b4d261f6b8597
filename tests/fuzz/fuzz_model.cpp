// Model files of either form: whatever is accepted can be counted and priced in FLOPs.
#include "estimator/model/flops.h"
#include "estimator/model/named.h"
#include "estimator/model/parameters.h"
#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace traincost;
  return fuzz::refuse_or([&] {
    const JsonValue document = parse_json(fuzz::text(data, size), "config.json");
    Faults faults;
    const ImportedModel imported = read_model(JsonCursor(document, "config.json", faults));
    faults.throw_if_any();
    if (count_parameters(imported.model).total < 0) __builtin_trap();
    if (model_flops_per_token(imported.model, 4096) < FlopsPerToken{}) __builtin_trap();
  });
}
