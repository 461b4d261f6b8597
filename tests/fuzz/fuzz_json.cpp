// The door to JSON: any text is a document or a fault, and merging two never fails.
#include "base/json.h"
#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return traincost::fuzz::refuse_or([&] {
    traincost::JsonValue value =
        traincost::parse_json(traincost::fuzz::text(data, size), "fuzz.json");
    const traincost::JsonValue patch = value;
    traincost::merge_json(value, patch);
  });
}
