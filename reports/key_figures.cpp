#include "reports/key_figures.h"

#include <algorithm>

#include "reports/format.h"

namespace traincost {
namespace {

bool known(const Tree& object, const std::string& key) {
  return object.is_object() && object.contains(key) && object[key].is_number();
}

// A figure of an object with its quantiles, which stand beside it as KEY_p5 and KEY_p95, or in
// KEY_range; nothing where it has none.
class FigureList {
 public:
  explicit FigureList(const Tree& object) : object_(object) {}

  FigureList& add(const std::string& name, const std::string& key, std::string (*write)(double)) {
    if (!known(object_, key)) return *this;
    KeyFigure figure{name, write(object_[key].get<double>()), "", object_[key].get<double>()};
    const std::string range = key + "_range";
    if (known(object_, key + "_p5") && known(object_, key + "_p95")) {
      figure.range = span(object_[key + "_p5"], object_[key + "_p95"], write);
    } else if (object_.contains(range) && known(object_[range], "p5") &&
               known(object_[range], "p95")) {
      figure.range = span(object_[range]["p5"], object_[range]["p95"], write);
    }
    figures_.push_back(std::move(figure));
    return *this;
  }
  FigureList& say(const std::string& name, const std::string& value) {
    if (!value.empty()) figures_.push_back({name, value, "", std::nullopt});
    return *this;
  }
  [[nodiscard]] std::vector<KeyFigure> all() const { return figures_; }

 private:
  static std::string span(const Tree& low, const Tree& high, std::string (*write)(double)) {
    if (low == high) return "";
    return write(low.get<double>()) + " to " + write(high.get<double>());
  }

  const Tree& object_;
  std::vector<KeyFigure> figures_;
};

std::string text_at(const Tree& object, const char* key) {
  const bool there = object.is_object() && object.contains(key) && object[key].is_string();
  return there ? object[key].get<std::string>() : "";
}

std::string plain_percent(double share) { return percent(share, 1); }
std::string megawatt_hours(double kwh) { return significant(kwh / 1000, 4) + " MWh"; }

std::vector<KeyFigure> of_estimate(const Tree& report) {
  const Tree& result = report["result"];
  FigureList list(result["total"]);
  const Tree& needed = result["memory"];
  if (needed.is_object() && needed["fits"] != true) {
    return list.say("memory of a rank", "does not fit")
        .say("needed", gigabytes(needed["required_bytes"].get<double>()))
        .say("present", gigabytes(needed["available_bytes"].get<double>()))
        .all();
  }
  list.add("accelerator-hours", "accelerator_hours", rounded)
      .add("wall time", "wall_days", days_text)
      .add("cost, " + text_at(result["total"], "cost_method"), "cost_usd", dollars)
      .add("energy", "energy_kwh", megawatt_hours);
  if (const std::string day = text_at(result["total"], "finish_date"); !day.empty()) {
    list.say("done by", day);
  }
  const Tree* longest = nullptr;
  for (const Tree& phase : result["phases"]) {
    if (!known(phase, "mfu")) continue;
    if (longest == nullptr || phase["accelerator_hours"] > (*longest)["accelerator_hours"]) {
      longest = &phase;
    }
  }
  if (longest != nullptr) {
    list.say("MFU, of the BF16 peak", plain_percent((*longest)["mfu"].get<double>()));
  }
  const Tree& memory = result["memory"];
  if (known(memory, "required_bytes") && known(memory, "available_bytes")) {
    list.say("memory", gigabytes(memory["required_bytes"].get<double>()) + " of " +
                           gigabytes(memory["available_bytes"].get<double>()));
  }
  return list.all();
}

std::vector<KeyFigure> of_search(const Tree& report) {
  const Tree& top = report["result"]["top"];
  if (top.empty()) return {};
  FigureList list(top[0]);
  list.add("step", "step_time_s", duration)
      .add("MFU, of the BF16 peak", "mfu", plain_percent)
      .add("wall time", "wall_days", days_text)
      .add("cost", "cost_usd", dollars)
      .add("memory", "memory_required_bytes", gigabytes);
  return list.all();
}

std::vector<KeyFigure> of_size(const Tree& report) {
  const Tree& best = report["result"]["best"];
  if (!best.is_object()) return {};
  FigureList list(best);
  if (known(best, "accelerators")) {
    list.say("cluster",
             rounded(best["accelerators"].get<double>()) + " x " + text_at(best, "accelerator"));
  }
  list.add("wall time", "wall_days", days_text)
      .add("cost", "cost_usd", dollars)
      .add("accelerator-hours", "accelerator_hours", rounded)
      .add("MFU, of the BF16 peak", "mfu", plain_percent);
  return list.all();
}

std::vector<KeyFigure> of_compare(const Tree& report) {
  std::vector<KeyFigure> figures;
  for (const Tree& row : report["rows"]) {
    FigureList list(row);
    const std::string name =
        (known(row, "accelerators") ? row["accelerators"].dump() + " x " : "") +
        text_at(row, "accelerator");
    if (row.contains("feasible") && row["feasible"] != true) {
      list.say(name, text_at(row, "why_not"));
    } else {
      list.add(name, "cost_usd", dollars);
    }
    for (KeyFigure& each : list.all()) figures.push_back(std::move(each));
  }
  return figures;
}

std::vector<KeyFigure> of_check(const Tree& report) {
  std::vector<KeyFigure> figures;
  for (const auto& [verdict, count] : report["result"]["counts"].items()) {
    std::string name = verdict;
    std::replace(name.begin(), name.end(), '_', ' ');
    if (count != 0) figures.push_back({name, count.dump(), "", count.get<double>()});
  }
  return figures;
}

std::vector<KeyFigure> of_validation(const Tree& report) {
  FigureList list(report["result"]);
  list.add("runs scored", "scored", rounded)
      .add("mean error of all", "mape", plain_percent)
      .add("mean error, families weighing the same", "mean_family_mape", plain_percent);
  return list.all();
}

struct KeyFigures {
  const char* question;
  std::vector<KeyFigure> (*of)(const Tree&);
};

constexpr KeyFigures kKeyFigures[] = {
    {"estimate", of_estimate}, {"search", of_search}, {"size", of_size},
    {"compare", of_compare},   {"check", of_check},   {"validate", of_validation},
};

}  // namespace

std::vector<KeyFigure> key_figures_of(const Tree& report) {
  for (const KeyFigures& each : kKeyFigures) {
    if (report["question"] == each.question) return each.of(report);
  }
  return {};
}

std::string warning_text(const Tree& warning) {
  if (warning.is_string()) return warning.get<std::string>();
  return text_at(warning, "code") + ": " + text_at(warning, "message");
}

}  // namespace traincost
