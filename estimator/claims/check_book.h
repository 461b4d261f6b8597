// What checks of many claims share: circuits that were found once, and the names of chips and
// models.
#pragma once

#include "estimator/claims/known_figures.h"
#include "estimator/prose/names.h"

namespace traincost {

class CheckBook {
 public:
  explicit CheckBook(const HardwareDb& db) : names(db) {}

  CircuitBook circuits;  // threads may ask at once
  const NameBook names;
};

}  // namespace traincost
