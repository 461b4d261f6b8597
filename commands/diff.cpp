#include "base/read_file.h"
#include "commands/common.h"

namespace traincost {

Outcome run_diff(const Arguments& arguments) {
  expect_positional(arguments, 2, 2, "two saved reports, the earlier first");
  const std::string& before = arguments.positional[0];
  const std::string& after = arguments.positional[1];
  const Report old = read_report(read_file(before), before);
  const Report fresh = read_report(read_file(after), after);
  if (old.question() != fresh.question()) {
    throw InputError(Fault{after, 0, "/question",
                           "answers \"" + fresh.question() + "\", and " + before + " answers \"" +
                               old.question() + "\"",
                           "answers to the same question can be compared"});
  }
  return {rendered(difference_report(old, fresh, before, after), arguments), "", kOk};
}

}  // namespace traincost
