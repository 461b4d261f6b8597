// A claim's answer in one plain sentence, and the mistakes that would explain it.
#include <algorithm>
#include <cctype>
#include <cmath>
#include <tuple>

#include "reports/check_words.h"
#include "reports/format.h"

namespace traincost {
namespace {

// The row that says most of those with the verdict: what is multiplied before ranges, the whole
// before its parts, what closes to a fiftieth before what closes less, few factors before many.
const CheckRow* telling_row(const CheckAnswer& answer, Verdict verdict) {
  const CheckRow* found = nullptr;
  const auto rank = [](const CheckRow& row) {
    const bool computed = row.kind == RowKind::kRelation || row.kind == RowKind::kSum;
    const bool of_cost = row.figure == kind_of(Figure::kCost).key;
    constexpr double kNear = 0.02;
    const bool near = computed && std::abs(std::log(row.ratio)) < kNear;
    return std::tuple(row.aspect != Aspect::kScope,
                      row.kind != RowKind::kMemory && row.kind != RowKind::kModelSize,
                      computed && row.redundant, row.subject.empty(),
                      of_cost && row.kind == RowKind::kRelation, near && !row.fails(),
                      -static_cast<int>(row.factors.size()));
  };
  for (const CheckRow& row : answer.rows) {
    if (!row.counts || row.verdict != verdict) continue;
    if (found == nullptr || rank(row) > rank(*found)) found = &row;
  }
  return found;
}

// "14.96%", "1.43 times".
std::string share_text(double share) {
  return share < 1 ? percent(share, 2) : significant(share, 3) + " times";
}

// What holds by least, and what fails by most, of a ratio that does both.
std::string half_truth(const CheckAnswer& answer) {
  const CheckRow* nearest = nullptr;
  const CheckRow* furthest = nullptr;
  const auto away = [](const CheckRow& row) { return std::abs(std::log(row.ratio)); };
  for (const CheckRow& row : answer.rows) {
    if (row.kind != RowKind::kChipRatio) continue;
    if (row.counts) {
      if (nearest == nullptr || away(row) < away(*nearest)) nearest = &row;
    } else if (furthest == nullptr || away(row) > away(*furthest)) {
      furthest = &row;
    }
  }
  if (nearest == nullptr || furthest == nullptr) return "";
  const auto share = [](const CheckRow& row) {
    const bool times = !row.lower_by && row.derived_value >= 1;
    return share_text(row.derived_value) +
           (row.lower_by ? " less than "
            : times      ? " that of "
                         : " of ") +
           row.from[1] + " in " + figure_words(row.from[2]) + row.from[3];
  };
  return "Half true: " + nearest->from[0] + " has " + share(*nearest) + ", but " + share(*furthest);
}

std::string bad_text(const CheckRow& row, Verdict overall) {
  const bool arithmetic = row.aspect == Aspect::kArithmetic;
  const std::string degree = degree_text(row);
  std::string text = arithmetic ? (overall == Verdict::kStrained ? "It does not quite add up"
                                                                 : "It does not add up")
                                : (overall == Verdict::kStrained ? "Doubtful" : "Impossible");
  if (!arithmetic && !degree.empty()) text += ", off " + degree;
  text += (row.aspect == Aspect::kScope ? ", " : ": ") + row_text(row);
  const std::string slip = slip_text(row), turns = turns_text(row);
  if (!slip.empty()) {
    text += "; " + slip;
  } else if (!turns.empty()) {
    text += "; it would take " + turns;
  }
  return text;
}

}  // namespace

std::string slip_text(const CheckRow& row) {
  if (!row.slip) return "";
  switch (*row.slip) {
    case Slip::kDaysForHours: return "likely days for hours, or hours for days: 24 times";
    case Slip::kThousands: return "likely a thousand for a million, or a million for a billion";
    case Slip::kTenThousands: return "likely ten thousands (\u4e07) misread: 10,000 times";
    case Slip::kSuperchip: return "likely a superchip, two GPUs, counted as one";
    case Slip::kNodes: return "likely nodes of eight counted as GPUs, or GPUs as nodes";
    case Slip::kTotalForActive:
      return "likely all parameters for those that are active, or the reverse";
    case Slip::kDecimalPoint: return "likely a decimal point or a zero: 10 times";
    case Slip::kEpochs: return "likely the same tokens seen in several epochs";
  }
  return "";
}

std::string wanted_text(const CheckAnswer& answer) {
  std::vector<std::string> words;
  for (const std::string& figure : answer.would_decide) words.push_back(figure_words(figure));
  return joined(words);
}

namespace {

std::string sentence_of(const CheckAnswer& answer) {
  switch (answer.overall) {
    case Verdict::kCannotTell: {
      const std::string wanted =
          answer.would_decide.empty() ? "" : "; it would take " + wanted_text(answer);
      return "Nothing that it states can be tested against the rest" + wanted;
    }
    case Verdict::kStrained:
    case Verdict::kImpossible: {
      const CheckRow* row = telling_row(answer, answer.overall);
      return row == nullptr ? "" : bad_text(*row, answer.overall);
    }
    case Verdict::kConsistent: {
      if (const std::string half = half_truth(answer); !half.empty()) return half;
      const CheckRow* row = telling_row(answer, Verdict::kConsistent);
      if (row == nullptr) return "";
      if (row->kind == RowKind::kPrice) {
        return "It was paid what an hour usually costs: " + row_text(*row);
      }
      return (arithmetic_text(*row).empty() ? "It holds: " : "It adds up: ") + row_text(*row);
    }
    case Verdict::kPlausible: {
      if (const std::string half = half_truth(answer); !half.empty()) return half;
      const CheckRow* row = telling_row(answer, Verdict::kPlausible);
      // Rows that hold and prove nothing make a plausible claim.
      if (row == nullptr) row = telling_row(answer, Verdict::kConsistent);
      return "Nothing speaks against it, and nothing proves it" +
             (row == nullptr ? "" : ": " + row_text(*row));
    }
  }
  return "";
}

}  // namespace

std::string answer_text(const CheckAnswer& answer) {
  std::string text = sentence_of(answer);
  if (answer.claim.forecast && !text.empty()) {
    text.front() = static_cast<char>(std::tolower(static_cast<unsigned char>(text.front())));
    text = "A forecast: " + text;
  }
  // The verdict is of the figures: whoever reads this alone must know that the words differ.
  for (const CheckRow& row : answer.rows) {
    if (row.kind == RowKind::kStatement) text += "; but " + row_text(row);
  }
  return text;
}

}  // namespace traincost
