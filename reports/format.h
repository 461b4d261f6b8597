// Numbers and tables as people read them. The only place where figures are rounded.
#pragma once

#include <string>
#include <vector>

namespace traincost {

// "2,788,000": rounded to whole units, thousands separated.
[[nodiscard]] std::string rounded(double value);

// Whole from 100 on, else three significant digits: "2,788,000", "0.128".
[[nodiscard]] std::string amount(double value);

// Days as a person says them: "56.7 days", "23.0 h", "12.4 min".
[[nodiscard]] std::string days_text(double days);

// `digits` significant digits, no exponent, thousands separated: "19.9", "0.048", "1,543".
[[nodiscard]] std::string significant(double value, int digits = 3);

// "14.8T", "300B", "4.19M".
[[nodiscard]] std::string magnitude_text(double value);

// "$5.58M", "$1,234".
[[nodiscard]] std::string dollars(double value);

// "14.96%".
[[nodiscard]] std::string percent(double share, int decimals = 1);

// "93.4 GB"; decimal units.
[[nodiscard]] std::string gigabytes(double bytes);

// "19.9 s", "812 ms", "56.7 days".
[[nodiscard]] std::string duration(double seconds);

// Broken after commas so that no line is longer than a screen; further lines begin with `indent`.
[[nodiscard]] std::string wrapped(const std::string& text, const std::string& indent);

// Broken at blanks, and between Chinese characters, so that no line is longer than a screen;
// further lines begin with `indent`.
[[nodiscard]] std::string filled(const std::string& text, const std::string& indent);

// Columns aligned by their widest cell; the first to the left, the others to the right unless
// `left` says otherwise. Two spaces between columns, no trailing blanks.
class Table {
 public:
  explicit Table(std::vector<bool> left = {}) : left_(std::move(left)) {}
  void row(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  [[nodiscard]] std::string text(const std::string& indent = "") const;

 private:
  std::vector<bool> left_;
  std::vector<std::vector<std::string>> rows_;
};

// Width in code points, not bytes.
[[nodiscard]] std::size_t display_width(const std::string& text);

}  // namespace traincost
