#include "estimator/job/resolve.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <utility>

#include "base/nearest.h"
#include "base/read_file.h"
#include "base/units.h"
#include "estimator/doubt/failure_rates.h"
#include "estimator/job/resolver.h"
#include "estimator/run/cost.h"

namespace traincost {
namespace {

using namespace unit;

}  // namespace

std::string Resolver::PhaseAt::section(const JobSpec& spec, const char* name) const {
  const std::string of_job = std::string("/") + name;
  if (own == nullptr) return of_job;
  const std::string of_phase = pointer + of_job;
  if (spec.lines) return spec.wrote(of_phase) ? of_phase : of_job;
  return of_job;
}

Job Resolver::resolve() {
  job_.file = spec_.file;
  fill_header();
  fill_model();
  if (!spec_.cluster) missing("", "cluster");
  PhaseAt whole;
  whole.sections = sections_of(spec_, {});
  if (spec_.cluster) fill_platform(whole);
  fill_reliability();
  fill_grid();
  fill_beyond();
  faults_.throw_if_any();  // names first: what follows needs them
  job_.engine = engine_of(db_);
  job_.engine_error = engine_error_of(db_);
  fill_space();
  fill_phases();
  faults_.throw_if_any();
  fill_pricing(whole, job_.platforms.front());
  for (std::size_t i = 0; i < job_.beyond.size(); ++i) {
    if (job_.cost_method != CostMethod::kAcquisition || job_.beyond[i].time <= AcceleratorTime{}) {
      continue;
    }
    fault("/beyond/" + std::to_string(i) + "/accelerator_hours",
          "hours cost nothing where all is bought", "state a cost, or another method");
  }
  faults_.throw_if_any();
  for (const UncertainMember& each : spec_.uncertain) {
    assume("/" + each.path, each.says, "stated as a range; what is not sampled takes its median",
           Origin::kFile);
  }
  for (const Fault& unknown : faults_.warnings()) {
    warn(WarningCode::kUnknownMember, unknown.text());
  }
  return std::move(job_);
}

void Resolver::fault(const std::string& pointer, std::string message, std::string remedy) {
  faults_.add({spec_.file, spec_.line_of(pointer), pointer.empty() ? "/" : pointer,
               std::move(message), std::move(remedy)});
}

void Resolver::member_fault(const std::string& section, const char* key, std::string message,
                            std::string remedy) {
  const std::string member = section + "/" + key;
  fault(spec_.wrote(member) ? member : section, std::move(message), std::move(remedy));
}

void Resolver::unknown(const std::string& pointer, std::string_view room, const std::string& name) {
  const auto said = db_.name_fault(room, name);
  fault(pointer, said.message, said.remedy);
}

std::string Resolver::member_pointer(const PhaseAt& at, const char* section,
                                     const char* key) const {
  const std::string inner = std::string("/") + section + "/" + key;
  if (at.own != nullptr && spec_.wrote(at.pointer + inner)) return at.pointer + inner;
  if (spec_.wrote(inner)) return inner;
  return at.section(spec_, section);
}

void Resolver::missing(const std::string& section, const char* key) {
  if (spec_.wrote(section + "/" + key)) return;
  fault(section, "missing member \"" + std::string(key) + "\"");
}

void Resolver::assume(std::string what, std::string value, std::string why, Origin origin) {
  traincost::assume(job_.assumptions, {std::move(what), std::move(value), std::move(why), origin});
}

void Resolver::warn(WarningCode code, std::string message) {
  job_.warnings.push_back({code, std::move(message)});
}

void Resolver::fill_header() {
  job_.name = spec_.name.value_or("");
  job_.start = spec_.start;
  for (const std::string& each : spec_.assumptions) {
    assume("file", each, "stated by the file", Origin::kFile);
  }
  job_.leaves_out = spec_.leaves_out;
}

void Resolver::fill_model() {
  if (!spec_.model || !spec_.model->stated()) {
    missing("", "model");
    return;
  }
  const ModelSpec& model = *spec_.model;
  ImportedModel imported;
  if (model.name) {
    imported = model_by_name(*model.name);
  } else if (model.dimensions) {
    imported.model = native_architecture(*model.dimensions, [&](const NativeFault& found) {
      const std::string section = "/model" + (found.section.empty() ? "" : "/" + found.section);
      if (!found.missing.empty() && spec_.wrote(section + "/" + found.missing)) return;
      fault(section, found.message, found.remedy);
    });
  } else {
    imported = *model.imported;
  }
  job_.model = std::move(imported.model);
  for (const std::string& warning : imported.warnings) {
    warn(WarningCode::kModelKeys, "model: " + warning);
  }
  for (const std::string& part : job_.model.not_counted) {
    warn(WarningCode::kModelParts, "model: \"" + part + "\" is not counted");
  }
  if (job_.name.empty()) job_.name = job_.model.name;
}

ImportedModel Resolver::model_by_name(const std::string& name) {
  if (auto found = find_model(name)) return std::move(*found);
  namespace fs = std::filesystem;
  const fs::path beside = fs::path(spec_.file).parent_path() / name;
  std::error_code error;
  if (files_are_read() && fs::is_regular_file(beside, error)) return load_model(beside.string());
  const std::string near = did_you_mean_one_of(name, model_names());
  fault("/model", "no model \"" + name + "\"",
        (near.empty() ? "" : near + " ") +
            "a shipped name (`traincost hw list --models`), or a path to a config.json");
  return {};
}

void Resolver::fill_phases() {
  if (spec_.phases.empty()) {
    fill_ramp(nullptr, "", 0);
    return;
  }
  for (const char* amount : {"tokens", "steps"}) {
    const bool stated =
        spec_.run && (amount == std::string("tokens") ? spec_.run->tokens.has_value()
                                                      : spec_.run->steps.has_value());
    if (!stated) continue;
    member_fault("/run", amount,
                 std::string("run.") + amount + " says nothing beside phases, which have their own",
                 "drop one of them");
  }
  for (std::size_t i = 0; i < spec_.phases.size(); ++i) {
    fill_ramp(&spec_.phases[i], "/phases/" + std::to_string(i), i);
  }
}

void Resolver::fill_phase(const PhaseSpec* own, const std::string& pointer, std::size_t index) {
  PhaseAt at;
  at.own = own;
  at.sections = sections_of(spec_, own != nullptr ? *own : PhaseSpec{});
  at.pointer = pointer;
  take_rollouts(at);
  Phase phase;
  phase.name =
      own == nullptr ? "pre-training" : own->name.value_or("phase " + std::to_string(index + 1));
  if (own != nullptr && (own->cluster || own->stack || own->pricing)) {
    const bool other_platform = own->stack || own->pricing || makes_platform(*own->cluster);
    if (other_platform) {
      at.platform = job_.platforms.size();
      fill_platform(at);
      if (job_.platforms.size() == at.platform) return;  // its chip is not known
      fill_pricing(at, job_.platforms[at.platform]);
    }
  }
  phase.path = pointer.empty() ? "" : pointer.substr(1);
  std::replace(phase.path.begin(), phase.path.end(), '/', '.');
  phase.platform = at.platform;
  const Platform& platform = job_.platforms[at.platform];
  phase.cluster = overrides_of(at, platform.system);
  phase.count = phase.cluster.count;
  warn_of_slice(platform.system, phase.cluster);
  phase.assumed = own != nullptr && own->assumed.value_or(false);
  if (phase.assumed) {
    assume(at.pointer, phase.name, "the file marks this phase's layout as assumed", Origin::kFile);
  }
  phase.stated = stated_time(at, phase);
  if (phase.stated && own != nullptr && own->rl) {
    fault(at.pointer + "/rl", "the phase's time is stated: nothing of it is generated",
          "drop one of them");
  }
  if (phase.stated) {
    fill_pauses(at, phase);
    job_.phases.push_back(std::move(phase));
    return;
  }
  StepSetup& setup = phase.setup.emplace();
  setup.model = job_.model;
  const std::string precision = precision_of(at, platform);
  setup.batch = batch_of(at, platform.stack);
  phase.update = at.sections.run;
  phase.stack = updating_stack(at, platform.stack);
  setup.machine = make_machine(platform.accelerator, platform.system, phase.stack,
                               job_.engine.parameters, phase.cluster, precision);
  for (MachineDefault& each :
       machine_defaults(platform.accelerator, platform.system, phase.cluster)) {
    assume(std::move(each.what), std::move(each.value), std::move(each.why), Origin::kDefault);
  }
  if (setup.machine.attention_generation.empty()) {
    assume("attention kernel", "default curve",
           "no kernel generation of stack " + platform.stack.record.id + " is measured on " +
               platform.accelerator.record.id,
           Origin::kDefault);
    if (platform.names_software) {
      warn(WarningCode::kAttentionNotRecorded,
           "none of " + platform.stack.record.id + "'s attention kernels is recorded for " +
               platform.accelerator.record.id + ": does it run there?");
    }
  }
  fill_tokens(at, phase);
  fill_pauses(at, phase);
  fill_batches(at, phase);
  fill_layout(at, phase);
  fill_rl(at, phase);
  job_.phases.push_back(std::move(phase));
}

void Resolver::warn_of_slice(const System& system, const ClusterOverrides& cluster) {
  const int slice = cluster.count / cluster.slices;
  const int pod = system.scale_up_domain;
  if (system.torus_dimensions == 0 || slice < system.node_size || is_had(system, slice)) return;
  const std::vector<int> had = counts_had(system, 2 * std::max(slice, pod));
  const auto above = std::upper_bound(had.begin(), had.end(), slice);
  std::string near;
  if (above != had.begin()) near = std::to_string(*std::prev(above));
  if (above != had.end()) near += (near.empty() ? "" : " or ") + std::to_string(*above);
  warn(WarningCode::kNoSlice,
       system.record.id + " has no slice of " + std::to_string(slice) + ": " + near);
}

void Resolver::fill_tokens(const PhaseAt& at, Phase& phase) {
  const RunSpec& run = at.sections.run;
  const auto tokens = at.own != nullptr ? at.own->tokens : run.tokens;
  const auto steps = at.own != nullptr ? at.own->steps : run.steps;
  Tokens one = tokens_per_step(phase.setup->batch);
  if (at.own != nullptr && at.own->rl) {  // steps are iterations
    one = static_cast<double>(at.own->rl->rollouts.value_or(1)) *
          phase.setup->batch.sequence_length * token;
  }
  if (tokens && steps) {
    const std::string home = at.own != nullptr ? at.pointer : "/run";
    fault(home + "/steps", "tokens say how many steps there are", "drop one of them");
  }
  if (tokens) {
    phase.tokens = *tokens;
    if (*tokens < one) {
      warn(WarningCode::kFewTokens, "the tokens are fewer than one step of " +
                                        std::to_string(std::llround(one.in(token))) +
                                        ": is a unit missing, such as 15T?");
    }
  } else if (steps) {
    phase.tokens = *steps * one;
    if (!run.global_batch) phase.steps = *steps;
  } else {
    const bool inside =
        at.own != nullptr && at.own->run && (at.own->run->tokens || at.own->run->steps);
    fault(at.own != nullptr ? at.pointer : "/run",
          "the phase names neither tokens, steps nor accelerator_hours",
          inside ? "a phase's tokens or steps stand beside its run, not in it"
                 : "write \"tokens\": \"14.8T tokens\", or \"steps\": 1000");
  }
}

void Resolver::fill_reliability() {
  const ReliabilitySpec stated = spec_.reliability.value_or(ReliabilitySpec{});
  const std::string id = stated.record.value_or("default");
  auto found = db_.reliability(id);
  if (!found) return unknown("/reliability", "reliability", id);
  job_.reliability = std::move(*found);
  Reliability& r = job_.reliability;
  r.failures_per_node_day = stated.failures_per_node_day.value_or(r.failures_per_node_day);
  r.checkpoint_write = stated.checkpoint_write.value_or(r.checkpoint_write);
  r.restart = stated.restart.value_or(r.restart);
  if (stated.queue) r.restart += *stated.queue;
  if (stated.checkpoint_interval) r.checkpoint_interval = stated.checkpoint_interval;
  const bool known = stated.record || stated.failures_per_node_day;
  if (!known) job_.failure_rate = failure_rate_elsewhere(db_.reliabilities());
  const bool complete = stated.failures_per_node_day && stated.checkpoint_write && stated.restart;
  if (stated.record || complete) return;
  assume("/reliability", r.record.id,
         spec_.reliability ? "what the job does not state is as on " + r.record.name
                           : "failures as on " + r.record.name,
         Origin::kDefault);
}

// What projects pay for beside their final run; what the job does not name is not in the sum.
void Resolver::fill_beyond() {
  for (std::size_t i = 0; i < spec_.beyond.size(); ++i) {
    const BeyondSpec& each = spec_.beyond[i];
    const std::string here = "/beyond/" + std::to_string(i);
    const int ways = (each.share ? 1 : 0) + (each.cost ? 1 : 0) + (each.accelerator_hours ? 1 : 0);
    if (!each.name) fault(here, "the line has no name", "such as \"ablations\"");
    if (ways != 1) {
      fault(here, ways == 0 ? "the line says no sum" : "the line says more than one sum",
            "one of share, cost and accelerator_hours");
    }
    job_.beyond.push_back({each.name.value_or(""), each.share.value_or(0),
                           each.cost.value_or(Usd{}),
                           each.accelerator_hours.value_or(0) * accelerator_hour});
  }
  if (job_.leaves_out.empty()) {
    job_.leaves_out = {"ablations", "failed runs", "data", "evaluation",
                       "storage",   "egress",      "staff"};
  }
  std::erase_if(job_.leaves_out, [&](const std::string& left) {
    return std::any_of(job_.beyond.begin(), job_.beyond.end(),
                       [&](const BeyondRun& each) { return each.name == left; });
  });
}

void Resolver::fill_grid() {
  const GridSpec stated = spec_.grid.value_or(GridSpec{});
  const std::string id = stated.record.value_or("default");
  auto found = db_.grid(id);
  if (!found) return unknown("/grid", "grids", id);
  // A run is priced and accounted by the year in which it starts.
  const bool dated = spec_.start.has_value();
  job_.grid =
      dated ? in_year(std::move(*found), std::stoi(spec_.start->month_text())) : std::move(*found);
  Grid& grid = job_.grid;
  if (stated.electricity_price) grid.electricity_price = stated.electricity_price;
  if (stated.carbon_intensity) grid.carbon_intensity = stated.carbon_intensity;
  grid.pue = stated.pue.value_or(grid.pue);
  if (stated.wue) grid.wue = stated.wue;
  grid.average_draw = stated.average_draw.value_or(grid.average_draw);
  job_.states_draw = stated.average_draw.has_value();
  if (!grid.within.empty()) {
    assume("/grid/record", grid.record.id,
           "figures that are not recorded of it are those of " + grid.within + ", where it lies",
           Origin::kDefault);
  }
  if (stated.record) return;
  assume("/grid", grid.record.id,
         spec_.grid ? "what the job does not state is as on " + grid.record.name
                    : "PUE and carbon of " + grid.record.name,
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

void assume(std::vector<Assumption>& assumptions, Assumption assumption) {
  for (const Assumption& known : assumptions) {
    if (known.what == assumption.what && known.value == assumption.value) return;
  }
  assumptions.push_back(std::move(assumption));
}

OwnedPower owned_power(const Platform& platform, const Grid& grid) {
  return {rated_power(platform.accelerator, platform.system),
          mean_power(platform.accelerator, platform.system, grid), grid.pue,
          grid.electricity_price.value_or(EnergyPrice{})};
}

Evidence evidence_of(const Job& job, const Phase& phase, const StepEstimate& step) {
  const Platform& platform = job.platform(phase);
  Evidence evidence = evidence_of(job.engine_error, *phase.setup, step, platform.accelerator,
                                  platform.names_software);
  if (phase.rl && !phase.rl->offline) evidence.regimes = {Regime::kReinforcement};
  return evidence;
}

Doubt doubt_of(const Job& job, const Phase& phase, const StepEstimate& step,
               const Evidence& evidence) {
  return doubt_of(job.engine_error, evidence, *phase.setup, step, job.platform(phase).accelerator);
}

Doubt doubt_of(const Job& job, const Phase& phase) {
  if (!phase.setup) return {};
  const StepEstimate step = estimate_step(phase.setup->context());
  return doubt_of(job, phase, step, evidence_of(job, phase, step));
}

Job resolve(const JobSpec& spec, const HardwareDb& db) {
  Faults faults;
  return resolve(spec, db, faults);
}

Job resolve(const JobSpec& spec, const HardwareDb& db, Faults& faults) {
  return Resolver(spec, db, faults).resolve();
}

Job resolve(const JsonValue& document, const std::string& file, const HardwareDb& db) {
  Faults faults;
  const JobSpec spec = read_spec(JsonCursor(document, file, faults));
  return resolve(spec, db, faults);
}

}  // namespace traincost
