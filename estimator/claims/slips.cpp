#include "estimator/claims/slips.h"

#include <algorithm>
#include <cmath>
#include <string_view>

#include "estimator/claims/check_rows.h"
#include "estimator/model/parameters.h"

namespace traincost {
namespace {

bool speaks_of(const CheckRow& row, std::initializer_list<std::string_view> figures) {
  return std::any_of(figures.begin(), figures.end(), [&](std::string_view figure) {
    return row.figure == figure ||
           std::any_of(row.factors.begin(), row.factors.end(),
                       [&](const Factor& factor) { return factor.figure == figure; });
  });
}

// Whether the factor, one way or the other, brings the two sides together, and half of it would
// not.
bool explains(const CheckRow& row, double factor) {
  const auto width = [](Interval each) { return each.low > 0 ? each.high / each.low : INFINITY; };
  constexpr double kNearly = 1.02;  // figures are rounded
  if (!(width(row.stated) * width(row.derived) < factor)) return false;
  const auto meets = [&](double by) {
    return apart({by * row.stated.low, by * row.stated.high}, row.derived) <= kNearly;
  };
  return meets(factor) || meets(1 / factor);
}

const Subject& subject_of(const Claim& claim, const CheckRow& row) {
  for (const auto* list : {&claim.parts, &claim.others}) {
    for (const Subject& each : *list) {
      if (!row.subject.empty() && each.name == row.subject) return each;
    }
  }
  return claim.subject;
}

// All parameters over those that a token meets; nothing of dense models.
std::optional<double> total_over_active(const Subject& subject) {
  const Stated* all = subject.figure(Figure::kParameters);
  const Stated* active = subject.figure(Figure::kActiveParameters);
  double over = all != nullptr && active != nullptr ? all->value / active->value : 1;
  if (subject.model) {
    const ParameterCount count = count_parameters(*subject.model);
    over = static_cast<double>(count.total) / static_cast<double>(count.active_all);
  }
  constexpr double kSparse = 1.5;
  return over > kSparse ? std::optional(over) : std::nullopt;
}

}  // namespace

std::optional<Slip> likely_slip(const Claim& claim, const CheckRow& row) {
  if (!row.fails() || !(row.apart > 1)) return std::nullopt;
  const Subject& subject = subject_of(claim, row);
  const bool paired = subject.accelerator && subject.accelerator->is_half_of_a_board();
  const bool of_boards = speaks_of(row, {"unit_price", "power", "accelerators", "units", "price"});
  constexpr double kPair = 2;
  const Interval half{row.stated.low / kPair, row.stated.high / kPair};
  if (paired && of_boards && apart(half, row.derived) <= 1) return Slip::kSuperchip;
  const auto experts = total_over_active(subject);
  const bool of_model = speaks_of(row, {"active_parameters", "parameters", "flops_per_token"}) ||
                        row.kind == RowKind::kModelSize;
  if (experts && of_model && explains(row, *experts)) return Slip::kTotalForActive;
  const bool all_stand_in = subject.figure(Figure::kActiveParameters) == nullptr &&
                            subject.figure(Figure::kParameters) != nullptr && !subject.model;
  if (row.kind == RowKind::kMfu && row.verdict == Verdict::kImpossible && all_stand_in) {
    return Slip::kTotalForActive;
  }
  // Factors tell a slip where both sides are figures; ranges are too wide for that.
  const bool computed =
      row.kind == RowKind::kRelation || row.kind == RowKind::kSum || row.kind == RowKind::kRatio;
  if (!computed) return std::nullopt;
  const bool timed =
      speaks_of(row, {"wall_time", "accelerator_time", "accelerator_time_per_token", "price"});
  if (timed && explains(row, 24)) return Slip::kDaysForHours;
  for (const double thousands : {1e3, 1e6}) {
    if (explains(row, thousands)) return Slip::kThousands;
  }
  if (explains(row, 1e4) && claim.language == "zh") return Slip::kTenThousands;
  if (speaks_of(row, {"accelerators"}) && explains(row, 8)) return Slip::kNodes;
  if (explains(row, 10)) return Slip::kDecimalPoint;
  if (speaks_of(row, {"tokens"}) && speaks_of(row, {"flops", "steps"})) {
    for (const double epochs : {2.0, 3.0, 4.0, 5.0, 6.0, 8.0}) {
      if (explains(row, epochs)) return Slip::kEpochs;
    }
  }
  return std::nullopt;
}

}  // namespace traincost
