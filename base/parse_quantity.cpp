#include "base/parse_quantity.h"

#include <array>
#include <cctype>
#include <cmath>
#include <cstddef>
#include <cstdlib>

#include "base/decimal.h"
#include "base/nearest.h"
#include "base/text.h"
#include "base/units.h"

namespace traincost {
namespace {

constexpr double kBit = 0.125;
constexpr double kMinute = unit::minute.in(unit::second), kHour = unit::hour.in(unit::second);
constexpr double kDay = unit::day.in(unit::second), kWeek = 7 * kDay, kYear = 365.25 * kDay;
constexpr double kKi = 1024, kMi = kKi * 1024, kGi = kMi * 1024, kTi = kGi * 1024;

constexpr Dimension kBytes{.byte = 1};
constexpr Dimension kBandwidth{.byte = 1, .second = -1};
constexpr Dimension kSeconds{.second = 1};
constexpr Dimension kFlops{.flop = 1};
constexpr Dimension kFlopRate{.flop = 1, .second = -1};
constexpr Dimension kTokens{.token = 1};
constexpr Dimension kTokenRate{.second = -1, .token = 1};
constexpr Dimension kTokenRateEach{.second = -1, .token = 1, .accelerator = -1};
constexpr Dimension kFlopsPerToken{.flop = 1, .token = -1};
constexpr Dimension kUsd{.usd = 1};
constexpr Dimension kRental{.second = -1, .usd = 1, .accelerator = -1};
constexpr Dimension kPurchase{.usd = 1, .accelerator = -1};
constexpr Dimension kEnergyPrice{.usd = 1, .joule = -1};
constexpr Dimension kPower{.second = -1, .joule = 1};
constexpr Dimension kEnergy{.joule = 1};
constexpr Dimension kArea{.metre = 2};
constexpr Dimension kFrequency{.second = -1};
constexpr Dimension kCarbon{.joule = -1, .gram = 1};
constexpr Dimension kMass{.gram = 1};
constexpr Dimension kVolume{.metre = 3};
constexpr Dimension kWater{.joule = -1, .metre = 3};
constexpr Dimension kFlopsPerUsd{.flop = 1, .usd = -1};
constexpr Dimension kAcceleratorTime{.second = 1, .accelerator = 1};
constexpr Dimension kAcceleratorTimePerToken{.second = 1, .token = -1, .accelerator = 1};

struct UnitName {
  const char* name;
  Dimension dimension;
  double base;
};

constexpr UnitName kUnits[] = {
    {"B", kBytes, 1},
    {"kB", kBytes, 1e3},
    {"KB", kBytes, 1e3},
    {"MB", kBytes, 1e6},
    {"GB", kBytes, 1e9},
    {"TB", kBytes, 1e12},
    {"PB", kBytes, 1e15},
    {"KiB", kBytes, kKi},
    {"MiB", kBytes, kMi},
    {"GiB", kBytes, kGi},
    {"TiB", kBytes, kTi},

    {"MB/s", kBandwidth, 1e6},
    {"GB/s", kBandwidth, 1e9},
    {"TB/s", kBandwidth, 1e12},
    {"MiB/s", kBandwidth, kMi},
    {"GiB/s", kBandwidth, kGi},
    {"TiB/s", kBandwidth, kTi},
    {"Mb/s", kBandwidth, 1e6 * kBit},
    {"Gb/s", kBandwidth, 1e9 * kBit},
    {"Tb/s", kBandwidth, 1e12 * kBit},
    {"Gbit/s", kBandwidth, 1e9 * kBit},
    {"Tbit/s", kBandwidth, 1e12 * kBit},

    {"us", kSeconds, 1e-6},
    {"ms", kSeconds, 1e-3},
    {"s", kSeconds, 1},
    {"min", kSeconds, kMinute},
    {"h", kSeconds, kHour},
    {"hour", kSeconds, kHour},
    {"hours", kSeconds, kHour},
    {"d", kSeconds, kDay},
    {"day", kSeconds, kDay},
    {"days", kSeconds, kDay},
    {"w", kSeconds, kWeek},
    {"weeks", kSeconds, kWeek},
    {"month", kSeconds, kYear / 12},
    {"months", kSeconds, kYear / 12},
    {"week", kSeconds, kWeek},
    {"y", kSeconds, kYear},
    {"years", kSeconds, kYear},

    {"FLOP", kFlops, 1},
    {"FLOPs", kFlops, 1},
    {"GFLOP", kFlops, 1e9},
    {"TFLOP", kFlops, 1e12},
    {"TFLOPs", kFlops, 1e12},
    {"PFLOP", kFlops, 1e15},
    {"PFLOPs", kFlops, 1e15},
    {"EFLOP", kFlops, 1e18},
    {"petaflop/s-days", kFlops, 1e15 * kDay},
    {"petaflop/s-day", kFlops, 1e15 * kDay},
    {"FLOP/s", kFlopRate, 1},
    {"GFLOP/s", kFlopRate, 1e9},
    {"TFLOP/s", kFlopRate, 1e12},
    {"PFLOP/s", kFlopRate, 1e15},
    {"EFLOP/s", kFlopRate, 1e18},
    {"TOP/s", kFlopRate, 1e12},
    {"POP/s", kFlopRate, 1e15},

    {"token", kTokens, 1},
    {"tokens", kTokens, 1},
    {"tok", kTokens, 1},

    {"USD", kUsd, 1},
    {"USD/GPU-h", kRental, 1 / kHour},
    {"USD/h", kRental, 1 / kHour},
    {"USD/GPU-hour", kRental, 1 / kHour},
    {"USD/accelerator-h", kRental, 1 / kHour},
    {"USD/accelerator-hour", kRental, 1 / kHour},
    {"USD/GPU", kPurchase, 1},
    {"USD/accelerator", kPurchase, 1},
    {"USD/kWh", kEnergyPrice, 1 / 3.6e6},
    {"USD/MWh", kEnergyPrice, 1 / 3.6e9},
    {"USD/kW-month", kEnergyPrice, 12 / (1e3 * kYear)},

    {"tokens/s", kTokenRate, 1},
    {"tokens/d", kTokenRate, 1 / kDay},
    {"tokens/s/GPU", kTokenRateEach, 1},
    {"tokens/s/accelerator", kTokenRateEach, 1},
    {"FLOP/token", kFlopsPerToken, 1},
    {"GFLOP/token", kFlopsPerToken, 1e9},
    {"TFLOP/token", kFlopsPerToken, 1e12},

    {"W", kPower, 1},
    {"kW", kPower, 1e3},
    {"MW", kPower, 1e6},
    {"GW", kPower, 1e9},
    {"J", kEnergy, 1},
    {"kWh", kEnergy, 3.6e6},
    {"MWh", kEnergy, 3.6e9},
    {"GWh", kEnergy, 3.6e12},
    {"TWh", kEnergy, 3.6e15},
    {"mm2", kArea, 1e-6},
    {"MHz", kFrequency, 1e6},
    {"GHz", kFrequency, 1e9},
    {"L", kVolume, 1e-3},
    {"ML", kVolume, 1e3},
    {"m3", kVolume, 1},
    {"L/kWh", kWater, 1e-3 / 3.6e6},
    {"FLOP/USD", kFlopsPerUsd, 1},
    {"FLOP/$", kFlopsPerUsd, 1},
    {"g/kWh", kCarbon, 1 / 3.6e6},
    {"kg/kWh", kCarbon, 1e3 / 3.6e6},
    {"g", kMass, 1},
    {"kg", kMass, 1e3},
    {"t", kMass, 1e6},
    {"kt", kMass, 1e9},
    {"lb", kMass, 453.59237},

    {"GPU-h", kAcceleratorTime, kHour},
    {"GPU-hours", kAcceleratorTime, kHour},
    {"accelerator-h", kAcceleratorTime, kHour},
    {"accelerator-hours", kAcceleratorTime, kHour},
    {"GPU-d", kAcceleratorTime, kDay},
    {"GPU-days", kAcceleratorTime, kDay},
    {"GPU-w", kAcceleratorTime, kWeek},
    {"GPU-mo", kAcceleratorTime, kYear / 12},
    {"GPU-y", kAcceleratorTime, kYear},
    {"GPU-years", kAcceleratorTime, kYear},
    {"GPU-h/T tokens", kAcceleratorTimePerToken, kHour / 1e12},
    {"accelerator-h/T tokens", kAcceleratorTimePerToken, kHour / 1e12},
};

struct DimensionName {
  Dimension dimension;
  const char* name;
  const char* units;  // the remedy: which units to write
};

constexpr DimensionName kDimensions[] = {
    {kBytes, "an amount of memory",
     "use GB (10^9 bytes) or GiB (2^30 bytes); also B, KB, MB, TB, KiB, MiB, TiB"},
    {kBandwidth, "a bandwidth",
     "use GB/s (10^9 bytes per second) or Gb/s (10^9 bits per second); also MB/s, TB/s, GiB/s"},
    {kSeconds, "a duration", "use us, ms, s, min, h, d, w or y"},
    {kFlops, "an amount of arithmetic", "use FLOP, TFLOP, PFLOP or EFLOP"},
    {kFlopRate, "a rate of arithmetic", "use TFLOP/s or PFLOP/s (TOP/s for integers)"},
    {kTokens, "a number of tokens", "write it as 14.8T tokens, 300B tokens or 1.5e13"},
    {kTokenRate, "a rate of tokens", "use tokens/s or tokens/d"},
    {kTokenRateEach, "a rate of tokens of one accelerator", "use tokens/s/GPU"},
    {kFlopsPerToken, "arithmetic per token", "use GFLOP/token"},
    {kUsd, "an amount of money", "write it as $5.6M or 5.6M USD"},
    {kRental, "a rental price", "write it as $2/GPU-h"},
    {kPurchase, "a purchase price", "write it as $30000/GPU"},
    {kEnergyPrice, "a price of energy", "write it as $0.08/kWh"},
    {kPower, "a power", "use W, kW or MW"},
    {kEnergy, "an energy", "use J, kWh or MWh"},
    {kArea, "an area", "use mm2"},
    {kFrequency, "a frequency", "use MHz or GHz"},
    {kCarbon, "a carbon intensity", "use g/kWh or kg/kWh"},
    {kVolume, "a volume", "use L, ML or m3"},
    {kWater, "a use of water", "use L/kWh"},
    {kFlopsPerUsd, "arithmetic for a dollar", "use FLOP/USD"},
    {kMass, "a mass", "use g, kg or t"},
    {kAcceleratorTime, "an amount of accelerator time", "write it as 5000 GPU-h"},
    {kAcceleratorTimePerToken, "accelerator time per token", "write it as 180K GPU-h/T tokens"},
};

const DimensionName* find_dimension(Dimension dimension) {
  for (const DimensionName& entry : kDimensions) {
    if (entry.dimension == dimension) return &entry;
  }
  return nullptr;
}

// K, M, B, G, T, P, E after a count or a sum of money: "15.6T tokens", "$5.576M".
std::optional<double> magnitude(char letter) {
  switch (letter) {
    case 'k':
    case 'K': return 1e3;
    case 'M': return 1e6;
    case 'B':
    case 'G': return 1e9;
    case 'T': return 1e12;
    case 'P': return 1e15;
    case 'E': return 1e18;
    default: return std::nullopt;
  }
}

bool takes_magnitude(Dimension dimension) {
  return dimension == kTokens || dimension == kTokenRate || dimension == kTokenRateEach ||
         dimension == kUsd || dimension == kPurchase || dimension == kAcceleratorTime ||
         dimension == kAcceleratorTimePerToken || dimension == kMass || dimension == kVolume ||
         dimension == kEnergy;
}

const UnitName* find_unit(std::string_view name, Dimension dimension) {
  for (const UnitName& unit : kUnits) {
    if (unit.dimension == dimension && name == unit.name) return &unit;
  }
  return nullptr;
}

ParsedQuantity failure(std::string problem, std::string remedy) {
  return {std::nullopt, std::move(problem), std::move(remedy)};
}

ParsedQuantity unit_failure(std::string_view name, Dimension dimension) {
  const DimensionName* entry = find_dimension(dimension);
  for (const UnitName& unit : kUnits) {
    if (name == unit.name) {
      const DimensionName* other = find_dimension(unit.dimension);
      return failure(
          "unit \"" + std::string(name) + "\" is " + other->name + ", not " + entry->name,
          entry->units);
    }
  }
  return failure("unknown unit \"" + std::string(name) + "\" for " + entry->name, entry->units);
}

// The length of the leading decimal number; 0 where there is none.
std::size_t number_length(std::string_view text) {
  std::size_t i = 0;
  const auto digits = [&] {
    const std::size_t start = i;
    while (i < text.size() && std::isdigit(static_cast<unsigned char>(text[i])) != 0) ++i;
    return i > start;
  };
  if (i < text.size() && (text[i] == '-' || text[i] == '+')) ++i;
  bool any = digits();
  if (i < text.size() && text[i] == '.') {
    ++i;
    any = digits() || any;
  }
  if (!any) return 0;
  if (i < text.size() && (text[i] == 'e' || text[i] == 'E')) {
    const std::size_t before = i++;
    if (i < text.size() && (text[i] == '-' || text[i] == '+')) ++i;
    if (!digits()) i = before;  // the E of "5E tokens" is a magnitude
  }
  return i;
}

}  // namespace

std::optional<double> parse_number(std::string_view text) {
  if (text.empty() || number_length(text) != text.size()) return std::nullopt;
  if (text.front() == '+') text.remove_prefix(1);
  const ReadDecimal read = read_decimal(text.data(), text.data() + text.size());
  if (!read.ok || read.end != text.data() + text.size() || !std::isfinite(read.value)) {
    return std::nullopt;
  }
  return read.value;
}

std::optional<double> number_in_unit_of(std::string_view one, std::string_view other) {
  // The unit alone, as one of it: a price has its currency in front.
  const std::size_t begin = one.find_first_of("-.0123456789");
  if (begin == std::string_view::npos) return std::nullopt;
  const std::size_t end = begin + number_length(one.substr(begin));
  const std::string unit = std::string(one.substr(0, begin)) + "1" + std::string(one.substr(end));
  for (const DimensionName& each : kDimensions) {
    const auto of_one = parse_quantity(unit, each.dimension);
    const auto of_other = parse_quantity(other, each.dimension);
    if (of_one.base && of_other.base && *of_one.base > 0) return *of_other.base / *of_one.base;
  }
  return std::nullopt;
}

std::string dimension_name(Dimension dimension) {
  const DimensionName* entry = find_dimension(dimension);
  return entry == nullptr ? "a quantity" : entry->name;
}

ParsedQuantity parse_unit(std::string_view unit_name, Dimension dimension) {
  if (const UnitName* unit = find_unit(unit_name, dimension)) return {unit->base, "", ""};
  return unit_failure(unit_name, dimension);
}

ParsedQuantity parse_quantity(std::string_view text, Dimension dimension) {
  const std::string shown = "\"" + std::string(text.substr(0, 60)) + "\"";
  const DimensionName* entry = find_dimension(dimension);
  std::string_view rest = trimmed(text);

  const bool dollars = !rest.empty() && rest.front() == '$';
  if (dollars) rest = trimmed(rest.substr(1));

  const std::size_t length = number_length(rest);
  if (length == 0) {
    return failure(shown + " does not start with a number; expected " + entry->name, entry->units);
  }
  const std::optional<double> number = parse_number(rest.substr(0, length));
  if (!number) return failure(shown + " is out of the range of numbers", entry->units);
  rest.remove_prefix(length);
  if (!rest.empty() && (rest.front() == ',' || rest.front() == '_')) {
    return failure(shown + " has a separator inside its number",
                   "write the digits without separators, with a point before decimals");
  }

  double scale = 1;
  const bool glued = !rest.empty() && rest.front() != ' ';
  rest = trimmed(rest);
  if (takes_magnitude(dimension) && !rest.empty()) {
    const bool alone = rest.size() == 1 || rest[1] == ' ' || rest[1] == '/';
    if (const auto factor = magnitude(rest.front()); factor && alone) {
      scale = *factor;
      rest = trimmed(rest.substr(1));
    }
  }

  std::string unit_name(rest);
  if (dollars) unit_name = rest.empty() ? "USD" : "USD" + unit_name;
  double base = *number * scale;
  if (unit_name.empty() && dimension != kTokens) {
    return failure(shown + " has no unit; expected " + entry->name, entry->units);
  }
  if (!unit_name.empty()) {
    const UnitName* unit = find_unit(unit_name, dimension);
    if (unit == nullptr && glued && dimension == kTokens) unit = find_unit(rest, dimension);
    if (unit == nullptr) return unit_failure(unit_name, dimension);
    base *= unit->base;
  }
  if (!std::isfinite(base)) return failure(shown + " is out of the range of numbers", entry->units);
  return {base, "", ""};
}

}  // namespace traincost
