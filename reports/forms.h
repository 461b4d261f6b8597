// The forms in which each question's report is written, a line a question: what renders a report,
// fresh or saved, folds over them. Internal to reports/.
#pragma once

#include <span>
#include <string>

#include "reports/tree.h"

namespace traincost {

// A form of a report, from its tree alone: "sarif".
struct ReportFormat {
  const char* name;
  std::string (*write)(const Tree&);
};

struct ReportForms {
  const char* question;  // as the report's member says it
  std::string (*text)(const Tree&);
  const char* table = "rows";              // the member whose rows CSV and NDJSON have
  std::span<const ReportFormat> own = {};  // of this question, and instead of common ones
};

extern const ReportForms kCheckForms, kClaimForms, kCompareForms, kDifferenceForms, kEstimateForms,
    kExplainForms, kExportForms, kExportableForms, kFitForms, kHardwareCompareForms,
    kHardwareListForms, kHardwareShowForms, kKernelsForms, kModelsForms, kOptimalForms,
    kParametersForms, kPricesForms, kSearchForms, kSizeForms, kValidateForms;

// None where no question is called so.
[[nodiscard]] const ReportForms* forms_of(const std::string& question);

}  // namespace traincost
