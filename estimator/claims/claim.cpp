#include "estimator/claims/claim.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <set>
#include <utility>

#include "base/date.h"
#include "base/nearest.h"
#include "base/read_file.h"
#include "base/text.h"
#include "base/units.h"
#include "estimator/claims/claim_reader.h"
#include "estimator/job/members.h"
#include "estimator/model/named.h"
#include "estimator/prose/sentences.h"

namespace traincost {

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
  claim.english = at.text("english").value_or("");
  read_header(at, claim);
  if (claim.source.title.empty()) {
    at.fault("a claim names its source", "add \"source\": {\"kind\", \"title\", \"where\"}");
  }
  if (claim.date.empty()) at.fault("a claim has a date", "add \"date\": \"2024-12-27\"");
  claim.notes = read_texts(at, "notes");
  read_subject(at, claim.subject);
  claim.subject.name.clear();
  claim.parts = read_subjects(at, "parts");
  for (Subject& part : claim.parts) {
    // Where a part says nothing else, it ran on what the subject ran on.
    const Subject& subject = claim.subject;
    if (!part.accelerator && part.provider.empty() && part.tier.empty()) {
      part.accelerator = subject.accelerator;
      part.provider = subject.provider;
      part.tier = subject.tier;
      if (part.precision.empty()) part.precision = subject.precision;
    }
    if (part.region.empty()) part.region = subject.region;
    if (!part.grid) part.grid = subject.grid;
  }
  claim.others = read_subjects(at, "others");
  // A sentence that tells of experts leaves open how many of the parameters a token meets.
  const bool experts =
      says(lower(claim.statement), Cue::kExperts) || says(lower(claim.english), Cue::kExperts);
  claim.subject.has_experts = experts;
  for (auto* list : {&claim.parts, &claim.others}) {
    for (Subject& each : *list) each.has_experts = experts;
  }
  if (const auto list = at.find("specs")) {
    for (const JsonCursor& item : list->items()) read_spec(item, claim);
  }
  if (const auto list = at.find("ratios")) {
    for (const JsonCursor& item : list->items()) read_ratio(item, claim);
  }
  if (const auto list = at.find("growth")) {
    for (const JsonCursor& item : list->items()) read_growth(item, claim);
  }
  if (const auto list = at.find("growth_rates")) {
    for (const JsonCursor& item : list->items()) read_growth_rate(item, claim);
  }
  if (const auto list = at.find("references")) {
    for (const JsonCursor& item : list->items()) read_references(item, claim);
  }
  if (const auto list = at.find("exports")) {
    for (const JsonCursor& item : list->items()) read_exports(item, claim);
  }
  claim.forecast = at.boolean("forecast").value_or(false);
  if (const auto list = at.find("words")) {
    for (const JsonCursor& item : list->items()) read_words(at, item, claim);
  }
  if (const auto scope = at.find("scope")) read_scope(*scope, claim);
  const auto present = [&](const char* key) {
    const JsonValue* member = at.value().find(key);
    return member != nullptr && (!member->items.empty() || !member->members.empty());
  };
  const char* const kStating[] = {"figures", "parts",      "others", "ratios",  "specs",
                                  "growth",  "references", "period", "exports", "growth_rates"};
  if (!std::any_of(std::begin(kStating), std::end(kStating), present)) {
    at.fault("the claim states nothing that could be checked",
             "add \"figures\", \"parts\", \"ratios\", \"specs\", \"growth\", \"exports\" or "
             "\"references\"");
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

namespace {

// What the words of a figure may say that it counts: "2,048 GPUs".
Noun counted_by(Figure figure) {
  switch (figure) {
    case Figure::kAccelerators:
    case Figure::kUnits: return Noun::kAccelerators;
    case Figure::kParameters:
    case Figure::kActiveParameters: return Noun::kParameters;
    case Figure::kSteps: return Noun::kSteps;
    case Figure::kEvents: return Noun::kEvents;
    default: return Noun::kNone;
  }
}

// A count to the last digit is no rounding: 16 accelerators are not 16.9.
void count_exactly(Stated& stated) {
  const std::string& text = stated.text;
  const bool digits = !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || c == ',';
  });
  if (digits && text.back() != '0') stated.printed = stated.meant = {stated.value, stated.value};
}

// Prices, rates and counts, of which a reader allows less than of others.
constexpr Figure kAsRead[] = {Figure::kPrice,        Figure::kUnitPrice, Figure::kPower,
                              Figure::kEnergyPrice,  Figure::kFlopRate,  Figure::kThroughput,
                              Figure::kClusterPower, Figure::kUnits,     Figure::kAccelerators};

// Nobody who reads "$2 an hour" takes it for $1.50, "1T tokens" for 1.4, nor 3 kW for 2.5: figures
// of few digits are meant within a tenth, prices, rates and counts within a twentieth. A range, a
// bound or "about" says itself how wide it is.
void as_read(Figure figure, Stated& stated) {
  constexpr double kReadClose = 0.05;
  const bool close = std::find(std::begin(kAsRead), std::end(kAsRead), figure) != std::end(kAsRead);
  if (stated.range) return;
  // Months are told in halves and of any length, years in their parts.
  constexpr double kCalendar = 0.1;
  const std::string text = lower(stated.text);
  const bool calendar =
      !stated.vague && figure == Figure::kWallTime &&
      (text.find("month") != std::string::npos || text.find("year") != std::string::npos ||
       text.find("个月") != std::string::npos);
  if (calendar) {
    stated.printed.low = std::min(stated.printed.low, (1 - kCalendar) * stated.value);
    stated.printed.high = std::max(stated.printed.high, (1 + kCalendar) * stated.value);
    stated.meant = stated.printed;
  }
  read_within(stated, close && !stated.vague ? kReadClose : kReadAs);
}

}  // namespace

void read_within(Stated& stated, double most) {
  const bool bound = !(stated.meant.low > 0) || !std::isfinite(stated.meant.high);
  if (stated.range || bound) return;
  for (Interval* each : {&stated.printed, &stated.meant}) {
    each->low = std::max(each->low, (1 - most) * stated.value);
    each->high = std::min(each->high, (1 + most) * stated.value);
  }
}

void ClaimReader::read_subject(const JsonCursor& at, Subject& subject) {
  subject.line = at.value().line;
  read_model(at, subject);
  if (const auto chip = at.find("accelerator")) subject.accelerator = read_accelerator(*chip);
  if (const auto precision = at.one_of("precision", kRunPrecisions)) subject.precision = *precision;
  subject.provider = at.text("provider").value_or("");
  if (const auto tier = at.one_of("tier", kRentalTiers)) subject.tier = *tier;
  if (const auto region = at.one_of("region", kRegions)) subject.region = *region;
  if (const auto grid = at.find("grid")) {
    const std::string name = grid->text().value_or("");
    subject.grid = db_.grid(name);
    if (!subject.grid) {
      const auto fault = db_.name_fault("grids", name);
      grid->fault(fault.message, fault.remedy);
    }
  }
  if (const auto job = at.find("job"); job && job->expect_object())
    subject.job = traincost::read_spec(*job);
  if (const auto figures = at.find("figures"); figures && figures->expect_object()) {
    for (const auto& [key, member] : figures->members()) {
      const FigureKind* kind = kind_named(key);
      if (kind == nullptr) {
        member.fault("unknown figure \"" + key + "\"", did_you_mean(key, figure_keys()));
        continue;
      }
      if (auto stated = read_stated(member, kind->dimension, counted_by(kind->figure))) {
        if (kind->counts) count_exactly(*stated);
        as_read(kind->figure, *stated);
        if (stated->value <= 0) {
          member.fault("a figure is above zero");
          continue;
        }
        subject.figures.emplace(kind->figure, std::move(*stated));
      }
    }
  }
  if (const auto period = at.find("period")) read_period(*period, subject);
  // Over 1 is for the check to judge; a number of per cent without its sign is a slip.
  for (const Figure share : {Figure::kMfu, Figure::kHfu}) {
    constexpr double kPercents = 2;
    const Stated* stated = subject.figure(share);
    if (stated != nullptr && stated->printed.low >= kPercents) {
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
  if (files_are_read() && std::filesystem::is_regular_file(beside, error)) {
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
  constexpr double kDaysOfYear = 365.25, kSecondsOfDay = unit::day.in(unit::second);
  const double days = (*date_in_years(to) - *date_in_years(from)) * kDaysOfYear;
  if (days < 0) {
    at.fault("the period ends before it begins: " + from + " to " + to);
    return;
  }
  Stated stated;
  stated.text = from + " to " + to;
  stated.value = (days + 0.5) * kSecondsOfDay;  // the last day may count or not
  stated.printed = {days * kSecondsOfDay, (days + 1) * kSecondsOfDay};
  stated.meant = stated.printed;
  subject.period = stated;
  subject.started = from;
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

std::optional<Stated> ClaimReader::read_stated(const JsonCursor& at, Dimension dimension,
                                               Noun counted) {
  ParsedStated parsed;
  if (at.kind() == JsonValue::Kind::kNumber) {
    if (dimension != Dimension{} && dimension != Dimension{.token = 1}) {
      at.fault("a figure with a unit is a text", "such as \"2.788M GPU-h\" or \"about $63M\"");
      return std::nullopt;
    }
    parsed = stated_number(at.value().number);
  } else if (at.is_text()) {
    ParsedFigure figure = parse_figure(at.value().text, dimension, rates_);
    if (figure.noun != Noun::kNone && figure.noun != counted) {
      at.fault("\"" + at.value().text + "\" counts other things", "leave out what it counts");
      return std::nullopt;
    }
    parsed = std::move(figure.read);
  } else {
    at.fault("expected a figure, found " + kind_name(at.kind()),
             "such as \"2.788M GPU-h\" or \"about $63M\"");
    return std::nullopt;
  }
  if (!parsed.stated) {
    at.fault(parsed.problem, parsed.remedy);
  } else {
    parsed.stated->line = at.value().line;
  }
  return std::move(parsed.stated);
}

namespace {

// What a literal of unknown kind may be; a bare number is a ratio or a count.
constexpr Dimension kLiterals[] = {
    Dimension{},
    Dimension{.usd = 1},
    {.token = 1},
    {.second = -1, .token = 1},
    {.second = -1, .token = 1, .accelerator = -1},
    {.byte = 1},
    {.byte = 1, .second = -1},
    {.flop = 1, .second = -1},
    {.flop = 1},
    Dimension{.second = 1},
    {.second = 1, .accelerator = 1},
    {.second = 1, .token = -1, .accelerator = 1},
    {.usd = 1, .accelerator = -1},
    {.second = -1, .usd = 1, .accelerator = -1},
    {.joule = 1},
    {.second = -1, .joule = 1},
    {.gram = 1},
    {.usd = 1, .joule = -1},
    {.metre = 3},
};

}  // namespace

std::optional<Stated> ClaimReader::read_literal(const JsonCursor& at, Dimension& dimension) {
  if (at.is_text()) {
    for (const Dimension each : kLiterals) {
      ParsedStated parsed = parse_figure(at.value().text, each, rates_).read;
      if (!parsed.stated) continue;
      dimension = each;
      return std::move(parsed.stated);
    }
  }
  dimension = Dimension{};
  return read_stated(at, Dimension{});
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

std::vector<Claim> read_claims(const JsonValue& document, const std::string& file,
                               const HardwareDb& db) {
  return ClaimReader(document, file, db).read();
}

}  // namespace traincost
