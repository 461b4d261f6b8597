#include "hwdb/export_rule.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/date.h"
#include "base/units.h"

namespace traincost {
namespace {

using namespace unit;

double infinite() { return std::numeric_limits<double>::infinity(); }

struct MeasureRow {
  const char* key;    // in a clause
  const char* words;  // in an answer
  const char* unit;   // of the words
  ExportMeasure measure;
  bool bandwidth;  // written as a text with its unit
};

constexpr MeasureRow kMeasures[] = {
    {"tpp", "TPP", "", ExportMeasure::kTpp, false},
    {"performance_density", "density", "", ExportMeasure::kDensity, false},
    {"io_bandwidth", "I/O", " GB/s", ExportMeasure::kIo, true},
    {"memory_bandwidth", "memory", " GB/s", ExportMeasure::kMemory, true},
    {"io_and_memory_bandwidth", "I/O + memory", " GB/s", ExportMeasure::kIoAndMemory, true},
};

const MeasureRow& row_of(ExportMeasure measure) {
  return kMeasures[static_cast<std::size_t>(measure)];
}

std::optional<double> bound(const JsonCursor& at, const char* key, bool bandwidth) {
  if (!bandwidth) return at.number(key, {0, 1e6});
  const auto rate = at.quantity<Dimension{.byte = 1, .second = -1}>(key);
  return rate ? std::optional(rate->in(Bandwidth::from_base(1))) : std::nullopt;
}

ExportClause read_clause(RecordReader& reader, const JsonCursor& at) {
  ExportClause clause;
  if (!at.expect_object()) return clause;
  if (at.require("class")) clause.name = at.text("class").value_or("");
  for (const MeasureRow& row : kMeasures) {
    const auto member = at.find(row.key);
    if (!member || !member->expect_object()) continue;
    ExportBound read;
    read.measure = row.measure;
    read.low = bound(*member, "at_least", row.bandwidth).value_or(0);
    read.below = bound(*member, "below", row.bandwidth).value_or(infinite());
    if (read.low >= read.below) member->fault("at_least is not under below");
    member->finish();
    clause.bounds.push_back(read);
  }
  if (clause.bounds.empty()) at.fault("a clause bounds nothing");
  if (at.require("source")) {
    clause.source = at.text("source").value_or("");
    reader.use_source(at, clause.source);
  }
  at.accept("note");
  at.finish();
  return clause;
}

// Where a measure of the chip lies; both infinite ends where it is unknown.
struct Known {
  double low, high;
};

Known measure_of(const ExportMeasures& chip, ExportMeasure measure) {
  const double memory = chip.memory.in(Bandwidth::from_base(1));
  const double io = chip.io ? chip.io->in(Bandwidth::from_base(1)) : 0;
  switch (measure) {
    case ExportMeasure::kTpp: return {chip.tpp, chip.tpp};
    case ExportMeasure::kDensity: {
      const auto density = chip.density();
      if (!density) return {0, infinite()};
      return {*density, chip.area_is_upper_bound ? infinite() : *density};
    }
    case ExportMeasure::kIo: return {io, chip.io ? io : infinite()};
    case ExportMeasure::kMemory: return {memory, memory};
    case ExportMeasure::kIoAndMemory: return {io + memory, chip.io ? io + memory : infinite()};
  }
  return {0, infinite()};
}

enum class Truth { kNo, kUnknown, kYes };

Truth holds(const ExportBound& bound, const ExportMeasures& chip) {
  const Known known = measure_of(chip, bound.measure);
  if (known.high < bound.low || known.low >= bound.below) return Truth::kNo;
  if (known.low >= bound.low && known.high < bound.below) return Truth::kYes;
  // An infinite upper end satisfies an absent bound.
  if (known.low >= bound.low && bound.below == infinite()) return Truth::kYes;
  return Truth::kUnknown;
}

Truth holds(const ExportClause& clause, const ExportMeasures& chip) {
  Truth all = Truth::kYes;
  for (const ExportBound& each : clause.bounds) all = std::min(all, holds(each, chip));
  return all;
}

std::string number_text(double value) {
  const bool small = value < 100;
  const double rounded = small ? std::round(value * 100) / 100 : std::round(value);
  std::string text = std::to_string(rounded);
  while (text.back() == '0') text.pop_back();
  if (text.back() == '.') text.pop_back();
  return text;
}

std::string measure_text(ExportMeasure measure, double value) {
  const MeasureRow& row = row_of(measure);
  return number_text(row.bandwidth ? value / 1e9 : value) + row.unit;
}

// "TPP 2368 under 2400", "density 2.91 under 3.2": the bound with the chip's figure.
std::string bound_text(const ExportBound& bound, const ExportMeasures& chip) {
  const Known known = measure_of(chip, bound.measure);
  const MeasureRow& row = row_of(bound.measure);
  std::string text = row.words;
  if (known.high == infinite() && known.low == 0) {
    text += " unknown";
  } else {
    text += (known.high == infinite() ? " over " : " ") + measure_text(bound.measure, known.low);
  }
  if (known.low >= bound.below) {
    return text + ", not under " + measure_text(bound.measure, bound.below);
  }
  if (known.high < bound.low) return text + ", under " + measure_text(bound.measure, bound.low);
  if (bound.low > 0) text += ", at least " + measure_text(bound.measure, bound.low);
  if (bound.below < infinite()) text += ", under " + measure_text(bound.measure, bound.below);
  return text;
}

std::string clause_text(const ExportClause& clause, const ExportMeasures& chip) {
  std::string text;
  for (const ExportBound& each : clause.bounds) {
    text += (text.empty() ? "" : "; ") + bound_text(each, chip);
  }
  return text;
}

// The first bound that each clause fails by, the same ones once.
std::string failing_text(const ExportRule& rule, const ExportMeasures& chip) {
  std::vector<std::string> said;
  for (const ExportClause& clause : rule.clauses) {
    for (const ExportBound& each : clause.bounds) {
      if (holds(each, chip) != Truth::kNo) continue;
      const std::string text = bound_text(each, chip);
      if (std::find(said.begin(), said.end(), text) == said.end()) said.push_back(text);
      break;
    }
  }
  std::string all;
  for (const std::string& text : said) all += (all.empty() ? "" : "; ") + text;
  return all;
}

std::string class_or_none(const std::string& name) { return name.empty() ? "no class" : name; }

// "3A090.a with dies of at most 270 mm2, 3A090.b up to 500 mm2, no class beyond": the class over
// all areas, whose borders are where the density meets a bound.
std::string deciding_areas(const ExportRule& rule, const ExportMeasures& chip) {
  std::vector<double> borders;
  for (const ExportClause& clause : rule.clauses) {
    for (const ExportBound& each : clause.bounds) {
      if (each.measure != ExportMeasure::kDensity) continue;
      if (each.low > 0) borders.push_back(chip.tpp / each.low);
      if (each.below < infinite()) borders.push_back(chip.tpp / each.below);
    }
  }
  std::sort(borders.begin(), borders.end());
  const double most = chip.area_is_upper_bound && chip.die_area ? chip.die_area->in(mm2) : 1e9;
  std::string text, before;
  double from = 0;
  const auto add = [&](const std::string& name, double to) {
    if (!text.empty()) text += ", ";
    text += class_or_none(name);
    text += to < most ? " up to " + number_text(to) + " mm2" : (from > 0 ? " beyond" : "");
  };
  const auto class_at = [&](double area) {
    ExportMeasures sure = chip;
    sure.die_area = area * mm2;
    sure.area_is_upper_bound = false;
    return export_class(rule, sure).name;
  };
  for (std::size_t i = 0; i <= borders.size(); ++i) {
    const double to = i < borders.size() ? borders[i] : infinite();
    if (to <= from || from >= most) continue;
    const std::string here = class_at(to == infinite() ? from * 2 + 1 : (from + to) / 2);
    const double next = i + 1 < borders.size() ? borders[i + 1] : infinite();
    const std::string then =
        to == infinite() ? "" : class_at(next == infinite() ? to * 2 + 1 : (to + next) / 2);
    if (to < most && here == then) continue;
    add(here, to);
    from = to;
  }
  return text;
}

}  // namespace

std::optional<double> ExportMeasures::density() const {
  if (!die_area) return std::nullopt;
  return tpp / die_area->in(mm2);
}

// Source: Bureau of Industry and Security, 88 FR 73458, ECCN 3A090 technical notes: total
// processing performance is 2 x MacTOPS x bit length, without sparsity, largest over precisions;
// performance density divides it by the area of dies made on non-planar processes.
ExportMeasures export_measures(const Accelerator& accelerator) {
  struct Width {
    const char* precision;
    double bits;
  };
  static constexpr Width kWidths[] = {{"fp64", 64}, {"fp64_tensor", 64}, {"fp64_matrix", 64},
                                      {"fp32", 32}, {"fp32_matrix", 32}, {"bf16", 16},
                                      {"fp16", 16}, {"fp16_vector", 16}, {"fp16_acc16", 16},
                                      {"fp8", 8},   {"fp8_acc16", 8},    {"int8", 8},
                                      {"fp6", 6},   {"fp4", 4},          {"int4", 4}};
  ExportMeasures m;
  for (const Width& width : kWidths) {
    const auto peak = accelerator.peak_dense.find(width.precision);
    if (peak == accelerator.peak_dense.end()) continue;
    const double tpp = peak->second.in(TFLOP_per_s)*width.bits;
    if (tpp > m.tpp) {
      m.tpp = tpp;
      m.precision = width.precision;
    }
  }
  if (accelerator.die_area) {
    m.die_area = static_cast<double>(accelerator.dies.value_or(1)) * *accelerator.die_area;
  }
  m.area_is_upper_bound = accelerator.die_area_is_upper_bound;
  m.memory = accelerator.memory_bandwidth;
  m.datacenter = accelerator.datacenter;
  // Chips without links of their own carry the host link's rate as their scale-up bandwidth.
  Bandwidth one_way = accelerator.host_line_rate.value_or(Bandwidth{});
  if (accelerator.scale_up_bandwidth && accelerator.has_own_links) {
    one_way += *accelerator.scale_up_bandwidth;
  }
  const bool known = accelerator.has_own_links ? accelerator.scale_up_bandwidth.has_value()
                                               : accelerator.host_line_rate.has_value();
  if (known) m.io = 2 * one_way;
  return m;
}

ExportRule read_export_rule(const JsonCursor& cursor) {
  static constexpr Name<ExportEffect> kEffects[] = {{"licence", ExportEffect::kLicence},
                                                    {"case-by-case", ExportEffect::kCaseByCase}};
  RecordReader reader(cursor, "export_rules");
  ExportRule rule;
  cursor.require("effect");
  rule.effect = cursor.one_of("effect", kEffects).value_or(ExportEffect::kLicence);
  rule.effective = reader.required("effective", reader.text("effective"));
  rule.until = reader.text("until").value_or("");
  for (const std::string* day : {&rule.effective, &rule.until}) {
    if (!day->empty() && !is_day(*day)) cursor.fault("\"" + *day + "\" is not a day, YYYY-MM-DD");
  }
  rule.vendors = reader.text("vendors").value_or("");
  rule.datacenter_only_below_tpp = reader.number("datacenter_only_below_tpp", {0, 1e6}).value_or(0);
  if (const auto clauses = cursor.require("clauses")) {
    for (const JsonCursor& each : clauses->items()) {
      rule.clauses.push_back(read_clause(reader, each));
    }
  }
  rule.record = reader.finish();
  return rule;
}

ExportClass export_class(const ExportRule& rule, const ExportMeasures& chip) {
  ExportClass answer;
  if (!chip.datacenter && chip.tpp < rule.datacenter_only_below_tpp) {
    answer.why = "not for data centres, and TPP " + number_text(chip.tpp) + " under " +
                 number_text(rule.datacenter_only_below_tpp);
    return answer;
  }
  bool open = false;
  for (const ExportClause& clause : rule.clauses) {
    const Truth truth = holds(clause, chip);
    if (truth == Truth::kNo) continue;
    if (truth == Truth::kUnknown) {
      open = true;
      if (answer.name.empty()) answer.name = clause.name;
      continue;
    }
    // What was open before leaves no doubt where it would give the same class.
    if (open && answer.name != clause.name) break;
    answer.name = clause.name;
    answer.why = clause_text(clause, chip);
    return answer;
  }
  if (!open) {
    answer.why = failing_text(rule, chip);
    return answer;
  }
  answer.name.clear();
  answer.determined = false;
  const bool sure_of_area = chip.die_area && !chip.area_is_upper_bound;
  answer.why =
      sure_of_area ? "I/O bandwidth unknown" : "die area unknown: " + deciding_areas(rule, chip);
  return answer;
}

std::string_view export_status_name(ExportStatus status) {
  switch (status) {
    case ExportStatus::kFree: return "no licence";
    case ExportStatus::kCaseByCase: return "case by case";
    case ExportStatus::kLicence: return "licence";
    case ExportStatus::kUndetermined: return "undetermined";
  }
  return "";
}

ExportAnswer export_answer(const std::vector<ExportRule>& rules, const ExportMeasures& chip,
                           const std::string& day) {
  ExportAnswer answer;
  bool licence = false, open = false, reviewed = false;
  for (const ExportRule& rule : rules) {
    if (!rule.in_force(day)) continue;
    ExportClass found = export_class(rule, chip);
    if (rule.effect == ExportEffect::kCaseByCase) {
      reviewed = !found.name.empty();
    } else {
      licence = licence || !found.name.empty();
      open = open || !found.determined;
    }
    answer.rules.push_back({&rule, std::move(found)});
  }
  std::stable_sort(answer.rules.begin(), answer.rules.end(), [](const auto& a, const auto& b) {
    return a.rule->effective < b.rule->effective;
  });
  if (licence) {
    answer.status = reviewed ? ExportStatus::kCaseByCase : ExportStatus::kLicence;
  } else if (open) {
    answer.status = ExportStatus::kUndetermined;
  }
  return answer;
}

}  // namespace traincost
