// Sentences: whatever is read, every number lies in its sentence, and what is drafted is a claim
// file that the reader takes or refuses; nothing else escapes. Alone, any bytes are a figure or none.
#include "estimator/claims/check_book.h"
#include "estimator/claims/draft.h"
#include "estimator/prose/figures.h"
#include "reports/report.h"
#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace traincost;
  static const HardwareDb db = HardwareDb::load();
  static CheckBook book(db);
  return fuzz::refuse_or([&] {
    for (const Dimension dimension :
         {Dimension{}, Dimension{.usd = 1}, Dimension{.second = 1, .accelerator = 1}}) {
      const ParsedStated figure = parse_figure(fuzz::text(data, size), dimension).read;
      if (!figure.stated && figure.problem.empty()) __builtin_trap();
    }
    const std::string text = valid_utf8(fuzz::text(data, size));
    for (const Span& span : sentences_of(text)) {
      const std::string_view sentence = std::string_view(text).substr(span.start, span.length);
      for (const NumberMention& number : numbers_in(sentence, book.names.in(sentence))) {
        if (number.span.end() > sentence.size()) __builtin_trap();
      }
    }
    static_cast<void>(date_said(text));
    const Draft draft = draft_claims(text, book.names);
    const DraftSource source{"fuzz", "", "", "2025-01", {}};
    std::vector<CheckAnswer> answers;
    for (const DraftClaim& claim : draft.claims) {
      const JsonValue document = parse_json(draft_document({claim}, source), "fuzz");
      answers.push_back(check_claim(read_claims(document, "fuzz", db).front(), db, book));
    }
    const Report report = draft_report(draft, source, answers);
    for (const std::string& format : report.formats()) {
      if (!report.in(format)) __builtin_trap();
    }
  });
}
