// Results become reports: one tree per answer, rendered as text or JSON.
//
// The tree is `traincost.report/1` (reports/schema/report). Text is rendered from the tree alone,
// so that what people read and what dashboards read cannot differ.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "estimator/claims/check.h"
#include "estimator/claims/draft.h"
#include "estimator/evidence/first_contact.h"
#include "estimator/evidence/validate.h"
#include "estimator/job/job.h"
#include "estimator/model/parameters.h"
#include "estimator/questions/advice.h"
#include "estimator/questions/estimate.h"
#include "estimator/questions/explain.h"
#include "estimator/questions/fit.h"
#include "estimator/questions/optimal.h"
#include "estimator/questions/sample.h"
#include "estimator/questions/search.h"
#include "estimator/questions/size.h"
#include "hwdb/hwdb.h"

namespace traincost {

struct KeyFigure;   // reports/key_figures.h
struct ReportTree;  // holds the JSON tree; complete inside reports/

class Report {
 public:
  explicit Report(std::unique_ptr<const ReportTree> tree);
  Report(Report&&) noexcept;
  Report& operator=(Report&&) noexcept;
  ~Report();

  [[nodiscard]] std::string json() const;  // indented, a trailing newline
  [[nodiscard]] std::string question() const;
  [[nodiscard]] std::string text() const;  // first screen at most 24 lines of 100 columns
  // In a format by its name: "text", "json", "csv", "ndjson", "markdown" ("md"), "html", "fragment"
  // (of a page), "svg", and what else the question has; nothing for others.
  [[nodiscard]] std::optional<std::string> in(const std::string& format) const;
  [[nodiscard]] std::vector<std::string> formats() const;
  [[nodiscard]] std::vector<KeyFigure> key_figures() const;
  [[nodiscard]] const ReportTree& tree() const { return *tree_; }

 private:
  std::unique_ptr<const ReportTree> tree_;
};

// A report that was saved as JSON, to be written in any format again; as JSON the same bytes.
// Throws InputError where the text is no report or one of a later form; a report that lacks what
// its question has throws it when it is written.
[[nodiscard]] Report read_report(const std::string& text, const std::string& file);

// What a later answer to a question has changed, and why: the program, its records, what was asked
// or assumed. Both must be answers to the same question.
[[nodiscard]] Report difference_report(const Report& before, const Report& after,
                                       const std::string& before_name,
                                       const std::string& after_name);

// A sample of a run, and what was asked of it.
struct AskedSample {
  Sampled sampled;
  SampleOptions options;
};

// A phase's step told task by task.
struct ShownStep {
  std::string phase;
  Schedule schedule;
  StepPlay play;
};

// `generated_at` is an RFC 3339 time, only where the caller was asked for one.
[[nodiscard]] Report estimate_report(const Job& job, const Estimate& estimate,
                                     const std::optional<std::string>& generated_at = std::nullopt,
                                     const std::vector<Advice>& advice = {},
                                     const std::optional<AskedSample>& sampled = std::nullopt,
                                     const std::optional<ShownStep>& shown = std::nullopt);

// Where the answer comes from; with a `path`, which must be one of the explanation's, of one
// figure.
[[nodiscard]] Report explain_report(const Job& job, const Explanation& explanation,
                                    const std::vector<Advice>& advice, const std::string& path);

// The answer with the memory of the most loaded rank by term, and what single changes make of it.
[[nodiscard]] Report fit_report(const FitAnswer& answer);

// `seconds` is what the search took, on so many threads; both stand in the report's stats alone.
[[nodiscard]] Report search_report(const Job& job, const SearchAnswer& answer, double seconds,
                                   int threads);

// What the question was, beside the answer: limits as a person wrote them.
struct SizeQuestion {
  std::vector<std::pair<std::string, std::string>> limits;  // "deadline", "60 d"
};
[[nodiscard]] Report size_report(const SizeQuestion& question, const SizeAnswer& answer);
// What a budget alone buys.
[[nodiscard]] Report optimal_report(const SizeQuestion& question, const OptimalAnswer& answer);
// The best of each accelerator, one a row.
[[nodiscard]] Report comparison_report(const SizeQuestion& question, const SizeAnswer& answer);

// Claims with their verdicts; one is shown at length, several as a table with what fails. `faults`
// are those of files that could not be read.
[[nodiscard]] Report check_report(const std::vector<CheckAnswer>& answers,
                                  const std::vector<std::string>& paths,
                                  const std::vector<Fault>& faults = {});

// Where drafted claims come from; said of all of them.
struct DraftSource {
  std::string title, where;  // `where`: a URL; may be empty
  std::string said_by;
  std::string date;
  ExchangeRates rates;  // given for the text
};

// Drafted claims as a claim file (traincost.claim/1): one alone, or several under "claims".
[[nodiscard]] std::string draft_document(const std::vector<DraftClaim>& claims,
                                         const DraftSource& source);

// What was drafted from a text, each figure with its words, and how each claim checks: `answers`
// are those of `draft.claims`, in their order. As "claim" the claim file alone.
[[nodiscard]] Report draft_report(const Draft& draft, const DraftSource& source,
                                  const std::vector<CheckAnswer>& answers);

[[nodiscard]] Report compare_report(const Accelerator& a, const Accelerator& b);
// `chip`, where the record is an accelerator's, adds what export rules measure of it.
[[nodiscard]] Report record_report(const Record& record, const Accelerator* chip = nullptr);
[[nodiscard]] Report list_report(const HardwareDb& db, const std::string& room);
// The export class of one accelerator under each rule, and its status on a day.
[[nodiscard]] Report export_report(const HardwareDb& db, const Accelerator& accelerator,
                                   const std::string& day);
// What was on the market on a day and needs no licence then, or one that is given case by case, or
// is not known; the fastest first.
[[nodiscard]] Report exportable_report(const HardwareDb& db, const std::string& day);
[[nodiscard]] Report prices_report(const HardwareDb& db, const std::string& accelerator);

// Per family and in all: n, mean and median absolute error, bias, worst, and each case; the keys
// of the statistics stand beside the report's own.
[[nodiscard]] Report validation_report(const Validation& validation);

// The engine's parameters as a record of estimator/machine/data.
[[nodiscard]] std::string engine_record(const EngineParameters& parameters);
[[nodiscard]] std::string engine_error_record(const EngineError& error);
[[nodiscard]] std::string known_runs_record(const KnownRuns& known);

// The ledger's file of a family (estimator/evidence/first_contact.h): what today's engine made of
// its runs, on that day (YYYY-MM-DD). It does not teach the fit until someone says so.
[[nodiscard]] std::string first_contact_file(const std::string& family,
                                             const std::vector<FirstContact>& contacts,
                                             const std::string& day);

// The flat form of `params`: the keys of the count and `convention`, beside the report's own.
[[nodiscard]] Report parameters_report(const Architecture& model, double sequence_length,
                                       const std::vector<std::string>& warnings);
[[nodiscard]] Report models_report();

// The style sheet of pages and fragments.
[[nodiscard]] std::string page_style();

// "0.1.0"; and the shipped records and models: the newest day on which a source was read, with a
// digest of every byte, "2026-11-29.1f0c5a7be2d4".
[[nodiscard]] std::string engine_version();
[[nodiscard]] std::string data_version();
[[nodiscard]] std::string data_day();

}  // namespace traincost
