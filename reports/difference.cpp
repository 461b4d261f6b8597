#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "reports/format.h"
#include "reports/key_figures.h"
#include "reports/report_tree.h"

namespace traincost {
namespace {

constexpr std::size_t kRowsTold = 12, kMembersTold = 6, kCausesTold = 20;  // of a text

std::string shown(const Tree& value) {
  if (value.is_null()) return "none";
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number()) {
    const double number = value.get<double>();
    return number == std::round(number) ? rounded(number) : significant(number, 5);
  }
  return value.dump();
}

// Scalars by their path: "result/total/cost_usd".
void flatten(const Tree& value, const std::string& path, std::map<std::string, Tree>& flat) {
  if (!value.is_structured()) {
    flat[path] = value;
    return;
  }
  std::size_t index = 0;
  for (const auto& [key, member] : value.items()) {
    const std::string name = value.is_array() ? std::to_string(index++) : key;
    flatten(member, path.empty() ? name : path + "/" + name, flat);
  }
}

// After over before, less one; null where either is no number or there is nothing to divide by.
Tree change(const Tree& before, const Tree& after) {
  if (!before.is_number() || !after.is_number()) return nullptr;
  const double old = before.get<double>();
  return old == 0 ? Tree(nullptr) : Tree(after.get<double>() / old - 1);
}

Tree member_change(const std::string& name, const Tree& before, const Tree& after) {
  return {
      {"member", name}, {"before", before}, {"after", after}, {"change", change(before, after)}};
}

// Members of both that differ, in the order of their names.
Tree changes_of(const Tree& before, const Tree& after, const std::string& prefix) {
  std::map<std::string, Tree> old, fresh;
  flatten(before, prefix, old);
  flatten(after, prefix, fresh);
  Tree changes = Tree::array();
  for (const auto& [path, value] : old) {
    const auto now = fresh.find(path);
    const Tree there = now == fresh.end() ? Tree(nullptr) : now->second;
    if (there != value) changes.push_back(member_change(path, value, there));
  }
  for (const auto& [path, value] : fresh) {
    if (!old.contains(path)) changes.push_back(member_change(path, nullptr, value));
  }
  return changes;
}

// What a result repeats of what was asked or chosen, as against what followed from it.
bool is_setting(const std::string& path) {
  static const std::set<std::string> kSettings = {"price_usd_per_accelerator_hour",
                                                  "price_basis",
                                                  "cost_method",
                                                  "global_batch",
                                                  "micro_batch",
                                                  "precision",
                                                  "sequence_length",
                                                  "recompute",
                                                  "tokens",
                                                  "accelerators_used"};
  return path.find("/layout/") != std::string::npos ||
         kSettings.contains(path.substr(path.rfind('/') + 1));
}

// Lists of objects as one object, by a member that names each; further ones of a name are numbered.
Tree by_name(const Tree& list, const char* key) {
  Tree named = Tree::object();
  for (const Tree& each : list) {
    if (each.is_object() && each.contains(key) && each[key].is_string()) {
      const std::string first = each[key].get<std::string>();
      std::string name = first;
      for (int i = 2; named.contains(name); ++i) name = first + " " + std::to_string(i);
      named[name] = each;
    }
  }
  return named;
}

// What the answers differ by: the program, its records, what was asked, what was assumed.
Tree causes_of(const Tree& before, const Tree& after) {
  Tree causes = Tree::array();
  const auto add = [&](const char* kind, const Tree& changes) {
    for (const Tree& each : changes) {
      Tree cause = {{"kind", kind}};
      cause.update(each);
      causes.push_back(std::move(cause));
    }
  };
  for (const char* key : {"engine_version", "data_version"}) {
    if (before[key] != after[key]) {
      add(key[0] == 'e' ? "engine" : "data",
          Tree::array({member_change(key, before[key], after[key])}));
    }
  }
  add("input", changes_of(before["inputs"], after["inputs"], ""));
  if (before["question"] == "estimate") {
    Tree settings = Tree::array();
    const auto of = [](const Tree& result, const char* key) {
      return result.contains(key) ? result[key] : Tree(nullptr);
    };
    for (const char* key : {"phases", "total"}) {
      for (const Tree& each :
           changes_of(of(before["result"], key), of(after["result"], key), key)) {
        if (is_setting(each["member"].get<std::string>())) settings.push_back(each);
      }
    }
    add("setting", settings);
  }
  const auto assumed = [](const Tree& report) {
    Tree values = Tree::object();
    const Tree named = by_name(report["assumptions"], "what");
    for (const auto& [what, each] : named.items()) {
      values[what] = each.contains("value") ? each["value"] : Tree(nullptr);
    }
    return values;
  };
  add("assumption", changes_of(assumed(before), assumed(after), ""));
  return causes;
}

Tree rows_tree(const Tree& before, const Tree& after) {
  const Tree old = by_name(before, "id"), fresh = by_name(after, "id");
  Tree rows = Tree::array();
  for (const auto& [id, row] : old.items()) {
    if (!fresh.contains(id)) {
      rows.push_back({{"id", id}, {"state", "gone"}, {"changes", Tree::array()}});
      continue;
    }
    const Tree changes = changes_of(row, fresh[id], "");
    if (!changes.empty()) {
      rows.push_back({{"id", id}, {"state", "changed"}, {"changes", changes}});
    }
  }
  for (const auto& [id, row] : fresh.items()) {
    if (!old.contains(id)) {
      rows.push_back({{"id", id}, {"state", "new"}, {"changes", Tree::array()}});
    }
  }
  return rows;
}

// "+3.1%", "x 2.4", "-0.02%".
std::string change_text(const Tree& value) {
  if (!value.is_number()) return "";
  const double share = value.get<double>();
  constexpr double kTwice = 1;
  if (share >= kTwice) return "x " + significant(1 + share, 3);
  return (share >= 0 ? "+" : "") + percent(share, std::abs(share) < 0.001 ? 3 : 1);
}

std::string render_difference(const Tree& tree) {
  const Tree& result = tree["result"];
  const auto file = [&](const char* key) { return tree["inputs"][key].get<std::string>(); };
  std::string text =
      result["of"].get<std::string>() + ": " + file("before") + " against " + file("after") + "\n";
  const bool told = result["causes"].empty() && result["figures"].empty() && tree["rows"].empty();
  if (told) return text + "\n  the same answer, of the same inputs, engine and data\n";
  Table figures({true, false, false, true});
  for (const Tree& each : result["figures"]) {
    figures.row({each["member"].get<std::string>(), shown(each["before"]), shown(each["after"]),
                 change_text(each["change"])});
  }
  if (!result["figures"].empty()) text += "\n" + figures.text("  ");
  if (!result["causes"].empty()) {
    text += "\n  because\n";
    Table causes({true, true, false, false});
    std::size_t count = 0;
    for (const Tree& each : result["causes"]) {
      if (++count > kCausesTold) break;
      causes.row({each["kind"].get<std::string>(), each["member"].get<std::string>(),
                  shown(each["before"]), shown(each["after"])});
    }
    text += causes.text("    ");
    if (count > kCausesTold) {
      text += fmt::format("    and {} more: --format json has all\n",
                          result["causes"].size() - kCausesTold);
    }
  }
  if (!tree["rows"].empty()) {
    text += "\n  rows\n";
    std::size_t rows = 0;
    for (const Tree& row : tree["rows"]) {
      if (++rows > kRowsTold) break;
      text += "    " + row["id"].get<std::string>() + ": " + row["state"].get<std::string>();
      std::size_t members = 0;
      for (const Tree& each : row["changes"]) {
        const std::string member = each["member"].get<std::string>();
        if (member.ends_with("_p5") || member.ends_with("_p50") || member.ends_with("_p95")) {
          continue;
        }
        if (++members > kMembersTold) break;
        const std::string by = change_text(each["change"]);
        text += (members == 1 ? ": " : "; ") + member + " " +
                (by.empty() ? shown(each["before"]) + " to " + shown(each["after"]) : by);
      }
      if (members > kMembersTold) text += "; more";
      text += "\n";
    }
    if (rows > kRowsTold) {
      text +=
          fmt::format("    and {} more: --format json has all\n", tree["rows"].size() - kRowsTold);
    }
  }
  return text;
}

}  // namespace

const ReportForms kDifferenceForms{"diff", render_difference};

Report difference_report(const Report& before, const Report& after, const std::string& before_name,
                         const std::string& after_name) {
  const Tree& old = before.tree().tree;
  const Tree& fresh = after.tree().tree;
  Tree tree = report_head("diff");
  tree["inputs"] = {{"before", before_name}, {"after", after_name}};
  Tree figures = Tree::array();
  std::map<std::string, KeyFigure> known;
  for (const KeyFigure& each : before.key_figures()) known[each.name] = each;
  for (const KeyFigure& each : after.key_figures()) {
    const auto found = known.find(each.name);
    const bool same = found != known.end() && found->second.number == each.number &&
                      found->second.value == each.value;
    if (same) {
      known.erase(each.name);
      continue;
    }
    Tree figure = member_change(each.name, nullptr, each.value);
    if (found != known.end()) {
      figure["before"] = found->second.value;
      if (found->second.number && each.number) {
        figure["change"] = change(Tree(*found->second.number), Tree(*each.number));
      }
      known.erase(found);
    }
    figures.push_back(std::move(figure));
  }
  for (const auto& [name, each] : known) {
    figures.push_back(member_change(name, each.value, nullptr));
  }
  tree["result"] = {
      {"of", old["question"]}, {"causes", causes_of(old, fresh)}, {"figures", std::move(figures)}};
  tree["rows"] = rows_tree(old["rows"], fresh["rows"]);
  for (Tree& row : tree["rows"]) {
    Tree flat = {{"id", row["id"]}, {"question", "diff"}};
    flat.update(row);
    row = std::move(flat);
  }
  close_report(tree);
  return make_report(std::move(tree));
}

}  // namespace traincost
