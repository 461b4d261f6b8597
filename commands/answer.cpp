#include "commands/answer.h"

#include <exception>

#include "base/fault.h"

namespace traincost {
namespace {

template <typename Error>
Outcome said(const Error& error, ExitStatus status) {
  std::string text = error.message + "\n";
  if (!error.remedy.empty()) text += "    " + error.remedy + "\n";
  return {"", text, status};
}

}  // namespace

Outcome answer(const std::function<Outcome()>& work) {
  try {
    return work();
  } catch (const UsageError& error) {
    return said(error, kUsage);
  } catch (const OutputError& error) {
    return said(error, kInternal);
  } catch (const InputError& error) {
    return {"", std::string(error.what()) + "\n", kBadInput, error.faults()};
  } catch (const std::exception& error) {
    return {"", std::string("internal error, please report: ") + error.what() + "\n", kInternal};
  }
}

}  // namespace traincost
