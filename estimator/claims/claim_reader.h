// Reads one claim document: claim.cpp the document and its runs, claim_statements.cpp ratios,
// specifications, growth, references and scope, claim_figures.cpp what figures there are. Internal.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/cursor.h"
#include "estimator/claims/claim.h"
#include "estimator/prose/figures.h"

namespace traincost {

// The names of all figures.
[[nodiscard]] const std::vector<std::string>& figure_keys();

// What a reader allows a figure of few digits, each way; and one with "about" before it.
inline constexpr double kReadAs = 0.1;
// Narrows what digits leave open to so much of the value; ranges and bounds say it themselves.
void read_within(Stated& stated, double most);

class ClaimReader {
 public:
  ClaimReader(const JsonValue& document, std::string file, const HardwareDb& db)
      : root_(document, std::move(file), faults_), db_(db) {}

  std::vector<Claim> read();

 private:
  Claim read_claim(const JsonCursor& at, const Claim& shared);
  void read_header(const JsonCursor& at, Claim& claim);
  void read_source(const JsonCursor& at, Claim& claim);
  void read_subject(const JsonCursor& at, Subject& subject);
  void read_model(const JsonCursor& at, Subject& subject);
  void read_period(const JsonCursor& at, Subject& subject);
  std::vector<Subject> read_subjects(const JsonCursor& claim, const char* key);
  std::optional<Accelerator> read_accelerator(const JsonCursor& at);
  // `counted`: what the words of a count may name.
  std::optional<Stated> read_stated(const JsonCursor& at, Dimension dimension,
                                    Noun counted = Noun::kNone);
  std::optional<Stated> read_literal(const JsonCursor& at, Dimension& dimension);
  void read_exchange(const JsonCursor& at);
  void read_ratio(const JsonCursor& at, Claim& claim);
  Operand read_operand(const JsonCursor& at, const Claim& claim, const std::string& of);
  void resolve(const JsonCursor& at, const Claim& claim, Operand& operand);
  void read_spec(const JsonCursor& at, Claim& claim);
  void read_growth(const JsonCursor& at, Claim& claim);
  void read_references(const JsonCursor& at, Claim& claim);
  void read_exports(const JsonCursor& at, Claim& claim);
  void read_words(const JsonCursor& claim_at, const JsonCursor& at, Claim& claim);
  void read_growth_rate(const JsonCursor& at, Claim& claim);
  void read_scope(const JsonCursor& at, Claim& claim);
  std::vector<std::string> read_texts(const JsonCursor& at, const char* key);
  void check_dates(const JsonCursor& at, const Claim& claim);

  Faults faults_;
  JsonCursor root_;
  const HardwareDb& db_;
  ExchangeRates rates_;
};

}  // namespace traincost
