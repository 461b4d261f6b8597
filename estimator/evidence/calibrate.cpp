#include "estimator/evidence/calibrate.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <utility>

#include <nlopt.hpp>

#include "base/median.h"
#include "base/units.h"
#include "estimator/machine/collectives.h"
#include "estimator/machine/kernels.h"
#include "estimator/model/operators.h"

namespace traincost {
namespace {

using namespace unit;

constexpr double kFp32 = 4;

Seconds time_of(const Machine& machine, GemmRate rate, const MeasuredGemm& g) {
  if (g.warm) rate.curve = warmed(rate.curve, 1);
  const Gemm product{g.m, g.n, g.k, g.groups, loads_of(loads_whole(g.k, rate.operand_bytes))};
  Seconds time = gemm_time(machine, rate, product);
  if (g.accumulate) {
    time += machine.engine.accumulation_exposure *
            bytes_time(machine, 2 * kFp32 * g.groups * g.m * g.n * B);
  }
  if (g.casts) {
    const Bytes operand = g.groups * g.m * g.k * (kBf16Bytes + rate.operand_bytes) * B;
    time += rate.curve.cast_passes * product_bytes_time(machine, rate, product, operand);
  }
  return time;
}

Seconds time_of(const Machine& machine, const AttentionCurves& curves, const MeasuredAttention& a) {
  const double keys = (a.causal ? 0.5 : 1.0) * a.sequence_length;
  const double queries = a.batch * a.sequence_length;
  AttentionWork work{.flops = 2 * queries * keys * a.heads * (a.qk_dim + a.v_dim) * FLOP,
                     .queries = queries,
                     .heads = a.heads,
                     .keys = keys,
                     .causal = a.causal,
                     .head_dim = 0.5 * (a.qk_dim + a.v_dim)};
  Seconds time;
  if (a.pass != Pass::kBackward) time += attention_time(machine, curves, curves.forward, work);
  if (a.pass != Pass::kForward) {
    constexpr double kBackwardProducts = 2.5;  // five for two: the scores are computed again
    work.flops = kBackwardProducts * work.flops;
    time += attention_time(machine, curves, curves.backward, work);
  }
  return time;
}

// Eager attention as it is benchmarked: two products forward and four backward over all pairs of
// scores, and PyTorch's own kernels between them, which reach 0.53 of the memory's bandwidth
// (fitted on 40 rows of A100 and H100; all else is counted). A score of 2 bytes is read and written
// by softmax, in the backward pass read twice and written, and under a causal mask added to one of
// the mask. Queries, keys, values and output change their order of heads and tokens on the way in
// and out, and the three gradients are stacked: 8 touches of a tensor as large as the queries
// forward, 14 backward. There is no dropout. What a run's scores move is kScoresForward and
// kScoresBackward. Source of the benchmark: Dao-AILab/flash-attention
// benchmarks/benchmark_flash_attention.py (recalled).
Seconds eager_time_of(const Machine& machine, const MeasuredAttention& a) {
  constexpr double kReached = 0.53;
  constexpr double kSoftmaxForward = 4, kSoftmaxBackward = 6, kMaskAdded = 6;  // bytes of a score
  constexpr double kCopiesForward = 8, kCopiesBackward = 14;
  const double batches = a.batch * a.heads;
  const double s = a.sequence_length;
  const double head_dim = 0.5 * (a.qk_dim + a.v_dim);
  const Seconds products = eager_products_time(machine, batches, s, head_dim);
  const Bytes scores = batches * s * s * B;
  const Bytes tensor = kBf16Bytes * batches * s * head_dim * B;
  const auto moved = [&](Bytes bytes) { return bytes / (kReached * machine.memory); };
  const Seconds forward =
      products +
      moved((kSoftmaxForward + (a.causal ? kMaskAdded : 0)) * scores + kCopiesForward * tensor);
  const Seconds backward =
      2 * products + moved(kSoftmaxBackward * scores + kCopiesBackward * tensor);
  if (a.pass == Pass::kForward) return forward;
  return a.pass == Pass::kBackward ? backward : forward + backward;
}

// From a barrier, a call waits for the host to launch it and for the last rank to leave: 21.2, 20.6
// and 23.4 us above nccl-tests' mean of many calls, fitted on 20 rows each of eight H200, B200 and
// A100. Source of the benchmark: stas00/ml-engineering@744d01e18b network/benchmarks (recalled).
constexpr Seconds kSingleCall = 21 * microsecond;

Seconds time_of(Machine machine, const MeasuredCollective& c) {
  if (c.timed_singly) machine.collective_base = machine.collective_base + kSingleCall;
  // Forced to pass through the accelerators, sums gain nothing from the switch.
  if (c.algorithm == "ring" || c.algorithm == "tree") machine.all_reduce_gain = 1;
  Group group = make_group(machine, c.ranks, 1);
  group.inside = std::min(c.ranks, c.ranks_per_node);
  if (c.collective == "all_reduce") return all_reduce_time(machine, group, c.bytes);
  if (c.collective == "all_gather") return all_gather_time(machine, group, c.bytes);
  if (c.collective == "reduce_scatter") return reduce_scatter_time(machine, group, c.bytes);
  if (c.collective == "all_to_all") return all_to_all_time(machine, group, c.bytes, 1);
  return send_time(machine, group, c.bytes);
}

// Bounds, start and first step of one fitted number.
struct Free {
  double* value;
  double low, high, step;
};

// Moves the free numbers until `error` is least, and leaves the best in them. There are many
// valleys: `everywhere`, a controlled random search over all of the bounds (Price 1983; the same
// numbers every time) finds one; without, it is the start's. A simplex finds its floor.
void minimise(const std::vector<Free>& free, bool everywhere,
              const std::function<double()>& error) {
  struct Search {
    const std::vector<Free>& free;
    const std::function<double()>& error;

    double at(const std::vector<double>& x) const {
      for (std::size_t i = 0; i < x.size(); ++i) *free[i].value = x[i];
      return error();
    }
  };
  const Search search{free, error};
  std::vector<double> x, low, high, step;
  for (const Free& each : free) {
    x.push_back(std::clamp(*each.value, each.low, each.high));
    low.push_back(each.low);
    high.push_back(each.high);
    step.push_back(each.step);
  }
  nlopt::srand(1);
  for (const auto& [algorithm, evaluations] :
       {std::pair{nlopt::GN_CRS2_LM, 4000 * free.size()}, {nlopt::LN_SBPLX, 1500}}) {
    if (algorithm == nlopt::GN_CRS2_LM && !everywhere) continue;
    nlopt::opt optimum(algorithm, static_cast<unsigned>(x.size()));
    optimum.set_lower_bounds(low);
    optimum.set_upper_bounds(high);
    optimum.set_initial_step(step);
    optimum.set_population(static_cast<unsigned>(20 * (free.size() + 1)));
    optimum.set_maxeval(static_cast<int>(evaluations));
    optimum.set_ftol_rel(1e-6);
    optimum.set_min_objective(
        [](const std::vector<double>& point, std::vector<double>&, void* data) {
          return static_cast<const Search*>(data)->at(point);
        },
        const_cast<Search*>(&search));  // NLopt's door takes no const
    double least = 0;
    optimum.optimize(x, least);
  }
  search.at(x);
}

// Rows and what each weighs: a source counts by the root of its rows, so that one machine with a
// thousand of them does not speak for every other. Large sets are thinned for the fit, never for
// its error.
struct Weighted {
  const Measurement* row;
  double weight;
};

std::vector<Weighted> weighted(const std::vector<const Measurement*>& rows) {
  constexpr std::size_t kTold = 1500;
  const std::size_t stride = std::max<std::size_t>(1, rows.size() / kTold);
  std::map<std::string, double> of_source;
  for (std::size_t i = 0; i < rows.size(); i += stride) of_source[rows[i]->source] += 1;
  std::vector<Weighted> weighed;
  for (std::size_t i = 0; i < rows.size(); i += stride) {
    weighed.push_back({rows[i], 1 / std::sqrt(of_source[rows[i]->source])});
  }
  return weighed;
}

// Bent: a row twice as far off counts less than twice, so that a library's odd choice of a kernel
// does not pull the curve off all the others.
template <typename Time>
double bent_error(const std::vector<Weighted>& rows, Time time) {
  constexpr double kBend = 0.2;
  double sum = 0;
  double weights = 0;
  for (const Weighted& each : rows) {
    const double error = std::fabs(std::log(time(*each.row) / each.row->time));
    sum += each.weight * error / (1 + error / kBend);
    weights += each.weight;
  }
  return sum / weights;
}

template <typename Time>
double median_error(const std::vector<const Measurement*>& rows, Time time) {
  std::vector<double> errors;
  errors.reserve(rows.size());
  for (const Measurement* row : rows) errors.push_back(std::fabs(time(*row) / row->time - 1));
  return median(errors);
}

}  // namespace

Machine bench_machine(const Accelerator& accelerator, const System& system,
                      const EngineParameters& engine, const ClusterOverrides& overrides,
                      const std::string& precision) {
  return make_machine(accelerator, system, Stack{}, engine, overrides, precision, Load::kBenchmark);
}

std::optional<Seconds> predicted_time(const Machine& machine, const Accelerator& accelerator,
                                      const Measurement& row) {
  if (const auto* gemm = std::get_if<MeasuredGemm>(&row.shape)) {
    return time_of(machine, machine.run, *gemm);
  }
  if (const auto* attention = std::get_if<MeasuredAttention>(&row.shape)) {
    if (attention->kernel == kEagerAttention) return eager_time_of(machine, *attention);
    const auto curves = accelerator.attention.find(attention->kernel);
    if (curves == accelerator.attention.end()) return std::nullopt;
    return time_of(machine, curves->second, *attention);
  }
  if (const auto* collective = std::get_if<MeasuredCollective>(&row.shape)) {
    return time_of(machine, *collective);
  }
  return bytes_time(machine, std::get<MeasuredElementWise>(row.shape).bytes);
}

GemmCurve fit_gemm(const Machine& bench, const GemmCurve& start,
                   const std::vector<const Measurement*>& rows) {
  constexpr std::size_t kSome = 5;
  constexpr std::size_t kEnough = 30;
  GemmRate rate = bench.run;
  rate.curve = start;
  rate.curve.inherited = false;
  double gap_us = start.gap.in(microsecond);
  // A response that no row far outlasts cannot be distinguished from one that never comes.
  constexpr double kLeast = 0.2, kMost = 10, kOutlasts = 10;
  const auto longest = std::max_element(
      rows.begin(), rows.end(),
      [](const Measurement* a, const Measurement* b) { return a->time < b->time; });
  // Rows of one size cannot tell a kernel's gap from its rate.
  const auto shortest = std::min_element(
      rows.begin(), rows.end(),
      [](const Measurement* a, const Measurement* b) { return a->time < b->time; });
  const bool of_sizes = (*longest)->time > 2 * (*shortest)->time;
  const double most = std::clamp((*longest)->time.in(millisecond) / kOutlasts, 2 * kLeast, kMost);
  double response_ms = start.power_response.in(millisecond);
  if (rows.size() > 1) response_ms = std::min(response_ms, most);
  std::vector<Free> free = {{&rate.curve.peak_fraction, 0.05, 1.3, 0.1}};
  if (of_sizes) free.push_back({&gap_us, 0, 40, 2});
  if (rows.size() >= kSome) free.push_back({&rate.curve.sustained_fraction, 0.4, 1, 0.1});
  if (rows.size() >= kEnough) {
    free.push_back({&rate.curve.half_depth, 0, 3000, 100});
    free.push_back({&rate.curve.bytes_fraction, 0.3, 1, 0.1});
    free.push_back({&response_ms, kLeast, most, 0.2});
    if (bench.cache > Bytes{}) free.push_back({&rate.curve.cache_gain, 1, 4, 1});
    const bool casts = std::any_of(rows.begin(), rows.end(), [](const Measurement* row) {
      return std::get<MeasuredGemm>(row->shape).casts;
    });
    if (casts) free.push_back({&rate.curve.cast_passes, 0, 8, 1});
  }
  const auto time = [&](const Measurement& row) {
    return time_of(bench, rate, std::get<MeasuredGemm>(row.shape));
  };
  const std::vector<Weighted> weighed = weighted(rows);
  const auto error = [&] {
    rate.curve.gap = gap_us * microsecond;
    rate.curve.power_response = response_ms * millisecond;
    return bent_error(weighed, time);
  };
  minimise(free, true, error);
  // Of few rows the power limit is the second number where it holds them better than the gap does
  // and the longest far outlasts a response.
  const bool lasting = (*longest)->time >= kOutlasts * kLeast * millisecond;
  if (of_sizes && rows.size() < kSome && lasting) {
    const GemmRate with_gap = rate;
    const double missed = error();
    rate.curve = start;
    rate.curve.inherited = false;
    gap_us = start.gap.in(microsecond);
    minimise({free.front(), {&rate.curve.sustained_fraction, 0.4, 1, 0.1}}, true, error);
    constexpr double kBetter = 0.01;  // less is noise
    if (error() + kBetter > missed) rate = with_gap;
  }
  // The best of many shapes is a ceiling: no shape goes faster, so neither does a deep product.
  double best = 0;
  for (const Measurement* row : rows) {
    const auto& gemm = std::get<MeasuredGemm>(row->shape);
    if (!gemm.best_of) best = std::numeric_limits<double>::infinity();
    const Flops flops = 2 * gemm.groups * gemm.m * gemm.n * gemm.k * FLOP;
    best = std::max(best, flops / row->time / rate.peak);
  }
  rate.curve.peak_fraction = std::min(rate.curve.peak_fraction, best);
  rate.curve.rows = static_cast<int>(rows.size());
  rate.curve.median_error = median_error(rows, time);
  return rate.curve;
}

AttentionCurves fit_attention(const Machine& bench, const std::vector<const Measurement*>& rows) {
  // Where only forward passes were measured: FlashAttention's ratio, or that of Triton's kernel of
  // 2023, 0.57 to 0.65 (github.com/triton-lang/triton/pull/1917: 30 rows of an A100, head size 64).
  constexpr double kFlashRate = 0.88, kTritonRate = 0.6;
  constexpr double kBackwardKeys = 2;
  const bool triton = std::get<MeasuredAttention>(rows.front()->shape).kernel == "triton";
  AttentionCurves curves{.forward = {0.5, 200}, .head_exponent = 0.3};
  double gap_us = 3;
  double backward_rate = triton ? kTritonRate : kFlashRate;
  double backward_keys = kBackwardKeys;
  const auto passes = [&](Pass pass) {
    return std::count_if(rows.begin(), rows.end(), [&](const Measurement* row) {
      return std::get<MeasuredAttention>(row->shape).pass == pass;
    });
  };
  std::vector<Free> free = {{&curves.forward.peak_fraction, 0.02, 1.2, 0.1},
                            {&curves.forward.half_keys, 0, 3000, 100},
                            {&curves.head_exponent, -0.5, 1, 0.1},
                            {&gap_us, 0, 60, 3}};
  if (passes(Pass::kBackward) > 0 || (passes(Pass::kBoth) > 0 && passes(Pass::kForward) > 0)) {
    free.push_back({&backward_rate, 0.4, 1.2, 0.1});
    free.push_back({&backward_keys, 0.5, 5, 0.5});
  }
  const auto time = [&](const Measurement& row) {
    return time_of(bench, curves, std::get<MeasuredAttention>(row.shape));
  };
  const std::vector<Weighted> weighed = weighted(rows);
  constexpr std::size_t kEnough = 20;
  minimise(free, rows.size() >= kEnough, [&] {
    curves.backward = {backward_rate * curves.forward.peak_fraction,
                       backward_keys * curves.forward.half_keys};
    curves.gap = gap_us * microsecond;
    return bent_error(weighed, time);
  });
  curves.rows = static_cast<int>(rows.size());
  curves.median_error = median_error(rows, time);
  return curves;
}

}  // namespace traincost
