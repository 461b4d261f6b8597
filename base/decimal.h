// Doubles as decimal text and back, in the "C" locale whatever the program's is: as <charconv> has
// them, and the same by hand where a standard library lacks those overloads (emscripten's does).
#pragma once

#include <string>

namespace traincost {

struct ReadDecimal {
  double value = 0;
  const char* end = nullptr;  // after what was read
  bool ok = false;            // a number stands there, and a double can hold it
};

// The number that a text begins with: digits, a sign in front if it is "-", a point, an exponent.
[[nodiscard]] ReadDecimal read_decimal(const char* first, const char* last);

// The shortest text that reads back as the same number; "inf" and "nan" as such.
[[nodiscard]] std::string decimal_text(double value);

// With so many digits after the point, and no exponent.
[[nodiscard]] std::string fixed_text(double value, int digits);

}  // namespace traincost
