#include "reports/format.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>

#include "base/units.h"

namespace traincost {
namespace {

std::string separate(std::string digits) {
  const bool negative = !digits.empty() && digits.front() == '-';
  const std::size_t start = negative ? 1 : 0;
  std::size_t end = digits.find('.');
  if (end == std::string::npos) end = digits.size();
  for (std::size_t i = end; i > start + 3; i -= 3) digits.insert(i - 3, 1, ',');
  return digits;
}

}  // namespace

std::string rounded(double value) { return separate(fmt::format("{:.0f}", value)); }

std::string significant(double value, int digits) {
  if (value == 0) return "0";
  const int magnitude = static_cast<int>(std::floor(std::log10(std::fabs(value))));
  const int decimals = std::clamp(digits - 1 - magnitude, 0, 12);
  std::string text = fmt::format("{:.{}f}", value, decimals);
  return separate(text);
}

std::string amount(double value) {
  constexpr double kWhole = 99.95;  // what rounds to 100
  return std::fabs(value) >= kWhole || value == 0 ? rounded(value) : significant(value, 3);
}

std::string days_text(double days) {
  return days >= 1 ? significant(days, 3) + " days" : duration((days * unit::day).in(unit::second));
}

std::string magnitude_text(double value) {
  struct Step {
    double at;
    const char* name;
  };
  constexpr Step kSteps[] = {{1e12, "T"}, {1e9, "B"}, {1e6, "M"}, {1e3, "K"}};
  for (const Step& step : kSteps) {
    if (std::fabs(value) >= step.at) {
      std::string text = significant(value / step.at, 3);
      if (text.find('.') != std::string::npos) {
        while (text.back() == '0') text.pop_back();
        if (text.back() == '.') text.pop_back();
      }
      return text + step.name;
    }
  }
  return significant(value, 3);
}

std::string dollars(double value) {
  if (std::fabs(value) >= 1e9) return fmt::format("${}B", significant(value / 1e9, 4));
  if (std::fabs(value) >= 1e6) return fmt::format("${}M", significant(value / 1e6, 4));
  if (std::fabs(value) >= 1000) return fmt::format("${}", rounded(value));
  return fmt::format("${:.2f}", value);
}

std::string percent(double share, int decimals) {
  return fmt::format("{:.{}f}%", 100 * share, decimals);
}

std::string gigabytes(double bytes) { return fmt::format("{:.1f} GB", bytes / 1e9); }

std::string duration(double seconds) {
  constexpr double kAMinute = unit::minute.in(unit::second), kAnHour = unit::hour.in(unit::second);
  constexpr double kADay = unit::day.in(unit::second);
  if (seconds >= 2 * kADay) return significant(seconds / kADay, 3) + " days";
  if (seconds >= 2 * kAnHour) return significant(seconds / kAnHour, 3) + " h";
  if (seconds >= 2 * kAMinute) return significant(seconds / kAMinute, 3) + " min";
  if (seconds >= 1) return significant(seconds, 3) + " s";
  if (seconds >= 1e-3) return significant(seconds * 1e3, 3) + " ms";
  return significant(seconds * 1e6, 3) + " us";
}

std::string wrapped(const std::string& text, const std::string& indent) {
  constexpr std::size_t kColumns = 98;
  std::string result;
  std::string line;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t comma = text.find(", ", at);
    const std::size_t end = comma == std::string::npos ? text.size() : comma + 2;
    const std::string part = text.substr(at, end - at);
    if (!line.empty() && indent.size() + line.size() + part.size() > kColumns) {
      line.erase(line.find_last_not_of(' ') + 1);
      result += line + "\n" + indent;
      line.clear();
    }
    line += part;
    at = end;
  }
  return result + line;
}

namespace {

bool is_wide(char c) {  // the first byte of a character of two columns
  const auto byte = static_cast<unsigned char>(c);
  return (byte >= 0xE3 && byte <= 0xE9) || byte == 0xEF;
}

// The end of the piece at `at` that no line breaks: a word with its blank, or one wide character.
std::size_t piece_end(const std::string& text, std::size_t at) {
  if (is_wide(text[at])) return std::min(at + 3, text.size());
  std::size_t end = at;
  while (end < text.size() && text[end] != ' ' && (end == at || !is_wide(text[end]))) ++end;
  return end < text.size() && text[end] == ' ' ? end + 1 : end;
}

}  // namespace

std::string filled(const std::string& text, const std::string& indent) {
  constexpr std::size_t kColumns = 98;
  std::string result, line;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = piece_end(text, at);
    const std::string piece = text.substr(at, end - at);
    const std::size_t blank = piece.back() == ' ' ? 1 : 0;
    if (!line.empty() &&
        display_width(indent) + display_width(line) + display_width(piece) - blank > kColumns) {
      line.erase(line.find_last_not_of(' ') + 1);
      result += line + "\n" + indent;
      line.clear();
    }
    line += piece;
    at = end;
  }
  return result + line;
}

std::size_t display_width(const std::string& text) {
  return static_cast<std::size_t>(
      std::accumulate(text.begin(), text.end(), std::size_t{0}, [](std::size_t sum, char c) {
        const bool begins = (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
        return sum + (begins ? (is_wide(c) ? 2 : 1) : 0);
      }));
}

std::string Table::text(const std::string& indent) const {
  std::vector<std::size_t> widths;
  for (const auto& cells : rows_) {
    widths.resize(std::max(widths.size(), cells.size()));
    for (std::size_t i = 0; i < cells.size(); ++i) {
      widths[i] = std::max(widths[i], display_width(cells[i]));
    }
  }
  std::string out;
  for (const auto& cells : rows_) {
    std::string line = indent;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      if (i > 0) line += "  ";
      const std::string pad(widths[i] - display_width(cells[i]), ' ');
      const bool left = i < left_.size() ? left_[i] : i == 0;
      line += left ? cells[i] + pad : pad + cells[i];
    }
    while (!line.empty() && line.back() == ' ') line.pop_back();
    out += line + "\n";
  }
  return out;
}

}  // namespace traincost
