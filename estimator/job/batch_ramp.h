// A batch that grows with the tokens: "0:768 250B:1536".
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/quantity.h"

namespace traincost {

struct RampStage {
  Tokens from;
  std::int64_t sequences = 0;  // of a step
};

struct ParsedRamp {
  std::vector<RampStage> stages;
  std::string problem;  // empty where it could be read
};

// Stages of a phase of `tokens`, apart by blanks: each tokens ("0", "250B") and sequences. The
// first begins at 0; tokens rise and stay below the phase's. Nothing is read where something is
// wrong.
[[nodiscard]] ParsedRamp parse_ramp(const std::string& text, Tokens tokens);

}  // namespace traincost
