// Fills one spec, section by section: resolve.cpp the document, its phases and money,
// resolve_platform.cpp what phases run on, resolve_layout.cpp the batch and how it is spread,
// resolve_calendar.cpp ramps, pauses and stated times, resolve_pricing.cpp what hours cost,
// resolve_reinforcement.cpp what surrounds the steps of such a phase. Internal.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "estimator/job/lay_over.h"
#include "estimator/job/resolve.h"
#include "estimator/job/stack_choice.h"

namespace traincost {

// Its members are filled in the order in which they depend on each other.
class Resolver {
 public:
  Resolver(const JobSpec& spec, const HardwareDb& db, Faults& faults)
      : spec_(spec), db_(db), faults_(faults) {}

  Job resolve();

 private:
  // A phase while it is resolved: what holds for it, and where that stands.
  struct PhaseAt {
    PhaseSections sections;
    std::string pointer;             // "/phases/1"; empty where the job has no phases
    const PhaseSpec* own = nullptr;  // null where the job has none
    std::size_t platform = 0;

    // "/phases/1/layout" where the phase has that section, else "/layout".
    [[nodiscard]] std::string section(const JobSpec& spec, const char* name) const;
  };

  // The document.
  void fault(const std::string& pointer, std::string message, std::string remedy = "");
  // A fault of a member where it was written, else of its section.
  void member_fault(const std::string& section, const char* key, std::string message,
                    std::string remedy = "");
  // The pointer of a member: in the phase, in the job, else of the section.
  [[nodiscard]] std::string member_pointer(const PhaseAt& at, const char* section,
                                           const char* key) const;
  // A fault for a name that the database has no record of.
  void unknown(const std::string& pointer, std::string_view room, const std::string& name);
  // A fault for a member that is not there at all; one that is there was faulty in itself.
  void missing(const std::string& section, const char* key);
  void assume(std::string what, std::string value, std::string why, Origin origin);
  void warn(WarningCode code, std::string message);
  void fill_header();
  void fill_model();
  [[nodiscard]] ImportedModel model_by_name(const std::string& name);
  void fill_phases();
  void fill_ramp(const PhaseSpec* own, const std::string& pointer, std::size_t index);
  void fill_phase(const PhaseSpec* own, const std::string& pointer, std::size_t index);
  void fill_pauses(const PhaseAt& at, Phase& phase);
  [[nodiscard]] std::optional<AcceleratorTime> stated_time(const PhaseAt& at, Phase& phase);
  // Reinforcement learning: what holds for the steps of such a phase, then what surrounds them.
  void take_rollouts(PhaseAt& at);
  void fill_rl(const PhaseAt& at, Phase& phase);
  [[nodiscard]] Responses responses_of(const ReinforcementSpec& rl, const std::string& pointer);
  // Others that generate; their platform is added where it is not the phase's.
  [[nodiscard]] std::optional<ClusterOverrides> generators_of(const PhaseAt& at,
                                                              const GenerationSpec& spec,
                                                              Phase& phase);
  void fill_replica(const PhaseAt& at, const GenerationSpec& spec, const ClusterOverrides& cluster,
                    Phase& phase);
  void fill_tokens(const PhaseAt& at, Phase& phase);
  void fill_reliability();
  void fill_grid();
  void fill_beyond();

  // What an hour costs.
  void fill_pricing(const PhaseAt& at, Platform& platform);
  [[nodiscard]] bool fill_method(const PricingSpec& pricing, const std::string& pointer);
  [[nodiscard]] bool fill_currency(const PricingSpec& pricing, const std::string& pointer);
  [[nodiscard]] std::optional<RentedPartSpec> whole_as_part(const PricingSpec& pricing,
                                                            const std::string& pointer);
  [[nodiscard]] std::optional<Pricing> rented(const PhaseAt& at, Platform& platform);
  [[nodiscard]] std::optional<Pricing> rented_part(const RentedPartSpec& part,
                                                   const PricingSpec& pricing,
                                                   const std::string& id,
                                                   const std::string& pointer, Platform& platform);
  void buy(const PhaseAt& at, Platform& platform);
  void warn_of_age(const std::string& quoted, const std::optional<Date>& when,
                   const std::string& what);
  [[nodiscard]] Pricing owned(CostMethod method, const PricingSpec& pricing,
                              const Platform& platform, const std::string& pointer);

  // What phases run on.
  void fill_platform(const PhaseAt& at);
  void fill_system(const PhaseAt& at, Platform& platform);
  void cap_power(const PhaseAt& at, Power cap, Platform& platform);
  void fill_stack(const PhaseAt& at, Platform& platform);
  void take_framework(const StackSpec& stack, const std::string& pointer, Platform& platform);
  void take_record(const PhaseAt& at, Platform& platform);
  void take_stack(ChosenStack chosen, const std::string& era, Origin origin,
                  const std::string& pointer, Platform& platform);
  [[nodiscard]] bool before_fused_attention(const Accelerator& chip) const;
  [[nodiscard]] ClusterOverrides overrides_of(const PhaseAt& at, const System& system);
  void warn_of_slice(const System& system, const ClusterOverrides& cluster);
  void fill_network(const PhaseAt& at, const System& system, ClusterOverrides& overrides);
  // As the run updates its weights.
  [[nodiscard]] Stack updating_stack(const PhaseAt& at, Stack stack);

  // The batch, and how it is spread.
  [[nodiscard]] std::string precision_of(const PhaseAt& at, const Platform& platform);
  [[nodiscard]] Batch batch_of(const PhaseAt& at, const Stack& stack);
  void fill_batches(const PhaseAt& at, Phase& phase);
  void fill_layout(const PhaseAt& at, Phase& phase);
  [[nodiscard]] Layout layout_of(const PhaseAt& at, const Stack& stack, int count);
  void share_batch(const PhaseAt& at, const BatchRange& range, StepSetup& setup);
  void shard_within_pods(const std::string& pointer, StepSetup& setup);
  void report_layout_faults(const PhaseAt& at, const StepSetup& setup);
  void fill_space();

  const JobSpec& spec_;
  const HardwareDb& db_;
  Faults& faults_;
  Job job_;
};

}  // namespace traincost
