#include "base/decimal.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <system_error>
#include <version>

namespace traincost {

#ifdef __cpp_lib_to_chars

ReadDecimal read_decimal(const char* first, const char* last) {
  ReadDecimal read;
  const auto [end, error] = std::from_chars(first, last, read.value);
  read.end = end;
  read.ok = error == std::errc{};
  return read;
}

std::string decimal_text(double value) {
  std::array<char, 40> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  return {text.data(), end};
}

#else

ReadDecimal read_decimal(const char* first, const char* last) {
  // strtod reads more than from_chars does: blanks, a plus, hexadecimals, names of infinity.
  const char* end = first;
  const auto skip_digits = [&] {
    const char* from = end;
    while (end != last && *end >= '0' && *end <= '9') ++end;
    return end - from;
  };
  if (end != last && *end == '-') ++end;
  auto digits = skip_digits();
  if (end != last && *end == '.') {
    ++end;
    digits += skip_digits();
  }
  if (digits == 0) return {0, first, false};
  if (end != last && (*end == 'e' || *end == 'E')) {
    const char* before = end++;
    if (end != last && (*end == '-' || *end == '+')) ++end;
    if (skip_digits() == 0) end = before;
  }
  const std::string text(first, end);
  const double value = std::strtod(text.c_str(), nullptr);
  const bool lost = std::isinf(value) ||
                    (value == 0 && text.find_first_of("123456789") < text.find_first_of("eE"));
  return {value, end, !lost};
}

std::string decimal_text(double value) {
  if (std::isnan(value)) return std::signbit(value) ? "-nan" : "nan";
  if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
  if (value == 0) return std::signbit(value) ? "-0" : "0";
  std::array<char, 40> scientific{};
  for (int digits = 0; digits <= 17; ++digits) {
    std::snprintf(scientific.data(), scientific.size(), "%.*e", digits, value);
    if (std::strtod(scientific.data(), nullptr) == value) break;
  }
  const std::string exponential = scientific.data();
  std::array<char, 400> fixed{};
  for (int digits = 0; digits <= 340; ++digits) {
    std::snprintf(fixed.data(), fixed.size(), "%.*f", digits, value);
    if (std::strtod(fixed.data(), nullptr) == value) break;
  }
  const std::string plain = fixed.data();
  return plain.size() <= exponential.size() ? plain : exponential;
}

#endif

std::string fixed_text(double value, int digits) {
  std::array<char, 400> text{};
  const int size = std::snprintf(text.data(), text.size(), "%.*f", digits, value);
  return {text.data(), static_cast<std::size_t>(size)};
}

}  // namespace traincost
