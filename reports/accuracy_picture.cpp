#include "reports/accuracy.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "reports/format.h"
#include "reports/safe_text.h"

namespace traincost {
namespace {

constexpr const char* kColours[] = {"#1b6ca8", "#c8553d", "#2f7d4f", "#8a4fa3",
                                    "#b8860b", "#3a3a3a", "#00808a", "#a8326b",
                                    "#6b7a1f", "#5a5ad6", "#9c6b4a", "#777777"};

// The plot's frame, in SVG units.
constexpr double kLeft = 70, kTop = 20, kSide = 520;

struct Axis {
  double low, high;  // decades

  [[nodiscard]] double place(double seconds) const {
    return (std::log10(seconds) - low) / (high - low) * kSide;
  }
};

Axis axis_of(const std::vector<AccuracyPoint>& points) {
  double low = 1e9;
  double high = -1e9;
  for (const AccuracyPoint& each : points) {
    for (const double time_s : {each.measured_s, each.predicted_s}) {
      low = std::min(low, std::log10(time_s));
      high = std::max(high, std::log10(time_s));
    }
  }
  if (low > high) return {0, 1};
  return {std::floor(low), std::ceil(high)};
}

// Colour is never the only sign: families differ in shape too.
std::string mark(std::size_t family, double x, double y) {
  const char* colour = kColours[family % std::size(kColours)];
  switch (family % 4) {
    case 0:
      return fmt::format(R"(<circle cx="{:.1f}" cy="{:.1f}" r="3" fill="{}"/>)", x, y, colour);
    case 1:
      return fmt::format(R"(<rect x="{:.1f}" y="{:.1f}" width="5.4" height="5.4" fill="{}"/>)",
                         x - 2.7, y - 2.7, colour);
    case 2:
      return fmt::format(R"(<path d="M{:.1f} {:.1f}l3.6 6.2h-7.2z" fill="{}"/>)", x, y - 3.8,
                         colour);
    default:
      return fmt::format(
          R"(<path d="M{:.1f} {:.1f}l6 6m0-6l-6 6" stroke="{}" stroke-width="1.6" fill="none"/>)",
          x - 3, y - 3, colour);
  }
}

std::string grid(const Axis& axis) {
  std::string text;
  for (int decade = static_cast<int>(axis.low); decade <= static_cast<int>(axis.high); ++decade) {
    const double at = axis.place(std::pow(10, decade));
    const double x = kLeft + at;
    const double y = kTop + kSide - at;
    const std::string label = significant(std::pow(10, decade), 1) + " s";
    text += fmt::format(
        R"(<path d="M{0:.1f} {2}v{3}M{4} {1:.1f}h{3}" stroke="#ddd"/><text x="{0:.1f}" y="{5}" text-anchor="middle">{6}</text><text x="{7}" y="{8:.1f}" text-anchor="end">{6}</text>)"
        "\n",
        x, y, kTop, kSide, kLeft, kTop + kSide + 18, label, kLeft - 8, y + 4);
  }
  return text;
}

}  // namespace

std::string accuracy_picture(const std::vector<AccuracyPoint>& points) {
  const Axis axis = axis_of(points);
  std::map<std::string, int> families;
  for (const AccuracyPoint& each : points) ++families[each.family];
  const double height = std::max(600.0, kTop + 20 * static_cast<double>(families.size()) + 20);
  std::string text = fmt::format(
      R"(<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 880 {0}" font-family="sans-serif" font-size="12" role="img" aria-label="Predicted against measured step time">)"
      "\n"
      R"(<rect width="880" height="{0}" fill="#fff"/>)"
      "\n{1}",
      height, grid(axis));
  // Perfect, and 10% to either side.
  for (const double factor : {1.0, 0.9, 1.1}) {
    const double shift = std::log10(factor) / (axis.high - axis.low) * kSide;
    text += fmt::format(
        R"(<path d="M{} {:.1f}L{} {:.1f}" stroke="{}" stroke-dasharray="{}" fill="none"/>)"
        "\n",
        kLeft, kTop + kSide - shift, kLeft + kSide, kTop - shift, factor == 1 ? "#333" : "#999",
        factor == 1 ? "none" : "4 3");
  }
  std::size_t index = 0;
  for (const auto& [family, count] : families) {
    for (const AccuracyPoint& each : points) {
      if (each.family != family) continue;
      text += mark(index, kLeft + axis.place(each.measured_s),
                   kTop + kSide - axis.place(each.predicted_s)) +
              "\n";
    }
    const double y = kTop + 14 + 20 * static_cast<double>(index);
    text += mark(index, kLeft + kSide + 42, y - 4);
    text += fmt::format(R"(<text x="{}" y="{}">{} ({})</text>)"
                        "\n",
                        kLeft + kSide + 54, y, markup(family), count);
    ++index;
  }
  text += fmt::format(
      R"svg(<text x="{}" y="{}" text-anchor="middle">measured step time</text><text transform="translate(16 {}) rotate(-90)" text-anchor="middle">predicted step time</text>)svg"
      "\n</svg>\n",
      kLeft + kSide / 2, kTop + kSide + 42, kTop + kSide / 2);
  return text;
}

}  // namespace traincost
