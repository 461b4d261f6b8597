// Products, sums and quotients as a reader repeats them on a pocket calculator.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "reports/check_words.h"
#include "reports/format.h"

namespace traincost {

std::string factor_text(const Factor& factor) {
  const std::string& name = factor.figure;
  const auto with = [&](const char* words) { return short_number(factor.value) + " " + words; };
  if (name == "accelerators") return with("GPUs");
  if (name == "parameters") return with("parameters");
  if (name == "active_parameters") return with("active parameters");
  if (name == "steps") return with("steps");
  if (name == "units") return with("units");
  if (name == "flops_per_parameter_and_token") return short_number(factor.value);
  if (name == "hardware_over_model_flops") return significant(factor.value, 3);
  if (name == "peak_dense") return figure_text(factor.value, name, factor.unit) + " peak";
  if (name == "mfu" || name == "hfu" || name == "pue") {
    return (name == "pue"   ? "PUE "
            : name == "mfu" ? "MFU "
                            : "HFU ") +
           figure_text(factor.value, name, factor.unit) + (factor.assumed ? " (assumed)" : "");
  }
  if (name == "wall_time") {  // GPU-hours are of hours
    constexpr double kHoursOfDay = 24;
    return short_number(kHoursOfDay * factor.value) + " h";
  }
  return figure_text(factor.value, name, factor.unit);
}

namespace {

// What the factors' units leave over: seconds of an hour, hours of a day.
std::string conversion(double constant) {
  struct Known {
    double value;
    const char* text;
  };
  constexpr Known kKnown[] = {{24, " x 24 h/d"}, {3600, " x 3,600 s/h"}, {86400, " x 86,400 s/d"}};
  constexpr double kSame = 1e-6;
  const double decades = std::pow(10, std::round(std::log10(constant)));
  if (std::abs(constant / decades - 1) < kSame) return "";  // prefixes of units
  for (const Known& known : kKnown) {
    for (const double each : {known.value, 1 / known.value}) {
      const double left = constant / each;
      const double power = std::pow(10, std::round(std::log10(left)));
      if (std::abs(left / power - 1) > kSame) continue;
      return each > 1 ? known.text : std::string(known.text).replace(1, 1, "/");
    }
  }
  return "";
}

// As people multiply: 6 FLOPs for parameters and tokens, accelerators by their time, then its
// price.
std::vector<Factor> in_order(std::vector<Factor> factors) {
  constexpr std::string_view kOrder[] = {"flops_per_parameter_and_token",
                                         "hardware_over_model_flops",
                                         "active_parameters",
                                         "parameters",
                                         "flops_per_token",
                                         "units",
                                         "accelerators",
                                         "steps"};
  const auto place = [&](const Factor& factor) {
    return std::find(std::begin(kOrder), std::end(kOrder), factor.figure) - std::begin(kOrder);
  };
  std::stable_sort(factors.begin(), factors.end(),
                   [&](const Factor& a, const Factor& b) { return place(a) < place(b); });
  return factors;
}

// "648 GPUs x 198 h x $2/GPU-h", "14.8T tokens / (2,048 GPUs x 1,301 h)"; with `constant` where
// that is not 1 for people.
std::string product_text(const std::vector<Factor>& factors, double result) {
  std::vector<std::string> over, under;
  double product = 1;
  for (const Factor& factor : in_order(factors)) {
    if (std::abs(std::abs(factor.power) - 1) > 1e-6) return "";  // no product of school
    product *= std::pow(factor.value, factor.power);
    if (factor.figure == "wall_time") product *= std::pow(24.0, factor.power);
    if (factor.figure == "goodput" && factor.value == 1) continue;
    if (factor.figure == "hardware_over_model_flops" && factor.value == 1) continue;
    if (factor.figure == "pue" && factor.value == 1) continue;
    (factor.power > 0 ? over : under).push_back(factor_text(factor));
  }
  if (over.size() + under.size() < 2) return "";
  const auto chain = [](const std::vector<std::string>& each) {
    std::string text;
    for (const std::string& one : each) text += (text.empty() ? "" : " x ") + one;
    return text;
  };
  std::string text = over.empty() ? "1" : chain(over);
  const std::string left = conversion(result / product);
  const bool divides = left.rfind(" / ", 0) == 0;
  if (divides) under.insert(under.begin(), left.substr(3));
  if (!left.empty() && !divides) text += left;
  if (under.empty()) return text;
  return text + " / " + (under.size() > 1 ? "(" + chain(under) + ")" : under.front());
}

// The exact sum of dollars under ten millions, as a pocket calculator shows it.
std::string result_text(double value, const std::string& figure, const std::string& unit) {
  constexpr double kWritten = 1e7;
  if (unit == "USD" && value >= 1000 && value < kWritten) return "$" + rounded(value);
  return figure_text(value, figure, unit);
}

// How far the result lies from what is stated: "27% more", "1.0% less", "3.1 times as much".
std::string gap_text(double derived, double stated) {
  const double over = derived / stated;
  constexpr double kTwice = 2;
  if (over >= kTwice) return significant(over, 2) + " times as much";
  if (over <= 1 / kTwice) return "1/" + significant(1 / over, 2) + " of what is stated";
  const double off = std::abs(over - 1);
  constexpr double kNone = 5e-4, kSmall = 0.1;
  if (off < kNone) return "";
  return percent(off, off < kSmall ? 1 : 0) + (over > 1 ? " more" : " less");
}

// "at most ", "at least " of what follows from a bound.
std::string bound_text(Interval interval) {
  return interval.low <= 0 ? "at most " : std::isfinite(interval.high) ? "" : "at least ";
}

std::string stated_text(const CheckRow& row, const std::string& result) {
  if (row.text.empty()) return "";
  const std::string said = "; stated " + row.text, gap = gap_text(row.derived_value, row.value);
  const bool bound = !bound_text(row.stated).empty() || !bound_text(row.derived).empty();
  if (bound && !row.fails()) return said;
  if (gap.empty()) return said + " (exact)";
  constexpr double kCloses = 0.1;
  const bool closes =
      row.verdict == Verdict::kConsistent && std::abs(row.derived_value / row.value - 1) <= kCloses;
  return said + (closes ? " (closes: " : " (") + result + " is " + gap + ")";
}

std::string sum_text(const CheckRow& row) {
  std::string text;
  for (const Factor& part : row.factors) {
    text += (text.empty() ? "" : " + ") + result_text(part.value, row.figure, row.unit) + " " +
            part.figure;
  }
  if (row.factors.size() < 2) return "";
  return text + " = " + result_text(row.derived_value, row.figure, row.unit) +
         stated_text(row, "the sum");
}

// Below one as people write it: "1/17.9".
std::string fraction_text(double value) {
  if (value <= 0 || value > 0.5) return significant(value, 3);
  return fmt::format("1/{} = {}", significant(1 / value, 3), percent(value));
}

std::string ratio_text(const CheckRow& row) {
  std::string text = row.from[0] + " / " + row.from[1];
  if (row.lower_by) {
    text = "1 - " + text + " = " + percent(row.derived_value, 1);
  } else {
    text += " = " + fraction_text(row.derived_value);
  }
  // An open side makes an open ratio.
  if (row.derived.low <= 0) return text + " at most; stated " + row.text;
  if (!std::isfinite(row.derived.high)) return text + " at least; stated " + row.text;
  return text + stated_text(row, "the ratio");
}

}  // namespace

std::string arithmetic_text(const CheckRow& row) {
  switch (row.kind) {
    case RowKind::kSum: return sum_text(row);
    case RowKind::kRatio: return ratio_text(row);
    default: break;
  }
  const double result = row.kind == RowKind::kRelation ? row.derived_value : row.value;
  const std::string product = product_text(row.factors, result);
  if (product.empty()) return "";
  const Interval open = row.kind == RowKind::kRelation ? row.derived : row.stated;
  const std::string equal =
      product + " = " + bound_text(open) + result_text(result, row.figure, row.unit);
  return row.kind == RowKind::kRelation ? equal + stated_text(row, "the product") : equal;
}

}  // namespace traincost
