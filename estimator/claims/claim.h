// A published claim: who said what, when and where, as figures with what their wording leaves open.
//
// One file (`traincost.claim/1`) holds one claim, or several under "claims" that share its source.
// A claim is about one subject, which may have parts that sum to it, and others that stand beside
// it for comparison; ratios, specifications and growth are statements of their own.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/stated.h"
#include "base/units.h"
#include "estimator/job/spec.h"
#include "estimator/model/architecture.h"
#include "hwdb/hwdb.h"

namespace traincost {

// What a claim may state of a run, a fleet or a sale. Per accelerator: price, power, flop_rate,
// throughput.
enum class Figure {
  kAccelerators,
  kWallTime,
  kAcceleratorTime,
  kPrice,
  kCost,
  kTokens,
  kParameters,
  kActiveParameters,
  kFlops,
  kFlopsPerToken,
  kThroughput,
  kClusterThroughput,
  kAcceleratorTimePerToken,
  kFlopRate,
  kMfu,
  kHfu,
  kStepTime,
  kBatchTokens,
  kSteps,
  kEnergy,
  kPower,
  kPue,
  kCarbon,
  kCarbonIntensity,
  kUnits,
  kUnitPrice,
  kRevenue,
  kEvents,
  kClusterPower,
  kEnergyPrice,
  kEnergyCost,
  kWater,
  kWaterIntensity,
  kFlopsPerUsd,
};
inline constexpr int kFigures = 34;

// The units that figures are written in, in those they are kept in: seconds and joules.
inline constexpr double kHour = unit::hour.in(unit::second), kDay = unit::day.in(unit::second);
inline constexpr double kKwh = unit::kWh.in(unit::joule);

struct FigureKind {
  Figure figure;
  const char* key;    // in files and reports
  const char* words;  // in sentences: "duration", "GPU-hours"
  Dimension dimension;
  const char* unit;     // that reports print it in
  double base;          // of that unit
  bool sums;            // the parts' figures add up to the subject's
  bool counts = false;  // things that are counted
};
[[nodiscard]] const FigureKind& kind_of(Figure figure);
// The figure of that name, or nothing.
[[nodiscard]] const FigureKind* kind_named(std::string_view key);

struct Subject {
  std::string name;  // empty for the subject itself
  std::string model_name;
  std::optional<Architecture> model;
  bool has_experts = false;  // by the statement: a token need not meet all parameters
  std::optional<Accelerator> accelerator;
  std::string precision;     // empty where not stated
  std::string provider;      // whose price it is, where stated
  std::string tier;          // of the market, where stated
  std::string region;        // of the accelerators, where stated
  std::optional<Grid> grid;  // whose energy it took, where stated
  std::map<Figure, Stated> figures;
  std::optional<Stated> period;  // from its first to its last day; wall_time where that is not said
  std::string started;           // the first day
  std::optional<JobSpec> job;    // members of a job that the engine's own prediction is to use
  int line = 0;

  [[nodiscard]] const Stated* figure(Figure which) const {
    const auto found = figures.find(which);
    return found == figures.end() ? nullptr : &found->second;
  }
};

// One side of a ratio: a figure of the claim, a literal, or accelerators by id or family.
struct Operand {
  std::string name;      // as the statement calls it: "OpenAI o1"
  std::string value_of;  // whose figure it is, where the claim takes another's
  std::string scope;     // what the figure covers: "2024", "one run", "development"
  std::optional<Stated> value;
  std::optional<Figure> figure;  // that it is, where it is one of the claim's
  Dimension dimension;
  std::vector<Accelerator> accelerators;
};

// A over B is `ratio`; or A is lower than B by `ratio` of it.
struct RatioClaim {
  std::string name;
  std::vector<std::pair<Operand, Operand>> pairs;  // one at least; several are alternatives
  std::string of;  // field of the accelerators: "peak_dense", "memory_bandwidth"
  Stated ratio;
  bool lower_by = false;
  int line = 0;
};

struct SpecClaim {
  Accelerator accelerator;
  std::string field;  // of its record
  Stated stated;
  int line = 0;
};

// A figure that grows at a rate whose ends nobody says.
struct GrowthRate {
  std::string name;  // what grows: "H20 sales"
  std::string over;  // "month", "quarter", "year"
  Stated rate;
  int line = 0;
};

// A figure that grows by a factor each year.
struct GrowthClaim {
  Stated from, to, per_year;
  Dimension dimension;
  double years = 0;
  int line = 0;
};

// Somebody else's figure for the same thing, by a named method.
struct Reference {
  std::string method;
  Stated cost;
  bool same_method = false;  // as the claim's own cost
  std::string source;
  int line = 0;
};

struct ClaimScope {
  std::string priced;   // what the sum is of: "DeepSeek-V3, the final run"
  std::string said_of;  // what the claim says it is of, where that is another thing
  std::vector<std::string> includes;
  std::vector<std::string> excludes;
  struct LeftOut {
    std::string what;
    std::optional<Stated> cost;
  };
  std::vector<LeftOut> left_out;
};

// Where the statement says a member: "/figures/cost" by the characters from `start`.
struct WordsOf {
  std::string member;  // JSON pointer within the claim
  std::size_t start = 0, length = 0;
};

// What the export rules made of an accelerator on the claim's day.
struct ExportClaim {
  Accelerator accelerator;
  bool restricted = true;  // needs a licence, or is decided case by case
  std::string on;          // the day; the claim's where not said
  int line = 0;
};

struct Claim {
  std::string id;
  std::string file;
  int line = 0;
  std::string statement;  // in its own language
  std::string english;    // where that is another
  std::string language;   // IETF tag
  std::string said_by;
  std::string date;  // YYYY, YYYY-MM or YYYY-MM-DD
  Source source;
  Subject subject;
  std::vector<Subject> parts;
  std::vector<Subject> others;
  std::vector<RatioClaim> ratios;
  std::vector<SpecClaim> specs;
  std::vector<GrowthClaim> growth;
  std::vector<GrowthRate> growth_rates;
  std::vector<Reference> references;
  std::vector<ExportClaim> exports;
  std::optional<ClaimScope> scope;
  bool forecast = false;  // it tells what will be
  std::vector<WordsOf> words;
  std::vector<std::string> notes;
};

// The claims of one document, in its order. Throws InputError with every fault.
[[nodiscard]] std::vector<Claim> read_claims(const JsonValue& document, const std::string& file,
                                             const HardwareDb& db);

}  // namespace traincost
