// The JSON Schemas of every input and output, compiled in: `traincost schema NAME` prints one.
#pragma once

#include <vector>

#include "hwdb/embedded.h"

namespace traincost {

// Room "report" holds outputs, room "input" inputs.
[[nodiscard]] const std::vector<EmbeddedFile>& embedded_schemas();
[[nodiscard]] EmbeddedVersion embedded_schemas_version();

}  // namespace traincost
