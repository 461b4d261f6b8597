#include "estimator/evidence/first_contact.h"

#include "base/cursor.h"
#include "base/units.h"

namespace traincost {

bool is_first_contact(const JsonValue& row) {
  const JsonValue* schema = row.find("schema");
  return schema != nullptr && schema->kind == JsonValue::Kind::kText &&
         schema->text == kFirstContactSchema;
}

void read_first_contact(const JsonValue& row, const std::string& file, Ledger& ledger) {
  Faults faults;
  const JsonCursor root(row, file, faults);
  std::string family;
  if (root.require("family")) family = root.text("family").value_or("");
  const auto teaches = root.boolean("teaches");
  const auto opened = root.text("opened");
  FirstContact run;
  if (!teaches) {
    constexpr Range kSeconds{1e-9, 1e9};
    const auto seconds = [&](const char* key) {
      if (!root.require(key)) return Seconds{};
      return root.number(key, kSeconds).value_or(0) * unit::second;
    };
    if (root.require("id")) run.id = root.text("id").value_or("");
    root.require("engine");
    root.require("date");
    run.measured = seconds("measured_s");
    run.predicted = seconds("predicted_s");
    run.tuned = seconds("tuned_s");
    run.p5 = seconds("p5_s");
    run.p95 = seconds("p95_s");
  }
  faults.throw_if_any();
  LedgerFamily& home = ledger[family];
  if (teaches) {
    home.teaches = *teaches;
    home.opened = opened.value_or("");
  } else {
    home.runs.push_back(std::move(run));
  }
}

}  // namespace traincost
