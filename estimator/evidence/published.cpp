#include "estimator/evidence/published.h"

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <regex>
#include <utility>

#include "base/json_path.h"
#include "base/text.h"
#include "base/units.h"
#include "estimator/model/named.h"

namespace traincost {
namespace {

using namespace unit;

// What a row must state for its step to be predicted, but for a tp or pp that its count settles.
// Other degrees that it leaves out are 1, micro-batch and virtual stages what a practitioner would
// take.
constexpr std::pair<const char*, const char*> kNeeded[] = {
    {"cluster", "accelerator"}, {"cluster", "count"},    {"layout", "tp"},     {"layout", "pp"},
    {"run", "sequence_length"}, {"run", "global_batch"}, {"run", "precision"},
};

// Whether a flag or the notes say so.
bool mentions(const JsonValue& row, const std::string& word) {
  const JsonValue* flags = row.find("flags");
  const JsonValue* notes = row.find("notes");
  if (notes != nullptr && lower(notes->text).find(word) != std::string::npos) return true;
  if (flags == nullptr) return false;
  return std::any_of(flags->items.begin(), flags->items.end(), [&](const JsonValue& flag) {
    return lower(flag.text).find(word) != std::string::npos;
  });
}

const JsonValue* nested(const JsonValue& row, const char* section, const char* key) {
  const JsonValue* part = row.find(section);
  const JsonValue* member = part == nullptr ? nullptr : part->find(key);
  return member == nullptr || member->kind == JsonValue::Kind::kNull ? nullptr : member;
}

// A degree that only the count can settle: of tp and pp the one that is not stated, or both where
// nothing is left for them ("dp": 128 on 128).
std::vector<Assumption> add_left_degrees(JsonValue& row) {
  JsonValue* layout = row.find("layout");
  const JsonValue* count = nested(row, "cluster", "count");
  if (layout == nullptr || layout->kind != JsonValue::Kind::kObject || count == nullptr) return {};
  if (nested(row, "layout", "dp") == nullptr) return {};
  const JsonValue* context = layout->find("cp");
  if (context != nullptr && context->kind == JsonValue::Kind::kNull) return {};
  double left = count->number;
  for (const char* key : {"dp", "cp", "tp", "pp"}) {
    const JsonValue* degree = nested(row, "layout", key);
    if (degree == nullptr) continue;
    if (degree->kind != JsonValue::Kind::kNumber || degree->number < 1) return {};
    left /= degree->number;
  }
  const bool tp = nested(row, "layout", "tp") != nullptr;
  const bool pp = nested(row, "layout", "pp") != nullptr;
  if (tp == pp && (tp || left != 1)) return {};
  constexpr double kMost = 1 << 20;
  if (left < 1 || left > kMost || left != std::trunc(left)) return {};
  std::vector<Assumption> said;
  for (const char* key : {"tp", "pp"}) {
    if (nested(row, "layout", key) != nullptr) continue;
    std::erase_if(layout->members, [&](const JsonMember& m) { return m.key == key; });
    layout->members.push_back({key, number_value(left)});
    said.push_back({std::string("/layout/") + key, std::to_string(static_cast<int>(left)),
                    "what the count leaves", Origin::kDerived});
  }
  return said;
}

std::string missing_members(const JsonValue& row) {
  std::string missing;
  for (const auto& [section, key] : kNeeded) {
    if (nested(row, section, key) != nullptr) continue;
    missing += (missing.empty() ? "" : ", ") + std::string(section) + "." + key;
  }
  return missing;
}

// "2 slice(s) over DCN" or "2 pods" of a torus, in the interconnect's words; 0 where they name
// none.
int named_slices(const JsonValue& row) {
  const JsonValue* words = nested(row, "cluster", "interconnect");
  const JsonValue* accelerator = nested(row, "cluster", "accelerator");
  if (words == nullptr || accelerator == nullptr) return 0;
  if (lower(accelerator->text).find("tpu") == std::string::npos) return 0;
  static const std::regex slices("(^|[^0-9a-z-])([1-9][0-9]{0,5}) (slice|pods)");
  const std::string text = lower(words->text);
  std::smatch found;
  if (!std::regex_search(text, found, slices)) return 0;
  const int number = std::stoi(found[2]);
  const JsonValue* count = nested(row, "cluster", "count");
  // Words that the count contradicts are of something else.
  return count != nullptr && std::fmod(count->number, number) == 0 ? number : 0;
}

JsonValue truth(bool value) {
  JsonValue boolean;
  boolean.kind = JsonValue::Kind::kBoolean;
  boolean.boolean = value;
  return boolean;
}

// What the notes say of overlap: none ("no overlap of TP, DP or PP communication"), or that of
// tensor parallelism ("TP comm overlap for TP>1", "overlap of DP, TP (tp-comm-overlap)").
void add_named_overlap(const JsonValue& row, JsonValue& document) {
  const auto add = [&](const char* section, const char* key, bool value) {
    JsonValue* part = document.find(section);
    if (part == nullptr) {
      JsonValue empty;
      empty.kind = JsonValue::Kind::kObject;
      document.members.push_back({section, empty});
      part = document.find(section);
    }
    if (part->kind == JsonValue::Kind::kObject && part->find(key) == nullptr) {
      part->members.push_back({key, truth(value)});
    }
  };
  const auto says = [&](std::initializer_list<const char*> words) {
    return std::any_of(words.begin(), words.end(),
                       [&](const char* each) { return mentions(row, each); });
  };
  const JsonValue* tp = nested(row, "layout", "tp");
  if (says({"no overlap of tp, dp", "no overlap of dp, tp"})) {
    add("stack", "overlap", false);
  } else if (says({"no overlap of tp", "no tp comm overlap", "no tp-comm-overlap",
                   "tp comm overlap disabled", "tp-comm-overlap disabled"})) {
    add("layout", "tp_overlap", false);
  } else if (says({"tp-comm-overlap", "tp comm overlap"})) {
    if (tp != nullptr && tp->number > 1) add("layout", "tp_overlap", true);
  }
}

// Rows seldom state node-limited routing; a model that the library ships by the same name, with as
// many experts of which as many are chosen, has it.
void add_named_routing(JsonValue& document) {
  const JsonValue* name = nested(document, "model", "name");
  JsonValue* model = document.find("model");
  JsonValue* moe = model != nullptr ? model->find("moe") : nullptr;
  if (name == nullptr || moe == nullptr || moe->find("groups") != nullptr ||
      moe->find("top_groups") != nullptr) {
    return;
  }
  const auto named = find_model(lower(name->text));
  if (!named) return;
  for (const Layer& kind : named->model.kinds) {
    if (!kind.experts || kind.experts->groups == 0) continue;
    const JsonValue* routed = moe->find("routed_experts");
    const JsonValue* chosen = moe->find("top_k");
    if (routed == nullptr || routed->number != kind.experts->routed) return;
    if (chosen == nullptr || chosen->number != kind.experts->top_k) return;
    moe->members.push_back({"groups", number_value(kind.experts->groups)});
    moe->members.push_back({"top_groups", number_value(kind.experts->top_groups)});
    return;
  }
}

// llm-foundry's benchmarks of 2023 hold runs of two times under one date: pure bf16 came first,
// mixed precision later, with PyTorch 2.1. That the former's checkpoints did not stop early is
// inferred: with recomputation they take 7 to 8% longer against the others, which is what the last
// product of a layer takes, and as long without. All but two of them ran on A100 of 40 GB and all
// of the others on 80 GB; those two, too, are closer for it.
void add_older_software(JsonValue& document) {
  constexpr const char* kBeforePyTorch21 = "2023-09";
  constexpr const char* kLastOfTheTables = "2023-12";
  const JsonValue* framework = nested(document, "stack", "framework");
  const JsonValue* detail = nested(document, "run", "precision_detail");
  if (framework == nullptr || lower(framework->text) != "llm-foundry") return;
  if (detail == nullptr || lower(detail->text).find("pure") == std::string::npos) return;
  JsonValue* stack = document.find("stack");
  if (JsonValue* date = stack->find("date")) {
    if (date->text > kBeforePyTorch21 && date->text <= kLastOfTheTables) {
      date->text = kBeforePyTorch21;
    }
  }
}

// The row's own sections as a job of one step.
JsonValue one_step(const JsonValue& row) {
  JsonValue document;
  document.kind = JsonValue::Kind::kObject;
  document.line = row.line;
  for (const char* section : {"model", "cluster", "layout", "run", "stack"}) {
    if (const JsonValue* part = row.find(section)) document.members.push_back({section, *part});
  }
  JsonValue* cluster = document.find("cluster");
  const int slices = named_slices(row);
  if (cluster != nullptr && slices > 1 && cluster->find("slices") == nullptr) {
    cluster->members.push_back({"slices", number_value(slices)});
  }
  add_older_software(document);
  add_named_overlap(row, document);
  add_named_routing(document);
  if (JsonValue* run = document.find("run")) {
    std::erase_if(run->members, [](const JsonMember& m) { return m.key == "tokens"; });
    run->members.push_back({"steps", number_value(1)});
  }
  return document;
}

// The accelerators of a row that does not state them: what its degrees make, or some that its batch
// can be shared among.
double some_accelerators(const JsonValue& row) {
  double product = 1;
  bool stated = true;
  for (const char* degree : {"tp", "pp", "dp"}) {
    const JsonValue* member = nested(row, "layout", degree);
    stated = stated && member != nullptr;
    product *= member != nullptr ? member->number : 1;
  }
  const JsonValue* cp = nested(row, "layout", "cp");
  if (stated) return product * (cp != nullptr ? cp->number : 1);
  constexpr double kSome = 512;
  const JsonValue* batch = nested(row, "run", "global_batch");
  return batch != nullptr && batch->number >= 1 ? std::min(kSome, batch->number) : kSome;
}

// The row's own sections as a job of all its tokens. A layout without its degrees is the engine's
// to choose, with its recomputation.
JsonValue whole_run(const JsonValue& row, double tokens) {
  JsonValue document = one_step(row);
  if (JsonValue* cluster = document.find("cluster");
      cluster != nullptr && nested(row, "cluster", "count") == nullptr) {
    std::erase_if(cluster->members, [](const JsonMember& m) { return m.key == "count"; });
    cluster->members.push_back({"count", number_value(some_accelerators(row))});
  }
  const bool stated =
      nested(row, "layout", "tp") != nullptr && nested(row, "layout", "pp") != nullptr;
  if (!stated) {
    std::erase_if(document.members, [](const JsonMember& m) { return m.key == "layout"; });
  }
  if (JsonValue* run = document.find("run")) {
    std::erase_if(run->members, [&](const JsonMember& m) {
      return m.key == "steps" || (!stated && m.key.rfind("recompute", 0) == 0);
    });
    run->members.push_back({"tokens", number_value(tokens)});
  }
  return document;
}

// A measured figure that some run could have; what is stated and cannot be is a reason.
std::optional<double> figure(const JsonValue& row, const char* key, Range possible,
                             std::string& reason) {
  const JsonValue* member = nested(row, "measured", key);
  if (member == nullptr) return std::nullopt;
  const double value = member->number;
  if (member->kind == JsonValue::Kind::kNumber && value >= possible.low && value <= possible.high) {
    return value;
  }
  reason += (reason.empty() ? "" : "; ") + std::string("/measured/") + key +
            ": expected a number that a run could have";
  return std::nullopt;
}

std::string reason_of(const InputError& error) {
  std::string reason;
  for (const Fault& fault : error.faults()) {
    reason += (reason.empty() ? "" : "; ") + fault.pointer + (fault.pointer.empty() ? "" : ": ") +
              fault.message;
  }
  return reason;
}

}  // namespace

PublishedRun read_published_run(const JsonValue& stated, const std::string& file,
                                const HardwareDb& db) {
  if (stated.kind != JsonValue::Kind::kObject) {
    throw InputError(Fault{file, stated.line, "",
                           "expected an object, found " + kind_name(stated.kind),
                           "one published run a line, schema traincost.published/1"});
  }
  JsonValue row = stated;
  const std::vector<Assumption> left = add_left_degrees(row);
  PublishedRun run;
  const JsonValue* id = row.find("id");
  const JsonValue* family = row.find("family");
  run.id = id != nullptr && !id->text.empty() ? id->text : file + ":" + std::to_string(row.line);
  run.family = family != nullptr && !family->text.empty() ? family->text : "unnamed";
  run.regression = mentions(row, "regression");
  std::string step_reason;
  if (const auto time = figure(row, "step_time_s", {1e-9, 1e9}, step_reason)) {
    run.step_time = *time * second;
  }
  if (const JsonValue* memory = nested(row, "measured", "allocated_gib")) {
    run.allocated_memory = memory->number * GiB;
  }
  if (const JsonValue* parts = nested(row, "measured", "parts_s")) {
    for (const JsonMember& part : parts->members) {
      run.parts.emplace_back(part.key, part.value.number * second);
    }
  }

  // Distilled models took more than their tokens.
  std::string whole_reason;
  const auto hours = figure(row, "gpu_hours", {1e-3, 1e12}, whole_reason);
  const auto tokens = figure(row, "tokens", {1e6, 1e18}, whole_reason);
  if (hours && tokens && nested(row, "model", "layers") != nullptr && !mentions(row, "distill")) {
    try {
      run.whole = read_job(whole_run(row, *tokens), file, db, Faults::Unknown::kWarning,
                           OpenLayout::kComplete);
      run.whole_time = *hours * accelerator_hour;
    } catch (const InputError& error) {
      if (error.faults().front().file != file) throw;
      whole_reason = reason_of(error);
    }
  }

  const JsonValue* scorable = row.find("scorable");
  const std::string missing = missing_members(row);
  if (run.step_time <= Seconds{}) {
    run.unscored_reason = step_reason.empty() ? "no measured.step_time_s" : step_reason;
  } else if (!missing.empty()) {
    run.unscored_reason = "not stated: " + missing;
  } else if (scorable != nullptr && scorable->kind == JsonValue::Kind::kBoolean &&
             !scorable->boolean) {
    run.unscored_reason = "marked as not scorable by its source";
  } else {
    try {
      run.job = read_job(one_step(row), file, db, Faults::Unknown::kWarning, OpenLayout::kComplete);
    } catch (const InputError& error) {
      // A fault of the database is nobody's row.
      if (error.faults().front().file != file) throw;
      run.unscored_reason = reason_of(error);
    }
  }
  if (run.job) {
    run.job->assumptions.insert(run.job->assumptions.end(), left.begin(), left.end());
    return run;
  }
  if (run.whole) run.unscored_reason += "; predicted as a whole run";
  if (!whole_reason.empty()) run.unscored_reason += "; as a whole run: " + whole_reason;
  return run;
}

}  // namespace traincost
