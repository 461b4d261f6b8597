// What the fuzz targets share: bytes become text, and a refusal is the only way out but success.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/fault.h"

// The entry that libFuzzer calls; each target defines it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace traincost::fuzz {

inline std::string_view text(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

// Runs `act`; bad input may be refused, by an InputError that names a fault, and nothing else.
template <typename Act>
int refuse_or(Act act) {
  try {
    act();
  } catch (const InputError& error) {
    if (error.faults().empty()) __builtin_trap();
  }
  return 0;
}

}  // namespace traincost::fuzz
