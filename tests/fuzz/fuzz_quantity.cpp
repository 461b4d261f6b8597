// Quantities with units: any text, read as every dimension that an input may hold.
#include <cmath>

#include "base/parse_quantity.h"
#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using traincost::Dimension;
  constexpr Dimension kDimensions[] = {{.byte = 1},   {.byte = 1, .second = -1},
                                       {.second = 1}, {.flop = 1, .second = -1},
                                       {.token = 1},  {.usd = 1},
                                       {.joule = 1},  {.second = -1, .usd = 1, .accelerator = -1},
                                       {.metre = 2},  {.second = 1, .token = -1, .accelerator = 1}};
  const std::string_view text = traincost::fuzz::text(data, size);
  for (const Dimension& dimension : kDimensions) {
    const auto parsed = traincost::parse_quantity(text, dimension);
    if (parsed.base ? !std::isfinite(*parsed.base) : parsed.problem.empty()) __builtin_trap();
  }
  return 0;
}
