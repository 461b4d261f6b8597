// Can a published claim be true, and what does it leave out?
//
// Every figure that a claim makes redundant is derived from its others and held against what was
// printed; what is implied is held against what the chip reaches, what the engine predicts and what
// the price book had. Nothing here is worded: rows carry figures, reports/ says them.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "estimator/claims/claim.h"

namespace traincost {

class CheckBook;  // check_book.h

// From good to bad but for the last; a claim takes the worst of its rows.
enum class Verdict { kConsistent, kPlausible, kStrained, kImpossible, kCannotTell };
[[nodiscard]] std::string_view verdict_name(Verdict verdict);

enum class Aspect { kArithmetic, kPhysics, kMarket, kScope };
[[nodiscard]] std::string_view aspect_name(Aspect aspect);

enum class RowKind {
  kRelation,    // one figure follows from others
  kSum,         // the parts make the subject
  kRatio,       // of two figures
  kChipRatio,   // of two accelerators
  kSpec,        // of an accelerator
  kGrowth,      // a factor each year
  kReference,   // somebody else's figure
  kModelSize,   // parameters against the model's own
  kMfu,         // against what the chip reaches
  kEngineTime,  // against the engine's prediction
  kMemory,      // whether any layout fits
  kPrice,       // rental, against the price book
  kUnitPrice,   // purchase, against the price book
  kPower,       // of one accelerator, against its board
  kIntensity,   // carbon, against the grids of the world
  kScope,       // what the sum holds
  kLayout,      // the layout that the claim states, against its accelerators
  kEstimate,    // against a saved estimate
  kOrder,       // a part of a figure against all of it
  kPeriod,      // stated time against the days it ran from and to
  kPue,         // what the building adds
  kLaunch,      // the run against the accelerator's launch
  kTariff,      // of electricity, against what is paid
  kWaterUse,    // of a kWh, against what halls use
  kExport,      // of an accelerator, against the rules of a day
  kStatement,   // the claim's words against its figures
  kPrecision,   // the run's, against the units that the accelerator has
};
[[nodiscard]] std::string_view row_kind_name(RowKind kind);

// Mistakes that people make, by the factor that they leave.
enum class Slip {
  kDaysForHours,    // 24
  kThousands,       // thousand for million, million for billion
  kTenThousands,    // a 万 too many or too few
  kSuperchip,       // a board of two GPUs taken for one
  kNodes,           // nodes of eight counted as GPUs
  kTotalForActive,  // all parameters of a mixture of experts
  kDecimalPoint,    // 10
  kEpochs,          // tokens of the data, seen several times
};
[[nodiscard]] std::string_view slip_name(Slip slip);

// "would close with cost from 54 to 60 million": what one figure would have to be.
struct Turn {
  std::string figure;
  std::string unit;
  Interval needed;  // in that unit
  double now = 0;   // what it is said or implied to be
};

// One factor of what others give: 648 of them, 198 hours, the chip's peak.
struct Factor {
  std::string figure;  // or another variable of relations.h
  std::string unit;
  double value = 0;      // in that unit
  double power = 1;      // below 0 it divides
  bool assumed = false;  // the claim does not state it
};

struct CheckRow {
  RowKind kind = RowKind::kRelation;
  Aspect aspect = Aspect::kArithmetic;
  Verdict verdict = Verdict::kCannotTell;
  std::string subject;  // part of the claim; empty for its subject
  std::string figure;   // what is held against what follows
  std::string unit;     // of the intervals; empty for ratios and counts
  std::string text;     // the stated figure as it was written; empty where implied
  double value = 0;     // of it, or the middle of what is implied
  Interval stated;      // what its printing leaves open, or what is implied
  Interval derived;     // what the others, the book or the engine say
  double derived_value = 0;
  double ratio = 0;  // value / derived_value
  double apart = 1;  // the factor between their intervals; 1 where they meet
  std::vector<Factor>
      factors;  // whose product is derived_value, or value if that is implied; a sum's terms
  std::vector<std::string> from;     // what it was derived from: figures, quotes, records
  std::vector<std::string> through;  // figures of the claim that imply what is held, if implied
  bool counts = true;                // false where it is shown, and not held against the claim
  bool vague = false;                // words such as "about" made it wider
  bool redundant = false;            // stated although the others determine it
  bool hardware_flops = false;       // closes only if recomputation is counted
  bool sparse = false;               // a peak with structured sparsity, told as the dense one
  bool both_directions = false;      // a bandwidth of both, told as one
  bool lower_by = false;             // a ratio that says how much lower one is
  bool unsaid = false;               // the engine's own figure, of which the claim has none
  bool stands_in = false;            // the engine's, of a model of that size: decides nothing
  bool below_power = false;          // a price under that of the electricity
  bool at_edges = false;             // both ranges would have to lie at their edges
  bool thin = false;                 // outside of a book of few quotes, which decides nothing
  bool at_any_mfu = false;           // implied with whatever utilisation the chip may reach
  bool before_pue = false;           // closes only if the energy is the servers' alone
  std::optional<double> flops_each;  // for each parameter and token, where it closes with 6.6 to 8
  std::optional<double> goodput;     // of rates held against times, where it is not a usual one
  std::optional<std::array<double, 3>> usd;  // the engine's own hours at p5, p50 and p95, priced
  std::optional<double> probability;         // of so large a deviation, by the engine's own doubt
  std::vector<Turn> turns;                   // of rows that do not close
  std::optional<Slip> slip;                  // that would explain one
  int line = 0;                              // of the claim's file, where what is held stands

  [[nodiscard]] bool fails() const {
    return verdict == Verdict::kStrained || verdict == Verdict::kImpossible;
  }
};

// What the claim does not say but its figures imply.
struct ImpliedFigure {
  std::string subject;
  std::string figure;
  std::string unit;
  double value = 0;
  Interval range;
};

// What the same hardware time costs by a named method.
struct MethodCost {
  std::string method;  // of kCostMethods
  std::string basis;
  Interval usd;
};

struct CheckAnswer {
  Claim claim;
  std::vector<CheckRow> rows;
  std::vector<ImpliedFigure> implied;
  std::vector<MethodCost> methods;
  Verdict arithmetic = Verdict::kCannotTell;
  Verdict physics = Verdict::kCannotTell;
  Verdict market = Verdict::kCannotTell;
  Verdict scope = Verdict::kCannotTell;
  Verdict overall = Verdict::kCannotTell;
  std::vector<std::string> would_decide;  // figures that are missing, where it cannot tell

  [[nodiscard]] bool fails() const {
    return overall == Verdict::kStrained || overall == Verdict::kImpossible;
  }
};

// `claim` as read_claims gives it; the book serves as many claims as are checked. Throws InputError
// only where the claim's own "job" is at fault.
[[nodiscard]] CheckAnswer check_claim(const Claim& claim, const HardwareDb& db, CheckBook& book);

// A claim's stated figures against those of a saved report of `estimate`, its intervals included.
// `report` is traincost.report/1; throws InputError where it is no estimate. One of another model
// or accelerator cannot tell.
[[nodiscard]] CheckAnswer check_estimate(const Claim& claim, const JsonValue& report,
                                         const std::string& file);

// A row of traincost.published/1 as a claim: its accelerator and measured figures.
[[nodiscard]] Claim claim_of_run(const JsonValue& row, const std::string& file,
                                 const HardwareDb& db);

}  // namespace traincost
