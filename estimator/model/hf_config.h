// A Hugging Face config.json, as it lies on disk, becomes an Architecture; or it is refused by
// name.
//
// Dispatch is on `model_type`, with `architectures[0]` where that type is unknown (fine-tunes keep
// the base class). A missing key takes the default of its class in transformers, which differs per
// family; `tie_word_embeddings` is the dangerous one. The training sequence length is never taken
// from here: max_position_embeddings is not it.
#pragma once

#include <string>
#include <vector>

#include "base/cursor.h"
#include "estimator/model/architecture.h"

namespace traincost {

struct ImportedModel {
  Architecture model;
  std::vector<std::string> warnings;  // structural keys that no formula reads
};

// Whether the object looks like a config.json (or DeepSeek's own form) rather than native
// dimensions.
[[nodiscard]] bool looks_like_hf_config(const JsonCursor& cursor);

// Faults go to the cursor's document. `as` forces a family ("llama"); empty means by the file.
[[nodiscard]] ImportedModel read_hf_config(const JsonCursor& cursor, const std::string& as = "");

// The families that can be counted exactly, by model_type.
[[nodiscard]] std::vector<std::string> supported_families();

}  // namespace traincost
