#include "reports/job_tree.h"

#include <algorithm>
#include <vector>

#include "reports/cited.h"
#include "reports/report_tree.h"

namespace traincost {

Tree job_inputs_tree(const Job& job) {
  Tree t;
  t["name"] = job.name;
  t["model"] = job.model.name;
  const Platform& platform = job.platform();
  t["accelerator"] = platform.accelerator.record.id;
  t["accelerator_name"] = platform.accelerator.record.name;
  int most = 0;
  for (const Phase& phase : job.phases) most = std::max(most, phase.count);
  t["accelerators"] = most;
  t["generators"] = nullptr;
  for (const Phase& phase : job.phases) {
    if (phase.apart() == 0) continue;
    t["generators"] = std::to_string(phase.apart()) + " x " +
                      job.platforms[phase.generator_platform].accelerator.record.id;
  }
  t["system"] = platform.system.record.id;
  t["stack"] = platform.stack.record.id;
  t["names_software"] = platform.names_software;
  t["reliability"] = job.reliability.record.id;
  t["grid"] = job.grid.record.id;
  return t;
}

void add_job_basis(Tree& tree, const Job& job, const std::vector<const StepSetup*>& steps) {
  tree["assumptions"] = Tree::array();
  for (const Assumption& each : job.assumptions) {
    tree["assumptions"].push_back({{"what", each.what},
                                   {"value", each.value},
                                   {"why", each.why},
                                   {"origin", origin_name(each.origin)}});
  }
  tree["sources"] = Tree::array();
  std::vector<const Record*> records;
  const auto add = [&](const Record& record) {
    const auto same = [&](const Record* known) { return known->id == record.id; };
    if (std::none_of(records.begin(), records.end(), same)) records.push_back(&record);
  };
  for (const Platform& platform : job.platforms) {
    add(platform.accelerator.record);
    add(platform.system.record);
    add(platform.stack.record);
    if (platform.purchase) add(platform.ownership.record);
  }
  for (const Record* record :
       {&job.engine.record, &job.engine_error.record, &job.reliability.record, &job.grid.record}) {
    records.push_back(record);
  }
  for (const Record* record : records) add_sources(tree["sources"], *record);
  for (const Formula* formula : cited_formulas(job, steps)) {
    tree["sources"].push_back({{"id", "formula/" + std::string(formula->id)},
                               {"kind", "formula"},
                               {"title", formula->text},
                               {"where", formula->citation},
                               {"retrieved", nullptr}});
  }
  tree["warnings"] = Tree::array();
  for (const Warning& warning : job.warnings) {
    tree["warnings"].push_back({{"code", warning.id()}, {"message", warning.message}});
  }
}

}  // namespace traincost
