// The statement read again: does it say what the claim's figures say?
#include <algorithm>

#include "base/text.h"
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

// All runs of a claim, the subject first.
std::vector<const Subject*> subjects_of(const Claim& claim) {
  std::vector<const Subject*> all{&claim.subject};
  for (const auto* list : {&claim.parts, &claim.others}) {
    for (const Subject& each : *list) all.push_back(&each);
  }
  return all;
}

// The first value that the claim has of a figure; null where it has none.
const Stated* first_of(const Claim& claim, Figure figure) {
  for (const Subject* each : subjects_of(claim)) {
    if (const Stated* stated = each->figure(figure)) return stated;
  }
  return nullptr;
}

// What a number of the statement may be called by another name: "a $40,000 processor" is a unit
// price, "steps of 3M tokens" a batch.
Dimension kind_of_number(Figure figure) {
  Dimension dimension = kind_of(figure).dimension;
  dimension.accelerator = 0;
  return dimension;
}

// Whether some figure of the claim explains a number that the statement says: by whatever name; the
// sum of its parts; or that of all accelerators or of a node, where the figure is of each.
bool explained(const Claim& claim, Figure figure, double said) {
  constexpr double kAlike = 0.1;  // another unit or rounding of the same
  const Interval near{(1 - kAlike) * said, (1 + kAlike) * said};
  for (const Subject* subject : subjects_of(claim)) {
    const Stated* count = subject->figure(Figure::kAccelerators);
    for (const auto& each : subject->figures) {
      const Stated& stated = each.second;  // clang 14 hands no binding to a lambda
      if (kind_of_number(each.first) != kind_of_number(figure)) continue;
      if (stated.meant.meets(near)) return true;
      constexpr double kNodes[] = {4, 8, 16};
      const auto by = [&](double n) {
        return Interval{n * stated.meant.low, n * stated.meant.high}.meets(near);
      };
      const bool rate = figure == Figure::kPrice || figure == Figure::kPower;
      if (rate && (std::any_of(std::begin(kNodes), std::end(kNodes), by) ||
                   (count != nullptr && by(count->value)))) {
        return true;
      }
    }
  }
  double sum = 0;
  for (const Subject& part : claim.parts) {
    if (const Stated* stated = part.figure(figure)) sum += stated->value;
  }
  return near.holds(sum);
}

// A run whose name holds another size than its figure: "Pythia-1.4B" of 2.8B parameters.
std::optional<CheckRow> name_row(const Subject& subject, const NameBook& names) {
  const Stated* stated = subject.figure(Figure::kParameters);
  if (stated == nullptr) stated = subject.figure(Figure::kActiveParameters);
  if (stated == nullptr) return std::nullopt;
  constexpr double kName = 0.25;  // names are generous: GPT-2 Medium, 355M, was once 345M
  std::vector<std::string> sizes{subject.name};  // "8B"
  for (const NameMention& name : names.in(subject.name)) sizes.push_back(name.parameters);
  for (const std::string& text : sizes) {
    const ParsedStated size = parse_stated(text, Dimension{});
    if (!size.stated || !is_letter(text.back())) continue;
    const double said = size.stated->value;
    const Interval near{(1 - kName) * said, (1 + kName) * said};
    // "300B" may name the tokens.
    const auto of = [&](const auto& figure) { return figure.second.meant.meets(near); };
    if (std::any_of(subject.figures.begin(), subject.figures.end(), of)) return std::nullopt;
    CheckRow row = prose_row(kind_of(Figure::kParameters).key, text, stated->text);
    row.subject = subject.name;
    return row;
  }
  return std::nullopt;
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
  for (const Subject* each : subjects_of(claim)) {
    if (auto row = name_row(*each, names)) rows.push_back(std::move(*row));
  }
  const Draft draft = draft_claims(claim.statement, names);
  for (int i = 0; i < kFigures; ++i) {
    const auto figure = static_cast<Figure>(i);
    const Stated* own = first_of(claim, figure);
    if (own == nullptr) continue;
    // What the statement says of it, anywhere.
    std::string said;
    bool agrees = false;
    const auto look = [&](const DraftSubject& subject) {
      const DraftFigure* found = subject.figure(figure);
      if (found == nullptr) return;
      if (said.empty()) said = found->text;
      agrees = agrees || explained(claim, figure, found->value);
    };
    for (const DraftClaim& each : draft.claims) {
      look(each.subject);
      for (const auto* list : {&each.parts, &each.others}) {
        for (const DraftSubject& subject : *list) look(subject);
      }
    }
    if (!said.empty() && !agrees) rows.push_back(prose_row(kind_of(figure).key, said, own->text));
  }
  return rows;
}

}  // namespace traincost
