// How many of which accelerator? The smallest, cheapest or fastest cluster within limits; and the
// inverse: how many tokens, or how large a model, a budget buys.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/quantity.h"
#include "estimator/job/spec.h"
#include "estimator/questions/search.h"
#include "estimator/run/scaling_law.h"

namespace traincost {

enum class SizeObjective { kSmallest, kCheapest, kFastest };
[[nodiscard]] std::string_view size_objective_name(SizeObjective objective);

struct SizeLimits {
  std::optional<Seconds> deadline;  // wall time of the whole run, goodput included
  bool confident = false;  // deadline and budget hold at the 95% quantile of the engine's doubt
  std::optional<Usd> budget;
  std::optional<Power> power;    // at the grid's meter
  std::optional<Bytes> memory;   // of an accelerator, that the run may use
  std::optional<Tokens> batch;   // tokens in one step
  int most = 65536;              // accelerators that can be had
  std::vector<int> counts;       // the only ones to look at, where not empty
  std::string exportable_as_of;  // YYYY-MM-DD: chips that may be shipped then; empty for all
  double least_mfu = 0;          // efficiency below which a cluster is not worth having
};

// Why a cluster is not an answer.
enum class SizeFault {
  kNone,
  kNoLayout,
  kBatch,
  kMemory,
  kDeadline,
  kBudget,
  kPower,
  kMfu,
  kUnpriced
};
[[nodiscard]] std::string_view size_fault_name(SizeFault fault);

// One count of one accelerator with its fastest layout that fits, of the phase of most tokens;
// `totals` are of the whole run: each phase searched by itself, stated ones as they stand.
struct SizedCluster {
  std::string accelerator;
  std::string accelerator_name;
  int count = 0;
  System system;                       // that it is had in
  SizeFault fault = SizeFault::kNone;  // the first of them
  std::vector<SizeFault> faults;       // every limit that it breaks
  std::optional<RankedLayout> layout;  // the one of least memory where none fits
  PhaseTotals totals;
  std::optional<Usd> project;  // their cost with what is paid for beside the run
  Usd beside;                  // of that, what does not follow the run
  Power power;                 // at the grid's meter, while it runs
  Doubt doubt;                 // of the whole run: stated phases have none
  Evidence evidence;
  std::optional<RentalPrice> price;
  std::string price_basis;  // provider, tier and month of the quote
  Flops flops_per_second;   // model FLOPs each second of wall time, by 6 N per token
};

// What a budget buys of this model: the most tokens on any cluster that otherwise keeps the limits,
// whose cost is proportional to tokens; and what would lose least for as many FLOPs.
struct Bought {
  Usd budget;
  std::string accelerator;
  int count = 0;
  Tokens tokens;
  Seconds wall;
  Usd cost;
  double flops = 0;  // 6 N D
  OptimalModel optimal;
};

struct SizeAnswer {
  SizeObjective objective = SizeObjective::kSmallest;
  std::optional<SizedCluster> best;
  std::optional<SizedCluster> next_smaller;  // the largest of fewer accelerators, and why not
  std::vector<SizedCluster> alternatives;    // the best of each other accelerator
  // Of all that meet the limits: the cheapest, where it costs less than the best by more than a
  // tie; the fastest that costs no more, where it is faster by more.
  std::optional<SizedCluster> cheaper, faster;
  std::vector<SizedCluster> curve;  // all, by accelerator and count
  std::optional<Bought> bought;     // where there is a budget
  struct KeptOut {
    std::string accelerator;
    std::string why;
  };
  std::vector<KeptOut> kept_out;  // accelerators that an export rule keeps from being an answer
  // Of the run, as the first accelerator's job has it.
  std::string model;
  Tokens tokens;
  bool names_software = false;
  std::vector<Assumption> assumptions;
  std::vector<Warning> warnings;
};

// Of each accelerator the best that meets the limits, or the count that comes nearest: the first of
// its faults last. The fastest first; those that meet no limit last, in the order of the curve.
[[nodiscard]] std::vector<SizedCluster> best_of_each(const SizeAnswer& answer);

// The count of the job's cluster, and where `accelerators` is not empty its accelerator, are the
// question's to choose. Counts are those that are had (counts_had), four to a doubling, and between
// the last that fails and the first that does not halved to the next where the smallest is asked
// for. Layouts: those of the job's "search", and where it leaves knobs open what practitioners use
// (search/practice.h). Throws InputError for a faulty job.
[[nodiscard]] SizeAnswer size_cluster(const JobSpec& spec, const HardwareDb& db,
                                      const std::vector<std::string>& accelerators,
                                      const SizeLimits& limits, SizeObjective objective,
                                      const ForEach& for_each = {});

}  // namespace traincost
