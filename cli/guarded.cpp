#include "cli/guarded.h"

#include <iostream>

#include "commands/answer.h"

namespace traincost {

int guarded(const std::function<int()>& work) {
  const Outcome outcome = answer([&] { return Outcome{"", "", static_cast<ExitStatus>(work())}; });
  std::cerr << outcome.messages;
  return outcome.status;
}

}  // namespace traincost
