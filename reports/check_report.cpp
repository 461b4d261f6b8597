// A check as text, Markdown, SARIF and annotations; check_tree.cpp words what they print.
#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "reports/check_tree.h"
#include "reports/check_words.h"
#include "reports/format.h"
#include "reports/forms.h"
#include "reports/report_tree.h"

namespace traincost {
namespace {

constexpr const char* kVerdicts[] = {"consistent", "plausible", "strained", "impossible",
                                     "cannot_tell"};
constexpr const char* kAspects[] = {"arithmetic", "physics", "market", "scope"};

std::string joined_texts(const Tree& list, const char* key, std::size_t most) {
  std::string text;
  std::size_t count = 0;
  for (const Tree& each : list) {
    if (count == most) return text + ", ...";
    text += (count++ == 0 ? "" : ", ") +
            (key == nullptr ? each.get<std::string>() : each[key].get<std::string>());
  }
  return text;
}

// Failing rows first, then what closes; context last.
std::vector<const Tree*> ordered_rows(const Tree& claim) {
  std::vector<const Tree*> rows;
  for (const Tree& row : claim["relations"]) rows.push_back(&row);
  const auto rank = [](const Tree* row) {
    if (!(*row)["counts"].get<bool>()) return 4;
    const std::string verdict = (*row)["verdict"].get<std::string>();
    for (std::size_t i = 0; i < std::size(kVerdicts); ++i) {
      constexpr int kRanks[] = {2, 3, 1, 0, 4};
      if (verdict == kVerdicts[i]) return kRanks[i];
    }
    return 4;
  };
  std::stable_sort(rows.begin(), rows.end(),
                   [&](const Tree* a, const Tree* b) { return rank(a) < rank(b); });
  return rows;
}

// Rows that do not count are shown as what they are.
std::string row_verdict(const Tree& row) {
  std::string verdict = row["verdict"].get<std::string>();
  if (row["kind"] == "statement") return "warning";
  if (!row["counts"].get<bool>()) return row["kind"] == "time" ? "alongside" : "fails here";
  if (verdict != "cannot_tell") return verdict;
  return row["kind"] == "reference" ? "alongside" : "cannot tell";
}

std::string claim_text(const Tree& claim, std::size_t most_rows) {
  std::string text = claim["id"].get<std::string>() + ": " +
                     verdict_text(claim["verdict"].get<std::string>()) + "\n";
  const std::string by = text_of(claim["said_by"]);
  text += "  " +
          filled("\"" + claim["statement"].get<std::string>() + "\" (" + by +
                     (by.empty() ? "" : ", ") + claim["date"].get<std::string>() + ")",
                 "  ") +
          "\n" +
          (claim["english"].is_null()
               ? ""
               : "  " + filled("(" + text_of(claim["english"]) + ")", "  ") + "\n") +
          "\n  " + filled(claim["summary"].get<std::string>() + ".", "  ") + "\n\n  ";
  for (const char* aspect : kAspects) {
    text += std::string(aspect) + " " + verdict_text(claim[aspect].get<std::string>()) +
            (aspect == kAspects[3] ? "\n\n" : "   ");
  }
  std::size_t shown = 0;
  const std::vector<const Tree*> rows = ordered_rows(claim);
  for (const Tree* row : rows) {
    if (shown == most_rows) break;
    ++shown;
    const std::string verdict = row_verdict(*row);
    std::string line = (*row)["says"].get<std::string>();
    const std::string turns = text_of((*row)["unless"]);
    const std::string degree = text_of((*row)["degree"]), likely = text_of((*row)["likely"]);
    const bool fails = verdict == "strained" || verdict == "impossible";
    if (!likely.empty()) line += "; " + likely;
    if (fails && !turns.empty())
      line += "; " + verdict + (degree.empty() ? "" : " " + degree) + " unless " + turns;
    text += "  " + verdict + std::string(12 - std::min<std::size_t>(11, verdict.size()), ' ') +
            filled(line, std::string(14, ' ')) + "\n";
  }
  if (shown < rows.size()) {
    text += "              and " + std::to_string(rows.size() - shown) +
            " more; --format json has all\n";
  }
  const auto add = [&](const char* name, const std::string& words) {
    if (words.empty()) return;
    const std::string title(name);
    text += "  " + title + std::string(12 - title.size(), ' ') +
            filled(words, std::string(14, ' ')) + "\n";
  };
  text += "\n";
  constexpr std::size_t kImplied = 6;
  add("implied", joined_texts(claim["implied"], "says", kImplied));
  std::string read;
  for (const Tree& figure : claim["figures"]) {
    if (!figure["read"].is_null()) {
      read += (read.empty() ? "" : "; ") + figure["read"].get<std::string>();
    }
  }
  add("read", read);
  add("methods", joined_texts(claim["methods"], "says", 3));
  add("holds", joined_texts(claim["includes"], nullptr, 8));
  add("leaves out", joined_texts(claim["excludes"], nullptr, 8));
  return text;
}

std::string counts_text(const Tree& counts) {
  std::string text;
  for (const char* verdict : kVerdicts) {
    const int count = counts[verdict].get<int>();
    if (count == 0) continue;
    text += (text.empty() ? "" : ", ") + std::to_string(count) + " " + verdict_text(verdict);
  }
  return text;
}

// ---- Markdown ----

std::string cell(std::string text) {
  for (std::size_t at = 0; (at = text.find('|', at)) != std::string::npos; at += 2) {
    text.replace(at, 1, "\\|");
  }
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

std::string claim_markdown(const Tree& claim) {
  const auto text_in = [&](const char* key) { return text_of(claim[key]); };
  std::string text = "## " + text_in("id") + "\n\n> " + cell(text_in("statement")) + "\n>\n" +
                     (text_in("english").empty() ? "" : "> " + cell(text_in("english")) + "\n>\n") +
                     "> " + (text_in("said_by").empty() ? "" : text_in("said_by") + ", ") +
                     text_in("date") + "; " + claim["source"]["title"].get<std::string>();
  const std::string where = claim["source"]["where"].get<std::string>();
  if (!where.empty()) text += ", " + where;
  text += " (" + claim["source"]["kind"].get<std::string>() + ")\n\n**" +
          verdict_text(text_in("verdict")) + "**";
  for (const char* aspect : kAspects) {
    text += std::string(" · ") + aspect + " " + verdict_text(text_in(aspect));
  }
  text += "\n\n" + cell(text_in("summary")) + ".\n";
  if (!claim["relations"].empty()) {
    text += "\n| verdict | what was held against what | unless |\n| --- | --- | --- |\n";
    for (const Tree* row : ordered_rows(claim)) {
      text += "| " + row_verdict(*row) + " | " + cell((*row)["says"].get<std::string>()) + " | " +
              cell(text_of((*row)["unless"])) + " |\n";
    }
  }
  const auto add = [&](const char* name, const std::string& words) {
    if (!words.empty()) text += std::string("- ") + name + ": " + words + "\n";
  };
  text += "\n";
  add("implied", joined_texts(claim["implied"], "says", 20));
  add("by other methods", joined_texts(claim["methods"], "says", 3));
  add("holds", joined_texts(claim["includes"], nullptr, 20));
  add("leaves out", joined_texts(claim["excludes"], nullptr, 20));
  for (const Tree& note : claim["notes"]) add("note", note.get<std::string>());
  while (text.size() > 1 && text[text.size() - 2] == '\n') text.pop_back();
  return text;
}

// ---- findings for other tools ----

bool row_fails(const Tree& row) {
  const bool bad = row["verdict"] == "strained" || row["verdict"] == "impossible";
  return bad && row["counts"].get<bool>();
}

std::string finding(const Tree& row) {
  const std::string turns = text_of(row["unless"]);
  return row["says"].get<std::string>() +
         (turns.empty()
              ? ""
              : "; " + verdict_text(row["verdict"].get<std::string>()) + " unless " + turns);
}

constexpr const char* kRules[][2] = {
    {"relation", "A figure does not follow from the others that the claim states"},
    {"sum", "Parts do not make the whole"},
    {"ratio", "A stated ratio is not that of its two sides"},
    {"chip_ratio", "A ratio of two accelerators does not hold"},
    {"spec", "A specification differs from the accelerator's record"},
    {"growth", "A figure does not grow as the claim says"},
    {"reference", "Another source has another figure by the same method"},
    {"model_size", "The model has another number of parameters"},
    {"mfu", "The utilisation is not one that runs reach"},
    {"time", "The run is faster than the engine allows, or far slower"},
    {"memory", "No layout of the model fits"},
    {"price", "The rental price is outside the price book of that date"},
    {"unit_price", "The purchase price is outside the price book of that date"},
    {"power", "The power is not one that the accelerator draws"},
    {"carbon_intensity", "The carbon intensity is not one that grids have"},
    {"scope", "The figure is of another thing than it is said of"},
    {"layout", "The stated layout contradicts the number of accelerators or the batch"},
    {"estimate", "A saved estimate does not hold the figure"},
    {"order", "A part of a figure is more than all of it"},
    {"period", "A time is not that of the days it ran from and to"},
    {"pue", "The power usage effectiveness is not one that buildings have"},
    {"launch", "The accelerator was not out yet"},
    {"tariff", "The price of electricity is not one that is paid"},
    {"water", "The water for each kWh is not what halls use"},
    {"export", "The export rules of the day say something else"},
    {"statement", "The words of the statement are not those of the figures"},
    {"precision", "The accelerator has no units for the precision of the run"},
    {"verdict", "The verdict on a claim as a whole"},
};

// Properties and messages of workflow commands escape what would end them.
std::string github_escaped(const std::string& text, bool property) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '%': escaped += "%25"; break;
      case '\r': escaped += "%0D"; break;
      case '\n': escaped += "%0A"; break;
      case ':': escaped += property ? "%3A" : ":"; break;
      case ',': escaped += property ? "%2C" : ","; break;
      default: escaped += c;
    }
  }
  return escaped;
}

}  // namespace

std::string check_text(const Tree& tree) {
  const Tree& claims = tree["result"]["claims"];
  constexpr std::size_t kRows = 12;
  if (claims.size() == 1) return claim_text(claims.front(), kRows);
  Table table({true, true, true, true, true, true});
  table.row({"claim", "verdict", "arithmetic", "physics", "market", "scope"});
  std::string reasons;
  for (const Tree& claim : claims) {
    const auto verdict = [&](const char* key) {
      const std::string word = verdict_text(claim[key].get<std::string>());
      return word == "cannot tell" && std::string(key) != "verdict" ? std::string("-") : word;
    };
    table.row({claim["id"].get<std::string>(), verdict("verdict"), verdict("arithmetic"),
               verdict("physics"), verdict("market"), verdict("scope")});
    if (!claim["fails"].get<bool>()) continue;
    reasons += "  " + claim["id"].get<std::string>() + "\n      " +
               filled(claim["summary"].get<std::string>(), "      ") + "\n";
  }
  std::string text = table.text() + "\n" + std::to_string(claims.size()) +
                     " claims: " + counts_text(tree["result"]["counts"]) + "\n";
  if (!reasons.empty()) text += "\nfails\n" + reasons;
  return text;
}

// A table of verdicts, each with its sentence; of a lone claim, its page.
std::string check_markdown_body(const Tree& tree) {
  const Tree& claims = tree["result"]["claims"];
  if (claims.size() == 1) return claim_markdown(claims.front());
  std::string text = "| claim | verdict | in a sentence |\n| --- | --- | --- |\n";
  for (const Tree& claim : claims) {
    text += "| " + cell(claim["id"].get<std::string>()) + " | " +
            verdict_text(claim["verdict"].get<std::string>()) + " | " +
            cell(claim["summary"].get<std::string>()) + " |\n";
  }
  return text;
}

std::string check_markdown(const Tree& tree) {
  const Tree& claims = tree["result"]["claims"];
  if (claims.size() == 1) return check_markdown_body(tree);
  return "# Claims, checked\n\nWritten by `traincost check --format markdown`. " +
         std::to_string(claims.size()) + " claims: " + counts_text(tree["result"]["counts"]) +
         ".\nA claim's own page, every relation of it: the same command with `--claim ID`.\n\n" +
         check_markdown_body(tree);
}

namespace {

// A path as RFC 3986 has it: a relative reference, or a file URI.
std::string uri(const std::string& path) {
  std::string text = !path.empty() && path.front() == '/' ? "file://" : "";
  for (const char c : path) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    const bool plain = letter || std::string_view("-._~/").find(c) != std::string_view::npos;
    text += plain ? std::string(1, c)
                  : fmt::format("%{:02X}", static_cast<unsigned>(static_cast<unsigned char>(c)));
  }
  return text;
}

Tree sarif_location(const std::string& file, int line) {
  return {{"physicalLocation",
           {{"artifactLocation", {{"uri", uri(file)}}},
            {"region", {{"startLine", std::max(1, line)}}}}}};
}

std::string fault_text(const Tree& fault) {
  const std::string remedy = fault["remedy"].get<std::string>();
  const std::string pointer = fault["pointer"].get<std::string>();
  return (pointer.empty() ? "" : pointer + ": ") + fault["message"].get<std::string>() +
         (remedy.empty() ? "" : "; " + remedy);
}

}  // namespace

std::string check_sarif(const Tree& tree) {
  Tree rules = Tree::array();
  for (const auto& [id, sentence] : kRules) {
    rules.push_back({{"id", id}, {"shortDescription", {{"text", sentence}}}});
  }
  Tree results = Tree::array();
  for (const Tree& claim : tree["result"]["claims"]) {
    const std::string file = claim["file"].get<std::string>();
    const auto add = [&](const std::string& rule, const std::string& kind, const std::string& level,
                         const std::string& message, const std::string& mark, int line) {
      Tree result;
      result["ruleId"] = rule;
      result["kind"] = kind;
      result["level"] = level;
      result["message"]["text"] = message;
      result["locations"] = Tree::array({sarif_location(file, line)});
      result["partialFingerprints"]["claim/v1"] = mark;
      results.push_back(std::move(result));
    };
    const std::string id = claim["id"].get<std::string>();
    const bool open = claim["verdict"] == "cannot_tell";
    if (!claim["fails"].get<bool>()) {
      add("verdict", open ? "open" : "pass", "none",
          id + ": " + verdict_text(claim["verdict"].get<std::string>()) + "; " +
              claim["summary"].get<std::string>(),
          id, claim["line"].get<int>());
      continue;
    }
    int number = 0;
    for (const Tree& row : claim["relations"]) {
      if (!row_fails(row)) continue;
      add(row["kind"].get<std::string>(), "fail",
          row["verdict"] == "impossible" ? "error" : "warning", id + ": " + finding(row),
          id + "/" + row["kind"].get<std::string>() + "/" + std::to_string(++number),
          row["line"].get<int>());
    }
  }
  Tree sarif;
  sarif["$schema"] = "https://json.schemastore.org/sarif-2.1.0.json";
  sarif["version"] = "2.1.0";
  Tree run;
  run["tool"]["driver"] = {{"name", "traincost"},
                           {"version", tree["engine_version"]},
                           {"semanticVersion", tree["engine_version"]},
                           {"rules", rules}};
  Tree notifications = Tree::array();
  for (const Tree& fault : tree["result"]["faults"]) {
    notifications.push_back(
        {{"level", "error"},
         {"message", {{"text", fault_text(fault)}}},
         {"locations", Tree::array({sarif_location(fault["file"].get<std::string>(),
                                                   fault["line"].get<int>())})}});
  }
  run["invocations"] = Tree::array({{{"executionSuccessful", notifications.empty()},
                                     {"toolExecutionNotifications", notifications}}});
  run["columnKind"] = "unicodeCodePoints";
  run["results"] = std::move(results);
  sarif["runs"] = Tree::array({run});
  return sarif.dump(2) + "\n";
}

std::string check_github(const Tree& tree) {
  std::string text;
  const auto place_of = [](const Tree& file, const Tree& line, const std::string& title) {
    return "file=" + github_escaped(file.get<std::string>(), true) +
           ",line=" + std::to_string(std::max(1, line.get<int>())) +
           ",title=" + github_escaped(title, true);
  };
  for (const Tree& fault : tree["result"]["faults"]) {
    text += "::error " + place_of(fault["file"], fault["line"], "bad input") +
            "::" + github_escaped(fault_text(fault), false) + "\n";
  }
  for (const Tree& claim : tree["result"]["claims"]) {
    const std::string id = claim["id"].get<std::string>();
    for (const Tree& row : claim["relations"]) {
      if (!row_fails(row)) continue;
      text += std::string(row["verdict"] == "impossible" ? "::error " : "::warning ") +
              place_of(claim["file"], row["line"], id) +
              "::" + github_escaped(finding(row), false) + "\n";
    }
    if (claim["verdict"] == "cannot_tell") {
      text += "::notice " + place_of(claim["file"], claim["line"], id) +
              "::" + github_escaped("cannot tell: " + claim["summary"].get<std::string>(), false) +
              "\n";
    }
  }
  return text;
}

namespace {
constexpr ReportFormat kCheckFormats[] = {{"markdown", check_markdown},
                                          {"markdown-bare", check_markdown_body},
                                          {"sarif", check_sarif},
                                          {"github", check_github}};
}  // namespace
const ReportForms kCheckForms{"check", check_text, "rows", kCheckFormats};

Report check_report(const std::vector<CheckAnswer>& answers, const std::vector<std::string>& paths,
                    const std::vector<Fault>& faults) {
  Tree tree = report_head("check");
  tree["inputs"] = {{"paths", paths}};
  Tree counts;
  for (const char* verdict : kVerdicts) counts[verdict] = 0;
  Tree claims = Tree::array();
  tree["rows"] = Tree::array();
  for (const CheckAnswer& answer : answers) {
    Tree claim = claim_tree(answer);
    const std::string verdict = claim["verdict"].get<std::string>();
    counts[verdict] = counts[verdict].get<int>() + 1;
    Tree row;
    row["id"] = claim["id"];
    row["question"] = "check";
    for (const char* key : {"file", "said_by", "date", "verdict", "arithmetic", "physics", "market",
                            "scope", "fails", "summary"}) {
      row[key] = claim[key];
    }
    tree["rows"].push_back(std::move(row));
    claims.push_back(std::move(claim));
  }
  tree["result"]["counts"] = std::move(counts);
  tree["result"]["claims"] = std::move(claims);
  tree["result"]["faults"] = Tree::array();
  for (const Fault& fault : faults) {
    tree["result"]["faults"].push_back({{"file", fault.file},
                                        {"line", fault.line},
                                        {"pointer", fault.pointer},
                                        {"message", fault.message},
                                        {"remedy", fault.remedy}});
  }
  close_report(tree);
  return make_report(std::move(tree));
}

}  // namespace traincost
