// The statement read again: does it say what the claim's figures say?
#include <algorithm>

#include "estimator/claims/check_rows.h"
#include "estimator/claims/draft.h"

namespace traincost {
namespace {

CheckRow prose_row(std::string figure, std::string said, std::string claimed) {
  CheckRow row;
  row.kind = RowKind::kStatement;
  row.figure = std::move(figure);
  row.from = {std::move(said), std::move(claimed)};
  row.counts = false;
  return row;
}

// Every value that the claim has of a figure, the subject's first.
std::vector<const Stated*> stated_of(const Claim& claim, Figure figure) {
  std::vector<const Stated*> found;
  const auto add = [&](const Subject& subject) {
    if (const Stated* stated = subject.figure(figure)) found.push_back(stated);
  };
  add(claim.subject);
  for (const auto* list : {&claim.parts, &claim.others}) {
    for (const Subject& each : *list) add(each);
  }
  return found;
}

// A chip that the statement names, where the claim is of another.
std::optional<CheckRow> chip_row(const Claim& claim, const NameBook& names) {
  if (!claim.subject.accelerator) return std::nullopt;
  const std::string& id = claim.subject.accelerator->record.id;
  std::string said;
  for (const NameMention& name : names.in(claim.statement)) {
    if (name.kind != NameKind::kAccelerator) continue;
    if (family_of(name.ids.front()) == family_of(id)) return std::nullopt;
    if (said.empty()) said = name.text;
  }
  if (said.empty()) return std::nullopt;
  return prose_row("accelerator", said, id);
}

}  // namespace

std::vector<CheckRow> prose_rows(const Claim& claim, const NameBook& names) {
  std::vector<CheckRow> rows;
  if (auto row = chip_row(claim, names)) rows.push_back(std::move(*row));
  const Draft draft = draft_claims(claim.statement, names);
  for (int i = 0; i < kFigures; ++i) {
    const auto figure = static_cast<Figure>(i);
    const std::vector<const Stated*> own = stated_of(claim, figure);
    if (own.empty()) continue;
    // What the statement says of it, anywhere.
    std::string said;
    bool agrees = false;
    const auto look = [&](const DraftSubject& subject) {
      const DraftFigure* found = subject.figure(figure);
      if (found == nullptr) return;
      if (said.empty()) said = found->text;
      constexpr double kAlike = 0.1;  // another unit or rounding of the same
      agrees = agrees || std::any_of(own.begin(), own.end(), [&](const Stated* each) {
                 const Interval near{(1 - kAlike) * found->value, (1 + kAlike) * found->value};
                 return each->meant.meets(near);
               });
    };
    for (const DraftClaim& each : draft.claims) {
      look(each.subject);
      for (const auto* list : {&each.parts, &each.others}) {
        for (const DraftSubject& subject : *list) look(subject);
      }
    }
    if (!said.empty() && !agrees) {
      rows.push_back(prose_row(kind_of(figure).key, said, own.front()->text));
    }
  }
  return rows;
}

}  // namespace traincost
