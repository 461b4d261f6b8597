// Which record of a software stack a run takes.
#pragma once

#include <string>

#include "hwdb/hwdb.h"

namespace traincost {

// The stack that a run takes: the newest record of its framework that is not after its month
// ("2024-07"; empty: the newest), the earliest where all are, the default of the accelerator's
// family where none is recorded. The framework as people write it: an alias, in capitals or with a
// version ("NeMo 25.02") will do.
struct ChosenStack {
  Stack stack;
  std::string why;
  bool known = false;  // the framework is recorded
  std::string doubt;   // what of the name or date is not, empty where nothing
};
[[nodiscard]] ChosenStack choose_stack(const HardwareDb& db, const std::string& framework,
                                       const std::string& month, const Accelerator& accelerator);

// "Megatron-LM" and "NeMo v25.02" as records have them: "megatron-lm", "nemo-25.02".
[[nodiscard]] std::string stack_name(const std::string& as_written);

// Whether the record stands for whatever a family of accelerators is trained with.
[[nodiscard]] bool is_default_stack(const Stack& stack);

}  // namespace traincost
