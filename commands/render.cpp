#include "commands/common.h"

namespace traincost {

Outcome run_render(const Arguments& arguments) {
  expect_positional(arguments, 1, 1, "one saved report, such as estimate --format json writes");
  const std::string& file = arguments.positional.front();
  return {rendered(read_report(read_input(arguments, file), file), arguments), "", kOk};
}

}  // namespace traincost
