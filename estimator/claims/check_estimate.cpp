// A saved estimate against a measured run or a claim: does the one hold the other?
#include <algorithm>
#include <cmath>

#include "base/units.h"
#include "estimator/claims/check_rows.h"
#include "estimator/model/named.h"
#include "estimator/model/parameters.h"

namespace traincost {
namespace {

// A figure and where a report has it, in the report's unit.
struct Place {
  Figure figure;
  const char* key;
  double base;
};

constexpr Place kPlaces[] = {
    {Figure::kAcceleratorTime, "accelerator_hours", kHour},
    {Figure::kWallTime, "wall_days", kDay},
    {Figure::kCost, "cost_usd", 1},
    {Figure::kTokens, "tokens", 1},
    {Figure::kStepTime, "step_time_s", 1},
    {Figure::kThroughput, "tokens_per_s_per_accelerator", 1},
    {Figure::kMfu, "mfu", 1},
    {Figure::kHfu, "hfu", 1},
    {Figure::kEnergy, "energy_kwh", kKwh},
};

// Figures that fall where time rises, and those that follow it.
bool falls_with_time(Figure figure) {
  return figure == Figure::kThroughput || figure == Figure::kMfu || figure == Figure::kHfu;
}
bool follows_time(Figure figure) { return figure == Figure::kCost || figure == Figure::kEnergy; }

std::optional<double> number_in(const JsonValue& row, const std::string& key) {
  const JsonValue* member = row.find(key);
  if (member == nullptr || member->kind != JsonValue::Kind::kNumber) return std::nullopt;
  return member->number;
}

std::string text_in(const JsonValue& row, const char* key) {
  const JsonValue* member = row.find(key);
  return member == nullptr ? "" : member->text;
}

// The row's own interval, or that of its time.
Interval interval_in(const JsonValue& row, const Place& place, double value) {
  const std::string key = place.key;
  const auto low = number_in(row, key + "_p5"), high = number_in(row, key + "_p95");
  if (low && high) return {*low, *high};
  const auto time = number_in(row, "accelerator_hours");
  const auto fast = number_in(row, "accelerator_hours_p5");
  const auto slow = number_in(row, "accelerator_hours_p95");
  if (!time || !fast || !slow || *time <= 0 || *fast <= 0) return {value, value};
  if (falls_with_time(place.figure)) return {value * *time / *slow, value * *time / *fast};
  if (follows_time(place.figure)) return {value * *fast / *time, value * *slow / *time};
  return {value, value};
}

void add_rows(const Subject& subject, const JsonValue& row, std::vector<CheckRow>& rows) {
  for (const Place& place : kPlaces) {
    const Stated* stated = subject.figure(place.figure);
    const auto estimated = number_in(row, place.key);
    if (stated == nullptr || !estimated || *estimated <= 0) continue;
    const FigureKind& kind = kind_of(place.figure);
    const double unit = place.base / kind.base;
    const Interval held = interval_in(row, place, *estimated);
    CheckRow found;
    found.kind = RowKind::kEstimate;
    found.aspect = Aspect::kPhysics;
    found.subject = subject.name;
    found.figure = kind.key;
    found.unit = kind.unit;
    found.text = stated->text;
    found.value = stated->value / kind.base;
    found.stated = {stated->printed.low / kind.base, stated->printed.high / kind.base};
    found.derived = {held.low * unit, held.high * unit};
    found.derived_value = *estimated * unit;
    found.ratio = found.value / found.derived_value;
    found.from = {"row \"" + text_in(row, "id") + "\" of the estimate"};
    found.redundant = true;
    found.vague = stated->vague;
    // Tokens and the like have no interval: they are asked to be the same.
    const Interval meant{stated->meant.low / kind.base, stated->meant.high / kind.base};
    found.verdict = compare(found.stated, found.derived, meant, found.derived);
    if (found.verdict == Verdict::kImpossible && held.low < held.high) {
      constexpr double kFar = 2;
      const bool near = found.stated.high * kFar > found.derived.low &&
                        found.stated.low < found.derived.high * kFar;
      if (near) found.verdict = Verdict::kStrained;
    }
    if (found.verdict != Verdict::kConsistent) {
      found.turns.push_back({found.figure, found.unit, found.derived, found.value});
    }
    rows.push_back(std::move(found));
  }
}

void state(Subject& subject, const JsonValue& measured, const char* key, Figure figure,
           double base) {
  const auto value = number_in(measured, key);
  if (!value || *value <= 0) return;
  Stated stated = *stated_number(*value).stated;
  for (double* each : {&stated.value, &stated.printed.low, &stated.printed.high, &stated.meant.low,
                       &stated.meant.high}) {
    *each *= base;
  }
  subject.figures.emplace(figure, std::move(stated));
}

}  // namespace

namespace {

// How the estimate is of another run than the claim: neither holds the other then.
std::string another_run(const Claim& claim, const JsonValue& report) {
  const JsonValue* inputs = report.find("inputs");
  if (inputs == nullptr) return "";
  const std::string chip = text_in(*inputs, "accelerator"), model = text_in(*inputs, "model");
  std::string words;
  if (claim.subject.accelerator && !chip.empty() && claim.subject.accelerator->record.id != chip) {
    words = "an estimate on " + claim.subject.accelerator->record.id + ", this one is on " + chip;
  }
  const std::string& own = claim.subject.model_name;
  if (!own.empty() && own != model && find_model(own) && find_model(model)) {
    words += (words.empty() ? "" : "; ") + ("an estimate of " + own) + ", this one is of " + model;
  }
  // Rows of published runs name models as people do: their parameters tell them apart.
  const Stated* parameters = claim.subject.figure(Figure::kParameters);
  const auto estimated = find_model(model);
  if (own.empty() && parameters != nullptr && estimated) {
    constexpr double kAlike = 0.15;
    const auto counted = static_cast<double>(count_parameters(estimated->model).total);
    if (std::abs(parameters->value / counted - 1) > kAlike) {
      words +=
          (words.empty() ? "" : "; ") + ("an estimate of the same model, this one is of " + model);
    }
  }
  return words;
}

}  // namespace

CheckAnswer check_estimate(const Claim& claim, const JsonValue& report, const std::string& file) {
  const JsonValue* question = report.find("question");
  const JsonValue* rows = report.find("rows");
  if (text_in(report, "schema") != "traincost.report/1" || question == nullptr ||
      question->text != "estimate" || rows == nullptr || rows->items.empty()) {
    throw InputError(Fault{file, report.line, "/", "is no saved estimate",
                           "write one: traincost estimate JOB.json --format json > " + file});
  }
  CheckAnswer answer;
  answer.claim = claim;
  if (std::string words = another_run(claim, report); !words.empty()) {
    answer.would_decide.push_back(std::move(words));
    return answer;
  }
  // The subject is held against the total, and where that lacks a figure against a lone phase.
  const JsonValue* total = nullptr;
  std::vector<const JsonValue*> phases;
  for (const JsonValue& row : rows->items) {
    if (text_in(row, "id") == "total") {
      total = &row;
    } else {
      phases.push_back(&row);
    }
  }
  if (total != nullptr) add_rows(claim.subject, *total, answer.rows);
  if (!phases.empty()) {
    // Rates are the first phase's; amounts are its own where it is alone.
    Subject rates = claim.subject;
    for (const CheckRow& row : answer.rows) {
      std::erase_if(rates.figures,
                    [&](const auto& entry) { return kind_of(entry.first).key == row.figure; });
    }
    if (phases.size() > 1) {
      std::erase_if(rates.figures, [](const auto& entry) { return kind_of(entry.first).sums; });
    }
    add_rows(rates, *phases.front(), answer.rows);
  }
  for (const Subject& part : claim.parts) {
    for (const JsonValue* phase : phases) {
      const std::string name = text_in(*phase, "name");
      const bool same =
          name.size() >= part.name.size() &&
          name.compare(name.size() - part.name.size(), part.name.size(), part.name) == 0;
      if (same) add_rows(part, *phase, answer.rows);
    }
  }
  for (const CheckRow& row : answer.rows) {
    if (answer.physics == Verdict::kCannotTell || row.verdict > answer.physics) {
      answer.physics = row.verdict;
    }
  }
  answer.overall = answer.physics;
  return answer;
}

Claim claim_of_run(const JsonValue& row, const std::string& file, const HardwareDb& db) {
  Claim claim;
  claim.id = text_in(row, "id");
  claim.file = file;
  claim.line = row.line;
  claim.statement = "measured run " + claim.id;
  claim.language = "en";
  claim.said_by = text_in(row, "family");
  if (const JsonValue* source = row.find("source")) {
    claim.source.title = text_in(*source, "title");
    claim.source.where = text_in(*source, "url_or_repo");
  }
  Subject& subject = claim.subject;
  if (const JsonValue* cluster = row.find("cluster")) {
    subject.accelerator = db.accelerator(text_in(*cluster, "accelerator"));
  }
  if (const JsonValue* model = row.find("model")) {
    state(subject, *model, "stated_params", Figure::kParameters, 1);
  }
  const JsonValue* measured = row.find("measured");
  if (measured == nullptr) return claim;
  state(subject, *measured, "step_time_s", Figure::kStepTime, 1);
  state(subject, *measured, "tokens_per_s_per_accelerator", Figure::kThroughput, 1);
  state(subject, *measured, "mfu", Figure::kMfu, 1);
  state(subject, *measured, "hfu", Figure::kHfu, 1);
  state(subject, *measured, "gpu_hours", Figure::kAcceleratorTime, kHour);
  state(subject, *measured, "days", Figure::kWallTime, kDay);
  state(subject, *measured, "tokens", Figure::kTokens, 1);
  return claim;
}

}  // namespace traincost
