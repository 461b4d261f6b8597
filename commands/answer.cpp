#include "commands/answer.h"

#include <exception>

#include "base/fault.h"
#include "reports/csv.h"

namespace traincost {
namespace {

template <typename Error>
Outcome said(const Error& error, ExitStatus status) {
  std::string text = error.message + "\n";
  if (!error.remedy.empty()) text += "    " + error.remedy + "\n";
  return {"", text, status};
}

std::string title_of(ExitStatus status) {
  return status == kUsage ? "wrong use" : status == kBadInput ? "bad input" : "internal error";
}

}  // namespace

int http_status(ExitStatus status) {
  switch (status) {
    case kUsage: return 400;
    case kBadInput: return 422;
    case kInternal: return 500;
    default: return 200;
  }
}

std::string problem_json(const Outcome& outcome) {
  std::string detail = outcome.messages;
  while (!detail.empty() && detail.back() == '\n') detail.pop_back();
  std::string faults;
  for (const Fault& each : outcome.faults) {
    faults +=
        std::string(faults.empty() ? "" : ",") + "\n    {\"file\": " + json_string(each.file) +
        ", \"line\": " + std::to_string(each.line) + ", \"pointer\": " + json_string(each.pointer) +
        ", \"message\": " + json_string(each.message) +
        ", \"remedy\": " + json_string(each.remedy) + "}";
  }
  return "{\n  \"type\": \"about:blank\",\n  \"title\": \"" + title_of(outcome.status) +
         "\",\n  \"status\": " + std::to_string(http_status(outcome.status)) +
         ",\n  \"detail\": " + json_string(detail) +
         ",\n  \"exit_status\": " + std::to_string(outcome.status) + ",\n  \"faults\": [" + faults +
         (faults.empty() ? "" : "\n  ") + "]\n}\n";
}

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
