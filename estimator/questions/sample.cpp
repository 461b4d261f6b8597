#include "estimator/questions/sample.h"

#include <algorithm>
#include <boost/random/sobol.hpp>
#include <cmath>
#include <functional>
#include <numeric>
#include <random>

#include "base/units.h"
#include "estimator/job/resolve.h"
#include "estimator/questions/choice.h"
#include "estimator/questions/totals.h"
#include "estimator/run/cost.h"

namespace traincost {
namespace {

using namespace unit;

using Values = std::array<double, kSampledFigures>;

double& of(Values& figures, SampledFigure figure) {
  return figures[static_cast<std::size_t>(figure)];
}

// What one point says: factors on the job's own figures, and the engine's quantile.
struct Point {
  double engine = 0.5;
  double tokens = 1, price = 1;
  double failures = 1, restart = 1, checkpoint_write = 1;
  double pue = 1, tariff = 1, carbon = 1, draw = 1;
};

// Members that only scale an answer.
struct ScalingMember {
  const char* path;
  double Point::*factor;
};
constexpr ScalingMember kScalingMembers[] = {
    {"run.tokens", &Point::tokens},
    {"pricing.price", &Point::price},
    {"reliability.failures_per_node_day", &Point::failures},
    {"reliability.restart", &Point::restart},
    {"reliability.checkpoint_write", &Point::checkpoint_write},
    {"grid.pue", &Point::pue},
    {"grid.electricity_price", &Point::tariff},
    {"grid.carbon_intensity", &Point::carbon},
    {"grid.average_draw", &Point::draw},
};

// The answer again, from the phases' times: what `estimate` adds up, at a point.
class AnswerAgain {
 public:
  AnswerAgain(const Job& job, const Estimate& estimate)
      : job_(job), prices_(prices_by(job, job.cost_method)), priced_(estimate.cost.has_value()) {
    for (const PhaseEstimate& each : estimate.phases) {
      Part part{each.wall, !each.contains_failures, std::nullopt};
      if (each.step) {
        part.doubt = Distribution::of_quantiles(each.doubt.p5, each.doubt.p50, each.doubt.p95);
      }
      parts_.push_back(part);
      draws_.push_back(each.draw);
    }
    for (const Platform& each : job.platforms) rates_.push_back(each.reliability);
  }

  [[nodiscard]] bool priced() const { return priced_; }
  [[nodiscard]] bool predicts() const {
    return std::any_of(parts_.begin(), parts_.end(),
                       [](const Part& part) { return part.doubt.has_value(); });
  }

  [[nodiscard]] bool fails() const {
    return std::any_of(parts_.begin(), parts_.end(), [](const Part& part) { return part.fails; });
  }

  [[nodiscard]] Values at(const Point& point) const {
    Grid grid;
    grid.pue = point.pue * job_.grid.pue;
    if (job_.grid.carbon_intensity) {
      grid.carbon_intensity = point.carbon * *job_.grid.carbon_intensity;
    }
    const std::vector<double> failures = set_rates(point);
    std::vector<PhaseDraw> draws = draws_;
    for (PhaseDraw& each : draws) {
      each.train *= point.draw;
      each.generate *= point.draw;
    }
    std::vector<Seconds> walls;
    walls.reserve(parts_.size());
    Seconds wall;
    for (std::size_t i = 0; i < parts_.size(); ++i) {
      const Part& part = parts_[i];
      const Phase& phase = job_.phases[i];
      Seconds takes = (part.doubt ? part.doubt->quantile(point.engine) : 1) * part.wall;
      if (part.fails) {
        takes = point.tokens * takes;
        takes = takes / phase_goodput(phase, rates_[phase.platform], failures, takes).share;
      }
      walls.push_back(takes);
      wall += takes;
    }
    const std::vector<AcceleratorTime> held = held_time(job_, walls);
    Values result{};
    for (const AcceleratorTime each : held) {
      of(result, SampledFigure::kHours) += each.in(AcceleratorTime::from_base(1));
    }
    const Energy energy = energy_of(job_, walls, draws, grid);
    of(result, SampledFigure::kEnergy) = energy.total.in(joule);
    of(result, SampledFigure::kCarbon) = energy.carbon.in(gram);
    if (priced_) set_cost(held, point, result);
    of(result, SampledFigure::kWall) = wall.in(second);
    return result;
  }

 private:
  struct Part {
    Seconds wall;
    bool fails;                         // else its stated time contains what is lost
    std::optional<Distribution> doubt;  // none of a stated phase
  };

  // The failures of each platform at a point, and how long they take.
  std::vector<double> set_rates(const Point& point) const {
    std::vector<double> failures;
    for (std::size_t i = 0; i < rates_.size(); ++i) {
      const Reliability& own = job_.platforms[i].reliability;
      const double of_provider = own.failures_per_node_day - job_.reliability.failures_per_node_day;
      failures.push_back(point.failures * job_.reliability.failures_per_node_day + of_provider);
      rates_[i].restart = point.restart * own.restart;
      rates_[i].checkpoint_write = point.checkpoint_write * own.checkpoint_write;
    }
    return failures;
  }

  void set_cost(const std::vector<AcceleratorTime>& held, const Point& point,
                Values& result) const {
    Prices prices = prices_;
    for (std::size_t i = 0; i < prices.size(); ++i) {
      if (!prices[i]) continue;
      prices[i] = point.price * *prices[i];
      const auto& owned = job_.platforms[i].pricing->owned;
      if (!owned) continue;
      OwnedHour hour = *owned;
      const RentalPrice without = hour.total() - hour.staff;
      hour.energy = point.tariff * point.pue * point.draw * hour.energy;
      hour.staff = (hour.total() - hour.staff) / without * hour.staff;
      prices[i] = hour.total();
    }
    const Usd run = cost_of(job_, held, job_.cost_method, prices).value_or(Usd{});
    of(result, SampledFigure::kCost) = run.in(usd);
    of(result, SampledFigure::kProject) = project_cost(job_, run, prices.front()).in(usd);
  }

  const Job& job_;
  std::vector<Part> parts_;
  std::vector<PhaseDraw> draws_;
  mutable std::vector<Reliability> rates_;  // scratch: records are not copied at every point
  Prices prices_;
  bool priced_ = false;
};

// What one value of a member makes of the answer, and whether that fits; why there is none.
struct AnswerThere {
  std::optional<Values> values;
  bool fits = true;
  std::string fault;
};

AnswerThere answer_at(const JobSpec& spec, const HardwareDb& db, const UncertainMember& member,
                      double number) {
  try {
    JobSpec other = spec;
    Faults faults;
    const JsonValue value = member.with(number);
    set_member(other, member.path, JsonCursor(value, other.file, faults));
    const Job job = with_chosen_layouts(resolve(other, db, faults));
    const Estimate there = estimate(job);
    return {AnswerAgain(job, there).at({}), there.fits(), ""};
  } catch (const InputError& error) {
    return {std::nullopt, true, error.faults().front().message};
  }
}

// The answer at a number or, of a whole one, at the nearest that makes a legal job: not every count
// divides its nodes, not every degree its heads. Never beyond what the job states.
AnswerThere answer_near(const JobSpec& spec, const HardwareDb& db, const UncertainMember& member,
                        double number) {
  const double low = member.of.low(), high = member.of.high();
  if (!member.whole) return answer_at(spec, db, member, number);
  constexpr int kTries = 128;
  const double from = std::round(std::clamp(number, low, high));
  AnswerThere none;
  for (int away = 0; away <= kTries; ++away) {
    for (const double value : {from - away, from + away}) {
      if (value < low || value > high) continue;
      AnswerThere there = answer_at(spec, db, member, value);
      if (there.values) return there;
      none = std::move(there);
    }
  }
  return none;
}

// What becomes of the answer along a member that changes a step: factors at some of its quantiles.
class Response {
 public:
  Response(const JobSpec& spec, const HardwareDb& db, const UncertainMember& member,
           const Values& median) {
    // From the middle outwards: what lies beyond the last legal value is as at it.
    std::string fault;
    int answered = 0;
    const auto fill = [&](std::size_t i, std::size_t inner) {
      const auto there = answer_near(spec, db, member, member.of.quantile(normal_share(node(i))));
      if (!there.fault.empty()) fault = there.fault;
      fits_ = fits_ && there.fits;
      answered += there.values ? 1 : 0;
      for (std::size_t k = 0; k < kSampledFigures; ++k) {
        factors_[i][k] = !there.values   ? factors_[inner][k]
                         : median[k] > 0 ? (*there.values)[k] / median[k]
                                         : 1;
      }
    };
    constexpr std::size_t kMiddle = kNodes / 2;
    factors_[kMiddle].fill(1);
    for (std::size_t i = 1; i <= kMiddle; ++i) {
      fill(kMiddle + i, kMiddle + i - 1);
      fill(kMiddle - i, kMiddle - i + 1);
    }
    if (answered == 0) {
      throw InputError(Fault{spec.file, spec.line_of("/" + slashed(member.path)),
                             "/" + slashed(member.path),
                             "no value of the range but its middle makes a job: " + fault,
                             "what depends on it must follow: one part of a mix may leave its "
                             "share open"});
    }
  }

  // Whether all that were looked at fit.
  [[nodiscard]] bool fits() const { return fits_; }

  // Between nodes along the normal quantile of `p`; beyond the last as at it.
  void apply(double p, Values& figures) const {
    const double at = std::clamp((normal_quantile(p) + kReach) / kStep, 0.0, kNodes - 1.0);
    const auto below = std::min(static_cast<std::size_t>(at), kNodes - 2);
    const double share = at - static_cast<double>(below);
    for (std::size_t k = 0; k < kSampledFigures; ++k) {
      figures[k] *= (1 - share) * factors_[below][k] + share * factors_[below + 1][k];
    }
  }

 private:
  static constexpr std::size_t kNodes = 9;
  static constexpr double kReach = 2.4, kStep = 2 * kReach / (kNodes - 1);
  static double node(std::size_t i) { return -kReach + kStep * static_cast<double>(i); }

  static std::string slashed(std::string path) {
    std::replace(path.begin(), path.end(), '.', '/');
    return path;
  }

  std::array<Values, kNodes> factors_{};
  bool fits_ = true;
};

// One thing that is not known, and what it does to a point or to the answer there.
struct Input {
  std::string name, says;
  std::function<void(double p, Point& point)> set;
  std::optional<Response> response;
};

std::string two_ends(const char* format, double low, double high) {
  char text[96];
  std::snprintf(text, sizeof text, format, low, high);
  return text;
}

std::optional<Input> failures_elsewhere(const Job& job) {
  if (!job.failure_rate || job.reliability.failures_per_node_day <= 0) return std::nullopt;
  const Distribution& rate = *job.failure_rate;
  constexpr double kThousand = 1000, kLow = 0.05, kHigh = 0.95;
  const double own = kThousand * job.reliability.failures_per_node_day / rate.median();
  Input input;
  input.name = "failures";
  input.says = two_ends("%.2g to %.2g in 1,000 node-days, as elsewhere", own * rate.quantile(kLow),
                        own * rate.quantile(kHigh));
  input.set = [rate](double p, Point& point) { point.failures = rate.quantile(p) / rate.median(); };
  return input;
}

bool only_scales(const JobSpec& spec, const Job& job, const std::string& path) {
  const bool ramp = spec.run && spec.run->batch_ramp;
  if (path == "run.tokens") return spec.phases.empty() && !ramp;
  if (path == "pricing.price") {
    return job.platforms.size() == 1 && job.cost_method == CostMethod::kRental;
  }
  return true;
}

// The ends that a job states are values that the member takes.
void check_ends(const JobSpec& spec, const UncertainMember& member) {
  Faults faults;
  for (const double end : {member.of.low(), member.of.high()}) {
    JobSpec other = spec;
    const JsonValue value = member.with(end);
    set_member(other, member.path, JsonCursor(value, other.file, faults));
    if (!faults.empty()) break;
  }
  faults.throw_if_any();
}

std::vector<Input> inputs_of(const JobSpec& spec, const HardwareDb& db, const Job& job,
                             const AnswerAgain& answer) {
  std::vector<Input> inputs;
  if (answer.predicts()) {
    Input engine;
    engine.name = "engine";
    engine.says = "errors on runs that it had not seen";
    engine.set = [](double p, Point& point) { point.engine = p; };
    inputs.push_back(std::move(engine));
  }
  if (answer.fails()) {
    if (auto failures = failures_elsewhere(job)) inputs.push_back(std::move(*failures));
  }
  for (const UncertainMember& member : spec.uncertain) {
    check_ends(spec, member);
    Input input;
    input.name = member.path;
    input.says = member.says;
    for (const ScalingMember& each : kScalingMembers) {
      if (each.path != member.path || !only_scales(spec, job, member.path)) continue;
      const double median = member.of.median();
      if (median == 0) continue;
      input.set = [of = member.of, median, factor = each.factor](double p, Point& point) {
        point.*factor = of.quantile(p) / median;
      };
    }
    if (!input.set) {
      input.response.emplace(spec, db, member, answer.at({}));
      if (!input.response->fits()) input.says += ", of which some do not fit";
    }
    inputs.push_back(std::move(input));
  }
  return inputs;
}

// Points of a Sobol sequence, each coordinate shifted by random digits of the seed.
class ScrambledSobol {
 public:
  ScrambledSobol(std::size_t dimensions, std::uint64_t seed) : sobol_(dimensions) {
    std::mt19937_64 random(seed);
    for (std::size_t i = 0; i < dimensions; ++i) shift_.push_back(random());
  }

  // The next point's coordinates, each in (0, 1).
  void next(std::vector<double>& point) {
    constexpr double kOne = 0x1p53;
    for (std::size_t i = 0; i < shift_.size(); ++i) {
      point[i] = (static_cast<double>((sobol_() ^ shift_[i]) >> 11U) + 0.5) / kOne;
    }
  }

 private:
  boost::random::sobol sobol_;
  std::vector<std::uint64_t> shift_;
};

double quantile_of(const std::vector<double>& sorted, double p) {
  const double at = p * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(at);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (at - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

SampledSpread spread_of(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const double n = static_cast<double>(values.size());
  SampledSpread spread;
  for (std::size_t i = 0; i < std::size(kCertainties); ++i) {
    spread.at[i] = quantile_of(values, kCertainties[i]);
  }
  spread.mean = std::accumulate(values.begin(), values.end(), 0.0) / n;
  const double step = std::min(0.5, 0.5 / std::sqrt(n));
  spread.error = (quantile_of(values, 0.5 + step) - quantile_of(values, 0.5 - step)) / 2;
  return spread;
}

// The variance of a figure's means over slices of one coordinate, over its whole variance. What
// slices would vary by chance alone is small: the other coordinates are spread evenly in each.
double first_order(const std::vector<double>& coordinate, const std::vector<double>& figure) {
  constexpr std::size_t kInSlice = 64, kMost = 256;
  const std::size_t n = figure.size();
  const std::size_t slices = std::clamp<std::size_t>(n / kInSlice, 2, kMost);
  std::vector<double> sum(slices), count(slices);
  double all = 0, squares = 0, between = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const auto slice = static_cast<std::size_t>(coordinate[i] * static_cast<double>(slices));
    sum[slice] += figure[i];
    count[slice] += 1;
    all += figure[i];
    squares += figure[i] * figure[i];
  }
  const double mean = all / static_cast<double>(n);
  const double variance = squares / static_cast<double>(n) - mean * mean;
  constexpr double kRounding = 1e-18;
  if (variance <= kRounding * mean * mean) return 0;
  for (std::size_t s = 0; s < slices; ++s) {
    if (count[s] <= 0) continue;
    const double away = sum[s] / count[s] - mean;
    between += count[s] / static_cast<double>(n) * away * away;
  }
  return std::min(1.0, between / variance);
}

}  // namespace

Sampled sample(const JobSpec& spec, const HardwareDb& db, const Job& job, const Estimate& estimate,
               const SampleOptions& options) {
  const AnswerAgain answer(job, estimate);
  const std::vector<Input> inputs = inputs_of(spec, db, job, answer);
  const auto evaluate = [&](const std::vector<double>& coordinates) {
    Point point;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      if (inputs[i].set) inputs[i].set(coordinates[i], point);
    }
    Values figures = answer.at(point);
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      if (inputs[i].response) inputs[i].response->apply(coordinates[i], figures);
    }
    return figures;
  };

  const auto n = static_cast<std::size_t>(options.samples);
  std::vector<std::vector<double>> coordinates(inputs.size(), std::vector<double>(n));
  std::vector<std::vector<double>> figures(kSampledFigures, std::vector<double>(n));
  std::vector<double> middle(inputs.size(), 0.5), at = middle;
  ScrambledSobol sobol(std::max<std::size_t>(1, inputs.size()), options.seed);
  std::vector<double> drawn(std::max<std::size_t>(1, inputs.size()));
  for (std::size_t i = 0; i < n; ++i) {
    sobol.next(drawn);
    std::copy_n(drawn.begin(), at.size(), at.begin());
    const Values one = evaluate(at);
    for (std::size_t k = 0; k < kSampledFigures; ++k) figures[k][i] = one[k];
    for (std::size_t j = 0; j < inputs.size(); ++j) coordinates[j][i] = at[j];
  }

  Sampled sampled;
  sampled.samples = options.samples;
  sampled.seed = options.seed;
  sampled.priced = answer.priced();
  for (std::size_t k = 0; k < kSampledFigures; ++k) sampled.figures[k] = spread_of(figures[k]);
  const auto share_within = [&](SampledFigure figure, double limit) {
    const auto& values = figures[static_cast<std::size_t>(figure)];
    const auto within =
        std::count_if(values.begin(), values.end(), [&](double value) { return value <= limit; });
    return static_cast<double>(within) / static_cast<double>(n);
  };
  if (options.deadline) {
    sampled.meets_deadline = share_within(SampledFigure::kWall, options.deadline->in(second));
  }
  if (options.budget && sampled.priced) {
    sampled.meets_budget = share_within(SampledFigure::kProject, options.budget->in(usd));
  }
  constexpr double kLow = 0.05, kHigh = 0.95;
  for (std::size_t j = 0; j < inputs.size(); ++j) {
    SampledInput input{inputs[j].name, inputs[j].says, {}, {}, {}};
    std::vector<double> alone = middle;
    alone[j] = kLow;
    input.low = evaluate(alone);
    alone[j] = kHigh;
    input.high = evaluate(alone);
    for (std::size_t k = 0; k < kSampledFigures; ++k) {
      input.index[k] = first_order(coordinates[j], figures[k]);
    }
    sampled.inputs.push_back(std::move(input));
  }
  const auto leading =
      static_cast<std::size_t>(sampled.priced ? SampledFigure::kProject : SampledFigure::kWall);
  std::stable_sort(sampled.inputs.begin(), sampled.inputs.end(),
                   [&](const SampledInput& a, const SampledInput& b) {
                     return a.index[leading] > b.index[leading];
                   });
  return sampled;
}

}  // namespace traincost
