// What more of a machine would change.
#include <algorithm>
#include <functional>
#include <string>
#include <utility>

#include "estimator/questions/explain.h"

namespace traincost {

void add_levers(const Job& job, const Estimate& estimate, Explanation& explanation) {
  const Phase* longest = nullptr;
  std::size_t best = 0;
  for (std::size_t i = 0; i < job.phases.size(); ++i) {
    if (!estimate.phases[i].step) continue;
    if (longest != nullptr && estimate.phases[i].time <= estimate.phases[best].time) continue;
    longest = &job.phases[i];
    best = i;
  }
  if (longest == nullptr) return;
  explanation.phase = longest->name;
  constexpr double kMore = 1.1;
  const std::pair<const char*, std::function<void(Machine&)>> properties[] = {
      {"matrix units",
       [](Machine& m) {
         m.run.peak = kMore * m.run.peak;
         m.base.peak = kMore * m.base.peak;
         m.bf16_peak = kMore * m.bf16_peak;
       }},
      {"memory bandwidth",
       [](Machine& m) {
         m.memory = kMore * m.memory;
         m.memory_stream = kMore * m.memory_stream;
       }},
      {"scale-up links",
       [](Machine& m) {
         m.scale_up = kMore * m.scale_up;
         m.send = kMore * m.send;
       }},
      {"network", [](Machine& m) { m.scale_out = kMore * m.scale_out; }},
      {"vector units", [](Machine& m) { m.vector_peak = kMore * m.vector_peak; }},
      {"host's dispatch", [](Machine& m) { m.stack.dispatch = 1 / kMore * m.stack.dispatch; }},
  };
  const Seconds now = step_in_phase(*longest, estimate.phases[best].step->time).time(1);
  for (const auto& [name, change] : properties) {
    Phase phase = *longest;
    change(phase.setup->machine);
    if (phase.rl) change(phase.rl->generator.machine);
    const Seconds step = estimate_step(phase.setup->context()).time;
    const double saved = 1 - step_in_phase(phase, step).time(1) / now;
    explanation.levers.push_back({name, saved});
  }
  std::stable_sort(explanation.levers.begin(), explanation.levers.end(),
                   [](const Lever& a, const Lever& b) { return a.saved > b.saved; });
}

}  // namespace traincost
