// Charts as SVG: no script, two colour schemes, and behind each the table of its figures.
//
// Colour is never the only sign, and every text stands on the page's own ground. Internal to
// reports/.
#pragma once

#include <string>
#include <vector>

namespace traincost {

struct Chart {
  std::string title;
  std::string note;  // what a reader must know to read it; may be empty
  std::string svg;   // an <svg> element that takes its colours from kChartStyle
  std::vector<std::vector<std::string>> table;  // header first
};

// Of a bar: what is printed at its end is `text`.
struct Bar {
  std::string name;
  double value = 0;
  std::string text;
};

// Horizontal bars from zero; `limit`, where above zero, is a line that they are held against.
[[nodiscard]] Chart bar_chart(const std::string& title, const std::vector<Bar>& bars,
                              double limit = 0, const std::string& limit_text = "");
// Each bar begins where the one above ends; the last is their sum.
[[nodiscard]] Chart waterfall_chart(const std::string& title, const std::vector<Bar>& bars,
                                    const Bar& sum, double limit = 0,
                                    const std::string& limit_text = "");

struct ChartSpan {
  std::string name;
  double low = 0, middle = 0, high = 0;
  std::string low_text, middle_text, high_text;
};
// Intervals about their middles, on one scale: a tornado, or answers beside each other.
[[nodiscard]] Chart span_chart(const std::string& title, const std::vector<ChartSpan>& spans);

struct ChartPoint {
  double x = 0, y = 0;
  std::string name, x_text, y_text;
  int series = 0;
  bool chosen = false;
};
struct PlotAxes {
  std::string x, y;  // what they are, with their units
  bool logarithmic_x = false, logarithmic_y = false;
  double limit = 0;  // a line at this y; 0: none
  std::string limit_text;
  bool joined = false;              // points of a series by a line, in their order
  std::vector<std::string> series;  // names; more than one makes a legend
};
[[nodiscard]] Chart plot_chart(const std::string& title, const std::vector<ChartPoint>& points,
                               const PlotAxes& axes);

struct Slot {
  double start = 0, end = 0;
  int kind = 0;      // of `kinds`
  std::string text;  // in it, where there is room
};
struct Lane {
  std::string name;
  std::vector<Slot> slots;
};
// Who does what when: a Gantt chart.
[[nodiscard]] Chart lane_chart(const std::string& title, const std::vector<Lane>& lanes,
                               const std::vector<std::string>& kinds,
                               std::string (*time_text)(double));

// Words as they stand in a terminal, eighty lines of them at most.
[[nodiscard]] Chart text_chart(const std::string& title, const std::string& words);

// The colours, as a style sheet's text: custom properties for light and for dark, and the classes.
extern const char* const kChartStyle;

// The chart as a file of its own.
[[nodiscard]] std::string standalone(const Chart& chart);

}  // namespace traincost
