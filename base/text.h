// Text as names are compared, and as lists are written.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace traincost {

// Letters and digits of ASCII, whatever the locale.
[[nodiscard]] inline bool is_digit(char c) { return c >= '0' && c <= '9'; }
[[nodiscard]] inline bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

[[nodiscard]] inline bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}

// Whether `with` stands in `text` at a byte; beyond its end nothing does.
[[nodiscard]] inline bool begins(std::string_view text, std::size_t at, std::string_view with) {
  return text.substr(std::min(at, text.size()), with.size()) == with;
}

// In small letters; what is not ASCII stays as it is.
[[nodiscard]] inline std::string lower(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

// Without the blanks at both ends.
[[nodiscard]] inline std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

// The words of a text, as blanks divide it.
[[nodiscard]] inline std::vector<std::string> words_of(const std::string& text) {
  std::vector<std::string> words;
  std::size_t begin = text.find_first_not_of(' ');
  while (begin != std::string::npos) {
    const std::size_t end = std::min(text.find(' ', begin), text.size());
    words.emplace_back(text, begin, end - begin);
    begin = text.find_first_not_of(' ', end);
  }
  return words;
}

}  // namespace traincost
