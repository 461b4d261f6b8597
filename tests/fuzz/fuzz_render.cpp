// A saved report, whatever it holds, is written in every format or refused.
#include "reports/report.h"
#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace traincost;
  return fuzz::refuse_or([&] {
    const Report report = read_report(std::string(fuzz::text(data, size)), "fuzz.json");
    for (const std::string& format : report.formats()) static_cast<void>(report.in(format));
  });
}
