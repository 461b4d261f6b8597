#include <algorithm>
#include <cmath>

#include "base/date.h"
#include "base/nearest.h"
#include "base/parse_quantity.h"
#include "estimator/claims/claim_reader.h"
#include "estimator/prose/sentences.h"

namespace traincost {

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
    if (auto read = read_stated(*stated, Dimension{})) ratio.ratio = std::move(*read);
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
    const bool exact = std::find(ids.begin(), ids.end(), name) != ids.end();
    for (const std::string& id : ids) {
      if (exact ? id == name : id.rfind(name + "-", 0) == 0) {
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
      const Subject* subject = owner.empty() ? &claim.subject : nullptr;
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
      operand.figure = kind->figure;
      operand.dimension = kind->dimension;
      if (operand.name.empty())
        operand.name = (owner.empty() ? "" : owner + " ") + std::string(kind->words);
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
  const auto factor = read_stated(*rate, Dimension{});
  if (!first || !last || !factor) return;
  if (growth.dimension != to_dimension) {
    at.fault("from and to are of different kinds");
    return;
  }
  growth.from = *first;
  growth.to = *last;
  for (Stated* each : {&growth.from, &growth.to}) read_within(*each, kReadAs);
  growth.per_year = *factor;
  claim.growth.push_back(std::move(growth));
}

void ClaimReader::read_growth_rate(const JsonCursor& at, Claim& claim) {
  if (!at.expect_object()) return;
  GrowthRate growth;
  growth.line = at.value().line;
  if (at.require("name")) growth.name = at.text("name").value_or("");
  constexpr Name<const char*> kOver[] = {
      {"month", "month"}, {"quarter", "quarter"}, {"year", "year"}};
  at.require("over");
  growth.over = at.one_of("over", kOver).value_or("year");
  const auto rate = at.require("rate");
  at.finish();
  if (!rate) return;
  if (auto stated = read_stated(*rate, Dimension{})) {
    growth.rate = std::move(*stated);
    claim.growth_rates.push_back(std::move(growth));
  }
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
  if (auto stated = read_stated(*cost, Dimension{.usd = 1})) {
    reference.cost = std::move(*stated);
    claim.references.push_back(std::move(reference));
  }
}

namespace {

// A count of characters; a fault where it is no whole number.
std::size_t whole_number(const JsonCursor& at, const char* key) {
  constexpr double kMost = 1e7;
  const auto number = at.number(key, {0, kMost});
  if (number && *number != std::floor(*number)) at.find(key)->fault("expected a whole number");
  return static_cast<std::size_t>(number.value_or(0));
}

// What stands at a JSON pointer; null where nothing does. Source: RFC 6901; keys of claims need no
// escapes.
const JsonValue* value_at(const JsonValue& value, std::string_view pointer) {
  const JsonValue* found = &value;
  while (!pointer.empty() && found != nullptr) {
    if (pointer.front() != '/') return nullptr;
    pointer.remove_prefix(1);
    const std::string key(pointer.substr(0, pointer.find('/')));
    pointer.remove_prefix(key.size());
    if (found->kind == JsonValue::Kind::kArray) {
      const auto index = parse_number(key);
      const bool within = index && *index >= 0 && *index < static_cast<double>(found->items.size());
      found = within ? &found->items[static_cast<std::size_t>(*index)] : nullptr;
    } else {
      found = found->find(key);
    }
  }
  return found;
}

}  // namespace

void ClaimReader::read_exports(const JsonCursor& at, Claim& claim) {
  if (!at.expect_object()) return;
  ExportClaim exports;
  exports.line = at.value().line;
  const auto chip = at.require("accelerator");
  constexpr Name<bool> kStatus[] = {{"restricted", true}, {"allowed", false}};
  at.require("status");
  exports.restricted = at.one_of("status", kStatus).value_or(true);
  exports.on = claim.date;
  if (const auto day = at.find("on")) {
    exports.on = day->text().value_or("");
    if (!date_in_years(exports.on)) day->fault("\"" + exports.on + "\" is no date");
  }
  at.finish();
  if (!chip) return;
  if (auto found = read_accelerator(*chip)) {
    exports.accelerator = std::move(*found);
    claim.exports.push_back(std::move(exports));
  }
}

// Characters are Unicode code points.
void ClaimReader::read_words(const JsonCursor& claim_at, const JsonCursor& at, Claim& claim) {
  if (!at.expect_object()) return;
  for (const char* key : {"of", "start", "length"}) at.require(key);
  WordsOf words;
  words.member = at.text("of").value_or("");
  words.start = whole_number(at, "start");
  words.length = whole_number(at, "length");
  at.finish();
  const std::size_t all = characters_before(claim.statement, claim.statement.size());
  if (words.start + words.length > all) {
    at.fault("the words end behind the statement, which has " + std::to_string(all) +
             " characters");
  }
  if (!words.member.empty() && value_at(claim_at.value(), words.member) == nullptr) {
    at.fault("the claim has no member \"" + words.member + "\"",
             "write a JSON pointer within the claim: /figures/cost");
  }
  claim.words.push_back(std::move(words));
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
      if (const auto cost = item.find("cost")) left.cost = read_stated(*cost, Dimension{.usd = 1});
      item.finish();
      scope.left_out.push_back(std::move(left));
    }
  }
  at.finish();
  claim.scope = std::move(scope);
}

}  // namespace traincost
