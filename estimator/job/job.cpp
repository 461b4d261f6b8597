#include "estimator/job/job_reader.h"

#include <cmath>
#include <filesystem>
#include <string_view>
#include <utility>

#include "base/nearest.h"
#include "base/units.h"
#include "estimator/doubt/doubt.h"
#include "estimator/run/cost.h"

namespace traincost {
namespace {

using namespace unit;

constexpr Range kTokenRange{1, 1e18};

constexpr const char* kDefaultTier = "neocloud";

// "2026-11".
bool is_month(const std::string& text) {
  const auto digit = [&](std::size_t i) { return text[i] >= '0' && text[i] <= '9'; };
  if (text.size() != 7 || text[4] != '-') return false;
  for (const std::size_t i : {0U, 1U, 2U, 3U, 5U, 6U}) {
    if (!digit(i)) return false;
  }
  const int month = 10 * (text[5] - '0') + (text[6] - '0');
  return month >= 1 && month <= 12;
}

}  // namespace

Job JobReader::read() {
  if (!root_.expect_object()) faults_.throw_if_any();
  read_header();
  read_model();
  read_hardware();
  faults_.throw_if_any();  // names first: what follows needs them
  read_space();
  read_phases();
  read_money();
  root_.finish();
  faults_.throw_if_any();
  for (const Fault& unknown : faults_.warnings()) warn("W0204", unknown.text());
  return std::move(job_);
}

void JobReader::assume(std::string what, std::string value, std::string why, Origin origin) {
  for (const Assumption& known : job_.assumptions) {
    if (known.what == what && known.value == value) return;
  }
  job_.assumptions.push_back({std::move(what), std::move(value), std::move(why), origin});
}

void JobReader::warn(std::string code, std::string message) {
  job_.warnings.push_back({std::move(code), std::move(message)});
}

void JobReader::read_header() {
  if (const auto schema = root_.find("schema")) {
    if (schema->text().value_or("") != "traincost.job/1") {
      schema->fault("expected \"traincost.job/1\"");
    }
  }
  job_.name = root_.text("name").value_or("");
  job_.start = root_.text("start").value_or("");
  root_.accept("notes");
  if (const auto list = root_.find("assumptions")) {
    for (const JsonCursor& item : list->items()) {
      assume("file", item.text().value_or(""), "stated by the file", Origin::kFile);
    }
  }
  if (const auto list = root_.find("leaves_out")) {
    for (const JsonCursor& item : list->items()) {
      job_.leaves_out.push_back(item.text().value_or(""));
    }
  }
}

void JobReader::read_model() {
  const auto member = root_.require("model");
  if (!member) return;
  ImportedModel imported;
  if (member->is_text()) {
    imported = model_by_name(*member);
  } else if (member->expect_object()) {
    imported = traincost::read_model(*member);
  }
  job_.model = std::move(imported.model);
  for (const std::string& warning : imported.warnings) warn("W0201", "model: " + warning);
  for (const std::string& part : job_.model.not_counted) {
    warn("W0202", "model: \"" + part + "\" is not counted");
  }
  if (job_.name.empty()) job_.name = job_.model.name;
}

ImportedModel JobReader::model_by_name(const JsonCursor& member) {
  const std::string name = member.text().value_or("");
  if (auto found = find_model(name)) return std::move(*found);
  namespace fs = std::filesystem;
  const fs::path beside = fs::path(root_.file()).parent_path() / name;
  std::error_code error;
  if (fs::is_regular_file(beside, error)) return load_model(beside.string());
  const std::string near = did_you_mean(name, model_names());
  member.fault("no model \"" + name + "\"",
               (near.empty() ? "" : near + " ") +
                   "a shipped name (`traincost hw list --models`), or a path to a config.json");
  return {};
}

JobReader::Section JobReader::section(const JsonCursor* phase, const char* key) {
  Section merged;
  merged.value.kind = JsonValue::Kind::kObject;
  merged.pointer = std::string("/") + key;
  if (const auto own = root_.find(key)) {
    merged.value = own->value();
  }
  if (phase == nullptr) return merged;
  if (const auto over = phase->find(key)) {
    if (merged.value.kind != JsonValue::Kind::kObject) merged.value = {};
    if (merged.value.kind == JsonValue::Kind::kNull) {
      merged.value.kind = JsonValue::Kind::kObject;
    }
    merge_json(merged.value, over->value());
    merged.pointer = phase->pointer() + "/" + key;
  }
  return merged;
}

void JobReader::read_phases() {
  const auto list = root_.find("phases");
  if (!list) {
    read_phase(nullptr, 0);
    return;
  }
  const auto items = list->items();
  if (items.empty()) list->fault("expected at least one phase");
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (items[i].expect_object()) read_phase(&items[i], i);
  }
}

void JobReader::read_phase(const JsonCursor* own, std::size_t index) {
  Phase phase;
  phase.name =
      own != nullptr
          ? own->text("name").value_or("phase " + count_text(static_cast<std::int64_t>(index) + 1))
          : "pre-training";
  const Section cluster_section = section(own, "cluster");
  const JsonCursor cluster(cluster_section.value, root_.file(), faults_, cluster_section.pointer);
  ClusterOverrides overrides = read_cluster(cluster);
  phase.accelerator = job_.accelerator.record.id;
  phase.count = overrides.count;
  if (own != nullptr) {
    phase.assumed = own->boolean("assumed").value_or(false);
    if (phase.assumed) {
      assume(own->pointer(), phase.name, "the file marks this phase's layout as assumed",
             Origin::kFile);
    }
  }

  const Section run_section = section(own, "run");
  const JsonCursor run(run_section.value, root_.file(), faults_, run_section.pointer);
  const JsonCursor& amounts = own != nullptr ? *own : run;
  std::optional<Tokens> tokens = amounts.quantity<Dimension{.token = 1}>("tokens");
  if (tokens && (*tokens < kTokenRange.low * token || *tokens > kTokenRange.high * token)) {
    if (const auto at = amounts.find("tokens")) {
      at->fault("the number of tokens is out of range: expected 1 to 10^18");
    }
  }
  const auto steps = amounts.number("steps", {1, 1e9});
  phase.stated = read_stated(own, tokens);
  if (own != nullptr) {
    for (const char* key : {"cluster", "layout", "run", "notes"}) own->accept(key);
    own->finish();
  }
  if (phase.stated) {
    phase.tokens = tokens.value_or(Tokens{});
    accept_all(run);
    job_.phases.push_back(std::move(phase));
    return;
  }
  StepSetup& setup = phase.setup.emplace();
  setup.model = job_.model;
  const std::string precision = read_precision(run);
  setup.batch = read_batch(run, phase.count);
  run.accept("tokens");
  run.accept("steps");
  run.accept("precision_detail");
  run.finish();
  phase.cluster = overrides;
  setup.machine = make_machine(job_.accelerator, job_.system, job_.stack, job_.engine.parameters,
                               overrides, precision);
  if (setup.machine.attention_generation.empty()) {
    assume("attention kernel", "default curve",
           "no kernel generation of stack " + job_.stack.record.id + " is measured on " +
               job_.accelerator.record.id,
           Origin::kDefault);
  }
  if (setup.machine.attention_generation.empty() && job_.names_software) {
    warn("W0207", "none of " + job_.stack.record.id + "'s attention kernels is recorded for " +
                      job_.accelerator.record.id + ": does it run there?");
  }
  read_layout(own, run, phase);
  phase.doubt = engine_doubt(job_.engine_error, regimes(job_.model, job_.accelerator, setup.machine,
                                                        setup.layout, job_.names_software));
  if (tokens) {
    phase.tokens = *tokens;
    const double one = tokens_per_step(setup.batch).in(token);
    if (tokens->in(token) < one) {
      warn("W0208", "the tokens are fewer than one step of " + std::to_string(std::llround(one)) +
                        ": is a unit missing, such as 15T?");
    }
  } else if (steps) {
    phase.tokens = *steps * tokens_per_step(setup.batch);
  } else {
    amounts.fault("the phase names neither tokens, steps nor accelerator_hours",
                  "write \"tokens\": \"14.8T tokens\", or \"steps\": 1000");
  }
  job_.phases.push_back(std::move(phase));
}

void JobReader::accept_all(const JsonCursor& cursor) {
  for (const auto& [key, member] : cursor.value().members) cursor.accept(key);
}

std::optional<AcceleratorTime> JobReader::read_stated(const JsonCursor* own,
                                                      std::optional<Tokens> tokens) {
  if (own == nullptr) return std::nullopt;
  constexpr Range kHours{1e-3, 1e13};
  if (const auto hours = own->number("accelerator_hours", kHours)) {
    return *hours * accelerator_hour;
  }
  if (const auto rate = own->number("accelerator_hours_per_trillion_tokens", kHours)) {
    if (!tokens) {
      own->fault("accelerator_hours_per_trillion_tokens needs \"tokens\" beside it");
      return AcceleratorTime{};
    }
    return *rate * accelerator_hour * (*tokens / trillion_tokens);
  }
  return std::nullopt;
}

ClusterOverrides JobReader::read_cluster(const JsonCursor& cluster) {
  ClusterOverrides overrides;
  if (!cluster.expect_object()) return overrides;
  cluster.require("count");
  overrides.count = static_cast<int>(cluster.integer("count", {1, 1e7}).value_or(1));
  overrides.node_size = static_cast<int>(cluster.integer("node_size", {1, 1024}).value_or(0));
  overrides.slices = static_cast<int>(cluster.integer("slices", {1, 1e6}).value_or(1));
  const auto whole = cluster.find("count");
  const bool counted = whole && whole->value().number == overrides.count;  // else a fault already
  if (counted && overrides.count % overrides.slices != 0) {
    cluster.find("slices")->fault("slices (" + std::to_string(overrides.slices) +
                                  ") does not divide the count (" +
                                  std::to_string(overrides.count) + ")");
    overrides.slices = 1;
  }
  if (const auto nic = cluster.number("nic_gbps_per_accelerator", {0.1, 1e5})) {
    overrides.nic = *nic * Gb_per_s;
    overrides.nic_stated = true;
  }
  for (const char* key : {"accelerator", "system", "interconnect"}) cluster.accept(key);
  cluster.finish();
  return overrides;
}

void JobReader::read_money() {
  WantedQuote wanted{.accelerator = job_.accelerator.record.id, .tier = kDefaultTier};
  if (const auto pricing = root_.find("pricing"); pricing && pricing->expect_object()) {
    if (const auto method = pricing->text("method"); method && *method != "rental") {
      pricing->fault("unknown cost method \"" + *method + "\"", "one of: rental");
    }
    if (const auto tier = pricing->one_of("tier", kRentalTiers)) wanted.tier = *tier;
    if (const auto region = pricing->one_of("region", kRegions)) wanted.region = *region;
    wanted.as_of = pricing->text("as_of").value_or("");
    if (!wanted.as_of.empty() && !is_month(wanted.as_of)) {
      pricing->find("as_of")->fault("expected a month, YYYY-MM, found \"" + wanted.as_of + "\"");
    }
    const auto price =
        pricing->quantity<Dimension{.second = -1, .usd = 1, .accelerator = -1}>("price");
    pricing->finish();
    if (price && *price < RentalPrice{}) pricing->find("price")->fault("a price below 0");
    if (price) {
      job_.pricing = Pricing{*price, "stated by the job"};
      return;
    }
  }
  const auto quote = find_rental_quote(db_.price_books(), wanted);
  if (!quote) {
    warn("W0301", "no rental price is recorded for " + job_.accelerator.record.id +
                      ": cost is unknown; state pricing.price");
    return;
  }
  job_.pricing = Pricing{quote->price, quote->provider + ", " + quote->tier + ", " +
                                           (quote->region.empty() ? "" : quote->region + ", ") +
                                           quote->date + " (" + quote->source + ")"};
  assume("/pricing/price", job_.pricing->basis,
         "the newest quote of tier " + wanted.tier + ", or of any where it has none",
         Origin::kDefault);
}

std::string_view origin_name(Origin origin) {
  switch (origin) {
    case Origin::kUser: return "user";
    case Origin::kFile: return "file";
    case Origin::kDefault: return "default";
    case Origin::kDerived: return "derived";
  }
  return "";
}

Job read_job(const JsonValue& document, const std::string& file, const HardwareDb& db,
             Faults::Unknown unknown, OpenLayout open) {
  return JobReader(document, file, db, unknown, open).read();
}

}  // namespace traincost
