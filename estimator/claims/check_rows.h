// How the rows of a check are made: what check.cpp and the files check_*.cpp share. Internal.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "estimator/claims/check.h"
#include "estimator/claims/known_figures.h"
#include "estimator/prose/names.h"

namespace traincost {

[[nodiscard]] inline Interval scaled(Interval interval, double unit) {
  return {interval.low / unit, interval.high / unit};
}

// By what factor two intervals lie apart; 1 where they overlap.
[[nodiscard]] double apart(Interval a, Interval b);

// Overlap of what was printed is consistent, and so is a gap below its rounding, which a figure
// that was rounded on the way leaves; overlap of what was meant by a vague word, or a gap of a few
// percent, is strained; beyond that it is impossible.
[[nodiscard]] Verdict compare(Interval printed, Interval derived, Interval meant,
                              Interval derived_meant);

// A stated figure as if it followed from itself.
[[nodiscard]] Solved as_stated(const Stated& stated);

// A figure of the run, stated or implied, as a row's left side. Nothing where it is inherited: the
// parent has its row.
struct Held {
  Solved solved;
  std::string text;  // as written, where stated
};
[[nodiscard]] std::optional<Held> held(const Subject& subject, const KnownFigures& figures,
                                       Figure figure);
[[nodiscard]] CheckRow held_row(RowKind kind, Aspect aspect, const Subject& subject, Figure figure,
                                const Held& held);

void close_row(CheckRow& row, Interval derived, double derived_value);

// Closes a row whose right side is a range: strained outside of it. Within it is plausible and no
// more, but for what an hour was paid, which sum and hours determine, and for the quotes of a
// provider that the claim names.
void bound_row(CheckRow& row, Interval range, double usual);

// What each figure that the claim states would have to be for `bounded` to lie in a range, in base
// units; those that the range does not touch are left out.
[[nodiscard]] std::vector<Turn> stated_turns(const KnownFigures& figures, Figure bounded,
                                             Interval range);

// Below, hours hold much besides the steps.
inline constexpr double kLeastMfu = 0.10;

// One row for each law over known figures of which the claim states one.
[[nodiscard]] std::vector<CheckRow> relation_rows(const Subject& subject,
                                                  const KnownFigures& figures);
// Accelerators and days of a part, which need not add up, against those of the whole.
[[nodiscard]] std::vector<CheckRow> part_rows(const Claim& claim);
[[nodiscard]] std::vector<CheckRow> run_rows(const Claim& claim, const Subject& subject,
                                             const KnownFigures& figures, const HardwareDb& db);
// `engine`: its hours, where the claim states none; null where there are none.
[[nodiscard]] std::vector<CheckRow> market_rows(const Claim& claim, const Subject& subject,
                                                const KnownFigures& figures, const HardwareDb& db,
                                                const CheckRow* engine);
[[nodiscard]] std::vector<CheckRow> statement_rows(const Claim& claim, const HardwareDb& db);
// Where the words of the statement are not those of the figures; none counts against the claim.
[[nodiscard]] std::vector<CheckRow> prose_rows(const Claim& claim, const NameBook& names);
[[nodiscard]] std::vector<MethodCost> method_costs(const Claim& claim, const Subject& subject,
                                                   const KnownFigures& figures,
                                                   const HardwareDb& db);

}  // namespace traincost
