#include "estimator/claims/relations.h"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <map>

namespace traincost {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr double kTiny = 1e-9;

constexpr int variable(Figure figure) { return static_cast<int>(figure); }

// One law: the first is the product of the others to their powers.
struct Law {
  int result;
  std::vector<std::pair<int, double>> factors;
};

const std::vector<Law>& laws() {
  static const std::vector<Law> all = {
      {variable(Figure::kAcceleratorTime),
       {{variable(Figure::kAccelerators), 1}, {variable(Figure::kWallTime), 1}}},
      {variable(Figure::kCost),
       {{variable(Figure::kAcceleratorTime), 1}, {variable(Figure::kPrice), 1}}},
      {variable(Figure::kAcceleratorTime),
       {{variable(Figure::kAcceleratorTimePerToken), 1}, {variable(Figure::kTokens), 1}}},
      {variable(Figure::kThroughput),
       {{variable(Figure::kAcceleratorTimePerToken), -1}, {kGoodputShare, -1}}},
      {variable(Figure::kClusterThroughput),
       {{variable(Figure::kThroughput), 1}, {variable(Figure::kAccelerators), 1}}},
      {variable(Figure::kFlops),
       {{variable(Figure::kFlopsPerToken), 1}, {variable(Figure::kTokens), 1}}},
      {variable(Figure::kFlopsPerToken),
       {{kFlopsPerParameter, 1}, {variable(Figure::kActiveParameters), 1}}},
      {variable(Figure::kFlops),
       {{variable(Figure::kFlopRate), 1},
        {variable(Figure::kAcceleratorTime), 1},
        {kGoodputShare, 1}}},
      {variable(Figure::kFlopRate), {{variable(Figure::kMfu), 1}, {kPeak, 1}}},
      {variable(Figure::kHfu), {{variable(Figure::kMfu), 1}, {kHardwareFactor, 1}}},
      {variable(Figure::kTokens),
       {{variable(Figure::kSteps), 1}, {variable(Figure::kBatchTokens), 1}}},
      {variable(Figure::kWallTime),
       {{variable(Figure::kSteps), 1}, {variable(Figure::kStepTime), 1}, {kGoodputShare, -1}}},
      {variable(Figure::kBatchTokens),
       {{variable(Figure::kClusterThroughput), 1}, {variable(Figure::kStepTime), 1}}},
      {variable(Figure::kEnergy),
       {{variable(Figure::kAcceleratorTime), 1},
        {variable(Figure::kPower), 1},
        {variable(Figure::kPue), 1}}},
      {variable(Figure::kCarbon),
       {{variable(Figure::kEnergy), 1}, {variable(Figure::kCarbonIntensity), 1}}},
      {variable(Figure::kClusterPower),
       {{variable(Figure::kAccelerators), 1},
        {variable(Figure::kPower), 1},
        {variable(Figure::kPue), 1}}},
      {variable(Figure::kEnergyCost),
       {{variable(Figure::kEnergy), 1}, {variable(Figure::kEnergyPrice), 1}}},
      {variable(Figure::kWater),
       {{variable(Figure::kEnergy), 1}, {variable(Figure::kWaterIntensity), 1}}},
      {variable(Figure::kFlops),
       {{variable(Figure::kFlopsPerUsd), 1}, {variable(Figure::kCost), 1}}},
      {variable(Figure::kRevenue),
       {{variable(Figure::kUnits), 1}, {variable(Figure::kUnitPrice), 1}}},
  };
  return all;
}

// Laws as rows over the columns asked for.
MatrixXd law_matrix(const std::vector<int>& columns) {
  MatrixXd matrix =
      MatrixXd::Zero(static_cast<Index>(laws().size()), static_cast<Index>(columns.size()));
  for (std::size_t column = 0; column < columns.size(); ++column) {
    for (std::size_t row = 0; row < laws().size(); ++row) {
      double& cell = matrix(static_cast<Index>(row), static_cast<Index>(column));
      if (laws()[row].result == columns[column]) cell += 1;
      for (const auto& [factor, power] : laws()[row].factors) {
        if (factor == columns[column]) cell -= power;
      }
    }
  }
  return matrix;
}

// A basis of the vectors over the known variables that the laws imply, as rows.
MatrixXd implied_rows(const std::vector<int>& known, const std::vector<int>& unknown) {
  const MatrixXd over_known = law_matrix(known);
  MatrixXd rows = over_known;
  if (!unknown.empty()) {
    // Combinations of laws in which the unknown variables cancel.
    const MatrixXd transposed = law_matrix(unknown).transpose();
    const Eigen::FullPivLU<MatrixXd> lu(transposed);
    if (lu.dimensionOfKernel() == 0) return MatrixXd(0, over_known.cols());
    rows = lu.kernel().transpose() * over_known;
  }
  const MatrixXd columns = rows.transpose();
  Eigen::FullPivLU<MatrixXd> lu(columns);
  lu.setThreshold(kTiny);
  if (lu.rank() == 0) return MatrixXd(0, over_known.cols());
  return lu.image(columns).transpose();
}

// Visits every way to choose `size` of `count` columns.
template <typename Visit>
void choose(Index count, Index size, Visit visit) {
  std::vector<Index> chosen(static_cast<std::size_t>(size));
  for (Index i = 0; i < size; ++i) chosen[static_cast<std::size_t>(i)] = i;
  while (true) {
    visit(chosen);
    Index i = size - 1;
    while (i >= 0 && chosen[static_cast<std::size_t>(i)] == count - size + i) --i;
    if (i < 0) return;
    ++chosen[static_cast<std::size_t>(i)];
    for (Index j = i + 1; j < size; ++j) {
      chosen[static_cast<std::size_t>(j)] = chosen[static_cast<std::size_t>(j - 1)] + 1;
    }
  }
}

}  // namespace

const char* variable_name(int variable) {
  if (variable == kPeak) return "peak_dense";
  if (variable == kFlopsPerParameter) return "flops_per_parameter_and_token";
  if (variable == kHardwareFactor) return "hardware_over_model_flops";
  if (variable == kGoodputShare) return "goodput";
  return kind_of(static_cast<Figure>(variable)).key;
}

double Circuit::exponent(int variable) const {
  for (const auto& [each, power] : terms) {
    if (each == variable) return power;
  }
  return 0;
}

namespace {

// Circuits by their support, each once.
class Found {
 public:
  // `powers` of the known variables, those that are nothing left out.
  void add(const std::vector<int>& variables, const VectorXd& powers) {
    const double largest = powers.size() > 0 ? powers.cwiseAbs().maxCoeff() : 0;
    if (largest < kTiny) return;
    Circuit circuit;
    std::uint64_t support = 0;
    double first = 0;
    for (Index i = 0; i < powers.size(); ++i) {
      if (std::abs(powers(i)) < kTiny * largest) continue;
      const int variable = variables[static_cast<std::size_t>(i)];
      if (first == 0) first = powers(i);
      circuit.terms.emplace_back(variable, powers(i) / first);
      support |= std::uint64_t{1} << static_cast<unsigned>(variable);
    }
    found_.emplace(support, std::move(circuit));
  }

  // The smallest first; none that holds another.
  [[nodiscard]] std::vector<Circuit> minimal() && {
    std::vector<Circuit> kept;
    for (const auto& [support, circuit] : found_) {
      const auto holds = [&, own = support](const auto& other) {
        return other.first != own && (other.first & own) == other.first;
      };
      if (std::none_of(found_.begin(), found_.end(), holds)) kept.push_back(circuit);
    }
    std::sort(kept.begin(), kept.end(), [](const Circuit& x, const Circuit& y) {
      if (x.terms.size() != y.terms.size()) return x.terms.size() < y.terms.size();
      return x.terms < y.terms;
    });
    return kept;
  }

 private:
  std::map<std::uint64_t, Circuit> found_;
};

// All circuits: a vector of the row space with the most zeros is one that vanishes on rank - 1
// columns.
std::vector<Circuit> all_circuits(const std::vector<int>& known, const MatrixXd& rows) {
  Found found;
  choose(rows.cols(), rows.rows() - 1, [&](const std::vector<Index>& zeros) {
    VectorXd combination = VectorXd::Ones(rows.rows());
    if (!zeros.empty()) {
      MatrixXd zeroed(static_cast<Index>(zeros.size()), rows.rows());
      for (std::size_t i = 0; i < zeros.size(); ++i) {
        zeroed.row(static_cast<Index>(i)) = rows.col(zeros[i]).transpose();
      }
      Eigen::FullPivLU<MatrixXd> lu(zeroed);
      lu.setThreshold(kTiny);
      if (lu.dimensionOfKernel() != 1) return;
      combination = lu.kernel().col(0);
    }
    found.add(known, rows.transpose() * combination);
  });
  return std::move(found).minimal();
}

// Ways to combine these laws, every one of them, so that the unknown variables cancel and, where
// that leaves a choice, known ones that they share.
void combine(const std::vector<Index>& chosen, const MatrixXd& over_known,
             const MatrixXd& over_unknown, const std::vector<int>& known, Found& found) {
  const auto size = static_cast<Index>(chosen.size());
  MatrixXd of_known(size, over_known.cols()), of_unknown(size, over_unknown.cols());
  for (Index i = 0; i < size; ++i) {
    of_known.row(i) = over_known.row(chosen[static_cast<std::size_t>(i)]);
    of_unknown.row(i) = over_unknown.row(chosen[static_cast<std::size_t>(i)]);
  }
  std::vector<VectorXd> cancelled;
  for (Index c = 0; c < of_unknown.cols(); ++c) {
    const Index laws_with = (of_unknown.col(c).array() != 0).count();
    if (laws_with == 1) return;  // nothing cancels it
    if (laws_with > 1) cancelled.emplace_back(of_unknown.col(c));
  }
  std::vector<Index> shared;
  for (Index c = 0; c < of_known.cols(); ++c) {
    if ((of_known.col(c).array() != 0).count() > 1) shared.push_back(c);
  }
  const auto kernel_of = [&](const std::vector<VectorXd>& columns) {
    MatrixXd matrix(static_cast<Index>(std::max<std::size_t>(1, columns.size())), size);
    matrix.setZero();
    for (std::size_t i = 0; i < columns.size(); ++i) {
      matrix.row(static_cast<Index>(i)) = columns[i].transpose();
    }
    Eigen::FullPivLU<MatrixXd> lu(matrix);
    lu.setThreshold(kTiny);
    return lu.dimensionOfKernel() == 0 ? MatrixXd(size, 0) : MatrixXd(lu.kernel());
  };
  const Index free = kernel_of(cancelled).cols();
  if (free == 0 || free - 1 > static_cast<Index>(shared.size())) return;
  choose(static_cast<Index>(shared.size()), free - 1, [&](const std::vector<Index>& also) {
    std::vector<VectorXd> columns = cancelled;
    for (const Index each : also) {
      columns.emplace_back(of_known.col(shared[static_cast<std::size_t>(each)]));
    }
    const MatrixXd kernel = kernel_of(columns);
    if (kernel.cols() != 1 || (kernel.array().abs() < kTiny).any()) return;
    found.add(known, of_known.transpose() * kernel.col(0));
  });
}

// Circuits of at most so many laws, for claims that state so much that all would take minutes.
std::vector<Circuit> short_circuits(const std::vector<int>& known,
                                    const std::vector<int>& unknown) {
  constexpr Index kMostLaws = 4;
  const MatrixXd over_known = law_matrix(known), over_unknown = law_matrix(unknown);
  Found found;
  for (Index size = 1; size <= kMostLaws; ++size) {
    choose(over_known.rows(), size, [&](const std::vector<Index>& chosen) {
      combine(chosen, over_known, over_unknown, known, found);
    });
  }
  return std::move(found).minimal();
}

// How many ways there are to choose; capped.
double ways(Index count, Index size) {
  double product = 1;
  for (Index i = 0; i < size; ++i) {
    product *= static_cast<double>(count - i) / static_cast<double>(i + 1);
  }
  return product;
}

}  // namespace

std::vector<Circuit> circuits(const std::array<bool, kVariables>& known) {
  std::vector<int> of_known, of_unknown;
  for (int i = 0; i < kVariables; ++i) {
    (known[static_cast<std::size_t>(i)] ? of_known : of_unknown).push_back(i);
  }
  const MatrixXd rows = implied_rows(of_known, of_unknown);
  if (rows.rows() == 0) return {};
  constexpr double kMostWays = 5000;  // some milliseconds
  if (ways(rows.cols(), rows.rows() - 1) > kMostWays) return short_circuits(of_known, of_unknown);
  return all_circuits(of_known, rows);
}

Interval solve(const Circuit& circuit, int variable,
               const std::array<Interval, kVariables>& values) {
  const double own = circuit.exponent(variable);
  double low = 1, high = 1;
  for (const auto& [each, power] : circuit.terms) {
    if (each == variable) continue;
    const Interval value = values[static_cast<std::size_t>(each)];
    const double exponent = -power / own;
    // Lower ends are finite and upper ends above 0, so that no product is 0 x infinity.
    constexpr double kInfinite = std::numeric_limits<double>::infinity();
    const double down =
        value.low > 0 ? std::pow(value.low, exponent) : (exponent > 0 ? 0.0 : kInfinite);
    const double up = std::isfinite(value.high) ? std::pow(value.high, exponent)
                                                : (exponent > 0 ? kInfinite : 0.0);
    low *= std::min(down, up);
    high *= std::max(down, up);
  }
  // Beyond the range of numbers nothing is said.
  if (std::isnan(low) || std::isnan(high)) return {0, std::numeric_limits<double>::infinity()};
  return {low, high};
}

}  // namespace traincost
