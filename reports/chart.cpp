#include "reports/chart.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "reports/format.h"
#include "reports/safe_text.h"

namespace traincost {
namespace {

// In SVG units; a chart fills the width that it is given.
constexpr double kWidth = 760, kNames = 222, kRow = 27, kBarHeight = 15;
constexpr double kBars = 370;  // of the longest bar; its text follows
constexpr int kColours = 6;    // classes c0 to c5 of the style

std::string head(const std::string& title, double height) {
  return fmt::format(
      R"(<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {} {}" role="img" aria-label="{}" class="chart">)"
      "\n",
      kWidth, height, markup(title));
}

std::string label(double x, double y, const std::string& text, const char* anchor = "start",
                  const char* style = "") {
  return fmt::format(R"(<text x="{:.1f}" y="{:.1f}" text-anchor="{}"{}>{}</text>)"
                     "\n",
                     x, y, anchor, style, markup(text));
}

std::string box(double x, double y, double width, double height, int colour,
                const std::string& title = "") {
  return fmt::format(
      R"(<rect x="{:.2f}" y="{:.2f}" width="{:.2f}" height="{:.2f}" class="c{}">{}</rect>)"
      "\n",
      x, y, std::max(width, 0.5), height, colour % kColours,
      title.empty() ? "" : "<title>" + markup(title) + "</title>");
}

std::string line(double x1, double y1, double x2, double y2, const char* style) {
  return fmt::format(R"(<line x1="{:.1f}" y1="{:.1f}" x2="{:.1f}" y2="{:.1f}" class="{}"/>)"
                     "\n",
                     x1, y1, x2, y2, style);
}

// Names longer than their column lose their end; the table has them whole.
std::string shortened(const std::string& text, std::size_t most = 30) {
  if (display_width(text) <= most) return text;
  std::string cut;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool begins = byte < 0x80 || byte >= 0xC0;
    if (begins && display_width(cut) + 1 >= most) break;
    cut += text[i];
  }
  return cut + "…";
}

double finite(double value) { return std::isfinite(value) ? value : 0; }

// A vertical line that bars are held against, with its text above.
std::string limit_line(double x, double bottom, const std::string& text) {
  return line(x, 14, x, bottom, "limit") + label(x, 11, text, "middle", R"( class="soft")");
}

Chart stacked(const std::string& title, const std::vector<Bar>& bars, const Bar* sum, double limit,
              const std::string& limit_text) {
  Chart chart{title, "", "", {{"", ""}}};
  double most = std::max(finite(limit), sum != nullptr ? finite(sum->value) : 0);
  for (const Bar& bar : bars) most = std::max(most, finite(bar.value));
  const double scale = most > 0 ? kBars / most : 0;
  const double top = limit > 0 ? 20 : 4;
  const double height =
      top + kRow * static_cast<double>(bars.size() + (sum != nullptr ? 1 : 0)) + 4;
  chart.svg = head(title, height);
  double at = 0, y = top;
  std::string texts;  // above the line that bars are held against
  const auto draw = [&](const Bar& bar, double from, int colour) {
    const double x = kNames + 10 + from * scale, width = std::max(0.0, finite(bar.value)) * scale;
    chart.svg += label(kNames, y + 13, shortened(bar.name), "end");
    chart.svg += box(x, y + 2, width, kBarHeight, colour, bar.name + ": " + bar.text);
    // A text that the line would run through stands behind it.
    const double line_at = kNames + 10 + limit * scale;
    const double begins = x + width + 6;
    const double ends = begins + 7.5 * static_cast<double>(display_width(bar.text));
    const bool crossed = limit > 0 && begins < line_at + 2 && ends > line_at - 2;
    texts += label(crossed ? line_at + 6 : begins, y + 13, bar.text, "start", R"( class="soft")");
    chart.table.push_back({bar.name, bar.text});
    y += kRow;
  };
  for (const Bar& bar : bars) {
    draw(bar, at, 0);
    if (sum != nullptr) at += finite(bar.value);
  }
  if (sum != nullptr) draw(*sum, 0, 1);
  if (limit > 0) chart.svg += limit_line(kNames + 10 + limit * scale, height - 4, limit_text);
  chart.svg += texts + "</svg>\n";
  return chart;
}

struct Scale {
  double low = 0, high = 1, from = 0, to = 1;
  bool logarithmic = false;

  [[nodiscard]] double operator()(double value) const {
    const auto place = [&](double v) { return logarithmic ? std::log10(std::max(v, 1e-300)) : v; };
    const double wide = place(high) - place(low);
    return wide > 0 ? from + (place(value) - place(low)) / wide * (to - from) : (from + to) / 2;
  }
};

// Round values that divide a scale in about four parts; powers of ten, and 2 and 5 of them, of a
// logarithmic one.
std::vector<double> ticks(const Scale& scale) {
  std::vector<double> at;
  const double wide = scale.high - scale.low;
  if (!(wide > 0)) return {scale.low};
  if (scale.logarithmic) {
    const bool many = scale.high / scale.low > 300;
    for (double decade = std::pow(10, std::floor(std::log10(scale.low))); decade <= scale.high;
         decade *= 10) {
      for (const double part : {1.0, 2.0, 5.0}) {
        const double value = part * decade;
        if (value >= scale.low && value <= scale.high && (part == 1.0 || !many)) {
          at.push_back(value);
        }
      }
    }
    return at;
  }
  const double rough = wide / 5, decade = std::pow(10, std::floor(std::log10(rough)));
  double step = decade;
  for (const double part : {2.0, 5.0, 10.0}) {
    if (step < rough) step = part * decade;
  }
  for (double value = std::ceil(scale.low / step) * step; value <= scale.high + wide * 1e-9;
       value += step) {
    at.push_back(std::abs(value) < wide * 1e-9 ? 0 : value);
  }
  return at;
}

std::string tick_text(double value) {
  if (std::abs(value) >= 1e4) return magnitude_text(value);
  return std::abs(value) >= 1e3 ? rounded(value) : fmt::format("{:.3g}", value);
}

// Series differ in shape too.
std::string mark(const ChartPoint& point, double x, double y) {
  const std::string title =
      "<title>" + markup(point.name + ": " + point.x_text + ", " + point.y_text) + "</title>";
  const int colour = point.series % kColours;
  const double r = point.chosen ? 6.5 : 3.5;
  switch (point.series % 4) {
    case 0:
      return fmt::format(R"(<circle cx="{:.1f}" cy="{:.1f}" r="{}" class="c{}">{}</circle>)"
                         "\n",
                         x, y, r, colour, title);
    case 1:
      return fmt::format(
          R"(<rect x="{:.1f}" y="{:.1f}" width="{}" height="{}" class="c{}">{}</rect>)"
          "\n",
          x - r, y - r, 2 * r, 2 * r, colour, title);
    case 2:
      return fmt::format(R"(<path d="M{:.1f} {:.1f}l{} {}h{}z" class="c{}">{}</path>)"
                         "\n",
                         x, y - r, r, 2 * r, -2 * r, colour, title);
    default:
      return fmt::format(R"(<path d="M{:.1f} {:.1f}l{} {}l{} {}l{} {}z" class="c{}">{}</path>)"
                         "\n",
                         x, y - r * 1.2, r * 1.2, r * 1.2, -r * 1.2, r * 1.2, -r * 1.2, -r * 1.2,
                         colour, title);
  }
}

}  // namespace

const char* const kChartStyle =
    R"(:root{--ink:#1b2430;--soft:#4f5b6b;--line:#d5dbe3;--paper:#fff;--panel:#f5f7fa;--accent:#0b5c9e;--c0:#2b74b8;--c1:#1b3a5c;--c2:#c05a1c;--c3:#2f7d4f;--c4:#7d55a8;--c5:#8f6b00}
@media (prefers-color-scheme:dark){:root{--ink:#e7ecf2;--soft:#b0bac7;--line:#3b4552;--paper:#13171c;--panel:#1b2129;--accent:#7cbcf2;--c0:#5a9fdc;--c1:#c9d6e4;--c2:#e58a52;--c3:#5fb586;--c4:#b48fdc;--c5:#d0a83a}}
.chart{max-width:100%;height:auto;font:13px system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
.chart text{fill:var(--ink);paint-order:stroke;stroke:var(--paper);stroke-width:3px}.chart text.soft{fill:var(--soft)}.chart .axis{stroke:var(--line)}.chart .limit{stroke:var(--c2);stroke-width:2;stroke-dasharray:5 3}
.chart .path{fill:none;stroke-width:1.5}.chart .whisker{stroke:var(--ink);stroke-width:1.5}.chart text.mono{font:11px ui-monospace,"DejaVu Sans Mono",monospace;white-space:pre}.chart text.in{fill:var(--paper);stroke:none;font-size:10px}
.chart .c0{fill:var(--c0);stroke:none}.chart .c1{fill:var(--c1)}.chart .c2{fill:var(--c2)}.chart .c3{fill:var(--c3)}.chart .c4{fill:var(--c4)}.chart .c5{fill:var(--c5)}
.chart .s0{stroke:var(--c0)}.chart .s1{stroke:var(--c1)}.chart .s2{stroke:var(--c2)}.chart .s3{stroke:var(--c3)}.chart .s4{stroke:var(--c4)}.chart .s5{stroke:var(--c5)}
)";

Chart bar_chart(const std::string& title, const std::vector<Bar>& bars, double limit,
                const std::string& limit_text) {
  return stacked(title, bars, nullptr, limit, limit_text);
}

Chart waterfall_chart(const std::string& title, const std::vector<Bar>& bars, const Bar& sum,
                      double limit, const std::string& limit_text) {
  return stacked(title, bars, &sum, limit, limit_text);
}

Chart span_chart(const std::string& title, const std::vector<ChartSpan>& spans) {
  Chart chart{title, "", "", {{"", "p5", "p50", "p95"}}};
  constexpr double kFrom = kNames + 80, kTo = kWidth - 90;
  Scale scale{0, 1, kFrom, kTo};
  if (!spans.empty()) scale.low = spans.front().low, scale.high = spans.front().high;
  for (const ChartSpan& each : spans) {
    scale.low = std::min({scale.low, each.low, each.middle});
    scale.high = std::max({scale.high, each.high, each.middle});
  }
  const double height = 8 + kRow * static_cast<double>(spans.size()) + 4;
  chart.svg = head(title, height);
  double y = 8;
  for (const ChartSpan& each : spans) {
    const double low = scale(each.low), middle = scale(each.middle), high = scale(each.high);
    chart.svg += label(kNames, y + 13, shortened(each.name), "end");
    chart.svg += box(low, y + 2, high - low, kBarHeight, 0,
                     each.name + ": " + each.low_text + " to " + each.high_text);
    chart.svg += line(middle, y - 1, middle, y + 2 + kBarHeight + 3, "whisker");
    chart.svg += label(low - 5, y + 13, each.low_text, "end", R"( class="soft")");
    chart.svg += label(high + 5, y + 13, each.high_text, "start", R"( class="soft")");
    chart.table.push_back({each.name, each.low_text, each.middle_text, each.high_text});
    y += kRow;
  }
  chart.svg += "</svg>\n";
  return chart;
}

Chart plot_chart(const std::string& title, const std::vector<ChartPoint>& points,
                 const PlotAxes& axes) {
  Chart chart{title, "", "", {{"", axes.x, axes.y}}};
  constexpr double kLeft = 80, kTop = 34, kBottom = 300, kHeight = 346;
  Scale x{1e300, -1e300, kLeft, kWidth - 20, axes.logarithmic_x};
  Scale y{1e300, -1e300, kBottom, kTop, axes.logarithmic_y};
  for (const ChartPoint& each : points) {
    x.low = std::min(x.low, each.x), x.high = std::max(x.high, each.x);
    y.low = std::min(y.low, each.y), y.high = std::max(y.high, each.y);
    chart.table.push_back({each.name, each.x_text, each.y_text});
  }
  if (points.empty()) x.low = y.low = 0, x.high = y.high = 1;
  if (axes.limit > 0) {
    y.low = std::min(y.low, axes.limit), y.high = std::max(y.high, axes.limit);
  }
  const auto widen = [](Scale& scale) {
    const double wide = scale.high - scale.low;
    if (scale.logarithmic) {
      scale.low /= 1.1, scale.high *= 1.1;
    } else {
      const double by = wide > 0 ? 0.05 * wide : std::max(1e-9, std::abs(scale.low) * 0.05);
      scale.low -= by, scale.high += by;
    }
  };
  widen(x);
  widen(y);
  chart.svg = head(title, kHeight);
  for (const double value : ticks(x)) {
    chart.svg += line(x(value), kTop, x(value), kBottom, "axis");
    chart.svg += label(x(value), kBottom + 18, tick_text(value), "middle", R"( class="soft")");
  }
  for (const double value : ticks(y)) {
    chart.svg += line(kLeft, y(value), kWidth - 20, y(value), "axis");
    chart.svg += label(kLeft - 6, y(value) + 4, tick_text(value), "end", R"( class="soft")");
  }
  chart.svg += label((kLeft + kWidth - 20) / 2, kHeight - 8, axes.x, "middle");
  chart.svg += label(4, 14, axes.y);
  if (axes.limit > 0) {
    chart.svg += line(kLeft, y(axes.limit), kWidth - 20, y(axes.limit), "limit");
    chart.svg += label(kWidth - 24, y(axes.limit) - 5, axes.limit_text, "end", R"( class="soft")");
  }
  if (axes.joined) {
    for (std::size_t series = 0; series < std::max<std::size_t>(1, axes.series.size()); ++series) {
      std::string path;
      for (const ChartPoint& each : points) {
        if (each.series != static_cast<int>(series)) continue;
        path += fmt::format("{}{:.1f} {:.1f}", path.empty() ? "M" : "L", x(each.x), y(each.y));
      }
      chart.svg += fmt::format(R"(<path d="{}" class="path s{}"/>)"
                               "\n",
                               path, series % kColours);
    }
  }
  for (const ChartPoint& each : points) chart.svg += mark(each, x(each.x), y(each.y));
  if (axes.series.size() > 1) {
    double at = kWidth - 20;
    for (std::size_t i = axes.series.size(); i-- > 0;) {
      at -= 8.0 * static_cast<double>(display_width(axes.series[i])) + 26;
      ChartPoint sample;
      sample.series = static_cast<int>(i);
      sample.name = axes.series[i];
      chart.svg += mark(sample, at, 14);
      chart.svg += label(at + 9, 18, axes.series[i]);
    }
  }
  chart.svg += "</svg>\n";
  return chart;
}

Chart lane_chart(const std::string& title, const std::vector<Lane>& lanes,
                 const std::vector<std::string>& kinds, std::string (*time_text)(double)) {
  Chart chart{title, "", "", {{"", "busy"}}};
  constexpr double kLane = 20, kLeft = 70, kTop = 30;
  Scale x{0, 0, kLeft, kWidth - 12};
  for (const Lane& lane : lanes) {
    double busy = 0;
    for (const Slot& slot : lane.slots) {
      x.high = std::max(x.high, slot.end);
      busy += slot.end - slot.start;
    }
    chart.table.push_back({lane.name, time_text(busy)});
  }
  const double bottom = kTop + kLane * static_cast<double>(lanes.size());
  chart.svg = head(title, bottom + 30);
  double at = kLeft;
  for (std::size_t kind = 0; kind < kinds.size(); ++kind) {
    chart.svg += box(at, 6, 11, 11, static_cast<int>(kind));
    chart.svg += label(at + 16, 16, kinds[kind]);
    at += 8.0 * static_cast<double>(display_width(kinds[kind])) + 40;
  }
  double y = kTop;
  for (const Lane& lane : lanes) {
    chart.svg += label(kLeft - 6, y + 13, lane.name, "end");
    for (const Slot& slot : lane.slots) {
      const double width = x(slot.end) - x(slot.start);
      chart.svg += box(x(slot.start), y + 1, std::max(0.5, width - 0.6), kLane - 3, slot.kind);
      const double wanted = 6.5 * static_cast<double>(display_width(slot.text)) + 2;
      if (!slot.text.empty() && width > wanted) {
        chart.svg +=
            label((x(slot.start) + x(slot.end)) / 2, y + 13, slot.text, "middle", R"( class="in")");
      }
    }
    y += kLane;
  }
  for (const double value : ticks(x)) {
    chart.svg += line(x(value), kTop, x(value), bottom + 4, "axis");
    chart.svg += label(x(value), bottom + 20, value == 0 ? "0" : time_text(value), "middle",
                       R"( class="soft")");
  }
  chart.svg += "</svg>\n";
  return chart;
}

Chart text_chart(const std::string& title, const std::string& words) {
  constexpr int kMost = 80;
  constexpr double kLine = 17;
  Chart chart{title, "", "", {}};
  std::string lines;
  double y = 20;
  std::size_t begin = 0;
  for (int i = 0; i < kMost && begin < words.size(); ++i) {
    const std::size_t end = std::min(words.find('\n', begin), words.size());
    lines += label(8, y, words.substr(begin, end - begin), "start", R"( class="mono")");
    y += kLine;
    begin = end + 1;
  }
  chart.svg = head(title, y) + lines + "</svg>\n";
  return chart;
}

std::string standalone(const Chart& chart) {
  const std::size_t after = chart.svg.find('>') + 1;
  return chart.svg.substr(0, after) + "\n<title>" + markup(chart.title) + "</title>\n<style>" +
         kChartStyle + "</style>\n" +
         R"svg(<rect width="100%" height="100%" fill="var(--paper)"/>)svg" +
         chart.svg.substr(after);
}

}  // namespace traincost
