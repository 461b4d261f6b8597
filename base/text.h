// Text as names are compared.
#pragma once

#include <cctype>
#include <string>

namespace traincost {

// In small letters; what is not ASCII stays as it is.
[[nodiscard]] inline std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

}  // namespace traincost
