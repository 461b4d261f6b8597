// A job: what is trained, on what, how, in which phases, at which price.
//
// Every name is resolved and every layout is legal when a Job exists, so that `estimate` cannot
// fail. What the file left open was filled by a default, and each default is an Assumption.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/cursor.h"
#include "estimator/doubt/doubt.h"
#include "estimator/machine/engine.h"
#include "estimator/model/architecture.h"
#include "estimator/search/layout_space.h"
#include "estimator/step/setup.h"
#include "hwdb/hwdb.h"

namespace traincost {

enum class Origin { kUser, kFile, kDefault, kDerived };
[[nodiscard]] std::string_view origin_name(Origin origin);

struct Assumption {
  std::string what;   // JSON pointer or name of the value
  std::string value;  // as a person reads it
  std::string why;
  Origin origin = Origin::kDefault;
};

struct Warning {
  std::string code;  // stable: "W0101"
  std::string message;
};

struct Phase {
  std::string name;
  Tokens tokens;            // zero where a stated phase names none
  std::string accelerator;  // id
  int count = 0;
  std::optional<StepSetup> setup;         // of one step, where its time is predicted
  std::optional<AcceleratorTime> stated;  // where the file states it
  ClusterOverrides cluster;               // what the machine was made with, beside its records
  Doubt doubt;                            // factors on the predicted time
  bool search_layout = false;             // the layout is the engine's to choose
  bool assumed = false;                   // the file marks its layout as assumed
};

struct Pricing {
  RentalPrice price;
  std::string basis;  // where the price is from, in words
};

struct Job {
  std::string name;
  std::vector<Phase> phases;  // one at least
  Architecture model;         // of the job; a phase may differ in its layout only
  Accelerator accelerator;
  System system;
  Stack stack;
  bool names_software = false;  // the stack is the file's choice, not an assumption
  Engine engine;                // fitted parameters, and
  EngineError engine_error;     //   how far they were off elsewhere
  Reliability reliability;
  Grid grid;
  LayoutSpace space;               // what a search may choose from
  std::optional<Pricing> pricing;  // absent where no quote is known
  std::string start;               // YYYY-MM-DD, or empty
  std::vector<Assumption> assumptions;
  std::vector<Warning> warnings;
  std::vector<std::string> leaves_out;
};

// What becomes of a layout that the job leaves open: the engine chooses one, or it stays the
// simplest (data parallelism alone, legal or not) for a search to replace. Of a layout that is
// stated, micro-batch and virtual stages are 1 where they are not; completing it, the engine takes
// the fastest that fit.
enum class OpenLayout { kChoose, kLeave, kComplete };

// Reads a job document. Names in it are looked up in `db`; a model given as a path is read
// relative to the job's folder. Throws InputError with every fault; `unknown` says whether a member
// that the engine does not know is one.
[[nodiscard]] Job read_job(const JsonValue& document, const std::string& file, const HardwareDb& db,
                           Faults::Unknown unknown = Faults::Unknown::kFault,
                           OpenLayout open = OpenLayout::kChoose);

// The stack that a run takes: the newest record of its framework that is not after its date, the
// earliest where all are, the default of the accelerator's family where none is recorded. The
// framework as people write it: an alias, in capitals or with a version ("NeMo 25.02") will do.
struct ChosenStack {
  Stack stack;
  std::string why;
  bool known = false;  // the framework is recorded
  std::string doubt;   // what of the name or date is not, empty where nothing
};
[[nodiscard]] ChosenStack choose_stack(const HardwareDb& db, const std::string& framework,
                                       const std::string& date, const Accelerator& accelerator);

// The system that an accelerator is usually built into, of that node size where one is recorded.
[[nodiscard]] System default_system(const HardwareDb& db, const Accelerator& accelerator,
                                    int node_size = 0);

}  // namespace traincost
