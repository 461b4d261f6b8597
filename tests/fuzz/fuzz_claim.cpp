// Claims: whatever is accepted is checked and reported in every form; nothing else escapes.
#include "estimator/claims/check.h"
#include "estimator/claims/check_book.h"
#include "reports/report.h"
#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace traincost;
  static const HardwareDb db = HardwareDb::load();
  return fuzz::refuse_or([&] {
    std::vector<CheckAnswer> answers;
    const JsonValue document = parse_json(fuzz::text(data, size), "fuzz.claim.json");
    static CheckBook book(db);
    for (const Claim& claim : read_claims(document, "fuzz.claim.json", db)) {
      answers.push_back(check_claim(claim, db, book));
    }
    const Report report = check_report(answers, {"fuzz.claim.json"});
    for (const std::string& format : report.formats()) {
      if (!report.in(format)) __builtin_trap();
    }
  });
}
