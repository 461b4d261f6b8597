// Specs: a member that is set is as one that was written, and what is laid over twice is laid once.
// Shrunk by RapidCheck to the least members that tell two ways apart.
#include <gtest/gtest.h>

#include <rapidcheck/gtest.h>

#include <map>
#include <string>

#include "base/json_path.h"
#include "estimator/job/knobs.h"
#include "estimator/job/lay_over.h"
#include "tests/support.h"

namespace traincost {
namespace {

// Values that members of a job's layout and run may have; most combinations are legal on 64.
const std::map<std::string, std::vector<std::string>>& choices() {
  static const std::map<std::string, std::vector<std::string>> all = {
      {"layout.tp", {"1", "2", "4"}},
      {"layout.pp", {"1", "2", "4"}},
      {"layout.cp", {"1", "2"}},
      {"layout.zero", {"0", "1", "2", "3"}},
      {"layout.sequence_parallel", {"true", "false"}},
      {"layout.tp_overlap", {"true", "false"}},
      {"layout.schedule", {"\"1f1b\"", "\"gpipe\"", "\"zb-h1\""}},
      {"run.micro_batch", {"1", "2"}},
      {"run.recompute", {"\"none\"", "\"selective\"", "\"full\""}},
      {"run.activation_cache", {"\"bf16\"", "\"fp8\""}},
      {"run.offload", {"[\"optimizer\"]", "[\"activations\"]"}},
  };
  return all;
}

using Members = std::map<std::string, std::string>;

rc::Gen<Members> some_members() {
  return rc::gen::exec([] {
    Members members;
    for (const auto& [path, values] : choices()) {
      if (*rc::gen::arbitrary<bool>()) members[path] = *rc::gen::elementOf(values);
    }
    return members;
  });
}

std::string document(const Members& members) {
  std::string layout,
      run = R"("sequence_length": 2048, "global_batch": 256, "tokens": "1B tokens")";
  for (const auto& [path, value] : members) {
    const std::size_t dot = path.find('.');
    const std::string member = "\"" + path.substr(dot + 1) + "\": " + value;
    if (path.rfind("layout", 0) == 0) {
      layout += (layout.empty() ? "" : ", ") + member;
    } else {
      run += ", " + member;
    }
  }
  return R"({"model": "llama-2-7b", "cluster": {"accelerator": "h100-sxm", "count": 64},
             "layout": {)" +
         layout + "}, \"run\": {" + run + "}}";
}

// What the job came to: its knobs, or its faults.
std::string outcome(const JobSpec& spec) {
  try {
    const Job job = resolve(spec, test::database());
    const StepSetup& setup = *job.phases.front().setup;
    std::string text;
    for (const Knob& knob : kKnobs) {
      text += std::string(knob.name) + " ";
      std::visit(
          [&](const auto& value) {
            using T = std::decay_t<decltype(value)>;
            if constexpr (std::is_same_v<T, std::string_view>) {
              text += value;
            } else if constexpr (std::is_same_v<T, std::vector<std::string_view>>) {
              for (const std::string_view each : value) text += std::string(each) + "+";
            } else {
              text += std::to_string(value);
            }
          },
          knob.value(setup.layout, setup.batch));
      text += "\n";
    }
    return text;
  } catch (const InputError& error) {
    std::string text;
    for (const Fault& fault : error.faults()) text += fault.pointer + " " + fault.message + "\n";
    return text;
  }
}

void set_all(JobSpec& spec, const Members& members) {
  Faults faults;
  for (const auto& [path, value] : members) {
    const JsonValue parsed = parse_json(value, "value");
    set_member(spec, path, JsonCursor(parsed, "value", faults));
  }
  RC_ASSERT(faults.empty());
}

RC_GTEST_PROP(Spec, AMemberThatIsSetIsAsOneThatWasWritten, ()) {
  const Members members = *some_members();
  JobSpec set = test::spec_from(document({}));
  set_all(set, members);
  RC_ASSERT(outcome(set) == outcome(test::spec_from(document(members))));
}

RC_GTEST_PROP(Spec, WhatIsLaidOverTwiceIsLaidOnce, ()) {
  const JobSpec over = test::spec_from(document(*some_members()));
  JobSpec once = test::spec_from(document(*some_members()));
  lay_over(once, over);
  JobSpec twice = once;
  lay_over(twice, over);
  RC_ASSERT(outcome(once) == outcome(twice));
}

RC_GTEST_PROP(Spec, WhatIsClearedIsAsNeverWritten, ()) {
  const Members members = *some_members();
  JobSpec spec = test::spec_from(document(members));
  Faults faults;
  const JsonValue null;
  for (const auto& [path, value] : members) {
    set_member(spec, path, JsonCursor(null, "value", faults));
  }
  RC_ASSERT(faults.empty());
  RC_ASSERT(outcome(spec) == outcome(test::spec_from(document({}))));
}

}  // namespace
}  // namespace traincost
