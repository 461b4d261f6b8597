#include "estimator/doubt/known_runs.h"

#include <charconv>
#include <cstdint>
#include <cstdio>
#include <string_view>
#include <type_traits>

#include "base/decimal.h"
#include "base/text.h"

namespace traincost {
namespace {

std::vector<std::string_view> fields_of(std::string_view word) {
  std::vector<std::string_view> fields;
  while (true) {
    const std::size_t end = word.find(';');
    fields.push_back(word.substr(0, end));
    if (end == std::string_view::npos) return fields;
    word.remove_prefix(end + 1);
  }
}

template <typename Number>
bool read_number(std::string_view text, Number& value) {
  const char* end = text.data() + text.size();
  if constexpr (std::is_same_v<Number, double>) {
    const ReadDecimal read = read_decimal(text.data(), end);
    value = read.value;
    return read.ok && read.end == end;
  } else {
    const auto [at, fault] = std::from_chars(text.data(), end, value);
    return fault == std::errc{} && at == end;
  }
}

std::string short_number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.4g", value);
  return text;
}

// "name:number" for each word; words that are none, or whose number is not above 0, are left out.
template <typename Number>
std::vector<std::pair<std::string, Number>> pairs_from(const std::string& text) {
  std::vector<std::pair<std::string, Number>> pairs;
  for (const std::string& word : words_of(text)) {
    const auto colon = word.rfind(':');
    Number number = 0;
    if (colon == std::string::npos ||
        !read_number(std::string_view(word).substr(colon + 1), number))
      continue;
    if (number > 0) pairs.emplace_back(word.substr(0, colon), number);
  }
  return pairs;
}

}  // namespace

std::string runs_text(const std::vector<KnownRun>& runs) {
  std::string text;
  for (const KnownRun& run : runs) {
    if (!text.empty()) text += ' ';
    text += run.id + ';' + run.software + ';' + run.accelerator + ';' + run.precision;
    const auto add = [&](double each) { text += ';' + short_number(each); };
    const auto count = [&](std::int64_t each) { text += ';' + std::to_string(each); };
    count(run.count);
    count(run.experts ? 1 : 0);
    add(run.active_parameters);
    count(static_cast<std::int64_t>(run.sequence_length));
    for (const int degree : {run.tp, run.pp, run.cp, run.ep, run.zero}) count(degree);
    add(run.measured);
    add(run.predicted);
  }
  return text.empty() ? "none" : text;
}

std::vector<KnownRun> runs_from(const std::string& text) {
  constexpr std::size_t kTexts = 4, kNumbers = 11;
  std::vector<KnownRun> runs;
  for (const std::string& word : words_of(text)) {
    const std::vector<std::string_view> fields = fields_of(word);
    if (fields.size() != kTexts + kNumbers) continue;
    double numbers[kNumbers] = {};
    bool all = true;
    for (std::size_t i = 0; i < kNumbers; ++i) {
      // Counts fit an int; what is measured and predicted is a time.
      constexpr double kMost = 1e9;
      const bool counts = i != 2 && i != 9 && i != 10;
      all = all && read_number(fields[kTexts + i], numbers[i]) && numbers[i] >= 0 &&
            numbers[i] < (counts ? kMost : 1e30);
    }
    const auto a_time = [&](std::size_t i) { return numbers[i] >= 1e-9 && numbers[i] <= 1e9; };
    if (!all || numbers[0] < 1 || numbers[2] < 1 || numbers[3] < 1 || !a_time(9) || !a_time(10)) {
      continue;
    }
    const auto whole = [&](std::size_t i) { return static_cast<int>(numbers[i]); };
    const auto name = [&](std::size_t i) { return std::string(fields[i]); };
    runs.push_back({name(0), name(1), name(2), name(3), whole(0), numbers[1] > 0, numbers[2],
                    numbers[3], whole(4), whole(5), whole(6), whole(7), whole(8), numbers[9],
                    numbers[10]});
  }
  return runs;
}

std::string knobs_text(const std::vector<std::pair<std::string, int>>& knobs) {
  std::string text;
  for (const auto& [name, steps] : knobs) {
    text += (text.empty() ? "" : " ") + name + ":" + std::to_string(steps);
  }
  return text.empty() ? "none" : text;
}

std::vector<std::pair<std::string, int>> knobs_from(const std::string& text) {
  return pairs_from<int>(text);
}

std::string reached_text(const std::vector<std::pair<std::string, double>>& reached) {
  std::string text;
  for (const auto& [kind, mfu] : reached) {
    text += (text.empty() ? "" : " ") + kind + ":" + short_number(mfu);
  }
  return text.empty() ? "none" : text;
}

std::vector<std::pair<std::string, double>> reached_from(const std::string& text) {
  return pairs_from<double>(text);
}

double KnownRuns::highest_mfu(const std::string& accelerator, const std::string& precision) const {
  const std::string kind = accelerator + "/" + precision;
  for (const auto& [name, mfu] : reached) {
    if (name == kind) return mfu;
  }
  return 0;
}

KnownRuns read_known_runs(const JsonCursor& cursor) {
  RecordReader reader(cursor, "known_runs");
  KnownRuns known;
  known.runs = runs_from(reader.required("runs", reader.text("runs")));
  known.knobs = knobs_from(reader.required("knobs", reader.text("knobs")));
  known.reached = reached_from(reader.required("reached", reader.text("reached")));
  known.record = reader.finish();
  return known;
}

KnownRuns known_runs_of(const HardwareDb& db) {
  return db.record("known_runs", "known-runs", read_known_runs).value_or(KnownRuns{});
}

}  // namespace traincost
