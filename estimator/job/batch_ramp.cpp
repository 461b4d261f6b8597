#include "estimator/job/batch_ramp.h"

#include <cmath>
#include <sstream>

#include "base/parse_quantity.h"
#include "base/units.h"

namespace traincost {

using namespace unit;

ParsedRamp parse_ramp(const std::string& text, Tokens tokens) {
  ParsedRamp ramp;
  const auto fail = [&](std::string problem) {
    ramp.stages.clear();
    ramp.problem = std::move(problem);
    return ramp;
  };
  std::istringstream in(text);
  for (std::string stage; in >> stage;) {
    const std::size_t colon = stage.find(':');
    if (colon == std::string::npos) return fail("\"" + stage + "\" has no colon");
    const std::string from = stage.substr(0, colon);
    const ParsedQuantity begin = parse_quantity(
        from + (from.find("token") == std::string::npos ? " tokens" : ""), Tokens::dimension);
    const auto sequences = parse_number(stage.substr(colon + 1));
    if (!begin.base || *begin.base < 0) {
      return fail("\"" + from + "\" is no number of tokens");
    }
    constexpr double kMost = 1 << 28;
    if (!sequences || *sequences < 1 || *sequences > kMost ||
        *sequences != std::floor(*sequences)) {
      return fail("\"" + stage.substr(colon + 1) + "\" is no number of sequences");
    }
    const Tokens at = Tokens::from_base(*begin.base);
    if (ramp.stages.empty() && at > Tokens{}) return fail("the first stage begins after 0");
    if (!ramp.stages.empty() && at <= ramp.stages.back().from) {
      return fail("\"" + stage + "\" begins before the stage in front of it ends");
    }
    if (at >= tokens) return fail("\"" + stage + "\" begins when the phase's tokens are over");
    ramp.stages.push_back({at, static_cast<std::int64_t>(*sequences)});
  }
  if (ramp.stages.empty()) return fail("the ramp is empty");
  return ramp;
}

}  // namespace traincost
