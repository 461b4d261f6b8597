#include "reports/check_tree.h"

#include <cmath>

#include "reports/check_words.h"

namespace traincost {
namespace {

// An infinite end is null: there is none.
Tree finite(double value) { return std::isfinite(value) ? Tree(value) : Tree(nullptr); }

// Null where nothing is said.
Tree said(const std::string& text) { return text.empty() ? Tree(nullptr) : Tree(text); }

Tree row_tree(const CheckRow& row) {
  Tree t;
  t["kind"] = row_kind_name(row.kind);
  t["aspect"] = aspect_name(row.aspect);
  t["verdict"] = verdict_name(row.verdict);
  t["subject"] = row.subject.empty() ? Tree(nullptr) : Tree(row.subject);
  t["figure"] = row.figure;
  t["unit"] = row.unit;
  t["stated_text"] = row.text.empty() ? Tree(nullptr) : Tree(row.text);
  const bool none = row.value == 0 && row.derived_value == 0;  // rows of words alone
  const auto number = [&](double value) { return none ? Tree(nullptr) : Tree(finite(value)); };
  t["stated"] = number(row.value);
  t["stated_low"] = number(row.stated.low);
  t["stated_high"] = number(row.stated.high);
  t["derived"] = number(row.derived_value);
  t["derived_low"] = number(row.derived.low);
  t["derived_high"] = number(row.derived.high);
  t["ratio"] = number(row.ratio);
  t["from"] = row.from;
  t["vague"] = row.vague;
  t["redundant"] = row.redundant;
  t["counts"] = row.counts;
  t["through"] = row.through;
  t["hardware_flops"] = row.hardware_flops;
  t["before_pue"] = row.before_pue;
  t["flops_each"] = row.flops_each ? Tree(*row.flops_each) : Tree(nullptr);
  t["goodput"] = row.goodput ? Tree(*row.goodput) : Tree(nullptr);
  t["probability"] = row.probability ? Tree(*row.probability) : Tree(nullptr);
  for (std::size_t i = 0; i < 3; ++i) {
    constexpr const char* kKeys[] = {"usd_p5", "usd_p50", "usd_p95"};
    t[kKeys[i]] = row.usd ? finite((*row.usd)[i]) : Tree(nullptr);
  }
  t["line"] = row.line;
  t["off"] = degree_text(row).empty() ? Tree(nullptr) : Tree(row.apart);
  t["degree"] = said(degree_text(row));
  t["slack"] = none || !(row.derived_value > 0) || !(row.value > 0)
                   ? Tree(nullptr)
                   : Tree(finite(row.derived_value / row.value - 1));
  t["slip"] = row.slip ? Tree(slip_name(*row.slip)) : Tree(nullptr);
  t["likely"] = said(slip_text(row));
  t["arithmetic"] = said(arithmetic_text(row));
  t["says"] = row_text(row);
  t["unless"] = said(turns_text(row));
  t["turns"] = Tree::array();
  for (const Turn& turn : row.turns) {
    t["turns"].push_back({{"figure", turn.figure},
                          {"unit", turn.unit},
                          {"low", finite(turn.needed.low)},
                          {"high", finite(turn.needed.high)}});
  }
  return t;
}

// Each stated figure, and what it was read as where its words leave much open.
void add_figures(const Subject& subject, Tree& list) {
  constexpr double kOpen = 0.04;  // of its middle, each way
  for (const auto& [figure, stated] : subject.figures) {
    const FigureKind& kind = kind_of(figure);
    const Interval read{stated.meant.low / kind.base, stated.meant.high / kind.base};
    const bool open = !(read.high - read.low <= 2 * kOpen * stated.value / kind.base);
    Tree t;
    t["subject"] = said(subject.name);
    t["figure"] = kind.key;
    t["unit"] = kind.unit;
    t["text"] = stated.text;
    t["value"] = stated.value / kind.base;
    t["low"] = read.low;
    t["high"] = finite(read.high);
    t["read"] =
        open ? Tree((subject.name.empty() ? "" : subject.name + " ") + std::string(kind.words) +
                    " \"" + stated.text + "\" as " + range_text(read, kind.key, kind.unit))
             : Tree(nullptr);
    list.push_back(std::move(t));
  }
}

std::string implied_text(const ImpliedFigure& figure) {
  const bool bound = figure.range.low <= 0 || !std::isfinite(figure.range.high);
  return (figure.subject.empty() ? "" : figure.subject + " ") + figure_words(figure.figure) + " " +
         (bound ? range_text(figure.range, figure.figure, figure.unit)
                : figure_text(figure.value, figure.figure, figure.unit));
}

}  // namespace

Tree claim_tree(const CheckAnswer& answer) {
  const Claim& claim = answer.claim;
  Tree t;
  t["id"] = claim.id;
  t["file"] = claim.file;
  t["line"] = claim.line;
  t["statement"] = claim.statement;
  t["english"] = said(claim.english);
  t["language"] = claim.language.empty() ? Tree(nullptr) : Tree(claim.language);
  t["said_by"] = claim.said_by.empty() ? Tree(nullptr) : Tree(claim.said_by);
  t["date"] = claim.date;
  t["forecast"] = claim.forecast;
  t["source"] = {{"kind", source_kind_name(claim.source.kind)},
                 {"title", claim.source.title},
                 {"where", claim.source.where}};
  t["verdict"] = verdict_name(answer.overall);
  t["arithmetic"] = verdict_name(answer.arithmetic);
  t["physics"] = verdict_name(answer.physics);
  t["market"] = verdict_name(answer.market);
  t["scope"] = verdict_name(answer.scope);
  t["fails"] = answer.fails();
  t["summary"] = answer_text(answer);
  t["relations"] = Tree::array();
  for (const CheckRow& row : answer.rows) t["relations"].push_back(row_tree(row));
  t["implied"] = Tree::array();
  for (const ImpliedFigure& each : answer.implied) {
    t["implied"].push_back({{"subject", each.subject.empty() ? Tree(nullptr) : Tree(each.subject)},
                            {"figure", each.figure},
                            {"unit", each.unit},
                            {"value", finite(each.value)},
                            {"low", finite(each.range.low)},
                            {"high", finite(each.range.high)},
                            {"says", implied_text(each)}});
  }
  t["figures"] = Tree::array();
  add_figures(claim.subject, t["figures"]);
  for (const auto* list : {&claim.parts, &claim.others}) {
    for (const Subject& each : *list) add_figures(each, t["figures"]);
  }
  t["methods"] = Tree::array();
  for (const MethodCost& each : answer.methods) {
    t["methods"].push_back({{"method", each.method},
                            {"basis", each.basis},
                            {"usd_low", finite(each.usd.low)},
                            {"usd_high", finite(each.usd.high)},
                            {"says", each.method + " " + range_text(each.usd, "cost", "USD") +
                                         " (" + each.basis + ")"}});
  }
  t["includes"] = claim.scope ? Tree(claim.scope->includes) : Tree::array();
  t["excludes"] = claim.scope ? Tree(claim.scope->excludes) : Tree::array();
  t["left_out"] = Tree::array();
  if (claim.scope) {
    for (const ClaimScope::LeftOut& left : claim.scope->left_out) {
      t["left_out"].push_back(
          {{"what", left.what}, {"cost", left.cost ? Tree(left.cost->text) : Tree(nullptr)}});
    }
  }
  t["would_decide"] = answer.would_decide;
  t["words"] = Tree::array();
  for (const WordsOf& words : claim.words) {
    t["words"].push_back({{"of", words.member}, {"start", words.start}, {"length", words.length}});
  }
  t["notes"] = claim.notes;
  return t;
}

}  // namespace traincost
