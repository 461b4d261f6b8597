// One spec laid over another: a form's over a file's, a phase's sections over its job's.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "estimator/job/members.h"

namespace traincost {

// Lays what `over` states over `base`, section by section; phases are replaced.
void lay_over(JobSpec& base, const JobSpec& over);

// The sections that hold for a phase: the job's, with its own laid over them.
struct PhaseSections {
  ClusterSpec cluster;
  StackSpec stack;
  LayoutSpec layout;
  RunSpec run;
  PricingSpec pricing;
  bool states_layout = false;  // a layout is there at all
};
[[nodiscard]] PhaseSections sections_of(const JobSpec& spec, const PhaseSpec& phase);

// Whether what a section states of a cluster makes it another platform: its count alone does not.
[[nodiscard]] bool makes_platform(const ClusterSpec& cluster);

// Clears what a cluster states of its chip or of the system that it is in, since another chip has
// others: all but accelerator, count and what `keep` names. Gives the names of what was cleared.
std::vector<std::string> clear_of_chip(
    ClusterSpec& cluster, const std::function<bool(std::string_view member)>& keep = {});

}  // namespace traincost
