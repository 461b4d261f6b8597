#include "reports/page.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "reports/chart.h"
#include "reports/format.h"
#include "reports/forms.h"
#include "reports/key_figures.h"
#include "reports/pictures.h"
#include "reports/safe_text.h"

namespace traincost {
namespace {

constexpr std::size_t kRowsShown = 400;
constexpr std::size_t kReportKept = 600'000;  // bytes of JSON that a page carries at most

constexpr const char* kPageStyle = R"(
*{box-sizing:border-box}html{color-scheme:light dark}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
main,footer{max-width:960px;margin:0 auto;padding:1.8rem 1.2rem 0}
h1{font-size:1.5rem;line-height:1.25;margin:0 0 .3rem;overflow-wrap:anywhere}h2{font-size:1.15rem;margin:2.2rem 0 .6rem}
.by,.note,footer{color:var(--soft);font-size:.9rem}
.figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:.7rem;margin:1.2rem 0;padding:0;list-style:none}
.figures li{background:var(--panel);border:1px solid var(--line);border-radius:8px;padding:.7rem .9rem}
.figures b{display:block;font-size:1.25rem;font-weight:650;overflow-wrap:anywhere}.figures span{color:var(--soft);font-size:.85rem;display:block}
figure{margin:1.6rem 0;padding:1rem;border:1px solid var(--line);border-radius:8px}figcaption{font-weight:600;margin-bottom:.5rem}
figure .note{margin:.5rem 0 0}
details{margin:.6rem 0}summary{cursor:pointer;color:var(--accent)}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
.wide{overflow-x:auto}table{border-collapse:collapse;font-size:.86rem;width:100%}
th,td{text-align:left;padding:.28rem .8rem .28rem 0;border-bottom:1px solid var(--line);vertical-align:top}
td{overflow-wrap:break-word;max-width:30rem}th{font-weight:600}
pre{background:var(--panel);border:1px solid var(--line);border-radius:8px;padding:.9rem;overflow-x:auto;font:13px/1.45 ui-monospace,"DejaVu Sans Mono",Menlo,monospace}
.warning{border-left:4px solid var(--c2);padding:.3rem .8rem;background:var(--panel);margin:.5rem 0}
@media (max-width:640px){figure .chart{min-width:640px}}
@media print{details{display:block}details>*{display:block}pre{white-space:pre-wrap}figure{break-inside:avoid}}
)";

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

// What a report is called: its first line, where that is a sentence and no table's head.
std::string title_of(const Tree& report, const std::string& words) {
  const std::string question = report["question"].get<std::string>();
  if (question == "check" && report["rows"].size() > 1) {
    return std::to_string(report["rows"].size()) + " claims, checked";
  }
  const bool table =
      question == "prices" || question == "models" || question.starts_with("hw-list");
  return table ? std::to_string(report["rows"].size()) + " records: " + question
               : first_line(words);
}

std::string scalar_text(const Tree& value) {
  if (value.is_null()) return "";
  if (value.is_string()) return value.get<std::string>();
  if (value.is_boolean()) return value.get<bool>() ? "yes" : "no";
  if (value.is_number_float()) return significant(value.get<double>(), 6);
  return value.dump();
}

std::string table_of(const std::vector<std::vector<std::string>>& rows) {
  std::string text =
      "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"table\"><table>\n";
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const char* tag = i == 0 ? "th" : "td";
    text += "<tr>";
    for (const std::string& cell : rows[i]) {
      text += fmt::format("<{0}{2}>{1}</{0}>", tag, markup(cell), i == 0 ? " scope=\"col\"" : "");
    }
    text += "</tr>\n";
  }
  return text + "</table></div>\n";
}

// Objects as a table: the scalars of the first one's members.
std::vector<std::vector<std::string>> cells_of(const Tree& rows, std::size_t most) {
  std::vector<std::vector<std::string>> cells;
  if (rows.empty() || !rows[0].is_object()) return cells;
  std::vector<std::string> keys;
  for (const auto& [key, value] : rows[0].items()) {
    if (!value.is_structured() && key != "question") keys.push_back(key);
  }
  cells.push_back(keys);
  for (std::size_t i = 0; i < std::min(most, rows.size()); ++i) {
    std::vector<std::string> line;
    for (const std::string& key : keys) {
      const bool there = rows[i].is_object() && rows[i].contains(key);
      line.push_back(there && !rows[i][key].is_structured() ? scalar_text(rows[i][key]) : "");
    }
    cells.push_back(std::move(line));
  }
  return cells;
}

std::string folded(const std::string& summary, const std::string& body, bool open = false) {
  return std::string("<details") + (open ? " open" : "") + "><summary>" + markup(summary) +
         "</summary>\n" + body + "</details>\n";
}

// The members of a list, each as a table's row, below a heading that counts them.
std::string section_of(const Tree& report, const char* key, const std::string& name) {
  if (!report.contains(key) || !report[key].is_array() || report[key].empty()) return "";
  const Tree& list = report[key];
  std::string body = table_of(cells_of(list, kRowsShown));
  if (list.size() > kRowsShown) {
    body += fmt::format("<p class=\"note\">{} more: --format csv has all.</p>\n",
                        list.size() - kRowsShown);
  }
  return "<h2>" + name + "</h2>\n" + folded(fmt::format("{} {}", list.size(), key), body);
}

std::string figure_of(const Chart& chart) {
  if (chart.svg.empty()) {
    return "<figure><figcaption>" + markup(chart.title) + "</figcaption>\n" +
           table_of(chart.table) + "<p class=\"note\">" + markup(chart.note) + "</p></figure>\n";
  }
  std::string text = "<figure><figcaption>" + markup(chart.title) +
                     "</figcaption>\n<div class=\"wide\" tabindex=\"0\" role=\"region\" "
                     "aria-label=\"chart\">" +
                     chart.svg + "</div>\n";
  if (!chart.note.empty()) text += "<p class=\"note\">" + markup(chart.note) + "</p>\n";
  return text + folded("as a table", table_of(chart.table)) + "</figure>\n";
}

// Inside a script element nothing but "</" and "<!--" ends the text.
std::string embedded_json(const Tree& report) {
  const std::string json = report.dump(-1, ' ', true);
  if (json.size() > kReportKept) return "";
  std::string safe;
  for (const char c : json) safe += c == '<' ? std::string("\\u003c") : std::string(1, c);
  return "<script type=\"application/json\" id=\"report\">" + safe + "</script>\n";
}

std::string text_report(const Tree& report) {
  return forms_of(report["question"].get<std::string>())->text(report);
}

// Between fences longer than any in the text.
std::string fenced(const std::string& text) {
  std::size_t longest = 2, run = 0;
  for (const char c : text) {
    run = c == '`' ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  const std::string fence(longest + 1, '`');
  return fence + "text\n" + visible(text) + (text.ends_with('\n') ? "" : "\n") + fence + "\n";
}

}  // namespace

std::string report_fragment(const Tree& report) {
  const std::string words = text_report(report);
  std::string text = "<h1>" + markup(title_of(report, words)) + "</h1>\n<p class=\"by\">" +
                     markup("traincost " + report["question"].get<std::string>() + ", engine " +
                            report["engine_version"].get<std::string>() + ", data of " +
                            report["data_version"].get<std::string>()) +
                     "</p>\n";
  const std::vector<KeyFigure> figures = key_figures_of(report);
  if (!figures.empty()) {
    text += "<ul class=\"figures\">\n";
    for (const KeyFigure& each : figures) {
      text += "<li><span>" + markup(each.name) + "</span><b>" + markup(each.value) + "</b><span>" +
              markup(each.range) + "</span></li>\n";
    }
    text += "</ul>\n";
  }
  if (report.contains("warnings") && report["warnings"].is_array()) {
    for (const Tree& each : report["warnings"]) {
      text += "<p class=\"warning\">" + markup(warning_text(each)) + "</p>\n";
    }
  }
  for (const Chart& chart : charts_of(report)) text += figure_of(chart);
  text += "<h2>In words</h2>\n<pre tabindex=\"0\">" + markup(words) + "</pre>\n";
  text += section_of(report, forms_of(report["question"].get<std::string>())->table, "Rows");
  text += section_of(report, "assumptions", "Assumptions");
  return text + section_of(report, "sources", "Sources");
}

std::string report_page(const Tree& report) {
  return "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
         "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n<title>" +
         markup(title_of(report, text_report(report))) + "</title>\n<style>\n" + page_style() +
         "</style>\n</head>\n<body>\n<main>\n" + report_fragment(report) +
         "</main>\n<footer><p>Every figure is in the JSON that this page carries: <code>traincost "
         "render</code> writes it in other formats.</p></footer>\n" +
         embedded_json(report) + "</body>\n</html>\n";
}

std::string page_style() { return std::string(kChartStyle) + kPageStyle; }

std::string report_markdown(const Tree& report) {
  const std::string words = text_report(report);
  std::string text = "### " + plain_markdown(title_of(report, words)) + "\n\n";
  const std::vector<KeyFigure> figures = key_figures_of(report);
  if (!figures.empty()) {
    text += "| | answer | 90% interval |\n|---|---|---|\n";
    for (const KeyFigure& each : figures) {
      text += "| " + plain_markdown(each.name) + " | " + plain_markdown(each.value) + " | " +
              plain_markdown(each.range) + " |\n";
    }
    text += "\n";
  }
  if (report.contains("warnings") && report["warnings"].is_array()) {
    for (const Tree& each : report["warnings"]) {
      text += "> " + plain_markdown(warning_text(each)) + "\n\n";
    }
  }
  text += "<details><summary>In words</summary>\n\n" + fenced(words) + "\n</details>\n";
  if (report.contains("assumptions") && report["assumptions"].is_array() &&
      !report["assumptions"].empty()) {
    const auto cells = cells_of(report["assumptions"], kRowsShown);
    text += "\n<details><summary>" + std::to_string(report["assumptions"].size()) +
            " assumptions</summary>\n\n";
    for (std::size_t i = 0; i < cells.size(); ++i) {
      for (const std::string& cell : cells[i]) text += "| " + plain_markdown(cell) + " ";
      text += "|\n";
      if (i > 0) continue;
      for (std::size_t column = 0; column < cells[0].size(); ++column) text += "|---";
      text += "|\n";
    }
    text += "\n</details>\n";
  }
  return text + "\n" +
         plain_markdown("traincost " + report["engine_version"].get<std::string>() + ", data of " +
                        report["data_version"].get<std::string>()) +
         "\n";
}

std::string report_picture(const Tree& report) {
  const std::vector<Chart> charts = charts_of(report);
  if (!charts.empty()) return standalone(charts.front());
  const std::string words = text_report(report);
  return standalone(text_chart(title_of(report, words), words));
}

}  // namespace traincost
