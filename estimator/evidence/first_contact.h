// The ledger of first contact: what the engine of the day made of a family of runs before anything
// was changed for it.
//
// Rows of `traincost.first_contact/1`, hwdb/data/published/first_contact/FAMILY.jsonl. The first
// says of the family whether it teaches the fit; each other one is a run. They are written once,
// by `traincost validate --first-contact FAMILY`, and never again: errors of a family that was in
// view when mechanisms were chosen say nothing of the next one.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/quantity.h"

namespace traincost {

inline constexpr const char* kFirstContactSchema = "traincost.first_contact/1";

struct FirstContact {
  std::string id;
  Seconds measured;
  Seconds predicted;  // what was answered
  Seconds tuned;      // what the physics alone had; until p50 was the answer, the same
  Seconds p5, p95;
};

struct LedgerFamily {
  bool teaches = false;  // the fit
  std::string opened;    // the day, of a family that nobody looked at while mechanisms were sought
  std::vector<FirstContact> runs;
};

using Ledger = std::map<std::string, LedgerFamily>;  // by family

[[nodiscard]] bool is_first_contact(const JsonValue& row);

// Adds a row to its family. Throws InputError where it is not one.
void read_first_contact(const JsonValue& row, const std::string& file, Ledger& ledger);

}  // namespace traincost
