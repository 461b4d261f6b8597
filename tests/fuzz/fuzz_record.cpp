// Records of the hardware database, of every room: overlays come from users.
#include "hwdb/hwdb.h"
#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace traincost;
  return fuzz::refuse_or([&] {
    const JsonValue document = parse_json(fuzz::text(data, size), "record.json");
    const JsonValue* schema = document.find("schema");
    const std::string kind = schema == nullptr ? "" : schema->text;
    Faults faults;
    const JsonCursor cursor(document, "record.json", faults);
    if (kind == "traincost.system/1") {
      static_cast<void>(read_system(cursor));
    } else if (kind == "traincost.stack/1") {
      static_cast<void>(read_stack(cursor));
    } else if (kind == "traincost.prices/1") {
      static_cast<void>(read_price_book(cursor));
    } else if (kind == "traincost.grid/1") {
      static_cast<void>(read_grid(cursor));
    } else if (kind == "traincost.ownership/1") {
      static_cast<void>(read_ownership(cursor));
    } else if (kind == "traincost.reliability/1") {
      static_cast<void>(read_reliability(cursor));
    } else {
      static_cast<void>(read_accelerator(cursor));
    }
    faults.throw_if_any();
  });
}
