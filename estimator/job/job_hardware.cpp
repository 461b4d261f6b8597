#include "estimator/job/job_reader.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "base/units.h"

namespace traincost {

using namespace unit;

void JobReader::read_hardware() {
  const auto cluster = root_.require("cluster");
  if (!cluster || !cluster->expect_object()) return;
  const auto name = cluster->require("accelerator");
  if (!name) return;
  const std::string id = name->text().value_or("");
  auto found = db_.accelerator(id);
  if (!found) {
    const auto fault = db_.name_fault("accelerators", id);
    name->fault(fault.message, fault.remedy);
    return;
  }
  job_.accelerator = std::move(*found);
  job_.engine = engine_of(db_);
  job_.engine_error = engine_error_of(db_);
  read_system(*cluster);
  read_stack();
  read_reliability();
  read_grid();
}

void JobReader::read_system(const JsonCursor& cluster) {
  const auto name = cluster.find("system");
  if (!name) {
    const auto node = cluster.integer("node_size", {1, 1024});
    job_.system = default_system(db_, job_.accelerator, static_cast<int>(node.value_or(0)));
    const bool of_that_size = node && job_.system.node_size == *node;
    assume("/cluster/system", job_.system.record.id,
           of_that_size ? "the system with nodes of that size that this accelerator is built into"
                        : "the system that this accelerator is usually built into",
           Origin::kDefault);
    return;
  }
  const std::string id = name->text().value_or("");
  auto found = db_.system(id);
  if (!found) {
    const auto fault = db_.name_fault("systems", id);
    name->fault(fault.message, fault.remedy);
    return;
  }
  job_.system = std::move(*found);
  const auto& built = job_.system.accelerators;
  if (std::find(built.begin(), built.end(), job_.accelerator.record.id) == built.end()) {
    warn("W0203", "system " + id + " is not recorded with " + job_.accelerator.record.id);
  }
}

void JobReader::read_reliability() {
  const auto member = root_.find("reliability");
  std::string id = "default";
  if (member && member->is_text()) id = member->text().value_or("");
  auto found = db_.reliability(id);
  if (!found) {
    const auto fault = db_.name_fault("reliability", id);
    if (member) member->fault(fault.message, fault.remedy);
    return;
  }
  job_.reliability = std::move(*found);
  if (member && !member->is_text()) {
    if (!member->expect_object()) return;
    Reliability& r = job_.reliability;
    r.failures_per_node_day =
        member->number("failures_per_node_day", {0, 1}).value_or(r.failures_per_node_day);
    r.checkpoint_write =
        member->quantity<Dimension{.second = 1}>("checkpoint_write").value_or(r.checkpoint_write);
    r.restart = member->quantity<Dimension{.second = 1}>("restart").value_or(r.restart);
    member->finish();
    return;
  }
  if (!member) {
    assume("/reliability", job_.reliability.record.id,
           "failures as on " + job_.reliability.record.name, Origin::kDefault);
  }
}

void JobReader::read_grid() {
  const auto member = root_.find("grid");
  const std::string id = member ? member->text().value_or("") : "default";
  auto found = db_.grid(id);
  if (!found) {
    const auto fault = db_.name_fault("grids", id);
    if (member) member->fault(fault.message, fault.remedy);
    return;
  }
  job_.grid = std::move(*found);
  if (!member) {
    assume("/grid", job_.grid.record.id, "PUE and carbon of " + job_.grid.record.name,
           Origin::kDefault);
  }
}

System default_system(const HardwareDb& db, const Accelerator& accelerator, int node_size) {
  if (auto found = db.usual_system(accelerator.record.id, node_size)) return std::move(*found);
  auto generic = db.system("pcie-node");
  if (!generic) {
    throw InputError(Fault{
        "", 0, "",
        "the database holds no system for \"" + accelerator.record.id + "\" and no \"pcie-node\"",
        ""});
  }
  return std::move(*generic);
}

}  // namespace traincost
