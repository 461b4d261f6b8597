#include "estimator/evidence/published.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/units.h"
#include "estimator/job/knobs.h"
#include "estimator/job/resolve.h"
#include "estimator/questions/choice.h"

namespace traincost {
namespace {

using namespace unit;

// A degree that only the count can decide: of tp and pp the one that is not stated, or both where
// nothing is left for them (dp 128 on 128). A cp that is said to be unknown decides nothing.
std::vector<Assumption> fill_left_degrees(JobSpec& spec, bool cp_unknown) {
  if (!spec.layout || !spec.cluster || !spec.cluster->count || cp_unknown) return {};
  LayoutSpec& layout = *spec.layout;
  if (!layout.dp) return {};
  double left = *spec.cluster->count;
  for (const auto& degree : {layout.dp, layout.cp, layout.tp, layout.pp}) {
    if (degree) left /= *degree;
  }
  const bool both = layout.tp && layout.pp, none = !layout.tp && !layout.pp;
  if (both || (none && left != 1)) return {};
  if (left < 1 || left > kDegreeRange.high || left != std::trunc(left)) return {};
  std::vector<Assumption> said;
  const auto fill = [&](const char* pointer, std::optional<int>& degree) {
    if (degree) return;
    degree = static_cast<int>(left);
    said.push_back({pointer, std::to_string(*degree), "what the count leaves", Origin::kDerived});
  };
  fill("/layout/tp", layout.tp);
  fill("/layout/pp", layout.pp);
  return said;
}

// What a row must state for its step to be predicted. Other degrees that it leaves out are 1,
// micro-batch and virtual stages what a practitioner would take.
std::string missing_members(const JobSpec& spec) {
  const ClusterSpec cluster = spec.cluster.value_or(ClusterSpec{});
  const LayoutSpec layout = spec.layout.value_or(LayoutSpec{});
  const RunSpec run = spec.run.value_or(RunSpec{});
  const std::pair<bool, const char*> needed[] = {
      {cluster.accelerator.has_value(), "cluster.accelerator"},
      {cluster.count.has_value(), "cluster.count"},
      {layout.tp.has_value(), "layout.tp"},
      {layout.pp.has_value(), "layout.pp"},
      {run.sequence_length.has_value(), "run.sequence_length"},
      {run.global_batch.has_value(), "run.global_batch"},
      {run.precision.has_value(), "run.precision"},
  };
  std::string missing;
  for (const auto& [stated, name] : needed) {
    if (!stated) missing += (missing.empty() ? "" : ", ") + std::string(name);
  }
  return missing;
}

// The row's own sections as a job of one step.
JobSpec one_step(JobSpec spec) {
  if (!spec.run) spec.run.emplace();
  spec.run->tokens.reset();
  spec.run->steps.reset();
  (spec.phases.empty() ? spec.run->steps : spec.phases.front().steps) = 1;
  // A row has one run: its iteration learns by it.
  if (!spec.phases.empty()) spec.phases.front().run = spec.run;
  return spec;
}

// The accelerators of a row that does not state them: what its degrees make, or some that its batch
// can be shared among.
int some_accelerators(const JobSpec& spec) {
  const LayoutSpec layout = spec.layout.value_or(LayoutSpec{});
  if (layout.tp && layout.pp && layout.dp) {
    return *layout.tp * *layout.pp * *layout.dp * layout.cp.value_or(1);
  }
  constexpr std::int64_t kSome = 512;
  const auto batch = spec.run ? spec.run->global_batch : std::nullopt;
  return static_cast<int>(std::min(kSome, batch.value_or(kSome)));
}

// The row's own sections as a job of all its tokens. A layout without its degrees is the engine's
// to choose, with its recomputation.
JobSpec whole_run(JobSpec spec, Tokens tokens) {
  const int some = some_accelerators(spec);
  if (!spec.cluster) spec.cluster.emplace();
  if (!spec.cluster->count) spec.cluster->count = some;
  if (!spec.run) spec.run.emplace();
  spec.run->steps.reset();
  spec.run->tokens = tokens;
  if (spec.layout && spec.layout->tp && spec.layout->pp) return spec;
  spec.layout.reset();
  spec.run->recompute.reset();
  spec.run->recompute_modules.clear();
  spec.run->recompute_layers.reset();
  return spec;
}

// A measured figure that some run could have; what is stated and cannot be is a reason.
std::optional<double> figure(const std::optional<JsonCursor>& measured, const char* key,
                             Range possible, std::string& reason) {
  const auto member = measured ? measured->find(key) : std::nullopt;
  if (!member) return std::nullopt;
  const double value = member->value().number;
  if (member->kind() == JsonValue::Kind::kNumber && value >= possible.low &&
      value <= possible.high) {
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

// The row's job, or why it has none. A fault of the database is nobody's row.
std::optional<Job> job_of(const JobSpec& spec, const HardwareDb& db, Faults faults,
                          std::string& reason) {
  try {
    return with_chosen_layouts(resolve(spec, db, faults), Completion::kCompleted);
  } catch (const InputError& error) {
    if (error.faults().front().file != spec.file) throw;
    reason = reason_of(error);
    return std::nullopt;
  }
}

// What was measured of the row's step beside its time.
void read_measured(const std::optional<JsonCursor>& measured, PublishedRun& run) {
  if (!measured) return;
  if (const auto memory = measured->find("allocated_gib")) {
    run.allocated_memory = memory->value().number * GiB;
  }
  if (const auto memory = measured->find("reserved_gib")) {
    run.reserved_memory = memory->value().number * GiB;
  }
  const auto parts = measured->find("parts_s");
  if (!parts) return;
  for (const JsonMember& part : parts->value().members) {
    run.parts.emplace_back(part.key, part.value.number * second);
  }
}

}  // namespace

PublishedRun read_published_run(const JsonValue& row, const std::string& file,
                                const HardwareDb& db) {
  if (row.kind != JsonValue::Kind::kObject) {
    throw InputError(Fault{file, row.line, "", "expected an object, found " + kind_name(row.kind),
                           "one published run a line, schema traincost.published/1"});
  }
  Faults faults(Faults::Unknown::kWarning);
  const JsonCursor root(row, file, faults);
  JobSpec spec = read_spec(root, SpecForm::kPublishedRun);
  const JsonValue* layout = row.find("layout");
  const JsonValue* cp = layout == nullptr ? nullptr : layout->find("cp");
  const bool cp_unknown = cp != nullptr && cp->kind == JsonValue::Kind::kNull;
  const std::vector<Assumption> left = fill_left_degrees(spec, cp_unknown);

  PublishedRun run;
  run.id = root.text("id").value_or("");
  if (run.id.empty()) run.id = file + ":" + std::to_string(row.line);
  run.family = root.text("family").value_or("");
  if (run.family.empty()) run.family = "unnamed";
  if (const auto source = root.find("source")) run.report = source->text("title").value_or("");
  if (run.report.empty()) run.report = run.id;
  run.regression = root.boolean("regression").value_or(false);
  const auto stated = root.find("measured");
  const auto measured = stated && stated->is_object() ? stated : std::nullopt;
  read_measured(measured, run);
  std::string step_reason;
  if (const auto time = figure(measured, "step_time_s", {1e-9, 1e9}, step_reason)) {
    run.step_time = *time * second;
  }

  // Distilled models took more than their tokens.
  std::string whole_reason;
  const auto hours = figure(measured, "gpu_hours", {1e-3, 1e12}, whole_reason);
  const auto tokens = figure(measured, "tokens", {1e6, 1e18}, whole_reason);
  const bool has_layers = spec.model && spec.model->dimensions && spec.model->dimensions->layers;
  if (hours && tokens && has_layers && !root.boolean("distilled").value_or(false)) {
    run.whole = job_of(whole_run(spec, *tokens * token), db, faults, whole_reason);
    if (run.whole) run.whole_time = *hours * accelerator_hour;
  }

  const std::string missing = missing_members(spec);
  const auto fits = measured ? measured->boolean("fits") : std::nullopt;
  if (fits && !*fits && missing.empty()) {
    run.starved = job_of(one_step(spec), db, faults, run.unscored_reason);
    return run;
  }
  if (run.step_time <= Seconds{}) {
    run.unscored_reason = step_reason.empty() ? "no measured.step_time_s" : step_reason;
  } else if (!missing.empty()) {
    run.unscored_reason = "not stated: " + missing;
  } else if (!root.boolean("scorable").value_or(true)) {
    run.unscored_reason = "marked as not scorable by its source";
  } else {
    auto& home = spec.phases.empty() ? run.job : run.iteration;
    home = job_of(one_step(spec), db, faults, run.unscored_reason);
  }
  if (auto& home = run.iteration ? run.iteration : run.job) {
    home->assumptions.insert(home->assumptions.end(), left.begin(), left.end());
    return run;
  }
  if (run.whole) run.unscored_reason += "; predicted as a whole run";
  if (!whole_reason.empty()) run.unscored_reason += "; as a whole run: " + whole_reason;
  return run;
}

}  // namespace traincost
