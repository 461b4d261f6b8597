#include "estimator/job/stack_choice.h"

#include <string>
#include <utility>
#include <vector>

#include "base/date.h"
#include "base/text.h"

namespace traincost {

namespace {


// "nemo" of "nemo-25.02", and that version; all of the name where it has none.
std::pair<std::string, std::string> name_and_version(const std::string& name) {
  const auto dash = name.rfind('-');
  if (dash == std::string::npos || dash == 0 || dash + 1 == name.size()) return {name, ""};
  const std::string version = name.substr(dash + 1);
  if (!is_digit(version.front()) || version.find_first_not_of("0123456789.") != std::string::npos) {
    return {name, ""};
  }
  return {name.substr(0, dash), version};
}

// The month of a version that is one, as NeMo's are: "2025-02" of "25.02" and "25.02.01", and of
// "2025" its end; nothing of "4.1".
std::string month_of(const std::string& version) {
  constexpr std::size_t kYear = 4, kMonth = 5;
  if (version.size() == kYear && version.find('.') == std::string::npos) {
    const auto year = Date::parse(version);
    const bool plausible = version.rfind("19", 0) == 0 || version.rfind("20", 0) == 0;
    return year && plausible ? year->month_text() : "";
  }
  const bool dotted = version.size() >= kMonth && version[0] == '2' && version[2] == '.' &&
                      (version.size() == kMonth || version[kMonth] == '.');
  if (!dotted) return "";
  const auto month = Date::parse("20" + version.substr(0, 2) + "-" + version.substr(3, 2));
  return month ? month->text() : "";
}

// The newest that is not after a month (null where all are), and the earliest.
struct OfItsTime {
  const Stack* best = nullptr;
  const Stack* earliest = nullptr;
};
OfItsTime of_its_time(const std::vector<const Stack*>& stacks, const std::string& until) {
  OfItsTime found;
  for (const Stack* stack : stacks) {
    const bool in_time = until.empty() || stack->date <= until;
    if (in_time && (found.best == nullptr || stack->date > found.best->date)) found.best = stack;
    if (found.earliest == nullptr || stack->date < found.earliest->date) found.earliest = stack;
  }
  return found;
}

bool tpu(const Accelerator& accelerator) { return accelerator.vendor == "Google"; }

}  // namespace

std::string stack_name(const std::string& as_written) {
  const std::string written = lower(as_written);
  std::string name;
  for (std::size_t i = 0; i < written.size(); ++i) {
    const char c = written[i] == ' ' || written[i] == '_' ? '-' : written[i];
    const bool of_version =
        c == 'v' && name.ends_with('-') && i + 1 < written.size() && is_digit(written[i + 1]);
    if (!of_version) name += c;
  }
  return name;
}

bool is_default_stack(const Stack& stack) { return stack.framework.rfind("default-", 0) == 0; }

ChosenStack choose_stack(const HardwareDb& db, const std::string& framework,
                         const std::string& month, const Accelerator& accelerator) {
  const std::string plain = stack_name(framework);
  const auto [stem, version] = name_and_version(plain);
  for (const std::string& name : {plain, stem}) {
    const std::string until = month.empty() && name != plain ? month_of(version) : month;
    const std::vector<const Stack*> named = db.stacks_named(name);
    for (const Stack* stack : named) {
      // A month outranks an id that is its framework's name too.
      const bool of_all_times = month.empty() || stack->framework != name;
      if (stack->record.id == name && name == plain && of_all_times) {
        return {*stack, "the record of that name", true, ""};
      }
    }
    const auto [best, earliest] = of_its_time(named, until);
    if (best != nullptr) {
      const bool read = name == plain || !until.empty();
      return {*best,
              "the newest record of " + name + (until.empty() ? "" : " that is not after " + until),
              true, read ? "" : "version " + version + " of " + name + " is not read"};
    }
    if (earliest != nullptr) {
      return {*earliest, "the earliest record of " + name, true,
              "no record of " + name + " is of " + until + " or before"};
    }
  }
  const std::string fallback = tpu(accelerator) ? "default-tpu" : "default-gpu";
  const auto [best, earliest] = of_its_time(db.stacks_named(fallback), month);
  const Stack* stack = best != nullptr ? best : earliest;
  if (stack == nullptr) {
    throw InputError(Fault{"", 0, "", "the database holds no stack \"" + fallback + "\"", ""});
  }
  std::string why = "the default of the accelerator's family";
  if (!month.empty()) why += " in " + month;
  if (framework.empty()) return {*stack, why, false, ""};
  return {*stack, why + "; " + framework + " is not recorded", false,
          framework + " is not recorded"};
}

}  // namespace traincost
