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

// The records of a folder: ROOM/ID.json below it. Other files are not records.
template <typename Visit>
void visit_folder(const std::string& folder, Visit visit) {
  std::error_code error;
  if (!fs::is_directory(folder, error)) {
    throw InputError(Fault{folder, 0, "", "no such folder of records",
                           "expected a folder with accelerators/, systems/, stacks/, ..."});
  }
  bool any = false;
  for (const RecordKind& kind : kRecordKinds) {
    const std::string room(kind.room);
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

// Of board power for each FLOP/s, over another chip's; 1 where it is not known of both.
double power_share(const Accelerator& accelerator, const Accelerator& other) {
  const auto peak = [](const Accelerator& of) {
    const auto bf16 = of.peak("bf16");
    return bf16 ? bf16 : of.peak("fp16");
  };
  const auto own = peak(accelerator);
  const auto others = peak(other);
  if (!accelerator.board_power || !other.board_power || !own || !others) return 1;
  return (*accelerator.board_power / *other.board_power) / (*own / *others);
}

}  // namespace

HardwareDb HardwareDb::load(const std::string& folder, const std::string& overlay) {
  HardwareDb db;
  if (!folder.empty()) {
    visit_folder(folder, [&](const std::string& room, const fs::path& file) {
      Raw raw;
      raw.room = room;
      raw.id = file.stem().string();
      raw.file = file.string();
      raw.text = read_file(raw.file);
      db.raws_->push_back(std::move(raw));
    });
  }
  for (const EmbeddedFile& file : embedded_hwdb_files()) {
    const bool replaced =
        !folder.empty() && (!record_kind(file.room).fitted || db.raw_by_id(file.room, file.id));
    if (replaced) continue;
    Raw raw;
    raw.room = file.room;
    raw.id = file.id;
    raw.file = file.file;
    raw.embedded = file.text;
    db.raws_->push_back(std::move(raw));
  }
  if (!overlay.empty()) db.lay_over(overlay);
  std::stable_sort(db.raws_->begin(), db.raws_->end(), [](const Raw& a, const Raw& b) {
    return std::tie(a.room, a.id) < std::tie(b.room, b.id);
  });
  return db;
}

void HardwareDb::lay_over(const std::string& overlay) {
  visit_folder(overlay, [&](const std::string& room, const fs::path& file) {
    const std::string id = file.stem().string();
    const auto known = std::find_if(raws_->begin(), raws_->end(), [&](const Raw& raw) {
      return raw.room == room && raw.id == id;
    });
    if (known != raws_->end()) {
      known->overlay = read_file(file.string());
      known->overlay_file = file.string();
      return;
    }
    Raw raw;
    raw.room = room;
    raw.id = id;
    raw.file = file.string();
    raw.text = read_file(raw.file);
    raws_->push_back(std::move(raw));
  });
}

std::string HardwareDb::folded_name(std::string_view name) {
  while (!name.empty() && name.front() == ' ') name.remove_prefix(1);
  while (!name.empty() && name.back() == ' ') name.remove_suffix(1);
  return lower(std::string(name));
}

const HardwareDb::Raw* HardwareDb::raw_by_id(std::string_view room, std::string_view name) const {
  const std::string folded = folded_name(name);
  for (const Raw& raw : *raws_) {
    if (raw.room == room && raw.id == folded) return &raw;
  }
  return nullptr;
}

bool HardwareDb::may_name(const Raw& raw, std::string_view name) {
  if (raw.embedded.empty() || !raw.overlay_file.empty()) return true;
  const auto quoted = [&](std::size_t at) {
    return at > 0 && raw.embedded[at - 1] == '"' && at + name.size() < raw.embedded.size() &&
           raw.embedded[at + name.size()] == '"';
  };
  std::size_t at = raw.embedded.find(name);
  while (at != std::string_view::npos && !quoted(at)) at = raw.embedded.find(name, at + 1);
  return at != std::string_view::npos;
}

HardwareDb::Document HardwareDb::document(const Raw& raw) {
  Document text;
  text.file = raw.file;
  text.value =
      parse_json(raw.embedded.empty() ? std::string_view(raw.text) : raw.embedded, raw.file);
  if (!raw.overlay_file.empty()) {
    merge_json(text.value, parse_json(raw.overlay, raw.overlay_file));
    text.file = raw.overlay_file;
  }
  return text;
}

template <typename T>
std::vector<T> HardwareDb::all(std::string_view room, T (*read)(const JsonCursor&)) const {
  std::vector<T> values;
  for (const Raw& raw : *raws_) {
    if (raw.room == room) values.push_back(parse(raw, read));
  }
  return values;
}

template <typename T>
const std::vector<T>& HardwareDb::kept(std::string_view room, T (*read)(const JsonCursor&)) const {
  const std::lock_guard lock(*parsing_);
  auto found = kept_->find(room);
  if (found == kept_->end()) {
    found = kept_->emplace(room, std::make_shared<const std::vector<T>>(all(room, read))).first;
  }
  return *static_cast<const std::vector<T>*>(found->second.get());
}

void HardwareDb::inherit_kernels(Accelerator& accelerator) const {
  constexpr int kLongestChain = 8;
  std::string parent_id = accelerator.kernels_inherited_from;
  for (int i = 0; i < kLongestChain && !parent_id.empty(); ++i) {
    const auto parent = record("accelerators", parent_id, read_accelerator);
    if (!parent) {
      throw InputError(Fault{"hwdb/data/accelerators/" + accelerator.record.id + ".json", 0,
                             "/kernels/inherits", "no accelerator \"" + parent_id + "\"", ""});
    }
    if (!parent->launch.empty()) {
      accelerator.generation = std::min(accelerator.generation, parent->launch);
    }
    if (!accelerator.lasting_rate) accelerator.lasting_rate = parent->lasting_rate;
    if (!accelerator.paired_units) accelerator.paired_units = parent->paired_units;
    const double share = power_share(accelerator, *parent);
    for (const auto& [precision, curve] : parent->gemm) {
      GemmCurve copy = at_power(curve, share);
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
  auto found = record("accelerators", name, read_accelerator);
  if (found) inherit_kernels(*found);
  return found;
}

std::vector<Accelerator> HardwareDb::accelerators() const {
  std::vector<Accelerator> all_of_them = all("accelerators", read_accelerator);
  for (Accelerator& each : all_of_them) inherit_kernels(each);
  return all_of_them;
}

std::optional<System> HardwareDb::system(std::string_view name) const {
  return record("systems", name, read_system);
}
std::optional<Stack> HardwareDb::stack(std::string_view name) const {
  return record("stacks", name, read_stack);
}
std::optional<Grid> HardwareDb::grid(std::string_view name) const {
  auto found = record("grids", name, read_grid);
  return found ? std::optional(whole_of(std::move(*found))) : std::nullopt;
}
std::optional<Ownership> HardwareDb::ownership(std::string_view name) const {
  return record("ownership", name, read_ownership);
}

std::optional<Reliability> HardwareDb::reliability(std::string_view name) const {
  return record("reliability", name, read_reliability);
}
std::optional<ExportRule> HardwareDb::export_rule(std::string_view name) const {
  return record("export_rules", name, read_export_rule);
}
System HardwareDb::usual_system(const std::string& accelerator, int node_size) const {
  std::optional<System> first;
  for (const Raw& raw : *raws_) {
    if (raw.room != "systems" || !may_name(raw, accelerator)) continue;
    const System& found = parse(raw, read_system);
    const auto& built = found.accelerators;
    const bool holds = std::find(built.begin(), built.end(), accelerator) != built.end();
    if (!holds || !found.usual) continue;
    if (node_size == 0 || found.node_size == node_size) return found;
    if (!first) first = found;
  }
  if (first) return std::move(*first);
  auto generic = system("pcie-node");
  if (generic) return std::move(*generic);
  throw InputError(
      Fault{"", 0, "",
            "the database holds no system for \"" + accelerator + "\" and no \"pcie-node\"", ""});
}
bool HardwareDb::has_system(const std::string& accelerator) const {
  return std::any_of(raws_->begin(), raws_->end(), [&](const Raw& raw) {
    if (raw.room != "systems" || !may_name(raw, accelerator)) return false;
    const auto& built = parse(raw, read_system).accelerators;
    return std::find(built.begin(), built.end(), accelerator) != built.end();
  });
}
std::vector<System> HardwareDb::systems() const { return all("systems", read_system); }
const std::vector<Stack>& HardwareDb::stacks() const { return kept("stacks", read_stack); }
std::vector<const Stack*> HardwareDb::stacks_named(const std::string& name) const {
  std::vector<const Stack*> named;
  for (const Raw& raw : *raws_) {
    if (name.empty() || raw.room != "stacks" || !may_name(raw, name)) continue;
    const Stack& stack = parse(raw, read_stack);
    const auto& aliases = stack.record.aliases;
    if (raw.id == name || stack.framework == name ||
        std::find(aliases.begin(), aliases.end(), name) != aliases.end()) {
      named.push_back(&stack);
    }
  }
  return named;
}
const std::vector<PriceBook>& HardwareDb::price_books() const {
  return kept("prices", read_price_book);
}
std::vector<Grid> HardwareDb::grids() const {
  std::vector<Grid> all_of_them = all("grids", read_grid);
  for (Grid& each : all_of_them) each = whole_of(std::move(each));
  return all_of_them;
}

Grid HardwareDb::whole_of(Grid grid) const {
  if (grid.within.empty()) return grid;
  const Raw* home = raw_by_id("grids", grid.within);
  if (home == nullptr || !parse(*home, read_grid).within.empty()) {
    throw InputError(Fault{raw_by_id("grids", grid.record.id)->file, 0, "/within",
                           "\"" + grid.within + "\" is no grid that stands alone",
                           did_you_mean(grid.within, ids("grids"))});
  }
  return completed(std::move(grid), parse(*home, read_grid));
}
std::vector<Ownership> HardwareDb::ownerships() const { return all("ownership", read_ownership); }

const std::vector<Reliability>& HardwareDb::reliabilities() const {
  return kept("reliability", read_reliability);
}
std::vector<ExportRule> HardwareDb::export_rules() const {
  return all("export_rules", read_export_rule);
}

namespace {

// A room's records as their Record alone.
struct RoomOfRecords {
  std::string_view room;
  std::vector<Record> (*all)(const HardwareDb& db);
  std::optional<Record> (*find)(const HardwareDb& db, std::string_view room, std::string_view name);
};

template <auto All, auto Read>
constexpr RoomOfRecords room_of(std::string_view room) {
  return {room,
          [](const HardwareDb& db) {
            std::vector<Record> records;
            for (const auto& each : (db.*All)()) records.push_back(each.record);
            return records;
          },
          [](const HardwareDb& db, std::string_view in, std::string_view name) {
            auto found = db.record(in, name, Read);
            return found ? std::optional(std::move(found->record)) : std::nullopt;
          }};
}

constexpr RoomOfRecords kRooms[] = {
    room_of<&HardwareDb::accelerators, read_accelerator>("accelerators"),
    room_of<&HardwareDb::systems, read_system>("systems"),
    room_of<&HardwareDb::stacks, read_stack>("stacks"),
    room_of<&HardwareDb::price_books, read_price_book>("prices"),
    room_of<&HardwareDb::grids, read_grid>("grids"),
    room_of<&HardwareDb::ownerships, read_ownership>("ownership"),
    room_of<&HardwareDb::reliabilities, read_reliability>("reliability"),
    room_of<&HardwareDb::export_rules, read_export_rule>("export_rules"),
};

}  // namespace

std::vector<Record> HardwareDb::records(std::string_view room) const {
  for (const RoomOfRecords& each : kRooms) {
    if (each.room == room) return each.all(*this);
  }
  return {};
}

std::optional<Record> HardwareDb::find_record(std::string_view name) const {
  for (const RoomOfRecords& each : kRooms) {
    if (auto found = each.find(*this, each.room, name)) return found;
  }
  return std::nullopt;
}

std::vector<std::string> HardwareDb::ids(std::string_view room) const {
  std::vector<std::string> names;
  for (const Raw& raw : *raws_) {
    if (raw.room == room) names.push_back(raw.id);
  }
  return names;
}

HardwareDb::NameFault HardwareDb::name_fault(std::string_view room,
                                             std::string_view written) const {
  const std::string name = folded_name(written);
  const std::string one(record_kind(room).one);
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
