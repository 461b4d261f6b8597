// Price lists of others: whatever is read makes a price book.
#include "hwdb/price_import.h"
#include "reports/price_record.h"
#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace traincost;
  static const HardwareDb db = HardwareDb::load();
  return fuzz::refuse_or([&] {
    Faults faults;
    const ImportedPrices read = import_prices(fuzz::text(data, size), "list.csv",
                                              {.provider = "P", .date = "2026-11"}, db, faults);
    faults.throw_if_any();
    if (read.quotes.empty()) return;  // the command refuses those
    const JsonValue record =
        parse_json(price_record(read, "list", "P", "list.csv", "2026-11-01"), "list.json");
    static_cast<void>(read_price_book(JsonCursor(record, "list.json", faults)));
    if (!faults.empty()) __builtin_trap();
  });
}
