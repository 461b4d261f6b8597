// Export rules as dated data, and the class of an accelerator under them on a day.
//
// A rule is a list of clauses; a clause is a class and bounds on what the rule measures. Where the
// die area that a density needs is unknown, the class may be undetermined: the answer then names
// the areas that would decide. What is not modelled: countries, end users, who exports.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/quantity.h"
#include "hwdb/accelerator.h"
#include "hwdb/record.h"

namespace traincost {

// What the rules measure of a chip. Bandwidths add up both directions.
struct ExportMeasures {
  double tpp = 0;         // largest dense peak in T(FL)OP/s x its bit length; tf32 is not counted
  std::string precision;  // that it is largest in
  std::optional<Area> die_area;  // of all dies
  bool area_is_upper_bound = false;
  std::optional<Bandwidth> io;  // links and host link, both directions; nothing where unknown
  Bandwidth memory;
  bool datacenter = true;  // designed or marketed for data centres

  [[nodiscard]] std::optional<double> density() const;  // TPP per mm2
};
[[nodiscard]] ExportMeasures export_measures(const Accelerator& accelerator);

enum class ExportMeasure { kTpp, kDensity, kIo, kMemory, kIoAndMemory };

struct ExportBound {
  ExportMeasure measure = ExportMeasure::kTpp;
  double low = 0;    // at least, in TPP, TPP/mm2 or bytes/s
  double below = 0;  // less than; infinite where there is no such bound
};

struct ExportClause {
  std::string name;  // the class: "3A090.a"
  std::vector<ExportBound> bounds;
  std::string source;
};

enum class ExportEffect { kLicence, kCaseByCase };

struct ExportRule {
  Record record;
  ExportEffect effect = ExportEffect::kLicence;
  std::string effective;  // YYYY-MM-DD
  std::string until;      // the day from which another rule stands in its place; may be empty
  std::string vendors;    // words that name whom it binds; empty for everyone
  double datacenter_only_below_tpp = 0;  // chips not for data centres are free below this
  std::vector<ExportClause> clauses;     // the first that holds gives the class

  [[nodiscard]] bool in_force(const std::string& day) const {
    return effective <= day && (until.empty() || day < until);
  }
};
[[nodiscard]] ExportRule read_export_rule(const JsonCursor& cursor);

// The class of one chip under one rule.
struct ExportClass {
  std::string name;  // of the class; empty where no clause holds
  bool determined = true;
  std::string why;  // the bounds that decide, with the chip's figures
};
[[nodiscard]] ExportClass export_class(const ExportRule& rule, const ExportMeasures& chip);

// What the rules in force on a day say of a chip together.
enum class ExportStatus { kFree, kCaseByCase, kLicence, kUndetermined };
[[nodiscard]] std::string_view export_status_name(ExportStatus status);

struct ExportAnswer {
  ExportStatus status = ExportStatus::kFree;
  struct Under {
    const ExportRule* rule;
    ExportClass found;
  };
  std::vector<Under> rules;  // those in force, by date
};
[[nodiscard]] ExportAnswer export_answer(const std::vector<ExportRule>& rules,
                                         const ExportMeasures& chip, const std::string& day);

}  // namespace traincost
