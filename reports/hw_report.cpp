#include <algorithm>
#include <map>

#include "base/units.h"
#include "estimator/model/named.h"
#include "reports/format.h"
#include "reports/report_tree.h"

namespace traincost {
namespace {

using namespace unit;

Tree source_tree(const Record& record, const std::string& key) {
  const Source* source = record.source(key);
  Tree t;
  t["record"] = record.id;
  t["key"] = key;
  if (source != nullptr) {
    t["kind"] = source_kind_name(source->kind);
    t["title"] = source->title;
    t["where"] = source->where;
    t["retrieved"] = source->retrieved;
  }
  return t;
}

// Ratios below one as a share, above as a multiple: "14.96%", "1.20x".
std::string ratio_text(double ratio) {
  return ratio < 1 ? percent(ratio, 2) : significant(ratio, 3) + "x";
}

std::string value_text(const Tree& value, const Tree& unit) {
  if (value.is_null()) return "-";
  std::string text = value.is_string() ? value.get<std::string>() : [&] {
    const double number = value.get<double>();
    const bool fraction = number != static_cast<double>(static_cast<long long>(number));
    return fraction ? significant(number, 5) : rounded(number);
  }();
  if (!value.is_string() && text.find('.') != std::string::npos) {
    while (text.back() == '0') text.pop_back();
    if (text.back() == '.') text.pop_back();
  }
  const std::string unit_name = unit.is_null() ? "" : unit.get<std::string>();
  return unit_name.empty() ? text : text + " " + unit_name;
}

std::string render_compare(const Tree& tree) {
  const Tree& inputs = tree["inputs"];
  Table table({true, false, false, false, true});
  table.row({"field", inputs["a"].get<std::string>(), inputs["b"].get<std::string>(), "ratio",
             "sources"});
  for (const Tree& row : tree["rows"]) {
    std::string sources;
    for (const Tree& source : row["sources"]) {
      sources += (sources.empty() ? "" : " / ") + source["key"].get<std::string>();
    }
    table.row({row["field"].get<std::string>(), value_text(row["a"], row["unit"]),
               value_text(row["b"], row["unit"]),
               row["ratio"].is_null() ? "-" : ratio_text(row["ratio"].get<double>()), sources});
  }
  return inputs["a_name"].get<std::string>() + " against " + inputs["b_name"].get<std::string>() +
         ", dense peaks, bandwidth per direction\n\n" + table.text("  ") +
         "\n  `traincost hw show " + inputs["a"].get<std::string>() +
         "` prints each figure with its source and note.\n";
}

std::string render_record(const Tree& tree) {
  const Tree& result = tree["result"];
  std::string text =
      result["name"].get<std::string>() + " (" + result["id"].get<std::string>() + ")\n\n";
  Table table({true, false, true, true});
  for (const Tree& row : tree["rows"]) {
    std::string note = row["note"].is_null() ? "" : row["note"].get<std::string>();
    table.row({row["field"].get<std::string>(), value_text(row["value"], row["unit"]),
               row["source"].get<std::string>(), note});
  }
  text += table.text("  ");
  if (!result["derived"].empty()) {
    text += "\nfollows from the record\n";
    Table derived({true, false, true});
    for (const Tree& item : result["derived"]) {
      derived.row({item["name"].get<std::string>(), value_text(item["value"], item["unit"]),
                   item["how"].get<std::string>()});
    }
    text += derived.text("  ");
  }
  text += "\nsources\n";
  Table sources({true, true, true});
  for (const Tree& source : tree["sources"]) {
    const std::string id = source["id"].get<std::string>();
    sources.row({id.substr(id.find('/') + 1), source["kind"].get<std::string>(),
                 source["title"].get<std::string>() + "; " + source["where"].get<std::string>()});
  }
  text += sources.text("  ");
  if (!result["notes"].empty()) {
    text += "\nnotes\n";
    for (const Tree& note : result["notes"]) text += "  - " + note.get<std::string>() + "\n";
  }
  return text;
}

std::string render_list(const Tree& tree) {
  if (tree["rows"].empty()) return "none\n";
  std::vector<std::string> keys;
  for (const auto& [key, value] : tree["rows"].front().items()) {
    if (key != "question") keys.push_back(key);
  }
  std::vector<bool> left;
  for (const std::string& key : keys) left.push_back(tree["rows"].front()[key].is_string());
  Table table(left);
  table.row(keys);
  for (const Tree& row : tree["rows"]) {
    std::vector<std::string> cells;
    for (const std::string& key : keys) cells.push_back(value_text(row[key], nullptr));
    table.row(cells);
  }
  return table.text();
}

Tree accelerator_row(const Accelerator& a) {
  Tree row;
  row["id"] = a.record.id;
  row["question"] = "hw-list";
  row["name"] = a.record.name;
  const auto peak = [&](const char* precision) {
    const auto found = a.peak_dense.find(precision);
    return found == a.peak_dense.end() ? Tree(nullptr) : Tree(found->second.in(TFLOP_per_s));
  };
  row["bf16_tflops"] = peak("bf16");
  row["fp8_tflops"] = peak("fp8");
  row["memory_gb"] = a.memory_capacity.in(GB);
  row["memory_gb_per_s"] = a.memory_bandwidth.in(GB_per_s);
  row["scale_up_gb_per_s"] =
      a.scale_up_bandwidth ? Tree(a.scale_up_bandwidth->in(GB_per_s)) : Tree(nullptr);
  row["board_power_w"] = a.board_power ? Tree(a.board_power->in(watt)) : Tree(nullptr);
  return row;
}

template <typename T>
void name_rows(Tree& rows, const std::vector<T>& records) {
  for (const T& each : records) {
    std::string aliases;
    for (const std::string& alias : each.aliases) {
      aliases += (aliases.empty() ? "" : ", ") + alias;
    }
    rows.push_back(
        {{"id", each.id}, {"question", "hw-list"}, {"name", each.name}, {"aliases", aliases}});
  }
}

void add_export_measures(Tree& list, const ExportMeasures& chip) {
  if (chip.tpp > 0) {
    list.push_back({{"name", "total processing performance"},
                    {"value", chip.tpp},
                    {"unit", "TPP"},
                    {"how", "largest dense peak x bit length"}});
  }
  if (const auto density = chip.density()) {
    list.push_back({{"name", "performance density"},
                    {"value", *density},
                    {"unit", "TPP/mm2"},
                    {"how", "TPP / (die_area x dies)"}});
  }
}

void add_derived(Tree& list, const Record& record) {
  const auto base = [&](const char* name) {
    const Field* field = record.field(name);
    return field == nullptr ? 0.0 : field->base;
  };
  const auto add = [&](const char* name, double value, const char* unit, const char* how) {
    if (value > 0) {
      list.push_back({{"name", name}, {"value", value}, {"unit", unit}, {"how", how}});
    }
  };
  const double bandwidth = base("memory_bandwidth");
  const double bf16 = base("peak_dense.bf16");
  if (bandwidth > 0 && bf16 > 0) {
    add("intensity to be compute-bound", bf16 / bandwidth, "FLOP/B",
        "peak_dense.bf16 / memory_bandwidth");
  }
  if (base("board_power") > 0 && bf16 > 0) {
    add("bf16 FLOP per joule", bf16 / base("board_power") / 1e9, "GFLOP/J",
        "peak_dense.bf16 / board_power");
  }
}

}  // namespace

const ReportForms kHardwareCompareForms{"hw-compare", render_compare};
const ReportForms kHardwareShowForms{"hw-show", render_record};
const ReportForms kHardwareListForms{"hw-list", render_list};

Report compare_report(const Accelerator& a, const Accelerator& b) {
  Tree tree = report_head("hw-compare");
  tree["inputs"] = {
      {"a", a.record.id}, {"b", b.record.id}, {"a_name", a.record.name}, {"b_name", b.record.name}};
  tree["result"] = Tree::object();
  tree["rows"] = Tree::array();
  for (const Field& field : a.record.fields) {
    const Field* other = b.record.field(field.name);
    if (other == nullptr) continue;
    Tree row;
    row["id"] = a.record.id + ":" + b.record.id + ":" + field.name;
    row["question"] = "hw-compare";
    row["field"] = field.name;
    const bool numbers = field.value && other->value;
    row["a"] = numbers ? Tree(*field.value) : Tree(field.text);
    // In a's unit, so that the two can be read side by side.
    const double unit_base = numbers && *field.value != 0 ? field.base / *field.value : 1;
    row["b"] = numbers ? Tree(other->base / unit_base) : Tree(other->text);
    row["unit"] = field.unit;
    row["ratio"] = numbers && other->base != 0 ? Tree(field.base / other->base) : Tree(nullptr);
    row["sources"] = {source_tree(a.record, field.source), source_tree(b.record, other->source)};
    tree["rows"].push_back(std::move(row));
  }
  tree["sources"] = Tree::array();
  add_sources(tree["sources"], a.record);
  add_sources(tree["sources"], b.record);
  close_report(tree);
  return make_report(std::move(tree));
}

Report record_report(const Record& record, const Accelerator* chip) {
  Tree tree = report_head("hw-show");
  tree["inputs"] = {{"id", record.id}};
  Tree result;
  result["room"] = record.room;
  result["id"] = record.id;
  result["name"] = record.name;
  result["aliases"] = record.aliases;
  result["notes"] = record.notes;
  result["derived"] = Tree::array();
  add_derived(result["derived"], record);
  if (chip != nullptr) add_export_measures(result["derived"], export_measures(*chip));
  tree["result"] = std::move(result);
  tree["rows"] = Tree::array();
  for (const Field& field : record.fields) {
    Tree row;
    row["id"] = record.id + ":" + field.name;
    row["question"] = "hw-show";
    row["field"] = field.name;
    row["value"] = field.value ? Tree(*field.value) : Tree(field.text);
    row["unit"] = field.unit;
    row["source"] = field.source;
    const Source* source = record.source(field.source);
    row["source_kind"] = source == nullptr ? Tree(nullptr) : Tree(source_kind_name(source->kind));
    row["note"] = field.note.empty() ? Tree(nullptr) : Tree(field.note);
    tree["rows"].push_back(std::move(row));
  }
  tree["sources"] = Tree::array();
  add_sources(tree["sources"], record);
  close_report(tree);
  return make_report(std::move(tree));
}

Report list_report(const HardwareDb& db, const std::string& room) {
  Tree tree = report_head("hw-list");
  tree["inputs"] = {{"room", room}};
  tree["result"] = Tree::object();
  tree["rows"] = Tree::array();
  if (room == "accelerators") {
    for (const Accelerator& each : db.accelerators()) tree["rows"].push_back(accelerator_row(each));
  } else {
    name_rows(tree["rows"], db.records(room));
  }
  tree["result"]["count"] = tree["rows"].size();
  close_report(tree);
  return make_report(std::move(tree));
}

namespace {

// What has no rental or no purchase price: it is said, not left to be missed.
Tree unquoted_tree(const HardwareDb& db, const std::string& accelerator_id) {
  Tree list = Tree::array();
  for (const Accelerator& chip : db.accelerators()) {
    const std::string& id = chip.record.id;
    if (!accelerator_id.empty() && id != accelerator_id) continue;
    bool rented = false, bought = false;
    for (const PriceBook& book : db.price_books()) {
      const auto of_chip = [&](const auto& quote) { return quote.accelerator == id; };
      rented = rented || std::any_of(book.rental.begin(), book.rental.end(), of_chip);
      bought = bought || std::any_of(book.purchase.begin(), book.purchase.end(), of_chip);
    }
    if (rented && bought) continue;
    list.push_back({{"accelerator", id}, {"rental", rented}, {"purchase", bought}});
  }
  return list;
}

std::string unquoted_text(const Tree& list) {
  std::string text, rental, purchase, neither;
  const auto add = [](std::string& names, const Tree& each) {
    names += (names.empty() ? "" : ", ") + each["accelerator"].get<std::string>();
  };
  for (const Tree& each : list) {
    const bool rented = each["rental"].get<bool>(), bought = each["purchase"].get<bool>();
    add(!rented && !bought ? neither : rented ? purchase : rental, each);
  }
  const auto line = [&](const char* words, const std::string& names) {
    if (!names.empty()) text += "\n" + wrapped(words + names, "  ") + "\n";
  };
  line("no rental price is known of ", rental);
  line("no purchase price is known of ", purchase);
  line("Not quoted at all: ", neither);
  return text;
}

std::string render_prices(const Tree& tree) {
  Table table({true, true, true, true, true, true, false, true, true});
  table.row({"accelerator", "kind", "tier", "region", "from", "date", "price", "unit", "source"});
  for (const Tree& row : tree["rows"]) {
    table.row({row["accelerator"].get<std::string>(), row["kind"].get<std::string>(),
               row["tier"].get<std::string>(),
               row["region"].is_null() ? "" : row["region"].get<std::string>(),
               row["from"].get<std::string>(), row["date"].get<std::string>(),
               dollars(row["price"].get<double>()), row["unit"].get<std::string>(),
               row["source"].get<std::string>()});
  }
  return table.text() + unquoted_text(tree["result"]["unquoted"]);
}

}  // namespace

const ReportForms kPricesForms{"prices", render_prices};
const ReportForms kModelsForms{"models", render_list};

Report prices_report(const HardwareDb& db, const std::string& accelerator_id) {
  Tree tree = report_head("prices");
  tree["inputs"] = {{"accelerator", accelerator_id.empty() ? Tree(nullptr) : Tree(accelerator_id)}};
  tree["result"] = Tree::object();
  tree["rows"] = Tree::array();
  tree["sources"] = Tree::array();
  std::map<std::string, int> seen;  // quotes of one offer and month are told apart by number
  const auto add = [&](const std::string& id, const std::string& kind, const std::string& from,
                       const std::string& tier, const std::string& region, const std::string& date,
                       double price, const std::string& unit, const std::string& source,
                       const std::string& note) {
    Tree row;
    const std::string offer = id + ":" + tier + ":" + date + ":" + from;
    const int number = ++seen[offer];
    row["id"] = number == 1 ? offer : offer + ":" + std::to_string(number);
    row["question"] = "prices";
    row["accelerator"] = id;
    row["kind"] = kind;
    row["tier"] = tier;
    row["region"] = region.empty() ? Tree(nullptr) : Tree(region);
    row["from"] = from;
    row["date"] = date;
    row["price"] = price;
    row["unit"] = unit;
    row["source"] = source;
    row["note"] = note.empty() ? Tree(nullptr) : Tree(note);
    tree["rows"].push_back(std::move(row));
  };
  const auto wanted = [&](const std::string& id) {
    return accelerator_id.empty() || id == accelerator_id;
  };
  for (const PriceBook& book : db.price_books()) {
    for (const RentalQuote& q : book.rental) {
      if (!wanted(q.accelerator)) continue;
      add(q.accelerator, "rental", q.provider, q.tier, q.region, q.date,
          q.price.in(usd_per_accelerator_hour), "USD per accelerator-hour", q.source, q.note);
    }
    for (const PurchaseQuote& q : book.purchase) {
      if (!wanted(q.accelerator)) continue;
      add(q.accelerator, "purchase", std::string(name_of(kPurchaseForms, q.form)), "purchase", "",
          q.date, q.price.in(usd / unit::accelerator), "USD per accelerator", q.source, q.note);
    }
    add_sources(tree["sources"], book.record);
  }
  tree["result"]["unquoted"] = unquoted_tree(db, accelerator_id);
  close_report(tree);
  return make_report(std::move(tree));
}

Report models_report() {
  Tree tree = report_head("models");
  tree["inputs"] = Tree::object();
  tree["result"] = Tree::object();
  tree["rows"] = Tree::array();
  for (const std::string& name : model_names()) {
    const auto imported = find_model(name);
    const ParameterCount count = count_parameters(imported->model);
    tree["rows"].push_back({{"id", name},
                            {"question", "models"},
                            {"family", imported->model.family},
                            {"layers", imported->model.layer_count()},
                            {"hidden", imported->model.hidden},
                            {"parameters", count.total},
                            {"active", count.active_all}});
  }
  close_report(tree);
  return make_report(std::move(tree));
}

}  // namespace traincost
