// Claims from sentences: drafted, written as a claim file, and checked at once.
#include <algorithm>

#include "base/date.h"
#include "base/parse_quantity.h"
#include "base/read_file.h"
#include "commands/common.h"
#include "estimator/claims/check.h"
#include "estimator/claims/check_book.h"
#include "estimator/claims/draft.h"

namespace traincost {
namespace {

// The newest month of the price books: of a text that says no date.
std::string newest_quote(const HardwareDb& db) {
  std::string newest;
  for (const PriceBook& book : db.price_books()) {
    for (const RentalQuote& quote : book.rental) newest = std::max(newest, quote.date);
  }
  return newest;
}

std::string text_of(const Arguments& arguments) {
  if (arguments.has("text")) {
    expect_positional(arguments, 0, 0, "no sentence beside --text");
    return read_input(arguments, arguments.value("text"));
  }
  expect_positional(arguments, 1, 1, "a sentence in quotes, or --text FILE");
  return arguments.positional.front();
}

// "CNY=0.138": dollars that one unit of a currency is worth.
ExchangeRates rates_of(const Arguments& arguments) {
  ExchangeRates rates;
  for (const std::string& given : arguments.values("exchange")) {
    const std::size_t equal = std::min(given.find('='), given.size());
    const std::string code = given.substr(0, equal);
    const double worth =
        equal < given.size() ? parse_number(given.substr(equal + 1)).value_or(0) : 0;
    const bool is_code =
        code.size() == 3 && code != "USD" &&
        std::all_of(code.begin(), code.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
    if (!is_code || worth <= 0) {
      throw UsageError{"--exchange \"" + given + "\" is no rate", "such as CNY=0.138, in dollars"};
    }
    rates[code] = worth;
  }
  return rates;
}

DraftSource source_of(const Arguments& arguments, const std::string& text, const HardwareDb& db) {
  DraftSource source;
  source.where = arguments.value("source");
  source.title = !source.where.empty()   ? source.where
                 : arguments.has("text") ? arguments.value("text")
                                         : "a sentence, its source not said";
  source.said_by = arguments.value("said-by");
  source.rates = rates_of(arguments);
  source.date = arguments.value("date");
  if (arguments.has("date") && !date_in_years(source.date)) {
    throw UsageError{"\"" + source.date + "\" is no date", "write YYYY, YYYY-MM or YYYY-MM-DD"};
  }
  if (source.date.empty()) source.date = date_said(text);
  if (source.date.empty()) source.date = newest_quote(db);
  return source;
}

// The claim as its file has it; what the file would not take is left out, with the reason.
std::optional<CheckAnswer> checked(const DraftClaim& claim, const DraftSource& source,
                                   const HardwareDb& db, CheckBook& book, std::string& fault) {
  try {
    const JsonValue document = parse_json(draft_document({claim}, source), "the draft");
    return check_claim(read_claims(document, "the draft", db).front(), db, book);
  } catch (const InputError& error) {
    fault = error.faults().front().message;
    return std::nullopt;
  }
}

}  // namespace

Outcome run_claim(const Arguments& arguments) {
  const std::string given = text_of(arguments);
  const std::string text = valid_utf8(given);
  const HardwareDb db = load_database(arguments);
  CheckBook book(db);
  const DraftSource source = source_of(arguments, text, db);
  const Draft drafted = draft_claims(text, book.names, source.rates);
  Draft draft;
  draft.sentences = drafted.sentences;
  draft.uncheckable = drafted.uncheckable;
  std::vector<CheckAnswer> answers;
  for (const DraftClaim& claim : drafted.claims) {
    std::string fault;
    if (auto answer = checked(claim, source, db, book, fault)) {
      answers.push_back(std::move(*answer));
      draft.claims.push_back(claim);
    } else {
      draft.uncheckable.push_back(
          {claim.statement, WhyUncheckable::kRefused, std::move(fault), claim.unused});
    }
  }
  const bool file = arguments.has("out") || arguments.value("format") == "claim";
  if (file && draft.claims.empty()) {
    throw InputError(Fault{arguments.value("text", "the sentence"), 0, "",
                           "states nothing that could be tested, so there is no claim to write",
                           "--format text says why, sentence by sentence"});
  }
  Outcome outcome;
  if (arguments.has("out")) {
    write_file(arguments.value("out"), draft_document(draft.claims, source));
  }
  if (text != given) outcome.messages += "what is no UTF-8 was read as \uFFFD\n";
  outcome.output = rendered(draft_report(draft, source, answers), arguments);
  if (!arguments.has("date") && date_said(text).empty()) {
    outcome.messages += "no date is said: prices are those of " + source.date + " (--date)\n";
  }
  const bool fails = std::any_of(answers.begin(), answers.end(),
                                 [](const CheckAnswer& answer) { return answer.fails(); });
  outcome.status = fails ? kCheckFailed : kOk;
  return outcome;
}

}  // namespace traincost
