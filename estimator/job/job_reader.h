// Reads one job document, section by section: job.cpp the document, its phases and money,
// job_hardware.cpp what it runs on, job_stack.cpp the software, job_layout.cpp the batch and how it
// is spread, job_recompute.cpp what is computed again. Internal.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "estimator/job/job.h"
#include "estimator/model/named.h"

namespace traincost {

[[nodiscard]] inline std::string count_text(std::int64_t value) { return std::to_string(value); }

// Its members are filled in the order in which they depend on each other.
class JobReader {
 public:
  JobReader(const JsonValue& document, std::string file, const HardwareDb& db,
            Faults::Unknown unknown, OpenLayout open)
      : faults_(unknown), root_(document, std::move(file), faults_), db_(db), open_(open) {}

  Job read();

 private:
  // The job's own section with the phase's laid over it, and where to say it stands.
  struct Section {
    JsonValue value;
    std::string pointer;
  };

  // The document.
  void assume(std::string what, std::string value, std::string why, Origin origin);
  void warn(std::string code, std::string message);
  void read_header();
  void read_model();
  ImportedModel model_by_name(const JsonCursor& member);
  Section section(const JsonCursor* phase, const char* key);
  void read_phases();
  void read_phase(const JsonCursor* own, std::size_t index);
  static void accept_all(const JsonCursor& cursor);
  std::optional<AcceleratorTime> read_stated(const JsonCursor* own, std::optional<Tokens> tokens);
  ClusterOverrides read_cluster(const JsonCursor& cluster);
  void read_money();

  // What it runs on.
  void read_hardware();
  void read_system(const JsonCursor& cluster);
  void read_stack();
  [[nodiscard]] bool before_fused_attention() const;
  [[nodiscard]] bool states_pipeline() const;
  void overlap_nothing();
  void compile_stack(std::optional<bool> compiled);
  std::string stack_date(const JsonCursor& stack);
  void framework_stack(std::string framework, std::string date);
  void take_stack(ChosenStack chosen, const std::string& era, Origin origin);
  void named_stack(const JsonCursor& at, const std::string& name, const std::string& date);
  void read_reliability();
  void read_grid();

  // The batch, and how it is spread.
  std::string read_precision(const JsonCursor& run);
  Batch read_batch(const JsonCursor& run, int count);
  void read_layout(const JsonCursor* own, const JsonCursor& run, Phase& phase);
  void shard_within_pods(const std::string& pointer, StepSetup& setup);
  Layout read_layout_members(const JsonCursor& at, int count);
  void report_layout_faults(const JsonCursor& layout, const JsonCursor& run,
                            const StepSetup& setup);
  void choose_recompute(StepSetup& setup);
  bool complete_layout(const JsonCursor& layout, const JsonCursor& run, StepSetup& setup);
  void read_space();
  [[nodiscard]] std::optional<ModuleSet> run_modules() const;
  [[nodiscard]] std::vector<RecomputeChoice> default_recompute() const;
  static std::string recompute_text(const Batch& batch);
  static std::string layout_text(const StepSetup& setup);

  Faults faults_;
  JsonCursor root_;
  const HardwareDb& db_;
  OpenLayout open_;
  Job job_;
};

}  // namespace traincost
