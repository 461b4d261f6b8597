#include "hwdb/hwdb.h"

#include <algorithm>
#include <filesystem>
#include <tuple>

#include "base/json.h"
#include "base/nearest.h"
#include "base/read_file.h"
#include "base/text.h"
#include "hwdb/embedded.h"

namespace traincost {
namespace {

namespace fs = std::filesystem;

constexpr const char* kRooms[] = {"accelerators", "systems",      "stacks", "prices",      "grids",
                                  "reliability",  "export_rules", "engine", "engine_error"};

// Names as people write them: "H100 ", "h100".
std::string folded(std::string_view name) {
  while (!name.empty() && name.front() == ' ') name.remove_prefix(1);
  while (!name.empty() && name.back() == ' ') name.remove_suffix(1);
  return lower(std::string(name));
}

// The records of a folder: ROOM/ID.json below it. Other files are not records.
template <typename Visit>
void visit_folder(const std::string& folder, Visit visit) {
  std::error_code error;
  if (!fs::is_directory(folder, error)) {
    throw InputError(Fault{folder, 0, "", "no such folder of records",
                           "expected a folder with accelerators/, systems/, stacks/, ..."});
  }
  bool any = false;
  for (const char* room : kRooms) {
    const fs::path room_path = fs::path(folder) / room;
    if (!fs::is_directory(room_path, error)) continue;
    any = true;
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(room_path)) {
      if (entry.path().extension() == ".json") files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    for (const fs::path& file : files) visit(room, file);
  }
  if (!any) {
    throw InputError(Fault{folder, 0, "", "holds no room of records",
                           "expected accelerators/, systems/, stacks/, prices/, grids/ or "
                           "reliability/ below it"});
  }
}

}  // namespace

HardwareDb HardwareDb::load(const std::string& folder, const std::string& overlay) {
  HardwareDb db;
  if (folder.empty()) {
    for (const EmbeddedFile& file : embedded_hwdb_files()) {
      Raw raw;
      raw.room = file.room;
      raw.id = file.id;
      raw.file = "hwdb/data/" + raw.room + "/" + raw.id + ".json";
      raw.embedded = file.text;
      db.raw_.push_back(std::move(raw));
    }
  } else {
    visit_folder(folder, [&](const char* room, const fs::path& file) {
      Raw raw;
      raw.room = room;
      raw.id = file.stem().string();
      raw.file = file.string();
      raw.text = read_file(raw.file);
      db.raw_.push_back(std::move(raw));
    });
  }
  if (overlay.empty()) return db;
  visit_folder(overlay, [&](const char* room, const fs::path& file) {
    const std::string id = file.stem().string();
    const auto known = std::find_if(db.raw_.begin(), db.raw_.end(), [&](const Raw& raw) {
      return raw.room == room && raw.id == id;
    });
    if (known != db.raw_.end()) {
      known->overlay = read_file(file.string());
      known->overlay_file = file.string();
      return;
    }
    Raw raw;
    raw.room = room;
    raw.id = id;
    raw.file = file.string();
    raw.text = read_file(raw.file);
    db.raw_.push_back(std::move(raw));
  });
  std::stable_sort(db.raw_.begin(), db.raw_.end(), [](const Raw& a, const Raw& b) {
    return std::tie(a.room, a.id) < std::tie(b.room, b.id);
  });
  return db;
}

template <typename T>
const T& HardwareDb::parse(const Raw& raw, T (*read)(const JsonCursor&)) const {
  const std::lock_guard lock(*parsing_);
  if (raw.parsed) return *static_cast<const T*>(raw.parsed.get());
  JsonValue document =
      parse_json(raw.embedded.empty() ? std::string_view(raw.text) : raw.embedded, raw.file);
  std::string file = raw.file;
  if (!raw.overlay_file.empty()) {
    merge_json(document, parse_json(raw.overlay, raw.overlay_file));
    file = raw.overlay_file;
  }
  Faults faults;
  const JsonCursor cursor(document, file, faults);
  auto parsed = std::make_shared<const T>(read(cursor));
  if (parsed->record.id != raw.id) {
    cursor.fault("id \"" + parsed->record.id + "\" differs from the file's name \"" + raw.id +
                 "\"");
  }
  faults.throw_if_any();
  raw.parsed = parsed;
  return *parsed;
}

template <typename T>
std::vector<T> HardwareDb::all(std::string_view room, T (*read)(const JsonCursor&)) const {
  std::vector<T> values;
  for (const Raw& raw : raw_) {
    if (raw.room == room) values.push_back(parse(raw, read));
  }
  return values;
}

template <typename T>
std::optional<T> HardwareDb::find(std::string_view room, std::string_view written,
                                  T (*read)(const JsonCursor&)) const {
  const std::string name = folded(written);
  for (const Raw& raw : raw_) {
    if (raw.room == room && raw.id == name) return parse(raw, read);
  }
  for (const Raw& raw : raw_) {
    if (raw.room != room) continue;
    const T& value = parse(raw, read);
    const auto& aliases = value.record.aliases;
    if (std::find(aliases.begin(), aliases.end(), name) != aliases.end()) return value;
  }
  return std::nullopt;
}

void HardwareDb::inherit_kernels(Accelerator& accelerator) const {
  constexpr int kLongestChain = 8;
  std::string parent_id = accelerator.kernels_inherited_from;
  for (int i = 0; i < kLongestChain && !parent_id.empty(); ++i) {
    const auto parent = find("accelerators", parent_id, read_accelerator);
    if (!parent) {
      throw InputError(Fault{"hwdb/data/accelerators/" + accelerator.record.id + ".json", 0,
                             "/kernels/inherits", "no accelerator \"" + parent_id + "\"", ""});
    }
    if (!accelerator.lasting_rate) accelerator.lasting_rate = parent->lasting_rate;
    if (!accelerator.paired_units) accelerator.paired_units = parent->paired_units;
    for (const auto& [precision, curve] : parent->gemm) {
      GemmCurve copy = curve;
      copy.inherited = true;
      accelerator.gemm.emplace(precision, copy);
    }
    for (const auto& [generation, curves] : parent->attention) {
      AttentionCurves copy = curves;
      copy.inherited = true;
      accelerator.attention.emplace(generation, copy);
    }
    parent_id = parent->kernels_inherited_from;
  }
}

std::optional<Accelerator> HardwareDb::accelerator(std::string_view name) const {
  auto found = find("accelerators", name, read_accelerator);
  if (found) inherit_kernels(*found);
  return found;
}

std::vector<Accelerator> HardwareDb::accelerators() const {
  std::vector<Accelerator> all_of_them = all("accelerators", read_accelerator);
  for (Accelerator& each : all_of_them) inherit_kernels(each);
  return all_of_them;
}

std::optional<System> HardwareDb::system(std::string_view name) const {
  return find("systems", name, read_system);
}
std::optional<Stack> HardwareDb::stack(std::string_view name) const {
  return find("stacks", name, read_stack);
}
std::optional<Grid> HardwareDb::grid(std::string_view name) const {
  return find("grids", name, read_grid);
}
std::optional<Reliability> HardwareDb::reliability(std::string_view name) const {
  return find("reliability", name, read_reliability);
}
std::optional<ExportRule> HardwareDb::export_rule(std::string_view name) const {
  return find("export_rules", name, read_export_rule);
}
std::optional<System> HardwareDb::usual_system(const std::string& accelerator,
                                               int node_size) const {
  std::optional<System> first;
  const std::string quoted = "\"" + accelerator + "\"";
  for (const Raw& raw : raw_) {
    if (raw.room != "systems") continue;
    // Most records do not even mention it; reading them all would be dearer than the answer.
    const std::string_view text = raw.embedded.empty() ? std::string_view(raw.text) : raw.embedded;
    const bool mentions = text.find(quoted) != std::string_view::npos ||
                          raw.overlay.find(quoted) != std::string::npos;
    if (!mentions) continue;
    const System& system = parse(raw, read_system);
    const auto& built = system.accelerators;
    const bool holds = std::find(built.begin(), built.end(), accelerator) != built.end();
    if (!holds || !system.usual) continue;
    if (node_size == 0 || system.node_size == node_size) return system;
    if (!first) first = system;
  }
  return first;
}
Engine HardwareDb::engine() const {
  auto found = find("engine", "engine", read_engine);
  return found ? std::move(*found) : Engine{};
}
EngineError HardwareDb::engine_error() const {
  auto found = find("engine_error", "engine-error", read_engine_error);
  if (found) return std::move(*found);
  EngineError none;
  none.by_regime.resize(regime_names().size());
  return none;
}
std::vector<System> HardwareDb::systems() const { return all("systems", read_system); }
std::vector<Stack> HardwareDb::stacks() const { return all("stacks", read_stack); }
std::vector<PriceBook> HardwareDb::price_books() const { return all("prices", read_price_book); }
std::vector<Grid> HardwareDb::grids() const { return all("grids", read_grid); }
std::vector<Reliability> HardwareDb::reliabilities() const {
  return all("reliability", read_reliability);
}
std::vector<ExportRule> HardwareDb::export_rules() const {
  return all("export_rules", read_export_rule);
}

std::vector<std::string> HardwareDb::ids(std::string_view room) const {
  std::vector<std::string> names;
  for (const Raw& raw : raw_) {
    if (raw.room == room) names.push_back(raw.id);
  }
  return names;
}

HardwareDb::NameFault HardwareDb::name_fault(std::string_view room,
                                             std::string_view written) const {
  const std::string name = folded(written);
  std::string one(room);
  if (one.size() > 1 && one.back() == 's') one.pop_back();
  if (one == "reliability") one = "reliability record";
  const std::vector<std::string> known = ids(room);
  std::string family;
  int members = 0;
  for (const std::string& id : known) {
    if (id.rfind(std::string(name) + "-", 0) != 0) continue;
    family += (family.empty() ? "" : " or ") + ("\"" + id + "\"");
    ++members;
  }
  const std::string list = "`traincost hw list" +
                           (room == "accelerators" ? "" : " " + std::string(room)) + "` shows all";
  if (members > 1) {
    return {one + " \"" + std::string(written) + "\" is ambiguous", "write " + family};
  }
  const std::string near =
      members == 1 ? "did you mean " + family + "?" : did_you_mean(name, known);
  return {"no " + one + " \"" + std::string(written) + "\" in hwdb",
          (near.empty() ? "" : near + " ") + list};
}

}  // namespace traincost
