// What several tests share: jobs from text, files of the source tree, the text of a fault.
#pragma once

#include <fstream>
#include <iterator>
#include <string>

#include "base/json.h"
#include "estimator/job/resolve.h"
#include "estimator/model/named.h"
#include "estimator/questions/choice.h"
#include "estimator/questions/estimate.h"

namespace traincost::test {

inline std::string source_file(const std::string& path) {
  std::ifstream in(std::string(TRAINCOST_SOURCE_DIR) + "/" + path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

inline const HardwareDb& database() {
  static const HardwareDb db = HardwareDb::load();
  return db;
}

// `file` may be a path of the source tree, where an example's relative names are to resolve.
inline JobSpec spec_from(const std::string& text, const std::string& file = "job.json") {
  const JsonValue document = parse_json(text, file);
  Faults faults;
  JobSpec spec = read_spec(JsonCursor(document, file, faults));
  faults.throw_if_any();
  return spec;
}

// Resolved; what its layout leaves open stays open.
inline Job open_job_from(const std::string& text, const std::string& file = "job.json") {
  return resolve(parse_json(text, file), file, database());
}

inline Job job_from(const std::string& text, const std::string& file = "job.json") {
  return with_chosen_layouts(open_job_from(text, file));
}

inline Job example(const std::string& name) {
  return job_from(source_file("examples/" + name), "examples/" + name);
}

inline ImportedModel config_from(const std::string& text, const std::string& as = "") {
  const JsonValue document = parse_json(text, "config.json");
  Faults faults;
  ImportedModel imported = read_model(JsonCursor(document, "config.json", faults), as);
  faults.throw_if_any();
  return imported;
}

template <typename Act>
std::string fault_of(Act act) {
  try {
    static_cast<void>(act());
  } catch (const InputError& error) {
    return error.what();
  }
  return "no fault";
}

}  // namespace traincost::test
