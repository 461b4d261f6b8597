// The tables of a JobSpec's sections, and what folds over them: reading, setting, laying over.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/members.h"
#include "estimator/job/spec.h"

namespace traincost {

inline constexpr double kMostAccelerators = 1e7;

template <>
struct MembersOf<ClusterSpec> {
  static const std::span<const Member<ClusterSpec>> table;
};
template <>
struct MembersOf<StackSpec> {
  static const std::span<const Member<StackSpec>> table;
};
template <>
struct MembersOf<LayoutSpec> {
  static const std::span<const Member<LayoutSpec>> table;
};
template <>
struct MembersOf<RunSpec> {
  static const std::span<const Member<RunSpec>> table;
};
template <>
struct MembersOf<PricingSpec> {
  static const std::span<const Member<PricingSpec>> table;
};
template <>
struct MembersOf<ReliabilitySpec> {
  static const std::span<const Member<ReliabilitySpec>> table;
};
template <>
struct MembersOf<SearchSpec> {
  static const std::span<const Member<SearchSpec>> table;
};
template <>
struct MembersOf<PhaseSpec> {
  static const std::span<const Member<PhaseSpec>> table;
};
template <>
struct MembersOf<JobSpec> {
  static const std::span<const Member<JobSpec>> table;
};

// Whose document it is. A row of a published run tells people more than a job may (the network in
// words, the precision of each operand).
enum class SpecForm { kJob, kPublishedRun };
inline constexpr std::string_view kShownByRows[] = {"interconnect", "precision_detail"};

// Reads a job document; faults go to the cursor's document.
[[nodiscard]] JobSpec read_spec(const JsonCursor& root, SpecForm form = SpecForm::kJob);

// Sets a member by its path in dots or slashes, "layout.tp" or "/phases/0/tokens", to a value as a
// document would hold it; null clears it. Faults go to the value's document.
void set_member(JobSpec& spec, const std::string& path, const JsonCursor& value);

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

}  // namespace traincost
