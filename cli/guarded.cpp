#include "cli/guarded.h"

#include <exception>
#include <iostream>

#include "base/fault.h"
#include "commands/command.h"

namespace traincost {
namespace {

template <typename Error>
int said(const Error& error, ExitStatus status) {
  std::cerr << error.message << '\n';
  if (!error.remedy.empty()) std::cerr << "    " << error.remedy << '\n';
  return status;
}

}  // namespace

int guarded(const std::function<int()>& work) {
  try {
    return work();
  } catch (const UsageError& error) {
    return said(error, kUsage);
  } catch (const OutputError& error) {
    return said(error, kInternal);
  } catch (const InputError& error) {
    std::cerr << error.what() << '\n';
    return kBadInput;
  } catch (const std::exception& error) {
    std::cerr << "internal error, please report: " << error.what() << '\n';
    return kInternal;
  }
}

}  // namespace traincost
