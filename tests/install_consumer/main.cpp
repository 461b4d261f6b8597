// Uses the installed library as a stranger would: a model, a count, a report.
#include <iostream>

#include "estimator/model/named.h"
#include "estimator/model/parameters.h"
#include "hwdb/hwdb.h"
#include "reports/report.h"

int main() {
  const auto model = traincost::find_model("deepseek-v3");
  const auto chip = traincost::HardwareDb::load().accelerator("h800");
  if (!model || !chip) return 1;
  const auto count = traincost::count_parameters(model->model);
  std::cout << count.total << " parameters, " << chip->record.name << ", engine "
            << traincost::engine_version() << '\n';
  return count.total == 671026419200 ? 0 : 1;
}
