#include "reports/pictures.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <string>

#include "reports/accuracy.h"
#include "reports/format.h"

namespace traincost {
namespace {

bool has(const Tree& object, const char* key) {
  return object.is_object() && object.contains(key) && !object[key].is_null();
}

double number(const Tree& object, const char* key) {
  return has(object, key) && object[key].is_number() ? object[key].get<double>() : 0;
}

std::string text(const Tree& object, const char* key) {
  return has(object, key) && object[key].is_string() ? object[key].get<std::string>() : "";
}

ChartSpan span_of(const std::string& name, const Tree& range, std::string (*write)(double)) {
  const double low = number(range, "p5"), middle = number(range, "p50"),
               high = number(range, "p95");
  return {name, low, middle, high, write(low), write(middle), write(high)};
}

std::string hours_text(double hours) { return magnitude_text(hours) + " h"; }

std::string share_text(double share) { return percent(share, 1); }

// The answer's interval: hours, days and money are of one doubt, so one scale shows them.
void add_interval(std::vector<Chart>& charts, const Tree& total) {
  std::vector<ChartSpan> spans;
  const auto add = [&](const char* name, const char* key, std::string (*write)(double)) {
    if (!has(total, key) || number(total[key], "p95") <= number(total[key], "p5")) return;
    ChartSpan span = span_of(name, total[key], write);
    const double middle = span.middle;
    for (double* each : {&span.low, &span.middle, &span.high}) *each /= middle;
    spans.push_back(span);
  };
  add("accelerator-hours", "accelerator_hours_range", hours_text);
  add("wall time", "wall_days_range", days_text);
  add("cost", "cost_usd_range", dollars);
  if (spans.empty()) return;
  charts.push_back(span_chart("The answer and its 90% interval", spans));
  charts.back().note =
      "Each bar runs from the 5% to the 95% quantile of what such runs take; the line is their "
      "median.";
}

// The predicted phase of most accelerator-hours.
const Tree* longest_phase(const Tree& result) {
  const Tree* longest = nullptr;
  for (const Tree& phase : result["phases"]) {
    if (!has(phase, "step_terms") || phase["step_terms"].empty()) continue;
    if (longest == nullptr ||
        number(phase, "accelerator_hours") > number(*longest, "accelerator_hours")) {
      longest = &phase;
    }
  }
  return longest;
}

// `answer` is the step that the report tells, the median of such runs; 0 where it is of something
// else than a step.
void add_step(std::vector<Chart>& charts, const Tree& terms, const std::string& of, double answer) {
  std::vector<Bar> bars;
  double sum = 0;
  for (const Tree& term : terms) {
    const double seconds = number(term, "time_s");
    sum += seconds;
    bars.push_back({text(term, "name"), seconds,
                    duration(seconds) + ", " + share_text(number(term, "share"))});
  }
  if (bars.empty()) return;
  const bool longer = answer > 1.005 * sum;
  if (longer) {
    bars.push_back({"as such runs have taken", answer - sum, duration(answer - sum)});
    sum = answer;
  }
  charts.push_back(waterfall_chart("One optimizer step" + of + ", by what takes its time", bars,
                                   {"step", sum, duration(sum)}));
  charts.back().note =
      longer
          ? "Only what nothing else hides is counted. The physics says what stands above the last "
            "bar but one, which is what the median of unseen runs took beyond it."
          : "Only what nothing else hides is counted: the terms add up to the step, as the "
            "physics has it.";
}

void add_memory(std::vector<Chart>& charts, const Tree& memory) {
  if (!has(memory, "terms")) return;
  std::vector<Bar> bars;
  for (const Tree& term : memory["terms"]) {
    bars.push_back({text(term, "name"), number(term, "bytes"), gigabytes(number(term, "bytes"))});
  }
  const double required = number(memory, "required_bytes");
  const double present = number(memory, "available_bytes");
  charts.push_back(waterfall_chart(fmt::format("Memory of the most loaded rank, pipeline rank {}",
                                               number(memory, "most_loaded_rank")),
                                   bars, {"needed", required, gigabytes(required)}, present,
                                   gigabytes(present) + " present"));
}

void add_schedule(std::vector<Chart>& charts, const Tree& result) {
  if (!has(result, "timetable")) return;
  const Tree& table = result["timetable"];
  std::vector<std::string> kinds;
  std::map<int, int> shown;  // kinds that there are, by their place in the legend
  std::vector<Lane> lanes;
  for (const Tree& rank : table["ranks"]) {
    Lane lane{"rank " + rank["rank"].dump(), {}};
    for (const Tree& slot : rank["slots"]) {
      const int kind = slot[2].get<int>();
      const auto [at, fresh] = shown.emplace(kind, static_cast<int>(shown.size()));
      if (fresh) kinds.push_back(table["kinds"].at(slot[2].get<std::size_t>()).get<std::string>());
      lane.slots.push_back(
          {slot[0].get<double>(), slot[1].get<double>(), at->second, slot[3].get<std::string>()});
    }
    lanes.push_back(std::move(lane));
  }
  if (lanes.empty()) return;
  charts.push_back(
      lane_chart("The pipeline's schedule: " + text(table, "schedule"), lanes, kinds, duration));
  charts.back().note = fmt::format(
      "{} of the {} micro-batches of a step, and {} of {} pipeline ranks. Numbers are "
      "micro-batches; "
      "what is blank is the bubble.",
      table["played"].dump(), table["micro_batches"].dump(), lanes.size(),
      table["ranks_of_pipeline"].dump());
}

// Which ranks exchange with which, and over what: a table is its own picture.
void add_placement(std::vector<Chart>& charts, const Tree& phase) {
  if (!has(phase, "placement") || phase["placement"].empty()) return;
  Chart chart{"Where the groups of ranks meet",
              "",
              "",
              {{"group", "ranks", "every", "meets over", "of its cards"}}};
  for (const Tree& each : phase["placement"]) {
    chart.table.push_back({text(each, "group"), each["size"].dump(), each["stride"].dump(),
                           text(each, "meets"), percent(number(each, "of_cards"), 0)});
  }
  chart.note = "A group of 64, every 16, has ranks 0, 16, 32, ... of the cluster.";
  charts.push_back(std::move(chart));
}

void add_methods(std::vector<Chart>& charts, const Tree& total) {
  if (!has(total, "methods")) return;
  std::vector<Bar> bars;
  for (const Tree& each : total["methods"]) {
    if (!has(each, "cost_usd")) continue;
    bars.push_back(
        {text(each, "method"), number(each, "cost_usd"), dollars(number(each, "cost_usd"))});
  }
  if (bars.size() > 1) charts.push_back(bar_chart("The same run by each cost method", bars));
}

void add_drivers(std::vector<Chart>& charts, const Tree& sampled) {
  if (!has(sampled, "drivers")) return;
  std::vector<ChartSpan> spans;
  double middle = 0;
  const bool priced = !sampled["drivers"].empty() && has(sampled["drivers"][0], "cost_usd_p5");
  const std::string figure = priced ? "cost_usd" : "accelerator_hours";
  for (const Tree& each : sampled["figures"]) {
    if (text(each, "figure") == figure) middle = number(each, "p50");
  }
  const auto write = priced ? dollars : hours_text;
  for (const Tree& each : sampled["drivers"]) {
    const double low = number(each, (figure + "_p5").c_str());
    const double high = number(each, (figure + "_p95").c_str());
    const std::string index = percent(number(each, (figure + "_index").c_str()), 0);
    spans.push_back({index + " " + text(each, "input"), std::min(low, high), middle,
                     std::max(low, high), write(std::min(low, high)), write(middle),
                     write(std::max(low, high))});
  }
  if (spans.empty()) return;
  charts.push_back(span_chart("What drives the answer", spans));
  charts.back().note =
      "Each input alone at its 5% and 95% quantile; before it its first-order Sobol index, the "
      "share of the variance that it makes by itself.";
}

std::vector<Chart> of_estimate(const Tree& report) {
  const Tree& result = report["result"];
  std::vector<Chart> charts;
  const bool fits = !has(result, "memory") || result["memory"]["fits"] == true;
  if (!fits) {
    add_memory(charts, result["memory"]);
    return charts;
  }
  add_interval(charts, result["total"]);
  if (has(result, "sampled")) add_drivers(charts, result["sampled"]);
  if (const Tree* phase = longest_phase(result)) {
    const bool iterates = has(*phase, "iteration");
    add_step(charts, (*phase)["step_terms"], " of " + text(*phase, "name"),
             iterates ? 0 : number(*phase, "step_time_s"));
    add_memory(charts, result["memory"]);
    add_schedule(charts, result);
    add_placement(charts, *phase);
  } else {
    add_memory(charts, result["memory"]);
  }
  add_methods(charts, result["total"]);
  return charts;
}

std::string layout_text(const Tree& row) {
  std::string words;
  for (const char* knob : {"tp", "pp", "vp", "cp", "dp", "ep", "zero", "micro_batch"}) {
    if (!has(row, knob)) continue;
    const std::string value = row[knob].dump();
    if (value == "1" && std::string(knob) != "zero") continue;
    words += (words.empty() ? "" : ", ") + std::string(knob) + " " + value;
  }
  return words.empty() ? "one rank" : words;
}

std::vector<Chart> of_search(const Tree& report) {
  const Tree& result = report["result"];
  std::vector<Chart> charts;
  std::vector<ChartPoint> points;
  double present = 0;
  const auto add = [&](const char* list, int series) {
    bool first = true;
    for (const Tree& each : result[list]) {
      const double step = number(each, "step_time_s");
      const double needed = number(each, "memory_required_bytes");
      present = std::max(present, needed + number(each, "memory_headroom_bytes"));
      points.push_back({step, needed / 1e9, layout_text(each), duration(step), gigabytes(needed),
                        series, first && series == 1});
      first = false;
    }
  };
  add("front", 0);
  add("top", 1);
  if (!points.empty()) {
    charts.push_back(plot_chart("Step time against memory", points,
                                {"step time, s",
                                 "memory of the most loaded rank, GB",
                                 true,
                                 false,
                                 present / 1e9,
                                 gigabytes(present) + " present",
                                 false,
                                 {"Pareto front", "the best ten"}}));
    charts.back().note =
        "The large mark is the answer. On the front no layout is both faster and "
        "smaller. Step times are on a logarithmic scale.";
  }
  add_step(charts, result["step_terms"], " of the best layout",
           result["top"].empty() ? 0 : number(result["top"][0], "step_time_s"));
  return charts;
}

// Days and money of every count that was tried, a series for each accelerator.
std::vector<Chart> of_size(const Tree& report) {
  std::vector<Chart> charts;
  std::map<std::string, int> series;
  PlotAxes days{"accelerators", "wall time, days", true, true, 0, "", true, {}};
  PlotAxes cost{"wall time, days", "cost, $", true, true, 0, "", false, {}};
  std::vector<ChartPoint> times, costs;
  const Tree& best = report["result"]["best"];
  for (const Tree& row : report["rows"]) {
    if (!has(row, "wall_days") || text(row, "why_not") == "does not fit") continue;
    const std::string chip = text(row, "accelerator");
    const auto [at, fresh] = series.emplace(chip, static_cast<int>(series.size()));
    if (fresh) days.series.push_back(chip), cost.series.push_back(chip);
    const double count = number(row, "accelerators"), wall = number(row, "wall_days");
    const bool chosen = has(best, "accelerator") && text(best, "accelerator") == chip &&
                        number(best, "accelerators") == count;
    const std::string name = rounded(count) + " x " + chip;
    times.push_back({count, wall, name, rounded(count), days_text(wall), at->second, chosen});
    if (number(row, "cost_usd") > 0) {
      const double money = number(row, "cost_usd");
      costs.push_back({wall, money, name, days_text(wall), dollars(money), at->second, chosen});
    }
  }
  if (times.size() > 1) charts.push_back(plot_chart("How long on how many", times, days));
  if (costs.size() > 1) charts.push_back(plot_chart("What each of them costs", costs, cost));
  if (!charts.empty() && has(best, "accelerator")) {
    charts.front().note = "The large mark is the answer; both scales are logarithmic.";
  }
  return charts;
}

std::vector<Chart> of_compare(const Tree& report) {
  std::vector<Chart> charts;
  std::vector<ChartSpan> costs, times;
  for (const Tree& row : report["rows"]) {
    if (!has(row, "wall_days_p50") || row["feasible"] != true) continue;
    const std::string name =
        rounded(number(row, "accelerators")) + " x " + text(row, "accelerator");
    const auto span = [&](const char* key, std::string (*write)(double)) {
      const Tree range = {{"p5", number(row, (std::string(key) + "_p5").c_str())},
                          {"p50", number(row, key)},
                          {"p95", number(row, (std::string(key) + "_p95").c_str())}};
      return span_of(name, range, write);
    };
    times.push_back(span("wall_days", days_text));
    if (number(row, "cost_usd") > 0) costs.push_back(span("cost_usd", dollars));
  }
  if (!costs.empty()) charts.push_back(span_chart("Cost, with its 90% interval", costs));
  if (!times.empty()) charts.push_back(span_chart("Wall time, with its 90% interval", times));
  return charts;
}

std::vector<Chart> of_check(const Tree& report) {
  std::vector<Bar> bars;
  for (const auto& [verdict, count] : report["result"]["counts"].items()) {
    bars.push_back({verdict, count.get<double>(), count.dump()});
  }
  return {bar_chart("Verdicts", bars)};
}

std::vector<Chart> of_fit(const Tree& report) {
  std::vector<Chart> charts;
  if (has(report["result"], "memory")) add_memory(charts, report["result"]["memory"]);
  return charts;
}

std::vector<Chart> of_validation(const Tree& report) {
  std::vector<AccuracyPoint> points;
  Chart chart{"Predicted against measured step time", "", "", {{"family", "steps", "mean error"}}};
  for (const Tree& each : report["cases"]) {
    if (each["regression"].get<bool>()) continue;
    points.push_back({text(each, "family"), number(each, "measured"), number(each, "predicted")});
  }
  for (const Tree& each : report["families"]) {
    chart.table.push_back({text(each, "family"), each["n"].dump(), percent(number(each, "mape"))});
  }
  if (points.empty()) return {};
  chart.svg = accuracy_picture(points);
  chart.note = "The line is perfect, dashes are 10% to either side.";
  return {chart};
}

struct Pictures {
  const char* question;
  std::vector<Chart> (*of)(const Tree&);
};

constexpr Pictures kPictures[] = {
    {"estimate", of_estimate},   {"search", of_search}, {"size", of_size},
    {"compare", of_compare},     {"check", of_check},   {"fit", of_fit},
    {"validate", of_validation},
};

}  // namespace

std::vector<Chart> charts_of(const Tree& report) {
  for (const Pictures& each : kPictures) {
    if (report["question"] == each.question) return each.of(report);
  }
  return {};
}

}  // namespace traincost
