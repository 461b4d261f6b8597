#include "estimator/questions/claim.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <set>
#include <utility>

#include "base/cursor.h"
#include "base/day.h"
#include "base/nearest.h"
#include "estimator/model/named.h"

namespace traincost {
namespace {

constexpr double kHour = 3600, kDay = 86400, kKwh = 3.6e6;
constexpr Dimension kNone{};
constexpr Dimension kUsd{.usd = 1};
constexpr Dimension kSeconds{.second = 1};

constexpr std::array<FigureKind, kFigures> kKinds = {{
    {Figure::kAccelerators, "accelerators", kNone, "", 1, false},
    {Figure::kWallTime, "wall_time", kSeconds, "d", kDay, false},
    {Figure::kAcceleratorTime,
     "accelerator_time",
     {.second = 1, .accelerator = 1},
     "GPU-h",
     kHour,
     true},
    {Figure::kPrice,
     "price",
     {.second = -1, .usd = 1, .accelerator = -1},
     "USD/GPU-h",
     1 / kHour,
     false},
    {Figure::kCost, "cost", kUsd, "USD", 1, true},
    {Figure::kTokens, "tokens", {.token = 1}, "tokens", 1, true},
    {Figure::kParameters, "parameters", kNone, "", 1, false},
    {Figure::kActiveParameters, "active_parameters", kNone, "", 1, false},
    {Figure::kFlops, "flops", {.flop = 1}, "FLOP", 1, true},
    {Figure::kFlopsPerToken, "flops_per_token", {.flop = 1, .token = -1}, "FLOP/token", 1, false},
    {Figure::kThroughput,
     "throughput",
     {.second = -1, .token = 1, .accelerator = -1},
     "tokens/s/GPU",
     1,
     false},
    {Figure::kClusterThroughput,
     "cluster_throughput",
     {.second = -1, .token = 1},
     "tokens/s",
     1,
     false},
    {Figure::kAcceleratorTimePerToken,
     "accelerator_time_per_token",
     {.second = 1, .token = -1, .accelerator = 1},
     "GPU-h/T tokens",
     kHour / 1e12,
     false},
    {Figure::kFlopRate, "flop_rate", {.flop = 1, .second = -1}, "TFLOP/s", 1e12, false},
    {Figure::kMfu, "mfu", kNone, "", 1, false},
    {Figure::kHfu, "hfu", kNone, "", 1, false},
    {Figure::kStepTime, "step_time", kSeconds, "s", 1, false},
    {Figure::kBatchTokens, "batch_tokens", {.token = 1}, "tokens", 1, false},
    {Figure::kSteps, "steps", kNone, "", 1, false},
    {Figure::kEnergy, "energy", {.joule = 1}, "MWh", 1e3 * kKwh, true},
    {Figure::kPower, "power", {.second = -1, .joule = 1}, "W", 1, false},
    {Figure::kPue, "pue", kNone, "", 1, false},
    {Figure::kCarbon, "carbon", {.gram = 1}, "t", 1e6, true},
    {Figure::kCarbonIntensity,
     "carbon_intensity",
     {.joule = -1, .gram = 1},
     "kg/kWh",
     1e3 / kKwh,
     false},
    {Figure::kUnits, "units", kNone, "", 1, true},
    {Figure::kUnitPrice, "unit_price", {.usd = 1, .accelerator = -1}, "USD", 1, false},
    {Figure::kRevenue, "revenue", kUsd, "USD", 1, true},
    {Figure::kEvents, "events", kNone, "", 1, true},
}};

// What a literal of unknown kind may be; a bare number is a ratio or a count.
constexpr Dimension kLiterals[] = {
    kNone,
    kUsd,
    {.token = 1},
    {.byte = 1},
    {.byte = 1, .second = -1},
    {.flop = 1, .second = -1},
    {.flop = 1},
    kSeconds,
    {.second = 1, .accelerator = 1},
    {.second = 1, .token = -1, .accelerator = 1},
    {.usd = 1, .accelerator = -1},
    {.second = -1, .usd = 1, .accelerator = -1},
    {.joule = 1},
    {.second = -1, .joule = 1},
    {.gram = 1},
};

const std::vector<std::string>& figure_keys() {
  static const std::vector<std::string> keys = [] {
    std::vector<std::string> all;
    for (const FigureKind& kind : kKinds) all.emplace_back(kind.key);
    return all;
  }();
  return keys;
}

const FigureKind* kind_named(std::string_view key) {
  const auto found =
      std::find_if(kKinds.begin(), kKinds.end(), [&](const FigureKind& k) { return k.key == key; });
  return found == kKinds.end() ? nullptr : &*found;
}

class ClaimReader {
 public:
  ClaimReader(const JsonValue& document, std::string file, const HardwareDb& db)
      : root_(document, std::move(file), faults_), db_(db) {}

  std::vector<Claim> read();

 private:
  Claim read_claim(const JsonCursor& at, const Claim& shared);
  void read_header(const JsonCursor& at, Claim& claim);
  void read_source(const JsonCursor& at, Claim& claim);
  void read_subject(const JsonCursor& at, Subject& subject);
  void read_model(const JsonCursor& at, Subject& subject);
  void read_period(const JsonCursor& at, Subject& subject);
  std::vector<Subject> read_subjects(const JsonCursor& claim, const char* key);
  std::optional<Accelerator> read_accelerator(const JsonCursor& at);
  std::optional<Stated> read_stated(const JsonCursor& at, Dimension dimension);
  std::optional<Stated> read_literal(const JsonCursor& at, Dimension& dimension);
  void read_exchange(const JsonCursor& at);
  void read_ratio(const JsonCursor& at, Claim& claim);
  Operand read_operand(const JsonCursor& at, const Claim& claim, const std::string& of);
  void resolve(const JsonCursor& at, const Claim& claim, Operand& operand);
  void read_spec(const JsonCursor& at, Claim& claim);
  void read_growth(const JsonCursor& at, Claim& claim);
  void read_references(const JsonCursor& at, Claim& claim);
  void read_scope(const JsonCursor& at, Claim& claim);
  std::vector<std::string> read_texts(const JsonCursor& at, const char* key);
  void check_dates(const JsonCursor& at, const Claim& claim);

  Faults faults_;
  JsonCursor root_;
  const HardwareDb& db_;
  ExchangeRates rates_;
};

std::vector<Claim> ClaimReader::read() {
  std::vector<Claim> claims;
  if (!root_.expect_object()) faults_.throw_if_any();
  if (root_.require("schema") && root_.text("schema").value_or("") != "traincost.claim/1") {
    root_.find("schema")->fault("expected \"traincost.claim/1\"");
  }
  Claim shared;
  shared.file = root_.file();
  if (const auto list = root_.find("claims")) {
    read_header(root_, shared);
    read_exchange(root_);
    root_.accept("notes");
    root_.finish();
    std::set<std::string> ids;
    const auto items = list->items();
    if (items.empty()) list->fault("expected at least one claim");
    for (const JsonCursor& item : items) {
      if (!item.expect_object()) continue;
      claims.push_back(read_claim(item, shared));
      item.finish();
      if (!ids.insert(claims.back().id).second) {
        item.fault("a second claim has the id \"" + claims.back().id + "\"");
      }
    }
  } else {
    read_exchange(root_);
    claims.push_back(read_claim(root_, shared));
    root_.finish();
  }
  faults_.throw_if_any();
  return claims;
}

void ClaimReader::read_header(const JsonCursor& at, Claim& claim) {
  if (const auto text = at.text("language")) claim.language = *text;
  if (const auto text = at.text("said_by")) claim.said_by = *text;
  if (const auto date = at.find("date")) {
    claim.date = date->text().value_or("");
    if (!date_in_years(claim.date)) {
      date->fault("\"" + claim.date + "\" is no date", "write YYYY, YYYY-MM or YYYY-MM-DD");
    }
  }
  if (const auto source = at.find("source")) read_source(*source, claim);
}

void ClaimReader::read_source(const JsonCursor& at, Claim& claim) {
  struct KindRow {
    const char* name;
    SourceKind value;
  };
  static constexpr KindRow kSourceKinds[] = {
      {"vendor", SourceKind::kVendor},       {"paper", SourceKind::kPaper},
      {"measured", SourceKind::kMeasured},   {"provider", SourceKind::kProvider},
      {"secondary", SourceKind::kSecondary}, {"recalled", SourceKind::kRecalled},
      {"assumed", SourceKind::kAssumed},
  };
  if (!at.expect_object()) return;
  at.require("kind");
  claim.source.kind = at.one_of("kind", kSourceKinds).value_or(SourceKind::kRecalled);
  if (at.require("title")) claim.source.title = at.text("title").value_or("");
  claim.source.where = at.text("where").value_or("");
  if (const auto day = at.find("retrieved")) {
    claim.source.retrieved = day->text().value_or("");
    if (!is_day(claim.source.retrieved)) day->fault("expected a day as YYYY-MM-DD");
  }
  at.finish();
}

Claim ClaimReader::read_claim(const JsonCursor& at, const Claim& shared) {
  Claim claim = shared;
  claim.line = at.value().line;
  if (at.require("id")) claim.id = at.text("id").value_or("");
  if (at.require("statement")) claim.statement = at.text("statement").value_or("");
  read_header(at, claim);
  if (claim.source.title.empty()) {
    at.fault("a claim names its source", "add \"source\": {\"kind\", \"title\", \"where\"}");
  }
  if (claim.date.empty()) at.fault("a claim has a date", "add \"date\": \"2024-12-27\"");
  claim.notes = read_texts(at, "notes");
  read_subject(at, claim.whole);
  claim.whole.name.clear();
  claim.parts = read_subjects(at, "parts");
  claim.others = read_subjects(at, "others");
  if (const auto list = at.find("specs")) {
    for (const JsonCursor& item : list->items()) read_spec(item, claim);
  }
  if (const auto list = at.find("ratios")) {
    for (const JsonCursor& item : list->items()) read_ratio(item, claim);
  }
  if (const auto list = at.find("growth")) {
    for (const JsonCursor& item : list->items()) read_growth(item, claim);
  }
  if (const auto list = at.find("references")) {
    for (const JsonCursor& item : list->items()) read_references(item, claim);
  }
  if (const auto scope = at.find("scope")) read_scope(*scope, claim);
  const auto present = [&](const char* key) {
    const JsonValue* member = at.value().find(key);
    return member != nullptr && (!member->items.empty() || !member->members.empty());
  };
  const char* const kStating[] = {"figures", "parts",  "others",     "ratios",
                                  "specs",   "growth", "references", "period"};
  if (!std::any_of(std::begin(kStating), std::end(kStating), present)) {
    at.fault("the claim states nothing that could be checked",
             "add \"figures\", \"parts\", \"ratios\", \"specs\", \"growth\" or \"references\"");
  }
  check_dates(at, claim);
  return claim;
}

std::vector<std::string> ClaimReader::read_texts(const JsonCursor& at, const char* key) {
  std::vector<std::string> texts;
  if (const auto list = at.find(key)) {
    for (const JsonCursor& item : list->items()) texts.push_back(item.text().value_or(""));
  }
  return texts;
}

void ClaimReader::check_dates(const JsonCursor& at, const Claim& claim) {
  const auto said = date_in_years(claim.date);
  const auto read = date_in_years(claim.source.retrieved);
  const bool same_length = claim.date.size() == claim.source.retrieved.size();
  if (said && read && same_length && *said > *read) {
    at.fault("the claim's date " + claim.date + " is after it was retrieved, " +
             claim.source.retrieved);
  }
}

std::vector<Subject> ClaimReader::read_subjects(const JsonCursor& claim, const char* key) {
  std::vector<Subject> subjects;
  const auto list = claim.find(key);
  if (!list) return subjects;
  std::set<std::string> names;
  for (const JsonCursor& item : list->items()) {
    if (!item.expect_object()) continue;
    Subject subject;
    if (item.require("name")) subject.name = item.text("name").value_or("");
    read_subject(item, subject);
    item.finish();
    if (!names.insert(subject.name).second) {
      item.fault("a second one has the name \"" + subject.name + "\"");
    }
    subjects.push_back(std::move(subject));
  }
  return subjects;
}

void ClaimReader::read_subject(const JsonCursor& at, Subject& subject) {
  subject.line = at.value().line;
  read_model(at, subject);
  if (const auto chip = at.find("accelerator")) subject.accelerator = read_accelerator(*chip);
  subject.precision = at.text("precision").value_or("");
  subject.provider = at.text("provider").value_or("");
  subject.tier = at.text("tier").value_or("");
  if (const auto job = at.find("job"); job && job->expect_object()) subject.job = job->value();
  if (const auto figures = at.find("figures"); figures && figures->expect_object()) {
    for (const auto& [key, member] : figures->members()) {
      const FigureKind* kind = kind_named(key);
      if (kind == nullptr) {
        member.fault("unknown figure \"" + key + "\"", did_you_mean(key, figure_keys()));
        continue;
      }
      if (auto stated = read_stated(member, kind->dimension)) {
        if (stated->value <= 0) {
          member.fault("a figure is above zero");
          continue;
        }
        subject.figures.emplace(kind->figure, std::move(*stated));
      }
    }
  }
  if (const auto period = at.find("period")) read_period(*period, subject);
  for (const Figure share : {Figure::kMfu, Figure::kHfu}) {
    const Stated* stated = subject.figure(share);
    if (stated != nullptr && stated->printed.low > 1) {
      at.fault(std::string(kind_of(share).key) + " \"" + stated->text + "\" is over 1",
               "write it as 35% or 0.35");
    }
  }
}

void ClaimReader::read_model(const JsonCursor& at, Subject& subject) {
  const auto member = at.find("model");
  if (!member) return;
  if (!member->is_text()) {
    if (member->expect_object()) subject.model = traincost::read_model(*member).model;
    return;
  }
  subject.model_name = member->text().value_or("");
  if (auto found = find_model(subject.model_name)) {
    subject.model = std::move(found->model);
    return;
  }
  const auto beside = std::filesystem::path(root_.file()).parent_path() / subject.model_name;
  std::error_code error;
  if (std::filesystem::is_regular_file(beside, error)) {
    subject.model = load_model(beside.string()).model;
    return;
  }
  const std::string near = did_you_mean(subject.model_name, model_names());
  member->fault("no model \"" + subject.model_name + "\"",
                (near.empty() ? "" : near + " ") +
                    "leave it out where the shape is not known, and state parameters");
}

void ClaimReader::read_period(const JsonCursor& at, Subject& subject) {
  if (!at.expect_object()) return;
  at.require("from");
  at.require("to");
  const std::string from = at.text("from").value_or(""), to = at.text("to").value_or("");
  at.finish();
  if (!is_day(from) || !is_day(to)) {
    at.fault("a period is two days", "write {\"from\": \"2022-03-11\", \"to\": \"2022-07-06\"}");
    return;
  }
  constexpr double kDaysOfYear = 365.25;
  const double days = (*date_in_years(to) - *date_in_years(from)) * kDaysOfYear;
  if (days < 0) {
    at.fault("the period ends before it begins: " + from + " to " + to);
    return;
  }
  Stated stated;
  stated.text = from + " to " + to;
  stated.value = (days + 0.5) * kDay;  // the last day may count or not
  stated.printed = {days * kDay, (days + 1) * kDay};
  stated.meant = stated.printed;
  subject.figures.emplace(Figure::kWallTime, std::move(stated));
}

std::optional<Accelerator> ClaimReader::read_accelerator(const JsonCursor& at) {
  const auto name = at.text();
  if (!name) return std::nullopt;
  if (auto found = db_.accelerator(*name)) return found;
  const auto fault = db_.name_fault("accelerators", *name);
  at.fault(fault.message, fault.remedy);
  return std::nullopt;
}

std::optional<Stated> ClaimReader::read_stated(const JsonCursor& at, Dimension dimension) {
  ParsedStated parsed;
  if (at.kind() == JsonValue::Kind::kNumber) {
    if (dimension != kNone && dimension != Dimension{.token = 1}) {
      at.fault("a figure with a unit is a text", "such as \"2.788M GPU-h\" or \"about $63M\"");
      return std::nullopt;
    }
    parsed = stated_number(at.value().number);
  } else if (at.is_text()) {
    parsed = parse_stated(at.value().text, dimension, rates_);
  } else {
    at.fault("expected a figure, found " + kind_name(at.kind()),
             "such as \"2.788M GPU-h\" or \"about $63M\"");
    return std::nullopt;
  }
  if (!parsed.stated) at.fault(parsed.problem, parsed.remedy);
  return std::move(parsed.stated);
}

std::optional<Stated> ClaimReader::read_literal(const JsonCursor& at, Dimension& dimension) {
  if (at.is_text()) {
    for (const Dimension each : kLiterals) {
      ParsedStated parsed = parse_stated(at.value().text, each, rates_);
      if (!parsed.stated) continue;
      dimension = each;
      return std::move(parsed.stated);
    }
  }
  dimension = kNone;
  return read_stated(at, kNone);
}

// {"EUR": {"usd": 1.05, "source": "..."}}: what a claim's own currency was worth.
void ClaimReader::read_exchange(const JsonCursor& at) {
  const auto table = at.find("exchange");
  if (!table || !table->expect_object()) return;
  for (const auto& [code, entry] : table->members()) {
    if (code.size() != 3 || code == "USD" ||
        !std::all_of(code.begin(), code.end(), [](char c) { return c >= 'A' && c <= 'Z'; })) {
      entry.fault("\"" + code + "\" is no ISO code of another currency", "such as EUR or CNY");
    }
    if (!entry.expect_object()) continue;
    entry.require("usd");
    entry.require("source");
    rates_[code] = entry.number("usd", {1e-6, 1e4}).value_or(1);
    entry.accept("source");
    entry.finish();
  }
}

void ClaimReader::read_spec(const JsonCursor& at, Claim& claim) {
  if (!at.expect_object()) return;
  SpecClaim spec;
  spec.line = at.value().line;
  const auto chip = at.require("accelerator");
  const auto field = at.require("field");
  const auto stated = at.require("stated");
  at.finish();
  if (!chip || !field || !stated) return;
  auto found = read_accelerator(*chip);
  spec.field = field->text().value_or("");
  if (!found) return;
  const Field* known = found->record.field(spec.field);
  if (known == nullptr || !known->value) {
    std::vector<std::string> names;
    for (const Field& each : found->record.fields) {
      if (each.value) names.push_back(each.name);
    }
    field->fault("the record of " + found->record.id + " has no figure \"" + spec.field + "\"",
                 did_you_mean(spec.field, names));
    return;
  }
  // The statement is of the record's own kind, or it is none.
  Dimension dimension;
  auto literal = read_literal(*stated, dimension);
  if (!literal) return;
  const ParsedQuantity unit = parse_unit(known->unit, dimension);
  if (!known->unit.empty() && !unit.base) {
    stated->fault("\"" + literal->text + "\" is not comparable with " + spec.field + ", in " +
                  known->unit);
    return;
  }
  spec.stated = std::move(*literal);
  spec.accelerator = std::move(*found);
  claim.specs.push_back(std::move(spec));
}

void ClaimReader::read_ratio(const JsonCursor& at, Claim& claim) {
  if (!at.expect_object()) return;
  RatioClaim ratio;
  ratio.line = at.value().line;
  if (at.require("name")) ratio.name = at.text("name").value_or("");
  ratio.of = at.text("of").value_or("");
  const bool reduction = at.find("lower_by").has_value();
  const auto stated = reduction ? at.find("lower_by") : at.require("ratio");
  ratio.lower_by = reduction;
  if (stated) {
    if (auto read = read_stated(*stated, kNone)) ratio.ratio = std::move(*read);
    if (reduction && ratio.ratio.printed.low > 1) stated->fault("nothing is lower by over 100%");
  }
  std::vector<JsonCursor> pairs;
  if (const auto list = at.find("pairs")) {
    pairs = list->items();
  } else {
    pairs.push_back(at);
  }
  for (const JsonCursor& pair : pairs) {
    if (!pair.expect_object()) continue;
    const auto a = pair.require("a"), b = pair.require("b");
    if (!a || !b) continue;
    Operand left = read_operand(*a, claim, ratio.of);
    Operand right = read_operand(*b, claim, ratio.of);
    const bool chips = !left.accelerators.empty() && !right.accelerators.empty();
    if (left.value && right.value && left.dimension != right.dimension) {
      pair.fault("a and b are of different kinds: \"" + left.value->text + "\" and \"" +
                 right.value->text + "\"");
    } else if (right.value && right.value->value <= 0) {
      b->fault("nothing is a multiple of zero");
    } else if (chips || (left.value && right.value)) {
      ratio.pairs.emplace_back(std::move(left), std::move(right));
    } else if (left.value.has_value() != right.value.has_value() &&
               left.accelerators.empty() != right.accelerators.empty()) {
      pair.fault("an accelerator is compared with an accelerator alone");
    }
    if (&pair != &pairs.front() || at.find("pairs")) pair.finish();
  }
  if (pairs.empty()) at.fault("expected at least one pair");
  at.accept("pairs");
  at.finish();
  if (!ratio.pairs.empty()) claim.ratios.push_back(std::move(ratio));
}

Operand ClaimReader::read_operand(const JsonCursor& at, const Claim& claim, const std::string& of) {
  Operand operand;
  if (at.kind() != JsonValue::Kind::kObject) {
    resolve(at, claim, operand);
    return operand;
  }
  operand.name = at.text("name").value_or("");
  operand.value_of = at.text("value_of").value_or("");
  operand.scope = at.text("scope").value_or("");
  if (const auto chip = at.find("accelerator")) {
    const std::string name = chip->text().value_or("");
    if (operand.name.empty()) operand.name = name;
    // A family ("h100") is each of its members; an alias alone means one of them.
    const std::vector<std::string> ids = db_.ids("accelerators");
    for (const std::string& id : ids) {
      if (id == name || id.rfind(name + "-", 0) == 0) {
        operand.accelerators.push_back(*db_.accelerator(id));
      }
    }
    if (operand.accelerators.empty()) {
      if (auto found = db_.accelerator(name)) operand.accelerators.push_back(std::move(*found));
    }
    if (operand.accelerators.empty()) {
      const auto fault = db_.name_fault("accelerators", name);
      chip->fault(fault.message, fault.remedy);
    } else if (of.empty()) {
      chip->fault("a ratio of accelerators says of what",
                  "add \"of\": \"peak_dense\", \"memory_bandwidth\", ...");
    } else if (of != "peak_dense" && operand.accelerators.front().record.field(of) == nullptr) {
      std::vector<std::string> names = {"peak_dense"};
      for (const Field& each : operand.accelerators.front().record.fields) {
        names.push_back(each.name);
      }
      chip->fault("no record of \"" + name + "\" has a figure \"" + of + "\"",
                  did_you_mean(of, names));
      operand.accelerators.clear();
    }
  } else if (const auto value = at.require("value")) {
    resolve(*value, claim, operand);
  }
  at.finish();
  return operand;
}

// "cost", "pretraining.cost", or a literal.
void ClaimReader::resolve(const JsonCursor& at, const Claim& claim, Operand& operand) {
  if (at.is_text()) {
    const std::string& text = at.value().text;
    const std::size_t dot = text.rfind('.');
    const std::string owner = dot == std::string::npos ? "" : text.substr(0, dot);
    const FigureKind* kind = kind_named(dot == std::string::npos ? text : text.substr(dot + 1));
    if (kind != nullptr) {
      const Subject* subject = owner.empty() ? &claim.whole : nullptr;
      for (const auto* list : {&claim.parts, &claim.others}) {
        for (const Subject& each : *list) {
          if (!owner.empty() && each.name == owner) subject = &each;
        }
      }
      const Stated* stated = subject == nullptr ? nullptr : subject->figure(kind->figure);
      if (stated == nullptr) {
        at.fault("the claim states no \"" + text + "\"", "write FIGURE, or NAME.FIGURE of a part");
        return;
      }
      operand.value = *stated;
      operand.dimension = kind->dimension;
      if (operand.name.empty()) operand.name = text;
      return;
    }
  }
  operand.value = read_literal(at, operand.dimension);
}

void ClaimReader::read_growth(const JsonCursor& at, Claim& claim) {
  if (!at.expect_object()) return;
  GrowthClaim growth;
  growth.line = at.value().line;
  const auto from = at.require("from"), to = at.require("to"), rate = at.require("per_year");
  at.require("years");
  growth.years = at.number("years", {0.1, 100}).value_or(1);
  at.finish();
  if (!from || !to || !rate) return;
  Dimension to_dimension;
  const auto first = read_literal(*from, growth.dimension);
  const auto last = read_literal(*to, to_dimension);
  const auto factor = read_stated(*rate, kNone);
  if (!first || !last || !factor) return;
  if (growth.dimension != to_dimension) {
    at.fault("from and to are of different kinds");
    return;
  }
  growth.from = *first;
  growth.to = *last;
  growth.per_year = *factor;
  claim.growth.push_back(std::move(growth));
}

void ClaimReader::read_references(const JsonCursor& at, Claim& claim) {
  if (!at.expect_object()) return;
  Reference reference;
  reference.line = at.value().line;
  if (at.require("method")) reference.method = at.text("method").value_or("");
  reference.same_method = at.boolean("same_method").value_or(false);
  reference.source = at.text("source").value_or("");
  const auto cost = at.require("cost");
  at.finish();
  if (!cost) return;
  if (auto stated = read_stated(*cost, kUsd)) {
    reference.cost = std::move(*stated);
    claim.references.push_back(std::move(reference));
  }
}

void ClaimReader::read_scope(const JsonCursor& at, Claim& claim) {
  if (!at.expect_object()) return;
  ClaimScope scope;
  scope.priced = at.text("priced").value_or("");
  scope.said_of = at.text("said_of").value_or("");
  if (!scope.said_of.empty() && scope.priced.empty()) {
    at.fault("said_of is held against priced", "add \"priced\": what the sum is of");
  }
  scope.includes = read_texts(at, "includes");
  scope.excludes = read_texts(at, "excludes");
  if (const auto list = at.find("left_out")) {
    for (const JsonCursor& item : list->items()) {
      if (!item.expect_object()) continue;
      ClaimScope::LeftOut left;
      if (item.require("what")) left.what = item.text("what").value_or("");
      if (const auto cost = item.find("cost")) left.cost = read_stated(*cost, kUsd);
      item.finish();
      scope.left_out.push_back(std::move(left));
    }
  }
  at.finish();
  claim.scope = std::move(scope);
}

}  // namespace

const FigureKind& kind_of(Figure figure) { return kKinds[static_cast<std::size_t>(figure)]; }

std::vector<Claim> read_claims(const JsonValue& document, const std::string& file,
                               const HardwareDb& db) {
  return ClaimReader(document, file, db).read();
}

}  // namespace traincost
