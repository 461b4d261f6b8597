// True claims with one figure changed are caught; true claims printed with fewer digits are not.
//
// Claims are changed as documents, so that whatever refers to a figure sees the change.
#include "estimator/claims/check.h"
#include "estimator/claims/check_book.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <string>

#include "tests/support.h"

namespace traincost {
namespace {

struct File {
  std::string path;
  JsonValue document;
};

std::vector<File> shipped_files() {
  std::vector<File> files;
  const std::string folder = std::string(TRAINCOST_SOURCE_DIR) + "/examples/claims";
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string path = "examples/claims/" + entry.path().filename().string();
    files.push_back({path, parse_json(test::source_file(path), path)});
  }
  std::sort(files.begin(), files.end(),
            [](const File& a, const File& b) { return a.path < b.path; });
  return files;
}

std::vector<CheckAnswer> checked(const JsonValue& document, const std::string& path) {
  std::vector<CheckAnswer> answers;
  static CheckBook book(test::database());
  for (const Claim& claim : read_claims(document, path, test::database())) {
    answers.push_back(check_claim(claim, test::database(), book));
  }
  return answers;
}

std::size_t failures(const JsonValue& document, const std::string& path) {
  const auto answers = checked(document, path);
  return static_cast<std::size_t>(std::count_if(
      answers.begin(), answers.end(), [](const CheckAnswer& each) { return each.fails(); }));
}

// How a number is printed with so many digits more or fewer, times a factor.
std::string reprinted(const std::string& number, double factor, int digits_more) {
  int digits = 0;
  for (const char c : number.substr(0, number.find_first_of("eE"))) digits += c >= '0' && c <= '9';
  char text[40];
  std::snprintf(text, sizeof text, "%.*g", std::max(2, digits + digits_more),
                std::stod(number) * factor);
  return text;
}

// Every number of a figure but those under a fraction's line; separators go.
std::string rewritten(const std::string& written, double factor, int digits_more) {
  std::string plain;
  for (std::size_t i = 0; i < written.size(); ++i) {
    const bool separator = written[i] == ',' && i > 0 && std::isdigit(written[i - 1]) != 0 &&
                           i + 1 < written.size() && std::isdigit(written[i + 1]) != 0;
    if (!separator) plain += written[i];
  }
  std::string text;
  for (std::size_t i = 0; i < plain.size();) {
    if (std::isdigit(plain[i]) == 0) {
      text += plain[i++];
      continue;
    }
    std::size_t end = i;
    while (end < plain.size() && (std::isdigit(plain[end]) != 0 || plain[end] == '.')) ++end;
    if (end + 1 < plain.size() && plain[end] == 'e' && std::isdigit(plain[end + 1]) != 0) {
      ++end;
      while (end < plain.size() && std::isdigit(plain[end]) != 0) ++end;
    }
    const std::string number = plain.substr(i, end - i);
    const bool under_line = i > 0 && plain[i - 1] == '/';
    text += under_line ? number : reprinted(number, factor, digits_more);
    i = end;
  }
  return text;
}

void rewrite(JsonValue& figure, double factor, int digits_more) {
  if (figure.kind == JsonValue::Kind::kText) {
    figure.text = rewritten(figure.text, factor, digits_more);
  } else {
    figure.number *= factor;
  }
}

// One-sided figures stay true when they change in their own direction: no figures to spoil.
bool one_sided(const JsonValue& figure) {
  for (const char* word : {"more than", "less than", "under", "over"}) {
    if (figure.text.find(word) != std::string::npos) return true;
  }
  return false;
}

// Visits each stated figure, by where it stands.
void visit_figures(JsonValue& value, const std::string& where,
                   const std::function<void(JsonValue&, const std::string&)>& visit) {
  if (value.kind == JsonValue::Kind::kArray) {
    for (JsonValue& item : value.items) {
      const JsonValue* name = item.find("name");
      visit_figures(item, name != nullptr ? where + name->text + "." : where, visit);
    }
    return;
  }
  for (JsonMember& member : value.members) {
    if (member.key == "figures") {
      for (JsonMember& figure : member.value.members) visit(figure.value, where + figure.key);
    } else if (member.key == "ratio" || member.key == "lower_by" || member.key == "stated") {
      visit(member.value, where + member.key);
    } else if (member.key == "parts" || member.key == "others" || member.key == "claims" ||
               member.key == "ratios" || member.key == "specs") {
      visit_figures(member.value, where, visit);
    }
  }
}

// Whether a relation, or a bound on what the figure implies, tests it.
bool tested(const std::vector<CheckAnswer>& answers, const std::string& where) {
  const std::size_t dot = where.rfind('.');
  const std::string subject = dot == std::string::npos ? "" : where.substr(0, dot);
  const std::string figure = dot == std::string::npos ? where : where.substr(dot + 1);
  if (figure == "ratio" || figure == "lower_by" || figure == "stated") return true;
  for (const CheckAnswer& answer : answers) {
    for (const CheckRow& row : answer.rows) {
      if (!row.counts || row.verdict == Verdict::kCannotTell || row.aspect == Aspect::kScope) {
        continue;
      }
      const auto names = [&](const std::vector<std::string>& list) {
        return std::find(list.begin(), list.end(), figure) != list.end();
      };
      if (row.subject == subject &&
          (row.figure == figure || names(row.from) || names(row.through))) {
        return true;
      }
    }
  }
  return false;
}

bool consistent(const std::vector<CheckAnswer>& answers) {
  return std::all_of(answers.begin(), answers.end(),
                     [](const CheckAnswer& each) { return each.overall == Verdict::kConsistent; });
}

TEST(Mutated, OfTrueClaimsWithAFigureTwiceOffMostAreCaught) {
  int caught = 0, tried = 0;
  std::string missed;
  for (const File& file : shipped_files()) {
    const auto answers = checked(file.document, file.path);
    if (!consistent(answers)) continue;
    std::vector<std::string> places;
    JsonValue copy = file.document;
    visit_figures(copy, "", [&](JsonValue& figure, const std::string& where) {
      if (!one_sided(figure) && tested(answers, where)) places.push_back(where);
    });
    for (const std::string& place : places) {
      for (const double factor : {2.0, 0.5, 3.0, 1.0 / 3, 10.0, 0.1}) {
        JsonValue changed = file.document;
        visit_figures(changed, "", [&](JsonValue& figure, const std::string& where) {
          if (where == place) rewrite(figure, factor, 1);
        });
        ++tried;
        bool found = true;
        try {
          found = failures(changed, file.path) > 0;
        } catch (const InputError&) {  // no share is over 100%
        }
        caught += found ? 1 : 0;
        if (!found) missed += file.path + " " + place + " x " + std::to_string(factor) + "\n";
      }
    }
  }
  EXPECT_GT(tried, 300);
  // 95 of 100 before intervals were as wide as families that nobody had seen want them.
  EXPECT_GE(caught, 0.93 * tried) << caught << " of " << tried << "; missed:\n" << missed;
}

TEST(Mutated, TrueClaimsPrintedWithFewerDigitsRaiseNoAlarm) {
  int alarms = 0, tried = 0;
  std::string raised;
  for (const File& file : shipped_files()) {
    if (failures(file.document, file.path) > 0) continue;
    for (const int fewer : {-1, -2}) {
      JsonValue changed = file.document;
      visit_figures(changed, "", [&](JsonValue& figure, const std::string&) {
        if (figure.text.find("exactly") == std::string::npos) rewrite(figure, 1, fewer);
      });
      ++tried;
      if (failures(changed, file.path) == 0) continue;
      ++alarms;
      raised += file.path + "\n";
    }
    // One figure at a time, too.
    std::vector<std::string> places;
    JsonValue copy = file.document;
    visit_figures(copy, "", [&](JsonValue&, const std::string& where) { places.push_back(where); });
    for (const std::string& place : places) {
      JsonValue changed = file.document;
      visit_figures(changed, "", [&](JsonValue& figure, const std::string& where) {
        if (where == place && figure.text.find("exactly") == std::string::npos) {
          rewrite(figure, 1, -1);
        }
      });
      ++tried;
      if (failures(changed, file.path) == 0) continue;
      ++alarms;
      raised += file.path + " " + place + "\n";
    }
  }
  EXPECT_GT(tried, 100);
  EXPECT_LE(alarms, 0.02 * tried) << alarms << " of " << tried << ":\n" << raised;
}

}  // namespace
}  // namespace traincost
