// Drafted claims: the claim file, what ties each figure to its words, and how they check.
#include <algorithm>
#include <map>

#include "reports/check_tree.h"
#include "reports/check_words.h"
#include "reports/format.h"
#include "reports/forms.h"
#include "reports/report_tree.h"

namespace traincost {
namespace {

const char* why_text(WhyUnused why) {
  switch (why) {
    case WhyUnused::kNoUnit: return "it has no unit";
    case WhyUnused::kUnread: return "it cannot be read as a figure";
    case WhyUnused::kNotAboveZero: return "a figure is above zero";
    case WhyUnused::kExchange: return "nothing says what its currency was worth (--exchange)";
    case WhyUnused::kService: return "what a service costs its users is no cost of training";
    case WhyUnused::kFunding: return "money raised, invested, valued or lost pays for no run";
    case WhyUnused::kByTheDay: return "money for each day, month or year";
    case WhyUnused::kSaved: return "what is saved is not spent";
    case WhyUnused::kUnnamedMoney: return "it does not say what the money pays for";
    case WhyUnused::kOfASystem: return "of a server, rack or instance, not of one accelerator";
    case WhyUnused::kOneOfThem: return "one of them, and no count";
    case WhyUnused::kDenied: return "the sentence says that it is not so";
    case WhyUnused::kFromTo: return "one end of a change";
    case WhyUnused::kOtherTime: return "a time that is not the run's";
    case WhyUnused::kUnnamedTime: return "it does not say what took so long";
    case WhyUnused::kOfADay: return "hours of a day";
    case WhyUnused::kOfASequence: return "of the sequences of a batch";
    case WhyUnused::kOfARate: return "what a rate is of";
    case WhyUnused::kUnnamedChip: return "it does not say of which chip";
    case WhyUnused::kNoPrecision: return "it does not say in which precision";
    case WhyUnused::kMass: return "a mass of nothing named";
    case WhyUnused::kNoFigure: return "no figure of a claim has its unit";
    case WhyUnused::kSecond:
      return "a second figure of the same kind, of nothing else that is named";
    case WhyUnused::kSize: return "a size, and it does not say of what";
    case WhyUnused::kShare: return "a share, and it does not say of which figure";
    case WhyUnused::kSides: return "a ratio, and it does not say both of its sides";
    case WhyUnused::kGrowthTime: return "a growth, and it does not say over which time";
    case WhyUnused::kGrowthOf: return "a growth, and it does not say of what";
  }
  return "";
}

std::string why_text(const UncheckableSentence& sentence) {
  switch (sentence.why) {
    case WhyUncheckable::kNoNumber: return "it states no number";
    case WhyUncheckable::kNoFigure:
      return "none of its numbers is a figure of a run, a chip or a sale";
    case WhyUncheckable::kTooLong: return "it is longer than a sentence";
    case WhyUncheckable::kRefused: return "the claim file refuses it: " + sentence.fault;
  }
  return "";
}

std::string choice_text(const DraftChoice& choice) {
  if (choice.said.empty())
    return "the sentence names several chips; " + choice.taken + " was taken";
  return "\"" + choice.said + "\" may be any of " + std::to_string(choice.of) + " chips; " +
         choice.taken + " was taken";
}

// A member of the claim with the words that state it, in characters of the statement.
void tie(Tree& words, const std::string& statement, const std::string& member, Span span) {
  const std::size_t start = characters_before(statement, span.start);
  words.push_back({{"of", member},
                   {"start", start},
                   {"length", characters_before(statement, span.end()) - start}});
}

void add_subject(const DraftSubject& subject, const std::string& pointer,
                 const std::string& statement, Tree& member, Tree& words) {
  if (!subject.name.empty()) member["name"] = subject.name;
  if (!subject.accelerator.empty()) member["accelerator"] = subject.accelerator;
  if (!subject.model.empty()) member["model"] = subject.model;
  if (subject.figures.empty()) return;
  for (const DraftFigure& figure : subject.figures) {
    const char* key = kind_of(figure.figure).key;
    member["figures"][key] = figure.text;
    tie(words, statement, pointer + "/figures/" + key, figure.words);
  }
}

Tree side_tree(const DraftSide& side) {
  Tree t;
  if (!side.name.empty()) t["name"] = side.name;
  if (!side.accelerator.empty()) t["accelerator"] = side.accelerator;
  if (!side.value.empty()) t["value"] = side.value;
  if (!side.value_of.empty()) t["value_of"] = side.value_of;
  return t;
}

// The claim as a member of a claim file.
Tree claim_member(const DraftClaim& claim) {
  Tree t;
  t["id"] = claim.id;
  t["statement"] = claim.statement;
  t["language"] = claim.language;
  if (claim.forecast) t["forecast"] = true;
  Tree words = Tree::array();
  add_subject(claim.subject, "", claim.statement, t, words);
  const auto add_list = [&](const char* key, const std::vector<DraftSubject>& list) {
    for (std::size_t i = 0; i < list.size(); ++i) {
      Tree part;
      add_subject(list[i], std::string("/") + key + "/" + std::to_string(i), claim.statement, part,
                  words);
      t[key].push_back(std::move(part));
    }
  };
  add_list("parts", claim.parts);
  add_list("others", claim.others);
  for (std::size_t i = 0; i < claim.ratios.size(); ++i) {
    const DraftRatio& ratio = claim.ratios[i];
    Tree row;
    row["name"] = ratio.name;
    row["a"] = side_tree(ratio.a);
    row["b"] = side_tree(ratio.b);
    if (!ratio.of.empty()) row["of"] = ratio.of;
    row[ratio.lower_by ? "lower_by" : "ratio"] = ratio.text;
    t["ratios"].push_back(std::move(row));
    tie(words, claim.statement, "/ratios/" + std::to_string(i), ratio.words);
    if (ratio.sides.length > 0) {
      tie(words, claim.statement, "/ratios/" + std::to_string(i) + "/b", ratio.sides);
    }
  }
  for (std::size_t i = 0; i < claim.specs.size(); ++i) {
    const DraftSpec& spec = claim.specs[i];
    t["specs"].push_back(
        {{"accelerator", spec.accelerator}, {"field", spec.field}, {"stated", spec.text}});
    tie(words, claim.statement, "/specs/" + std::to_string(i), spec.words);
  }
  for (std::size_t i = 0; i < claim.growth.size(); ++i) {
    const DraftGrowth& growth = claim.growth[i];
    t["growth_rates"].push_back(
        {{"name", growth.name}, {"rate", growth.text}, {"over", growth.over}});
    tie(words, claim.statement, "/growth_rates/" + std::to_string(i), growth.words);
  }
  t["words"] = std::move(words);
  if (!claim.choices.empty()) {
    t["notes"] = Tree::array();
    for (const DraftChoice& choice : claim.choices) t["notes"].push_back(choice_text(choice));
  }
  return t;
}

Tree unused_tree(const std::vector<UnusedNumber>& numbers, const std::string& statement) {
  Tree list = Tree::array();
  for (const UnusedNumber& number : numbers) {
    const std::size_t start = characters_before(statement, number.words.start);
    list.push_back({{"text", number.text},
                    {"reason", why_text(number.why)},
                    {"start", start},
                    {"length", characters_before(statement, number.words.end()) - start}});
  }
  return list;
}

Tree source_tree(const DraftSource& source) {
  Tree t = {{"kind", "secondary"}, {"title", source.title}};
  if (!source.where.empty()) t["where"] = source.where;
  return t;
}

// One claim stands alone in its file; several share source and date.
Tree document_of(const std::vector<DraftClaim>& claims, const DraftSource& source) {
  Tree t;
  t["schema"] = "traincost.claim/1";
  if (!source.said_by.empty()) t["said_by"] = source.said_by;
  t["date"] = source.date;
  t["source"] = source_tree(source);
  for (const auto& [code, worth] : source.rates) {
    t["exchange"][code] = {{"usd", worth}, {"source", "given with the text"}};
  }
  if (claims.size() == 1) {
    t.update(claim_member(claims.front()));
    return t;
  }
  t["claims"] = Tree::array();
  for (const DraftClaim& claim : claims) t["claims"].push_back(claim_member(claim));
  return t;
}

// ---- text ----

std::string at(const Tree& row) {
  return std::to_string(row["start"].get<std::size_t>()) + "+" +
         std::to_string(row["length"].get<std::size_t>());
}

std::string unused_text(const Tree& numbers) {
  std::string text;
  for (const Tree& number : numbers) {
    text += "  not used    \"" + number["text"].get<std::string>() +
            "\": " + number["reason"].get<std::string>() + "\n";
  }
  return text;
}

// "/parts/0/figures/cost" as "R1-Zero cost".
std::string member_words(const Tree& found) {
  const std::string pointer = found["member"].get<std::string>();
  const std::size_t figures = pointer.find("/figures/");
  if (figures == std::string::npos) {
    // "/ratios/0" and the like are called by what they state.
    const std::size_t end = pointer.find('/', 1);
    const std::string kind = pointer.substr(1, end - 1);
    if (kind == "specs") return found["of"].get<std::string>();
    return kind == "growth_rates" ? "growth" : "ratio";
  }
  const std::string of = text_of(found["subject"]);
  return (of.empty() ? "" : of + " ") + figure_words(pointer.substr(figures + 9));
}

std::string claim_lines(const Tree& claim) {
  std::string text = claim["id"].get<std::string>() + ": " +
                     verdict_text(claim["check"]["verdict"].get<std::string>()) + "\n  " +
                     filled("\"" + claim["check"]["statement"].get<std::string>() + "\"", "  ") +
                     "\n\n  " + filled(claim["check"]["summary"].get<std::string>() + ".", "  ") +
                     "\n\n";
  for (const Tree& found : claim["found"]) {
    text += "  " +
            filled(member_words(found) + " = " + found["text"].get<std::string>() + "   (\"" +
                       found["words"].get<std::string>() + "\", characters " + at(found) + ")",
                   "      ") +
            "\n";
  }
  text += unused_text(claim["unused"]);
  for (const Tree& note : claim["notes"]) {
    text += "  note        " + filled(note.get<std::string>(), std::string(14, ' ')) + "\n";
  }
  return text + "\n";
}

std::string draft_text(const Tree& tree) {
  const Tree& result = tree["result"];
  std::string text;
  std::size_t tested = 0;
  for (const Tree& claim : result["claims"]) {
    text += claim_lines(claim);
    if (claim["check"]["verdict"] != "cannot_tell") ++tested;
  }
  const Tree& left = result["uncheckable"];
  const auto counted = [](std::size_t count, const char* what) {
    return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
  };
  text += counted(result["claims"].size(), "claim") + " from " +
          counted(result["sentences"].get<std::size_t>(), "sentence") + "; " +
          std::to_string(tested) + " could be tested";
  if (left.empty()) return text + "\n";
  // Sentences without a number are many and say nothing; those with one say why.
  std::map<std::string, int> reasons;
  for (const Tree& sentence : left) ++reasons[sentence["reason"].get<std::string>()];
  text += "; of the other sentences:\n";
  for (const auto& [reason, count] : reasons) {
    text += "  " + std::to_string(count) + "  " + reason + "\n";
  }
  for (const Tree& sentence : left) {
    if (sentence["unused"].empty()) continue;
    text += "\n  " + filled("\"" + sentence["text"].get<std::string>() + "\"", "  ") + "\n" +
            unused_text(sentence["unused"]);
  }
  return text;
}

std::string draft_file(const Tree& tree) { return tree["result"]["document"].dump(2) + "\n"; }

// What stands at a JSON pointer of the claim, as text.
std::string text_at(const Tree& claim, const std::string& member) {
  const Tree& value = claim.at(nlohmann::ordered_json::json_pointer(member));
  if (value.is_string()) return value.get<std::string>();
  for (const char* key : {"ratio", "lower_by", "stated", "rate", "value"}) {
    if (value.contains(key)) return value[key].get<std::string>();
  }
  return "";
}

// "h20-96 memory capacity" of a specification; null of others.
Tree spec_of(const Tree& claim, const std::string& member) {
  if (member.rfind("/specs/", 0) != 0) return nullptr;
  const Tree& spec = claim.at(nlohmann::ordered_json::json_pointer(member));
  return spec["accelerator"].get<std::string>() + " " +
         figure_words(spec["field"].get<std::string>());
}

// A stretch of a text in characters.
std::string characters(const std::string& text, std::size_t start, std::size_t length) {
  std::string found;
  std::size_t count = 0;
  for (const char c : text) {
    const bool begins_one = (static_cast<unsigned char>(c) & 0xC0) != 0x80;
    if (begins_one) ++count;
    if (count > start && count <= start + length) found += c;
  }
  return found;
}

}  // namespace

std::string draft_document(const std::vector<DraftClaim>& claims, const DraftSource& source) {
  return document_of(claims, source).dump(2) + "\n";
}

namespace {
constexpr ReportFormat kClaimFile[] = {{"claim", draft_file}};
}  // namespace
const ReportForms kClaimForms{"claim", draft_text, "rows", kClaimFile};

Report draft_report(const Draft& draft, const DraftSource& source,
                    const std::vector<CheckAnswer>& answers) {
  Tree tree = report_head("claim");
  tree["inputs"] = {{"source", source.where}, {"date", source.date}};
  Tree claims = Tree::array();
  tree["rows"] = Tree::array();
  for (std::size_t i = 0; i < draft.claims.size(); ++i) {
    const DraftClaim& drafted = draft.claims[i];
    const Tree member = claim_member(drafted);
    Tree claim;
    claim["id"] = drafted.id;
    claim["first_character"] = drafted.first_character;
    claim["found"] = Tree::array();
    for (const Tree& words : member["words"]) {
      const auto start = words["start"].get<std::size_t>();
      const auto length = words["length"].get<std::size_t>();
      const std::string pointer = words["of"].get<std::string>();
      const std::string owner = pointer.substr(0, pointer.find("/figures/")) + "/name";
      const nlohmann::ordered_json::json_pointer named(owner);
      Tree found = {{"member", pointer},
                    {"subject", member.contains(named) ? member.at(named) : Tree(nullptr)},
                    {"of", spec_of(member, pointer)},
                    {"text", text_at(member, pointer)},
                    {"start", start},
                    {"length", length},
                    {"words", characters(drafted.statement, start, length)}};
      Tree row;
      row["id"] = drafted.id + pointer;
      row["question"] = "claim";
      row["claim"] = drafted.id;
      for (const char* key : {"member", "subject", "text", "start", "length", "words"})
        row[key] = found[key];
      row["verdict"] = verdict_name(answers[i].overall);
      tree["rows"].push_back(std::move(row));
      claim["found"].push_back(std::move(found));
    }
    claim["unused"] = unused_tree(drafted.unused, drafted.statement);
    claim["notes"] = Tree::array();
    for (const DraftChoice& choice : drafted.choices) {
      claim["notes"].push_back(choice_text(choice));
    }
    claim["check"] = claim_tree(answers[i]);
    claims.push_back(std::move(claim));
  }
  tree["result"]["document"] =
      draft.claims.empty() ? Tree(nullptr) : document_of(draft.claims, source);
  tree["result"]["claims"] = std::move(claims);
  tree["result"]["sentences"] = draft.sentences;
  tree["result"]["uncheckable"] = Tree::array();
  for (const UncheckableSentence& sentence : draft.uncheckable) {
    tree["result"]["uncheckable"].push_back(
        {{"text", sentence.text},
         {"reason", why_text(sentence)},
         {"unused", unused_tree(sentence.unused, sentence.text)}});
  }
  close_report(tree);
  return make_report(std::move(tree));
}

}  // namespace traincost
