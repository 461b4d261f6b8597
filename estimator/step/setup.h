// One optimizer step as it is asked for: what is trained, on what, how it is spread, on which
// batch.
//
// A StepSetup owns its parts: a phase of a run holds one, and a search hands them out. A
// StepContext is a view of the same, made where a step is computed; it must not outlive what it was
// made from.
#pragma once

#include "base/quantity.h"
#include "estimator/machine/machine.h"
#include "estimator/model/architecture.h"
#include "estimator/model/operators.h"
#include "estimator/step/layout.h"

namespace traincost {

struct StepContext {
  const Architecture& model;
  const Machine& machine;
  const Layout& layout;
  const Batch& batch;

  [[nodiscard]] Sharding sharding() const;
  // Of one micro-batch between two blocks, whole: b s h / cp elements.
  [[nodiscard]] Bytes hidden_states() const;
  // Rows of the embedding and output tables on one tensor-parallel rank, with what the stack adds.
  [[nodiscard]] double vocabulary_of_rank() const;
  [[nodiscard]] double layers_of_a_rank() const;  // as many messages where each is one's own
  [[nodiscard]] OperatorStyle style() const;
};

struct StepSetup {
  Architecture model;
  Machine machine;  // machine.count accelerators
  Layout layout;
  Batch batch;

  [[nodiscard]] StepContext context() const { return {model, machine, layout, batch}; }
};

}  // namespace traincost
