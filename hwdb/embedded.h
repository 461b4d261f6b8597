// The shipped records, compiled into the program: one file, quick start.
#pragma once

#include <string_view>
#include <vector>

namespace traincost {

struct EmbeddedFile {
  std::string_view room;  // folder under data/: "accelerators", "systems", ...
  std::string_view id;    // file name without its extension
  std::string_view file;  // path in the source tree, for faults
  std::string_view text;
};

// Which files they are: computed from their bytes where the program is built.
struct EmbeddedVersion {
  std::string_view day;     // the newest on which a source was read, YYYY-MM-DD; empty where none
  std::string_view digest;  // of every byte, 12 hexadecimal digits
};

// Of hwdb/data, and what was fitted: estimator/machine/data and estimator/doubt/data.
[[nodiscard]] const std::vector<EmbeddedFile>& embedded_hwdb_files();
[[nodiscard]] EmbeddedVersion embedded_hwdb_files_version();

}  // namespace traincost
