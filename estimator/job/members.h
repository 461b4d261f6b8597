// The tables of a JobSpec's sections, and what reads and sets by them.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/members.h"
#include "estimator/job/spec.h"

namespace traincost {

inline constexpr double kMostAccelerators = 1e7;

template <>
struct MembersOf<TierSpec> {
  static const std::span<const Member<TierSpec>> table;
};
template <>
struct MembersOf<NetworkSpec> {
  static const std::span<const Member<NetworkSpec>> table;
};
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
struct MembersOf<OwnershipSpec> {
  static const std::span<const Member<OwnershipSpec>> table;
};
template <>
struct MembersOf<GridSpec> {
  static const std::span<const Member<GridSpec>> table;
};
template <>
struct MembersOf<CurrencySpec> {
  static const std::span<const Member<CurrencySpec>> table;
};
template <>
struct MembersOf<RentedPartSpec> {
  static const std::span<const Member<RentedPartSpec>> table;
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
struct MembersOf<BeyondSpec> {
  static const std::span<const Member<BeyondSpec>> table;
};
template <>
struct MembersOf<GenerationSpec> {
  static const std::span<const Member<GenerationSpec>> table;
};
template <>
struct MembersOf<ReinforcementSpec> {
  static const std::span<const Member<ReinforcementSpec>> table;
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

}  // namespace traincost
