#include "reports/sweep_rows.h"

#include <utility>

#include "base/decimal.h"
#include "estimator/job/knobs.h"
#include "reports/csv.h"
#include "reports/tree.h"

namespace traincost {
namespace {

Cell text_cell(std::string_view text) { return text.empty() ? Cell{} : Cell{std::string(text)}; }

// Of a row without an answer only what it was asked and why there is none.
template <typename Value>
std::function<Cell(const SweepRow&)> of_answer(Value value) {
  return [value](const SweepRow& row) { return row.error.empty() ? Cell{value(row)} : Cell{}; };
}

ColumnKind kind_of(const KnobValue& value) {
  if (std::holds_alternative<std::int64_t>(value)) return ColumnKind::kInteger;
  return std::holds_alternative<bool>(value) ? ColumnKind::kTruth : ColumnKind::kText;
}

Cell cell_of(const KnobValue& value) {
  if (const auto* integer = std::get_if<std::int64_t>(&value)) return *integer;
  if (const auto* on = std::get_if<bool>(&value)) return *on;
  if (const auto* name = std::get_if<std::string_view>(&value)) return text_cell(*name);
  std::string names;
  for (const std::string_view each : std::get<std::vector<std::string_view>>(value)) {
    names += (names.empty() ? "" : " ") + std::string(each);
  }
  return text_cell(names);
}

void add_fixed(std::vector<SweepColumn>& columns) {
  const auto add = [&](std::string name, ColumnKind kind, std::string text,
                       std::function<Cell(const SweepRow&)> cell, bool scales = false) {
    columns.push_back({std::move(name), kind, std::move(text), scales, 0, std::move(cell)});
  };
  add("model", ColumnKind::kText, "name of the model",
      [](const SweepRow& row) { return text_cell(row.model); });
  add("accelerator", ColumnKind::kText, "id of the accelerator",
      [](const SweepRow& row) { return text_cell(row.accelerator); });
  add("accelerators", ColumnKind::kInteger, "how many of them",
      of_answer([](const SweepRow& row) { return std::int64_t{row.accelerators}; }));
  add("precision", ColumnKind::kText, "of products",
      [](const SweepRow& row) { return text_cell(row.precision); });
  for (const SweepFigureKind& figure : kSweepFigures) {
    add(
        std::string(figure.name), ColumnKind::kNumber, std::string(figure.text),
        [which = figure.figure](const SweepRow& row) -> Cell {
          const auto& value = row.figures[static_cast<std::size_t>(which)];
          return value ? Cell{*value} : Cell{};
        },
        true);
  }
  add("memory_fits", ColumnKind::kTruth, "whether the most loaded rank has the memory",
      of_answer([](const SweepRow& row) { return row.fits; }));
  for (const Knob& knob : kKnobs) {
    add(std::string(knob.name), kind_of(knob.value({}, {})), std::string(knob.text),
        [&knob](const SweepRow& row) {
          return row.error.empty() ? cell_of(knob.value(row.layout, row.batch)) : Cell{};
        });
  }
  add("accelerators_used", ColumnKind::kInteger, "that the layout uses; the others idle",
      of_answer([](const SweepRow& row) { return row.layout.ranks(); }));
  add("global_batch", ColumnKind::kInteger, "sequences of a step",
      of_answer([](const SweepRow& row) { return row.batch.global_batch; }));
  add("error", ColumnKind::kText, "why there is no answer; null where there is one",
      [](const SweepRow& row) { return text_cell(row.error); });
}

void add_leading(std::vector<SweepColumn>& columns) {
  columns.push_back({"id", ColumnKind::kText, "point-N, N from 0", true, 0,
                     [](const SweepRow& row) { return "point-" + std::to_string(row.index); }});
  columns.push_back({"question", ColumnKind::kText, "sweep", false, 0,
                     [](const SweepRow&) { return std::string("sweep"); }});
}

// A number as its shortest text that reads back the same.
void add_number(std::string& text, double value) { text += decimal_text(value); }
void add_number(std::string& text, std::int64_t value) { text += std::to_string(value); }

// Text of a cell; in CSV nothing is an empty cell.
void add_cell(std::string& text, const Cell& cell, bool csv) {
  if (const auto* number = std::get_if<double>(&cell)) return add_number(text, *number);
  if (const auto* integer = std::get_if<std::int64_t>(&cell)) return add_number(text, *integer);
  if (const auto* on = std::get_if<bool>(&cell)) {
    text += *on ? "true" : "false";
  } else if (const auto* written = std::get_if<std::string>(&cell)) {
    text += csv ? csv_cell(*written) : json_string(*written);
  } else if (!csv) {
    text += "null";
  }
}

}  // namespace

std::vector<SweepColumn> sweep_columns(const SweepSpec& spec) {
  std::vector<SweepColumn> columns, fixed;
  add_leading(columns);
  add_fixed(fixed);
  for (std::size_t i = 0; i < spec.axes.size(); ++i) {
    // A member that has a column of its own as well: "model" may be a path, and is a name there.
    const std::string& path = spec.axes[i].path;
    bool known = path == "id" || path == "question";
    for (const SweepColumn& each : fixed) known = known || each.name == path;
    columns.push_back({(known ? "job." : "") + path, ColumnKind::kAxis, "axis", true, i,
                       [i](const SweepRow& row) { return text_cell(row.values[i].text); }});
  }
  columns.insert(columns.end(), std::make_move_iterator(fixed.begin()),
                 std::make_move_iterator(fixed.end()));
  return columns;
}

std::string sweep_row_schema() {
  std::vector<SweepColumn> columns;
  add_leading(columns);
  add_fixed(columns);
  Tree t;
  t["$schema"] = "https://json-schema.org/draft/2020-12/schema";
  t["$id"] = "https://traincost.invalid/schema/sweep_row/1";
  t["title"] = "A row of a sweep";
  t["description"] =
      "What `traincost sweep --out FILE.ndjson` writes a line. Beside these members each axis has "
      "one by its path.";
  t["type"] = "object";
  for (const SweepColumn& column : columns) {
    const char* type = column.kind == ColumnKind::kNumber    ? "number"
                       : column.kind == ColumnKind::kInteger ? "integer"
                       : column.kind == ColumnKind::kTruth   ? "boolean"
                                                             : "string";
    t["properties"][column.name] = {{"type", {type, "null"}}, {"description", column.text}};
  }
  t["required"] = Tree::array();
  for (const SweepColumn& column : columns) t["required"].push_back(column.name);
  return t.dump(2) + "\n";
}

SweepRows::SweepRows(const SweepSpec& spec, RowFormat format)
    : format_(format), columns_(sweep_columns(spec)) {
  const bool csv = format_ == RowFormat::kCsv;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    before_.push_back(csv ? (i == 0 ? "" : ",")
                          : (i == 0 ? "{" : ",") + json_string(columns_[i].name) + ":");
    if (columns_[i].scales) scaling_.push_back(i);
  }
}

std::string SweepRows::header() const {
  if (format_ == RowFormat::kNdjson) return "";
  std::string text;
  for (const SweepColumn& column : columns_) {
    text += (text.empty() ? "" : ",") + csv_cell(column.name);
  }
  return text + "\r\n";
}

void SweepRows::add(const SweepColumn& column, const SweepRow& row, std::string& text) const {
  const bool csv = format_ == RowFormat::kCsv;
  if (column.kind != ColumnKind::kAxis) return add_cell(text, column.cell(row), csv);
  // As it was written: in JSON a number stays one.
  const auto& value = row.values[column.axis];
  text += csv ? csv_cell(value.text) : value.json;
}

void SweepRows::keep(const SweepRow& row) {
  kept_.assign(1, "");
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    kept_.back() += before_[i];
    if (columns_[i].scales) {
      kept_.emplace_back();
    } else {
      add(columns_[i], row, kept_.back());
    }
  }
  kept_.back() += format_ == RowFormat::kCsv ? "\r\n" : "}\n";
}

void SweepRows::append(const SweepRow& row, bool same_job, std::string& text) {
  if (!same_job) keep(row);
  for (std::size_t k = 0; k < scaling_.size(); ++k) {
    text += kept_[k];
    add(columns_[scaling_[k]], row, text);
  }
  text += kept_.back();
}

}  // namespace traincost
