#include "reports/member_schema.h"

#include <string>
#include <vector>

#include "estimator/job/members.h"
#include "reports/tree.h"

namespace traincost {
namespace {

Tree object_schema(const std::vector<const MemberInfo*>& members, bool closed);

// What one value of the member looks like.
Tree value_schema(const MemberInfo& member) {
  Tree t;
  switch (member.form) {
    case MemberForm::kText: t["type"] = "string"; break;
    case MemberForm::kTruth: t["type"] = "boolean"; break;
    case MemberForm::kInteger:
    case MemberForm::kNumber:
      // An object is a range (estimator/job/uncertain).
      t["type"] = {member.form == MemberForm::kInteger ? "integer" : "number", "object"};
      t["minimum"] = member.range.low;
      t["maximum"] = member.range.high;
      break;
    case MemberForm::kQuantity: t["type"] = {"string", "number", "object"}; break;
    case MemberForm::kDate:
      t["type"] = "string";
      t["pattern"] = member.least == Date::Precision::kDay ? "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
                     : member.least == Date::Precision::kMonth
                         ? "^[0-9]{4}-[0-9]{2}(-[0-9]{2})?$"
                         : "^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$";
      break;
    case MemberForm::kChoice:
      t["enum"] = Tree::array();
      for (const std::string_view name : member.names()) t["enum"].push_back(name);
      break;
    case MemberForm::kSection: t = object_schema(member.inner(), !member.or_others); break;
  }
  return t;
}

// With null, which says that it is not stated.
Tree or_null(Tree t) {
  if (t.contains("enum")) {
    t["enum"].push_back(nullptr);
  } else if (t["type"].is_array()) {
    t["type"].push_back("null");
  } else {
    t["type"] = {t["type"], "null"};
  }
  return t;
}

std::string words_of(const MemberInfo& member) {
  std::string words = member.text;
  if (member.otherwise != nullptr) words += std::string("; default: ") + member.otherwise;
  if (member.form == MemberForm::kQuantity) {
    words += "; a text with its unit, " + std::string(member.low) + " to " + member.high;
  }
  return words;
}

Tree member_schema(const MemberInfo& member) {
  Tree t;
  if (member.list) {
    t["type"] = {"array", "null"};
    t["items"] = value_schema(member);
    if (member.form == MemberForm::kSection) t["minItems"] = 1;
  } else if (member.one_or_list) {
    t = or_null(value_schema(member));
    // One value, or an array whose items are such values.
    Tree item = value_schema(member);
    if (t.contains("enum")) {
      t.erase("enum");
      t["type"] = {"string", "array", "null"};
    } else {
      t["type"].push_back("array");
    }
    t["items"] = std::move(item);
    t["minItems"] = 1;
  } else {
    t = or_null(value_schema(member));
    if (member.or_text) t["type"].push_back("string");
  }
  t["description"] = words_of(member);
  return t;
}

Tree object_schema(const std::vector<const MemberInfo*>& members, bool closed) {
  Tree t;
  t["type"] = "object";
  t["properties"] = Tree::object();
  for (const MemberInfo* member : members) t["properties"][member->name] = member_schema(*member);
  for (const std::string_view comment : kComments) {
    if (t["properties"].contains(std::string(comment))) continue;
    t["properties"][std::string(comment)] = {{"type", {"string", "null"}},
                                             {"description", "free; nothing reads it"}};
  }
  t["additionalProperties"] = !closed;
  return t;
}

}  // namespace

namespace {

Tree head(const char* id, const char* title, const char* description) {
  Tree t;
  t["$schema"] = "https://json-schema.org/draft/2020-12/schema";
  t["$id"] = std::string("https://traincost.invalid/schema/") + id;
  t["title"] = title;
  t["description"] = description;
  t["type"] = "object";
  return t;
}

Tree described(Tree type, const char* words) {
  return {{"type", std::move(type)}, {"description", words}};
}

// A section of a row: what a job's is, and what the row tells people beside it.
Tree row_section(const std::vector<const MemberInfo*>& members, const char* words) {
  Tree t = object_schema(members, false);
  for (const std::string_view key : kShownByRows) {
    t["properties"][std::string(key)] = described({"string", "null"}, "free; nothing reads it");
  }
  t["description"] = words;
  return t;
}

Tree measured_schema() {
  const Tree number = {"number", "null"};
  Tree t;
  t["type"] = "object";
  t["properties"] = {
      {"step_time_s", described(number, "seconds; needed for a step to be scored")},
      {"basis", described({"string", "null"}, "measured, or derived from what")},
      {"allocated_gib", described(number,
                                  "GiB that the framework's allocator handed out at most, most "
                                  "loaded rank")},
      {"parts_s", described({"object", "null"}, "seconds of a step's parts, by their names")},
      {"gpu_hours", described(number, "of the whole run; needed for its hours to be predicted")},
      {"tokens", described(number, "of the whole run, likewise")},
  };
  t["description"] = "what was measured";
  return t;
}

}  // namespace

std::string job_schema() {
  Tree t = head("job/1", "A training job",
                "What `traincost estimate` reads. Every quantity is a number with its unit in the "
                "key, or a text with its unit; or a range of them, {\"low\": A, \"high\": B}, or "
                "{\"p5\": A, \"p95\": B} with or without a p50.");
  Tree object = object_schema(member_detail::infos<JobSpec>(), true);
  t["properties"]["schema"] = {{"const", "traincost.job/1"},
                               {"description", "form of this document"}};
  for (const auto& [name, member] : object["properties"].items()) t["properties"][name] = member;
  t["required"] = {"model", "cluster"};
  t["additionalProperties"] = false;
  return t.dump(2) + "\n";
}

std::string published_schema() {
  using member_detail::infos;
  Tree t = head("published/1", "A published training run",
                "One row of JSON Lines that `traincost validate` reads. Unknown members are "
                "warnings; null is what is not stated.");
  Tree& p = t["properties"];
  p["schema"] = {{"const", "traincost.published/1"}, {"description", "form"}};
  p["id"] = described("string", "stable and unique");
  p["family"] = described("string", "runs of one source; errors are averaged within it");
  p["source"] = described("object", "where the figures were read");
  p["stack"] = row_section(infos<StackSpec>(), "the software");
  p["model"] = row_section(infos<NativeModel>(), "by its dimensions, as in a job");
  p["cluster"] = row_section(infos<ClusterSpec>(), "the hardware; accelerator and count needed");
  p["layout"] = row_section(infos<LayoutSpec>(),
                            "how the step is spread; tp and pp needed, or what the count leaves");
  p["run"] =
      row_section(infos<RunSpec>(), "the step; sequence_length, global_batch and precision needed");
  p["measured"] = measured_schema();
  p["notes"] = described({"string", "null"}, "defects and inferences, for people");
  p["flags"] = {{"type", "array"},
                {"items", {{"type", "string"}}},
                {"description", "short warnings, for people"}};
  p["scorable"] =
      described("boolean", "false where the source itself says that it cannot be predicted");
  p["regression"] =
      described("boolean", "a regression of a software patch: scored, but listed apart");
  p["distilled"] = described("boolean", "trained on more than its tokens: no whole run");
  t["required"] = {"schema", "id", "family", "model", "cluster", "layout", "run", "measured"};
  return t.dump(2) + "\n";
}

std::string report_schema(const std::string& written) {
  Tree t = Tree::parse(written);
  Tree layout;
  layout["type"] = "object";
  layout["required"] = Tree::array();
  for (const MemberInfo* member : member_detail::infos<LayoutSpec>()) {
    if (member->list) continue;  // stage_layers
    Tree knob = value_schema(*member);
    knob.erase("maximum");
    knob["description"] = member->text;
    layout["required"].push_back(member->name);
    layout["properties"][member->name] = std::move(knob);
  }
  layout["additionalProperties"] = false;
  t["$defs"]["phase"]["properties"]["layout"] = std::move(layout);
  return t.dump(2) + "\n";
}

}  // namespace traincost
