#include "reports/safe_text.h"

#include <fmt/format.h>

#include <cstdint>
#include <string_view>

namespace traincost {

std::string visible(const std::string& text) {
  std::string safe;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if ((byte < 0x20 && text[i] != '\n' && text[i] != '\t') || byte == 0x7F) {
      safe += fmt::format("\\u{:04x}", byte);
      continue;
    }
    // U+200E, U+200F, U+202A to U+202E, U+2066 to U+2069, in three bytes that begin with E2.
    if (byte == 0xE2 && i + 2 < text.size()) {
      const auto second = static_cast<unsigned char>(text[i + 1]);
      const auto third = static_cast<unsigned char>(text[i + 2]);
      const std::uint32_t code = 0x2000U + ((second & 0x3FU) << 6U) + (third & 0x3FU);
      const bool turns = code == 0x200E || code == 0x200F || (code >= 0x202A && code <= 0x202E) ||
                         (code >= 0x2066 && code <= 0x2069);
      if (turns) {
        safe += fmt::format("\\u{:04x}", code);
        i += 2;
        continue;
      }
    }
    safe += text[i];
  }
  return safe;
}

std::string markup(const std::string& text) {
  std::string safe;
  for (const char c : visible(text)) {
    switch (c) {
      case '&': safe += "&amp;"; break;
      case '<': safe += "&lt;"; break;
      case '>': safe += "&gt;"; break;
      case '"': safe += "&quot;"; break;
      case '\'': safe += "&#39;"; break;
      default: safe += c;
    }
  }
  return safe;
}

std::string plain_markdown(const std::string& text) {
  std::string safe;
  for (const char c : markup(text)) {
    if (std::string_view("|`*_[]\\~").find(c) != std::string_view::npos) safe += '\\';
    safe += c == '\n' ? ' ' : c;
  }
  return safe;
}

}  // namespace traincost
