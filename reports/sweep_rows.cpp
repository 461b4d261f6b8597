#include "reports/sweep_rows.h"

#include <charconv>

#include "reports/csv.h"

namespace traincost {
namespace {

constexpr std::size_t kFigures = static_cast<std::size_t>(SweepFigure::kCount);

// Columns between the axes and the figures, and behind the figures.
constexpr std::size_t kLeading = 2;  // id, question
constexpr const char* kJobColumns[] = {"model", "accelerator", "accelerators", "precision"};
constexpr std::size_t kJob = std::size(kJobColumns);
constexpr const char* kLayoutColumns[] = {"memory_fits",
                                          "tp",
                                          "pp",
                                          "vp",
                                          "cp",
                                          "dp",
                                          "ep",
                                          "expert_tp",
                                          "zero",
                                          "zero_shards",
                                          "sequence_parallel",
                                          "tp_overlap",
                                          "micro_batch",
                                          "global_batch",
                                          "recompute",
                                          "schedule",
                                          "error"};

void set_number(std::string& cell, std::optional<double> value) {
  cell.clear();
  if (!value) return;
  char text[40];
  const auto end = std::to_chars(text, text + sizeof text, *value);
  cell.assign(text, end.ptr);
}

bool is_text(const std::string& name) {
  return name == "precision" || name == "recompute" || name == "schedule" || name == "error" ||
         name == "model" || name == "accelerator" || name == "id" || name == "question";
}

}  // namespace

SweepRows::SweepRows(const SweepSpec& spec, RowFormat format)
    : format_(format), axes_(spec.axes.size()) {
  const auto add = [&](const std::string& name) { columns_.push_back({name, !is_text(name)}); };
  add("id");
  add("question");
  for (const SweepAxis& axis : spec.axes) {
    // A member that has a column of its own as well: "model" may be a path, and is a name there.
    columns_.push_back({(is_text(axis.path) ? "job." : "") + axis.path, false});
  }
  for (const char* name : kJobColumns) add(name);
  for (std::size_t i = 0; i < kFigures; ++i) {
    add(std::string(sweep_figure_name(static_cast<SweepFigure>(i))));
  }
  for (const char* name : kLayoutColumns) add(name);
  cells_.resize(columns_.size());
  for (const SweepColumn& column : columns_) keys_.push_back(json_string(column.name) + ":");
}

std::string SweepRows::header() const {
  if (format_ == RowFormat::kNdjson) return "";
  std::string text;
  for (const SweepColumn& column : columns_) {
    text += (text.empty() ? "" : ",") + csv_cell(column.name);
  }
  return text + "\r\n";
}

void SweepRows::set_fixed(const SweepRow& row) {
  const bool csv = format_ == RowFormat::kCsv;
  const auto text = [&](const std::string& value) {
    return value.empty() ? std::string() : csv ? csv_cell(value) : json_string(value);
  };
  std::size_t at = kLeading + axes_;
  const auto next = [&](const std::string& cell) { cells_[at++] = cell; };
  const bool known = row.error.empty();
  const auto whole = [&](std::int64_t value) { return known ? std::to_string(value) : ""; };
  next(text(row.model));
  next(text(row.accelerator));
  next(whole(row.accelerators));
  next(text(row.precision));
  at += kFigures;
  const Layout& l = row.layout;
  next(!known ? "" : row.fits ? "true" : "false");
  for (const int degree :
       {l.tp, l.pp, l.vp, l.cp, l.dp, l.ep, l.expert_tp, l.zero, l.zero_shards}) {
    next(whole(degree));
  }
  for (const bool on : {l.sequence_parallel, l.tp_overlap})
    next(!known ? "" : on ? "true" : "false");
  next(whole(row.batch.micro_batch));
  next(whole(row.batch.global_batch));
  next(known ? text(std::string(recompute_name(row.batch.recompute))) : "");
  next(known ? text(std::string(schedule_name(l.schedule))) : "");
  next(text(row.error));
}

void SweepRows::set_scaled(const SweepRow& row) {
  const bool csv = format_ == RowFormat::kCsv;
  cells_[0] = (csv ? "point-" : "\"point-") + std::to_string(row.index) + (csv ? "" : "\"");
  cells_[1] = csv ? "sweep" : "\"sweep\"";
  for (std::size_t i = 0; i < axes_; ++i) {
    cells_[kLeading + i] = csv ? csv_cell(row.values[i].text) : row.values[i].json;
  }
  for (std::size_t i = 0; i < kFigures; ++i) {
    set_number(cells_[kLeading + axes_ + kJob + i], row.figures[i]);
  }
}

void SweepRows::append(const SweepRow& row, bool same_job, std::string& text) {
  if (!same_job) set_fixed(row);
  set_scaled(row);
  if (format_ == RowFormat::kCsv) {
    for (std::size_t i = 0; i < cells_.size(); ++i) {
      if (i > 0) text += ',';
      text += cells_[i];
    }
    text += "\r\n";
    return;
  }
  for (std::size_t i = 0; i < cells_.size(); ++i) {
    text += i == 0 ? '{' : ',';
    text += keys_[i];
    text += cells_[i].empty() ? "null" : cells_[i];
  }
  text += "}\n";
}

}  // namespace traincost
