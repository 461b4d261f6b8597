#include "reports/job_tree.h"

#include "estimator/questions/formulas.h"
#include "reports/report_tree.h"

namespace traincost {

Tree job_inputs_tree(const Job& job) {
  Tree t;
  t["name"] = job.name;
  t["model"] = job.model.name;
  t["accelerator"] = job.accelerator.record.id;
  t["accelerator_name"] = job.accelerator.record.name;
  t["accelerators"] = job.phases.front().count;
  t["system"] = job.system.record.id;
  t["stack"] = job.stack.record.id;
  t["names_software"] = job.names_software;
  t["reliability"] = job.reliability.record.id;
  t["grid"] = job.grid.record.id;
  return t;
}

void add_job_basis(Tree& tree, const Job& job) {
  tree["assumptions"] = Tree::array();
  for (const Assumption& each : job.assumptions) {
    tree["assumptions"].push_back({{"what", each.what},
                                   {"value", each.value},
                                   {"why", each.why},
                                   {"origin", origin_name(each.origin)}});
  }
  tree["sources"] = Tree::array();
  for (const Record* record :
       {&job.accelerator.record, &job.system.record, &job.stack.record, &job.engine.record,
        &job.engine_error.record, &job.reliability.record, &job.grid.record}) {
    add_sources(tree["sources"], *record);
  }
  for (const Formula& formula : formulas()) {
    tree["sources"].push_back({{"id", "formula/" + std::string(formula.id)},
                               {"kind", "formula"},
                               {"title", formula.text},
                               {"where", formula.citation},
                               {"retrieved", nullptr}});
  }
  tree["warnings"] = Tree::array();
  for (const Warning& warning : job.warnings) {
    tree["warnings"].push_back({{"code", warning.code}, {"message", warning.message}});
  }
}

}  // namespace traincost
