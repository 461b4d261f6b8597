// The shipped models, compiled into the program.
#pragma once

#include <vector>

#include "hwdb/embedded.h"

namespace traincost {

// Room "hf" holds Hugging Face configs, room "native" models given by their dimensions.
[[nodiscard]] const std::vector<EmbeddedFile>& embedded_model_files();
[[nodiscard]] EmbeddedVersion embedded_model_files_version();

}  // namespace traincost
