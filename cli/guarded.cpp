#include "cli/guarded.h"

#include <iostream>

#include "commands/answer.h"

namespace traincost {

int guarded(const std::function<int()>& work, bool as_json) {
  const Outcome outcome = answer([&] { return Outcome{"", "", static_cast<ExitStatus>(work())}; });
  std::cerr << (as_json && !outcome.messages.empty() ? problem_json(outcome) : outcome.messages);
  return outcome.status;
}

}  // namespace traincost
