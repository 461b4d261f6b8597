#include <algorithm>
#include <filesystem>

#include "base/json_rows.h"
#include "base/nearest.h"
#include "base/read_file.h"
#include "commands/common.h"
#include "commands/threads.h"
#include "estimator/claims/check.h"
#include "estimator/claims/check_book.h"

namespace traincost {
namespace {

struct Document {
  JsonValue value;
  std::string file;
};

// A model's config.json lies beside its claim: in a folder, JSON of no schema is no claim unless it
// is called so.
bool may_be_claim(const JsonValue& row, const std::string& file,
                  const std::vector<std::string>& paths) {
  const std::string_view name = file;
  constexpr std::string_view kEnding = ".claim.json";
  const bool called =
      name.size() >= kEnding.size() && name.substr(name.size() - kEnding.size()) == kEnding;
  return called || row.find("schema") != nullptr ||
         std::find(paths.begin(), paths.end(), file) != paths.end();
}

// The documents of files and folders; what cannot be read is a fault beside the others.
std::vector<Document> read_documents(const Arguments& arguments, std::vector<Fault>& faults) {
  const std::vector<std::string>& paths = arguments.positional;
  std::vector<Document> documents;
  try {
    if (arguments.input && paths == std::vector<std::string>{"-"}) {
      documents.push_back({parse_json(*arguments.input, "standard input"), "standard input"});
      return documents;
    }
    visit_json_rows(paths, "claims, schema traincost.claim/1",
                    [&](const JsonValue& row, const std::string& file) {
                      if (may_be_claim(row, file, paths)) documents.push_back({row, file});
                    });
  } catch (const InputError& error) {
    faults = error.faults();
  }
  return documents;
}

// What one document came to.
struct Checked {
  std::vector<CheckAnswer> answers;
  std::vector<std::string> ids;  // of all its claims
  std::vector<Fault> faults;
};

bool is_run(const JsonValue& document) {
  const JsonValue* schema = document.find("schema");
  return schema != nullptr && schema->text == "traincost.published/1";
}

// What is asked of every document.
struct Asked {
  const HardwareDb& db;
  std::optional<JsonValue> estimate;
  std::string estimate_file;
  std::string claim;  // this one alone; empty: all
};

Checked check_document(const Document& document, const Asked& asked, CheckBook& book) {
  Checked checked;
  try {
    std::vector<Claim> claims;
    if (asked.estimate && is_run(document.value)) {
      claims.push_back(claim_of_run(document.value, document.file, asked.db));
    } else {
      claims = read_claims(document.value, document.file, asked.db);
    }
    for (const Claim& claim : claims) {
      checked.ids.push_back(claim.id);
      if (!asked.claim.empty() && claim.id != asked.claim) continue;
      checked.answers.push_back(asked.estimate
                                    ? check_estimate(claim, *asked.estimate, asked.estimate_file)
                                    : check_claim(claim, asked.db, book));
    }
  } catch (const InputError& error) {
    checked.faults = error.faults();
  }
  return checked;
}

}  // namespace

Outcome run_check(const Arguments& arguments) {
  expect_positional(arguments, 1, 100000, "claim files, or folders of them");
  const HardwareDb database = load_database(arguments);
  const std::string format = arguments.value("format", "text");
  const bool bare = arguments.has("bare");
  if (bare && format != "markdown" && format != "md") {
    throw UsageError{"--bare is of markdown", "add --format md"};
  }
  Asked asked{database, std::nullopt, arguments.value("estimate"), arguments.value("claim")};
  if (arguments.has("estimate")) {
    asked.estimate = parse_json(read_file(asked.estimate_file), asked.estimate_file);
  }

  std::vector<Fault> faults;
  const std::vector<Document> documents = read_documents(arguments, faults);
  CheckBook book(database);
  std::vector<Checked> checked(documents.size());
  const auto work = [&](std::size_t i) { checked[i] = check_document(documents[i], asked, book); };
  const int threads = thread_count(arguments);
  if (const ForEach spread = documents.size() > 1 ? on_threads(threads) : ForEach{}) {
    spread(documents.size(), work);
  } else {
    for (std::size_t i = 0; i < documents.size(); ++i) work(i);
  }

  std::vector<CheckAnswer> answers;
  std::vector<std::string> ids;
  for (Checked& each : checked) {
    ids.insert(ids.end(), each.ids.begin(), each.ids.end());
    std::move(each.answers.begin(), each.answers.end(), std::back_inserter(answers));
    faults.insert(faults.end(), each.faults.begin(), each.faults.end());
  }
  if (answers.empty() && faults.empty() && !asked.claim.empty()) {
    throw UsageError{"no claim \"" + asked.claim + "\" in these files",
                     did_you_mean(asked.claim, ids)};
  }
  if (answers.empty() && faults.empty()) {
    faults.push_back({arguments.positional.front(), 0, "", "holds no claim",
                      "expected claims, schema traincost.claim/1"});
  }
  // Tools read the faults from the report; people from the messages.
  const bool for_tools = format == "json" || format == "sarif" || format == "github";
  if (answers.empty() && !for_tools) throw InputError(faults);
  Outcome outcome;
  outcome.output = rendered(check_report(answers, arguments.positional, faults), arguments,
                            bare ? "markdown-bare" : "");
  if (!faults.empty()) outcome.messages = std::string(InputError(faults).what()) + "\n";
  const bool fails = std::any_of(answers.begin(), answers.end(),
                                 [](const CheckAnswer& answer) { return answer.fails(); });
  outcome.status = !faults.empty() ? kBadInput : (fails ? kCheckFailed : kOk);
  return outcome;
}

}  // namespace traincost
