// What is known of one run of a claim: stated, inherited from the claim, or of the database; and
// what follows from that.
#pragma once

#include <array>
#include <cstddef>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "estimator/claims/check.h"
#include "estimator/claims/claim.h"
#include "estimator/claims/relations.h"

namespace traincost {

constexpr std::size_t index_of(Figure figure) { return static_cast<std::size_t>(figure); }

// The share of a run's time that steps take: of well-kept runs (Llama 3 over 90%, Gemini 85% to
// 97%), and of the worst that was published (OPT-175B: 33 ideal days in 56). Source: Llama 3,
// arXiv:2407.21783, section 3.3.4; Gemini, arXiv:2312.11805, section 4; OPT, chronicles of metaseq
// (as reported by Lockwood, glennklockwood.com).
inline constexpr Interval kUsualGoodput{0.85, 1};
inline constexpr double kWorstGoodput = 0.59;

// The circuits over sets of variables, kept for whoever asks again: most claims state the same
// figures. Threads may ask at once; what is returned holds as long as the book.
class CircuitBook {
 public:
  [[nodiscard]] const std::vector<Circuit>& over(const std::array<bool, kVariables>& known);

 private:
  std::mutex finding_;
  std::map<std::array<bool, kVariables>, std::vector<Circuit>> known_;
};

// By variable of relations.h, in base units.
struct KnownFigures {
  CircuitBook* circuits = nullptr;        // the asker's
  std::array<bool, kVariables> stated{};  // by the claim itself
  std::array<bool, kVariables> known{};   // stated, inherited, or of the database
  std::array<Interval, kVariables> printed{};
  std::array<Interval, kVariables> meant{};
  std::array<double, kVariables> value{};
  std::array<bool, kVariables> vague{};
};

// `parent` is the claim's subject, where this one is a part of it.
[[nodiscard]] KnownFigures known_figures(const Subject& subject, const Subject* parent,
                                         CircuitBook& circuits);

void give(KnownFigures& figures, std::size_t variable, Interval printed, Interval meant,
          double value);

// What one circuit, or all of them together, say of a variable.
struct Solved {
  Interval printed, meant;
  double value = 0;
  bool vague = false;
  std::vector<std::string> from;
  std::vector<Factor> factors;  // whose product it is; none where it follows in several ways
};
// Of a known variable, itself.
[[nodiscard]] Solved known(const KnownFigures& figures, std::size_t variable);
[[nodiscard]] Solved solved(const Circuit& circuit, int variable, const KnownFigures& figures);

// Of an unknown variable, over all of the time (goodput 1); nothing where the claim's own
// figures do not determine it.
[[nodiscard]] std::optional<Solved> implied(const KnownFigures& figures, int variable);

}  // namespace traincost
