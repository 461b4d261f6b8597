// The shipped records, compiled into the program: one file, quick start.
#pragma once

#include <string_view>
#include <vector>

namespace traincost {

struct EmbeddedFile {
  std::string_view room;  // folder under data/: "accelerators", "systems", ...
  std::string_view id;    // file name without its extension
  std::string_view text;
};

// Sorted by room and id.
[[nodiscard]] const std::vector<EmbeddedFile>& embedded_hwdb_files();

}  // namespace traincost
