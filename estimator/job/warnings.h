// What an answer warns of: stable codes, one line each. docs/warnings.md is their page.
#pragma once

#include <string>
#include <string_view>

namespace traincost {

enum class WarningCode {
  kModelKeys,
  kModelParts,
  kSystemWithoutChip,
  kUnknownMember,
  kSoftwareNotRecorded,
  kCompiledAlready,
  kAttentionNotRecorded,
  kFewTokens,
  kIdleSetting,
  kNoReserve,
  kNoSlice,
  kNoPrice,
  kOldPrice,
  kBatchOverLimit,
  kBeforeLaunch,
  kLowGoodput,
};

struct WarningKind {
  WarningCode code;
  std::string_view id;
  std::string_view meaning;
  std::string_view remedy;
};

inline constexpr WarningKind kWarnings[] = {
    {WarningCode::kModelKeys, "W0201", "a config.json has structural keys that no formula reads",
     "Compare the count with the model's own: `traincost params`."},
    {WarningCode::kModelParts, "W0202", "a part of a model is not counted, such as a vision tower",
     "Its time and memory come on top."},
    {WarningCode::kSystemWithoutChip, "W0203",
     "the system is not recorded with the accelerator that stands in it",
     "Check the two names: `traincost hw show`."},
    {WarningCode::kUnknownMember, "W0204", "a published run has a member that nothing reads",
     "The file may be newer than the program, or the member misspelt."},
    {WarningCode::kSoftwareNotRecorded, "W0205",
     "software is not recorded, or not of that version or date; the one taken is named",
     "Name a record: `traincost hw list stacks`."},
    {WarningCode::kCompiledAlready, "W0206", "`compiled` changes nothing for this software",
     "Its kernels are fused already."},
    {WarningCode::kAttentionNotRecorded, "W0207",
     "none of the software's attention kernels is recorded for the chip",
     "A default curve is taken; does the software run there?"},
    {WarningCode::kFewTokens, "W0208", "the tokens are fewer than one step of them",
     "Is a unit missing, such as 15T?"},
    {WarningCode::kIdleSetting, "W0209", "a --set is not read by this question as it is meant",
     "The message names the setting that is."},
    {WarningCode::kNoReserve, "W0210", "no layout leaves the reserve of memory; one fits with less",
     "More accelerators, or a smaller --memory-reserve."},
    {WarningCode::kNoSlice, "W0211", "a pod has no slice of so many accelerators",
     "Take a count that it has: the message names the nearest."},
    {WarningCode::kNoPrice, "W0301", "no rental price is recorded, so that cost is unknown",
     "State one: --price \"$2/GPU-h\"."},
    {WarningCode::kOldPrice, "W0302", "the nearest recorded price is over a year from the run",
     "State one, or say with pricing.as_of which month's prices are meant."},
    {WarningCode::kBatchOverLimit, "W0303", "the batch is over a limit, which is taken instead",
     "Raise the limit or lower run.global_batch."},
    {WarningCode::kBeforeLaunch, "W0304", "the run starts before its accelerator was on the market",
     "Check `start` and the accelerator: `traincost hw show`."},
    {WarningCode::kLowGoodput, "W0305", "most of the rented time makes no progress",
     "Check failures, checkpoint interval and pauses: `traincost explain JOB total.goodput`."},
};

[[nodiscard]] constexpr const WarningKind& warning_kind(WarningCode code) {
  return kWarnings[static_cast<std::size_t>(code)];
}

struct Warning {
  WarningCode code;
  std::string message;

  [[nodiscard]] std::string_view id() const { return warning_kind(code).id; }
};

}  // namespace traincost
